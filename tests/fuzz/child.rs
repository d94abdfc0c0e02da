//! The child: runs inputs, one after the other, and tells how far it is.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use crate::targets::Target;

/// What a child has written down: the number of the input at work, and the slowest so far with its microseconds.
#[derive(Clone, Copy, Default)]
pub(crate) struct Progress {
    pub(crate) number: u64,
    pub(crate) slowest: u64,
    pub(crate) microseconds: u64,
}

impl Progress {
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap_or_default();
        let field = |index: usize| {
            let field = bytes.get(index * 8..index * 8 + 8).unwrap_or(&[0; 8]);
            field
                .iter()
                .rev()
                .fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        Self {
            number: field(0),
            slowest: field(1),
            microseconds: field(2),
        }
    }

    fn write(self, file: &File) {
        let fields = [self.number, self.slowest, self.microseconds].map(u64::to_le_bytes);
        file.write_all_at(&fields.concat(), 0).unwrap();
    }
}

/// Runs inputs without end: the parent ends the process.
pub(crate) fn run(target: &'static Target, seed: u64, from: u64, path: &Path) -> ExitCode {
    let file = File::create(path).unwrap();
    let source = target.source();
    let mut progress = Progress::default();
    for number in from.. {
        progress.number = number;
        progress.write(&file);
        let input = source.input(seed, number);
        let start = Instant::now();
        (target.run)(&input);
        let microseconds = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        if microseconds > progress.microseconds {
            (progress.slowest, progress.microseconds) = (number, microseconds);
        }
    }
    ExitCode::SUCCESS
}
