//! From constraints to versions: what goes into the lock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ironhelm_chart::semver::{Constraint, Version};
use ironhelm_chart::{Dependency, LoadOptions, Lock, load_with};
use sha2::{Digest, Sha256};

use super::DependencyError;
use crate::entry::RepositoryEntry;
use crate::index::{self, Budgets, Index};
use crate::paths::Paths;
use crate::remote::Remote;
use crate::repositories::Repositories;
use crate::resolve::{ResolveError, oci_reference};

/// The repositories that the dependencies of a chart name.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// By the URL that the dependency, or its alias, stands for.
    pub(super) known: BTreeMap<String, RepositoryEntry>,
    /// URLs that are not configured.
    pub(super) unmanaged: Vec<String>,
}

/// Helm: what is in `charts/` already, on this machine, in a registry, or in a repository.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin<'d> {
    Present,
    File(&'d str),
    Oci(&'d str),
    Repository(&'d str),
}

pub(super) fn origin(dependency: &Dependency) -> Origin<'_> {
    match dependency.repository.as_str() {
        "" => Origin::Present,
        url => match (url.strip_prefix("file://"), url.starts_with("oci://")) {
            (Some(path), _) => Origin::File(path),
            (None, true) => Origin::Oci(url),
            (None, false) => Origin::Repository(url),
        },
    }
}

/// The name in `@name` or `alias:name`.
fn alias(repository: &str) -> Option<&str> {
    repository
        .strip_prefix('@')
        .or_else(|| repository.strip_prefix("alias:"))
}

/// Puts URLs in the place of aliases, and sorts out which repositories are configured; the second list has those that
/// nobody can make sense of.
pub(super) fn sources(
    chart: &Path,
    dependencies: &mut [Dependency],
    repositories: &Repositories,
) -> Result<(Sources, Vec<String>), DependencyError> {
    let mut sources = Sources::default();
    let mut unknown = Vec::new();
    for dependency in dependencies {
        let url = match origin(dependency) {
            Origin::Present | Origin::Oci(_) => continue,
            Origin::File(path) => {
                local_chart(chart, path)?;
                continue;
            }
            Origin::Repository(url) => url.to_owned(),
        };
        let found = match alias(&url) {
            Some(name) => repositories.named(name),
            None => repositories.at_url(&url),
        };
        match found {
            Some(entry) => {
                if alias(&url).is_some() {
                    dependency.repository.clone_from(&entry.url);
                }
                sources.known.insert(dependency.repository.clone(), entry.clone());
            }
            None if url.starts_with("http://") || url.starts_with("https://") => {
                if !sources.unmanaged.contains(&url) {
                    sources.unmanaged.push(url);
                }
            }
            None => unknown.push(url),
        }
    }
    Ok((sources, unknown))
}

/// The directory that `file://` names, relative to the chart.
pub(super) fn local_chart(chart: &Path, path: &str) -> Result<PathBuf, DependencyError> {
    let given = Path::new(path);
    let directory = if given.is_absolute() {
        given.to_owned()
    } else {
        chart.join(given)
    };
    if directory.exists() {
        return Ok(directory);
    }
    let joined = ironhelm_golang::filepath::join([chart.to_string_lossy().as_ref(), path]);
    Err(DependencyError::NoDirectory { path: joined.into() })
}

/// Finds a version for each dependency.
pub(super) async fn resolve(
    chart: &Path,
    dependencies: &[Dependency],
    sources: &Sources,
    paths: &Paths,
    remote: &dyn Remote,
) -> Result<Vec<Dependency>, DependencyError> {
    let mut indexes = BTreeMap::new();
    let mut locked = Vec::new();
    let mut missing = Vec::new();
    for dependency in dependencies {
        let constraint = Constraint::parse(&dependency.version).map_err(|source| DependencyError::Constraint {
            name: dependency.name.clone(),
            source,
        })?;
        let version = match origin(dependency) {
            Origin::Present => {
                present(chart, dependency)?;
                Some(dependency.version.clone())
            }
            Origin::File(path) => local_version(chart, path, &constraint)?,
            Origin::Oci(url) => oci_version(url, dependency, remote).await?,
            Origin::Repository(url) => {
                let index = match indexes.entry(url.to_owned()) {
                    std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::btree_map::Entry::Vacant(place) => place.insert(load_index(url, sources, paths)?),
                };
                version_in(index, dependency, &constraint)?
            }
        };
        match version {
            Some(version) => locked.push(lock_entry(dependency, version)),
            None => missing.push(format!(
                "{:?} (repository {:?}, version {:?})",
                dependency.name, dependency.repository, dependency.version
            )),
        }
    }
    if missing.is_empty() {
        Ok(locked)
    } else {
        Err(DependencyError::NoVersion { missing })
    }
}

/// Helm: a lock has name, repository and version, nothing else.
fn lock_entry(dependency: &Dependency, version: String) -> Dependency {
    Dependency {
        name: dependency.name.clone(),
        repository: dependency.repository.clone(),
        version,
        ..Dependency::default()
    }
}

fn present(chart: &Path, dependency: &Dependency) -> Result<(), DependencyError> {
    let path = chart.join("charts").join(safe(&dependency.name)?);
    if path.exists() {
        Ok(())
    } else {
        Err(DependencyError::NoDirectory { path })
    }
}

pub(super) fn safe(name: &str) -> Result<&str, DependencyError> {
    if crate::text::is_safe_segment(name) {
        Ok(name)
    } else {
        Err(DependencyError::UnsafeName {
            name: crate::text::foreign(name),
        })
    }
}

fn local_version(chart: &Path, path: &str, constraint: &Constraint) -> Result<Option<String>, DependencyError> {
    let directory = local_chart(chart, path)?;
    let loaded = load_with(&directory, &LoadOptions::default()).map_err(|source| DependencyError::Load {
        source: Box::new(source),
    })?;
    let version = loaded.chart.metadata.version;
    let fits = Version::parse(&version).is_ok_and(|number| constraint.check(&number));
    Ok(fits.then_some(version))
}

async fn oci_version(
    url: &str,
    dependency: &Dependency,
    remote: &dyn Remote,
) -> Result<Option<String>, DependencyError> {
    // Helm: an exact version is taken as it is, without a look at the registry.
    if Version::parse_strict(&dependency.version).is_ok() {
        return Ok(Some(dependency.version.clone()));
    }
    let reference = format!(
        "{}/{}",
        url.trim_start_matches("oci://").trim_end_matches('/'),
        dependency.name
    );
    let access = crate::remote::Access::default();
    match oci_reference(&reference, &dependency.version, &access, remote).await {
        Ok((_, version)) => Ok(Some(version)),
        Err(ResolveError::NoTags { .. } | ResolveError::NoTagFits { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn load_index(url: &str, sources: &Sources, paths: &Paths) -> Result<Index, DependencyError> {
    let name = sources
        .known
        .get(url)
        .map_or_else(|| unmanaged_name(url), |entry| entry.name.clone());
    index::load(
        &paths.index_of(&name),
        &paths.compact_index_of(&name),
        Budgets::default(),
    )
    .map_err(|source| DependencyError::NoIndex { name, source })
}

fn version_in(
    index: &Index,
    dependency: &Dependency,
    constraint: &Constraint,
) -> Result<Option<String>, DependencyError> {
    let entries = index
        .versions(&dependency.name)
        .ok_or_else(|| DependencyError::NotInRepository {
            name: dependency.name.clone(),
            repository: dependency.repository.clone(),
        })?;
    let fits = |version: &str| Version::parse(version).is_ok_and(|version| constraint.check(&version));
    // Helm: an entry without URLs counts as none.
    let mut fitting = entries.iter().filter(|entry| !entry.urls.is_empty());
    Ok(fitting
        .find(|entry| fits(entry.version))
        .map(|entry| entry.version.to_owned()))
}

/// Helm: the name under which the index of a repository that is not configured is cached.
pub(super) fn unmanaged_name(url: &str) -> String {
    format!("helm-manager-{}", crate::download::sha256(url.as_bytes()))
}

/// The digest of a lock that fits `requirements`.
pub(super) fn digest(requirements: &[Dependency], locked: &[Dependency]) -> String {
    let lock = Lock {
        dependencies: Some(locked.to_vec()),
        ..Lock::default()
    };
    hashed(&lock.digest_input(requirements))
}

/// The digest that Helm 2 wrote.
pub(super) fn legacy_digest(requirements: &[Dependency]) -> String {
    let lock = Lock {
        dependencies: Some(requirements.to_vec()),
        ..Lock::default()
    };
    let array = lock.digest_input(&[]);
    // `[[],[…]]`: the second list is the one of the requirements.
    let list = array
        .strip_prefix("[[],")
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or_default();
    hashed(&format!("{{\"dependencies\":{list}}}"))
}

fn hashed(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    format!(
        "sha256:{}",
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependency(name: &str, version: &str, repository: &str) -> Dependency {
        Dependency {
            name: name.to_owned(),
            version: version.to_owned(),
            repository: repository.to_owned(),
            ..Dependency::default()
        }
    }

    /// Names and digests written by helm 4.2.3.
    #[test]
    fn locks_have_the_digest_of_helm() {
        let wanted = [dependency("other", "0.1.x", "")];
        assert_eq!(
            digest(&wanted, &wanted),
            "sha256:905e43588d36323caa73b5745609dca0870434ece8a171c705109e0656005427"
        );
        assert_eq!(
            unmanaged_name("http://127.0.0.1:1"),
            "helm-manager-10d8eb39449320b2c5808410ff44ca02e3633416d46f60d42077b9e0051c2d17"
        );
    }

    #[test]
    fn repositories_are_known_by_their_form() {
        assert_eq!(origin(&dependency("a", "1", "file://../x")), Origin::File("../x"));
        assert_eq!(origin(&dependency("a", "1", "")), Origin::Present);
        assert_eq!(alias("alias:r"), Some("r"));
        assert_eq!(alias("@r"), Some("r"));
        assert_eq!(alias("http://r"), None);
    }
}
