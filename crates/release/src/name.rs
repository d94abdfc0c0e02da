//! Names of releases, their namespaces and revisions.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest release name that Helm accepts.
const MAX_NAME_LENGTH: usize = 53;

/// The name of a release: dot-separated lower-case DNS labels, at most 53 characters.
///
/// ```
/// use ironhelm_release::ReleaseName;
/// let name: ReleaseName = "my-app".parse()?;
/// assert_eq!(name.as_str(), "my-app");
/// assert!("My App".parse::<ReleaseName>().is_err());
/// # Ok::<(), ironhelm_release::InvalidReleaseName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReleaseName(Arc<str>);

impl ReleaseName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ReleaseName {
    type Err = InvalidReleaseName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(InvalidReleaseName::Empty);
        }
        if text.len() > MAX_NAME_LENGTH || !text.split('.').all(is_dns_label) {
            return Err(InvalidReleaseName::Malformed { name: text.to_owned() });
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for ReleaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for ReleaseName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

fn is_dns_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let edge = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    edge(bytes.first())
        && edge(bytes.last())
        && bytes
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}

/// A text that cannot name a release. The text of this error is the one of `helm install`; other commands word it
/// `release name is invalid: X` (see [`InvalidReleaseName::short`]) with a prefix of their own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReleaseName {
    /// The text is empty.
    #[error("release name \"\": no name provided")]
    Empty,
    /// The text breaks the rule for release names.
    #[error(
        "release name {name:?}: invalid release name, must match regex {} and the length must not be longer than 53",
        Self::PATTERN
    )]
    Malformed {
        /// What was given.
        name: String,
    },
}

impl InvalidReleaseName {
    /// The rule for release names as Helm's messages quote it.
    pub const PATTERN: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

    /// What was given.
    pub fn name(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Malformed { name } => name,
        }
    }

    /// `release name is invalid: X`, the wording of every command but install.
    pub fn short(&self) -> String {
        format!("release name is invalid: {}", self.name())
    }
}

/// The namespace of a release. Any text: the API server is the judge, as with Helm.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Namespace(Arc<str>);

impl Namespace {
    /// The namespace as text; empty in a record that names none.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Namespace {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Namespace {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl AsRef<str> for Namespace {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The number of a revision, counted from 1 in each release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(u32);

impl Revision {
    /// The revision that an install writes.
    pub const FIRST: Self = Self(1);

    /// The revision with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The revision that follows.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The revision before, if there can be one.
    pub const fn previous(self) -> Option<Self> {
        if self.0 > 1 { Some(Self(self.0 - 1)) } else { None }
    }
}

impl Default for Revision {
    fn default() -> Self {
        Self::FIRST
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
