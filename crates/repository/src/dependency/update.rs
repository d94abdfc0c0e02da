//! `dependency update` and `dependency build`.

use std::fs;
use std::path::{Path, PathBuf};

use ironhelm_chart::semver::{Constraint, Version};
use ironhelm_chart::{Chart, Dependency, LoadOptions, Lock, PACK_TIME, load_archive, load_sources, load_with, pack};
use serde_json::Value;
use url::Url;

use super::resolver::{self, Origin, Sources};
use super::{DependencyError, Event, list};
use crate::download::{Downloads, Verification};
use crate::error::Error;
use crate::files;
use crate::index::{self, Budgets};
use crate::manage::{self, UpdateError, fetch_index, store_index};
use crate::paths::Paths;
use crate::pull::archive_name;
use crate::remote::{Access, Remote};
use crate::repositories::Repositories;
use crate::resolve::{Location, ResolveError, absolute};

/// How dependencies are brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// `--skip-refresh`: take the indexes as they are.
    pub skip_refresh: bool,
    /// `--verify`.
    pub verification: Verification,
    /// The time for the lock file, in RFC 3339 with nanoseconds.
    pub now: String,
}

/// What both verbs work with.
struct Work<'w> {
    chart: &'w Path,
    paths: &'w Paths,
    remote: &'w dyn Remote,
    options: &'w Options,
    events: &'w (dyn Fn(Event) + Send + Sync),
}

/// Resolves the dependencies of the chart in the directory `chart`, brings them into `charts/` and writes the lock.
///
/// # Errors
/// [`DependencyError`]; `charts/` and the lock stay as they were.
pub async fn update(
    chart: &Path,
    options: &Options,
    paths: &Paths,
    remote: &dyn Remote,
    events: &(dyn Fn(Event) + Send + Sync),
) -> Result<(), DependencyError> {
    let loaded = load(chart)?;
    Work {
        chart,
        paths,
        remote,
        options,
        events,
    }
    .update(&loaded)
    .await
}

/// Brings the dependencies that the lock of the chart names; without a lock, [`update`].
///
/// # Errors
/// [`DependencyError`]; `charts/` stays as it was.
pub async fn build(
    chart: &Path,
    options: &Options,
    paths: &Paths,
    remote: &dyn Remote,
    events: &(dyn Fn(Event) + Send + Sync),
) -> Result<(), DependencyError> {
    let loaded = load(chart)?;
    let work = Work {
        chart,
        paths,
        remote,
        options,
        events,
    };
    match &loaded.lock {
        Some(lock) => work.build(&loaded, lock).await,
        None => work.update(&loaded).await,
    }
}

fn load(path: &Path) -> Result<Chart, DependencyError> {
    let metadata = fs::metadata(path).map_err(|error| DependencyError::NoChart {
        path: path.display().to_string(),
        reason: files::go_error("stat", path, &error),
    })?;
    if !metadata.is_dir() {
        return Err(DependencyError::Packed);
    }
    let loaded = load_with(path, &LoadOptions::default()).map_err(|source| DependencyError::Load {
        source: Box::new(source),
    })?;
    Ok(loaded.chart)
}

