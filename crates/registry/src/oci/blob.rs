//! Blobs on their way in: checked while they stream, continued where they broke off.

use ironhelm_image::{Descriptor, Digest, Hasher};
use reqwest::header::RANGE;
use reqwest::{Method, StatusCode};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::{Registry, Scopes};
use crate::Error;
use crate::text::public;
use crate::transport::Response;

impl Registry {
    /// Whether the repository has the blob.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way.
    pub async fn blob_exists(&self, repository: &str, digest: &Digest) -> Result<bool, Error> {
        self.has_blob(repository, digest, &Scopes::pull(repository)).await
    }

    pub(super) async fn has_blob(&self, repository: &str, digest: &Digest, scopes: &Scopes) -> Result<bool, Error> {
        let url = self.url(repository, &format!("blobs/{digest}"))?;
        let response = self.call(self.request(Method::HEAD, url), scopes).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(false),
            _ => response.success(&Method::HEAD).await.map(|_| true),
        }
    }

    /// Writes the blob to `sink` while it arrives. The content is good only if this succeeds: digest and size are known
    /// at the end.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way; content with another digest, or more of it than described.
    pub async fn blob_to<W>(&self, repository: &str, blob: &Descriptor, sink: &mut W) -> Result<(), Error>
    where
        W: AsyncWrite + Unpin + Send,
    {
        let mut arrived = Arrived {
            hasher: Hasher::new(blob.digest.algorithm()),
            bytes: 0,
        };
        let mut attempt = 0;
        loop {
            let before = arrived.bytes;
            let Err(error) = self.continue_blob(repository, blob, sink, &mut arrived).await else {
                break;
            };
            if arrived.bytes > before {
                attempt = 0;
            }
            match self.inner.options.retry.wait(attempt, &error) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
            attempt += 1;
        }
        let url = self.url(repository, &format!("blobs/{}", blob.digest))?;
        sink.flush().await.map_err(|source| Error::Sink {
            url: public(&url),
            source,
        })?;
        let actual = arrived.hasher.finish();
        if actual == blob.digest {
            return Ok(());
        }
        Err(Error::Digest {
            url: public(&url),
            expected: blob.digest.to_string(),
            actual: actual.to_string(),
        })
    }

    /// The blob in memory, if it has at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// Like [`blob_to`](Self::blob_to), and [`Error::TooLarge`].
    pub async fn blob_bytes(&self, repository: &str, blob: &Descriptor, limit: u64) -> Result<Vec<u8>, Error> {
        if blob.size > limit {
            let url = self.url(repository, &format!("blobs/{}", blob.digest))?;
            return Err(Error::TooLarge {
                url: public(&url),
                limit,
            });
        }
        let mut bytes = Vec::new();
        self.blob_to(repository, blob, &mut bytes).await?;
        Ok(bytes)
    }

    async fn continue_blob<W>(
        &self,
        repository: &str,
        blob: &Descriptor,
        sink: &mut W,
        arrived: &mut Arrived,
    ) -> Result<(), Error>
    where
        W: AsyncWrite + Unpin + Send,
    {
        let url = self.url(repository, &format!("blobs/{}", blob.digest))?;
        let mut request = self.request(Method::GET, url);
        if arrived.bytes > 0 {
            request = request.header(RANGE, &format!("bytes={}-", arrived.bytes));
        }
        let response = self.call_once(request, &Scopes::pull(repository)).await?;
        let mut response = response.success(&Method::GET).await?;
        // A server that does not know ranges starts again.
        let skip = if response.status() == StatusCode::PARTIAL_CONTENT {
            0
        } else {
            arrived.bytes
        };
        response.refuse_html("a blob").await?;
        receive(&mut response, blob.size, skip, sink, arrived).await
    }
}

struct Arrived {
    hasher: Hasher,
    bytes: u64,
}

async fn receive<W>(
    response: &mut Response,
    size: u64,
    mut skip: u64,
    sink: &mut W,
    arrived: &mut Arrived,
) -> Result<(), Error>
where
    W: AsyncWrite + Unpin + Send,
{
    while let Some(mut chunk) = response.chunk().await? {
        let known = usize::try_from(skip).unwrap_or(usize::MAX).min(chunk.len());
        skip -= known as u64;
        let fresh = chunk.split_off(known);
        if arrived.bytes + fresh.len() as u64 > size {
            return Err(Error::TooLarge {
                url: public(response.url()),
                limit: size,
            });
        }
        arrived.hasher.update(&fresh);
        arrived.bytes += fresh.len() as u64;
        sink.write_all(&fresh).await.map_err(|source| Error::Sink {
            url: public(response.url()),
            source,
        })?;
    }
    if arrived.bytes < size {
        let reason = format!("{size} bytes were expected");
        return Err(Error::Truncated {
            url: public(response.url()),
            received: arrived.bytes,
            reason,
        });
    }
    Ok(())
}
