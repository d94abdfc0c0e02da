//! `pull`: a chart into a directory, as an archive or unpacked.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ironhelm_chart::{File, LoadError, LoadOptions, Metadata, load_archive, read_files};

use crate::download::{DownloadError, Downloaded, Downloads, Verification};
use crate::error::Error;
use crate::files;
use crate::paths::Paths;
use crate::remote::Remote;
use crate::resolve::{ChartReference, ResolveError, resolve_remote};
use crate::text::{foreign, is_safe_segment};

/// How a chart is pulled.
#[derive(Debug, Clone)]
pub struct PullOptions {
    /// `--destination`.
    pub destination: PathBuf,
    /// `--untar`, and into which directory below the destination: `--untardir`.
    pub untar: Option<PathBuf>,
    /// `--prov` or `--verify`.
    pub verification: Verification,
}

impl Default for PullOptions {
    fn default() -> Self {
        Self {
            destination: PathBuf::from("."),
            untar: None,
            verification: Verification::None,
        }
    }
}

/// A chart that was pulled.
#[derive(Debug, Clone)]
pub struct Pulled {
    /// The archive, or the directory that it was unpacked to.
    pub path: PathBuf,
    /// What was brought; the reference and digest that Helm prints, and what verifying found, are in here.
    pub downloaded: Downloaded,
    /// What to tell the user.
    pub warnings: Vec<String>,
}

/// Why a chart cannot be pulled.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// It is not found.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// It does not come.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] Error),
    /// The place for the unpacked chart is taken.
    #[error("failed to untar: a file or directory with the name {} already exists", .path.display())]
    Exists {
        /// The place.
        path: PathBuf,
    },
    /// The archive is no chart.
    #[error("failed to untar: {source}")]
    Archive {
        /// Why.
        source: Box<LoadError>,
    },
    /// The chart or one of its files is called so that it would lead out of its directory.
    #[error("failed to untar: {name:?} cannot be used as a path")]
    UnsafeName {
        /// The name.
        name: String,
    },
}

/// Pulls a chart.
///
/// # Errors
/// [`PullError`]; nothing is left half written.
pub async fn pull(
    reference: &ChartReference,
    options: &PullOptions,
    paths: &Paths,
    remote: &dyn Remote,
) -> Result<Pulled, PullError> {
    let resolved = resolve_remote(reference, paths, remote).await?;
    let downloads = Downloads { paths, remote };
    let downloaded = downloads.fetch(&resolved.location, &options.verification).await?;
    let path = match &options.untar {
        Some(directory) => {
            let directory = options.destination.join(directory);
            unpack(&downloaded, &clean(&directory))?
        }
        None => save(&downloaded, &options.destination)?,
    };
    Ok(Pulled {
        path,
        downloaded,
        warnings: resolved.warnings,
    })
}

/// The path without components that lead nowhere: nobody can make a directory `.`.
fn clean(path: &Path) -> PathBuf {
    path.components()
        .filter(|component| *component != std::path::Component::CurDir)
        .collect()
}

fn save(downloaded: &Downloaded, directory: &Path) -> Result<PathBuf, Error> {
    let path = directory.join(&downloaded.file_name);
    files::write(&path, &downloaded.archive, 0o644).map_err(Error::file("open", &path))?;
    if let Some(text) = &downloaded.provenance {
        let path = directory.join(format!("{}.prov", downloaded.file_name));
        files::write(&path, text, 0o644).map_err(Error::file("open", path))?;
    }
    Ok(path)
}

fn unpack(downloaded: &Downloaded, directory: &Path) -> Result<PathBuf, PullError> {
    let archive = |source: LoadError| PullError::Archive {
        source: Box::new(source),
    };
    let options = LoadOptions::default();
    // The whole chart is read first: what cannot be loaded is not written.
    let loaded = load_archive(&downloaded.file_name, &downloaded.archive, &options).map_err(archive)?;
    let name = &loaded.chart.metadata.name;
    let target = chart_directory(directory, name)?;
    if fs::symlink_metadata(&target).is_ok() {
        return Err(PullError::Exists { path: target });
    }
    let files = read_files(&downloaded.cached, &options).map_err(archive)?.files;
    fs::create_dir_all(directory).map_err(Error::file("mkdir", directory))?;
    let temporary = temporary_directory(directory, name)?;
    let written = write_all(&temporary, &files).and_then(|()| {
        fs::rename(&temporary, &target)
            .map_err(Error::file("rename", &target))
            .map_err(PullError::from)
    });
    if written.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    written.map(|()| target)
}

/// CVE-2024-25620, CVE-2026-35206: the name of a chart is one component of a path.
pub(crate) fn chart_directory(directory: &Path, name: &str) -> Result<PathBuf, PullError> {
    if is_safe_segment(name) {
        Ok(directory.join(name))
    } else {
        Err(PullError::UnsafeName { name: foreign(name) })
    }
}

fn temporary_directory(directory: &Path, name: &str) -> Result<PathBuf, Error> {
    let mut number = 0;
    loop {
        let path = directory.join(format!(".{name}.{}.{number}.tmp", std::process::id()));
        match fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => number += 1,
            result => return result.map(|()| path.clone()).map_err(Error::file("mkdir", path)),
        }
    }
}

/// Writes files into a directory that is new and ours: no link can be on the way, and no name may leave it.
fn write_all(root: &Path, files: &[File]) -> Result<(), PullError> {
    for file in files {
        let segments: Vec<&str> = file.name.split('/').collect();
        if segments.iter().any(|segment| !is_safe_segment(segment)) {
            return Err(PullError::UnsafeName {
                name: foreign(&file.name),
            });
        }
        let path = root.join(segments.iter().collect::<PathBuf>());
        files::create_parent(&path).map_err(Error::file("mkdir", &path))?;
        // Of two entries with one name the last one counts, as it does when the chart is loaded.
        files::write(&path, &file.data, 0o644).map_err(Error::file("open", &path))?;
    }
    Ok(())
}

/// The name under which an archive of this chart is kept: `name-version.tgz`, if that is one safe component.
pub(crate) fn archive_name(metadata: &Metadata) -> Option<String> {
    let name = format!("{}-{}.tgz", metadata.name, metadata.version);
    is_safe_segment(&name).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> File {
        File {
            name: name.to_owned(),
            data: b"x".as_slice().into(),
            modified: None,
        }
    }

    /// CVE-2024-25620, CVE-2026-35206.
    #[test]
    fn a_chart_is_unpacked_below_its_directory_only() {
        let root = Path::new("/charts");
        for name in [".", "..", "", "a/b", "../x", "a\\b"] {
            assert!(chart_directory(root, name).is_err(), "{name:?}");
        }
        assert_eq!(chart_directory(root, "demo").unwrap(), Path::new("/charts/demo"));
    }

    /// CVE-2019-1000008.
    #[test]
    fn files_are_written_below_their_chart_only() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["../x", "/etc/x", "a/../../x", "a//x", "C:/x", "a\\..\\x", "a\0"] {
            assert!(write_all(directory.path(), &[file(name)]).is_err(), "{name:?}");
        }
        write_all(directory.path(), &[file("templates/tests/x.yaml"), file("Chart.yaml")]).unwrap();
        assert_eq!(fs::read(directory.path().join("templates/tests/x.yaml")).unwrap(), b"x");
    }
}
