//! One version.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use ironhelm_golang::strconv::{self, NumError};

/// Longest text that is read as a version, in bytes.
const MAX_LENGTH: usize = 256;

/// A semantic version, ordered by precedence: build metadata does not count, neither for order nor for equality.
#[derive(Debug, Clone)]
pub struct Version {
    /// First number.
    pub major: u64,
    /// Second number, 0 where left out.
    pub minor: u64,
    /// Third number, 0 where left out.
    pub patch: u64,
    prerelease: String,
    metadata: String,
    original: String,
}

/// Why a text is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Not the shape of a version.
    #[error("invalid semantic version")]
    Malformed,
    /// Nothing there at all (strict reading only).
    #[error("version string empty")]
    Empty,
    /// A letter where only digits may stand (strict reading only).
    #[error("invalid characters in version")]
    InvalidCharacters,
    /// A number with a leading zero.
    #[error("version segment starts with 0")]
    LeadingZero,
    /// A number that does not fit 64 bits.
    #[error("error parsing version segment: {source}")]
    Number {
        /// What Go says of the number.
        source: NumError,
    },
    /// Longer than any version may be.
    #[error("version string is too long (max {MAX_LENGTH} bytes)")]
    TooLong,
    /// A character that a pre-release cannot have.
    #[error("invalid prerelease string")]
    Prerelease,
    /// A character that build metadata cannot have.
    #[error("invalid metadata string")]
    Metadata,
}

impl Version {
    /// Reads a version loosely: `v1`, `1.2` and `01.2.3` are versions.
    ///
    /// # Errors
    /// [`VersionError`] where the text is no version even so.
    ///
    /// ```
    /// # use ironhelm_chart::semver::Version;
    /// assert_eq!(Version::parse("v1.2").unwrap().to_string(), "1.2.0");
    /// ```
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        if text.len() > MAX_LENGTH {
            return Err(VersionError::TooLong);
        }
        let parts = Parts::split(text.strip_prefix('v').unwrap_or(text)).ok_or(VersionError::Malformed)?;
        let mut numbers = [0; 3];
        for (number, digits) in numbers.iter_mut().zip(parts.numbers.split('.')) {
            *number = parse_number(digits)?;
        }
        Self::assemble(text, numbers, &parts)
    }

    /// Reads a version strictly: three numbers without leading zeros and no `v`.
    ///
    /// # Errors
    /// [`VersionError`] for everything else.
    pub fn parse_strict(text: &str) -> Result<Self, VersionError> {
        if text.is_empty() {
            return Err(VersionError::Empty);
        }
        if text.len() > MAX_LENGTH {
            return Err(VersionError::TooLong);
        }
        let parts = Parts::split_unchecked(text);
        let segments: Vec<&str> = parts.numbers.split('.').collect();
        let [major, minor, patch] = segments[..] else {
            return Err(VersionError::Malformed);
        };
        let numbers = [strict_number(major)?, strict_number(minor)?, strict_number(patch)?];
        check_identifiers(&parts)?;
        Self::assemble(text, numbers, &parts)
    }

    fn assemble(text: &str, [major, minor, patch]: [u64; 3], parts: &Parts<'_>) -> Result<Self, VersionError> {
        let prerelease = parts.prerelease.unwrap_or_default();
        if prerelease.split('.').any(has_leading_zero) {
            return Err(VersionError::LeadingZero);
        }
        Ok(Self {
            major,
            minor,
            patch,
            prerelease: prerelease.to_owned(),
            metadata: parts.metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        })
    }

    /// What follows the hyphen, or nothing.
    #[must_use]
    pub fn prerelease(&self) -> &str {
        &self.prerelease
    }

    /// What follows the plus sign, or nothing.
    #[must_use]
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// The text that the version was read from.
    #[must_use]
    pub fn original(&self) -> &str {
        &self.original
    }

    pub(super) fn compare_prerelease(&self, other: &Self) -> Ordering {
        match (self.prerelease.as_str(), other.prerelease.as_str()) {
            (left, right) if left == right => Ordering::Equal,
            ("", _) => Ordering::Greater,
            (_, "") => Ordering::Less,
            (left, right) => compare_identifiers(left, right),
        }
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        Self::parse(text)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| self.compare_prerelease(other))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.major, self.minor, self.patch, &self.prerelease).hash(state);
    }
}

/// The pieces of a version's text.
struct Parts<'a> {
    numbers: &'a str,
    prerelease: Option<&'a str>,
    metadata: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Splits a text of the right shape: one to three numbers and identifiers that may be read.
    fn split(text: &'a str) -> Option<Self> {
        let parts = Self::split_unchecked(text);
        let numbers = parts.numbers.split('.').count() <= 3 && parts.numbers.split('.').all(is_digits);
        (numbers && check_identifiers(&parts).is_ok()).then_some(parts)
    }

    fn split_unchecked(text: &'a str) -> Self {
        let (rest, metadata) = split_off(text, '+');
        let (numbers, prerelease) = split_off(rest, '-');
        Self {
            numbers,
            prerelease,
            metadata,
        }
    }
}

fn split_off(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark)
        .map_or((text, None), |(before, after)| (before, Some(after)))
}

fn check_identifiers(parts: &Parts<'_>) -> Result<(), VersionError> {
    if !parts.prerelease.is_none_or(are_identifiers) {
        return Err(VersionError::Prerelease);
    }
    if !parts.metadata.is_none_or(are_identifiers) {
        return Err(VersionError::Metadata);
    }
    Ok(())
}

/// Are these identifiers of letters, digits and hyphens, joined by dots?
pub(super) fn are_identifiers(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    text.split('.')
        .all(|part| !part.is_empty() && part.bytes().all(allowed))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_leading_zero(part: &str) -> bool {
    part.len() > 1 && part.starts_with('0') && is_digits(part)
}

fn strict_number(digits: &str) -> Result<u64, VersionError> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(VersionError::InvalidCharacters);
    }
    if has_leading_zero(digits) {
        return Err(VersionError::LeadingZero);
    }
    parse_number(digits)
}

fn parse_number(digits: &str) -> Result<u64, VersionError> {
    strconv::parse_uint(digits, 10, 64).map_err(|source| VersionError::Number { source })
}

fn compare_identifiers(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => compare_identifier(left, right),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Numbers come before words; a number beyond 64 bits counts as a word.
fn compare_identifier(left: &str, right: &str) -> Ordering {
    match (left.parse::<u64>(), right.parse::<u64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => left.cmp(right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precedence_is_that_of_the_specification() {
        let ordered = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1",
        ];
        for pair in ordered.windows(2) {
            assert!(
                Version::parse(pair[0]).unwrap() < Version::parse(pair[1]).unwrap(),
                "{pair:?}"
            );
        }
    }

    #[test]
    fn build_metadata_does_not_count() {
        assert_eq!(Version::parse("1.2.3+a").unwrap(), Version::parse("v1.2.3+b").unwrap());
    }

    #[test]
    fn strict_reading_wants_three_plain_numbers() {
        assert_eq!(Version::parse_strict("1.2.3-a+b").unwrap().to_string(), "1.2.3-a+b");
        assert_eq!(Version::parse_strict(""), Err(VersionError::Empty));
        assert_eq!(Version::parse_strict("1.2"), Err(VersionError::Malformed));
        assert_eq!(Version::parse_strict("v1.2.3"), Err(VersionError::InvalidCharacters));
        assert_eq!(Version::parse_strict("01.2.3"), Err(VersionError::LeadingZero));
    }
}
