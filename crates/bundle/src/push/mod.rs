//! Images into registries.
//!
//! Blobs of all images travel side by side over a bounded number of connections, each distinct one once for each registry:
//! it is asked for before it is read, and other repositories of the registry mount it. A manifest follows when all that it
//! names is there. What the registry client tries again, waits for or takes up after a break is its own business; an
//! upload that a process leaves behind is taken up by the next one through the journal.

mod journal;
mod progress;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::{join_all, try_join_all};
use ironhelm_image::{Blob, Content, Descriptor, Window};
use ironhelm_registry::oci::{PushedBlob, UploadSession};
use ironhelm_registry::reference::Target;
use ironhelm_registry::{Error, Registry};
use tokio::sync::{OnceCell, Semaphore};

pub use journal::Journal;
pub use progress::{Event, Progress, Silent};

use crate::plan::{Action, Contents, ImagePlan, Observations, SyncPlan, TagState};
use progress::counted;

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

/// Asks the registries what the names of the plan lead to.
pub async fn observe_images(plan: &SyncPlan, registries: &Registries, connections: usize) -> Observations {
    let permits = Semaphore::new(connections.max(1));
    let states = join_all(plan.images.iter().map(|image| async {
        // The semaphore is never closed.
        let _permit = permits.acquire().await.ok();
        (image.target.clone(), tag_state(image, registries).await)
    }));
    Observations {
        tags: states.await.into_iter().collect(),
        ..Observations::default()
    }
}

async fn tag_state(image: &ImagePlan, registries: &Registries) -> TagState {
    let unknown = |reason: String| TagState::Unknown { reason };
    let Some(registry) = registries.get(&image.registry) else {
        return unknown(format!("no connection to {} was set up", image.registry));
    };
    let target = match target_of(image) {
        Ok(target) => target,
        Err(error) => return unknown(error.to_string()),
    };
    match registry.resolve(&image.repository, &target).await {
        Ok(Some(found)) => TagState::Present { digest: found.digest },
        Ok(None) => TagState::Absent,
        // Harbor: a project that is not there is "not found" to some, "unauthorized" to others.
        Err(error) if error.status() == Some(404) => TagState::Absent,
        Err(error) => unknown(error.to_string()),
    }
}

fn target_of(image: &ImagePlan) -> Result<Target, Error> {
    match &image.tag {
        Some(tag) => Ok(Target::Tag(tag.parse()?)),
        None => Ok(Target::Digest(image.digest.clone())),
    }
}

/// Sends the images that the plan sends, and tells what became of each, in the order of the plan.
pub async fn push_images(
    plan: &SyncPlan,
    contents: &Contents,
    registries: &Registries,
    options: &PushOptions,
    progress: &dyn Progress,
) -> Vec<ImageResult> {
    let run = Run {
        registries,
        options,
        progress,
        permits: Semaphore::new(options.connections.max(1)),
        delivered: plan.blobs.iter().flat_map(places).collect(),
    };
    join_all(
        plan.images
            .iter()
            .map(|image| run.image(image, contents.images.get(image.digest.as_str()))),
    )
    .await
}

/// A blob in a registry.
type Place = (String, String);

fn places(blob: &crate::plan::BlobPlan) -> impl Iterator<Item = (Place, Delivered)> {
    let registries = blob
        .repositories
        .iter()
        .filter_map(|repository| repository.split('/').next());
    registries.map(|registry| ((registry.to_owned(), blob.digest.to_string()), OnceCell::new()))
}

/// The repository that has the blob, once one has it; or why none could get it.
type Delivered = OnceCell<Result<String, Arc<Error>>>;

struct Run<'r> {
    registries: &'r Registries,
    options: &'r PushOptions,
    progress: &'r dyn Progress,
    permits: Semaphore,
    delivered: BTreeMap<Place, Delivered>,
}

