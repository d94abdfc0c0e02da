//! `oci://host[:port]/path/name[:tag][@digest]`, as helm reads it.

use std::fmt;
use std::str::FromStr;

use ironhelm_image::Digest;

use crate::Error;
use crate::text::clean;

const SCHEME: &str = "oci://";

/// A repository in a registry, with a tag or digest if the reference has them.
///
/// ```
/// use ironhelm_registry::reference::OciReference;
/// let reference: OciReference = "oci://registry.example:5000/charts/web:1.2.3+b5".parse()?;
/// assert_eq!(reference.repository(), "charts/web");
/// assert_eq!(reference.tag(), Some("1.2.3_b5"));
/// # Ok::<(), ironhelm_registry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OciReference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl OciReference {
    /// Whether `text` starts with `oci://`.
    pub fn is_oci(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    /// `host[:port]`.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The path in the registry.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The last element of the path, which is the chart's name.
    pub fn name(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or_default()
    }

    /// The tag, with `_` where versions have `+`.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What is asked of the registry: the digest if there is one, else the tag.
    pub fn target(&self) -> Option<Target> {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => Some(Target::Digest(digest.clone())),
            (None, Some(tag)) => Some(Target::Tag(Tag(tag.clone()))),
            (None, None) => None,
        }
    }

    /// The same repository with the tag of a chart's version.
    ///
    /// # Errors
    ///
    /// [`Error::Reference`] when the version makes no tag.
    pub fn with_version(&self, version: &str) -> Result<Self, Error> {
        let tag: Tag = tag_of_version(version).parse()?;
        Ok(Self {
            tag: Some(tag.0),
            digest: None,
            ..self.clone()
        })
    }

    /// A repository below this one: what a chart called `name` is pushed to.
    ///
    /// # Errors
    ///
    /// [`Error::Reference`] when the name cannot be part of a repository.
    pub fn child(&self, name: &str) -> Result<Self, Error> {
        format!("{}/{}/{name}", self.registry, self.repository)
            .trim_end_matches('/')
            .replace("//", "/")
            .parse()
    }
}

/// What a manifest is asked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A name that can move.
    Tag(Tag),
    /// The content itself.
    Digest(Digest),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => f.write_str(&tag.0),
            Self::Digest(digest) => f.write_str(digest.as_str()),
        }
    }
}

/// A tag that is safe in a URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

impl Tag {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let valid =
            text.len() <= 128 && text.starts_with(word) && text.chars().all(|c| word(c) || matches!(c, '.' | '-'));
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(invalid(text, "invalid tag"))
        }
    }
}

/// Helm: tags cannot hold `+`, so `_` stands for it.
pub fn tag_of_version(version: &str) -> String {
    version.replace('+', "_")
}

/// Helm: what is said about a reference whose tag is not called like its version.
pub fn underscore_note(reference: &str) -> Option<String> {
    let note = "OCI artifact references (e.g. tags) do not support the plus sign (+). To support\n\
                storing semantic versions, Helm adopts the convention of changing plus (+) to\n\
                an underscore (_) in chart version tags when pushing to a registry and back to\n\
                a plus (+) when pulling from a registry.";
    reference
        .contains('_')
        .then(|| format!("{reference} contains an underscore.\n\n{note}"))
}

/// Helm: the version that a tag stands for.
pub fn version_of_tag(tag: &str) -> String {
    tag.replace('_', "+")
}

impl FromStr for OciReference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let rest = text.strip_prefix(SCHEME).unwrap_or(text);
        let (registry, path) = rest
            .split_once('/')
            .ok_or_else(|| invalid(text, "missing registry or repository"))?;
        check_registry(registry).map_err(|reason| invalid(text, reason))?;
        let (path, digest) = match path.split_once('@') {
            Some((path, digest)) => (path, Some(digest.parse().map_err(|_| invalid(text, "invalid digest"))?)),
            None => (path, None),
        };
        let (repository, tag) = match path.split_once(':') {
            Some((repository, tag)) => (
                repository,
                Some(
                    tag_of_version(tag)
                        .parse::<Tag>()
                        .map_err(|_| invalid(text, "invalid tag"))?
                        .0,
                ),
            ),
            None => (path, None),
        };
        check_repository(repository).map_err(|reason| invalid(text, reason))?;
        Ok(Self {
            registry: registry.to_owned(),
            repository: repository.to_owned(),
            tag,
            digest,
        })
    }
}

