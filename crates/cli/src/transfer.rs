//! How far a transfer has come: a line that is rewritten on a terminal, a few lines elsewhere.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::output::Console;

/// How often a terminal is told.
const REDRAW: Duration = Duration::from_millis(100);
/// How often a log is told.
const LINE: Duration = Duration::from_secs(10);
const BAR: usize = 24;

/// Tells how far one transfer has come. What it tells never runs backwards.
pub(crate) struct Transfer {
    console: Console,
    done: &'static str,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    started: Option<Instant>,
    told: Option<Instant>,
    high: u64,
    is_complete: bool,
}

impl Transfer {
    /// A transfer whose bytes are, when they have passed, `done`: loaded, verified.
    pub(crate) fn new(console: Console, done: &'static str) -> Self {
        Self {
            console,
            done,
            state: Mutex::default(),
        }
    }

    /// So many bytes of all have passed.
    pub(crate) fn at(&self, bytes: u64, total: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let started = *state.started.get_or_insert(now);
        state.high = state.high.max(bytes).min(total);
        let pause = if self.console.is_watched() { REDRAW } else { LINE };
        let last = if self.console.is_watched() {
            state.told
        } else {
            state.told.or(Some(started))
        };
        let is_complete = state.high == total;
        let is_due = last.is_none_or(|last| now.duration_since(last) >= pause);
        if state.is_complete || !(is_due || is_complete) {
            return;
        }
        state.is_complete = is_complete;
        state.told = Some(now);
        let text = self.text(state.high, total, now.duration_since(started));
        if self.console.is_watched() && !is_complete {
            self.console.status(&text);
        } else {
            self.console.talk(&text);
        }
    }

    /// Nothing more comes.
    pub(crate) fn end(&self) {
        self.console.status("");
    }

    fn text(&self, bytes: u64, total: u64, time: Duration) -> String {
        let done = self.done;
        let (part, whole) = (size(bytes), size(total));
        let rate = rate(bytes, time);
        if bytes == total {
            return format!("{done} {whole}{rate}");
        }
        let percent = bytes.saturating_mul(100) / total.max(1);
        if self.console.is_watched() {
            let full = usize::try_from(percent).unwrap_or(0) * BAR / 100;
            let bar = "█".repeat(full) + &"░".repeat(BAR - full);
            return format!("{done} {bar} {percent:>3} % {part} of {whole}{rate}");
        }
        format!("{done} {part} of {whole} ({percent} %){rate}")
    }
}

#[allow(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(bytes: u64, time: Duration) -> String {
    if time < Duration::from_millis(500) {
        return String::new();
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate for people"
    )]
    let rate = (bytes as f64 / time.as_secs_f64()) as u64;
    format!(", {}/s", size(rate))
}

/// A number of bytes for people: three digits are enough.
#[allow(clippy::cast_precision_loss, reason = "a size for people")]
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut number, mut unit) = (bytes as f64 / 1000.0, 0);
    while number >= 999.5 && unit + 1 < UNITS.len() {
        number /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(number < 99.95);
    format!("{number:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (18_432, "18.4 kB"),
            (126_000_000, "126 MB"),
            (999_999_999, "1.0 GB"),
            (u64::MAX, "18447 PB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn a_log_gets_the_end_once() {
        let console = Console::memory();
        let transfer = Transfer::new(console.clone(), "loaded");
        for bytes in [1, 500, 400, 2000, 2000] {
            transfer.at(bytes, 2000);
        }
        transfer.end();
        assert_eq!(console.take().talk, "loaded 2.0 kB\n");
    }
}
