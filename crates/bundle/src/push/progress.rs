//! What happens meanwhile, told to whoever listens.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ironhelm_image::{Blob, ReadAt, Window};
use ironhelm_registry::oci::PushedBlob;

use super::PushError;

/// Something that happened.
#[derive(Debug)]
pub enum Event<'e> {
    /// A blob is looked at; it may turn out to be there.
    BlobStarted {
        /// Its digest.
        digest: &'e str,
        /// Its size.
        size: u64,
    },
    /// A blob is in a repository.
    BlobDone {
        /// Its digest.
        digest: &'e str,
        /// Its size.
        size: u64,
        /// How it got there.
        way: PushedBlob,
    },
    /// An image is done with.
    Image {
        /// Its name at the target.
        target: &'e str,
        /// Why it is not there.
        error: Option<&'e PushError>,
    },
}

/// Who is told.
pub trait Progress: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event<'_>);

    /// Counts the bytes of blobs that were read for sending; it never goes back, also when a part is sent again.
    fn counter(&self) -> Option<Arc<AtomicU64>> {
        None
    }
}

/// Nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _: Event<'_>) {}
}

/// The bytes of `blob`, counted while they are read.
pub(super) fn counted(blob: &Blob, progress: &dyn Progress) -> Window {
    match progress.counter() {
        None => blob.window().clone(),
        Some(counter) => Window::new(Reading {
            window: blob.window().clone(),
            counter,
            furthest: AtomicU64::new(0),
        }),
    }
}

struct Reading {
    window: Window,
    counter: Arc<AtomicU64>,
    furthest: AtomicU64,
}

impl ReadAt for Reading {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let count = self.window.read_at(buffer, offset)?;
        let end = offset + count as u64;
        let before = self.furthest.fetch_max(end, Ordering::Relaxed);
        self.counter.fetch_add(end.saturating_sub(before), Ordering::Relaxed);
        Ok(count)
    }

    fn size(&self) -> u64 {
        self.window.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_read_again_do_not_count_again() {
        let counter = Arc::new(AtomicU64::new(0));
        let reading = Reading {
            window: Window::from_bytes(b"0123456789".as_slice()),
            counter: Arc::clone(&counter),
            furthest: AtomicU64::new(0),
        };
        let mut buffer = [0; 6];
        for offset in [0, 3, 0, 6] {
            reading.read_at(&mut buffer, offset).unwrap();
        }
        assert_eq!(counter.load(Ordering::Relaxed), 10);
    }
}
