//! What has to get to which registry.

use std::collections::BTreeMap;

use ironhelm_image::Blob;
use ironhelm_registry::Registry;

use super::Registries;
use crate::plan::{Action, Contents, ImagePlan, SyncPlan};

/// A blob that some repositories of a registry need.
pub(super) struct Parcel<'r> {
    pub(super) registry: &'r Registry,
    /// The registry's name as in the plan.
    pub(super) host: String,
    pub(super) blob: Blob,
    /// The repositories that need it; the first one gets its bytes.
    pub(super) wanted: Vec<String>,
    /// Repositories that have it for certain: they hold an image of it.
    pub(super) holders: Vec<String>,
}

impl Parcel<'_> {
    pub(super) fn key(&self) -> (String, String) {
        (self.host.clone(), self.blob.digest().to_string())
    }

    /// What the upload of the bytes is called in the journal.
    pub(super) fn label(&self) -> String {
        format!("{}/{}@{}", self.host, self.first(), self.blob.digest())
    }

    /// The repository that gets the bytes.
    pub(super) fn first(&self) -> &str {
        self.wanted.first().map_or("", String::as_str)
    }
}

/// All that is sent, the largest first: what takes longest is not begun last.
pub(super) fn parcels<'r>(plan: &SyncPlan, contents: &Contents, registries: &'r Registries) -> Vec<Parcel<'r>> {
    let mut parcels: BTreeMap<(String, String), Parcel<'r>> = BTreeMap::new();
    for image in plan.images.iter().filter(|image| is_sent(image)) {
        let (Some(content), Some(registry)) = (
            contents.images.get(image.digest.as_str()),
            registries.get(&image.registry),
        ) else {
            continue;
        };
        for blob in content.images().iter().flat_map(|image| image.blobs()) {
            let key = (image.registry.clone(), blob.digest().to_string());
            let parcel = parcels.entry(key).or_insert_with(|| Parcel {
                registry,
                host: image.registry.clone(),
                blob: blob.clone(),
                wanted: Vec::new(),
                holders: Vec::new(),
            });
            if !parcel.wanted.contains(&image.repository) {
                parcel.wanted.push(image.repository.clone());
            }
        }
    }
    for image in plan.images.iter().filter(|image| image.action.is_there()) {
        for digest in &image.blobs {
            if let Some(parcel) = parcels.get_mut(&(image.registry.clone(), digest.to_string())) {
                parcel.holders.push(image.repository.clone());
            }
        }
    }
    let mut parcels: Vec<_> = parcels.into_values().collect();
    parcels.sort_by_key(|parcel| std::cmp::Reverse(parcel.blob.size()));
    parcels
}

fn is_sent(image: &ImagePlan) -> bool {
    matches!(image.action, Action::Push | Action::Replace { .. })
}
