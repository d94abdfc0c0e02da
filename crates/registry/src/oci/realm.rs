//! Which token servers may have a registry's credentials.
//!
//! A registry names its token server itself, and whoever can forge an answer can name another one. So a realm must be
//! the registry's own origin, or be named by the user, or speak https and be the registry's host or belong to its
//! registered domain. There is no list of public suffixes here; domains under which strangers get names are recognised by
//! the rules below, and count as unrelated.

use std::net::IpAddr;

use reqwest::Url;

use crate::Origin;

/// Domains under which everybody can have a registry.
const SHARED: [&str; 12] = [
    "amazonaws.com",
    "azurecr.io",
    "azurewebsites.net",
    "cloudfront.net",
    "github.io",
    "googleapis.com",
    "herokuapp.com",
    "pkg.dev",
    "run.app",
    "nip.io",
    "sslip.io",
    "workers.dev",
];

/// Whether `realm` may see the credentials for `registry`.
pub(super) fn is_trusted(registry: &Origin, realm: &Url, allowed: &[String]) -> bool {
    let Some(server) = Origin::of(realm) else { return false };
    if server == *registry {
        return true;
    }
    if registry.is_https() && !server.is_https() {
        return false;
    }
    let named = allowed.iter().any(|host| names(host, &server));
    let same_host = server.host() == registry.host();
    // Without TLS another port of the host may be anybody's.
    named || server.is_https() && (same_host || are_siblings(registry.host(), server.host()))
}

fn names(allowed: &str, server: &Origin) -> bool {
    match allowed.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => {
            host.eq_ignore_ascii_case(server.host()) && port.parse() == Ok(server.port())
        }
        _ => allowed.eq_ignore_ascii_case(server.host()),
    }
}

/// Whether two names lie under one registered domain.
fn are_siblings(a: &str, b: &str) -> bool {
    let domain = registered_domain(a);
    domain.is_some() && domain == registered_domain(b)
}

fn registered_domain(host: &str) -> Option<&str> {
    if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return None;
    }
    let labels: Vec<&str> = host.split('.').collect();
    let [.., second, top] = labels[..] else { return None };
    // `co.uk`, `com.cn`, `ac.jp`: the registered name is one label longer.
    let wanted = if top.len() == 2 && second.len() <= 3 { 3 } else { 2 };
    let start = labels.len().checked_sub(wanted)?;
    let len = labels[start..].iter().map(|label| label.len() + 1).sum::<usize>() - 1;
    let domain = &host[host.len() - len..];
    if SHARED.contains(&domain) { None } else { Some(domain) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(registry: &str, realm: &str) -> bool {
        let registry = Origin::of(&Url::parse(registry).unwrap()).unwrap();
        is_trusted(
            &registry,
            &Url::parse(realm).unwrap(),
            &["sso.partner.example".to_owned(), "t.example:8443".to_owned()],
        )
    }

    /// CVE-2026-48978: a hostile realm gets no credentials.
    #[test]
    fn a_realm_must_belong_to_the_registry() {
        for (registry, realm) in [
            ("https://registry-1.docker.io", "https://auth.docker.io/token"),
            ("https://r.example", "https://r.example/token"),
            ("https://r.example", "https://r.example:8443/token"),
            ("https://r.example", "https://sso.partner.example/token"),
            ("https://r.example", "https://t.example:8443/token"),
            ("https://registry.corp.co.uk", "https://auth.corp.co.uk"),
        ] {
            assert!(trusted(registry, realm), "{registry} {realm}");
        }
        for (registry, realm) in [
            ("https://r.example", "http://r.example/token"),
            ("http://127.0.0.1:5000", "http://127.0.0.1:5001/token"),
            ("https://r.good.example", "https://evil.example.org/token"),
            ("https://r.good.example", "https://good.example.evil.org"),
            ("https://a.azurecr.io", "https://evil.azurecr.io/token"),
            ("https://corp.co.uk", "https://evil.co.uk"),
            ("https://10.0.0.1", "https://10.0.1.1"),
            ("http://r.good.example", "http://auth.good.example"),
            ("https://r.example", "https://t.example/"),
            ("https://r.example", "file:///etc/passwd"),
            ("https://localhost", "https://otherhost"),
        ] {
            assert!(!trusted(registry, realm), "{registry} {realm}");
        }
    }
}
