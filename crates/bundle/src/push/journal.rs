//! Begun uploads, noted in a file, so that another process can take them up.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The locations of begun uploads.
///
/// It is a help, not a truth: what cannot be written is not noted, and a registry that has forgotten an upload gets a new one.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    uploads: Mutex<BTreeMap<String, String>>,
    /// Two processes must not go on with the same upload; the system takes the lock back from one that dies.
    _lock: File,
}

/// More than that are left behind only by something that went very wrong.
const MOST: usize = 10_000;

impl Journal {
    /// The journal in the directory `state`, which is created.
    ///
    /// # Errors
    /// If the directory cannot be used, or another process uses the journal. A journal that cannot be read counts as
    /// empty.
    pub fn open(state: &Path) -> io::Result<Self> {
        fs::create_dir_all(state)?;
        let lock = File::create(state.join("uploads.lock"))?;
        lock.try_lock().map_err(io::Error::from)?;
        let path = state.join("uploads.json");
        let text = fs::read(&path).unwrap_or_default();
        let uploads: BTreeMap<String, String> = serde_json::from_slice(&text).unwrap_or_default();
        let uploads = if uploads.len() > MOST { BTreeMap::new() } else { uploads };
        Ok(Self {
            path,
            uploads: Mutex::new(uploads),
            _lock: lock,
        })
    }

    /// Where the upload `key` was begun.
    pub(super) fn location(&self, key: &str) -> Option<String> {
        self.uploads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned()
    }

    pub(super) fn note(&self, key: &str, location: &str) {
        self.change(|uploads| uploads.insert(key.to_owned(), location.to_owned()));
    }

    pub(super) fn forget(&self, key: &str) {
        self.change(|uploads| uploads.remove(key));
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>) -> Option<String>) {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut uploads);
        let draft = self.path.with_extension("tmp");
        let text = serde_json::to_vec(&*uploads).unwrap_or_default();
        let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, &self.path));
        if let Err(error) = written {
            tracing::debug!(path = %self.path.display(), %error, "the journal of uploads is not written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_process_finds_what_was_noted() {
        let state = tempfile::tempdir().unwrap();
        let journal = Journal::open(state.path()).unwrap();
        journal.note("a", "http://r/1");
        journal.note("b", "http://r/2");
        journal.forget("a");
        assert!(Journal::open(state.path()).is_err(), "one process at a time");
        drop(journal);
        let again = Journal::open(state.path()).unwrap();
        assert_eq!(
            (again.location("a"), again.location("b").as_deref()),
            (None, Some("http://r/2"))
        );
    }
}
