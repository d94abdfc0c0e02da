//! Custom resource definitions that a release brings itself: the kinds must be served before their objects come.

use std::sync::Arc;
use std::time::Duration;

use ironhelm_plan::{GroupVersionKind, Object};
use serde_json::Value;

use crate::deadline::Deadline;
use crate::ports::{Cluster, ClusterError, Discovery, Ports, Releases};

/// Time between two looks at what is served.
const BEAT: Duration = Duration::from_millis(250);

/// What the cluster serves once it serves the kinds of these definitions; after `timeout` what it serves then.
pub(crate) async fn discover_with<C: Cluster, R: Releases>(
    definitions: &[Object],
    timeout: Duration,
    ports: &Ports<'_, C, R>,
) -> Result<Arc<Discovery>, ClusterError> {
    let kinds: Vec<GroupVersionKind> = definitions.iter().flat_map(defined_kinds).collect();
    let deadline = Deadline::after(timeout, ports);
    loop {
        ports.cluster.forget();
        match ports.cluster.discover().await {
            Err(error) if error.may_pass() && !deadline.is_over(ports) => {}
            discovered => {
                let discovery = discovered?;
                let all = kinds.iter().all(|kind| discovery.kinds.find(kind).is_some());
                if all || deadline.is_over(ports) {
                    return Ok(discovery);
                }
            }
        }
        // Helm: a definition is established a moment before its kind is published.
        ports.cluster.changed(&[], deadline.left(ports).min(BEAT)).await;
    }
}

/// Is this a custom resource definition?
pub(crate) fn is_definition(object: &Object) -> bool {
    object.kind() == "CustomResourceDefinition" && object.api_version().starts_with("apiextensions.k8s.io/")
}

fn defined_kinds(definition: &Object) -> Vec<GroupVersionKind> {
    let spec = definition.field("spec");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let versions = spec["versions"].as_array().into_iter().flatten();
    versions
        .filter(|version| version["served"] == true)
        .map(|version| GroupVersionKind {
            group: text(&spec["group"]),
            version: text(&version["name"]),
            kind: text(&spec["names"]["kind"]),
        })
        .collect()
}
