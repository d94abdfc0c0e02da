//! Images into registries.
//!
//! Each distinct blob travels once to each registry, side by side with others over a bounded number of connections:
//! - it is asked for, and mounted from where it is known to be, before it is read;
//! - what is missing is read once, hashed on its way, and left in an open upload;
//! - when all blobs are sent and all hashes are right, the uploads are closed, other repositories mount the blobs, and the
//!   manifests follow.
//!
//! A damaged bundle is thus found before any repository has anything of it, though no byte is read twice. What the
//! registry client tries again, waits for or takes up after a break is its own business; an upload that a process leaves
//! behind is taken up by the next one through the [`Journal`].

mod checked;
mod journal;
mod observe;
mod parcel;
mod progress;
mod stage;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::{join_all, try_join_all};
use ironhelm_image::{Content, Digest};
use ironhelm_registry::oci::PushedBlob;
use ironhelm_registry::reference::Target;
use ironhelm_registry::{Error, Registry};
use tokio::sync::Semaphore;

pub use journal::Journal;
pub use observe::observe_images;
pub use progress::{Event, Progress, Silent};

use crate::plan::{Action, Contents, ImagePlan, SyncPlan};
use parcel::{Parcel, parcels};
use progress::Tally;
use stage::Staged;

/// How images are pushed.
#[derive(Debug)]
pub struct PushOptions {
    /// How many requests with blobs or manifests are under way at most.
    pub connections: usize,
    /// Where begun uploads are noted.
    pub journal: Option<Journal>,
}

impl Default for PushOptions {
    fn default() -> Self {
        Self {
            connections: 6,
            journal: None,
        }
    }
}

/// What became of an image.
#[derive(Debug)]
pub struct ImageResult {
    /// The name at the target.
    pub target: String,
    /// Whether it is there now.
    pub outcome: Result<Pushed, PushError>,
}

/// How an image got to its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The plan leaves it out.
    Skipped,
    /// It is there.
    Done {
        /// Blobs that were sent.
        sent: usize,
        /// Blobs that the registry took from another repository.
        mounted: usize,
        /// Blobs that were there.
        existed: usize,
    },
}

/// Why an image is not at its target.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The plan has a problem with it.
    #[error("{target} is not sent, see the problems of the plan")]
    Conflict {
        /// The name at the target.
        target: String,
    },
    /// Nobody told how to reach the registry.
    #[error("no connection to registry {registry} was set up")]
    UnknownRegistry {
        /// The registry.
        registry: String,
    },
    /// The bundle holds other bytes than it says; nothing of it was pushed.
    #[error("blob {digest} in the bundle is damaged: {reason}")]
    Damaged {
        /// The blob.
        digest: Digest,
        /// What is wrong with it.
        reason: String,
    },
    /// A blob or the manifest could not be sent.
    #[error("{what} of {target} could not be sent")]
    Registry {
        /// The name at the target.
        target: String,
        /// What was to be sent.
        what: String,
        /// Why.
        source: Arc<Error>,
    },
}

/// The registries that images go to, by their names as in the plan.
pub type Registries = BTreeMap<String, Registry>;

/// Why a blob is not where it should be.
#[derive(Debug, Clone)]
enum Fault {
    Registry(Arc<Error>),
    Damaged(String),
}

/// Sends the images that the plan sends, and tells what became of each, in the order of the plan.
///
/// # Errors
/// [`PushError::Damaged`] if a blob of the bundle is; then nothing was pushed.
pub async fn push_images(
    plan: &SyncPlan,
    contents: &Contents,
    registries: &Registries,
    options: &PushOptions,
    progress: &dyn Progress,
) -> Result<Vec<ImageResult>, PushError> {
    let parcels = parcels(plan, contents, registries);
    let run = Run {
        options,
        progress,
        tally: Arc::new(Tally::new(&parcels)),
        permits: Semaphore::new(options.connections.max(1)),
        open: stage::OpenUploads::default(),
        down: std::sync::Mutex::default(),
    };
    let staged = run.stage_all(&parcels).await?;
    let settled = join_all(
        parcels
            .iter()
            .zip(staged)
            .map(|(parcel, staged)| run.settle(parcel, staged)),
    )
    .await;
    let delivered: Delivered = parcels.iter().map(Parcel::key).zip(settled).collect();
    let images = plan.images.iter().map(|image| {
        let content = contents.images.get(image.digest.as_str());
        run.image(image, content, registries.get(&image.registry), &delivered)
    });
    Ok(join_all(images).await)
}

/// How each blob got into each repository, by registry and digest.
type Delivered = BTreeMap<(String, String), Result<BTreeMap<String, PushedBlob>, Fault>>;

