//! Bytes of a bundle that are hashed on their way out.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use ironhelm_image::{Blob, Digest, Hasher, ReadAt, Window};

use super::progress::Tally;

/// The bytes of a blob, hashed while they are read in order: nobody ever gets the last ones of a blob whose hash is wrong.
pub(super) struct Checked {
    window: Window,
    digest: Digest,
    state: Mutex<State>,
    tally: Arc<Tally>,
}

struct State {
    hasher: Option<Hasher>,
    /// How many bytes are hashed.
    hashed: u64,
    verdict: Option<Result<(), String>>,
}

/// Bytes that are hashed although nobody wanted them: those in front of where an upload goes on.
const GAP: usize = 256 << 10;

impl Checked {
    pub(super) fn new(blob: &Blob, tally: Arc<Tally>) -> Self {
        Self {
            window: blob.window().clone(),
            digest: blob.digest().clone(),
            state: Mutex::new(State {
                hasher: Some(Hasher::new(blob.digest().algorithm())),
                hashed: 0,
                verdict: None,
            }),
            tally,
        }
    }

    /// Hashes what is not hashed yet, and tells whether the blob is what it is called.
    pub(super) fn finish(&self) -> Result<(), String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match self.catch_up(&mut state, self.window.size()) {
            Ok(()) => state.verdict.clone().unwrap_or(Ok(())),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Hashes everything in front of `until`.
    fn catch_up(&self, state: &mut State, until: u64) -> io::Result<()> {
        let mut buffer = Vec::new();
        while state.hashed < until {
            let wanted = usize::try_from(until - state.hashed).unwrap_or(GAP).min(GAP);
            buffer.resize(wanted, 0);
            self.window.read_exact_at(&mut buffer, state.hashed)?;
            self.take(state, &buffer);
        }
        if self.window.size() == 0 {
            self.take(state, &[]);
        }
        Ok(())
    }

    /// Hashes the next bytes; after the last ones there is a verdict.
    fn take(&self, state: &mut State, bytes: &[u8]) {
        if let Some(hasher) = &mut state.hasher {
            hasher.update(bytes);
        }
        state.hashed += bytes.len() as u64;
        self.tally.add(bytes.len() as u64);
        if state.hashed < self.window.size() {
            return;
        }
        if let Some(hasher) = state.hasher.take() {
            let found = hasher.finish();
            state.verdict = Some(if found == self.digest {
                Ok(())
            } else {
                Err(format!("its bytes have the digest {found}"))
            });
        }
    }
}

impl ReadAt for Checked {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let count = self.window.read_at(buffer, offset)?;
        let end = offset + count as u64;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.catch_up(&mut state, offset)?;
        if end > state.hashed {
            let fresh = usize::try_from(end - state.hashed).unwrap_or(count).min(count);
            self.take(&mut state, &buffer[count - fresh..count]);
        }
        match &state.verdict {
            Some(Err(reason)) => Err(io::Error::new(io::ErrorKind::InvalidData, reason.clone())),
            _ => Ok(count),
        }
    }

    fn size(&self) -> u64 {
        self.window.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(bytes: &[u8], digest: Digest) -> Checked {
        let window = Window::from_bytes(bytes);
        let state = Mutex::new(State {
            hasher: Some(Hasher::new(digest.algorithm())),
            hashed: 0,
            verdict: None,
        });
        Checked {
            window,
            digest,
            state,
            tally: Arc::default(),
        }
    }

    #[test]
    fn the_last_bytes_of_a_wrong_blob_are_kept_back() {
        let right = checked(b"0123456789", Digest::sha256(b"0123456789"));
        let wrong = checked(b"0123456789", Digest::sha256(b"0123456780"));
        let mut buffer = [0; 4];
        for (offset, good) in [(0, true), (4, true), (2, true), (8, false)] {
            assert!(right.read_at(&mut buffer, offset).is_ok(), "{offset}");
            assert_eq!(wrong.read_at(&mut buffer, offset).is_ok(), good, "{offset}");
        }
        assert_eq!(right.finish(), Ok(()));
        assert!(wrong.finish().is_err());
    }

    #[test]
    fn bytes_in_front_of_a_resumed_upload_are_hashed_too() {
        let mut buffer = [0; 4];
        let right = checked(b"0123456789", Digest::sha256(b"0123456789"));
        assert_eq!(right.read_at(&mut buffer, 6).unwrap(), 4);
        assert_eq!((right.finish(), right.tally.done()), (Ok(()), 10));
        assert!(
            checked(b"0123456789", Digest::sha256(b"x"))
                .read_at(&mut buffer, 6)
                .is_err()
        );
        assert_eq!(checked(b"", Digest::sha256(b"")).finish(), Ok(()));
    }
}
