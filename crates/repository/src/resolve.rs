//! Where a chart's bytes are.

use std::path::{Path, PathBuf};

use ironhelm_chart::semver::{Constraint, ConstraintError, Version};
use url::Url;

use crate::entry::RepositoryEntry;
use crate::index::{self, Budgets, ChooseError, Chosen, IndexError};
use crate::manage::fetch_index;
use crate::paths::Paths;
use crate::remote::{Access, Credentials, Reason, Remote, RemoteError};
use crate::repositories::{Repositories, RepositoriesError};
use crate::text::foreign;

/// A chart as commands name it.
#[derive(Debug, Clone, Default)]
pub struct ChartReference {
    /// A path, `repository/chart`, a URL, or a name together with [`repo_url`](Self::repo_url).
    pub chart: String,
    /// `--version`: a version or a constraint; empty for the newest stable one.
    pub version: String,
    /// `--devel`: pre-releases as well.
    pub devel: bool,
    /// `--repo`: the URL of a repository that need not be configured.
    pub repo_url: String,
    /// `--username`, `--password`.
    pub username: String,
    /// See [`username`](Self::username).
    pub password: String,
    /// `--pass-credentials`.
    pub pass_credentials: bool,
    /// `--ca-file`, `--cert-file`, `--key-file`, `--insecure-skip-tls-verify`.
    pub tls: crate::remote::Tls,
}

/// Where a chart is.
#[derive(Debug, Clone)]
pub enum Location {
    /// On this machine: a directory or an archive.
    Local {
        /// The absolute path.
        path: PathBuf,
    },
    /// Behind a URL.
    Archive {
        /// The URL of the archive.
        url: Url,
        /// The digest that the index has for it; empty for none.
        digest: String,
        /// How to talk to the server.
        access: Access,
    },
    /// In an OCI registry.
    Oci {
        /// `host/path/chart:tag` or `…@sha256:…`.
        reference: String,
        /// The version that the tag stands for; empty where only a digest is known.
        version: String,
        /// How to talk to the registry.
        access: Access,
    },
}

/// A chart that was found.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// Where it is.
    pub location: Location,
    /// What to tell the user.
    pub warnings: Vec<String>,
}

/// Why a chart is not found; the texts are Helm's.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// A path that does not exist.
    #[error("path {path:?} not found")]
    PathNotFound {
        /// The path.
        path: String,
    },
    /// Neither a path, nor a URL, nor `repository/chart`.
    #[error("non-absolute URLs should be in form of repo_name/path_to_chart, got: {reference}")]
    NoRepository {
        /// What was given.
        reference: String,
    },
    /// No repository of that name.
    #[error("repo {name} not found")]
    RepositoryNotFound {
        /// The name.
        name: String,
    },
    /// A repository without an address.
    #[error("no URL found for repository {name}")]
    NoUrl {
        /// The name.
        name: String,
    },
    /// A repository whose index was never fetched.
    #[error("no cached repo found. (try 'helm repo update'): {source}")]
    NoIndex {
        /// Why it cannot be used.
        source: IndexError,
    },
    /// The index does not have the chart, or no such version.
    #[error("chart {chart:?} matching {version} not found in {repository} index. (try 'helm repo update'): {source}")]
    NotInIndex {
        /// The chart.
        chart: String,
        /// What was asked for.
        version: String,
        /// The repository.
        repository: String,
        /// Why.
        source: ChooseError,
    },
    /// `--repo` does not have the chart.
    #[error("chart {chart:?}{} not found in {url} repository", VersionPart(.version))]
    NotAtUrl {
        /// The chart.
        chart: String,
        /// What was asked for.
        version: String,
        /// The repository.
        url: String,
    },
    /// An entry without URLs.
    #[error("chart {chart:?} has no downloadable URLs")]
    NoDownload {
        /// The chart.
        chart: String,
    },
    /// `--repo` is none.
    #[error("looks like {url:?} is not a valid chart repository or cannot be reached: {reason}")]
    NotARepository {
        /// The URL.
        url: String,
        /// Why.
        reason: Reason,
    },
    /// A URL that cannot be read.
    #[error("invalid chart URL format: {url}")]
    BadUrl {
        /// The URL.
        url: String,
    },
    /// A URL that nobody fetches.
    #[error("scheme {scheme:?} not supported")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// Tag and `--version` say different things.
    #[error("chart reference and version mismatch: {version} is not {tag}")]
    VersionMismatch {
        /// The tag of the reference.
        tag: String,
        /// `--version`.
        version: String,
    },
    /// An OCI repository without tags.
    #[error("unable to locate any tags in provided repository: {reference}")]
    NoTags {
        /// The repository.
        reference: String,
    },
    /// No tag fits.
    #[error("could not locate a version matching provided version string {version}")]
    NoTagFits {
        /// What was asked for.
        version: String,
    },
    /// What was asked for is no constraint.
    #[error(transparent)]
    Constraint(#[from] ConstraintError),
    /// The registry cannot be asked.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// `repositories.yaml` is of no use.
    #[error(transparent)]
    Repositories(#[from] RepositoriesError),
}

/// ` version "x"` where one was asked for.
struct VersionPart<'a>(&'a str);