struct Run<'r> {
    options: &'r PushOptions,
    progress: &'r dyn Progress,
    tally: Arc<Tally>,
    permits: Semaphore,
    open: stage::OpenUploads,
    /// Registries that have turned out to be beyond reach, and why.
    down: std::sync::Mutex<BTreeMap<String, Arc<Error>>>,
}

impl Run<'_> {
    /// Sends what is missing, up to the last step. A damaged blob ends it all, and takes back what was begun.
    async fn stage_all(&self, parcels: &[Parcel<'_>]) -> Result<Vec<Result<Staged, Fault>>, PushError> {
        let stages = parcels.iter().map(|parcel| async move {
            match self.stage(parcel).await {
                Err(Fault::Damaged(reason)) => Err(PushError::Damaged {
                    digest: parcel.blob.digest().clone(),
                    reason,
                }),
                other => Ok(other),
            }
        });
        let staged = try_join_all(stages).await;
        if staged.is_err() {
            self.take_back(parcels).await;
        }
        staged
    }

    async fn image(
        &self,
        image: &ImagePlan,
        content: Option<&Content>,
        registry: Option<&Registry>,
        delivered: &Delivered,
    ) -> ImageResult {
        let outcome = match (&image.action, content, registry) {
            (Action::Skip { .. } | Action::Create, ..) => Ok(Pushed::Skipped),
            (Action::Conflict, ..) | (_, None, _) => Err(PushError::Conflict {
                target: image.target.clone(),
            }),
            (.., None) => Err(PushError::UnknownRegistry {
                registry: image.registry.clone(),
            }),
            (_, Some(content), Some(registry)) => self.finish(image, content, registry, delivered).await,
        };
        let error = outcome.as_ref().err();
        self.progress.event(Event::Image {
            target: &image.target,
            error,
        });
        let target = image.target.clone();
        ImageResult { target, outcome }
    }

    /// The manifests, if all blobs are there.
    async fn finish(
        &self,
        image: &ImagePlan,
        content: &Content,
        registry: &Registry,
        delivered: &Delivered,
    ) -> Result<Pushed, PushError> {
        let mut ways: Vec<PushedBlob> = Vec::with_capacity(image.blobs.len());
        for digest in &image.blobs {
            let key = (image.registry.clone(), digest.to_string());
            match delivered.get(&key) {
                Some(Ok(repositories)) => ways.extend(repositories.get(&image.repository).copied()),
                Some(Err(fault)) => return Err(failure(image, format!("blob {digest}"), fault)),
                None => {}
            }
        }
        self.manifests(image, registry, content).await?;
        let count = |way| ways.iter().filter(|found| **found == way).count();
        Ok(Pushed::Done {
            sent: count(PushedBlob::Uploaded),
            mounted: count(PushedBlob::Mounted),
            existed: count(PushedBlob::Existed),
        })
    }

    /// The manifest under its tag; of a list, the listed ones first.
    async fn manifests(&self, image: &ImagePlan, registry: &Registry, content: &Content) -> Result<(), PushError> {
        let failed = |error: Error| failure(image, "the manifest".to_owned(), &Fault::Registry(Arc::new(error)));
        let _permit = self.permits.acquire().await.ok();
        for child in listed(content) {
            let descriptor = child.descriptor();
            let target = Target::Digest(descriptor.digest.clone());
            let sent = registry.put_manifest(&image.repository, &target, &descriptor.media_type, child.bytes());
            sent.await.map_err(failed)?;
        }
        let target = target_of(image).map_err(failed)?;
        let media_type = &content.descriptor().media_type;
        let sent = registry.put_manifest(&image.repository, &target, media_type, content.bytes());
        sent.await.map(drop).map_err(failed)
    }
}

fn target_of(image: &ImagePlan) -> Result<Target, Error> {
    match &image.tag {
        Some(tag) => Ok(Target::Tag(tag.parse()?)),
        None => Ok(Target::Digest(image.digest.clone())),
    }
}

/// What a list names, the innermost first.
fn listed(content: &Content) -> Vec<&Content> {
    let Content::Index(index) = content else {
        return Vec::new();
    };
    let children = index.children.iter().flat_map(|child| {
        let mut inner = listed(child);
        inner.push(child);
        inner
    });
    children.collect()
}

fn failure(image: &ImagePlan, what: String, fault: &Fault) -> PushError {
    match fault {
        Fault::Registry(source) => PushError::Registry {
            target: image.target.clone(),
            what,
            source: Arc::clone(source),
        },
        Fault::Damaged(reason) => PushError::Damaged {
            digest: image.digest.clone(),
            reason: reason.clone(),
        },
    }
}
