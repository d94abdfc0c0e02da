//! Carrying out a plan: lease, content, manifests, snapshots, records.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::client::Client;
use super::messages::{Descriptor, Image};
use super::observe::{manifest_labels, record_labels};
use super::unpack;
use super::write::{OneBlob, Write};
use crate::error::Error;
use crate::images::{Blob, BlobSource, LoadImage};
use crate::plan::{ImagePlan, LoadOptions, LoadOutcome, LoadPlan, NameAction, NamePlan};
use crate::progress::{Meter, Progress};

/// How long content without a record survives: time enough to start again.
const LEASE: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) async fn load(
    client: &Client,
    plan: &LoadPlan,
    source: &Arc<dyn BlobSource>,
    options: &LoadOptions,
    progress: &dyn Progress,
) -> Result<LoadOutcome, Error> {
    let changed: Vec<&ImagePlan> = plan.images.iter().filter(|image| !image.is_present()).collect();
    if !changed.is_empty() {
        client.create_namespace(&options.namespace).await?;
        let lease = lease(client).await?;
        let leased = client.with_lease(&lease);
        send_content(&leased, plan, &changed, (source, options, progress)).await?;
        for image in &changed {
            finish_image(&leased, image, options).await?;
            progress.image(&image.outcome());
        }
        client.delete_lease(&lease).await?;
    }
    Ok(plan.outcome())
}

/// A lease of its own for each run: two runs never end each other's.
async fn lease(client: &Client) -> Result<String, Error> {
    let now = Timestamp::now();
    let id = format!("ironhelm-load-{}-{}", std::process::id(), now.as_nanosecond());
    let expire = now.checked_add(LEASE).unwrap_or(now);
    let expire = Timestamp::from_second(expire.as_second()).unwrap_or(expire).to_string();
    let labels = HashMap::from([("containerd.io/gc.expire".to_owned(), expire)]);
    client.create_lease(&id, labels).await?;
    Ok(id)
}

/// Where content comes from, how it is sent and who watches.
type Sending<'a> = (&'a Arc<dyn BlobSource>, &'a LoadOptions, &'a dyn Progress);

/// All configs and layers of the images, several at once; then the manifests, which must not come before what they hold.
async fn send_content(
    client: &Client,
    plan: &LoadPlan,
    changed: &[&ImagePlan],
    (source, options, progress): Sending<'_>,
) -> Result<(), Error> {
    let meter = Meter::new(plan.bytes(), progress);
    stream::iter(distinct_blobs(changed))
        .map(|blob| {
            let write = Write {
                blob,
                labels: HashMap::new(),
                attempts: options.attempts,
            };
            ensure(client, write, source, &meter)
        })
        .buffer_unordered(options.parallel.max(1))
        .try_collect::<()>()
        .await?;
    for image in changed {
        send_manifest(client, image, options, &meter).await?;
    }
    Ok(())
}

fn distinct_blobs<'a>(images: &[&'a ImagePlan]) -> Vec<&'a Blob> {
    let mut seen = std::collections::HashSet::new();
    images
        .iter()
        .flat_map(|image| image.image.blobs())
        .filter(|blob| seen.insert(blob.digest.as_str()))
        .collect()
}

/// Holds the content by the lease, then looks whether it is there, then sends it: what was there when the plan was made may have been
/// collected since.
async fn ensure(
    client: &Client,
    write: Write<'_>,
    source: &Arc<dyn BlobSource>,
    meter: &Meter<'_>,
) -> Result<(), Error> {
    client.hold_content(&write.blob.digest).await?;
    if client.content_info(&write.blob.digest).await?.is_some() {
        return Ok(());
    }
    write.run(client, source, &mut meter.part()).await
}

async fn send_manifest(
    client: &Client,
    image: &ImagePlan,
    options: &LoadOptions,
    meter: &Meter<'_>,
) -> Result<(), Error> {
    let labels = manifest_labels(&image.image);
    let source: Arc<dyn BlobSource> = Arc::new(OneBlob(image.image.manifest_bytes.clone()));
    let write = Write {
        blob: &image.image.manifest,
        labels: labels.clone(),
        attempts: options.attempts,
    };
    ensure(client, write, &source, meter).await?;
    if image.relabel {
        client.label_content(&image.image.manifest.digest, labels).await?;
    }
    Ok(())
}

async fn finish_image(client: &Client, plan: &ImagePlan, options: &LoadOptions) -> Result<(), Error> {
    if plan.unpack {
        unpack::unpack(client, &plan.image, options).await?;
    }
    for name in plan.changed_names() {
        put_record(client, name, &plan.image, options).await?;
    }
    Ok(())
}

async fn put_record(client: &Client, name: &NamePlan, image: &LoadImage, options: &LoadOptions) -> Result<(), Error> {
    let record = Image {
        name: name.name.clone(),
        labels: record_labels(options),
        target: Some(descriptor(&image.manifest)),
    };
    // Somebody may have made the record since the plan: then it is moved.
    if name.action == NameAction::Create && client.create_image(record.clone()).await? {
        return Ok(());
    }
    client.update_image(record).await
}

pub(crate) fn descriptor(blob: &Blob) -> Descriptor {
    Descriptor {
        media_type: blob.media_type.clone(),
        digest: blob.digest.clone(),
        size: i64::try_from(blob.size).unwrap_or(i64::MAX),
    }
}
