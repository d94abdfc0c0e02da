//! What every command gets: settings, a console, and the way to a cluster.

use std::sync::Arc;

use ironhelm::plan::namespace_flaw;
use ironhelm::{Cluster, Driver, Engine, KubeCluster, Overrides, Releases, Sandbox, SandboxReleases, Storage, connect};

use crate::failure::Failure;
use crate::output::Console;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::signals;

/// Where clusters come from.
pub trait Platform: Sync {
    /// The cluster.
    type Cluster: Cluster;
    /// The release records.
    type Releases: Releases;

    /// Connects to the cluster that the settings name. No request is sent yet.
    #[allow(async_fn_in_trait, reason = "commands run on one task")]
    async fn connect(&self, settings: &Settings) -> Result<Connected<Self::Cluster, Self::Releases>, Failure>;
}

/// An engine, and the namespace it works in.
pub struct Connected<C, R> {
    /// The engine.
    pub engine: Engine<C, R>,
    /// The namespace.
    pub namespace: String,
}

/// Kubernetes clusters, by kubeconfig.
#[derive(Debug, Clone, Copy)]
pub struct Kubernetes;

impl Platform for Kubernetes {
    type Cluster = KubeCluster;
    type Releases = Storage;

    async fn connect(&self, settings: &Settings) -> Result<Connected<KubeCluster, Storage>, Failure> {
        let driver: Driver = settings.driver.parse().map_err(|error| Failure::of(&error))?;
        let connection = connect(&settings.cluster)
            .await
            .map_err(|error| Failure::no_cluster(&error.to_string(), settings))?;
        let namespace = settings.namespace.clone().unwrap_or(connection.namespace);
        let storage = Storage::new(connection.cluster.clone(), namespace.clone(), driver);
        Ok(Connected {
            engine: Engine::new(connection.cluster, storage),
            namespace,
        })
    }
}

/// One cluster in memory.
#[derive(Clone)]
pub struct InMemory(pub Sandbox);

impl Platform for InMemory {
    type Cluster = Sandbox;
    type Releases = SandboxReleases;

    async fn connect(&self, settings: &Settings) -> Result<Connected<Sandbox, SandboxReleases>, Failure> {
        let namespace = settings.namespace.clone().unwrap_or_else(|| "default".to_owned());
        let releases = self.0.releases(&namespace);
        Ok(Connected {
            engine: Engine::new(self.0.clone(), releases),
            namespace,
        })
    }
}

/// What every command gets.
pub struct Context<P> {
    /// Environment and global flags.
    pub settings: Settings,
    /// Where to print.
    pub console: Console,
    /// Where clusters come from.
    pub platform: P,
}

impl<P: Platform> Context<P> {
    /// Connects, with progress told on the console.
    pub(crate) async fn connect(&self) -> Result<Connected<P::Cluster, P::Releases>, Failure> {
        self.check_namespace()?;
        let Connected { engine, namespace } = self.platform.connect(&self.settings).await?;
        let progress = Progress::new(self.console.clone(), self.settings.debug);
        Ok(Connected {
            engine: engine.with_events(Arc::new(progress)),
            namespace,
        })
    }

    /// Refuses a namespace that no cluster can have, before anything is asked of one.
    pub(crate) fn check_namespace(&self) -> Result<(), Failure> {
        let flaw = self.settings.namespace.as_deref().and_then(namespace_flaw);
        flaw.map_or(Ok(()), |flaw| Err(Failure::new(flaw)))
    }

    /// Connects for work on a release that a signal may end early.
    pub(crate) async fn connect_for(&self, release: &str) -> Result<Connected<P::Cluster, P::Releases>, Failure> {
        let Connected { engine, namespace } = self.connect().await?;
        Ok(Connected {
            engine: engine.with_cancellation(signals::cancellation(release, &self.console)),
            namespace,
        })
    }

    /// The namespace of what is rendered without a cluster. Helm: a kubeconfig that is no good does not matter.
    pub(crate) async fn offline_namespace(&self) -> String {
        let known = self.settings.namespace.clone();
        match known {
            Some(namespace) => namespace,
            None => self.context_namespace().await.unwrap_or_else(|| "default".to_owned()),
        }
    }

    async fn context_namespace(&self) -> Option<String> {
        let Overrides {
            kubeconfig, context, ..
        } = self.settings.cluster.clone();
        let overrides = Overrides {
            kubeconfig,
            context,
            ..Overrides::default()
        };
        connect(&overrides).await.ok().map(|connection| connection.namespace)
    }
}
