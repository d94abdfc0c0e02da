//! What containerd already has of the images.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, TryStreamExt, stream};

use super::client::Client;
use super::messages::Image;
use super::unpack::{self, chain_ids};
use crate::error::Error;
use crate::images::{Blob, LoadImage};
use crate::plan::{ImagePlan, LoadOptions, NameAction, NamePlan};

/// Questions in flight at once.
const PARALLEL: usize = 8;

pub(crate) const MANAGED: (&str, &str) = ("io.cri-containerd.image", "managed");
pub(crate) const PINNED: (&str, &str) = ("io.cri-containerd.pinned", "pinned");

/// The state of each image, asked with bounded parallelism; each blob once.
pub(crate) async fn observe(
    client: &Client,
    images: &[LoadImage],
    options: &LoadOptions,
) -> Result<Vec<ImagePlan>, Error> {
    if !client.has_namespace(&options.namespace).await? {
        return Ok(images.iter().map(|image| all_missing(image, options)).collect());
    }
    let content = content(client, images).await?;
    let snapshotter = match options.unpack {
        true => Some(unpack::snapshotter(client, options).await),
        false => None,
    };
    stream::iter(images)
        .map(|image| observe_image(client, image, options, &content, snapshotter.as_deref()))
        .buffered(PARALLEL)
        .try_collect()
        .await
}

/// The labels of each digest that is there.
type Content = HashMap<String, HashMap<String, String>>;

async fn content(client: &Client, images: &[LoadImage]) -> Result<Content, Error> {
    let digests: HashSet<&str> = images
        .iter()
        .flat_map(all_blobs)
        .map(|blob| blob.digest.as_str())
        .collect();
    stream::iter(digests)
        .map(|digest| client.content_info(digest))
        .buffer_unordered(PARALLEL)
        .try_filter_map(async |info| Ok(info.map(|info| (info.digest, info.labels))))
        .try_collect()
        .await
}

fn all_blobs(image: &LoadImage) -> impl Iterator<Item = &Blob> {
    image.blobs().chain(std::iter::once(&image.manifest))
}

async fn observe_image(
    client: &Client,
    image: &LoadImage,
    options: &LoadOptions,
    content: &Content,
    snapshotter: Option<&str>,
) -> Result<ImagePlan, Error> {
    let missing = all_blobs(image).filter(|blob| !content.contains_key(&blob.digest));
    let mut names = Vec::new();
    for name in record_names(image, options) {
        let action = name_action(client.image(&name).await?, image, options);
        names.push(NamePlan { name, action });
    }
    let unpack = match snapshotter {
        Some(snapshotter) => !is_unpacked(client, image, snapshotter, content).await?,
        None => false,
    };
    Ok(ImagePlan {
        missing: distinct(missing),
        relabel: content
            .get(&image.manifest.digest)
            .is_some_and(|labels| !has_all(labels, &manifest_labels(image))),
        unpack,
        names,
        image: image.clone(),
    })
}

async fn is_unpacked(client: &Client, image: &LoadImage, snapshotter: &str, content: &Content) -> Result<bool, Error> {
    let Some(chain) = chain_ids(&image.diff_ids).pop() else {
        return Ok(true);
    };
    let held = content
        .get(&image.config.digest)
        .is_some_and(|labels| labels.get(&unpack::snapshot_label(snapshotter)) == Some(&chain));
    Ok(held && client.has_snapshot(snapshotter, &chain).await?)
}

