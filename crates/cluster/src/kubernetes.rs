//! The `Cluster` port.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Method;
use ironhelm_action::{Cluster, ClusterError, Discovery, Done, Seen, Which};
use ironhelm_plan::managed_fields::FIELD_MANAGER;
use ironhelm_plan::{Address, Change, Object, Propagation, ResourceKind, collection_path};
use kube::Client;
use serde_json::{Value, json};

use crate::discovery::{discover, reach};
use crate::watch;
use crate::wire::Call;

/// How long more changes are waited for after the first one.
const BEAT: Duration = Duration::from_millis(250);

/// Asks for what `kubectl get` shows.
const AS_TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/// A Kubernetes cluster. Clones share the connection and what was discovered.
#[derive(Clone)]
pub struct KubeCluster {
    client: Client,
    /// The API server's address, for people.
    server: String,
    discovered: Arc<Mutex<Option<Arc<Discovery>>>>,
}

impl KubeCluster {
    pub(crate) fn new(client: Client, server: String) -> Self {
        Self {
            client,
            server,
            discovered: Arc::default(),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Asks the server whether it is there, unless it has just shown that it is.
    pub(crate) async fn reach(&self) -> Result<(), ClusterError> {
        match self.remembered() {
            Some(_) => Ok(()),
            None => reach(&self.client, &self.server).await,
        }
    }

    fn remembered(&self) -> Option<Arc<Discovery>> {
        self.discovered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, discovery: Option<Arc<Discovery>>) {
        *self.discovered.lock().unwrap_or_else(PoisonError::into_inner) = discovery;
    }
}

impl Cluster for KubeCluster {
    async fn discover(&self) -> Result<Arc<Discovery>, ClusterError> {
        if let Some(known) = self.remembered() {
            return Ok(known);
        }
        let fresh = Arc::new(discover(&self.client, &self.server).await?);
        tracing::debug!(
            version = fresh.git_version,
            kinds = fresh.kinds.iter().count(),
            "discovered"
        );
        self.remember(Some(Arc::clone(&fresh)));
        Ok(fresh)
    }

    fn forget(&self) {
        self.remember(None);
    }

    async fn get(&self, address: &Address) -> Result<Option<Object>, ClusterError> {
        if !address.names_an_object() {
            return Ok(None);
        }
        match Call::get(address.path()).json(&self.client).await {
            Ok(value) => object(value).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn list(
        &self,
        resource: &ResourceKind,
        namespace: Option<&str>,
        label_selector: Option<&str>,
    ) -> Result<Value, ClusterError> {
        let mut call = Call::get(collection_path(resource, namespace));
        if let Some(selector) = label_selector {
            call = call.query("labelSelector", selector);
        }
        call.json(&self.client).await
    }

    async fn table(
        &self,
        resource: &ResourceKind,
        namespace: Option<&str>,
        which: Which<'_>,
    ) -> Result<Value, ClusterError> {
        let collection = collection_path(resource, namespace);
        let call = match which {
            Which::Named(name) => Call::get(format!("{collection}/{name}")),
            Which::Labelled(selector) => Call::get(collection).query("labelSelector", selector),
        };
        call.accept(AS_TABLE).json(&self.client).await
    }

    async fn change(&self, address: &Address, change: &Change) -> Result<Option<Object>, ClusterError> {
        if !matches!(change, Change::Create(_)) && !address.names_an_object() {
            return Err(ClusterError::no_name(address));
        }
        let answer = call(address, change).json(&self.client).await?;
        match change {
            Change::Delete(_) => Ok(None),
            _ => object(answer).map(Some),
        }
    }

    async fn follow(
        &self,
        address: &Address,
        since: Option<&str>,
        at_most: Duration,
        done: Done<'_>,
    ) -> Result<(), ClusterError> {
        let followed = watch::follow(&self.client, address, since, done);
        // The caller knows from the states that it saw how far the object came.
        tokio::time::timeout(at_most, followed).await.unwrap_or(Ok(()))
    }

    async fn changed(&self, seen: &[Seen<'_>], at_most: Duration) {
        if seen.is_empty() {
            return tokio::time::sleep(at_most).await;
        }
        let change = async {
            watch::first_change(&self.client, seen).await;
            // Changes come in bursts; one look is enough for all of them.
            tokio::time::sleep(BEAT).await;
        };
        // What ends in time is as good as what does not: the caller looks again.
        let _ = tokio::time::timeout(at_most, change).await;
    }

    async fn logs(&self, namespace: &str, pod: &str, container: &str) -> Result<String, ClusterError> {
        Call::get(format!("/api/v1/namespaces/{namespace}/pods/{pod}/log"))
            .query("container", container)
            .accept("*/*")
            .text(&self.client)
            .await
    }
}

fn call(address: &Address, change: &Change) -> Call {
    let patch = |content_type, body: &Value| {
        Call::new(Method::PATCH, address.path())
            .query("fieldManager", FIELD_MANAGER)
            .body(content_type, body)
    };
    match change {
        Change::Create(object) => Call::new(Method::POST, address.collection())
            .query("fieldManager", FIELD_MANAGER)
            .body("application/json", &object.to_value()),
        // Helm: unknown and duplicate fields are refused under server-side apply, and dropped silently otherwise.
        Change::Apply { object, force } => patch("application/apply-patch+yaml", &object.to_value())
            .query("fieldValidation", "Strict")
            .query("force", force.to_string()),
        Change::StrategicPatch(body) => patch("application/strategic-merge-patch+json", &Value::Object(body.clone())),
        Change::MergePatch(body) => patch("application/merge-patch+json", &Value::Object(body.clone())),
        Change::JsonPatch(body) => patch("application/json-patch+json", body),
        Change::Replace(object) => Call::new(Method::PUT, address.path())
            .query("fieldManager", FIELD_MANAGER)
            .query("fieldValidation", "Strict")
            .body("application/json", &object.to_value()),
        Change::Delete(propagation) => Call::new(Method::DELETE, address.path()).body(
            "application/json",
            &json!({ "propagationPolicy": propagation_policy(*propagation) }),
        ),
    }
}

fn propagation_policy(propagation: Propagation) -> &'static str {
    match propagation {
        Propagation::Background => "Background",
        Propagation::Foreground => "Foreground",
        Propagation::Orphan => "Orphan",
    }
}

fn object(value: Value) -> Result<Object, ClusterError> {
    Object::try_from(value).map_err(|_| ClusterError::Unreachable {
        reason: "the server sent something that is no object".to_owned(),
    })
}
