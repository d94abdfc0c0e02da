//! When an object counts as ready: the kstatus rules that Helm 4's watcher follows, as pure functions on live objects.

use std::time::Duration;

use ironhelm_plan::{Address, Object};
use jiff::Timestamp;
use serde_json::Value;

/// How long a Pod may be without a node before that counts as a failure.
const SCHEDULING: Duration = Duration::from_secs(15);

/// How far an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It is what it shall be.
    Ready,
    /// Not yet, and why.
    Progressing(String),
    /// It will not become ready by itself, and why.
    Failed(String),
}

impl Readiness {
    /// Why it is not ready; empty when it is.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::Ready => "",
            Self::Progressing(message) | Self::Failed(message) => message,
        }
    }
}

use Readiness::{Failed, Progressing, Ready};

/// A hook's object: a Job must be complete, a Pod must have succeeded, everything else is ready at once.
#[must_use]
pub(crate) fn hook_readiness(address: &Address, live: Option<&Object>) -> Readiness {
    let kind = address.resource.gvk.kind.as_str();
    let job = kind == "Job" && address.resource.gvk.group == "batch";
    let pod = kind == "Pod" && address.resource.gvk.group.is_empty();
    match live {
        _ if !job && !pod => Ready,
        None => Progressing("Resource not found".to_owned()),
        Some(live) if job => job_completion(live),
        Some(live) => pod_completion(live),
    }
}

/// Any object of a release; with `jobs`, a Job is ready only when it has completed.
#[must_use]
pub fn readiness(live: Option<&Object>, jobs: bool, now: Timestamp) -> Readiness {
    let Some(live) = live else {
        return Progressing("Resource not found".to_owned());
    };
    general(live).unwrap_or_else(|| by_kind(live, jobs, now))
}

fn general(live: &Object) -> Option<Readiness> {
    if live.field("metadata")["deletionTimestamp"].is_string() {
        return Some(Progressing("Resource scheduled for deletion".to_owned()));
    }
    let generation = live.field("metadata")["generation"].as_i64();
    let observed = live.field("status")["observedGeneration"].as_i64();
    if let (Some(generation), Some(observed)) = (generation, observed)
        && generation != observed
    {
        let kind = live.kind();
        return Some(Progressing(format!(
            "{kind} generation is {generation}, but latest observed generation is {observed}"
        )));
    }
    if condition_is(live, "Reconciling", "True") {
        return Some(Progressing(condition_message(live, "Reconciling")));
    }
    condition_is(live, "Stalled", "True").then(|| Failed(condition_message(live, "Stalled")))
}

fn by_kind(live: &Object, jobs: bool, now: Timestamp) -> Readiness {
    let gvk = live.gvk();
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("apps" | "extensions", "Deployment") => deployment(live),
        ("apps" | "extensions", "ReplicaSet") => replica_set(live),
        ("apps", "StatefulSet") => stateful_set(live),
        ("apps" | "extensions", "DaemonSet") => daemon_set(live),
        ("", "Pod") => pod(live, now),
        ("", "PersistentVolumeClaim") => persistent_volume_claim(live),
        ("", "Service") => service(live),
        ("batch", "Job") if jobs => match job_completion(live) {
            Progressing(_) => Progressing("Job in progress".to_owned()),
            other => other,
        },
        ("batch", "Job") => job(live),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => custom_resource_definition(live),
        ("policy", "PodDisruptionBudget") | ("", "Secret" | "ConfigMap") | ("batch", "CronJob") => Ready,
        _ => by_ready_condition(live),
    }
}

fn deployment(live: &Object) -> Readiness {
    if live.field("spec")["paused"] == Value::Bool(true) {
        return Ready;
    }
    let progressing = condition(live, "Progressing");
    let reason = progressing.and_then(|c| c["reason"].as_str()).unwrap_or_default();
    if reason == "ProgressDeadlineExceeded" {
        return Failed("Progress deadline exceeded".to_owned());
    }
    let wanted = spec_number(live, "replicas", 1);
    let replicas = status_number(live, "replicas");
    let updated = status_number(live, "updatedReplicas");
    let available = status_number(live, "availableReplicas");
    let ready = status_number(live, "readyReplicas");
    let has_deadline = live.field("spec")["progressDeadlineSeconds"].is_number();
    if replicas < wanted {
        Progressing(format!("Replicas: {replicas}/{wanted}"))
    } else if updated < wanted {
        Progressing(format!("Updated: {updated}/{wanted}"))
    } else if replicas > wanted {
        Progressing(format!("Pending termination: {}", replicas - wanted))
    } else if available < updated {
        Progressing(format!("Available: {available}/{updated}"))
    } else if ready < wanted {
        Progressing(format!("Ready: {ready}/{wanted}"))
    } else if has_deadline && reason != "NewReplicaSetAvailable" {
        Progressing("ReplicaSet not Available".to_owned())
    } else if !condition_is(live, "Available", "True") {
        Progressing("Deployment not Available".to_owned())
    } else {
        Ready
    }
}

