//! Whom credentials belong to.

use std::fmt;

use reqwest::Url;

/// Scheme, host and port of a server: what credentials are bound to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of `url`; none for URLs that are neither http nor https or have no host.
    pub fn of(url: &Url) -> Option<Self> {
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        Some(Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str()?.trim_end_matches('.').to_ascii_lowercase(),
            port: url.port_or_known_default()?,
        })
    }

    /// The origin of an address in text.
    pub fn parse(url: &str) -> Option<Self> {
        Url::parse(url).ok().as_ref().and_then(Self::of)
    }

    /// Whether `url` lies on this very scheme, host and port.
    pub fn contains(&self, url: &Url) -> bool {
        Self::of(url).as_ref() == Some(self)
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host name or address, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, also where the URL leaves it out.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether what is sent there is encrypted.
    pub fn is_https(&self) -> bool {
        self.scheme == "https"
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::of(&Url::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn scheme_host_and_port_count() {
        assert_eq!(origin("https://H.example/a"), origin("https://h.example:443/b?c"));
        assert_ne!(origin("https://h.example"), origin("http://h.example:443"));
        assert_ne!(origin("https://h.example"), origin("https://h.example:444"));
        assert_ne!(origin("https://h.example"), origin("https://h.example.evil"));
        assert!(Origin::of(&Url::parse("file:///x").unwrap()).is_none());
    }
}
