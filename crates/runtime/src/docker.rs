//! docker over its HTTP interface: which names it knows, one upload of what it lacks, tags.

mod answer;
mod archive;
mod client;
mod load;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::images::{Blob, BlobSource, LoadImage};
use crate::plan::{ImagePlan, LoadOptions, LoadOutcome, LoadPlan, NameAction, NamePlan};
use crate::progress::Progress;

use client::Client;

/// The oldest version of the interface that has what is used here.
pub(crate) const OLDEST_API: Api = Api(1, 24);
/// The newest version that this was written for.
const NEWEST_API: Api = Api(1, 51);

/// A version of docker's interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Api(u32, u32);

impl Api {
    fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.trim().split_once('.')?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }
}

impl std::fmt::Display for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// A docker that answers.
#[derive(Debug, Clone)]
pub struct Docker {
    client: Client,
    version: String,
}

impl Docker {
    /// Connects to the socket and agrees on a version of the interface.
    ///
    /// # Errors
    /// [`Error::Connect`] when nobody listens there or access is denied; [`Error::Docker`] and [`Error::DockerBroken`] when it does not
    /// answer as docker does; [`Error::DockerVersion`] for one that is too old.
    pub async fn connect(socket: &Path) -> Result<Self, Error> {
        let spoken = client::ping(socket).await?;
        let api = negotiate(&spoken).ok_or_else(|| Error::DockerVersion {
            socket: socket.to_path_buf(),
            version: crate::error::foreign_text(&spoken),
        })?;
        let client = Client::new(socket, api);
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

    /// What loading these images would do. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Docker`] and [`Error::DockerBroken`].
    pub async fn plan(&self, images: &[LoadImage], _options: &LoadOptions) -> Result<LoadPlan, Error> {
        let mut plans = Vec::with_capacity(images.len());
        for image in images {
            plans.push(self.plan_image(image).await?);
        }
        Ok(LoadPlan {
            runtime: format!("docker {} at {}", self.version, self.socket().display()),
            images: plans,
        })
    }

    async fn plan_image(&self, image: &LoadImage) -> Result<ImagePlan, Error> {
        let present = self.client.present_id(image).await?.is_some();
        let mut names = Vec::new();
        for name in tagged_names(image) {
            let found = self.client.image_id(name).await?;
            names.push(NamePlan {
                name: name.to_owned(),
                action: name_action(found, image),
            });
        }
        Ok(ImagePlan {
            missing: if present { Vec::new() } else { distinct(image) },
            relabel: false,
            unpack: false,
            names,
            image: image.clone(),
        })
    }

    /// Carries out a plan. A plan that is empty sends nothing at all.
    ///
    /// docker takes an upload as a whole: when this is cancelled or killed, nothing of it stays, and a second run sends it again.
    ///
    /// # Errors
    /// The first failure, also one that docker reports inside a successful answer.
    pub async fn load(
        &self,
        plan: &LoadPlan,
        source: &Arc<dyn BlobSource>,
        options: &LoadOptions,
        progress: &dyn Progress,
    ) -> Result<LoadOutcome, Error> {
        load::load(&self.client, plan, source, options, progress).await
    }
}

/// The version to speak: the newest that both know.
fn negotiate(spoken: &str) -> Option<Api> {
    let theirs = Api::parse(spoken)?;
    (theirs >= OLDEST_API).then(|| theirs.min(NEWEST_API))
}

/// docker gives out names with tags only; names with digests come from its own pulls.
fn tagged_names(image: &LoadImage) -> impl Iterator<Item = &str> {
    image
        .names
        .iter()
        .map(String::as_str)
        .filter(|name| !name.contains('@'))
}

/// Whether docker's id means this image: the config's digest, or the manifest's where docker keeps images in containerd's store.
fn is_id_of(id: &str, image: &LoadImage) -> bool {
    id == image.config.digest || id == image.manifest.digest
}

fn name_action(found: Option<String>, image: &LoadImage) -> NameAction {
    match found {
        None => NameAction::Create,
        Some(id) if is_id_of(&id, image) => NameAction::Keep,
        Some(from) => NameAction::Move { from },
    }
}

fn distinct(image: &LoadImage) -> Vec<Blob> {
    let mut blobs: Vec<Blob> = Vec::new();
    for blob in image.blobs() {
        if !blobs.iter().any(|seen| seen.digest == blob.digest) {
            blobs.push(blob.clone());
        }
    }
    blobs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::samples::image;

    #[test]
    fn the_newest_version_that_both_know_is_spoken() {
        assert_eq!(negotiate("1.41"), Some(Api(1, 41)));
        assert_eq!(negotiate("1.99"), Some(NEWEST_API));
        assert_eq!(negotiate("1.9"), None);
        assert_eq!(negotiate("banana"), None);
    }

    #[test]
    fn an_id_is_the_configs_digest_or_the_manifests() {
        let image = image('1', &["r.io/a:1"], "x");
        assert_eq!(name_action(None, &image), NameAction::Create);
        assert_eq!(name_action(Some(image.config.digest.clone()), &image), NameAction::Keep);
        assert_eq!(
            name_action(Some(image.manifest.digest.clone()), &image),
            NameAction::Keep
        );
        let from = "sha256:00".to_owned();
        assert_eq!(name_action(Some(from.clone()), &image), NameAction::Move { from });
    }
}
