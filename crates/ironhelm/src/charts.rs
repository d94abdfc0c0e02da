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
    /// What is there is no chart that we can use.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Loads a chart from a directory, an archive, or an unpacked offline bundle.
///
/// # Errors
/// [`ChartError`] when there is no chart, or a broken one.
pub fn load_chart(path: &Path) -> Result<LoadedChart, ChartError> {
    if !path.exists() {
        return Err(ChartError::NotFound {
            path: path.display().to_string(),
        });
    }
    let loaded = ironhelm_chart::load(path)?;
    let warnings = loaded.warnings.iter().map(ToString::to_string).collect();
    Ok(LoadedChart {
        chart: Arc::new(loaded.chart),
        warnings,
    })
}