impl Run<'_> {
    async fn image(&self, image: &ImagePlan, content: Option<&Content>) -> ImageResult {
        let outcome = match (&image.action, content) {
            (Action::Skip { .. } | Action::Create, _) => Ok(Pushed::Skipped),
            (Action::Conflict, _) | (_, None) => Err(PushError::Conflict {
                target: image.target.clone(),
            }),
            (Action::Push | Action::Replace { .. }, Some(content)) => self.send(image, content).await,
        };
        self.progress.event(Event::Image {
            target: &image.target,
            error: outcome.as_ref().err(),
        });
        let target = image.target.clone();
        ImageResult { target, outcome }
    }

    async fn send(&self, image: &ImagePlan, content: &Content) -> Result<Pushed, PushError> {
        let Some(registry) = self.registries.get(&image.registry) else {
            let registry = image.registry.clone();
            return Err(PushError::UnknownRegistry { registry });
        };
        let images = content.images();
        let mut blobs: Vec<&Blob> = Vec::new();
        for blob in images.iter().flat_map(|image| image.blobs()) {
            if !blobs.iter().any(|known| known.digest() == blob.digest()) {
                blobs.push(blob);
            }
        }
        let ways = try_join_all(blobs.iter().map(|blob| self.deliver(image, registry, blob))).await?;
        self.manifests(image, registry, content).await?;
        let count = |way| ways.iter().filter(|found| **found == way).count();
        Ok(Pushed::Done {
            sent: count(PushedBlob::Uploaded),
            mounted: count(PushedBlob::Mounted),
            existed: count(PushedBlob::Existed),
        })
    }

    /// Brings a blob into the image's repository.
    async fn deliver(&self, image: &ImagePlan, registry: &Registry, blob: &Blob) -> Result<PushedBlob, PushError> {
        let failed = |source: Arc<Error>| failure(image, format!("blob {}", blob.digest()), source);
        let place = (image.registry.clone(), blob.digest().to_string());
        let Some(cell) = self.delivered.get(&place) else {
            return self
                .transfer(image, registry, blob, None)
                .await
                .map_err(|error| failed(Arc::new(error)));
        };
        let mut way = PushedBlob::Existed;
        let first = cell.get_or_init(|| async {
            way = self.transfer(image, registry, blob, None).await.map_err(Arc::new)?;
            Ok(image.repository.clone())
        });
        match first.await {
            Ok(repository) if *repository == image.repository => Ok(way),
            Ok(repository) => {
                let moved = self.transfer(image, registry, blob, Some(repository)).await;
                moved.map_err(|error| failed(Arc::new(error)))
            }
            Err(error) => Err(failed(Arc::clone(error))),
        }
    }

    /// One blob into one repository; at most as many at once as there are connections.
    async fn transfer(
        &self,
        image: &ImagePlan,
        registry: &Registry,
        blob: &Blob,
        from: Option<&String>,
    ) -> Result<PushedBlob, Error> {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await.ok();
        let digest = blob.digest().as_str();
        self.progress.event(Event::BlobStarted {
            digest,
            size: blob.size(),
        });
        let way = self.send_blob((image, registry), blob, from).await?;
        self.progress.event(Event::BlobDone {
            digest,
            size: blob.size(),
            way,
        });
        Ok(way)
    }

    async fn send_blob(
        &self,
        (image, registry): (&ImagePlan, &Registry),
        blob: &Blob,
        from: Option<&String>,
    ) -> Result<PushedBlob, Error> {
        let (repository, digest) = (image.repository.as_str(), blob.digest());
        let descriptor: &Descriptor = blob.descriptor();
        let window: Window = counted(blob, self.progress);
        let journal = self.options.journal.as_ref();
        let Some(journal) = journal.filter(|_| from.is_none()) else {
            return registry
                .push_blob(repository, descriptor, &window, from.map(String::as_str))
                .await;
        };
        if registry.blob_exists(repository, digest).await? {
            return Ok(PushedBlob::Existed);
        }
        let key = format!("{}/{repository}@{digest}", image.registry);
        let left = match journal.location(&key) {
            Some(location) => registry.reopen(repository, &location).await.ok().flatten(),
            None => None,
        };
        let session = match left.filter(|session| session.offset() <= blob.size()) {
            Some(session) => session,
            None => registry.begin_upload(repository).await?,
        };
        let note = |session: &UploadSession| journal.note(&key, session.location());
        let way = registry
            .upload_noting(repository, digest, &window, session, &note)
            .await?;
        journal.forget(&key);
        Ok(way)
    }

    /// The manifest under its tag; of a list, the listed ones first.
    async fn manifests(&self, image: &ImagePlan, registry: &Registry, content: &Content) -> Result<(), PushError> {
        let failed = |error: Error| failure(image, "the manifest".to_owned(), Arc::new(error));
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

fn failure(image: &ImagePlan, what: String, source: Arc<Error>) -> PushError {
    let target = image.target.clone();
    PushError::Registry { target, what, source }
}
