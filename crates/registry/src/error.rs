//! What can go wrong between a reference and its bytes.

use std::io;
use std::path::PathBuf;

/// Why a server's certificate was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsProblem {
    /// No configured authority has signed it.
    #[error("its certificate is signed by an authority that is not trusted")]
    UnknownAuthority,
    /// It is too old, or the clock is wrong.
    #[error("its certificate has expired")]
    Expired,
    /// It is from the future, or the clock is wrong.
    #[error("its certificate is not valid yet")]
    NotYetValid,
    /// It speaks for another host.
    #[error("its certificate is for another name than {host}")]
    WrongName {
        /// The host that was asked.
        host: String,
    },
    /// The server answered in plain text.
    #[error("it does not speak TLS (it may be a plain http server)")]
    NotTls,
    /// The server wants a certificate of the client, or another one.
    #[error("it refused the client's certificate: {detail}")]
    ClientCertificate {
        /// What TLS said.
        detail: String,
    },
    /// Anything else.
    #[error("TLS failed: {detail}")]
    Other {
        /// What TLS said.
        detail: String,
    },
}

/// What failed, on which URL, file or reference, and why.
///
/// URLs are shown without credentials and queries; texts of servers without control characters.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The settings of the transport cannot be used.
    #[error("{what}: {reason}")]
    Settings {
        /// The setting or file.
        what: String,
        /// Why not.
        reason: String,
    },
    /// Not a URL that this client can fetch.
    #[error("{url:?} is not a usable URL: {reason}")]
    BadUrl {
        /// As given, without credentials.
        url: String,
        /// Why not.
        reason: String,
    },
    /// No connection.
    #[error("cannot reach {url}: {reason}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The host's name does not resolve.
    #[error("cannot reach {url}: the name {host} does not resolve")]
    UnknownHost {
        /// What was asked.
        url: String,
        /// The name.
        host: String,
    },
    /// The server's certificate, or TLS as such.
    #[error("cannot trust {url}: {problem}")]
    Tls {
        /// What was asked.
        url: String,
        /// What is wrong.
        problem: TlsProblem,
    },
    /// An answer that is not a success.
    #[error("{method} {url}: {status}{}", suffix(detail))]
    Status {
        /// The method.
        method: String,
        /// What was asked.
        url: String,
        /// The HTTP status.
        status: StatusLine,
        /// What the server said, made fit to print; often empty.
        detail: String,
        /// How long the server asked to wait.
        retry_after: Option<std::time::Duration>,
    },
    /// A web page in place of what was asked for.
    #[error("{url} answered with a web page instead of {expected}")]
    Html {
        /// What was asked.
        url: String,
        /// What should have come.
        expected: String,
    },
    /// The connection ended before the body did.
    #[error("{url}: the answer broke off after {received} bytes: {reason}")]
    Truncated {
        /// What was asked.
        url: String,
        /// How much arrived.
        received: u64,
        /// What the connection said.
        reason: String,
    },
    /// More bytes than allowed.
    #[error("{url}: the answer is larger than the {limit} bytes allowed")]
    TooLarge {
        /// What was asked.
        url: String,
        /// The byte budget.
        limit: u64,
    },
    /// Nothing moved for too long.
    #[error("{url}: nothing arrived for {seconds} seconds")]
    Stalled {
        /// What was asked.
        url: String,
        /// The patience.
        seconds: u64,
    },
    /// Redirects without end.
    #[error("{url}: more than {limit} redirects")]
    TooManyRedirects {
        /// What was asked first.
        url: String,
        /// The limit.
        limit: usize,
    },
    /// A redirect or upload location that cannot be followed.
    #[error("{url} points to {location:?}, which cannot be followed: {reason}")]
    BadRedirect {
        /// Who said so.
        url: String,
        /// Where to.
        location: String,
        /// Why not.
        reason: String,
    },
    /// What should be sent cannot be read.
    #[error("cannot read what should be sent to {url}: {source}")]
    Source {
        /// Where it should go.
        url: String,
        /// Why not.
        source: io::Error,
    },
    /// What arrived cannot be written.
    #[error("cannot store what {url} sent: {source}")]
    Sink {
        /// Where it came from.
        url: String,
        /// Why not.
        source: io::Error,
    },
    /// A token server that the credentials must not go to.
    #[error("{registry} wants its credentials sent to {realm}, which is not trusted with them")]
    UntrustedRealm {
        /// The registry.
        registry: String,
        /// The token server.
        realm: String,
    },
    /// A challenge, token or header that makes no sense.
    #[error("{url}: {reason}")]
    Protocol {
        /// What was asked.
        url: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// Bytes with another hash than their name says.
    #[error("{url}: the content has digest {actual}, expected {expected}")]
    Digest {
        /// What was asked.
        url: String,
        /// The digest asked for.
        expected: String,
        /// The digest of what came.
        actual: String,
    },
    /// A reference that helm would not read either.
    #[error("invalid reference {reference:?}: {reason}")]
    Reference {
        /// As given.
        reference: String,
        /// Why not.
        reason: String,
    },
    /// An artefact that is not a chart.
    #[error("{reference}: {reason}")]
    Artefact {
        /// What was pulled.
        reference: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A configuration file of credentials.
    #[error("cannot {action} {path}: {reason}", path = path.display())]
    CredentialsFile {
        /// `read`, `parse` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A `docker-credential-*` program.
    #[error("{helper} {action}: {reason}")]
    CredentialHelper {
        /// The program.
        helper: String,
        /// `get`, `store` or `erase`.
        action: &'static str,
        /// What it said.
        reason: String,
    },
}

/// The number of an HTTP status; printed with its usual reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusLine(pub u16);

impl std::fmt::Display for StatusLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let reason = reqwest::StatusCode::from_u16(self.0)
            .ok()
            .and_then(|status| status.canonical_reason());
        match reason {
            Some(reason) => write!(f, "{} {reason}", self.0),
            None => write!(f, "status {}", self.0),
        }
    }
}

