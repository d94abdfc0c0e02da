//! Carrying out a plan: one upload, tags, and a look whether docker knows the names now.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::sync::{mpsc, watch};

use super::answer::Answer;
use super::archive::{Member, Packed, Unwritten, members, write};
use super::client::{Client, broken};
use super::{is_id_of, tagged_names};
use crate::error::Error;
use crate::images::BlobSource;
use crate::plan::{ImagePlan, LoadOptions, LoadOutcome, LoadPlan, NameAction};
use crate::progress::{Meter, Part, Progress};

/// An upload starts from the beginning each time: not as often as a blob that resumes.
const MOST_ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn load(
    client: &Client,
    plan: &LoadPlan,
    source: &Arc<dyn BlobSource>,
    options: &LoadOptions,
    progress: &dyn Progress,
) -> Result<LoadOutcome, Error> {
    let changed: Vec<&ImagePlan> = plan.images.iter().filter(|image| !image.is_present()).collect();
    upload(client, plan, source, options, progress).await?;
    for image in changed {
        finish_image(client, image).await?;
        progress.image(&image.outcome());
    }
    Ok(plan.outcome())
}

async fn upload(
    client: &Client,
    plan: &LoadPlan,
    source: &Arc<dyn BlobSource>,
    options: &LoadOptions,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let packed: Vec<Packed<'_>> = plan
        .images
        .iter()
        .filter(|image| !image.missing.is_empty())
        .map(|plan| Packed {
            image: &plan.image,
            names: tagged_names(&plan.image).collect(),
        })
        .collect();
    if packed.is_empty() {
        return Ok(());
    }
    let members = Arc::new(members(&packed));
    let meter = Meter::new(plan.bytes(), progress);
    let mut part = meter.part();
    let mut attempt = 1;
    loop {
        match upload_once(client, &members, source, &mut part).await {
            Err(Error::DockerBroken { source, .. }) if attempt < options.attempts.min(MOST_ATTEMPTS) => {
                attempt += 1;
                part.retrying("upload", attempt, &source.to_string());
                tokio::time::sleep(PAUSE).await;
            }
            result => return result,
        }
    }
}

/// The reason why the archive ended early, left by the thread that writes it.
type Unreadable = Arc<Mutex<Option<Error>>>;

async fn upload_once(
    client: &Client,
    members: &Arc<Vec<Member>>,
    source: &Arc<dyn BlobSource>,
    part: &mut Part<'_>,
) -> Result<(), Error> {
    let (sent, mut watched) = watch::channel(0);
    let unreadable = Unreadable::default();
    let pieces = spawn_writer(Arc::clone(members), Arc::clone(source), sent, Arc::clone(&unreadable));
    let frames = stream::unfold(pieces, |mut pieces| async move {
        pieces.recv().await.map(|piece| (piece.map(Frame::data), pieces))
    });
    let talk = talk(client, StreamBody::new(frames));
    let mut talk = std::pin::pin!(talk);
    let result = loop {
        tokio::select! {
            result = &mut talk => break result,
            Ok(()) = watched.changed() => part.reached(*watched.borrow_and_update()),
        }
    };
    if let Some(error) = unreadable.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(error);
    }
    part.reached(*watched.borrow_and_update());
    result
}

/// Sends the archive and reads the answer to its end.
async fn talk<S>(client: &Client, archive: StreamBody<S>) -> Result<(), Error>
where
    S: futures::Stream<Item = std::io::Result<Frame<Bytes>>> + Send + 'static,
{
    let mut answering = client.upload(archive).await?;
    let mut answer = Answer::default();
    while let Some(frame) = answering.response.body_mut().frame().await {
        let frame = frame.map_err(|source| broken("POST /images/load", Box::new(source)))?;
        answer.take(frame.data_ref().map_or(&[], |data| data));
    }
    match answer.failure() {
        Some(message) => Err(Error::DockerLoad { message }),
        None => Ok(()),
    }
}

/// Writes the archive on a thread that may block; it ends with the receiver.
fn spawn_writer(
    members: Arc<Vec<Member>>,
    source: Arc<dyn BlobSource>,
    sent: watch::Sender<u64>,
    unreadable: Unreadable,
) -> mpsc::Receiver<std::io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        let ended = write(&members, &*source, &mut |piece, blob_bytes| {
            let taken = piece.is_empty() || sender.blocking_send(Ok(piece)).is_ok();
            sent.send_modify(|count| *count += blob_bytes);
            taken
        });
        if let Err(Unwritten::Unreadable(digest, source)) = ended {
            *unreadable.lock().unwrap_or_else(PoisonError::into_inner) = Some(Error::Read { digest, source });
            // A body that ends with an error is cut off: docker must not take a short archive for a whole one.
            let _ = sender.blocking_send(Err(std::io::ErrorKind::UnexpectedEof.into()));
        }
    });
    receiver
}

async fn finish_image(client: &Client, plan: &ImagePlan) -> Result<(), Error> {
    if plan.missing.is_empty() {
        let id = client.present_id(&plan.image).await?;
        let id = id.unwrap_or_else(|| plan.image.config.digest.clone());
        for name in plan.changed_names() {
            client.tag(&id, &name.name).await?;
        }
    }
    for name in plan.names.iter().filter(|name| name.action != NameAction::Keep) {
        let found = client.image_id(&name.name).await?;
        if !found.is_some_and(|id| is_id_of(&id, &plan.image)) {
            return Err(Error::NotLoaded {
                name: name.name.clone(),
            });
        }
    }
    Ok(())
}