fn replica_set(live: &Object) -> Readiness {
    if condition_is(live, "ReplicaFailure", "True") {
        return Progressing("Replica Failure condition. Check Pods".to_owned());
    }
    let wanted = spec_number(live, "replicas", 1);
    let counts = [
        ("Labelled", "fullyLabeledReplicas"),
        ("Available", "availableReplicas"),
        ("Ready", "readyReplicas"),
    ];
    if let Some(missing) = first_short(live, &counts, wanted) {
        return missing;
    }
    surplus(status_number(live, "replicas"), wanted).unwrap_or(Ready)
}

fn stateful_set(live: &Object) -> Readiness {
    let strategy = &live.field("spec")["updateStrategy"];
    if strategy["type"] == "OnDelete" {
        return Ready;
    }
    let wanted = spec_number(live, "replicas", 1);
    if let Some(missing) = first_short(live, &[("Replicas", "replicas"), ("Ready", "readyReplicas")], wanted) {
        return missing;
    }
    if let Some(surplus) = surplus(status_number(live, "replicas"), wanted) {
        return surplus;
    }
    if let Some(partition) = strategy["rollingUpdate"]["partition"]
        .as_i64()
        .filter(|&partition| partition > 0)
    {
        let updated = status_number(live, "updatedReplicas");
        let due = (wanted - partition).max(0);
        return if updated < due {
            Progressing(format!("updated: {updated}/{due}"))
        } else {
            Ready
        };
    }
    if let Some(missing) = first_short(live, &[("current", "currentReplicas")], wanted) {
        return missing;
    }
    if live.field("status")["currentRevision"] == live.field("status")["updateRevision"] {
        Ready
    } else {
        Progressing("Waiting for updated revision to match current".to_owned())
    }
}

fn daemon_set(live: &Object) -> Readiness {
    let status = &live.field("status");
    if !status["observedGeneration"].is_number() {
        return Progressing("Missing .status.observedGeneration".to_owned());
    }
    if !status["desiredNumberScheduled"].is_number() {
        return Progressing("Missing .status.desiredNumberScheduled".to_owned());
    }
    let wanted = status_number(live, "desiredNumberScheduled");
    let counts = [
        ("Current", "currentNumberScheduled"),
        ("Updated", "updatedNumberScheduled"),
        ("Available", "numberAvailable"),
        ("Ready", "numberReady"),
    ];
    first_short(live, &counts, wanted).unwrap_or(Ready)
}

fn pod(live: &Object, now: Timestamp) -> Readiness {
    let phase = live.field("status")["phase"].as_str().unwrap_or_default();
    match phase {
        "Succeeded" | "Failed" => Ready,
        "Running" if condition_is(live, "Ready", "True") => Ready,
        "Running" => match crash_looping(live) {
            Some(container) => Failed(format!("Containers in CrashLoop state: {container}")),
            None => Progressing("Pod is running but is not Ready".to_owned()),
        },
        "Pending" => match condition(live, "PodScheduled") {
            Some(scheduled) if scheduled["status"] == "False" && scheduled["reason"] == "Unschedulable" => {
                let message = "Pod could not be scheduled".to_owned();
                if is_older_than(live, SCHEDULING, now) {
                    Failed(message)
                } else {
                    Progressing(message)
                }
            }
            _ => Progressing("Pod is in the Pending phase".to_owned()),
        },
        _ => Progressing("Pod phase not available".to_owned()),
    }
}

fn is_older_than(live: &Object, age: Duration, now: Timestamp) -> bool {
    let created = live.field("metadata")["creationTimestamp"].as_str();
    let created = created.and_then(|text| text.parse::<Timestamp>().ok());
    // A Pod of unknown age counts as an old one.
    created
        .and_then(|created| created.checked_add(age).ok())
        .is_none_or(|end| end <= now)
}

fn crash_looping(live: &Object) -> Option<&str> {
    let statuses = live.field("status")["containerStatuses"].as_array()?;
    statuses
        .iter()
        .find(|status| status["state"]["waiting"]["reason"] == "CrashLoopBackOff")
        .and_then(|status| status["name"].as_str())
}

