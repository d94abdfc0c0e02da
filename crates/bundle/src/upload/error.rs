//! What can go wrong with a chart on its way.

use std::path::PathBuf;

use ironhelm_chart::LoadError;
use ironhelm_registry::Error;
use ironhelm_repository::index::GenerateError;

use crate::config::Kind;

/// Why a chart is not where it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// Nothing can be sent to this kind of repository.
    #[error(
        "charts cannot be sent to a repository of kind {kind}; set target.repo.kind to HARBOR, CHARTMUSEUM, OCI, JFROG or LOCAL"
    )]
    ReadOnly {
        /// The kind.
        kind: Kind,
    },
    /// The address is none.
    #[error("{url:?} is no address of a chart repository: {reason}")]
    Address {
        /// The address.
        url: String,
        /// Why.
        reason: String,
    },
    /// The index cannot be fetched.
    #[error("the index of chart repository {url} cannot be fetched")]
    Index {
        /// The repository.
        url: String,
        /// Why.
        source: Error,
    },
    /// The index cannot be read.
    #[error("the index of chart repository {url} cannot be read: {reason}")]
    BadIndex {
        /// The repository.
        url: String,
        /// Why.
        reason: String,
    },
    /// The server could not be asked or refused.
    #[error("{what} could not be sent")]
    Registry {
        /// What was to be sent.
        what: String,
        /// Why.
        source: Error,
    },
    /// The repository has the version and does not replace it.
    #[error(
        "{chart} is in the repository already, and the server does not replace it (start ChartMuseum with --allow-overwrite)"
    )]
    Exists {
        /// Name and version.
        chart: String,
    },
    /// The archive is no chart.
    #[error("{chart} is no chart")]
    Chart {
        /// Name and version.
        chart: String,
        /// Why.
        source: Box<LoadError>,
    },
    /// A file cannot be written.
    #[error("{} cannot be written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The index of a directory cannot be written.
    #[error("the index of {} cannot be written", .directory.display())]
    Generate {
        /// The directory.
        directory: PathBuf,
        /// Why.
        source: Box<GenerateError>,
    },
}

impl UploadError {
    /// What the server or the way to it did, if that is what went wrong.
    #[must_use]
    pub fn transport(&self) -> Option<&Error> {
        match self {
            Self::Index { source, .. } | Self::Registry { source, .. } => Some(source),
            _ => None,
        }
    }

    /// Whether the same may succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.transport().is_some_and(Error::is_transient)
    }
}
