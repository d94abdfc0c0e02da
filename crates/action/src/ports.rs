//! The boundary to everything that has effects: the cluster, the release store, the surroundings, the audience.
//!
//! Verbs know these traits only. `ironhelm-cluster` implements them on Kubernetes, `ironhelm-sandbox` in memory.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ironhelm_plan::{Address, Change, Kinds, Object, ResourceKind};
use ironhelm_release::{Header, History, Release, ReleaseError, ReleaseName, Revision};
use serde_json::Value;

use crate::cancel::Cancellation;
use crate::events::Event;

/// What a cluster says of itself.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// The server's version as it reports it (`v1.36.2`, `v1.34.1-gke.1`).
    pub git_version: String,
    /// The major version (`1`).
    pub major: String,
    /// The minor version (`36`, `34+`).
    pub minor: String,
    /// Every `group/version` and every `group/version/Kind`.
    pub api_versions: Vec<String>,
    /// The kinds that it serves.
    pub kinds: Kinds,
    /// The `group/version`s whose server does not answer at the moment: what is missing of them may be back soon.
    pub unreachable: Vec<String>,
}

/// Which objects of a collection [`Cluster::table`] prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// The one with this name.
    Named(&'a str),
    /// Those that carry the labels of this selector.
    Labelled(&'a str),
}

/// Looks at a state of an object that is followed, and says whether that was the last one to show.
pub type Done<'a> = &'a mut (dyn FnMut(Option<&Object>) -> bool + Send);

/// An object, and the state in which it was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen<'a> {
    /// The object.
    pub address: &'a Address,
    /// Its resource version then; `None` when it was not there, or not seen at all.
    pub version: Option<&'a str>,
}

impl<'a> Seen<'a> {
    /// An object as it was found.
    #[must_use]
    pub fn new(address: &'a Address, live: Option<&'a Object>) -> Self {
        let version = live.and_then(Object::resource_version);
        Self { address, version }
    }
}

/// The Kubernetes API as verbs need it.
pub trait Cluster: Send + Sync {
    /// What the cluster serves; asked once and remembered until [`Cluster::forget`].
    ///
    /// # Errors
    /// [`ClusterError::Unreachable`] when there is no answer.
    fn discover(&self) -> impl Future<Output = Result<Arc<Discovery>, ClusterError>> + Send;

    /// Forgets what [`Cluster::discover`] learned: new kinds were just defined.
    fn forget(&self);

    /// One live object; `None` when it is not there.
    ///
    /// # Errors
    /// Any answer of the server other than the object or "not found".
    fn get(&self, address: &Address) -> impl Future<Output = Result<Option<Object>, ClusterError>> + Send;

    /// The list object of a kind's collection, in a namespace or everywhere, as the server sends it.
    ///
    /// # Errors
    /// Any answer of the server other than the list.
    fn list(
        &self,
        resource: &ResourceKind,
        namespace: Option<&str>,
        label_selector: Option<&str>,
    ) -> impl Future<Output = Result<Value, ClusterError>> + Send;

    /// What the server prints of an object or of a selection of objects: a `Table` of `meta.k8s.io/v1`.
    ///
    /// # Errors
    /// Any answer of the server other than the table.
    fn table(
        &self,
        resource: &ResourceKind,
        namespace: Option<&str>,
        which: Which<'_>,
    ) -> impl Future<Output = Result<Value, ClusterError>> + Send;

    /// Sends one change, with the field manager `helm`; the object as it is afterwards, where the server tells.
    ///
    /// # Errors
    /// The server's refusal.
    fn change(
        &self,
        address: &Address,
        change: &Change,
    ) -> impl Future<Output = Result<Option<Object>, ClusterError>> + Send;

    /// Shows `done` every state of one object, from the one after the resource version `since` on, or (for `None`) from
    /// the present one on; `None` stands for an object that is not there. Ends when `done` says so, or after `at_most`.
    ///
    /// # Errors
    /// Any answer of the server other than the states.
    fn follow(
        &self,
        address: &Address,
        since: Option<&str>,
        at_most: Duration,
        done: Done<'_>,
    ) -> impl Future<Output = Result<(), ClusterError>> + Send;

