//! What a load will do and what it has done, as plain data: a dry run prints the plan, a report prints the outcome.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::images::{Blob, LoadImage};

/// How images are to be held.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// The containerd namespace; kubelet sees only `k8s.io`.
    pub namespace: String,
    /// Whether kubelet's garbage collection may never remove these images (label `io.cri-containerd.pinned`).
    pub pin: bool,
    /// Whether `repository@sha256:…` resolves too (containerd; docker keeps such names only for what it pulled).
    pub digest_names: bool,
    /// Whether containerd unpacks the layers now. Off by default: a bundle is loaded on every node but most images run on
    /// few of them, unpacked layers take the disk once more, and the first start of a container unpacks what is missing by
    /// itself. On when the first start must be quick.
    pub unpack: bool,
    /// The snapshotter to unpack with; without one the kubelet's (asked from the CRI plugin), else `overlayfs`.
    pub snapshotter: Option<String>,
    /// How many blobs are sent at once.
    pub parallel: usize,
    /// How often one blob (docker: the upload) is tried without getting any further.
    pub attempts: u32,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            namespace: "k8s.io".to_owned(),
            pin: false,
            digest_names: true,
            unpack: false,
            snapshotter: None,
            parallel: 3,
            attempts: 6,
        }
    }
}

/// What a load will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadPlan {
    /// Which runtime, for people: `containerd 1.7.20 at /run/containerd/containerd.sock`.
    pub runtime: String,
    /// Each image of the request, in its order.
    pub images: Vec<ImagePlan>,
}

/// What a load will do for one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImagePlan {
    /// The image.
    pub image: LoadImage,
    /// Content that the runtime does not have.
    pub missing: Vec<Blob>,
    /// Whether the manifest is there but does not hold on to its content.
    pub relabel: bool,
    /// Whether the layers have to be unpacked.
    pub unpack: bool,
    /// What happens to each name.
    pub names: Vec<NamePlan>,
}

/// What happens to one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamePlan {
    /// The full name.
    pub name: String,
    /// What happens to it.
    pub action: NameAction,
}

/// What happens to a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "do")]
pub enum NameAction {
    /// It already stands for this image.
    Keep,
    /// It is new.
    Create,
    /// It stands for something else and is moved.
    Move {
        /// The digest that it stands for so far.
        from: String,
    },
    /// It stands for this image, and gets the labels that it lacks.
    Label,
}

impl LoadPlan {
    /// Whether nothing has to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.images.iter().all(ImagePlan::is_present)
    }

    /// Content that has to be sent, each piece once, in the order of the images.
    #[must_use]
    pub fn missing(&self) -> Vec<&Blob> {
        let mut seen = BTreeSet::new();
        self.images
            .iter()
            .flat_map(|image| &image.missing)
            .filter(|blob| seen.insert(blob.digest.as_str()))
            .collect()
    }

    /// How many bytes have to be sent.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.missing().iter().map(|blob| blob.size).sum()
    }
}

impl LoadPlan {
    /// What carrying it out does, as far as the plan can know.
    #[must_use]
    pub fn outcome(&self) -> LoadOutcome {
        LoadOutcome {
            images: self.images.iter().map(ImagePlan::outcome).collect(),
        }
    }
}

impl ImagePlan {
    /// Whether the runtime already holds all of this image.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.missing.is_empty()
            && !self.relabel
            && !self.unpack
            && self.names.iter().all(|name| name.action == NameAction::Keep)
    }

    /// The names that something happens to.
    pub fn changed_names(&self) -> impl Iterator<Item = &NamePlan> {
        self.names.iter().filter(|name| name.action != NameAction::Keep)
    }

    pub(crate) fn outcome(&self) -> ImageOutcome {
        let result = match (self.is_present(), self.missing.is_empty()) {
            (true, _) => LoadResult::Present,
            (false, true) => LoadResult::Completed,
            (false, false) => LoadResult::Loaded,
        };
        ImageOutcome {
            image: self.image.label().to_owned(),
            digest: self.image.manifest.digest.clone(),
            result,
            bytes: self.missing.iter().map(|blob| blob.size).sum(),
            names: self.names.clone(),
        }
    }
}

/// What a load has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadOutcome {
    /// Each image of the plan, in its order.
    pub images: Vec<ImageOutcome>,
}

/// What a load has done for one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImageOutcome {
    /// Its first name, or its digest.
    pub image: String,
    /// The manifest's digest.
    pub digest: String,
    /// What was done.
    pub result: LoadResult,
    /// Bytes of the content that the runtime did not have (shared layers count for each image).
    pub bytes: u64,
    /// What happened to each name.
    pub names: Vec<NamePlan>,
}

/// What was done for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum LoadResult {
    /// Nothing: it was there.
    Present,
    /// The content was there; names or labels were added, or it was unpacked.
    Completed,
    /// Content was sent.
    Loaded,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::samples::image;

    fn plan(letter: char, layers: &str, action: NameAction) -> ImagePlan {
        let image = image(letter, &["r.io/a:1"], layers);
        ImagePlan {
            missing: image.layers.clone(),
            relabel: false,
            unpack: false,
            names: vec![NamePlan {
                name: "r.io/a:1".to_owned(),
                action,
            }],
            image,
        }
    }

    #[test]
    fn a_shared_layer_is_sent_once() {
        let plan = LoadPlan {
            runtime: String::new(),
            images: vec![plan('1', "xy", NameAction::Create), plan('2', "yz", NameAction::Create)],
        };
        assert_eq!(plan.missing().len(), 3);
        assert_eq!(plan.bytes(), 3000);
        assert!(!plan.is_empty());
    }

    #[test]
    fn the_outcome_tells_names_from_content() {
        assert_eq!(plan('1', "", NameAction::Keep).outcome().result, LoadResult::Present);
        assert_eq!(plan('1', "", NameAction::Label).outcome().result, LoadResult::Completed);
        assert_eq!(plan('1', "x", NameAction::Create).outcome().result, LoadResult::Loaded);
    }
}
