//! Which requests go through a proxy, by the rules of Go's clients.

use std::net::IpAddr;

use reqwest::Url;

use crate::Error;

/// The values of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, as the caller read them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyOptions {
    /// The proxy of http URLs.
    pub http: Option<String>,
    /// The proxy of https URLs.
    pub https: Option<String>,
    /// Hosts that are reached directly: names with their subdomains, addresses, networks, `host:port`, or `*`.
    pub no_proxy: Option<String>,
}

/// The parsed form.
#[derive(Debug, Clone)]
pub(super) struct Proxies {
    http: Option<Url>,
    https: Option<Url>,
    direct: Vec<Direct>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Direct {
    Everything,
    Network(IpAddr, u8),
    Address(IpAddr, Option<u16>),
    /// A name; without its subdomains' parent itself when it was written with a leading dot.
    Name {
        name: String,
        port: Option<u16>,
        only_below: bool,
    },
}

impl Proxies {
    pub(super) fn new(options: &ProxyOptions) -> Result<Self, Error> {
        Ok(Self {
            http: proxy(options.http.as_deref(), "HTTP_PROXY")?,
            https: proxy(options.https.as_deref(), "HTTPS_PROXY")?,
            direct: options
                .no_proxy
                .as_deref()
                .unwrap_or_default()
                .split(',')
                .filter_map(direct)
                .collect(),
        })
    }

    /// The proxy for `url`, if it goes through one.
    pub(super) fn of(&self, url: &Url) -> Option<Url> {
        let proxy = if url.scheme() == "https" {
            &self.https
        } else {
            &self.http
        };
        let proxy = proxy.as_ref()?;
        if self.is_direct(url) { None } else { Some(proxy.clone()) }
    }

    fn is_direct(&self, url: &Url) -> bool {
        let host = url
            .host_str()
            .unwrap_or_default()
            .trim_matches(['[', ']'])
            .trim_end_matches('.')
            .to_lowercase();
        let port = url.port_or_known_default();
        let address = host.parse::<IpAddr>().ok();
        // Go: what runs on this machine is never asked through a proxy.
        if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
            return true;
        }
        self.direct.iter().any(|direct| direct.matches(&host, address, port))
    }
}

impl Direct {
    fn matches(&self, host: &str, address: Option<IpAddr>, port: Option<u16>) -> bool {
        match self {
            Self::Everything => true,
            Self::Network(network, bits) => address.is_some_and(|address| within(address, *network, *bits)),
            Self::Address(wanted, at) => address == Some(*wanted) && (at.is_none() || *at == port),
            Self::Name {
                name,
                port: at,
                only_below,
            } => {
                let below = host.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.'));
                (below || !only_below && host == name) && (at.is_none() || *at == port)
            }
        }
    }
}

fn within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => same_prefix(a.to_bits().into(), n.to_bits().into(), 32, bits),
        (IpAddr::V6(a), IpAddr::V6(n)) => same_prefix(a.to_bits(), n.to_bits(), 128, bits),
        _ => false,
    }
}

fn same_prefix(a: u128, b: u128, width: u32, bits: u8) -> bool {
    let host_bits = width.saturating_sub(u32::from(bits));
    a.checked_shr(host_bits).unwrap_or(0) == b.checked_shr(host_bits).unwrap_or(0)
}

fn proxy(value: Option<&str>, what: &str) -> Result<Option<Url>, Error> {
    let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    // Go: a proxy without a scheme is an http proxy.
    let text = if value.contains("://") {
        value.to_owned()
    } else {
        format!("http://{value}")
    };
    match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") && url.has_host() => Ok(Some(url)),
        Ok(_) | Err(_) => Err(Error::Settings {
            what: what.to_owned(),
            reason: "is not the address of a proxy".to_owned(),
        }),
    }
}

fn direct(entry: &str) -> Option<Direct> {
    let entry = entry.trim().to_lowercase();
    if entry.is_empty() {
        return None;
    }
    if entry == "*" {
        return Some(Direct::Everything);
    }
    if let Some((network, bits)) = entry.split_once('/') {
        return Some(Direct::Network(network.parse().ok()?, bits.parse().ok()?));
    }
    if let Ok(address) = entry.trim_matches(['[', ']']).parse() {
        return Some(Direct::Address(address, None));
    }
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (entry.as_str(), None),
    };
    if let Ok(address) = host.trim_matches(['[', ']']).parse() {
        return Some(Direct::Address(address, port));
    }
    let name = host.strip_prefix('*').unwrap_or(host);
    let only_below = name.starts_with('.');
    Some(Direct::Name {
        name: name.trim_start_matches('.').to_owned(),
        port,
        only_below,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_is_read_as_go_does() {
        let options = ProxyOptions {
            http: Some("p.example:3128".to_owned()),
            https: Some("http://u:p@p.example:3129".to_owned()),
            no_proxy: Some("a.example, .b.example,10.0.0.0/8,c.example:8080,[fd00::1]:99,192.168.1.1".to_owned()),
        };
        let proxies = Proxies::new(&options).unwrap();
        let through = |url: &str| proxies.of(&Url::parse(url).unwrap()).is_some();
        for url in [
            "http://x.example",
            "https://b.example",
            "http://c.example",
            "http://11.0.0.1",
            "http://xa.example",
            "http://[fd00::1]",
        ] {
            assert!(through(url), "{url}");
        }
        for url in [
            "http://a.example",
            "http://x.a.example",
            "https://x.b.example",
            "http://10.1.2.3",
            "http://c.example:8080",
            "http://localhost:1",
            "http://127.0.0.2",
            "http://[::1]",
            "http://192.168.1.1:5",
            "http://[fd00::1]:99",
        ] {
            assert!(!through(url), "{url}");
        }
        let proxy = proxies.of(&Url::parse("https://x").unwrap()).unwrap();
        assert_eq!((proxy.port(), proxy.username()), (Some(3129), "u"));
        assert_eq!(
            proxies.of(&Url::parse("http://x").unwrap()).unwrap().as_str(),
            "http://p.example:3128/"
        );
    }
}
