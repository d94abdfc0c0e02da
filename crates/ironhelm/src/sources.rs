//! Charts from anywhere: this machine, repositories, registries.

use std::path::PathBuf;

use ironhelm_provenance::Verified;
use ironhelm_repository::{
    ChartReference, DownloadError, Downloads, HttpRemote, Location, Paths, ResolveError, Verification, resolve,
    verify_local,
};

use crate::charts::{ChartError, LoadedChart, load_chart};

/// Where charts come from: Helm's files on this machine, and the network.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use ironhelm::repository::{ChartReference, HttpRemote, Paths};
/// use ironhelm::{ChartSources, repository::Verification};
///
/// let sources = ChartSources {
///     paths: Paths::from_environment(|name| std::env::var(name).ok()),
///     remote: HttpRemote::default(),
/// };
/// let reference = ChartReference {
///     chart: "skoala-release/skoala".to_owned(),
///     version: "0.14.0".to_owned(),
///     ..ChartReference::default()
/// };
/// let chart = sources.load(&reference, &Verification::None).await?.chart;
/// # drop(chart);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ChartSources {
    /// Repositories, indexes, caches.
    pub paths: Paths,
    /// The network.
    pub remote: HttpRemote,
}

/// A chart that is on this machine now.
#[derive(Debug, Clone)]
pub struct FoundChart {
    /// The directory or archive.
    pub path: PathBuf,
    /// Where it was brought from; `None` for what was here already.
    pub origin: Option<String>,
    /// For charts from registries: the reference pulled and the digest of its manifest.
    pub pulled: Option<(String, String)>,
    /// What verifying found.
    pub verified: Option<Verified>,
    /// What to tell the user.
    pub warnings: Vec<String>,
}

/// Why a chart is not found or does not come.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// It is not found.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// It does not come.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// It is here, but not as its provenance says.
    #[error(transparent)]
    Provenance(#[from] ironhelm_provenance::Error),
    /// It is no chart.
    #[error(transparent)]
    Chart(#[from] ChartError),
}

impl FoundChart {
    /// A chart that was on this machine already.
    #[must_use]
    pub fn local(path: PathBuf) -> Self {
        Self {
            path,
            origin: None,
            pulled: None,
            verified: None,
            warnings: Vec::new(),
        }
    }
}

impl ChartSources {
    /// Finds the chart that `reference` names, and brings it if it is elsewhere. A chart on this machine is looked for
    /// first and costs no request.
    ///
    /// # Errors
    /// [`FindError`]; with [`Verification::Required`] also for a provenance file that is missing or wrong.
    pub async fn find(&self, reference: &ChartReference, verification: &Verification) -> Result<FoundChart, FindError> {
        let resolved = resolve(reference, &self.paths, &self.remote).await?;
        let origin = match &resolved.location {
            Location::Local { path } => return local(path.clone(), verification),
            Location::Archive { url, .. } => without_secrets(url),
            Location::Oci { reference, .. } => format!("oci://{reference}"),
        };
        let downloads = Downloads {
            paths: &self.paths,
            remote: &self.remote,
        };
        let downloaded = downloads.fetch(&resolved.location, verification).await?;
        Ok(FoundChart {
            path: downloaded.cached,
            origin: Some(origin),
            pulled: downloaded.pulled,
            verified: downloaded.verified,
            warnings: resolved.warnings,
        })
    }

    /// Finds a chart and loads it.
    ///
    /// # Errors
    /// [`FindError`].
    pub async fn load(
        &self,
        reference: &ChartReference,
        verification: &Verification,
    ) -> Result<LoadedChart, FindError> {
        let found = self.find(reference, verification).await?;
        let mut loaded = load_chart(&found.path)?;
        loaded.warnings.splice(0..0, found.warnings);
        Ok(loaded)
    }
}

fn local(path: PathBuf, verification: &Verification) -> Result<FoundChart, FindError> {
    let mut found = FoundChart::local(path);
    if let Verification::Required { keyring } = verification {
        found.verified = Some(verify_local(&found.path, keyring)?);
    }
    Ok(found)
}

fn without_secrets(url: &ironhelm_repository::Url) -> String {
    let mut url = url.clone();
    // These two fail only for URLs that cannot have credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.to_string()
}
