//! `repo add`, `repo list`, `repo remove` and `repo update`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use futures::stream::{self, StreamExt};
use url::Url;

use crate::entry::RepositoryEntry;
use crate::error::Error;
use crate::files;
use crate::index::{self, Budgets, Index};
use crate::paths::Paths;
use crate::remote::{Access, Reason, Remote, Request};
use crate::repositories::{Repositories, RepositoriesError};
use crate::text::foreign;

/// How many indexes are fetched at a time.
const PARALLEL_UPDATES: usize = 8;
/// Helm: homes of charts that are gone, and where the charts went.
const DEPRECATED: [(&str, &str); 2] = [
    (
        "//kubernetes-charts.storage.googleapis.com",
        "https://charts.helm.sh/stable",
    ),
    (
        "//kubernetes-charts-incubator.storage.googleapis.com",
        "https://charts.helm.sh/incubator",
    ),
];

/// How a repository is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AddOptions {
    /// Replace a repository of the same name: `--force-update`.
    pub force_update: bool,
    /// Accept the homes of charts that are long gone: `--allow-deprecated-repos`.
    pub allow_deprecated: bool,
}

/// What adding came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// The repository is there now. Helm: `"x" has been added to your repositories`.
    New,
    /// It was there before. Helm: `"x" already exists with the same configuration, skipping`.
    Unchanged,
}

/// Why a repository cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// The name would be taken for a path.
    #[error("repository name ({name}) contains '/', please specify a different name without '/'")]
    NameWithSlash {
        /// The name.
        name: String,
    },
    /// The name cannot be part of a file's name.
    #[error("repository name ({name:?}) cannot be used as the name of a file, please specify a different name")]
    UnsafeName {
        /// The name.
        name: String,
    },
    /// Another repository has the name.
    #[error("repository name ({name}) already exists, please specify a different name")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The charts have moved.
    #[error("repo {url:?} is no longer available; try {instead:?} instead")]
    Deprecated {
        /// The old home.
        url: String,
        /// The new one.
        instead: &'static str,
    },
    /// Not a URL that charts come from.
    #[error("could not find protocol handler for: {scheme}")]
    Scheme {
        /// The scheme of the URL.
        scheme: String,
    },
    /// A registry in place of a repository.
    #[error("{url:?} is an OCI registry, which is not added: name the chart as {url}/CHART")]
    OciRegistry {
        /// The URL.
        url: String,
    },
    /// No index could be fetched.
    #[error("looks like {url:?} is not a valid chart repository or cannot be reached: {reason}")]
    NotARepository {
        /// The URL.
        url: String,
        /// Why.
        reason: Reason,
    },
    /// `repositories.yaml` is of no use.
    #[error(transparent)]
    Repositories(#[from] RepositoriesError),
}

/// Adds a repository after its index was fetched.
///
/// # Errors
/// [`AddError`].
pub async fn add(
    paths: &Paths,
    entry: RepositoryEntry,
    options: AddOptions,
    remote: &dyn Remote,
) -> Result<Added, AddError> {
    check_address(&entry, options)?;
    let known = Repositories::load(&paths.repository_config)?;
    check_name(&entry.name)?;
    if let Some(added) = already_there(&known, &entry, options)? {
        return Ok(added);
    }
    refresh(paths, &entry, remote)
        .await
        .map_err(|reason| AddError::NotARepository {
            url: entry.url.clone(),
            reason,
        })?;
    // The name is looked at again: another process may have taken it meanwhile.
    Repositories::edit(&paths.repository_config, |repositories| {
        if let Some(added) = already_there(repositories, &entry, options)? {
            return Ok(added);
        }
        repositories.put(entry);
        Ok(Added::New)
    })
}

