//! Names of images, in docker's grammar.
//!
//! The grammar and the short forms are those of the distribution project's reference package
//! (<https://pkg.go.dev/github.com/distribution/reference>), which docker, containerd and the kubelet share.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::text::printable;

/// The name of an image; keeps the text as it was written.
///
/// ```
/// use ironhelm_image::Reference;
/// let short: Reference = "nginx".parse()?;
/// assert_eq!(short.normalised(), "docker.io/library/nginx:latest");
/// assert_eq!(short.to_string(), "nginx");
/// # Ok::<(), ironhelm_image::ReferenceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    text: String,
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// A text is no name of an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid image reference \"{}\": {reason}", printable(.text))]
pub struct ReferenceError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Where names without a registry lead.
const HUB: &str = "docker.io";
/// Its other name.
const OLD_HUB: &str = "index.docker.io";
/// Where its names of one part lead.
const OFFICIAL: &str = "library/";
/// What names without a tag mean.
const LATEST: &str = "latest";
/// The most letters of a registry and a repository.
const MAX_NAME: usize = 255;

impl Reference {
    /// The registry with its port: `docker.io` for names without one and for `index.docker.io`.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository in the registry, `library/` included.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, if one is written.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, if one is written.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The tag that is meant: `latest` if neither tag nor digest are written.
    #[must_use]
    pub fn tag_meant(&self) -> Option<&str> {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => Some(tag),
            (None, None) => Some(LATEST),
            (None, Some(_)) => None,
        }
    }

    /// The name without tag and digest, in full: `docker.io/library/nginx`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// The whole name in full: `docker.io/library/nginx:latest`.
    #[must_use]
    pub fn normalised(&self) -> String {
        self.name() + &self.suffix()
    }

    /// The name as docker shows it: `nginx:latest`.
    #[must_use]
    pub fn familiar(&self) -> String {
        let name = match (self.registry.as_str(), self.repository.strip_prefix(OFFICIAL)) {
            (HUB, Some(short)) if !short.contains('/') => short.to_owned(),
            (HUB, _) => self.repository.clone(),
            _ => self.name(),
        };
        name + &self.suffix()
    }

    /// The text as it was written.
    #[must_use]
    pub fn as_written(&self) -> &str {
        &self.text
    }

    fn suffix(&self) -> String {
        let tag = self.tag_meant().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = self
            .digest
            .as_ref()
            .map(|digest| format!("@{digest}"))
            .unwrap_or_default();
        tag + &digest
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        parse(text).map_err(|reason| ReferenceError {
            text: text.to_owned(),
            reason,
        })
    }
}

fn parse(text: &str) -> Result<Reference, &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    if text.len() > 2 * MAX_NAME + 256 {
        return Err("it is too long");
    }
    if text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err("64 letters of hex are an image's id, not a name");
    }
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest.parse().map_err(|_| "the digest is not a digest")?)),
        None => (text, None),
    };
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    if !tag.is_none_or(is_tag) {
        return Err("a tag has up to 128 letters, digits, '_', '.' and '-', and starts with none of the last two");
    }
    let (registry, repository) = split_registry(name);
    check_repository(&repository)?;
    if !is_registry(registry) {
        return Err("the registry is not a host with an optional port");
    }
    if registry.len() + 1 + repository.len() > MAX_NAME {
        return Err("the name has more than 255 letters");
    }
    Ok(Reference {
        text: text.to_owned(),
        registry: registry.to_owned(),
        repository,
        tag: tag.map(ToOwned::to_owned),
        digest,
    })
}

/// The first part is a registry if it looks like a host: with a dot, a port or capitals, or `localhost`.
fn split_registry(name: &str) -> (&str, String) {
    let is_host = |part: &str| {
        part.contains(['.', ':']) || part == "localhost" || part.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    let (registry, repository) = match name.split_once('/') {
        Some((host, rest)) if is_host(host) => (host, rest),
        _ => (HUB, name),
    };
    let registry = if registry == OLD_HUB { HUB } else { registry };
    if registry == HUB && !repository.contains('/') {
        (registry, format!("{OFFICIAL}{repository}"))
    } else {
        (registry, repository.to_owned())
    }
}

fn check_repository(repository: &str) -> Result<(), &'static str> {
    if repository.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("the repository must be lower-case");
    }
    if !repository.split('/').all(is_component) {
        return Err("a repository's parts are lower-case letters and digits, joined by '.', '_', '__' or dashes");
    }
    Ok(())
}

