//! What this crate asks of the network.

use std::fmt;

use futures::future::BoxFuture;
use url::Url;

/// Fetches bytes by URL; the one door to the network.
pub trait Remote: Sync {
    /// The body behind an `http` or `https` URL.
    fn get<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Fetched, RemoteError>>;

    /// The tags of an OCI repository (`host/path`, without `oci://`).
    fn tags<'a>(&'a self, repository: &'a str, access: &'a Access) -> BoxFuture<'a, Result<Vec<String>, RemoteError>>;

    /// The chart, and the provenance that came with it, behind an OCI reference without `oci://`.
    fn pull<'a>(&'a self, reference: &'a str, access: &'a Access) -> BoxFuture<'a, Result<OciChart, RemoteError>>;
}

/// One GET.
#[derive(Debug, Clone)]
pub struct Request {
    /// What to fetch.
    pub url: Url,
    /// How to talk to the server; credentials are meant for their origin alone.
    pub access: Access,
    /// The most bytes to accept.
    pub limit: u64,
}

/// How to talk to a server.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Basic authentication.
    pub credentials: Option<Credentials>,
    /// TLS settings.
    pub tls: Tls,
}

impl Access {
    /// The credentials that `url` may see: those of its own origin, or those that are passed to all.
    #[must_use]
    pub fn credentials_for(&self, url: &Url) -> Option<&Credentials> {
        self.credentials.as_ref().filter(|credentials| credentials.fits(url))
    }
}

/// A user name and a password, and where they belong.
#[derive(Clone)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
    /// The server they are for: scheme, host and port count. `None`: for no server, unless passed to all.
    pub origin: Option<Url>,
    /// Send them to any server. Helm: `--pass-credentials`.
    pub pass_to_all: bool,
}

impl Credentials {
    fn fits(&self, url: &Url) -> bool {
        let at_home = self
            .origin
            .as_ref()
            .is_some_and(|origin| origin.origin() == url.origin());
        self.pass_to_all || at_home
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .field("origin", &self.origin.as_ref().map(Url::as_str))
            .finish_non_exhaustive()
    }
}

/// TLS settings as Helm's flags give them; empty paths stand for none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// PEM file of the authorities to trust.
    pub ca_file: String,
    /// PEM file of the client's certificate.
    pub cert_file: String,
    /// PEM file of the client's key.
    pub key_file: String,
    /// Accept any certificate.
    pub insecure_skip_verify: bool,
}

/// What a GET brought.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The body.
    pub body: Vec<u8>,
    /// `Content-Type`, as sent.
    pub content_type: String,
}

/// What an OCI registry brought.
#[derive(Debug, Clone)]
pub struct OciChart {
    /// The chart's archive.
    pub chart: Vec<u8>,
    /// The provenance file, where there is one.
    pub provenance: Option<Vec<u8>>,
    /// `sha256:…` of the manifest.
    pub digest: String,
}

/// Why nothing came.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The server answered, but not with the file.
    #[error("failed to fetch {url} : {status}")]
    Status {
        /// What was asked for, without credentials.
        url: String,
        /// Code and reason, as `404 Not Found`.
        status: String,
        /// The code alone.
        code: u16,
        /// The next step, where there is an obvious one.
        hint: Option<String>,
    },
    /// No answer that could be used.
    #[error("Get {url:?}: {reason}")]
    Unreachable {
        /// What was asked for, without credentials.
        url: String,
        /// Why in one line.
        reason: String,
        /// The next step, where there is an obvious one.
        hint: Option<String>,
    },
    /// More bytes than allowed.
    #[error("{url} is larger than {limit} bytes")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// The most that is accepted.
        limit: u64,
    },
    /// A registry's own failure.
    #[error("{reason}")]
    Registry {
        /// Why in one line.
        reason: String,
        /// The next step, where there is an obvious one.
        hint: Option<String>,
    },
    /// A scheme that nobody fetches.
    #[error("scheme {scheme:?} not supported")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
}

impl RemoteError {
    /// The next step for whoever sees this, if there is an obvious one.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Status { hint, .. } | Self::Unreachable { hint, .. } | Self::Registry { hint, .. } => hint.as_deref(),
            Self::TooLarge { .. } | Self::Scheme { .. } => None,
        }
    }
}

/// Why an index did not come, in one line, and the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Why.
    pub text: String,
    /// The next step, where there is an obvious one.
    pub hint: Option<String>,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self { text, hint: None }
    }
}

impl From<RemoteError> for Reason {
    fn from(error: RemoteError) -> Self {
        Self {
            text: error.to_string(),
            hint: error.hint().map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CVE-2021-32690: scheme, host and port must all be those of the repository.
    #[test]
    fn credentials_stay_with_their_origin() {
        let mut credentials = Credentials {
            username: "u".to_owned(),
            password: "p".to_owned(),
            origin: Url::parse("https://charts.example.com/stable").ok(),
            pass_to_all: false,
        };
        let fits = |credentials: &Credentials, url: &str| credentials.fits(&Url::parse(url).unwrap());
        assert!(fits(&credentials, "https://charts.example.com/a.tgz"));
        assert!(fits(&credentials, "https://charts.example.com:443/a.tgz"));
        for foreign in [
            "http://charts.example.com/a.tgz",
            "https://charts.example.com:8443/a.tgz",
            "https://charts.example.com.evil/a.tgz",
            "https://u@evil/charts.example.com",
        ] {
            assert!(!fits(&credentials, foreign), "{foreign}");
        }
        credentials.pass_to_all = true;
        assert!(fits(&credentials, "https://evil/a.tgz"));
        assert!(!format!("{credentials:?}").contains("\"p\""));
    }
}