fn check_address(entry: &RepositoryEntry, options: AddOptions) -> Result<(), AddError> {
    let moved = DEPRECATED.iter().find(|(old, _)| entry.url.contains(old));
    if let Some((_, instead)) = moved.filter(|_| !options.allow_deprecated) {
        return Err(AddError::Deprecated {
            url: entry.url.clone(),
            instead,
        });
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), AddError> {
    if name.contains('/') {
        return Err(AddError::NameWithSlash { name: name.to_owned() });
    }
    if !crate::text::is_safe_segment(name) {
        return Err(AddError::UnsafeName { name: foreign(name) });
    }
    Ok(())
}

fn check_scheme(url: &str) -> Result<(), AddError> {
    match Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Ok(()),
        Ok(parsed) if parsed.scheme() == "oci" => Err(AddError::OciRegistry {
            url: url.trim_end_matches('/').to_owned(),
        }),
        Ok(parsed) => Err(AddError::Scheme {
            scheme: parsed.scheme().to_owned(),
        }),
        Err(_) => Err(AddError::Scheme { scheme: String::new() }),
    }
}

fn already_there(
    repositories: &Repositories,
    entry: &RepositoryEntry,
    options: AddOptions,
) -> Result<Option<Added>, AddError> {
    match repositories.named(&entry.name) {
        Some(known) if !options.force_update && known == entry => Ok(Some(Added::Unchanged)),
        Some(_) if !options.force_update => Err(AddError::NameTaken {
            name: entry.name.clone(),
        }),
        _ => check_scheme(&entry.url).map(|()| None),
    }
}

/// The configured repositories.
///
/// # Errors
/// [`RepositoriesError`].
pub fn list(paths: &Paths) -> Result<Vec<RepositoryEntry>, RepositoriesError> {
    Ok(Repositories::load(&paths.repository_config)?.entries)
}

/// Why a repository cannot be removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// There is none at all.
    #[error("no repositories configured")]
    NoRepositories,
    /// There is none of that name.
    #[error("no repo named {name:?} found")]
    NotFound {
        /// The name.
        name: String,
    },
    /// Its cached index cannot be removed.
    #[error("can't remove index file {}: {source}", .path.display())]
    Cache {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `repositories.yaml` is of no use.
    #[error(transparent)]
    Repositories(#[from] RepositoriesError),
}

/// Removes a repository and what is cached of it. Helm: of several names, those before a failure are removed.
///
/// # Errors
/// [`RemoveError`].
pub fn remove(paths: &Paths, name: &str) -> Result<(), RemoveError> {
    Repositories::edit(&paths.repository_config, |repositories| {
        if repositories.entries.is_empty() {
            return Err(RemoveError::NoRepositories);
        }
        if repositories.named(name).is_none() {
            return Err(RemoveError::NotFound { name: name.to_owned() });
        }
        repositories.entries.retain(|entry| entry.name != name);
        Ok(())
    })?;
    if !crate::text::is_safe_segment(name) {
        return Ok(());
    }
    let _ = fs::remove_file(paths.charts_of(name));
    let _ = fs::remove_file(paths.compact_index_of(name));
    let path = paths.index_of(name);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(RemoveError::Cache { path, source }),
        _ => Ok(()),
    }
}

/// What became of one repository during an update, in the order in which they are done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateEvent {
    /// Helm: `...Successfully got an update from the "x" chart repository`.
    Updated {
        /// The repository.
        name: String,
    },
    /// Helm: `...Unable to get an update from the "x" chart repository (URL):` and the reason on a line with a tab.
    Failed {
        /// The repository.
        name: String,
        /// Where it is.
        url: String,
        /// Why.
        reason: Reason,
    },
}

/// Why an update does not, or not quite, take place.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// There is none at all.
    #[error("no repositories found. You must add one before updating")]
    NoRepositories,
    /// There is none of that name.
    #[error("no repositories found matching '{name}'.  Nothing will be updated")]
    NotFound {
        /// The name.
        name: String,
    },
    /// Some could not be updated.
    #[error("failed to update the following repositories: [{}]", .urls.join(" "))]
    Failed {
        /// Their URLs.
        urls: Vec<String>,
    },
    /// `repositories.yaml` is of no use.
    #[error(transparent)]
    Repositories(#[from] RepositoriesError),
}

