//! A blob on its way: looked for, mounted, sent, and at last let in.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use ironhelm_image::Window;
use ironhelm_registry::Error;
use ironhelm_registry::oci::{Mount, PushedBlob, UploadSession};

use super::checked::Checked;
use super::parcel::Parcel;
use super::{Fault, Run};

/// Smaller blobs go in the request that closes the upload, and are hashed before.
const SMALL: u64 = 1 << 20;
/// How often progress is told while bytes travel.
const TICK: Duration = Duration::from_millis(100);

/// How far a blob has come.
pub(super) enum Staged {
    /// The first repository has it.
    There(PushedBlob),
    /// All of it is sent, the upload waits to be closed.
    Open(UploadSession, Window),
    /// It is small and right.
    Ready,
}

/// Uploads that are open, by their labels.
#[derive(Default)]
pub(super) struct OpenUploads(Mutex<BTreeMap<String, UploadSession>>);

impl OpenUploads {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, UploadSession>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run<'_> {
    /// Brings the blob to the first repository, but for the last step.
    pub(super) async fn stage(&self, parcel: &Parcel<'_>) -> Result<Staged, Fault> {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await.ok();
        self.check_up(&parcel.host)?;
        let staged = self
            .place(parcel)
            .await
            .map_err(|fault| self.mark_down(parcel, fault))?;
        if let Staged::There(_) = staged {
            self.tally.add(parcel.blob.size());
        }
        self.tally.tell(self.progress);
        Ok(staged)
    }

    async fn place(&self, parcel: &Parcel<'_>) -> Result<Staged, Fault> {
        let (registry, repository, digest) = (parcel.registry, parcel.first(), parcel.blob.digest());
        if registry.blob_exists(repository, digest).await.map_err(registry_fault)? {
            return Ok(Staged::There(PushedBlob::Existed));
        }
        let mut session = None;
        if let Some(from) = parcel.holders.first() {
            match registry
                .mount_blob(repository, digest, from)
                .await
                .map_err(registry_fault)?
            {
                Mount::Mounted => return Ok(Staged::There(PushedBlob::Mounted)),
                Mount::Begun(begun) => session = Some(begun),
            }
        }
        let checked = Arc::new(Checked::new(&parcel.blob, Arc::clone(&self.tally)));
        if parcel.blob.size() <= SMALL {
            return finished(checked).await.map(|()| Staged::Ready);
        }
        let session = match session {
            Some(session) => session,
            None => self.session(parcel).await.map_err(registry_fault)?,
        };
        let window = Window::new(Arc::clone(&checked));
        let session = self.send(parcel, &window, session).await?;
        // An upload that was taken up may have been complete.
        finished(checked).await?;
        Ok(Staged::Open(session, parcel.blob.window().clone()))
    }

    /// The upload that an earlier process left, or a new one.
    async fn session(&self, parcel: &Parcel<'_>) -> Result<UploadSession, Error> {
        let journal = self.options.journal.as_ref();
        if let Some(location) = journal.and_then(|journal| journal.location(&parcel.label())) {
            let left = parcel.registry.reopen(parcel.first(), &location).await.ok().flatten();
            if let Some(session) = left.filter(|session| session.offset() <= parcel.blob.size()) {
                return Ok(session);
            }
        }
        parcel.registry.begin_upload(parcel.first()).await
    }

    async fn send(&self, parcel: &Parcel<'_>, window: &Window, session: UploadSession) -> Result<UploadSession, Fault> {
        let label = parcel.label();
        let note = |session: &UploadSession| {
            self.open.lock().insert(label.clone(), session.clone());
            if let Some(journal) = &self.options.journal {
                journal.note(&label, session.location());
            }
        };
        let sent = parcel.registry.stage(parcel.first(), window, session, &note);
        self.ticking(sent).await.map_err(registry_fault)
    }