impl Work<'_> {
    async fn update(&self, chart: &Chart) -> Result<(), DependencyError> {
        let mut wanted = chart.metadata.dependencies().to_vec();
        if wanted.is_empty() {
            return Ok(());
        }
        let repositories = Repositories::load(&self.paths.repository_config)?;
        let (sources, unknown) = resolver::sources(self.chart, &mut wanted, &repositories)?;
        if !unknown.is_empty() {
            return Err(DependencyError::UnknownRepositories { repositories: unknown });
        }
        self.refresh_unmanaged(&sources).await?;
        self.refresh(&repositories).await?;
        let locked = resolver::resolve(self.chart, &wanted, &sources, self.paths, self.remote).await?;
        self.bring(&locked, &sources).await?;
        self.write_lock(chart, &locked)
    }

    async fn build(&self, chart: &Chart, lock: &Lock) -> Result<(), DependencyError> {
        let mut wanted = chart.metadata.dependencies().to_vec();
        let repositories = Repositories::load(&self.paths.repository_config)?;
        let (_, unknown) = resolver::sources(self.chart, &mut wanted, &repositories)?;
        if !unknown.is_empty() {
            return Err(DependencyError::UnknownRepositories { repositories: unknown });
        }
        let mut locked = lock.dependencies.clone().unwrap_or_default();
        let is_v1 = chart.metadata.api_version == "v1";
        let fits = resolver::digest(&wanted, &locked) == lock.digest
            || resolver::digest(chart.metadata.dependencies(), &locked) == lock.digest
            || (is_v1 && resolver::legacy_digest(&wanted) == lock.digest);
        if !fits {
            let (lock, requirements) = file_names(is_v1);
            return Err(DependencyError::OutOfSync { lock, requirements });
        }
        let (sources, unknown) = resolver::sources(self.chart, &mut locked, &repositories)?;
        let missing: Vec<String> = unknown.into_iter().chain(sources.unmanaged.iter().cloned()).collect();
        if !missing.is_empty() {
            return Err(DependencyError::MissingRepositories { repositories: missing });
        }
        self.refresh(&repositories).await?;
        self.bring(&locked, &sources).await
    }

    /// Helm: the indexes of repositories that are not configured are fetched under a name of their own.
    async fn refresh_unmanaged(&self, sources: &Sources) -> Result<(), DependencyError> {
        if sources.unmanaged.is_empty() || self.options.skip_refresh {
            return Ok(());
        }
        (self.events)(Event::UnmanagedRepositories);
        for url in &sources.unmanaged {
            let name = resolver::unmanaged_name(url);
            let source = self.paths.index_of(&name);
            let failure = match fetch_index(url, Access::default(), self.remote, &source).await {
                Ok((text, index)) => {
                    store_index(self.paths, &name, &text, &index)?;
                    None
                }
                Err(reason) => Some(reason),
            };
            (self.events)(Event::Unmanaged {
                url: url.clone(),
                failure,
            });
        }
        Ok(())
    }

    async fn refresh(&self, repositories: &Repositories) -> Result<(), DependencyError> {
        if repositories.entries.is_empty() || self.options.skip_refresh {
            return Ok(());
        }
        (self.events)(Event::Refreshing);
        let forward = |event| (self.events)(Event::Refreshed(event));
        // Helm: a repository that cannot be reached is told of and no reason to stop.
        match manage::update(self.paths, &repositories.entries, self.remote, &forward).await {
            Ok(()) | Err(UpdateError::Failed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        (self.events)(Event::RefreshComplete);
        Ok(())
    }

    /// Brings all charts into a directory of their own, and moves them to `charts/` when all are there.
    async fn bring(&self, locked: &[Dependency], sources: &Sources) -> Result<(), DependencyError> {
        (self.events)(Event::Saving { charts: locked.len() });
        let mut archives: Vec<(String, Vec<u8>)> = Vec::new();
        for dependency in locked {
            match self.bring_one(dependency, sources).await {
                Ok(Some((name, archive))) if archives.iter().all(|(known, _)| *known != name) => {
                    archives.push((name, archive));
                }
                Ok(_) => {}
                Err(error) => {
                    (self.events)(Event::SaveError {
                        reason: super::chain(&error),
                    });
                    return Err(error);
                }
            }
        }
        self.replace(locked, &archives)
    }

    async fn bring_one(
        &self,
        dependency: &Dependency,
        sources: &Sources,
    ) -> Result<Option<(String, Vec<u8>)>, DependencyError> {
        resolver::safe(&dependency.name)?;
        match resolver::origin(dependency) {
            Origin::Present => {
                (self.events)(Event::AssumedPresent {
                    name: dependency.name.clone(),
                });
                self.check_present(dependency).map(|()| None)
            }
            Origin::File(path) => {
                let directory = resolver::local_chart(self.chart, path)?;
                let source =
                    load_sources(&directory, &LoadOptions::default()).map_err(|source| DependencyError::Load {
                        source: Box::new(source),
                    })?;
                let metadata = &source.chart.metadata;
                check_version(&metadata.name, &metadata.version, &dependency.version)?;
                let name = archive_name(metadata).ok_or_else(|| DependencyError::UnsafeName {
                    name: metadata.name.clone(),
                })?;
                let archive = pack(&source, PACK_TIME)?;
                Ok(Some((name, archive)))
            }
            Origin::Oci(url) | Origin::Repository(url) => {
                (self.events)(Event::Downloading {
                    name: dependency.name.clone(),
                    repository: url.to_owned(),
                });
                let location = self.locate(dependency, url, sources)?;
                self.download(dependency, &location).await.map(Some)
            }
        }
    }

    fn check_present(&self, dependency: &Dependency) -> Result<(), DependencyError> {
        let path = self.chart.join("charts").join(&dependency.name);
        let loaded = load_with(&path, &LoadOptions::default()).map_err(|source| DependencyError::Load {
            source: Box::new(source),
        })?;
        check_version(&dependency.name, &loaded.chart.metadata.version, &dependency.version)
    }

    fn locate(&self, dependency: &Dependency, url: &str, sources: &Sources) -> Result<Location, DependencyError> {
        if let Some(registry) = url.strip_prefix("oci://") {
            let tag = dependency.version.replace('+', "_");
            return Ok(Location::Oci {
                reference: format!("{}/{}:{tag}", registry.trim_end_matches('/'), dependency.name),
                version: dependency.version.clone(),
                access: Access::default(),
            });
        }
        let entry = sources.known.get(url);
        let name = entry.map_or_else(|| resolver::unmanaged_name(url), |entry| entry.name.clone());
        let index = index::load(
            &self.paths.index_of(&name),
            &self.paths.compact_index_of(&name),
            Budgets::default(),
        )
        .map_err(|source| DependencyError::NoIndex { name, source })?;
        let chosen =
            index
                .choose(&dependency.name, &dependency.version)
                .map_err(|source| ResolveError::NotInIndex {
                    chart: dependency.name.clone(),
                    version: dependency.version.clone(),
                    repository: url.to_owned(),
                    source,
                })?;
        let first = chosen.entry.urls.first().copied().unwrap_or_default();
        let archive = absolute(url, first).ok_or_else(|| ResolveError::BadUrl {
            url: crate::text::foreign(first),
        })?;
        Ok(archive_location(
            archive,
            chosen.entry.digest,
            entry.map(|entry| entry.access()).unwrap_or_default(),
        ))
    }

    async fn download(
        &self,
        dependency: &Dependency,
        location: &Location,
    ) -> Result<(String, Vec<u8>), DependencyError> {
        let downloads = Downloads {
            paths: self.paths,
            remote: self.remote,
        };
        let brought = downloads.fetch(location, &self.options.verification).await;
        let downloaded = brought.map_err(|source| DependencyError::Download {
            url: match location {
                Location::Archive { url, .. } => url.to_string(),
                Location::Oci { reference, .. } => {
                    format!("oci://{}", reference.rsplit_once(':').map_or("", |(name, _)| name))
                }
                Location::Local { path } => path.display().to_string(),
            },
            source: Box::new(source),
        })?;
        if let Some((reference, digest)) = &downloaded.pulled {
            (self.events)(Event::Pulled {
                reference: reference.clone(),
                digest: digest.clone(),
            });
        }
        let loaded = load_archive(&downloaded.file_name, &downloaded.archive, &LoadOptions::default());
        let metadata = loaded
            .map_err(|source| DependencyError::Load {
                source: Box::new(source),
            })?
            .chart
            .metadata;
        if metadata.name != dependency.name {
            return Err(DependencyError::OtherChart {
                name: dependency.name.clone(),
                found: metadata.name,
            });
        }
        Ok((downloaded.file_name, downloaded.archive))
    }

    /// Writes the archives, then removes those of the same charts that are not among them.
    fn replace(&self, locked: &[Dependency], archives: &[(String, Vec<u8>)]) -> Result<(), DependencyError> {
        let directory = self.chart.join("charts");
        if fs::symlink_metadata(&directory).is_ok_and(|metadata| !metadata.is_dir()) {
            let path = directory.clone();
            return Err(Error::file("mkdir", path)(std::io::Error::other("charts is not a directory")).into());
        }
        fs::create_dir_all(&directory).map_err(Error::file("mkdir", &directory))?;
        for (name, archive) in archives {
            let path = directory.join(name);
            files::write(&path, archive, 0o644).map_err(Error::file("open", path))?;
        }
        (self.events)(Event::DeletingOutdated);
        let keep = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            archives.iter().any(|(known, _)| *known == name) || is_present(&name, locked)
        };
        for path in list::archives(&directory).into_iter().filter(|path| !keep(path)) {
            fs::remove_file(&path).map_err(Error::file("remove", path))?;
        }
        Ok(())
    }

    /// Helm: a lock that says the same as the one that is there is not written.
    fn write_lock(&self, chart: &Chart, locked: &[Dependency]) -> Result<(), DependencyError> {
        let digest = resolver::digest(&self.requirements(chart)?, locked);
        if chart.lock.as_ref().is_some_and(|lock| lock.digest == digest) {
            return Ok(());
        }
        let lock = Lock {
            generated: self.options.now.clone(),
            digest,
            dependencies: Some(locked.to_vec()),
        };
        let (name, _) = file_names(chart.metadata.api_version == "v1");
        let path = self.chart.join(name);
        // CVE-2025-53547: a lock file that is a link is neither followed nor replaced.
        if let Ok(target) = fs::read_link(&path) {
            return Err(DependencyError::LinkedLock { lock: name, target });
        }
        let tree = ironhelm_golang::json::decode(lock.to_json().as_bytes()).unwrap_or(Value::Null);
        let text = ironhelm_yaml::encode(&tree);
        Ok(files::write(&path, text.as_bytes(), 0o644).map_err(Error::file("open", path))?)
    }

    /// What the digest covers: the requirements with URLs in the place of aliases.
    fn requirements(&self, chart: &Chart) -> Result<Vec<Dependency>, DependencyError> {
        let mut wanted = chart.metadata.dependencies().to_vec();
        let repositories = Repositories::load(&self.paths.repository_config)?;
        resolver::sources(self.chart, &mut wanted, &repositories)?;
        Ok(wanted)
    }
}

fn archive_location(url: Url, digest: &str, access: Access) -> Location {
    Location::Archive {
        url,
        digest: digest.to_owned(),
        access,
    }
}

/// An archive of a chart that is assumed to be there.
fn is_present(name: &str, locked: &[Dependency]) -> bool {
    let present = |dependency: &&Dependency| dependency.repository.is_empty();
    locked.iter().filter(present).any(|dependency| {
        name.strip_prefix(dependency.name.as_str())
            .is_some_and(|rest| rest.starts_with('-'))
    })
}

fn check_version(name: &str, version: &str, constraint: &str) -> Result<(), DependencyError> {
    let parsed = Constraint::parse(constraint).map_err(|source| DependencyError::Constraint {
        name: name.to_owned(),
        source,
    })?;
    if version == constraint || Version::parse(version).is_ok_and(|number| parsed.check(&number)) {
        return Ok(());
    }
    Err(DependencyError::WrongVersion {
        name: name.to_owned(),
        version: version.to_owned(),
        constraint: constraint.to_owned(),
    })
}

fn file_names(is_v1: bool) -> (&'static str, &'static str) {
    if is_v1 {
        ("requirements.lock", "requirements.yaml")
    } else {
        ("Chart.lock", "Chart.yaml")
    }
}
