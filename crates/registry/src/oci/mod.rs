//! A client of the OCI distribution protocol.
//!
//! A [`Registry`] is one host; it is cheap to clone, and clones share connections and tokens. Whom it shows credentials:
//! the registry's own origin, and a token server that may have them (see [`RegistryOptions::trusted_realms`]). Upload
//! locations and redirects that lead elsewhere get none.

mod auth;
mod blob;
mod challenge;
mod manifest;
mod realm;
mod retry;
mod tags;
mod upload;

use std::fmt;
use std::sync::Arc;

use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{Method, StatusCode, Url};

use crate::reference::{check_registry, check_repository};
use crate::transport::{Request, Response};
use crate::{Credentials, Error, Origin, Transport};

use auth::{Auth, Scopes};
pub use manifest::FetchedManifest;
pub use retry::RetryPolicy;
pub use upload::{Mount, Note, PushedBlob, UploadSession};

/// How a registry is talked to.
#[derive(Debug, Clone, Default)]
pub struct RegistryOptions {
    /// Speak http instead of https.
    pub plain_http: bool,
    /// Who we are; nobody in particular if there are none.
    pub credentials: Option<Credentials>,
    /// Hosts of token servers that may have the credentials.
    ///
    /// Others may have them only if they are the registry's own origin, or speak https and are the registry's host or a
    /// sibling under the same registered domain (`registry-1.docker.io` and `auth.docker.io`).
    pub trusted_realms: Vec<String>,
    /// What happens after failures that may pass.
    pub retry: RetryPolicy,
    /// Upload in requests of at most this many bytes, for proxies that limit them.
    pub chunk_size: Option<u64>,
}

/// One registry.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Transport,
    base: Url,
    origin: Origin,
    options: RegistryOptions,
    auth: Auth,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registry({})", self.inner.origin)
    }
}

impl Registry {
    /// The registry at `host[:port]`.
    ///
    /// # Errors
    ///
    /// [`Error::Reference`] when that is not a host.
    pub fn new(host: &str, transport: Transport, options: RegistryOptions) -> Result<Self, Error> {
        let invalid = |reason: &str| Error::Reference {
            reference: crate::text::clean(host),
            reason: reason.to_owned(),
        };
        check_registry(host).map_err(invalid)?;
        // Docker: the Hub's API has another name than the Hub.
        let address = if matches!(host, "docker.io" | "index.docker.io") {
            "registry-1.docker.io"
        } else {
            host
        };
        let scheme = if options.plain_http { "http" } else { "https" };
        let base = Url::parse(&format!("{scheme}://{address}/v2/")).map_err(|error| invalid(&error.to_string()))?;
        let origin = Origin::of(&base).ok_or_else(|| invalid("invalid registry"))?;
        let inner = Inner {
            transport,
            base,
            origin,
            options,
            auth: Auth::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whom credentials are bound to.
    pub fn origin(&self) -> &Origin {
        &self.inner.origin
    }

    /// Whether this is a registry and knows us.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way; [`Error::Status`] with 401 for wrong credentials.
    pub async fn ping(&self) -> Result<(), Error> {
        let mut response = self
            .call(self.request(Method::GET, self.inner.base.clone()), &Scopes::none())
            .await?;
        response.refuse_html("a registry's answer").await?;
        response.success(&Method::GET).await.map(drop)
    }

    fn request(&self, method: Method, url: Url) -> Request {
        Request::new(method, url, crate::Access::anonymous())
    }

    /// `<base>/<repository>/<rest>`
    fn url(&self, repository: &str, rest: &str) -> Result<Url, Error> {
        let invalid = |reason: &str| Error::Reference {
            reference: crate::text::clean(repository),
            reason: reason.to_owned(),
        };
        check_repository(repository).map_err(invalid)?;
        self.inner
            .base
            .join(&format!("{repository}/{rest}"))
            .map_err(|error| invalid(&error.to_string()))
    }

    /// Sends a request with the credentials for `scopes`, and again after failures that may pass.
    async fn call(&self, request: Request, scopes: &Scopes) -> Result<Response, Error> {
        let mut attempt = 0;
        loop {
            let error = match self.call_once(request.clone(), scopes).await {
                Ok(response) if !is_transient(response.status()) => return Ok(response),
                Ok(response) => response.into_error(&request.method).await,
                Err(error) => error,
            };
            match self.inner.options.retry.wait(attempt, &error) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
            attempt += 1;
        }
    }

    /// Sends a request with the credentials for `scopes`; a refusal is answered once with fresh ones.
    async fn call_once(&self, mut request: Request, scopes: &Scopes) -> Result<Response, Error> {
        let inner = &*self.inner;
        request.access = inner.auth.access(inner, scopes).await?;
        let response = inner.transport.send(request.clone()).await?;
        if response.status() != StatusCode::UNAUTHORIZED || !inner.origin.contains(response.url()) {
            return Ok(response);
        }
        let challenges = response
            .headers()
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let challenge = challenge::choose(challenges);
        match inner.auth.renew(inner, scopes, challenge, &request.access).await? {
            Some(access) => {
                request.access = access;
                inner.transport.send(request).await
            }
            None => Ok(response),
        }
    }
}

fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}
