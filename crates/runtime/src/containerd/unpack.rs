//! Layers into snapshots, for a quick first start.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::client::Client;
use super::load::descriptor;
use super::messages::{ApplyRequest, CommitSnapshotRequest, PrepareSnapshotRequest};
use crate::error::Error;
use crate::images::{Blob, LoadImage};
use crate::plan::LoadOptions;

/// containerd's own default.
const DEFAULT_SNAPSHOTTER: &str = "overlayfs";

/// The snapshotter to unpack with: the one asked for, else the one that kubelet's containers start from.
pub(crate) async fn snapshotter(client: &Client, options: &LoadOptions) -> String {
    if let Some(snapshotter) = &options.snapshotter {
        return snapshotter.clone();
    }
    let info = client.cri_info().await;
    info.get("config")
        .and_then(|config| cri_snapshotter(config))
        .unwrap_or_else(|| DEFAULT_SNAPSHOTTER.to_owned())
}

/// The snapshotter in the CRI plugin's verbose status (`containerd.snapshotter` of its configuration).
fn cri_snapshotter(config: &str) -> Option<String> {
    let config: serde_json::Value = serde_json::from_str(config).ok()?;
    let name = config.pointer("/containerd/snapshotter")?.as_str()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The label by which a config holds on to the snapshots of its image.
pub(crate) fn snapshot_label(snapshotter: &str) -> String {
    format!("containerd.io/gc.ref.snapshot.{snapshotter}")
}

/// Unpacks the layers that have no snapshot yet, lowest first.
pub(crate) async fn unpack(client: &Client, image: &LoadImage, options: &LoadOptions) -> Result<(), Error> {
    if image.layers.len() != image.diff_ids.len() {
        return Err(Error::Unpack {
            image: image.label().to_owned(),
            reason: format!(
                "{} layers, but its config names {}",
                image.layers.len(),
                image.diff_ids.len()
            ),
        });
    }
    let snapshotter = snapshotter(client, options).await;
    let chains = chain_ids(&image.diff_ids);
    let mut parent = "";
    for (at, chain) in chains.iter().enumerate() {
        if !client.has_snapshot(&snapshotter, chain).await? {
            let step = Step {
                snapshotter: &snapshotter,
                parent,
                chain,
                layer: &image.layers[at],
                diff_id: &image.diff_ids[at],
            };
            step.run(client, image).await?;
        }
        parent = chain;
    }
    if parent.is_empty() {
        return Ok(());
    }
    let labels = HashMap::from([(snapshot_label(&snapshotter), parent.to_owned())]);
    client.label_content(&image.config.digest, labels).await
}

/// One layer on top of its parent.
struct Step<'a> {
    snapshotter: &'a str,
    parent: &'a str,
    chain: &'a str,
    layer: &'a Blob,
    diff_id: &'a str,
}

impl Step<'_> {
    async fn run(&self, client: &Client, image: &LoadImage) -> Result<(), Error> {
        let key = format!("extract-ironhelm-{} {}", std::process::id(), self.chain);
        // What a killed run with the same process number may have left.
        client.remove_snapshot(self.snapshotter, &key).await?;
        let result = self.extract(client, image, &key).await;
        if result.is_err() {
            let _ = client.remove_snapshot(self.snapshotter, &key).await;
        }
        result
    }

    async fn extract(&self, client: &Client, image: &LoadImage, key: &str) -> Result<(), Error> {
        let prepare = PrepareSnapshotRequest {
            snapshotter: self.snapshotter.to_owned(),
            key: key.to_owned(),
            parent: self.parent.to_owned(),
        };
        let apply = ApplyRequest {
            mounts: client.prepare_snapshot(prepare).await?,
            diff: Some(descriptor(self.layer)),
        };
        let applied = client.apply(apply, &self.layer.digest).await?;
        if applied.digest != self.diff_id {
            return Err(Error::Unpack {
                image: image.label().to_owned(),
                reason: format!(
                    "layer {} unpacks to {}, but the config says {}",
                    self.layer.digest, applied.digest, self.diff_id
                ),
            });
        }
        let commit = CommitSnapshotRequest {
            snapshotter: self.snapshotter.to_owned(),
            name: self.chain.to_owned(),
            key: key.to_owned(),
        };
        client.commit_snapshot(commit).await?;
        let labels = HashMap::from([("containerd.io/uncompressed".to_owned(), self.diff_id.to_owned())]);
        client.label_content(&self.layer.digest, labels).await
    }
}

/// The name of the snapshot after each layer: the first is the layer's, each further one hashes its parent's and its own.
pub(crate) fn chain_ids(diff_ids: &[String]) -> Vec<String> {
    let mut chains: Vec<String> = Vec::with_capacity(diff_ids.len());
    for diff_id in diff_ids {
        let chain = match chains.last() {
            Some(parent) => sha256(&format!("{parent} {diff_id}")),
            None => diff_id.clone(),
        };
        chains.push(chain);
    }
    chains
}

fn sha256(text: &str) -> String {
    use std::fmt::Write;
    let mut digest = "sha256:".to_owned();
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_hashes_its_parent_and_the_layer() {
        let ids = chain_ids(&["sha256:aa".to_owned(), "sha256:bb".to_owned()]);
        assert_eq!(ids[0], "sha256:aa");
        // printf 'sha256:aa sha256:bb' | sha256sum
        assert_eq!(ids[1], CHAIN);
    }

    const CHAIN: &str = "sha256:b68ad689d6d1ec110ea1c13617437ad6f3766d4b3b309f6a603a222e07a0164f";

    #[test]
    fn the_snapshotter_comes_from_the_cri_plugins_status() {
        assert_eq!(
            cri_snapshotter(r#"{"containerd":{"snapshotter":"native"}}"#).as_deref(),
            Some("native")
        );
        assert_eq!(cri_snapshotter("{}"), None);
        assert_eq!(cri_snapshotter("not JSON"), None);
    }
}
