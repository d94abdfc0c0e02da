//! What happens meanwhile, told to whoever listens.

use std::sync::atomic::{AtomicU64, Ordering};

use super::PushError;
use super::parcel::Parcel;

/// Something that happened.
#[derive(Debug)]
pub enum Event<'e> {
    /// So many bytes of all are dealt with: sent, or known to be there. The number never falls.
    Bytes {
        /// Dealt with.
        done: u64,
        /// In all.
        total: u64,
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
}

/// Nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _: Event<'_>) {}
}

/// Counts bytes of blobs, each once.
#[derive(Debug, Default)]
pub(super) struct Tally {
    done: AtomicU64,
    total: u64,
}

impl Tally {
    pub(super) fn new(parcels: &[Parcel<'_>]) -> Self {
        Self {
            done: AtomicU64::new(0),
            total: parcels.iter().map(|parcel| parcel.blob.size()).sum(),
        }
    }

    pub(super) fn add(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(super) fn tell(&self, progress: &dyn Progress) {
        let (done, total) = (self.done().min(self.total), self.total);
        if total > 0 {
            progress.event(Event::Bytes { done, total });
        }
    }
}
