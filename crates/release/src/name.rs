//! Names of releases, their namespaces and revisions.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ironhelm_golang::strconv::quote;

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

impl Revision {
    /// Reads the argument of `rollback`: `None` for 0, which stands for the revision before the newest.
    ///
    /// # Errors
    /// The text is no number, or a negative one.
    pub fn parse_target(text: &str) -> Result<Option<Self>, InvalidRevision> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let not_a_number = |reason| InvalidRevision::NotANumber {
            text: text.to_owned(),
            reason,
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(not_a_number("invalid syntax"));
        }
        let number: i64 = text.parse().map_err(|_| not_a_number("value out of range"))?;
        if number < 0 {
            return Err(InvalidRevision::Negative);
        }
        // A number that no revision can have is looked for and not found.
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        Ok((number > 0).then_some(Self(number)))
    }
}

impl Default for Revision {
    fn default() -> Self {
        Self::FIRST
    }
}

/// A text that is no revision to go back to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRevision {
    /// Not a decimal number, or too big a one. Go: worded as `strconv.Atoi` does.
    #[error("could not convert revision to a number: strconv.Atoi: parsing {}: {reason}", quote(text.as_bytes()))]
    NotANumber {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A negative number.
    #[error("invalid release revision")]
    Negative,
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule() {
        let longest = "a".repeat(53);
        for good in ["a", "0", "a-b", "a.b-c.d", "1.2", "a--b", &longest] {
            assert!(good.parse::<ReleaseName>().is_ok(), "{good}");
        }
        let too_long = "a".repeat(54);
        for bad in [
            "", "A", "-a", "a-", "a..b", ".a", "a.", "a_b", "a/b", "é", "a\n", &too_long,
        ] {
            assert!(bad.parse::<ReleaseName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn bad_names_are_worded_as_by_helm() {
        let text = |name: &str| name.parse::<ReleaseName>().unwrap_err().to_string();
        assert_eq!(
            text("a\"b"),
            "release name \"a\\\"b\": invalid release name, must match regex \
             ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53"
        );
        assert_eq!(text(""), "release name \"\": no name provided");
        assert_eq!(
            "A".parse::<ReleaseName>().unwrap_err().short(),
            "release name is invalid: A"
        );
    }

    #[test]
    fn rollback_targets_are_read_as_by_helm() {
        assert_eq!(Revision::parse_target("3"), Ok(Some(Revision::new(3))));
        assert_eq!(Revision::parse_target("0"), Ok(None));
        assert_eq!(
            Revision::parse_target("-1").unwrap_err().to_string(),
            "invalid release revision"
        );
        assert_eq!(
            Revision::parse_target("two").unwrap_err().to_string(),
            "could not convert revision to a number: strconv.Atoi: parsing \"two\": invalid syntax"
        );
        assert_eq!(
            Revision::parse_target("99999999999999999999").unwrap_err().to_string(),
            "could not convert revision to a number: strconv.Atoi: parsing \"99999999999999999999\": value out of range"
        );
    }
}
