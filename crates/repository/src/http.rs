//! [`Remote`] over the project's own HTTP transport.

use futures::future::BoxFuture;
use ironhelm_registry::transport::{Identity, Pem};
use ironhelm_registry::{
    Access as Grant, CredentialStore, Credentials as Secret, Error, OciReference, Origin, Registry, RegistryOptions,
    Transport, TransportOptions, chart,
};

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
    async fn registry(&self, reference: &str, access: &Access) -> Result<(Registry, OciReference), Error> {
        let reference: OciReference = format!("oci://{reference}").parse()?;
        let host = reference.registry();
        let credentials = match &access.credentials {
            Some(given) => Some(Secret::basic(&given.username, &given.password)),
            None => self.logins.find(host).await?,
        };
        let options = RegistryOptions {
            credentials,
            ..self.registry.clone()
        };
        let registry = Registry::new(host, self.transport(&access.tls)?, options)?;
        Ok((registry, reference))
    }

    async fn list_tags(&self, repository: &str, access: &Access) -> Result<Vec<String>, Error> {
        let (registry, reference) = self.registry(repository, access).await?;
        let tags = registry.tags(reference.repository()).await?;
        Ok(tags.iter().map(|tag| tag.as_str().to_owned()).collect())
    }

    async fn pull_chart(&self, reference: &str, access: &Access) -> Result<OciChart, Error> {
        let (registry, reference) = self.registry(reference, access).await?;
        let pulled = chart::pull(&registry, &reference).await?;
        Ok(OciChart {
            chart: pulled.archive,
            provenance: pulled.provenance,
            digest: pulled.digest.to_string(),
        })
    }

    fn transport(&self, tls: &Tls) -> Result<Transport, Error> {
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
    match error {
        Error::Status { status, .. } => RemoteError::Status {
            url: url.to_string(),
            status: status.to_string(),
            code: status.0,
        },
        Error::TooLarge { limit, .. } => RemoteError::TooLarge {
            url: url.to_string(),
            limit,
        },
        other => RemoteError::Unreachable {
            url: url.to_string(),
            reason: foreign(&other.to_string()),
        },
    }
}
