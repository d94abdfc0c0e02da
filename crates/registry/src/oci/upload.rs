//! Blobs on their way out: mounted, in one request, in chunks, and continued where they broke off.

use ironhelm_image::{Descriptor, Digest, Window};
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, LOCATION, RANGE};
use reqwest::{Method, StatusCode, Url};

use super::{Registry, Scopes};
use crate::Error;
use crate::text::{clean, public};
use crate::transport::{Request, Response};

/// Smaller blobs go in the request that closes the upload.
const SMALL: u64 = 1 << 20;

/// How a blob got into a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushedBlob {
    /// It was there.
    Existed,
    /// The registry took it from another repository.
    Mounted,
    /// It was sent.
    Uploaded,
}

/// What became of a wish to mount.
#[derive(Debug)]
pub enum Mount {
    /// The repository has the blob now.
    Mounted,
    /// The registry would rather have the bytes: here is an upload, already begun.
    Begun(UploadSession),
}

/// An upload that a registry has begun.
#[derive(Debug, Clone)]
pub struct UploadSession {
    location: Url,
    offset: u64,
}

/// Who is told how an upload stands.
pub type Note<'n> = dyn Fn(&UploadSession) + Send + Sync + 'n;

impl UploadSession {
    /// How many bytes the registry has.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Where the upload goes on; [`Registry::reopen`] takes it up again, also in another process.
    pub fn location(&self) -> &str {
        self.location.as_str()
    }
}

impl Registry {
    /// Brings a blob into `repository`: not at all if it is there, from the repository `from` if the registry can, else
    /// by sending `body`. An upload that breaks off goes on at the offset that the registry tells.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way.
    pub async fn push_blob(
        &self,
        repository: &str,
        blob: &Descriptor,
        body: &Window,
        from: Option<&str>,
    ) -> Result<PushedBlob, Error> {
        if self
            .has_blob(repository, &blob.digest, &Scopes::push(repository))
            .await?
        {
            return Ok(PushedBlob::Existed);
        }
        let session = match from {
            Some(from) => match self.mount_blob(repository, &blob.digest, from).await? {
                Mount::Mounted => return Ok(PushedBlob::Mounted),
                Mount::Begun(session) => session,
            },
            None => self.begin_upload(repository).await?,
        };
        self.upload(repository, &blob.digest, body, session).await
    }

    /// Asks the registry to take a blob from the repository `from`.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way.
    pub async fn mount_blob(&self, repository: &str, digest: &Digest, from: &str) -> Result<Mount, Error> {
        crate::reference::check_repository(from).map_err(|reason| Error::Reference {
            reference: clean(from),
            reason: reason.to_owned(),
        })?;
        let mut url = self.url(repository, "blobs/uploads/")?;
        url.query_pairs_mut()
            .append_pair("mount", digest.as_str())
            .append_pair("from", from);
        let scopes = Scopes::mount(repository, from);
        let response = match self.call(self.request(Method::POST, url), &scopes).await {
            Ok(response) if response.status() == StatusCode::CREATED => return Ok(Mount::Mounted),
            Ok(response) => response,
            // A token server that refuses the source refuses the mount, not the upload.
            Err(error) if matches!(error.status(), Some(401 | 403)) => {
                return self.begin_upload(repository).await.map(Mount::Begun);
            }
            Err(error) => return Err(error),
        };
        match response.status() {
            StatusCode::ACCEPTED => self.session(response).map(Mount::Begun),
            StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED => self.begin_upload(repository).await.map(Mount::Begun),
            _ => Err(response.into_error(&Method::POST).await),
        }
    }

    /// Begins an upload.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way.
    pub async fn begin_upload(&self, repository: &str) -> Result<UploadSession, Error> {
        let url = self.url(repository, "blobs/uploads/")?;
        let response = self
            .call(self.request(Method::POST, url), &Scopes::push(repository))
            .await?;
        let response = response.success(&Method::POST).await?;
        self.session(response)
    }

    /// Sends what the registry does not have yet, and closes the upload.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way.
    pub async fn upload(
        &self,
        repository: &str,
        digest: &Digest,
        body: &Window,
        session: UploadSession,
    ) -> Result<PushedBlob, Error> {
        self.upload_noting(repository, digest, body, session, &|_| ()).await
    }

