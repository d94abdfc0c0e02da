//! Ending a verb early, without leaving a pending revision behind.
//!
//! A verb that is cancelled sends nothing more to the cluster: what only looks or waits ends at once, a change that is
//! under way is brought to its end, and the next one is refused with [`ClusterError::Cancelled`]. To the verb that is a
//! failure like any other, so it writes the failure into the record as ever; the release store is never cut off.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Either, Shared, select};
use ironhelm_plan::{Address, Change, Object, ResourceKind};
use serde_json::Value;

use crate::ports::{Cluster, ClusterError, Discovery, Done, Ports, Seen, Which};

/// The wish that verbs end early. Clones are the same wish; by default it never comes.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Option<Shared<BoxFuture<'static, ()>>>);

impl Cancellation {
    /// Wished for as soon as `signal` completes.
    pub fn when(signal: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Some(signal.boxed().shared()))
    }

    pub(crate) fn is_wished(&self) -> bool {
        let signal = self.0.clone();
        signal.is_some_and(|signal| signal.now_or_never().is_some())
    }

    /// The outcome of `work`; `None` if the wish comes first, and then the work is dropped.
    async fn unless_wished<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let Some(signal) = self.0.clone() else {
            return Some(work.await);
        };
        match select(signal, pin!(work)).await {
            Either::Left(_) => None,
            Either::Right((outcome, _)) => Some(outcome),
        }
    }
}

/// A cluster that answers only as long as nobody wishes the verb to end.
pub(crate) struct Interruptible<'a, C> {
    cluster: &'a C,
    cancellation: &'a Cancellation,
}

impl<'a, C, R> Ports<'a, C, R> {
    /// The cluster as a verb sees it that may be cancelled.
    pub(crate) fn interruptible(&self) -> Interruptible<'a, C> {
        Interruptible {
            cluster: self.cluster,
            cancellation: self.cancellation,
        }
    }

    /// The same ports for work that nothing shall end early.
    pub(crate) fn undisturbed<'b>(&self, never: &'b Cancellation) -> Ports<'b, C, R>
    where
        'a: 'b,
    {
        Ports {
            cancellation: never,
            ..self.on(self.cluster)
        }
    }

    /// The same ports on another cluster.
    pub(crate) fn on<'b, D>(&self, cluster: &'b D) -> Ports<'b, D, R>
    where
        'a: 'b,
    {
        Ports {
            cluster,
            releases: self.releases,
            surroundings: self.surroundings,
            events: self.events,
            cancellation: self.cancellation,
        }
    }
}

impl<C: Cluster> Interruptible<'_, C> {
    async fn look<T>(&self, request: impl Future<Output = Result<T, ClusterError>>) -> Result<T, ClusterError> {
        let answer = self.cancellation.unless_wished(request).await;
        answer.unwrap_or(Err(ClusterError::Cancelled))
    }
}

impl<C: Cluster> Cluster for Interruptible<'_, C> {
    async fn discover(&self) -> Result<Arc<Discovery>, ClusterError> {
        self.look(self.cluster.discover()).await
    }

    fn forget(&self) {
        self.cluster.forget();
    }

    async fn get(&self, address: &Address) -> Result<Option<Object>, ClusterError> {
        self.look(self.cluster.get(address)).await
    }

    async fn list(
        &self,
        resource: &ResourceKind,
        namespace: Option<&str>,
        label_selector: Option<&str>,
    ) -> Result<Value, ClusterError> {
        self.look(self.cluster.list(resource, namespace, label_selector)).await
    }

    async fn table(
        &self,
        resource: &ResourceKind,
        namespace: Option<&str>,
        which: Which<'_>,
    ) -> Result<Value, ClusterError> {
        self.look(self.cluster.table(resource, namespace, which)).await
    }

    /// Whether a request that was dropped has changed something nobody knows, so none is.
    async fn change(&self, address: &Address, change: &Change) -> Result<Option<Object>, ClusterError> {
        if self.cancellation.is_wished() {
            return Err(ClusterError::Cancelled);
        }
        self.cluster.change(address, change).await
    }

    async fn follow(
        &self,
        address: &Address,
        since: Option<&str>,
        at_most: Duration,
        done: Done<'_>,
    ) -> Result<(), ClusterError> {
        self.look(self.cluster.follow(address, since, at_most, done)).await
    }

    async fn changed(&self, seen: &[Seen<'_>], at_most: Duration) {
        let changed = self.cluster.changed(seen, at_most);
        self.cancellation.unless_wished(changed).await;
    }

    async fn logs(&self, namespace: &str, pod: &str, container: &str) -> Result<String, ClusterError> {
        self.look(self.cluster.logs(namespace, pod, container)).await
    }
}