/// Names of the records of an image. The one named by the config's digest is how kubelet's interface knows an image: the CRI plugin
/// would make it for records without its label, and takes it for granted on those that have the label.
fn record_names(image: &LoadImage, options: &LoadOptions) -> Vec<String> {
    let mut names = vec![image.config.digest.clone()];
    names.extend(image.names.iter().cloned());
    let digest_names = image.digest_names().into_iter().filter(|_| options.digest_names);
    for name in digest_names {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn name_action(found: Option<Image>, image: &LoadImage, options: &LoadOptions) -> NameAction {
    let Some(found) = found else {
        return NameAction::Create;
    };
    let from = found.target.unwrap_or_default().digest;
    if from != image.manifest.digest {
        return NameAction::Move { from };
    }
    if has_all(&found.labels, &record_labels(options)) {
        NameAction::Keep
    } else {
        NameAction::Label
    }
}

pub(crate) fn record_labels(options: &LoadOptions) -> HashMap<String, String> {
    let pinned = options.pin.then_some(PINNED);
    std::iter::once(MANAGED)
        .chain(pinned)
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// The labels by which a manifest holds on to its content when garbage is collected.
pub(crate) fn manifest_labels(image: &LoadImage) -> HashMap<String, String> {
    const PREFIX: &str = "containerd.io/gc.ref.content";
    let layers = image.layers.iter().enumerate();
    let mut labels: HashMap<String, String> = layers
        .map(|(at, layer)| (format!("{PREFIX}.l.{at}"), layer.digest.clone()))
        .collect();
    labels.insert(format!("{PREFIX}.config"), image.config.digest.clone());
    labels
}

fn has_all(labels: &HashMap<String, String>, wanted: &HashMap<String, String>) -> bool {
    wanted.keys().all(|key| labels.get(key) == wanted.get(key))
}

/// The plan for a namespace that does not exist.
fn all_missing(image: &LoadImage, options: &LoadOptions) -> ImagePlan {
    let names = record_names(image, options).into_iter().map(|name| NamePlan {
        name,
        action: NameAction::Create,
    });
    ImagePlan {
        missing: distinct(all_blobs(image)),
        relabel: false,
        unpack: options.unpack && !image.layers.is_empty(),
        names: names.collect(),
        image: image.clone(),
    }
}

fn distinct<'a>(blobs: impl Iterator<Item = &'a Blob>) -> Vec<Blob> {
    let mut seen = HashSet::new();
    blobs
        .filter(|blob| seen.insert(blob.digest.as_str()))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::containerd::messages::Descriptor;
    use crate::images::samples::image;

    fn record(digest: &str, labels: &[(&str, &str)]) -> Image {
        Image {
            name: "n".to_owned(),
            labels: labels
                .iter()
                .map(|&(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            target: Some(Descriptor {
                digest: digest.to_owned(),
                ..Descriptor::default()
            }),
        }
    }

    #[test]
    fn a_name_is_created_moved_labelled_or_kept() {
        let image = image('1', &["r.io/a:1"], "x");
        let digest = image.manifest.digest.clone();
        let plain = LoadOptions::default();
        let pinned = LoadOptions {
            pin: true,
            ..LoadOptions::default()
        };
        assert_eq!(name_action(None, &image, &plain), NameAction::Create);
        let elsewhere = record("sha256:00", &[MANAGED]);
        let from = "sha256:00".to_owned();
        assert_eq!(name_action(Some(elsewhere), &image, &plain), NameAction::Move { from });
        assert_eq!(
            name_action(Some(record(&digest, &[])), &image, &plain),
            NameAction::Label
        );
        assert_eq!(
            name_action(Some(record(&digest, &[MANAGED])), &image, &pinned),
            NameAction::Label
        );
        assert_eq!(
            name_action(Some(record(&digest, &[MANAGED, PINNED])), &image, &plain),
            NameAction::Keep
        );
    }

    #[test]
    fn an_image_has_the_records_that_kubelet_makes_when_it_pulls() {
        let image = image('1', &["r.io/a:1", "10.0.0.1/a:1"], "x");
        let names = record_names(&image, &LoadOptions::default());
        let digest = &image.manifest.digest;
        assert_eq!(
            names,
            [
                image.config.digest.clone(),
                "r.io/a:1".to_owned(),
                "10.0.0.1/a:1".to_owned(),
                format!("r.io/a@{digest}"),
                format!("10.0.0.1/a@{digest}"),
            ]
        );
    }

    #[test]
    fn a_manifest_holds_its_config_and_every_layer() {
        let labels = manifest_labels(&image('1', &[], "xy"));
        let mut keys: Vec<_> = labels.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "containerd.io/gc.ref.content.config",
                "containerd.io/gc.ref.content.l.0",
                "containerd.io/gc.ref.content.l.1"
            ]
        );
    }
}
