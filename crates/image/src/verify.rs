//! Whether the bytes of an archive are what they are called.
//!
//! There are three ways to be sure of a blob, and who pushes chooses between them:
//!
//! * [`verify()`] reads all blobs once, on several threads, before anything is done with them. What it finds out is worth keeping:
//!   a [`VerifiedIndex`] beside the archive makes the next run read none of it, as long as size and time of the file are the same.
//! * [`Blob::checked_bytes`] holds a small blob in memory until its digest is compared: read once, checked before anybody sees it.
//! * [`Blob::open_checked`] compares while the blob is on its way, and fails instead of giving the last bytes. The receiver never gets
//!   all of a wrong blob, and (as runtimes and registries compare digests, too) never keeps it.
//!
//! Verifying first means that every byte is read twice if every blob is sent, the second time mostly from memory that the system keeps.
//! The other two ways together read every byte once: send all blobs of all images like that, and manifests only when all blobs are there.
//! A damaged archive then leaves blobs without a name behind, never an image.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::archive::ImageArchive;
use crate::blob::{Blob, Compression};
use crate::digest::{Digest, Hasher};

/// How an archive is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyOptions {
    /// How many threads read and hash.
    pub threads: usize,
    /// Inflate the layers, too, and compare with the digests of the contents: whether they unpack, not only whether they arrive.
    pub contents: bool,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            threads: thread::available_parallelism().map_or(2, |count| count.get().min(8)),
            contents: false,
        }
    }
}

/// What makes a file the same as it was: its size and when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Seconds and nanoseconds since 1970; 0 for unknown times, which are never the same.
    pub modified: (u64, u32),
}

impl Stamp {
    /// The stamp of a file of this size and time.
    #[must_use]
    pub fn new(size: u64, modified: Option<SystemTime>) -> Self {
        let since = modified
            .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
            .unwrap_or_default();
        Self {
            size,
            modified: (since.as_secs(), since.subsec_nanos()),
        }
    }
}

/// What was verified: to be kept beside the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifiedIndex {
    version: u32,
    stamp: Stamp,
    contents: bool,
    blobs: BTreeMap<Digest, Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    offset: u64,
    size: u64,
}

impl VerifiedIndex {
    const VERSION: u32 = 1;

    fn new(archive: &ImageArchive, stamp: Stamp, contents: bool) -> Self {
        Self {
            version: Self::VERSION,
            stamp,
            contents,
            blobs: archive
                .blobs()
                .iter()
                .map(|blob| (blob.digest().clone(), Place::of(blob)))
                .collect(),
        }
    }

    /// Whether it vouches for the archive: the same file, the same blobs at the same places.
    #[must_use]
    pub fn covers(&self, archive: &ImageArchive, stamp: Stamp) -> bool {
        let known = |blob: &Blob| self.blobs.get(blob.digest()) == Some(&Place::of(blob));
        let is_same = self.version == Self::VERSION && self.stamp == stamp && stamp.modified != (0, 0);
        is_same && archive.blobs().iter().all(known)
    }

    /// Whether the contents of layers were compared, too.
    #[must_use]
    pub fn has_contents(&self) -> bool {
        self.contents
    }
}

impl Place {
    fn of(blob: &Blob) -> Self {
        Self {
            offset: blob.window().start(),
            size: blob.size(),
        }
    }
}

/// An archive is not what it says.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Some blobs are damaged.
    #[error("damaged: {}", list(.faults))]
    Damaged {
        /// All that are.
        faults: Vec<Fault>,
    },
    /// Whoever watched wanted no more.
    #[error("interrupted")]
    Interrupted,
}