    /// Returns when one of these objects may have changed since it was seen, at the latest after `at_most`; for no
    /// objects at all it is a timer.
    fn changed(&self, seen: &[Seen<'_>], at_most: Duration) -> impl Future<Output = ()> + Send;

    /// The log of one container.
    ///
    /// # Errors
    /// The server's refusal.
    fn logs(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
    ) -> impl Future<Output = Result<String, ClusterError>> + Send;
}

/// Where release records are kept. Errors carry what the store said as their source.
pub trait Releases: Send + Sync {
    /// The revisions of one release, by their labels alone; empty when there is none.
    ///
    /// # Errors
    /// [`ReleaseError::Query`].
    fn history(&self, name: &ReleaseName) -> impl Future<Output = Result<History<Header>, ReleaseError>> + Send;

    /// All revisions of all releases, in the store's namespace or (for `everywhere`) in all namespaces.
    ///
    /// # Errors
    /// [`ReleaseError::List`].
    fn list(&self, everywhere: bool) -> impl Future<Output = Result<Vec<Header>, ReleaseError>> + Send;

    /// The whole record.
    ///
    /// # Errors
    /// [`ReleaseError::NotFound`], [`ReleaseError::Get`] or [`ReleaseError::Decode`].
    fn read(&self, header: &Header) -> impl Future<Output = Result<Release, ReleaseError>> + Send;

    /// Stores a new record.
    ///
    /// # Errors
    /// [`ReleaseError::AlreadyExists`] or [`ReleaseError::Create`].
    fn create(&self, release: &Release) -> impl Future<Output = Result<(), ReleaseError>> + Send;

    /// Rewrites a record.
    ///
    /// # Errors
    /// [`ReleaseError::Update`].
    fn update(&self, release: &Release) -> impl Future<Output = Result<(), ReleaseError>> + Send;

    /// Removes a record; one that is not there is fine.
    ///
    /// # Errors
    /// [`ReleaseError::Deletions`].
    fn delete(&self, name: &ReleaseName, revision: Revision) -> impl Future<Output = Result<(), ReleaseError>> + Send;
}

/// What verbs and templates may ask of the machine they run on.
pub trait Surroundings: Send + Sync {
    /// The time of day.
    fn now(&self) -> jiff::Timestamp;

    /// Fills `bytes` with cryptographic randomness.
    fn random(&self, bytes: &mut [u8]);

    /// The address of a host, where name resolution is switched on.
    fn resolve_host(&self, name: &str) -> Option<String>;

    /// Is there something that rewrites what templates wrote?
    fn post_renders(&self) -> bool {
        false
    }

    /// Rewrites what all templates wrote, a stream of YAML documents; may block.
    ///
    /// # Errors
    /// Why it could not be rewritten.
    fn post_render(&self, documents: &str) -> Result<String, String> {
        Ok(documents.to_owned())
    }
}

/// Who is told what happens while a verb runs.
pub trait Events: Send + Sync {
    /// Called for each event, in order.
    fn tell(&self, event: Event<'_>);
}

/// An audience that does not listen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silence;

impl Events for Silence {
    fn tell(&self, _: Event<'_>) {}
}

/// All ports of a verb.
#[derive(Clone, Copy)]
pub struct Ports<'a, C, R> {
    /// The cluster.
    pub cluster: &'a C,
    /// The release store.
    pub releases: &'a R,
    /// The machine.
    pub surroundings: &'a dyn Surroundings,
    /// The audience.
    pub events: &'a dyn Events,
    /// Whether the verb shall end early.
    pub cancellation: &'a Cancellation,
}

/// What went wrong between us and the cluster.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ClusterError {
    /// No answer at all.
    #[error("kubernetes cluster unreachable: {reason}")]
    Unreachable {
        /// What the transport says.
        reason: String,
    },
    /// The server answered with an error.
    #[error("{message}")]
    Api {
        /// The HTTP status.
        code: u16,
        /// The machine-readable reason (`NotFound`, `Conflict`, `AlreadyExists`, `Invalid` …).
        reason: String,
        /// The server's own words.
        message: String,
    },
    /// Nothing was sent, for the verb shall end early.
    #[error("context canceled")]
    Cancelled,
}

impl ClusterError {
    /// A request for an object whose address names none; sent, it would be about something else.
    #[must_use]
    pub fn no_name(address: &Address) -> Self {
        let empty = || format!("{}: resource name may not be empty", address.resource.gvk.kind);
        Self::Api {
            code: 404,
            reason: "NotFound".to_owned(),
            message: address.flaw().unwrap_or_else(empty),
        }
    }

    /// May the same request succeed a little later? Transport errors, timeouts, and a server that is overloaded or
    /// stumbles.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Api { code, .. } => *code == 429 || (500..600).contains(code) && *code != 501,
            Self::Cancelled => false,
        }
    }

    /// Is the thing not there?
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Api { code: 404, .. })
    }

    /// Did somebody else change the object in between?
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Api { code: 409, reason, .. } if reason == "Conflict")
    }

    /// Is the object already there?
    #[must_use]
    pub fn is_already_there(&self) -> bool {
        matches!(self, Self::Api { code: 409, reason, .. } if reason == "AlreadyExists")
    }
}
