//! `dependency list`, `dependency update` and `dependency build`.

mod list;
mod resolver;
mod update;

use std::path::PathBuf;

use ironhelm_chart::{DecodeError, LoadError, PackError};

pub use list::{Listed, Listing, Status, list};
pub use update::{Options, build, update};

use crate::download::DownloadError;
use crate::error::Error;
use ironhelm_registry::reference;

use crate::manage::UpdateError;
use crate::remote::Reason;
use crate::repositories::RepositoriesError;
use crate::resolve::ResolveError;

/// What happens on the way, in Helm's words through [`Display`](std::fmt::Display).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Repositories that are not configured are asked for their indexes.
    UnmanagedRepositories,
    /// The index of a repository that is not configured was fetched, or why not.
    Unmanaged {
        /// Its URL.
        url: String,
        /// Why it was not fetched.
        failure: Option<Reason>,
    },
    /// The configured repositories are asked for their indexes.
    Refreshing,
    /// What became of one of them.
    Refreshed(crate::manage::UpdateEvent),
    /// All of them have been asked.
    RefreshComplete,
    /// That many charts are brought.
    Saving {
        /// How many.
        charts: usize,
    },
    /// A chart without a repository, which must be there.
    AssumedPresent {
        /// The chart.
        name: String,
    },
    /// A chart is brought.
    Downloading {
        /// The chart.
        name: String,
        /// From where.
        repository: String,
    },
    /// A chart came from a registry.
    Pulled {
        /// The reference.
        reference: String,
        /// The digest of its manifest.
        digest: String,
    },
    /// What is no longer needed goes.
    DeletingOutdated,
    /// A chart could not be brought.
    SaveError {
        /// Why.
        reason: String,
    },
    /// Something odd.
    Warning {
        /// What.
        message: String,
    },
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use crate::manage::UpdateEvent;
        match self {
            Self::UnmanagedRepositories => f.write_str("Getting updates for unmanaged Helm repositories..."),
            Self::Unmanaged { url, failure: None } => {
                write!(f, "...Successfully got an update from the {url:?} chart repository")
            }
            Self::Unmanaged {
                url,
                failure: Some(reason),
            } => write!(
                f,
                "...Unable to get an update from the {url:?} chart repository:\n\t{reason}"
            ),
            Self::Refreshing => f.write_str("Hang tight while we grab the latest from your chart repositories..."),
            Self::Refreshed(UpdateEvent::Updated { name }) => {
                write!(f, "...Successfully got an update from the {name:?} chart repository")
            }
            Self::Refreshed(UpdateEvent::Failed { name, url, reason }) => {
                write!(
                    f,
                    "...Unable to get an update from the {name:?} chart repository ({url}):\n\t{reason}"
                )
            }
            Self::RefreshComplete => f.write_str("Update Complete. ⎈Happy Helming!⎈"),
            Self::Saving { charts } => write!(f, "Saving {charts} charts"),
            Self::AssumedPresent { name } => write!(
                f,
                "Dependency {name} did not declare a repository. Assuming it exists in the charts directory"
            ),
            Self::Downloading { name, repository } => write!(f, "Downloading {name} from repo {repository}"),
            Self::Pulled { reference, digest } => {
                let note = reference::underscore_note(reference).map(|note| format!("\n{note}"));
                write!(f, "Pulled: {reference}\nDigest: {digest}{}", note.unwrap_or_default())
            }
            Self::DeletingOutdated => f.write_str("Deleting outdated charts"),
            Self::SaveError { reason } => write!(f, "Save error occurred:  {reason}"),
            Self::Warning { message } => f.write_str(message),
        }
    }
}