/// Which repositories an update of `names` (none: all) is about; asked before [`update`], so that its first line can be
/// printed in between.
///
/// # Errors
/// [`UpdateError`].
pub fn select(paths: &Paths, names: &[String]) -> Result<Vec<RepositoryEntry>, UpdateError> {
    let repositories = Repositories::load(&paths.repository_config)?;
    if repositories.entries.is_empty() {
        return Err(UpdateError::NoRepositories);
    }
    if let Some(name) = names.iter().find(|name| repositories.named(name).is_none()) {
        return Err(UpdateError::NotFound { name: name.clone() });
    }
    let wanted = |entry: &RepositoryEntry| names.is_empty() || names.contains(&entry.name);
    Ok(repositories.entries.into_iter().filter(wanted).collect())
}

/// Fetches the indexes of `entries`, several at a time; one failure does not stop the others.
///
/// # Errors
/// [`UpdateError::Failed`] after all have been tried.
pub async fn update(
    paths: &Paths,
    entries: &[RepositoryEntry],
    remote: &dyn Remote,
    events: &(dyn Fn(UpdateEvent) + Send + Sync),
) -> Result<(), UpdateError> {
    let refreshes: Vec<_> = entries
        .iter()
        .map(|entry| async move { (entry, refresh(paths, entry, remote).await) })
        .collect();
    let mut updates = stream::iter(refreshes).buffer_unordered(PARALLEL_UPDATES);
    let mut urls = Vec::new();
    while let Some((entry, outcome)) = updates.next().await {
        let name = entry.name.clone();
        events(match outcome {
            Ok(()) => UpdateEvent::Updated { name },
            Err(reason) => {
                urls.push(entry.url.clone());
                UpdateEvent::Failed {
                    name,
                    url: entry.url.clone(),
                    reason,
                }
            }
        });
    }
    if urls.is_empty() {
        Ok(())
    } else {
        Err(UpdateError::Failed { urls })
    }
}

/// Fetches the index of a repository into the cache; the reason of a failure comes in one line.
async fn refresh(paths: &Paths, entry: &RepositoryEntry, remote: &dyn Remote) -> Result<(), Reason> {
    if !crate::text::is_safe_segment(&entry.name) {
        return Err(format!(
            "the name {:?} cannot be used as the name of a file",
            foreign(&entry.name)
        )
        .into());
    }
    let (text, index) = fetch_index(&entry.url, entry.access(), remote, &paths.index_of(&entry.name)).await?;
    store_index(paths, &entry.name, &text, &index).map_err(|error| error.to_string().into())
}

/// The text of a repository's index and what it says.
pub(crate) async fn fetch_index(
    url: &str,
    access: Access,
    remote: &dyn Remote,
    source: &Path,
) -> Result<(Vec<u8>, Index), Reason> {
    let url = index_url(url)?;
    let budgets = Budgets::default();
    let request = Request {
        url,
        access,
        limit: budgets.bytes,
    };
    let text = remote.get(&request).await?.body;
    let index = index::parse(&text, source, budgets).map_err(|error| foreign(&error.to_string()))?;
    Ok((text, index))
}

/// Helm: `index.yaml` below the repository's path; its query stays.
fn index_url(url: &str) -> Result<Url, String> {
    let mut url = Url::parse(url).map_err(|error| format!("{url:?} is no URL: {error}"))?;
    let path = format!("{}/index.yaml", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

/// Writes an index into the cache as Helm does, with the list of its charts.
pub(crate) fn store_index(paths: &Paths, name: &str, text: &[u8], index: &Index) -> Result<(), Error> {
    let directory = &paths.repository_cache;
    fs::create_dir_all(directory).map_err(Error::file("mkdir", directory))?;
    let mut charts = String::new();
    for name in index.names() {
        charts.push_str(name);
        charts.push('\n');
    }
    for (path, bytes) in [(paths.charts_of(name), charts.as_bytes()), (paths.index_of(name), text)] {
        files::write(&path, bytes, 0o644).map_err(Error::file("open", &path))?;
    }
    index::store_compact(&paths.index_of(name), &paths.compact_index_of(name), index);
    Ok(())
}
