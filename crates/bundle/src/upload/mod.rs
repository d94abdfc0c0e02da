//! Charts into repositories, of whatever kind.
//!
//! A [`ChartTarget`] is opened once: it reads the index (so that wrong addresses and credentials are told before anything is
//! sent) and settles which protocol the server speaks. Harbor gave up its chart repository in version 2.8; where the
//! address of one leads to a web page, charts go to the same project as OCI artefacts, with a notice.

mod error;
mod http;
mod local;
pub mod projects;

use std::path::PathBuf;

use ironhelm_chart::{LoadOptions, load_archive};
use ironhelm_image::Digest;
use ironhelm_registry::chart::{self, ChartUpload};
use ironhelm_registry::reference::{Target, tag_of_version};
use ironhelm_registry::{Access, OciReference, Registry, RegistryOptions, Transport};
use ironhelm_repository::index::Index;
use url::Url;

pub use error::UploadError;

use crate::config::{Kind, Repository};
use crate::plan::{ChartState, Observations, PlannedChart, SyncPlan};

/// How a target is reached.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The HTTP client.
    pub transport: Transport,
    /// Credentials for the chart repository.
    pub access: Access,
    /// How its registry is talked to, if charts go there as OCI artefacts.
    pub registry: RegistryOptions,
    /// Now, as RFC 3339 text with nanoseconds: an index that is written carries it.
    pub now: String,
}

/// A repository that charts go to.
#[derive(Debug)]
pub struct ChartTarget {
    protocol: Protocol,
    connection: Connection,
    index: Index,
}

#[derive(Debug)]
enum Protocol {
    /// Harbor's and `ChartMuseum`'s form, with the address that takes it and those to try if there is none.
    Form { kind: Kind, post: Url, otherwise: Vec<Url> },
    /// One PUT for each archive.
    Put { base: Url },
    /// OCI artefacts below this repository.
    Oci { registry: Registry, parent: OciReference },
    /// A directory with an index.
    Local { directory: PathBuf },
}

/// An opened target, and what to tell the user about it.
#[derive(Debug)]
pub struct OpenedTarget {
    /// The target.
    pub target: ChartTarget,
    /// What was decided, if that is not what the configuration says.
    pub notice: Option<String>,
}

/// The most bytes of an answer that is read.
const MAX_ANSWER: u64 = 1 << 20;

impl ChartTarget {
    /// Opens the repository that `settings` describe.
    ///
    /// # Errors
    /// [`UploadError`]: an address, credentials or an index that cannot be used.
    pub async fn open(settings: &Repository, connection: Connection) -> Result<OpenedTarget, UploadError> {
        match settings.kind {
            Kind::Local => {
                let protocol = Protocol::Local {
                    directory: settings.path.clone().into(),
                };
                Ok(Self::without_index(protocol, connection, None))
            }
            Kind::Oci => {
                let protocol = oci(&settings.url, &connection)?;
                Ok(Self::without_index(protocol, connection, None))
            }
            Kind::Harbor | Kind::ChartMuseum | Kind::JFrog => http::open(settings, connection).await,
            Kind::Helm | Kind::Unknown => Err(UploadError::ReadOnly { kind: settings.kind }),
        }
    }

    fn without_index(protocol: Protocol, connection: Connection, notice: Option<String>) -> OpenedTarget {
        let index = Index::default();
        let target = Self {
            protocol,
            connection,
            index,
        };
        OpenedTarget { target, notice }
    }

    /// Whether the target has the charts of the plan; added to `seen`.
    pub async fn observe(&self, plan: &SyncPlan, seen: &mut Observations) {
        for chart in &plan.charts {
            let state = self.state(&chart.name, &chart.version).await;
            seen.charts.insert((chart.name.clone(), chart.version.clone()), state);
        }
    }

    async fn state(&self, name: &str, version: &str) -> ChartState {
        match &self.protocol {
            Protocol::Form { .. } | Protocol::Put { .. } => self.indexed(name, version),
            Protocol::Oci { registry, parent } => match oci_state(registry, parent, name, version).await {
                Ok(state) => state,
                Err(error) => ChartState::Unknown {
                    reason: error.to_string(),
                },
            },
            Protocol::Local { directory } => local::state(directory, name, version),
        }
    }