impl std::fmt::Display for VersionPart<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            "" => Ok(()),
            version => write!(f, " version {version:?}"),
        }
    }
}

impl ChartReference {
    /// The version to ask for. Helm: `--devel` alone means anything above zero.
    #[must_use]
    pub fn wanted_version(&self) -> &str {
        match self.version.trim() {
            "" if self.devel => ">0.0.0-0",
            version => version,
        }
    }

    /// Access by the flags alone, at home at `origin`.
    fn own_access(&self, origin: Option<Url>) -> Access {
        let has_credentials = !self.username.is_empty() || !self.password.is_empty();
        Access {
            credentials: has_credentials.then(|| Credentials {
                username: self.username.clone(),
                password: self.password.clone(),
                origin,
                pass_to_all: self.pass_credentials,
            }),
            tls: self.tls.clone(),
        }
    }

    /// Access to what a configured repository names: its own credentials, unless the flags have some.
    fn access_for(&self, entry: &RepositoryEntry) -> Access {
        let mut access = entry.access();
        let own = self.own_access(Url::parse(&entry.url).ok());
        if own.credentials.is_some() {
            access.credentials = own.credentials;
        } else if let Some(credentials) = &mut access.credentials {
            credentials.pass_to_all |= self.pass_credentials;
        }
        if self.tls != crate::remote::Tls::default() {
            access.tls = own.tls;
        }
        access
    }
}

/// Finds a chart for install, upgrade, template and show: paths come first.
///
/// # Errors
/// [`ResolveError`].
pub async fn resolve(reference: &ChartReference, paths: &Paths, remote: &dyn Remote) -> Result<Resolved, ResolveError> {
    if reference.repo_url.is_empty() {
        let name = reference.chart.trim();
        let path = Path::new(name);
        if path.exists() {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            return Ok(found(Location::Local { path }));
        }
        if path.is_absolute() || name.starts_with('.') {
            return Err(ResolveError::PathNotFound { path: name.to_owned() });
        }
    }
    resolve_remote(reference, paths, remote).await
}

/// Finds a chart for pull: paths are not looked at.
///
/// # Errors
/// [`ResolveError`].
pub async fn resolve_remote(
    reference: &ChartReference,
    paths: &Paths,
    remote: &dyn Remote,
) -> Result<Resolved, ResolveError> {
    let name = reference.chart.trim();
    if !reference.repo_url.is_empty() {
        return at_url(reference, paths, remote).await;
    }
    if let Some(oci) = name.strip_prefix("oci://") {
        return in_registry(reference, oci, remote).await;
    }
    match Url::parse(name) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => by_url(reference, url, paths),
        Ok(url) if name.contains("://") => Err(ResolveError::Scheme {
            scheme: url.scheme().to_owned(),
        }),
        _ => in_repository(reference, name, paths),
    }
}

fn found(location: Location) -> Resolved {
    Resolved {
        location,
        warnings: Vec::new(),
    }
}

/// Helm: the URL of an archive gets the credentials of the repository whose index names it.
fn by_url(reference: &ChartReference, url: Url, paths: &Paths) -> Result<Resolved, ResolveError> {
    let repositories = Repositories::load(&paths.repository_config)?;
    // Only a repository of the same origin, or one that passes its credentials on, makes a difference.
    let candidates = repositories.entries.iter().filter(|entry| {
        let access = entry.access();
        access.credentials_for(&url).is_some() || access.tls != crate::remote::Tls::default()
    });
    let holder = candidates.into_iter().find(|entry| lists(entry, &url, paths));
    let access = match holder {
        Some(entry) => reference.access_for(entry),
        None => reference.own_access(Some(url.clone())),
    };
    Ok(found(Location::Archive {
        url,
        digest: String::new(),
        access,
    }))
}

fn lists(entry: &RepositoryEntry, url: &Url, paths: &Paths) -> bool {
    let loaded = index::load(
        &paths.index_of(&entry.name),
        &paths.compact_index_of(&entry.name),
        Budgets::default(),
    );
    loaded.is_ok_and(|index| {
        index.charts().any(|(_, entries)| {
            let mut urls = entries.iter().flat_map(|version| &version.urls);
            urls.any(|candidate| absolute(&entry.url, candidate).is_some_and(|candidate| candidate == *url))
        })
    })
}