    /// Lets the blob into the first repository, and from there into the others.
    pub(super) async fn settle(
        &self,
        parcel: &Parcel<'_>,
        staged: Result<Staged, Fault>,
    ) -> Result<BTreeMap<String, PushedBlob>, Fault> {
        let way = self.let_in(parcel, staged?).await?;
        let mut ways = BTreeMap::from([(parcel.first().to_owned(), way)]);
        for repository in parcel.wanted.iter().skip(1) {
            let _permit = self.permits.acquire().await.ok();
            let (descriptor, window) = (parcel.blob.descriptor(), parcel.blob.window());
            let registry = parcel.registry;
            let way = match registry
                .mount_blob(repository, &descriptor.digest, parcel.first())
                .await
            {
                Ok(Mount::Mounted) => PushedBlob::Mounted,
                Ok(Mount::Begun(session)) => {
                    let sent = registry.upload(repository, &descriptor.digest, window, session).await;
                    sent.map_err(registry_fault)?
                }
                Err(error) => return Err(registry_fault(error)),
            };
            ways.insert(repository.clone(), way);
        }
        Ok(ways)
    }

    async fn let_in(&self, parcel: &Parcel<'_>, staged: Staged) -> Result<PushedBlob, Fault> {
        let (registry, repository, digest) = (parcel.registry, parcel.first(), parcel.blob.digest());
        let _permit = self.permits.acquire().await.ok();
        match staged {
            Staged::There(way) => return Ok(way),
            Staged::Open(session, window) => {
                let closed = registry.commit(repository, digest, &window, session).await;
                closed.map_err(registry_fault)?;
                self.open.lock().remove(&parcel.label());
                if let Some(journal) = &self.options.journal {
                    journal.forget(&parcel.label());
                }
            }
            Staged::Ready => {
                let session = registry.begin_upload(repository).await.map_err(registry_fault)?;
                let sent = registry.upload(repository, digest, parcel.blob.window(), session).await;
                sent.map_err(registry_fault)?;
            }
        }
        Ok(PushedBlob::Uploaded)
    }

    /// Gives up all uploads that are open.
    pub(super) async fn take_back(&self, parcels: &[Parcel<'_>]) {
        let open = std::mem::take(&mut *self.open.lock());
        for parcel in parcels {
            let label = parcel.label();
            let Some(session) = open.get(&label) else { continue };
            // Registries forget uploads by themselves, too.
            let _ = parcel.registry.abandon(parcel.first(), session).await;
            if let Some(journal) = &self.options.journal {
                journal.forget(&label);
            }
        }
    }

    /// Fails at once if the registry is known to be beyond reach.
    fn check_up(&self, host: &str) -> Result<(), Fault> {
        let down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        down.get(host)
            .map_or(Ok(()), |error| Err(Fault::Registry(Arc::clone(error))))
    }

    /// After all that was tried, the other blobs need not try as long.
    fn mark_down(&self, parcel: &Parcel<'_>, fault: Fault) -> Fault {
        if let Fault::Registry(error) = &fault
            && is_down(error)
        {
            let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
            down.entry(parcel.host.clone()).or_insert_with(|| Arc::clone(error));
        }
        fault
    }

    /// Tells progress while the work is done.
    async fn ticking<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work.fuse());
        loop {
            match tokio::time::timeout(TICK, &mut work).await {
                Ok(done) => return done,
                Err(_) => self.tally.tell(self.progress),
            }
        }
    }
}

/// Whether other requests would fail for the same reason.
fn is_down(error: &Error) -> bool {
    error.is_transient()
        || matches!(error, Error::UnknownHost { .. } | Error::Tls { .. })
        || error.status() == Some(401)
}

async fn finished(checked: Arc<Checked>) -> Result<(), Fault> {
    let hashed = tokio::task::spawn_blocking(move || checked.finish()).await;
    match hashed {
        Ok(Ok(())) => Ok(()),
        Ok(Err(reason)) => Err(Fault::Damaged(reason)),
        Err(error) => Err(Fault::Damaged(error.to_string())),
    }
}

fn registry_fault(error: Error) -> Fault {
    match &error {
        Error::Source { source, .. }
            if matches!(source.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
        {
            Fault::Damaged(source.to_string())
        }
        _ => Fault::Registry(Arc::new(error)),
    }
}
