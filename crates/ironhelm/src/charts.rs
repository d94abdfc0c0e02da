//! Charts from the file system.

use std::path::Path;
use std::sync::Arc;

use ironhelm_chart::{Chart, LoadError};

/// A chart, and what was odd about it.
#[derive(Debug)]
pub struct LoadedChart {
    /// The chart.
    pub chart: Arc<Chart>,
    /// Warnings, in Helm's words.
    pub warnings: Vec<String>,
}

/// Why there is no chart.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// There is nothing at the path.
    #[error("path {path:?} not found")]
    NotFound {
        /// The path as it was given.
        path: String,
    },
    /// The offline bundle cannot be opened.
    #[error(transparent)]
    Bundle(#[from] ironhelm_bundle::source::OpenError),
    /// The offline bundle has no chart, or several.
    #[error("{path} holds {count} charts; a release needs one")]
    Charts {
        /// The bundle.
        path: String,
        /// How many.
        count: usize,
    },
    /// What is there is no chart that we can use.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Loads a chart from a directory, an archive, or an offline bundle, unpacked or not.
///
/// # Errors
/// [`ChartError`] when there is no chart, or a broken one.
pub fn load_chart(path: &Path) -> Result<LoadedChart, ChartError> {
    if !path.exists() {
        return Err(ChartError::NotFound {
            path: path.display().to_string(),
        });
    }
    if is_bundle(path) {
        return from_bundle(path);
    }
    let loaded = ironhelm_chart::load(path)?;
    let warnings = loaded.warnings.iter().map(ToString::to_string).collect();
    Ok(LoadedChart {
        chart: Arc::new(loaded.chart),
        warnings,
    })
}

/// Whether a file is named as bundles are; charts are packed as `.tgz`.
fn is_bundle(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.is_file() && (name.contains(".bundle.tar") || name.ends_with(".tar"))
}

fn from_bundle(path: &Path) -> Result<LoadedChart, ChartError> {
    let opened = ironhelm_bundle::source::open(path, &ironhelm_bundle::source::OpenOptions::default())?;
    let mut charts: Vec<_> = opened.bundles.into_iter().filter_map(|bundle| bundle.chart).collect();
    match (charts.pop(), charts.len()) {
        (Some(chart), 0) => Ok(LoadedChart {
            warnings: chart.loaded.warnings.iter().map(ToString::to_string).collect(),
            chart: Arc::new(chart.loaded.chart),
        }),
        (last, more) => Err(ChartError::Charts {
            path: path.display().to_string(),
            count: more + usize::from(last.is_some()),
        }),
    }
}
