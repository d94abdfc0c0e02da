//! TLS as Go's clients do it: which authorities are trusted, and what else a server's certificate must satisfy.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::validity;
use crate::Error;

/// PEM text, or the file that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pem {
    /// A file.
    File(PathBuf),
    /// The text itself.
    Text(Vec<u8>),
}

/// A client's certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate chain, the client's own first.
    pub certificate: Pem,
    /// The private key.
    pub key: Pem,
}

/// Whom to trust, and who we are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Trusted authorities. Helm: they replace the system's.
    pub ca: Option<Pem>,
    /// The client's certificate, for servers that want one.
    pub identity: Option<Identity>,
    /// Accept any certificate.
    pub insecure_skip_verify: bool,
}

/// The configuration for `options`, on the ring provider.
pub(super) fn client_config(options: &TlsOptions) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| settings("TLS", error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier(options, &provider)?);
    match &options.identity {
        None => Ok(builder.with_no_client_auth()),
        Some(identity) => {
            let (chain, key) = read_identity(identity)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| settings("client certificate", error))
        }
    }
}

fn settings(what: impl Into<String>, reason: impl ToString) -> Error {
    Error::Settings {
        what: what.into(),
        reason: reason.to_string(),
    }
}

fn verifier(options: &TlsOptions, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let algorithms = provider.signature_verification_algorithms;
    if options.insecure_skip_verify {
        return Ok(Arc::new(AnyCertificate { algorithms }));
    }
    let anchors = match &options.ca {
        Some(pem) => certificates(pem, "CA file")?,
        None => system_anchors(),
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(anchors.iter().cloned());
    if options.ca.is_none() && roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let chains = if roots.is_empty() {
        None
    } else {
        let builder = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone());
        Some(
            builder
                .build()
                .map_err(|error| settings("trusted authorities", error))?,
        )
    };
    Ok(Arc::new(KnownAuthorities {
        chains,
        anchors,
        algorithms,
    }))
}

/// The system's authorities; those that cannot be read are left out.
fn system_anchors() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}

fn certificates(pem: &Pem, what: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let (name, text) = read(pem, what)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| settings(name.clone(), error))?;
    if found.is_empty() {
        return Err(settings(name, "holds no certificate in PEM form"));
    }
    Ok(found)
}

fn read_identity(identity: &Identity) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
    let chain = certificates(&identity.certificate, "client certificate")?;
    let (name, text) = read(&identity.key, "client key")?;
    let key = PrivateKeyDer::from_pem_slice(&text).map_err(|error| settings(name, error))?;
    Ok((chain, key))
}

fn read(pem: &Pem, what: &str) -> Result<(String, Vec<u8>), Error> {
    match pem {
        Pem::Text(text) => Ok((what.to_owned(), text.clone())),
        Pem::File(path) => {
            let name = format!("{what} {}", path.display());
            match std::fs::read(path) {
                Ok(text) => Ok((name, text)),
                Err(error) => Err(settings(name, error)),
            }
        }
    }
}

/// Chains to a trusted authority, or is itself a trusted certificate.
#[derive(Debug)]
struct KnownAuthorities {
    chains: Option<Arc<WebPkiServerVerifier>>,
    anchors: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for KnownAuthorities {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // Go: a server may present the trusted root itself, also when that is a CA certificate.
        if self.anchors.iter().any(|anchor| anchor == end_entity) {
            return verify_pinned(end_entity, server_name, now);
        }
        match &self.chains {
            Some(chains) => chains.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn verify_pinned(
    certificate: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, rustls::Error> {
    rustls::client::verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
    let (not_before, not_after) = validity::of(certificate).ok_or(CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < not_before {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > not_after {
        return Err(CertificateError::Expired.into());
    }
    Ok(ServerCertVerified::assertion())
}

/// Whoever answers is trusted; the handshake is still checked against the certificate presented.
#[derive(Debug)]
struct AnyCertificate {
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
