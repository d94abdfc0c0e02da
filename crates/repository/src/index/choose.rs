//! Which version of a chart a request means.

use ironhelm_chart::semver::{Constraint, ConstraintError, Version};

use super::record::{Entry, Index};

/// A version that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen<'i> {
    /// The version.
    pub entry: Entry<'i>,
    /// What was asked for is an exact version that the index does not have; this one is close.
    pub is_fallback: bool,
}

/// Why no version fits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChooseError {
    /// The index does not have the chart.
    #[error("no chart name found")]
    NoChart,
    /// The index has the chart, but no version of it.
    #[error("no chart version found")]
    NoVersions,
    /// What was asked for is no constraint.
    #[error(transparent)]
    Constraint(#[from] ConstraintError),
    /// No version satisfies the constraint.
    #[error("no chart version found for {chart}-{version}")]
    NoMatch {
        /// The chart.
        chart: String,
        /// The constraint.
        version: String,
    },
}

impl Index {
    /// The version of `chart` that `version` means: the one of exactly this text, else the highest that satisfies the
    /// constraint; without one, the highest that is stable.
    ///
    /// # Errors
    /// [`ChooseError`].
    pub fn choose(&self, chart: &str, version: &str) -> Result<Chosen<'_>, ChooseError> {
        let entries = self.versions(chart).ok_or(ChooseError::NoChart)?;
        if entries.is_empty() {
            return Err(ChooseError::NoVersions);
        }
        let constraint = Constraint::parse(if version.is_empty() { "*" } else { version })?;
        let exact = entries
            .iter()
            .find(|entry| !version.is_empty() && entry.version == version);
        if let Some(entry) = exact {
            return Ok(Chosen {
                entry: entry.clone(),
                is_fallback: false,
            });
        }
        let fits = |entry: &&Entry<'_>| Version::parse(entry.version).is_ok_and(|version| constraint.check(&version));
        let entry = entries.iter().find(fits).ok_or_else(|| ChooseError::NoMatch {
            chart: chart.to_owned(),
            version: version.to_owned(),
        })?;
        Ok(Chosen {
            entry: entry.clone(),
            is_fallback: !version.is_empty() && Version::parse(version).is_ok(),
        })
    }
}
