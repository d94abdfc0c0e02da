//! Which versions of Kubernetes a chart is made for.

use crate::metadata::Metadata;
use crate::semver::is_compatible;

/// The cluster is of a version that the chart is not made for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("chart requires kubeVersion: {constraint} which is incompatible with Kubernetes {version}")]
pub struct IncompatibleKubernetes {
    /// The constraint in `Chart.yaml`.
    pub constraint: String,
    /// The version of the cluster.
    pub version: String,
}

/// Checks `kubeVersion` of a chart against a version such as `v1.34.0`.
///
/// # Errors
/// [`IncompatibleKubernetes`]; also where the constraint cannot be read.
pub fn check_kube_version(metadata: &Metadata, version: &str) -> Result<(), IncompatibleKubernetes> {
    let constraint = &metadata.kube_version;
    if constraint.is_empty() || is_compatible(constraint, version) {
        return Ok(());
    }
    Err(IncompatibleKubernetes {
        constraint: constraint.clone(),
        version: version.to_owned(),
    })
}