    /// As [`upload`](Self::upload); `note` is told how the upload stands whenever the registry has taken a part of it.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way.
    pub async fn upload_noting(
        &self,
        repository: &str,
        digest: &Digest,
        body: &Window,
        mut session: UploadSession,
        note: &Note<'_>,
    ) -> Result<PushedBlob, Error> {
        let mut attempt = 0;
        loop {
            let before = session.offset;
            note(&session);
            let Err(error) = self.send_rest(repository, digest, body, &mut session, note).await else {
                return Ok(PushedBlob::Uploaded);
            };
            let Some(wait) = self.inner.options.retry.wait(attempt, &error) else {
                return Err(error);
            };
            tokio::time::sleep(wait).await;
            // The answer may have been lost, not the blob.
            if self.has_blob(repository, digest, &Scopes::push(repository)).await? {
                return Ok(PushedBlob::Uploaded);
            }
            session = self.continued(repository, body, &session).await?;
            attempt = if session.offset > before { 0 } else { attempt + 1 };
        }
    }

    /// Sends what the registry does not have yet and leaves the upload open: no repository has the blob before
    /// [`commit`](Self::commit). `note` is told how the upload stands whenever the registry has taken a part of it.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way.
    pub async fn stage(
        &self,
        repository: &str,
        body: &Window,
        mut session: UploadSession,
        note: &Note<'_>,
    ) -> Result<UploadSession, Error> {
        let mut attempt = 0;
        loop {
            let before = session.offset;
            note(&session);
            let Err(error) = self.send_open(repository, body, &mut session, note).await else {
                return Ok(session);
            };
            let retry = &self.inner.options.retry;
            match retry.wait(attempt, &error) {
                Some(wait) => tokio::time::sleep(wait).await,
                None if is_forgotten(&error) && attempt + 1 < retry.attempts => {}
                None => return Err(error),
            }
            session = self.continued(repository, body, &session).await?;
            attempt = if session.offset > before { 0 } else { attempt + 1 };
        }
    }

    /// Closes an upload that has all of `body`: now the repository has the blob. What the registry has lost meanwhile
    /// is sent again.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way.
    pub async fn commit(
        &self,
        repository: &str,
        digest: &Digest,
        body: &Window,
        session: UploadSession,
    ) -> Result<(), Error> {
        let Err(error) = self.close(repository, digest, &session, None).await else {
            return Ok(());
        };
        if !error.is_transient() && !is_forgotten(&error) {
            return Err(error);
        }
        if self.has_blob(repository, digest, &Scopes::push(repository)).await? {
            return Ok(());
        }
        let session = self.continued(repository, body, &session).await?;
        self.upload(repository, digest, body, session).await.map(drop)
    }

    /// Gives an open upload up; the registry forgets what it has of it.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way; an upload that is not known any more is no error.
    pub async fn abandon(&self, repository: &str, session: &UploadSession) -> Result<(), Error> {
        let request = self.request(Method::DELETE, session.location.clone());
        self.call_once(request, &Scopes::push(repository)).await.map(drop)
    }

    /// The same upload where the registry says that it stands, or a new one.
    async fn continued(
        &self,
        repository: &str,
        body: &Window,
        session: &UploadSession,
    ) -> Result<UploadSession, Error> {
        match self.resume(repository, session).await? {
            Some(session) if session.offset <= body.size() => Ok(session),
            _ => self.begin_upload(repository).await,
        }
    }

    /// Takes up the upload at `location`, which an earlier process left; `None` if it cannot go on.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way.
    pub async fn reopen(&self, repository: &str, location: &str) -> Result<Option<UploadSession>, Error> {
        let Some(location) = Url::parse(location).ok().filter(|url| self.inner.origin.contains(url)) else {
            return Ok(None);
        };
        self.resume(repository, &UploadSession { location, offset: 0 }).await
    }

    /// Where an upload stands, by the registry's own account; `None` if it knows nothing of it any more.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way.
    pub async fn resume(&self, repository: &str, session: &UploadSession) -> Result<Option<UploadSession>, Error> {
        let request = self.request(Method::GET, session.location.clone());
        let response = self.call(request, &Scopes::push(repository)).await?;
        if response.status() != StatusCode::NO_CONTENT {
            return Ok(None);
        }
        // `0-0` means one byte, or none: only a new upload is certain.
        let Some(offset) = received(&response).filter(|offset| *offset > 1) else {
            return Ok(None);
        };
        let location = self.location(&response)?.unwrap_or_else(|| session.location.clone());
        Ok(Some(UploadSession { location, offset }))
    }

    async fn send_rest(
        &self,
        repository: &str,
        digest: &Digest,
        body: &Window,
        session: &mut UploadSession,
        note: &Note<'_>,
    ) -> Result<(), Error> {
        let chunk_size = self.inner.options.chunk_size.filter(|size| *size > 0);
        let rest = body.size() - session.offset;
        if session.offset == 0 && rest <= chunk_size.unwrap_or(SMALL).min(SMALL) {
            return self.close(repository, digest, session, Some(body.clone())).await;
        }
        self.send_open(repository, body, session, note).await?;
        self.close(repository, digest, session, None).await
    }