fn invalid(reference: &str, reason: &str) -> Error {
    Error::Reference {
        reference: clean(reference),
        reason: reason.to_owned(),
    }
}

/// `host[:port]` and nothing else: no user, no path, no scheme.
pub(crate) fn check_registry(registry: &str) -> Result<(), &'static str> {
    let (host, port) = match registry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            address.parse::<std::net::Ipv6Addr>().map_err(|_| "invalid registry")?;
            (
                "ipv6",
                port.strip_prefix(':')
                    .or(if port.is_empty() { None } else { Some("x") }),
            )
        }
        None => match registry.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (registry, None),
        },
    };
    let host_ok = !host.is_empty()
        && host.starts_with(|c: char| c.is_ascii_alphanumeric())
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let port_ok = port.is_none_or(|port| !port.starts_with('+') && port.parse::<u16>().is_ok());
    if host_ok && port_ok {
        Ok(())
    } else {
        Err("invalid registry")
    }
}

/// Path elements of lower-case letters and digits, joined by single separators (OCI distribution, "name").
pub(crate) fn check_repository(repository: &str) -> Result<(), &'static str> {
    if repository.len() <= 255 && !repository.is_empty() && repository.split('/').all(is_component) {
        Ok(())
    } else {
        Err("invalid repository")
    }
}

fn is_component(text: &str) -> bool {
    let alnum = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let edges = text.starts_with(alnum) && text.ends_with(alnum);
    let separators = text
        .split(alnum)
        .all(|run| matches!(run, "" | "." | "_" | "__") || run.chars().all(|c| c == '-'));
    edges && separators
}

impl fmt::Display for OciReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_registry_repository_tag_and_digest() {
        let digest = Digest::sha256(b"");
        let reference: OciReference = format!("oci://127.0.0.1:5000/a/b-c/d_e:1.0+x@{digest}")
            .parse()
            .unwrap();
        assert_eq!(
            (reference.registry(), reference.repository(), reference.name()),
            ("127.0.0.1:5000", "a/b-c/d_e", "d_e")
        );
        assert_eq!((reference.tag(), reference.digest()), (Some("1.0_x"), Some(&digest)));
        assert_eq!(reference.target(), Some(Target::Digest(digest.clone())));
        assert_eq!(
            reference.to_string(),
            format!("127.0.0.1:5000/a/b-c/d_e:1.0_x@{digest}")
        );
        assert_eq!(
            "h.example/a"
                .parse::<OciReference>()
                .unwrap()
                .with_version("1+2")
                .unwrap()
                .to_string(),
            "h.example/a:1_2"
        );
        assert_eq!(
            "oci://h/a"
                .parse::<OciReference>()
                .unwrap()
                .child("web")
                .unwrap()
                .to_string(),
            "h/a/web"
        );
        assert!("oci://[::1]:5000/a".parse::<OciReference>().is_ok());
    }

    /// CVE-2024-3727: digests, tags and names get into URLs only when they are nothing else.
    #[test]
    fn nothing_else_gets_into_a_url() {
        for text in [
            "oci://h",
            "oci://h/",
            "oci://u@h/a",
            "oci://h/../a",
            "oci://h/a/..",
            "oci://h/A",
            "oci://h/a:b/c",
            "oci://h/a:..",
            "oci://h/a@sha256:../../x",
            "oci://h/a?x",
            "oci://h/a%2f",
            "oci://h:99999/a",
            "oci://h:+1/a",
            "oci://[::1]x/a",
            "oci://h/a b",
            "oci://h//a",
            "oci:///a",
        ] {
            assert!(text.parse::<OciReference>().is_err(), "{text}");
        }
    }
}