fn in_repository(reference: &ChartReference, name: &str, paths: &Paths) -> Result<Resolved, ResolveError> {
    let Some((repository, chart)) = name.split_once('/') else {
        return Err(ResolveError::NoRepository {
            reference: name.to_owned(),
        });
    };
    let repositories = Repositories::load(&paths.repository_config)?;
    let entry = repositories
        .named(repository)
        .ok_or_else(|| ResolveError::RepositoryNotFound {
            name: repository.to_owned(),
        })?;
    if entry.url.is_empty() {
        return Err(ResolveError::NoUrl {
            name: repository.to_owned(),
        });
    }
    let index = index::load(
        &paths.index_of(repository),
        &paths.compact_index_of(repository),
        Budgets::default(),
    )
    .map_err(|source| ResolveError::NoIndex { source })?;
    let version = reference.wanted_version();
    let chosen = index
        .choose(chart, version)
        .map_err(|source| ResolveError::NotInIndex {
            chart: chart.to_owned(),
            version: version.to_owned(),
            repository: repository.to_owned(),
            source,
        })?;
    archive(chart, &chosen, &entry.url, reference.access_for(entry))
}

/// The first URL of an entry.
fn archive(chart: &str, chosen: &Chosen<'_>, repository: &str, access: Access) -> Result<Resolved, ResolveError> {
    let first = chosen.entry.urls.first().ok_or_else(|| ResolveError::NoDownload {
        chart: chart.to_owned(),
    })?;
    let url = absolute(repository, first).ok_or_else(|| ResolveError::BadUrl { url: foreign(first) })?;
    let location = match url.scheme() {
        "http" | "https" => Location::Archive {
            url,
            digest: chosen.entry.digest.to_owned(),
            access,
        },
        "oci" => Location::Oci {
            reference: oci_with_tag(first.trim_start_matches("oci://"), chosen.entry.version),
            version: chosen.entry.version.to_owned(),
            access,
        },
        scheme => {
            return Err(ResolveError::Scheme {
                scheme: scheme.to_owned(),
            });
        }
    };
    let mut resolved = found(location);
    if chosen.is_fallback {
        resolved
            .warnings
            .push("unable to find exact version requested; falling back to closest available version".to_owned());
    }
    Ok(resolved)
}

fn oci_with_tag(reference: &str, version: &str) -> String {
    let (_, tag, digest) = split_oci(reference);
    if tag.is_empty() && digest.is_empty() {
        format!("{reference}:{}", tag_of(version))
    } else {
        reference.to_owned()
    }
}

/// A URL of an index, relative to its repository. Helm: the query of the repository's URL goes along.
pub(crate) fn absolute(repository: &str, reference: &str) -> Option<Url> {
    match Url::parse(reference) {
        Ok(url) => return Some(url),
        Err(url::ParseError::RelativeUrlWithoutBase) => {}
        Err(_) => return None,
    }
    let mut base = Url::parse(repository).ok()?;
    let query = base.query().map(str::to_owned);
    base.set_query(None);
    if !base.path().ends_with('/') {
        let path = format!("{}/", base.path());
        base.set_path(&path);
    }
    let mut url = base.join(reference).ok()?;
    if url.query().is_none() {
        url.set_query(query.as_deref());
    }
    Some(url)
}

async fn at_url(reference: &ChartReference, paths: &Paths, remote: &dyn Remote) -> Result<Resolved, ResolveError> {
    let repository = &reference.repo_url;
    if repository.starts_with("oci://") {
        let joined = format!("{}/{}", repository.trim_end_matches('/'), reference.chart);
        return in_registry(reference, joined.trim_start_matches("oci://"), remote).await;
    }
    let access = reference.own_access(Url::parse(repository).ok());
    let source = paths.repository_cache.join("index.yaml");
    let (_, index) = fetch_index(repository, access.clone(), remote, &source)
        .await
        .map_err(|reason| ResolveError::NotARepository {
            url: repository.clone(),
            reason,
        })?;
    let version = reference.wanted_version();
    let chart = reference.chart.trim();
    let chosen = index.choose(chart, version).map_err(|_| ResolveError::NotAtUrl {
        chart: chart.to_owned(),
        version: version.to_owned(),
        url: repository.clone(),
    })?;
    archive(chart, &chosen, repository, access)
}