    async fn send_open(
        &self,
        repository: &str,
        body: &Window,
        session: &mut UploadSession,
        note: &Note<'_>,
    ) -> Result<(), Error> {
        let chunk_size = self.inner.options.chunk_size.filter(|size| *size > 0);
        while session.offset < body.size() {
            let length = (body.size() - session.offset).min(chunk_size.unwrap_or(u64::MAX));
            self.send_chunk(repository, body, session, length).await?;
            note(session);
        }
        Ok(())
    }

    async fn send_chunk(
        &self,
        repository: &str,
        body: &Window,
        session: &mut UploadSession,
        length: u64,
    ) -> Result<(), Error> {
        let end = session.offset + length;
        let Some(part) = body.slice(session.offset, length) else {
            return Err(protocol(&session.location, "an upload larger than the blob"));
        };
        let mut request = self
            .request(Method::PATCH, session.location.clone())
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(part);
        if session.offset > 0 || end < body.size() {
            request = request.header(CONTENT_RANGE, &format!("{}-{}", session.offset, end - 1));
        }
        let response = self.succeed(request, repository).await?;
        session.offset = match received(&response) {
            Some(offset) if offset > end => {
                return Err(protocol(
                    &session.location,
                    "the registry has more bytes than were sent",
                ));
            }
            Some(offset) if offset > session.offset.max(1) => offset,
            // Some registries accept and do not count.
            _ => end,
        };
        if let Some(location) = self.location(&response)? {
            session.location = location;
        }
        Ok(())
    }

    async fn close(
        &self,
        repository: &str,
        digest: &Digest,
        session: &UploadSession,
        body: Option<Window>,
    ) -> Result<(), Error> {
        let mut url = session.location.clone();
        url.query_pairs_mut().append_pair("digest", digest.as_str());
        let mut request = self
            .request(Method::PUT, url)
            .header(CONTENT_TYPE, "application/octet-stream");
        if let Some(body) = body {
            request = request.body(body);
        }
        self.succeed(request, repository).await.map(drop)
    }

    /// Sends once: what follows a failure of an upload is decided by its caller.
    async fn succeed(&self, request: Request, repository: &str) -> Result<Response, Error> {
        let method = request.method.clone();
        let response = self.call_once(request, &Scopes::push(repository)).await?;
        response.success(&method).await
    }

    fn session(&self, response: Response) -> Result<UploadSession, Error> {
        match self.location(&response)? {
            Some(location) => Ok(UploadSession { location, offset: 0 }),
            None => Err(protocol(response.url(), "an upload was begun without saying where")),
        }
    }

    /// Where the upload goes on. It may be another server, which then gets no credentials.
    fn location(&self, response: &Response) -> Result<Option<Url>, Error> {
        let Some(location) = response.header(&LOCATION) else {
            return Ok(None);
        };
        let refused = |reason: &str| Error::BadRedirect {
            url: public(response.url()),
            location: clean(location.split('?').next().unwrap_or_default()),
            reason: reason.to_owned(),
        };
        let target = response
            .url()
            .join(location)
            .map_err(|error| refused(&error.to_string()))?;
        let target = self.on_this_registry(target);
        if self.inner.origin.is_https() && target.scheme() != "https" {
            return Err(refused("it would leave https"));
        }
        if crate::Origin::of(&target).is_none() {
            return Err(refused("only http and https with a host are fetched"));
        }
        Ok(Some(target))
    }

    /// Registries behind a proxy that ends TLS often call themselves `http://` on the same host.
    pub(super) fn on_this_registry(&self, mut target: Url) -> Url {
        let base = &self.inner.base;
        let default_port = target.port().is_none() || target.port() == base.port();
        if base.scheme() == "https" && target.scheme() == "http" && target.host_str() == base.host_str() && default_port
        {
            // Both succeed for http URLs with a host.
            let _ = target.set_scheme("https");
            let _ = target.set_port(base.port());
        }
        let _ = target.set_username("");
        let _ = target.set_password(None);
        target
    }
}

/// Whether the registry knows nothing of the upload, or counts otherwise.
fn is_forgotten(error: &Error) -> bool {
    matches!(error.status(), Some(404 | 416))
}

/// `Range: 0-<last>` as a count of bytes. Docker: `0-0` is sent for none as well.
fn received(response: &Response) -> Option<u64> {
    let range = response.header(&RANGE)?.trim();
    let range = range.strip_prefix("bytes=").unwrap_or(range);
    let (first, last) = range.split_once('-')?;
    if first.trim() != "0" {
        None
    } else {
        last.trim().parse::<u64>().ok()?.checked_add(1)
    }
}

fn protocol(url: &Url, reason: &str) -> Error {
    Error::Protocol {
        url: public(url),
        reason: reason.to_owned(),
    }
}
