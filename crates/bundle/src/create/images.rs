//! The archive of images in a bundle.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ironhelm_image::{Blob, Descriptor, Digest, Image, Reference};
use serde::Serialize;

use super::CreateError;
use super::members::{Content, Member};

/// An image for a bundle.
#[derive(Debug, Clone)]
pub struct NewImage {
    /// Its name as the chart's values make it.
    pub name: Reference,
    /// The image.
    pub image: Arc<Image>,
}

/// One image of `manifest.json`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    layer_sources: BTreeMap<Digest, Descriptor>,
}

/// For each image its configuration and the layers that no image before has; `manifest.json` at the end.
pub(super) fn members(images: &[NewImage]) -> Result<Vec<Member>, CreateError> {
    let (mut members, mut records, mut written) = (Vec::new(), Vec::new(), BTreeSet::new());
    for NewImage { name, image } in images {
        let record = record(name, image);
        members.push(Member::new(&record.config, Content::Blob(image.config.clone())));
        for (file, layer) in record.layers.iter().zip(&image.layers) {
            if written.insert(layer.digest().clone()) {
                members.push(Member::new(file, Content::Blob(layer.clone())));
            }
        }
        records.push(record);
    }
    records.sort_by_key(|record: &Record| record.repo_tags.as_ref().map(|tags| tags.join(",")));
    let json = serde_json::to_vec(&records).map_err(|source| CreateError::Json { source })?;
    members.push(Member::new("manifest.json", Content::Bytes(json.into())));
    Ok(members)
}

fn record(name: &Reference, image: &Image) -> Record {
    // charts-syncer calls layers so whatever their compression.
    let file = |layer: &Blob| format!("{}.tar.gz", layer.digest().hex());
    let foreign = image
        .diff_ids
        .iter()
        .zip(&image.layers)
        .filter(|(_, layer)| layer.media_type().is_foreign());
    Record {
        config: image.config.digest().to_string(),
        repo_tags: tag(name).map(|tag| vec![tag]),
        layers: image.layers.iter().map(file).collect(),
        layer_sources: foreign
            .map(|(diff_id, layer)| (diff_id.clone(), layer.descriptor().clone()))
            .collect(),
    }
}

/// The name as it is written, with its tag; none for a name by digest.
fn tag(name: &Reference) -> Option<String> {
    match (name.digest(), name.tag()) {
        (Some(_), _) => None,
        (None, Some(_)) => Some(name.as_written().to_owned()),
        (None, None) => Some(format!("{}:latest", name.as_written())),
    }
}
