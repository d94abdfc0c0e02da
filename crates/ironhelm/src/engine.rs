//! The verbs on one cluster and one namespace.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use ironhelm_action::{
    Cancellation, Cluster, ClusterError, Discovery, Events, InstallError, InstallRequest, Outcome, Ports, Releases,
    RollbackError, RollbackRequest, Silence, Surroundings, UninstallError, UninstallRequest, Uninstalled, UpgradeError,
    UpgradeRequest, install, rollback, uninstall, upgrade,
};
use ironhelm_cluster::{ConnectionError, Driver, KubeCluster, Overrides, Storage, connect};
use ironhelm_release::{Header, History, Release, ReleaseError, ReleaseName, Revision};
use ironhelm_sandbox::{Sandbox, SandboxReleases};

use crate::system::System;

/// How many records are fetched at once.
const IN_PARALLEL: usize = 8;

/// A cluster, the release store of one namespace, this machine, and an audience.
#[derive(Clone)]
pub struct Engine<C, R> {
    cluster: C,
    releases: R,
    surroundings: Arc<dyn Surroundings>,
    events: Arc<dyn Events>,
    cancellation: Cancellation,
}

/// Which records [`Engine::releases`] returns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReleaseQuery {
    /// All namespaces instead of the engine's own.
    pub everywhere: bool,
}

impl Engine<KubeCluster, Storage> {
    /// An engine on a Kubernetes cluster; records are Secrets of `namespace` (or of the context's, if `None`).
    ///
    /// # Errors
    /// [`ConnectionError`] when the kubeconfig cannot be used. Whether the cluster answers shows with the first verb.
    pub async fn connect(overrides: &Overrides, namespace: Option<&str>) -> Result<Self, ConnectionError> {
        let connection = connect(overrides).await?;
        let namespace = namespace.unwrap_or(&connection.namespace).to_owned();
        let storage = Storage::new(connection.cluster.clone(), namespace, Driver::Secrets);
        Ok(Self::new(connection.cluster, storage))
    }
}

impl Engine<Sandbox, SandboxReleases> {
    /// An engine on a new cluster in memory: for tests and demonstrations.
    #[must_use]
    pub fn in_memory(namespace: &str) -> Self {
        let sandbox = Sandbox::new();
        let releases = sandbox.releases(namespace);
        Self::new(sandbox, releases)
    }
}

impl<C: Cluster, R: Releases> Engine<C, R> {
    /// An engine of these ports, on this machine, with nobody listening.
    #[must_use]
    pub fn new(cluster: C, releases: R) -> Self {
        Self {
            cluster,
            releases,
            surroundings: Arc::new(System),
            events: Arc::new(Silence),
            cancellation: Cancellation::default(),
        }
    }

    /// The same engine with an audience.
    #[must_use]
    pub fn with_events(self, events: Arc<dyn Events>) -> Self {
        Self { events, ..self }
    }

    /// The same engine with another clock, randomness and name resolution.
    #[must_use]
    pub fn with_surroundings(self, surroundings: Arc<dyn Surroundings>) -> Self {
        Self { surroundings, ..self }
    }

    /// The same engine, whose installs, upgrades and rollbacks end early when that is wished for: the change that is
    /// under way is completed, no other is sent, and the record says that the revision failed.
    #[must_use]
    pub fn with_cancellation(self, cancellation: Cancellation) -> Self {
        Self { cancellation, ..self }
    }

    /// The cluster.
    pub fn cluster(&self) -> &C {
        &self.cluster
    }

    /// What the cluster serves.
    ///
    /// # Errors
    /// [`ClusterError::Unreachable`].
    pub async fn discover(&self) -> Result<Arc<Discovery>, ClusterError> {
        self.cluster.discover().await
    }

    /// Installs a release.
    ///
    /// # Errors
    /// [`InstallError`].
    pub async fn install(&self, request: &InstallRequest) -> Result<Outcome, InstallError> {
        // The cluster may have learned new kinds since the verb before.
        self.cluster.forget();
        install(request, &self.ports()).await
    }

    /// Upgrades a release.
    ///
    /// # Errors
    /// [`UpgradeError`].
    pub async fn upgrade(&self, request: &UpgradeRequest) -> Result<Outcome, UpgradeError> {
        // The cluster may have learned new kinds since the verb before.
        self.cluster.forget();
        upgrade(request, &self.ports()).await
    }

    /// Rolls a release back.
    ///
    /// # Errors
    /// [`RollbackError`].
    pub async fn rollback(&self, request: &RollbackRequest) -> Result<Outcome, RollbackError> {
        // The cluster may have learned new kinds since the verb before.
        self.cluster.forget();
        rollback(request, &self.ports()).await
    }

    /// Uninstalls a release.
    ///
    /// # Errors
    /// [`UninstallError`].
    pub async fn uninstall(&self, request: &UninstallRequest) -> Result<Uninstalled, UninstallError> {
        // The cluster may have learned new kinds since the verb before.
        self.cluster.forget();
        uninstall(request, &self.ports()).await
    }

    /// The revisions of a release, by their labels alone.
    ///
    /// # Errors
    /// [`ReleaseError::Query`].
    pub async fn history(&self, name: &ReleaseName) -> Result<History<Header>, ReleaseError> {
        self.releases.history(name).await
    }

    /// One revision of a release; the newest for `None`.
    ///
    /// # Errors
    /// [`ReleaseError::NotFound`] when there is no such revision.
    pub async fn release(&self, name: &ReleaseName, revision: Option<Revision>) -> Result<Release, ReleaseError> {
        let history = self.history(name).await?;
        let header = match revision {
            Some(revision) => history.find(revision),
            None => history.last(),
        };
        self.releases.read(header.ok_or(ReleaseError::NotFound)?).await
    }

    /// The labels of all records.
    ///
    /// # Errors
    /// [`ReleaseError::List`].
    pub async fn releases(&self, query: ReleaseQuery) -> Result<Vec<Header>, ReleaseError> {
        self.releases.list(query.everywhere).await
    }

    /// The whole records of these headers, in their order. Records that cannot be read are left out, as Helm does.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub async fn read(&self, headers: &[Header]) -> Result<Vec<Release>, ReleaseError> {
        let requests: Vec<BoxFuture<'_, _>> = headers.iter().map(|header| self.read_one(header).boxed()).collect();
        let read: Vec<Option<Release>> = stream::iter(requests).buffered(IN_PARALLEL).try_collect().await?;
        Ok(read.into_iter().flatten().collect())
    }

    async fn read_one(&self, header: &Header) -> Result<Option<Release>, ReleaseError> {
        match self.releases.read(header).await {
            Ok(release) => Ok(Some(release)),
            Err(ReleaseError::Decode { .. } | ReleaseError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn ports(&self) -> Ports<'_, C, R> {
        Ports {
            cluster: &self.cluster,
            releases: &self.releases,
            surroundings: &*self.surroundings,
            events: &*self.events,
            cancellation: &self.cancellation,
        }
    }
}
