//! [`Remote`] over the project's own HTTP transport.

use futures::future::BoxFuture;
use ironhelm_registry::transport::{Identity, Pem};
use ironhelm_registry::{
    Access as Grant, CredentialStore, Credentials as Secret, Error, OciReference, Origin, Registry, RegistryOptions,
    Transport, TransportOptions, chart,
};
use url::Url;

use crate::remote::{Access, Fetched, OciChart, Remote, RemoteError, Request, Tls};
use crate::text::foreign;

/// Fetches from repositories and registries.
#[derive(Debug, Clone, Default)]
pub struct HttpRemote {
    /// Proxies, timeouts and whom to trust; what a request says of TLS comes on top.
    pub transport: TransportOptions,
    /// How registries are talked to; credentials of a request win over those of the store.
    pub registry: RegistryOptions,
    /// The logins to registries.
    pub logins: CredentialStore,
}

impl HttpRemote {
    async fn registry_of(&self, reference: &str, access: &Access) -> Result<(Registry, OciReference), Error> {
        let reference: OciReference = format!("oci://{reference}").parse()?;
        let registry = self.registry(reference.registry(), access).await?;
        Ok((registry, reference))
    }

    /// The registry at `host[:port]`, with the credentials of `access` if they are for it, else those of
    /// [`registry`](Self::registry), else those that are stored for it.
    ///
    /// # Errors
    /// Settings or files that cannot be used, a `host` that is none.
    pub async fn registry(&self, host: &str, access: &Access) -> Result<Registry, Error> {
        let home = Url::parse(&format!("https://{host}")).ok();
        let given = home.and_then(|home| access.credentials_for(&home).cloned());
        let credentials = match (given, &self.registry.credentials) {
            (Some(given), _) => Some(Secret::basic(given.username, given.password)),
            (None, Some(own)) => Some(own.clone()),
            (None, None) => self.logins.find(host).await?,
        };
        let options = RegistryOptions {
            credentials,
            ..self.registry.clone()
        };
        Registry::new(host, self.transport(&access.tls)?, options)
    }

    async fn list_tags(&self, repository: &str, access: &Access) -> Result<Vec<String>, Error> {
        let (registry, reference) = self.registry_of(repository, access).await?;
        let tags = registry.tags(reference.repository()).await?;
        Ok(tags.iter().map(|tag| tag.as_str().to_owned()).collect())
    }

    async fn pull_chart(&self, reference: &str, access: &Access) -> Result<OciChart, Error> {
        let (registry, reference) = self.registry_of(reference, access).await?;
        let pulled = chart::pull(&registry, &reference).await?;
        Ok(OciChart {
            chart: pulled.archive,
            provenance: pulled.provenance,
            digest: pulled.digest.to_string(),
        })
    }

    /// A client with these settings of TLS on top of our own.
    ///
    /// # Errors
    /// Certificates or proxies that cannot be used.
    pub fn transport(&self, tls: &Tls) -> Result<Transport, Error> {
        let mut options = self.transport.clone();
        let file = |path: &String| (!path.is_empty()).then(|| Pem::File(path.into()));
        options.tls.ca = file(&tls.ca_file).or(options.tls.ca);
        if let (Some(certificate), Some(key)) = (file(&tls.cert_file), file(&tls.key_file)) {
            options.tls.identity = Some(Identity { certificate, key });
        }
        options.tls.insecure_skip_verify |= tls.insecure_skip_verify;
        Transport::new(&options)
    }

    async fn fetch(&self, request: &Request) -> Result<Fetched, RemoteError> {
        let failed = |error| remote_error(request, error);
        let transport = self.transport(&request.access.tls).map_err(failed)?;
        let grant = grant(&request.access);
        let response = transport.get(&request.url, &grant).await.map_err(failed)?;
        let content_type = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok());
        let content_type = foreign(content_type.unwrap_or_default());
        let body = response.bytes(request.limit).await.map_err(failed)?.to_vec();
        Ok(Fetched { body, content_type })
    }
}

impl Remote for HttpRemote {
    fn get<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Fetched, RemoteError>> {
        Box::pin(self.fetch(request))
    }

    fn tags<'a>(&'a self, repository: &'a str, access: &'a Access) -> BoxFuture<'a, Result<Vec<String>, RemoteError>> {
        Box::pin(async move { self.list_tags(repository, access).await.map_err(registry_error) })
    }

    fn pull<'a>(&'a self, reference: &'a str, access: &'a Access) -> BoxFuture<'a, Result<OciChart, RemoteError>> {
        Box::pin(async move { self.pull_chart(reference, access).await.map_err(registry_error) })
    }
}

fn registry_error(error: Error) -> RemoteError {
    RemoteError::Registry {
        hint: error.hint(),
        reason: foreign(&error.to_string()),
    }
}

/// The credentials with the server they are for.
fn grant(access: &Access) -> Grant {
    let Some(credentials) = &access.credentials else {
        return Grant::anonymous();
    };
    let secret = Secret::basic(&credentials.username, &credentials.password);
    match credentials.origin.as_ref().and_then(Origin::of) {
        Some(origin) => Grant::new(origin, secret).pass_credentials(credentials.pass_to_all),
        None => Grant::anonymous(),
    }
}

fn remote_error(request: &Request, error: Error) -> RemoteError {
    let mut url = request.url.clone();
    // Neither has a place in a message.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let (hint, url) = (error.hint(), url.to_string());
    match error {
        Error::Status { status, .. } => RemoteError::Status {
            url,
            status: status.to_string(),
            code: status.0,
            hint,
        },
        Error::TooLarge { limit, .. } => RemoteError::TooLarge { url, limit },
        other => RemoteError::Unreachable {
            url,
            reason: foreign(&reason(&other)),
            hint,
        },
    }
}

/// Why there was no answer, without the URL that is named before it.
fn reason(error: &Error) -> String {
    match error {
        Error::Unreachable { reason, .. } => reason.clone(),
        Error::UnknownHost { host, .. } => format!("the name {host} does not resolve"),
        Error::Tls { problem, .. } => format!("tls: failed to verify certificate: {problem}"),
        other => other.to_string(),
    }
}
