//! How far a load has come.

use std::sync::Mutex;

use crate::plan::ImageOutcome;

/// Told about a load while it runs. Called from several tasks; must not block.
pub trait Progress: Send + Sync {
    /// So many bytes of all that are to be sent were read and have the digests that they should have.
    fn checked(&self, done: u64, total: u64) {
        let _ = (done, total);
    }

    /// So many bytes of all that have to be sent are in the runtime. Never runs backwards, also when a part is sent again.
    fn bytes(&self, done: u64, total: u64) {
        let _ = (done, total);
    }

    /// A connection broke or a blob is locked; the attempt with this number follows.
    fn retrying(&self, what: &str, attempt: u32, reason: &str) {
        let _ = (what, attempt, reason);
    }

    /// An image is complete.
    fn image(&self, outcome: &ImageOutcome) {
        let _ = outcome;
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}

/// Counts bytes for a [`Progress`].
pub(crate) struct Meter<'a> {
    total: u64,
    done: Mutex<u64>,
    watcher: &'a dyn Progress,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(total: u64, watcher: &'a dyn Progress) -> Self {
        Self {
            total,
            done: Mutex::new(0),
            watcher,
        }
    }

    pub(crate) fn part(&self) -> Part<'_> {
        Part { meter: self, high: 0 }
    }

    pub(crate) fn retrying(&self, what: &str, attempt: u32, reason: &str) {
        self.watcher.retrying(what, attempt, reason);
    }

    fn add(&self, bytes: u64) {
        // The watcher is called under the lock: two tasks must not report in the wrong order.
        let mut done = self.done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *done = (*done + bytes).min(self.total);
        self.watcher.bytes(*done, self.total);
    }
}

/// The share of one blob (or one upload) in a meter: remembers how far it had come.
pub(crate) struct Part<'a> {
    meter: &'a Meter<'a>,
    high: u64,
}

impl Part<'_> {
    /// The part stands at this offset now; going back counts nothing.
    pub(crate) fn reached(&mut self, offset: u64) {
        if offset > self.high {
            self.meter.add(offset - self.high);
            self.high = offset;
        }
    }

    pub(crate) fn retrying(&self, what: &str, attempt: u32, reason: &str) {
        self.meter.retrying(what, attempt, reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Seen(Mutex<Vec<u64>>);

    impl Progress for Seen {
        fn bytes(&self, done: u64, _total: u64) {
            self.0.lock().unwrap().push(done);
        }
    }

    #[test]
    fn bytes_never_run_backwards() {
        let seen = Seen::default();
        let meter = Meter::new(100, &seen);
        let (mut first, mut second) = (meter.part(), meter.part());
        for (part, offset) in [(0, 30), (1, 20), (0, 10), (0, 40), (1, 60), (1, 60)] {
            if part == 0 { &mut first } else { &mut second }.reached(offset);
        }
        assert_eq!(*seen.0.lock().unwrap(), [30, 50, 60, 100]);
    }
}
