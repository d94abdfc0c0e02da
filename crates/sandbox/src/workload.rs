//! What controllers and kubelets would say of an object that was just stored.

use serde_json::{Value, json};

/// The status of a workload that has all that it wants; nothing for kinds without one.
pub(crate) fn settled_status(object: &Value) -> Option<Value> {
    let generation = object["metadata"]["generation"].clone();
    let replicas = object["spec"]["replicas"].as_i64().unwrap_or(1);
    Some(match object["kind"].as_str()? {
        "Deployment" => json!({
            "observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas,
            "readyReplicas": replicas, "availableReplicas": replicas,
            "conditions": [
                { "type": "Available", "status": "True" },
                { "type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable" },
            ],
        }),
        "StatefulSet" => json!({
            "observedGeneration": generation, "replicas": replicas, "readyReplicas": replicas,
            "currentReplicas": replicas, "updatedReplicas": replicas,
            "currentRevision": "1", "updateRevision": "1",
        }),
        "ReplicaSet" => json!({
            "observedGeneration": generation, "replicas": replicas, "readyReplicas": replicas,
            "availableReplicas": replicas, "fullyLabeledReplicas": replicas,
        }),
        "DaemonSet" => json!({
            "observedGeneration": generation, "desiredNumberScheduled": 1, "currentNumberScheduled": 1,
            "updatedNumberScheduled": 1, "numberAvailable": 1, "numberReady": 1,
        }),
        "Job" => json!({ "succeeded": 1, "conditions": [{ "type": "Complete", "status": "True" }] }),
        "Pod" => json!({ "phase": "Succeeded" }),
        "PersistentVolumeClaim" => json!({ "phase": "Bound" }),
        "CustomResourceDefinition" => json!({
            "conditions": [
                { "type": "NamesAccepted", "status": "True" },
                { "type": "Established", "status": "True" },
            ],
        }),
        _ => return None,
    })
}
