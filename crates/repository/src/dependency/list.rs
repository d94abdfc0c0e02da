//! Which dependencies a chart has, and which of them are there.

use std::fmt;
use std::path::{Path, PathBuf};

use ironhelm_chart::semver::{Constraint, Version};
use ironhelm_chart::{Dependency, LoadOptions, Metadata, load_archive, load_with};

use super::DependencyError;
use crate::files;

/// The dependencies of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// One line each, in the order of `Chart.yaml`.
    pub dependencies: Vec<Listed>,
    /// What is in `charts/` and not in `Chart.yaml`. Helm: `WARNING: "<path>" is not in Chart.yaml.`
    pub unlisted: Vec<PathBuf>,
    /// Where the dependencies are. Helm, without any: `WARNING: no dependencies at <path>`.
    pub directory: PathBuf,
}

/// A dependency and its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Name.
    pub name: String,
    /// Constraint.
    pub version: String,
    /// Repository.
    pub repository: String,
    /// Is it there?
    pub status: Status,
}

/// Is a dependency there?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// An archive that fits.
    Ok,
    /// A directory that fits.
    Unpacked,
    /// Nothing.
    Missing,
    /// Something of another version.
    WrongVersion,
    /// Archives of more than one version.
    TooManyMatches,
    /// Something whose version is none.
    InvalidVersion,
    /// Something that cannot be loaded.
    Corrupt,
    /// An archive of another chart.
    Misnamed,
    /// A name that is no pattern.
    BadPattern,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Unpacked => "unpacked",
            Self::Missing => "missing",
            Self::WrongVersion => "wrong version",
            Self::TooManyMatches => "too many matches",
            Self::InvalidVersion => "invalid version",
            Self::Corrupt => "corrupt",
            Self::Misnamed => "misnamed",
            Self::BadPattern => "bad pattern",
        })
    }
}

/// Lists the dependencies of the chart at `path`.
///
/// # Errors
/// [`DependencyError`] where the chart cannot be loaded.
pub fn list(path: &Path) -> Result<Listing, DependencyError> {
    let loaded = load_with(path, &LoadOptions::default()).map_err(|source| DependencyError::Load {
        source: Box::new(source),
    })?;
    let metadata = &loaded.chart.metadata;
    let directory = path.join("charts");
    let dependencies: Vec<Listed> = metadata
        .dependencies()
        .iter()
        .map(|dependency| Listed {
            name: dependency.name.clone(),
            version: dependency.version.clone(),
            repository: dependency.repository.clone(),
            status: status(&directory, dependency, &loaded.chart.subcharts),
        })
        .collect();
    let unlisted = if dependencies.is_empty() {
        Vec::new()
    } else {
        unlisted(&directory, metadata)
    };
    Ok(Listing {
        dependencies,
        unlisted,
        directory,
    })
}

fn status(directory: &Path, dependency: &Dependency, subcharts: &[std::sync::Arc<ironhelm_chart::Chart>]) -> Status {
    let name = &dependency.name;
    if !crate::text::is_safe_segment(name) || name.contains(['[', ']', '*', '?']) {
        return Status::BadPattern;
    }
    let archives: Vec<PathBuf> = archives(directory)
        .into_iter()
        .filter(|path| is_archive_of(path, name))
        .collect();
    match archives.as_slice() {
        [] => {}
        [archive] => return archive_status(archive, dependency),
        many => {
            let fitting = many.iter().filter(|path| has_version_in_name(path, name)).count();
            if fitting > 1 {
                return Status::TooManyMatches;
            }
            if let Some(archive) = many.iter().find(|path| has_version_in_name(path, name)) {
                return archive_status(archive, dependency);
            }
        }
    }
    let unpacked = directory.join(name);
    if !unpacked.is_dir() {
        let packed = subcharts.iter().find(|subchart| subchart.name() == name);
        return packed.map_or(Status::Missing, |subchart| {
            check(&subchart.metadata, dependency, Status::Ok)
        });
    }
    match load_with(&unpacked, &LoadOptions::default()) {
        Ok(loaded) => check(&loaded.chart.metadata, dependency, Status::Unpacked),
        Err(_) => Status::Corrupt,
    }
}

fn archive_status(archive: &Path, dependency: &Dependency) -> Status {
    let Ok(bytes) = files::read_limited(archive, 100 << 20) else {
        return Status::Corrupt;
    };
    match load_archive("", &bytes, &LoadOptions::default()) {
        Ok(loaded) => check(&loaded.chart.metadata, dependency, Status::Ok),
        Err(_) => Status::Corrupt,
    }
}

fn check(metadata: &Metadata, dependency: &Dependency, good: Status) -> Status {
    if metadata.name != dependency.name {
        return Status::Misnamed;
    }
    if metadata.version == dependency.version {
        return good;
    }
    match (
        Constraint::parse(&dependency.version),
        Version::parse(&metadata.version),
    ) {
        (Ok(constraint), Ok(version)) if constraint.check(&version) => good,
        (Ok(_), Ok(_)) => Status::WrongVersion,
        _ => Status::InvalidVersion,
    }
}

/// The entries of `charts/` that are archives.
pub(super) fn archives(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .collect();
    paths.sort();
    paths
}

/// Helm: `name-*.tgz`.
fn is_archive_of(path: &Path, name: &str) -> bool {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    file.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
}

fn has_version_in_name(path: &Path, name: &str) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let version = stem.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
    version.is_some_and(|version| Version::parse(version).is_ok())
}

fn unlisted(directory: &Path, metadata: &Metadata) -> Vec<PathBuf> {
    let is_known = |name: &str| metadata.dependencies().iter().any(|dependency| dependency.name == name);
    let name_of = |path: &Path| {
        let bytes = files::read_limited(path, 100 << 20).ok()?;
        let loaded = load_archive("", &bytes, &LoadOptions::default()).ok()?;
        Some(loaded.chart.metadata.name)
    };
    let is_unlisted = |path: &PathBuf| name_of(path).is_some_and(|name| !is_known(&name));
    archives(directory).into_iter().filter(is_unlisted).collect()
}
