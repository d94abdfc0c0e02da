//! A directory of charts with an index.

use std::fs;
use std::path::{Path, PathBuf};

use ironhelm_image::Digest;
use ironhelm_repository::index::{GenerateOptions, generate};

use super::UploadError;
use crate::plan::{ChartState, PlannedChart};

pub(super) fn state(directory: &Path, name: &str, version: &str) -> ChartState {
    match fs::read(file(directory, name, version)) {
        Ok(archive) => ChartState::Present {
            digest: Some(Digest::sha256(&archive)),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => ChartState::Absent,
        Err(error) => ChartState::Unknown {
            reason: error.to_string(),
        },
    }
}

/// Writes the archive in one step, and the index anew.
pub(super) fn write(directory: &Path, chart: &PlannedChart, now: &str) -> Result<(), UploadError> {
    let path = file(directory, &chart.name, &chart.version);
    let draft = path.with_extension("part");
    let written = fs::create_dir_all(directory)
        .and_then(|()| fs::write(&draft, &chart.archive))
        .and_then(|()| fs::rename(&draft, &path));
    written.map_err(|source| UploadError::File { path, source })?;
    let options = GenerateOptions {
        now: now.to_owned(),
        ..GenerateOptions::default()
    };
    generate(directory, &options).map_err(|source| UploadError::Generate {
        directory: directory.to_owned(),
        source: Box::new(source),
    })
}

fn file(directory: &Path, name: &str, version: &str) -> PathBuf {
    directory.join(format!("{name}-{version}.tgz"))
}
