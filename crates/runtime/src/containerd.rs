//! containerd over its own gRPC interface: content, image records, leases, and snapshots when asked to unpack.
//!
//! The messages are written by hand ([`messages`]), so that building needs no `protoc`. Blobs go in one by one and can be resumed
//! after a kill, and the manifest is the one that a push would send: an `image@sha256:…` in a chart resolves on the node too.

mod client;
mod load;
mod messages;
mod observe;
mod unpack;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::images::{BlobSource, LoadImage};
use crate::plan::{LoadOptions, LoadOutcome, LoadPlan};
use crate::progress::Progress;

pub(crate) use client::Client;

/// A containerd that answers.
#[derive(Debug, Clone)]
pub struct Containerd {
    client: Client,
    version: String,
}

impl Containerd {
    /// Connects to the socket and asks for the version.
    ///
    /// # Errors
    /// [`Error::Connect`] when nobody listens there or access is denied, [`Error::Containerd`] when it does not answer.
    pub async fn connect(socket: &Path) -> Result<Self, Error> {
        let client = Client::connect(socket).await?;
        let version = client.version().await?;
        Ok(Self { client, version })
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> &PathBuf {
        self.client.socket()
    }

    /// The version that it names.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether this namespace exists: `k8s.io` does where kubelet uses this containerd.
    ///
    /// # Errors
    /// [`Error::Containerd`].
    pub async fn has_namespace(&self, name: &str) -> Result<bool, Error> {
        self.client.has_namespace(name).await
    }

    /// What loading these images would do. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Containerd`].
    pub async fn plan(&self, images: &[LoadImage], options: &LoadOptions) -> Result<LoadPlan, Error> {
        let client = self.client.in_namespace(&options.namespace);
        let images = observe::observe(&client, images, options).await?;
        Ok(LoadPlan {
            runtime: format!("containerd {} at {}", self.version, self.socket().display()),
            images,
        })
    }

    /// Carries out a plan. A plan that is empty sends nothing at all.
    ///
    /// The content is held by a lease that expires a day later, also when this is cancelled or killed: a second run goes on where the
    /// first one stopped.
    ///
    /// # Errors
    /// The first failure; what was written until then stays.
    pub async fn load(
        &self,
        plan: &LoadPlan,
        source: &Arc<dyn BlobSource>,
        options: &LoadOptions,
        progress: &dyn Progress,
    ) -> Result<LoadOutcome, Error> {
        let client = self.client.in_namespace(&options.namespace);
        load::load(&client, plan, source, options, progress).await
    }
}
