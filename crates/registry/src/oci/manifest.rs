//! Manifests: found, fetched, checked and put.

use ironhelm_image::{Descriptor, Digest, Hasher, Manifest, MediaType, Window};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use reqwest::{Method, StatusCode};

use super::{Registry, Scopes};
use crate::Error;
use crate::reference::Target;
use crate::text::public;
use crate::transport::{Request, Response};

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// A manifest with the very bytes that its digest is of.
#[derive(Debug, Clone)]
pub struct FetchedManifest {
    /// Media type, digest and size.
    pub descriptor: Descriptor,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What they say.
    pub manifest: Manifest,
}

impl Registry {
    /// What `target` is, without fetching it; `None` if there is nothing.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way.
    pub async fn resolve(&self, repository: &str, target: &Target) -> Result<Option<Descriptor>, Error> {
        let response = self
            .call(
                self.manifest_request(Method::HEAD, repository, target)?,
                &Scopes::pull(repository),
            )
            .await?;
        match response.status() {
            StatusCode::NOT_FOUND => return Ok(None),
            status if status.is_success() => {}
            // A HEAD has no body: GET tells why.
            _ => return Ok(Some(self.manifest(repository, target).await?.descriptor)),
        }
        match announced(&response, target) {
            Some(descriptor) => Ok(Some(descriptor)),
            None => Ok(Some(self.manifest(repository, target).await?.descriptor)),
        }
    }

    /// The manifest that `target` names, checked against its digest.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way; documents that are no manifests, or ambiguous ones.
    pub async fn manifest(&self, repository: &str, target: &Target) -> Result<FetchedManifest, Error> {
        let request = self.manifest_request(Method::GET, repository, target)?;
        let response = self.call(request, &Scopes::pull(repository)).await?;
        let mut response = response.success(&Method::GET).await?;
        response.refuse_html("a manifest").await?;
        let url = public(response.url());
        let declared = media_type(&response).filter(|kind| kind.is_manifest() || kind.is_index());
        let promised = content_digest(&response);
        let bytes = response.bytes(Manifest::MAX_SIZE).await?;
        let digest = match target {
            Target::Digest(expected) => checked(&url, &bytes, expected)?,
            Target::Tag(_) => match &promised {
                Some(expected) => checked(&url, &bytes, expected)?,
                None => Digest::sha256(&bytes),
            },
        };
        let manifest = Manifest::parse(&bytes, declared.as_ref()).map_err(|error| Error::Protocol {
            url,
            reason: error.to_string(),
        })?;
        let descriptor = Descriptor::new(manifest.media_type().clone(), digest, bytes.len() as u64);
        Ok(FetchedManifest {
            descriptor,
            bytes,
            manifest,
        })
    }

    /// Puts a manifest under `target`; its digest.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way; a registry that made other content of it.
    pub async fn put_manifest(
        &self,
        repository: &str,
        target: &Target,
        media_type: &MediaType,
        bytes: &[u8],
    ) -> Result<Digest, Error> {
        let url = self.url(repository, &format!("manifests/{target}"))?;
        let request = self
            .request(Method::PUT, url.clone())
            .header(CONTENT_TYPE, media_type.as_str())
            .body(Window::from_bytes(bytes));
        let response = self.call(request, &Scopes::push(repository)).await?;
        let response = response.success(&Method::PUT).await?;
        let digest = Digest::sha256(bytes);
        match content_digest(&response) {
            Some(other) if other != digest && other.algorithm() == digest.algorithm() => Err(Error::Digest {
                url: public(&url),
                expected: digest.to_string(),
                actual: other.to_string(),
            }),
            _ => Ok(digest),
        }
    }

    fn manifest_request(&self, method: Method, repository: &str, target: &Target) -> Result<Request, Error> {
        let kinds = [
            MediaType::OCI_MANIFEST,
            MediaType::OCI_INDEX,
            MediaType::DOCKER_MANIFEST,
            MediaType::DOCKER_INDEX,
        ];
        let accept = kinds.iter().map(MediaType::as_str).collect::<Vec<_>>().join(", ");
        Ok(self
            .request(method, self.url(repository, &format!("manifests/{target}"))?)
            .header(ACCEPT, &accept))
    }
}

fn media_type(response: &Response) -> Option<MediaType> {
    let value = response.header(&CONTENT_TYPE)?;
    value.split(';').next()?.trim().to_owned().try_into().ok()
}

fn content_digest(response: &Response) -> Option<Digest> {
    response.header(&CONTENT_DIGEST)?.parse().ok()
}

/// What the headers of a HEAD say, if they say enough.
fn announced(response: &Response, target: &Target) -> Option<Descriptor> {
    let kind = media_type(response).filter(|kind| kind.is_manifest() || kind.is_index())?;
    let digest = content_digest(response)?;
    if matches!(target, Target::Digest(wanted) if *wanted != digest) {
        return None;
    }
    Some(Descriptor::new(kind, digest, response.content_length()?))
}

fn checked(url: &str, bytes: &[u8], expected: &Digest) -> Result<Digest, Error> {
    let mut hasher = Hasher::new(expected.algorithm());
    hasher.update(bytes);
    let actual = hasher.finish();
    if actual == *expected {
        return Ok(actual);
    }
    Err(Error::Digest {
        url: url.to_owned(),
        expected: expected.to_string(),
        actual: actual.to_string(),
    })
}
