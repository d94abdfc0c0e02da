//! The kinds that a new sandbox serves.

use ironhelm_plan::{GroupVersionKind, ResourceKind};

/// `apiVersion`, then `Kind/plural` pairs; a leading `*` marks cluster-scoped kinds.
const KINDS: &[(&str, &str)] = &[
    (
        "v1",
        "*Namespace/namespaces *Node/nodes *PersistentVolume/persistentvolumes ConfigMap/configmaps Secret/secrets \
         Service/services ServiceAccount/serviceaccounts Pod/pods PersistentVolumeClaim/persistentvolumeclaims \
         ReplicationController/replicationcontrollers LimitRange/limitranges ResourceQuota/resourcequotas \
         Endpoints/endpoints Event/events PodTemplate/podtemplates",
    ),
    (
        "apps/v1",
        "Deployment/deployments StatefulSet/statefulsets DaemonSet/daemonsets ReplicaSet/replicasets \
         ControllerRevision/controllerrevisions",
    ),
    ("batch/v1", "Job/jobs CronJob/cronjobs"),
    ("autoscaling/v1", "HorizontalPodAutoscaler/horizontalpodautoscalers"),
    ("autoscaling/v2", "HorizontalPodAutoscaler/horizontalpodautoscalers"),
    (
        "networking.k8s.io/v1",
        "Ingress/ingresses *IngressClass/ingressclasses NetworkPolicy/networkpolicies",
    ),
    ("policy/v1", "PodDisruptionBudget/poddisruptionbudgets"),
    (
        "rbac.authorization.k8s.io/v1",
        "*ClusterRole/clusterroles *ClusterRoleBinding/clusterrolebindings Role/roles RoleBinding/rolebindings",
    ),
    (
        "storage.k8s.io/v1",
        "*StorageClass/storageclasses *CSIDriver/csidrivers",
    ),
    ("scheduling.k8s.io/v1", "*PriorityClass/priorityclasses"),
    ("coordination.k8s.io/v1", "Lease/leases"),
    ("discovery.k8s.io/v1", "EndpointSlice/endpointslices"),
    (
        "admissionregistration.k8s.io/v1",
        "*MutatingWebhookConfiguration/mutatingwebhookconfigurations \
         *ValidatingWebhookConfiguration/validatingwebhookconfigurations",
    ),
    (
        "apiextensions.k8s.io/v1",
        "*CustomResourceDefinition/customresourcedefinitions",
    ),
    ("apiregistration.k8s.io/v1", "*APIService/apiservices"),
];

pub(crate) fn kinds() -> Vec<ResourceKind> {
    KINDS
        .iter()
        .flat_map(|(api_version, names)| names.split_whitespace().map(|name| kind(api_version, name)))
        .collect()
}

fn kind(api_version: &str, name: &str) -> ResourceKind {
    let (kind, plural) = name.split_once('/').unwrap_or((name, name));
    ResourceKind {
        gvk: GroupVersionKind::new(api_version, kind.trim_start_matches('*')),
        plural: plural.to_owned(),
        namespaced: !kind.starts_with('*'),
    }
}