fn persistent_volume_claim(live: &Object) -> Readiness {
    match live.field("status")["phase"].as_str().unwrap_or_default() {
        "Bound" => Ready,
        phase => Progressing(format!("PVC is not Bound. phase: {phase}")),
    }
}

fn service(live: &Object) -> Readiness {
    let spec = &live.field("spec");
    if spec["type"] == "LoadBalancer" && spec["clusterIP"].as_str().unwrap_or_default().is_empty() {
        return Progressing("ClusterIP not set. Service type: LoadBalancer".to_owned());
    }
    Ready
}

/// Without the wish to wait for jobs, a started job is good enough.
fn job(live: &Object) -> Readiness {
    match job_completion(live) {
        Progressing(_) if live.field("status")["startTime"].is_string() => Ready,
        Progressing(_) => Progressing("Job not started".to_owned()),
        other => other,
    }
}

fn job_completion(live: &Object) -> Readiness {
    let status = &live.field("status");
    let parallelism = spec_number(live, "parallelism", 1);
    let completions = spec_number(live, "completions", parallelism);
    if condition_is(live, "Complete", "True") {
        Ready
    } else if condition_is(live, "Failed", "True") {
        Failed(format!(
            "Job Failed. failed: {}/{completions}",
            status["failed"].as_i64().unwrap_or(0)
        ))
    } else {
        let counts = (
            status_number(live, "active"),
            status_number(live, "succeeded"),
            status_number(live, "failed"),
        );
        Progressing(format!(
            "Job in progress. success:{}, active: {}, failed: {}",
            counts.1, counts.0, counts.2
        ))
    }
}

fn pod_completion(live: &Object) -> Readiness {
    match live.field("status")["phase"].as_str().unwrap_or_default() {
        "Succeeded" => Ready,
        "Failed" => Failed(format!("pod {} failed", live.name())),
        phase => Progressing(format!(
            "Pod is in the {} phase",
            if phase.is_empty() { "Pending" } else { phase }
        )),
    }
}

fn custom_resource_definition(live: &Object) -> Readiness {
    if condition_is(live, "NamesAccepted", "False") {
        Failed(condition_message(live, "NamesAccepted"))
    } else if condition_is(live, "Established", "True") {
        Ready
    } else {
        Progressing("Install in progress".to_owned())
    }
}

fn by_ready_condition(live: &Object) -> Readiness {
    match condition(live, "Ready") {
        Some(ready) if ready["status"] != "True" => {
            Progressing(ready["message"].as_str().unwrap_or_default().to_owned())
        }
        _ => Ready,
    }
}

fn first_short(live: &Object, counts: &[(&str, &str)], wanted: i64) -> Option<Readiness> {
    counts
        .iter()
        .map(|&(label, field)| (label, status_number(live, field)))
        .find(|&(_, count)| count < wanted)
        .map(|(label, count)| Progressing(format!("{label}: {count}/{wanted}")))
}

fn surplus(replicas: i64, wanted: i64) -> Option<Readiness> {
    (replicas > wanted).then(|| Progressing(format!("Pending termination: {}", replicas - wanted)))
}

fn condition<'a>(live: &'a Object, kind: &str) -> Option<&'a Value> {
    live.field("status")["conditions"]
        .as_array()?
        .iter()
        .find(|condition| condition["type"] == kind)
}

fn condition_is(live: &Object, kind: &str, status: &str) -> bool {
    condition(live, kind).is_some_and(|condition| condition["status"] == status)
}

fn condition_message(live: &Object, kind: &str) -> String {
    condition(live, kind)
        .and_then(|condition| condition["message"].as_str())
        .unwrap_or_default()
        .to_owned()
}

fn spec_number(live: &Object, field: &str, default: i64) -> i64 {
    live.field("spec")[field].as_i64().unwrap_or(default)
}

fn status_number(live: &Object, field: &str) -> i64 {
    live.field("status")[field].as_i64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_without_a_node_fails_after_fifteen_seconds() {
        let unschedulable = json!([{ "type": "PodScheduled", "status": "False", "reason": "Unschedulable" }]);
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": "a", "creationTimestamp": "2026-01-01T00:00:00Z" },
            "status": { "phase": "Pending", "conditions": unschedulable },
        });
        let pod = Object::try_from(pod).expect("an object");
        let state = |now: &str| readiness(Some(&pod), false, now.parse().expect("a time"));
        let message = "Pod could not be scheduled".to_owned();
        assert_eq!(state("2026-01-01T00:00:14Z"), Progressing(message.clone()));
        assert_eq!(state("2026-01-01T00:00:15Z"), Failed(message));
    }
}