    fn indexed(&self, name: &str, version: &str) -> ChartState {
        let versions = self.index.versions(name).unwrap_or_default();
        match versions.into_iter().find(|entry| entry.version == version) {
            None => ChartState::Absent,
            Some(entry) => {
                let hex = entry.digest.strip_prefix("sha256:").unwrap_or(entry.digest);
                ChartState::Present {
                    digest: Digest::from_sha256_hex(hex),
                }
            }
        }
    }

    /// Sends a chart; with `replace`, over one that is there.
    ///
    /// # Errors
    /// [`UploadError`].
    pub async fn upload(&self, chart: &PlannedChart, replace: bool) -> Result<(), UploadError> {
        match &self.protocol {
            Protocol::Form { kind, post, otherwise } => {
                let addresses = std::iter::once(post).chain(otherwise);
                http::post_form(&self.connection, *kind, addresses, chart, replace).await
            }
            Protocol::Put { base } => http::put(&self.connection, base, chart).await,
            Protocol::Oci { registry, parent } => push_artefact(registry, parent, chart).await,
            Protocol::Local { directory } => local::write(directory, chart, &self.connection.now),
        }
    }

    /// Where charts go, for messages.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.protocol {
            Protocol::Form { post, .. } => post.to_string(),
            Protocol::Put { base } => base.to_string(),
            Protocol::Oci { parent, .. } => format!("oci://{parent}"),
            Protocol::Local { directory } => directory.display().to_string(),
        }
    }
}

/// The registry and the repository of an address, whatever its scheme.
fn oci(address: &str, connection: &Connection) -> Result<Protocol, UploadError> {
    let rest = address
        .split_once("://")
        .map_or(address, |(_, rest)| rest)
        .trim_end_matches('/');
    let reference = format!("oci://{rest}");
    let bad = |source| UploadError::Registry {
        what: format!("registry {rest}"),
        source,
    };
    let parent: OciReference = reference.parse().map_err(bad)?;
    let options = RegistryOptions {
        plain_http: connection.registry.plain_http || address.starts_with("http://"),
        ..connection.registry.clone()
    };
    let registry = Registry::new(parent.registry(), connection.transport.clone(), options).map_err(bad)?;
    Ok(Protocol::Oci { registry, parent })
}

async fn oci_state(
    registry: &Registry,
    parent: &OciReference,
    name: &str,
    version: &str,
) -> Result<ChartState, ironhelm_registry::Error> {
    let reference = parent.child(name)?;
    let target = Target::Tag(tag_of_version(version).parse()?);
    if registry.resolve(reference.repository(), &target).await?.is_none() {
        return Ok(ChartState::Absent);
    }
    let found = registry.manifest(reference.repository(), &target).await?;
    let archive = match found.manifest {
        ironhelm_image::Manifest::Image(image) => {
            let is_archive = |layer: &&ironhelm_image::Descriptor| layer.media_type.as_str() == chart::CONTENT;
            image.layers.iter().find(is_archive).map(|layer| layer.digest.clone())
        }
        ironhelm_image::Manifest::Index(_) => None,
    };
    Ok(ChartState::Present { digest: archive })
}

async fn push_artefact(registry: &Registry, parent: &OciReference, sent: &PlannedChart) -> Result<(), UploadError> {
    let about = format!("{} {}", sent.name, sent.version);
    let loaded = load_archive(&about, &sent.archive, &LoadOptions::default());
    let loaded = loaded.map_err(|source| UploadError::Chart {
        chart: about.clone(),
        source: Box::new(source),
    })?;
    let upload = ChartUpload {
        config: loaded.chart.metadata.to_json().into_bytes(),
        archive: sent.archive.to_vec(),
        provenance: None,
        // The epoch, as in the archive: the same chart is the same artefact.
        created: Default::default(),
    };
    let pushed = chart::push(registry, parent, &upload).await;
    pushed
        .map(drop)
        .map_err(|source| UploadError::Registry { what: about, source })
}
