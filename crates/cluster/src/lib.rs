//! The ports of `ironhelm-action` on a real Kubernetes cluster.
//!
//! - [`connect`] turns a kubeconfig and overrides into a [`KubeCluster`];
//! - [`KubeCluster`] is the `Cluster` port: discovery in one request pair, plain JSON in and out, the field manager `helm`;
//! - [`Storage`] is the `Releases` port: one Secret (or ConfigMap) a revision, as Helm keeps them.
//!
//! This is the only crate that knows `kube`. It needs a tokio runtime around it and starts none.

mod connect;
mod discovery;
mod kubernetes;
mod storage;
mod watch;
mod wire;

pub use connect::{Connection, ConnectionError, Overrides, connect};
pub use kubernetes::KubeCluster;
pub use storage::{Driver, Storage, UnknownDriver};