/// Why dependencies cannot be listed, updated or built; the texts are Helm's.
#[derive(Debug, thiserror::Error)]
pub enum DependencyError {
    /// The chart is not there.
    #[error("could not find {path}: {reason}")]
    NoChart {
        /// Its path.
        path: String,
        /// Why.
        reason: String,
    },
    /// Only directories have a `charts/` to fill.
    #[error("only unpacked charts can be updated")]
    Packed,
    /// The chart cannot be loaded.
    #[error("{}", crate::dependency::chain(.source))]
    Load {
        /// Why.
        source: Box<LoadError>,
    },
    /// The lock is of other requirements.
    #[error(
        "the lock file ({lock}) is out of sync with the dependencies file ({requirements}). Please update the \
         dependencies with 'helm dependency update'"
    )]
    OutOfSync {
        /// The lock file.
        lock: &'static str,
        /// The file with the requirements.
        requirements: &'static str,
    },
    /// Repositories that `dependency build` does not know.
    #[error("no repository definition for {}. Please add the missing repos via 'helm repo add'", .repositories.join(", "))]
    MissingRepositories {
        /// Them.
        repositories: Vec<String>,
    },
    /// Repositories that `dependency update` cannot make sense of.
    #[error("no repository definition for {}. Please add them via 'helm repo add'{}", .repositories.join(", "), note(.repositories))]
    UnknownRepositories {
        /// Them.
        repositories: Vec<String>,
    },
    /// A constraint that is none.
    #[error("dependency {name:?} has an invalid version/constraint format: {source}")]
    Constraint {
        /// The dependency.
        name: String,
        /// Why.
        source: ironhelm_chart::semver::ConstraintError,
    },
    /// Dependencies for which no version fits.
    #[error(
        "can't get a valid version for {} subchart(s): {}. Make sure a matching chart version exists in the repo, or \
         change the version constraint in Chart.yaml",
        .missing.len(), .missing.join(", ")
    )]
    NoVersion {
        /// What was looked for, in Helm's words.
        missing: Vec<String>,
    },
    /// A repository without the chart.
    #[error("{name} chart not found in repo {repository}")]
    NotInRepository {
        /// The chart.
        name: String,
        /// The repository.
        repository: String,
    },
    /// A repository without an index.
    #[error("no cached repository for {name} found. (try 'helm repo update'): {source}")]
    NoIndex {
        /// The repository.
        name: String,
        /// Why.
        source: crate::index::IndexError,
    },
    /// A chart on this machine that is not there.
    #[error("directory {} not found", .path.display())]
    NoDirectory {
        /// Its path.
        path: PathBuf,
    },
    /// A chart on this machine of another version.
    #[error("dependency {name} at version {version} does not satisfy the constraint {constraint}")]
    WrongVersion {
        /// The chart.
        name: String,
        /// Its version.
        version: String,
        /// What is wanted.
        constraint: String,
    },
    /// A chart that does not come.
    #[error("could not download {url}: {source}")]
    Download {
        /// Where it is.
        url: String,
        /// Why.
        source: Box<DownloadError>,
    },
    /// What came is another chart.
    #[error("the archive of dependency {name} holds the chart {found:?}")]
    OtherChart {
        /// The dependency.
        name: String,
        /// What came.
        found: String,
    },
    /// A name that is no part of a path.
    #[error("{name:?} cannot be used as the name of a file")]
    UnsafeName {
        /// The name.
        name: String,
    },
    /// The lock file is a link.
    #[error("the {} file is a symlink to {:?}", .lock, .target)]
    LinkedLock {
        /// The lock file.
        lock: &'static str,
        /// Where it leads.
        target: PathBuf,
    },
    /// A lock that cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A chart on this machine that cannot be packed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Where a chart is cannot be told.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// Indexes cannot be refreshed.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// `repositories.yaml` is of no use.
    #[error(transparent)]
    Repositories(#[from] RepositoriesError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] Error),
}

/// Helm: a hint for names without a scheme or `@`.
fn note(repositories: &[String]) -> String {
    let bare = |name: &&String| !name.contains("://") && !name.starts_with('@') && !name.starts_with("alias:");
    repositories.iter().find(bare).map_or_else(String::new, |_| {
        "\nNote that repositories must be URLs or aliases. For example, to refer to the \"example\"\nrepository, use \
         \"https://charts.example.com/\" or \"@example\" instead of\n\"example\". Don't forget to add the repo, too \
         ('helm repo add')."
            .to_owned()
    })
}

/// The whole chain of an error in one line, as Helm prints it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let line = cause.to_string();
        if !text.ends_with(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        next = cause.source();
    }
    text
}