/// Letters and digits, with separators only between them.
fn is_component(part: &str) -> bool {
    let is_word = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
    let mut rest = part.as_bytes();
    loop {
        let word = rest.iter().take_while(|byte| is_word(byte)).count();
        if word == 0 {
            return false;
        }
        rest = &rest[word..];
        let separator = match rest {
            [] => return true,
            [b'.', ..] => 1,
            [b'_', b'_', ..] => 2,
            [b'_', ..] => 1,
            rest => rest.iter().take_while(|byte| **byte == b'-').count(),
        };
        rest = &rest[separator..];
        if separator == 0 {
            return false;
        }
    }
}

fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut bytes = tag.bytes();
    tag.len() <= 128
        && bytes.next().is_some_and(is_word)
        && bytes.all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

fn is_registry(registry: &str) -> bool {
    let (host, port) = match registry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let is_address = address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
            return !address.is_empty()
                && is_address
                && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port));
        }
        None => registry
            .split_once(':')
            .map_or((registry, None), |(host, port)| (host, Some(port))),
    };
    host.split('.').all(is_host_label) && port.is_none_or(is_port)
}

fn is_host_label(label: &str) -> bool {
    let bytes = label.as_bytes();
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    bytes.iter().all(inner) && edge(bytes.first()) && edge(bytes.last())
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, ReferenceError> {
        text.parse()
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.text
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn forms(text: &str) -> (String, String) {
        let reference: Reference = text.parse().unwrap();
        assert_eq!(reference.to_string(), text);
        (reference.normalised(), reference.familiar())
    }

    #[test]
    fn short_names_have_a_long_form_and_back() {
        let cases = [
            ("nginx", "docker.io/library/nginx:latest", "nginx:latest"),
            ("index.docker.io/nginx:1", "docker.io/library/nginx:1", "nginx:1"),
            ("docker.io/library/nginx:1", "docker.io/library/nginx:1", "nginx:1"),
            ("bitnami/redis:7", "docker.io/bitnami/redis:7", "bitnami/redis:7"),
            ("localhost/x:1", "localhost/x:1", "localhost/x:1"),
            ("localhost:5000/x", "localhost:5000/x:latest", "localhost:5000/x:latest"),
            ("10.0.0.1:5000/a/b:v1", "10.0.0.1:5000/a/b:v1", "10.0.0.1:5000/a/b:v1"),
            ("[fd00::1]:5000/a:v1", "[fd00::1]:5000/a:v1", "[fd00::1]:5000/a:v1"),
            ("Host/a:v1", "Host/a:v1", "Host/a:v1"),
            (
                "x.io/a__b/c-----d.e_f:1.2-3",
                "x.io/a__b/c-----d.e_f:1.2-3",
                "x.io/a__b/c-----d.e_f:1.2-3",
            ),
        ];
        for (text, normalised, familiar) in cases {
            assert_eq!(forms(text), (normalised.to_owned(), familiar.to_owned()), "{text}");
        }
    }

    #[test]
    fn digests_stand_beside_tags() {
        let (normalised, familiar) = forms(&format!("nginx@{HASH}"));
        assert_eq!(normalised, format!("docker.io/library/nginx@{HASH}"));
        assert_eq!(familiar, format!("nginx@{HASH}"));
        assert_eq!(forms(&format!("r.io/a:1@{HASH}")).0, format!("r.io/a:1@{HASH}"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = format!("r.io/{}", "a".repeat(251));
        let id = "a".repeat(64);
        for text in [
            "",
            ":1",
            "a:",
            "a@",
            "a@sha256:x",
            "UPPER",
            "a/B",
            "a//b",
            "/a",
            "a/",
            "-a",
            "a-",
            "a..b",
            "a___b",
            "a:-1",
            "a:.1",
            "a b",
            "r.io:x/a",
            "r.io:/a",
            "-r.io/a",
            "r..io/a",
            "[::1/a",
            "[]/a",
            "https://r.io/a",
            "a\n",
            "é",
            "r.io/../a",
            "r.io/a:1:2",
            &long,
            &id,
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }
}
