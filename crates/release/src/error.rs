//! What can be wrong with a release or its storage, in Helm's words.

use ironhelm_golang::strconv::quote;

use crate::{ReleaseName, Revision, Status};

/// The cause of a storage error, from whatever keeps the records.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What is wrong with a release or its storage. Each text is one that Helm prints; where there is a cause, Helm prints it
/// after a colon.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// No revision is stored, or not the one asked for.
    #[error("release: not found")]
    NotFound,
    /// The revision to be created exists: somebody else was faster.
    #[error("release: already exists")]
    AlreadyExists,
    /// The storage key is none.
    #[error("release: invalid key")]
    InvalidKey,
    /// There is nothing that an upgrade could start from.
    #[error("{} has no deployed releases", quoted(name))]
    NoDeployedReleases {
        /// The release.
        name: ReleaseName,
    },
    /// No revision of the release is stored.
    #[error("no revision for release {}", quoted(name))]
    NoRevision {
        /// The release.
        name: ReleaseName,
    },
    /// The revision to go back to is not stored.
    #[error("release has no {revision} version")]
    NoSuchVersion {
        /// Its number; 0 if the release has one revision only.
        revision: u32,
    },
    /// The newest revision is under way, or its writer died.
    #[error("another operation (install/upgrade/rollback) is in progress")]
    Pending {
        /// The revision that is under way.
        revision: Revision,
        /// What it is doing.
        status: Status,
    },
    /// An install found the name taken. Helm 3 says `cannot re-use`.
    #[error("cannot reuse a name that is still in use")]
    NameInUse,
    /// A release uninstalled with its history kept is to be uninstalled so again.
    #[error("the release named {} is already deleted", quoted(name))]
    AlreadyDeleted {
        /// The release.
        name: ReleaseName,
    },
    /// A record could not be created.
    #[error("create: failed to create")]
    Create {
        /// What the storage said.
        source: Cause,
    },
    /// A record could not be replaced.
    #[error("update: failed to update")]
    Update {
        /// What the storage said.
        source: Cause,
    },
    /// A record could not be fetched.
    #[error("get: failed to get {}", quoted(key))]
    Get {
        /// The storage key.
        key: String,
        /// What the storage said.
        source: Cause,
    },
    /// A record is not readable.
    #[error("get: failed to decode data {}", quoted(key))]
    Decode {
        /// The storage key.
        key: String,
        /// What is wrong with it.
        source: crate::wire::DecodeError,
    },
    /// The records of one release could not be listed.
    #[error("query: failed to query with labels")]
    Query {
        /// What the storage said.
        source: Cause,
    },
    /// The records could not be listed.
    #[error("list: failed to list")]
    List {
        /// What the storage said.
        source: Cause,
    },
    /// Several old revisions could not be deleted.
    #[error("encountered {count} deletion errors. First is")]
    Deletions {
        /// How many.
        count: usize,
        /// The first of them.
        source: Cause,
    },
}

fn quoted(text: &(impl AsRef<str> + ?Sized)) -> String {
    quote(text.as_ref().as_bytes())
}