async fn in_registry(reference: &ChartReference, oci: &str, remote: &dyn Remote) -> Result<Resolved, ResolveError> {
    let host = oci.split('/').next().unwrap_or_default();
    let origin = Url::parse(&format!("https://{host}")).ok();
    let access = reference.own_access(origin);
    let (reference, version) = oci_reference(oci, reference.wanted_version(), &access, remote).await?;
    Ok(found(Location::Oci {
        reference,
        version,
        access,
    }))
}

/// A reference with tag or digest, and the version that the tag stands for.
pub(crate) async fn oci_reference(
    oci: &str,
    version: &str,
    access: &Access,
    remote: &dyn Remote,
) -> Result<(String, String), ResolveError> {
    let (repository, tag, digest) = split_oci(oci);
    let tag_version = tag.replace('_', "+");
    if !tag.is_empty() && !version.is_empty() && tag_version != version {
        return Err(ResolveError::VersionMismatch {
            tag: tag.to_owned(),
            version: version.to_owned(),
        });
    }
    if !digest.is_empty() {
        return Ok((oci.to_owned(), tag_version));
    }
    let version = if tag.is_empty() { version } else { &tag_version };
    // Helm: what can be read as a version is taken as the tag, without a look at the list.
    if !version.is_empty() && Version::parse(version).is_ok() {
        return Ok((format!("{repository}:{}", tag_of(version)), version.to_owned()));
    }
    if !tag.is_empty() {
        return Ok((oci.to_owned(), String::new()));
    }
    let tags = remote.tags(repository, access).await?;
    let chosen = choose_tag(&tags, version, repository)?;
    Ok((format!("{repository}:{}", tag_of(&chosen)), chosen))
}

/// Helm: `+` is not allowed in tags.
fn tag_of(version: &str) -> String {
    version.replace('+', "_")
}

fn split_oci(reference: &str) -> (&str, &str, &str) {
    let (rest, digest) = reference.split_once('@').unwrap_or((reference, ""));
    let name = rest.rfind('/').map_or(0, |slash| slash + 1);
    match rest[name..].split_once(':') {
        Some((last, tag)) => (&rest[..name + last.len()], tag, digest),
        None => (rest, "", digest),
    }
}

fn choose_tag(tags: &[String], version: &str, repository: &str) -> Result<String, ResolveError> {
    let texts = tags.iter().map(|tag| tag.replace('_', "+"));
    let mut versions: Vec<Version> = texts.filter_map(|tag| Version::parse_strict(&tag).ok()).collect();
    if versions.is_empty() {
        return Err(ResolveError::NoTags {
            reference: format!("oci://{repository}"),
        });
    }
    versions.sort_by(|left, right| right.cmp(left));
    let constraint = Constraint::parse(if version.is_empty() { "*" } else { version })?;
    let chosen = versions.iter().find(|version| constraint.check(version));
    chosen
        .map(|version| version.original().to_owned())
        .ok_or_else(|| ResolveError::NoTagFits {
            version: version.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_urls_keep_the_query_of_their_repository() {
        let url = |repository, reference| absolute(repository, reference).map(String::from).unwrap_or_default();
        assert_eq!(url("http://h/charts", "a.tgz"), "http://h/charts/a.tgz");
        assert_eq!(url("http://h/charts/?t=1", "x/a.tgz"), "http://h/charts/x/a.tgz?t=1");
        assert_eq!(url("http://h/charts", "https://o/a.tgz"), "https://o/a.tgz");
        assert_eq!(url("http://h/charts", "/a.tgz"), "http://h/a.tgz");
    }

    #[test]
    fn oci_references_are_cut_at_tag_and_digest() {
        assert_eq!(split_oci("h:5000/p/c"), ("h:5000/p/c", "", ""));
        assert_eq!(split_oci("h:5000/p/c:1.0"), ("h:5000/p/c", "1.0", ""));
        assert_eq!(split_oci("h/c:1@sha256:aa"), ("h/c", "1", "sha256:aa"));
    }

    #[test]
    fn tags_are_chosen_by_constraint() {
        let tags = ["1.0.0", "1.1.0_b", "2.0.0-rc.1", "latest", "v3.0.0"].map(str::to_owned);
        assert_eq!(choose_tag(&tags, "", "h/c").unwrap(), "1.1.0+b");
        assert_eq!(choose_tag(&tags, ">0.0.0-0", "h/c").unwrap(), "2.0.0-rc.1");
        assert_eq!(
            choose_tag(&tags, ">9", "h/c").unwrap_err().to_string(),
            "could not locate a version matching provided version string >9"
        );
        assert_eq!(
            choose_tag(&[], "", "h/c").unwrap_err().to_string(),
            "unable to locate any tags in provided repository: oci://h/c"
        );
    }
}
