//! The one place that writes to the terminal.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool prints, and it does so here"
)]

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Where data and talk go: standard output and error, or memory.
#[derive(Clone)]
pub struct Console {
    target: Target,
    data_is_seen: bool,
    talk_is_seen: bool,
    /// Whether the last line of the terminal is one that is going to be rewritten.
    has_status: Arc<AtomicBool>,
    /// Why data could not be written, if it could not: a full disk must not look like an empty answer.
    lost: Arc<Mutex<Option<String>>>,
}

#[derive(Clone)]
enum Target {
    Process,
    Memory(Arc<Mutex<Printed>>),
}

/// What was printed into memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Printed {
    /// Standard output.
    pub data: String,
    /// Standard error.
    pub talk: String,
}

impl Console {
    /// Standard output and standard error.
    #[must_use]
    pub fn process() -> Self {
        let (data_is_seen, talk_is_seen) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        Self {
            target: Target::Process,
            data_is_seen,
            talk_is_seen,
            has_status: Arc::default(),
            lost: Arc::default(),
        }
    }

    /// Memory, for tests.
    #[must_use]
    pub fn memory() -> Self {
        Self {
            target: Target::Memory(Arc::default()),
            data_is_seen: false,
            talk_is_seen: false,
            has_status: Arc::default(),
            lost: Arc::default(),
        }
    }

    /// What has been printed into memory so far; it starts anew.
    #[must_use]
    pub fn take(&self) -> Printed {
        match &self.target {
            Target::Process => Printed::default(),
            Target::Memory(printed) => std::mem::take(&mut *printed.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// Does a person watch standard error?
    pub(crate) fn is_watched(&self) -> bool {
        self.talk_is_seen
    }

    /// Prints data as it is; a terminal gets it without control characters.
    pub(crate) fn data(&self, text: &str) {
        let text = if self.data_is_seen {
            harmless(text)
        } else {
            text.to_owned()
        };
        match &self.target {
            Target::Process => self.write(&text),
            Target::Memory(printed) => printed
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .data
                .push_str(&text),
        }
    }

    fn write(&self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            // A reader that has gone away has seen what it wanted.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
            }
            _ => {}
        }
    }

    /// Why data was lost, if it was.
    pub(crate) fn lost(&self) -> Option<String> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Prints one line of talk.
    pub(crate) fn talk(&self, line: &str) {
        let line = harmless(line);
        match &self.target {
            Target::Process => {
                self.status("");
                say(&format!("{line}\n"));
            }
            Target::Memory(printed) => {
                let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
                printed.talk.push_str(&line);
                printed.talk.push('\n');
            }
        }
    }

    /// Puts text into the last line of a terminal in place of what an earlier call put there; empty text takes it away.
    pub(crate) fn status(&self, text: &str) {
        let had_status = self.has_status.swap(!text.is_empty(), Ordering::Relaxed);
        if self.talk_is_seen && (had_status || !text.is_empty()) {
            say(&format!("\r\x1b[2K{}", harmless(text)));
        }
    }

    /// Prints a line in the form of Helm's log, with an attribute `message`.
    pub(crate) fn log(&self, level: &str, text: &str, message: &str) {
        let (text, message) = (attribute(text), attribute(message));
        self.talk(&format!("level={level} msg={text} message={message}"));
    }

    /// Prints a warning in the form of Helm's log.
    pub(crate) fn warn(&self, text: &str) {
        self.warn_of(text, &[]);
    }

    /// Prints a warning about something in the form of Helm's log.
    pub(crate) fn warn_of(&self, text: &str, attributes: &[(&str, &str)]) {
        let quoted = ironhelm_golang::strconv::quote(text.as_bytes());
        let more = attributes
            .iter()
            .map(|(name, value)| format!(" {name}={}", attribute(value)));
        self.talk(&format!("level=WARN msg={quoted}{}", more.collect::<String>()));
    }
}

/// Writes to standard error. That nobody reads it must not end a command half way.
fn say(text: &str) {
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
}

/// Go's log: a text with white space, quotes or nothing in it is quoted.
fn attribute(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || (c.is_ascii_punctuation() && !matches!(c, '"' | '='));
    if !text.is_empty() && text.chars().all(is_plain) && !text.contains('\\') {
        text.to_owned()
    } else {
        ironhelm_golang::strconv::quote(text.as_bytes())
    }
}

/// Text of others without what would steer a terminal.
fn harmless(text: &str) -> String {
    text.chars()
        .filter(|c| (!c.is_control() || matches!(c, '\n' | '\t')) && !turns_text(*c))
        .collect()
}

/// Characters that change the direction of text, so that it reads as something else.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(harmless("a\u{1b}[31mb\r\n\tc\u{9b}\u{202e}"), "a[31mb\n\tc");
    }
}