fn suffix(detail: &str) -> String {
    if detail.is_empty() {
        String::new()
    } else {
        format!(": {detail}")
    }
}

impl Error {
    /// The HTTP status, when this is an answer that is not a success.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(status.0),
            _ => None,
        }
    }

    /// Whether the same request may succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Truncated { .. } | Self::Stalled { .. } => true,
            Self::Status { status, .. } => matches!(status.0, 408 | 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// The next step for whoever sees this, if there is an obvious one.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownHost { host, .. } => {
                format!("check the spelling of {host}, the DNS server and the proxy settings")
            }
            Self::Unreachable { .. } => "check address, port, firewall and proxy settings".to_owned(),
            Self::Tls { problem, .. } => return tls_hint(problem).map(str::to_owned),
            Self::Status {
                status: StatusLine(401),
                ..
            } => "log in to this server or check user and password".to_owned(),
            Self::Status {
                status: StatusLine(403),
                ..
            } => "this account may not do that here; ask for permission, or use another account".to_owned(),
            Self::Status {
                status: StatusLine(413),
                ..
            } => "a proxy in front of the registry limits request sizes; upload in smaller chunks or raise its limit"
                .to_owned(),
            Self::Html { .. } => "check the URL's path: a web page, login page or proxy answered".to_owned(),
            Self::UntrustedRealm { realm, .. } => {
                format!("if {realm} belongs to the registry, name it as a trusted token server")
            }
            Self::Truncated { .. } | Self::Stalled { .. } => {
                "try again; if it persists, look at proxies between here and the server".to_owned()
            }
            _ => return None,
        };
        Some(hint)
    }
}

fn tls_hint(problem: &TlsProblem) -> Option<&'static str> {
    match problem {
        TlsProblem::UnknownAuthority => Some("name the server's certificate authority as CA file"),
        TlsProblem::Expired | TlsProblem::NotYetValid => {
            Some("renew the certificate, or check the clock of this machine")
        }
        TlsProblem::WrongName { .. } => Some("use the name that the certificate was made for"),
        TlsProblem::NotTls => Some("use plain http if that is what the server speaks"),
        TlsProblem::ClientCertificate { .. } => Some("give the client certificate and key that the server accepts"),
        TlsProblem::Other { .. } => None,
    }
}