fn list(faults: &[Fault]) -> String {
    let shown: Vec<String> = faults.iter().take(3).map(ToString::to_string).collect();
    let more = faults.len().saturating_sub(shown.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    shown.join("; ") + &more
}

/// One damaged blob.
#[derive(Debug, thiserror::Error)]
#[error("{digest}{} {kind}", of(.image))]
pub struct Fault {
    /// What it should be.
    pub digest: Digest,
    /// A name of an image that needs it.
    pub image: Option<String>,
    /// What is wrong.
    pub kind: FaultKind,
}

fn of(image: &Option<String>) -> String {
    image
        .as_ref()
        .map(|image| format!(" of {}", crate::text::printable(image)))
        .unwrap_or_default()
}

/// What is wrong with a blob.
#[derive(Debug, thiserror::Error)]
pub enum FaultKind {
    /// Its bytes are others.
    #[error("has the digest {found}")]
    Digest {
        /// The digest of its bytes.
        found: Digest,
    },
    /// Its contents are others than the configuration says.
    #[error("has contents of the digest {found}, not {wanted}")]
    Contents {
        /// The digest of the contents.
        found: Digest,
        /// What the configuration says.
        wanted: Digest,
    },
    /// It cannot be inflated.
    #[error("cannot be inflated: {error}")]
    Inflate {
        /// What the decoder says.
        error: io::Error,
    },
    /// It cannot be read.
    #[error("cannot be read: {error}")]
    Read {
        /// What reading gives.
        error: io::Error,
    },
}

/// Reads all blobs of the archive once and compares their digests. `watch` is told how many more bytes are read, on any thread.
///
/// # Errors
/// [`VerifyError`] with everything that is wrong, not only the first.
pub fn verify(
    archive: &ImageArchive,
    stamp: Stamp,
    options: &VerifyOptions,
    watch: &(dyn Fn(u64) -> ControlFlow<()> + Sync),
) -> Result<VerifiedIndex, VerifyError> {
    let contents = if options.contents {
        contents(archive)
    } else {
        BTreeMap::new()
    };
    let faults = check_all(&archive.blobs(), &contents, options.threads, watch)?;
    if faults.is_empty() {
        return Ok(VerifiedIndex::new(archive, stamp, options.contents));
    }
    Err(VerifyError::Damaged {
        faults: faults
            .into_iter()
            .map(|(blob, kind)| fault(archive, &blob, kind))
            .collect(),
    })
}

/// Reads these blobs once and compares their digests, on so many threads; `watch` is as for [`verify()`].
///
/// # Errors
/// [`VerifyError`] with everything that is wrong.
pub fn verify_blobs(
    blobs: &[Blob],
    threads: usize,
    watch: &(dyn Fn(u64) -> ControlFlow<()> + Sync),
) -> Result<(), VerifyError> {
    let faults = check_all(blobs, &BTreeMap::new(), threads, watch)?;
    if faults.is_empty() {
        return Ok(());
    }
    let fault = |(blob, kind): (Blob, FaultKind)| Fault {
        digest: blob.digest().clone(),
        image: None,
        kind,
    };
    Err(VerifyError::Damaged {
        faults: faults.into_iter().map(fault).collect(),
    })
}

/// What is wrong with which of the blobs, in the order in which they lie.
fn check_all(
    blobs: &[Blob],
    contents: &BTreeMap<Digest, Digest>,
    threads: usize,
    watch: Watch<'_>,
) -> Result<Vec<(Blob, FaultKind)>, VerifyError> {
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(blob) = blobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            match check(blob, contents.get(blob.digest()), watch) {
                ControlFlow::Continue(None) => {}
                ControlFlow::Continue(Some(fault)) => lock(&faults).push((blob.clone(), fault)),
                ControlFlow::Break(()) => return Err(VerifyError::Interrupted),
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(blobs.len())).map(|_| scope.spawn(work)).collect();
        let own = work();
        // A thread that panics has taken its panic along; nothing here does.
        others.into_iter().fold(own, |all, other| {
            all.and(other.join().unwrap_or(Err(VerifyError::Interrupted)))
        })
    })?;
    let mut faults = faults.into_inner().unwrap_or_else(PoisonError::into_inner);
    faults.sort_by_key(|(blob, _)| blob.window().start());
    Ok(faults)
}

fn fault(archive: &ImageArchive, blob: &Blob, kind: FaultKind) -> Fault {
    let needs = |image: &crate::Image| image.blobs().any(|own| own.digest() == blob.digest());
    let entry = archive
        .entries()
        .iter()
        .find(|entry| entry.content().images().iter().any(|image| needs(image)));
    Fault {
        digest: blob.digest().clone(),
        image: entry.and_then(|entry| entry.names().first().cloned()),
        kind,
    }
}

/// What layers should inflate to.
fn contents(archive: &ImageArchive) -> BTreeMap<Digest, Digest> {
    let images = archive.images();
    let layers = images.iter().flat_map(|image| image.layers.iter().zip(&image.diff_ids));
    layers
        .map(|(layer, diff_id)| (layer.digest().clone(), diff_id.clone()))
        .collect()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

type Watch<'w> = &'w (dyn Fn(u64) -> ControlFlow<()> + Sync);

/// What is wrong with a blob; breaks off if the watcher wants it.
fn check(blob: &Blob, contents: Option<&Digest>, watch: Watch<'_>) -> ControlFlow<(), Option<FaultKind>> {
    let mut reader = Hashing {
        inner: blob.open_at(0),
        hasher: Hasher::new(blob.digest().algorithm()),
        watch,
        is_broken_off: false,
    };
    let inflated = contents.map(|wanted| inflate(blob.compression(), &mut reader, wanted));
    let drained = io::copy(&mut BufReader::with_capacity(BUFFER, &mut reader), &mut io::sink());
    if reader.is_broken_off {
        return ControlFlow::Break(());
    }
    let found = reader.hasher.finish();
    ControlFlow::Continue(match (drained, inflated) {
        (Err(error), _) => Some(FaultKind::Read { error }),
        (Ok(_), _) if found != *blob.digest() => Some(FaultKind::Digest { found }),
        (Ok(_), Some(Err(kind))) => Some(kind),
        _ => None,
    })
}

fn inflate(compression: Compression, reader: &mut impl Read, wanted: &Digest) -> Result<(), FaultKind> {
    let mut hasher = Hasher::new(wanted.algorithm());
    let failed = |error| FaultKind::Inflate { error };
    let mut inflated = compression.decoder(reader).map_err(failed)?;
    hash_into(&mut inflated, &mut hasher).map_err(failed)?;
    let found = hasher.finish();
    if found == *wanted {
        return Ok(());
    }
    let wanted = wanted.clone();
    Err(FaultKind::Contents { found, wanted })
}

/// Large enough for disks, small enough for caches.
const BUFFER: usize = 256 << 10;

/// Hashes everything that a reader gives.
pub(crate) fn hash_into(reader: &mut impl Read, hasher: &mut Hasher) -> io::Result<u64> {
    let mut buffer = vec![0; BUFFER];
    let mut total = 0;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                total += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Hashes what passes through.
struct Hashing<'w, R> {
    inner: R,
    hasher: Hasher,
    watch: Watch<'w>,
    is_broken_off: bool,
}

impl<R: Read> Read for Hashing<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        if (self.watch)(count as u64).is_break() {
            self.is_broken_off = true;
            return Err(io::Error::other("interrupted"));
        }
        Ok(count)
    }
}
