//! Constraints on versions.

use std::str::FromStr;

use ironhelm_golang::strconv;

use super::version::Version;

/// A run of characters longer than this is not one end of a `a - b` range.
const MAX_RANGE_END: usize = 512;

/// Ranges of versions: alternatives (`||`) of groups whose terms must all hold.
///
/// ```
/// # use ironhelm_chart::semver::{Constraint, Version};
/// let constraint = Constraint::parse(">=1.2 <2 || ~3.1").unwrap();
/// assert!(constraint.check(&Version::parse("3.1.7").unwrap()));
/// ```
#[derive(Debug, Clone)]
pub struct Constraint {
    groups: Vec<Group>,
}

/// Why a text is no constraint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConstraintError {
    /// Not the shape of a constraint.
    #[error("improper constraint: {}", strconv::quote(.group.as_bytes()))]
    Improper {
        /// The alternative that cannot be read, its `a - b` ranges rewritten.
        group: String,
    },
    /// A term of the right shape whose version cannot be read.
    #[error("constraint parser error")]
    Version,
}

impl Constraint {
    /// Reads a constraint.
    ///
    /// # Errors
    /// [`ConstraintError`], whose text is the one that templates show.
    pub fn parse(text: &str) -> Result<Self, ConstraintError> {
        let text = rewrite_ranges(text);
        let groups = text.split("||").map(Group::parse).collect::<Result<_, _>>()?;
        Ok(Self { groups })
    }

    /// Is `version` within the ranges?
    #[must_use]
    pub fn check(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| group.check(version))
    }
}

impl FromStr for Constraint {
    type Err = ConstraintError;

    fn from_str(text: &str) -> Result<Self, ConstraintError> {
        Self::parse(text)
    }
}

/// Terms that must all hold.
#[derive(Debug, Clone)]
struct Group {
    terms: Vec<Term>,
    /// A term names a pre-release: only then may a pre-release satisfy the group.
    names_prerelease: bool,
}

impl Group {
    fn parse(text: &str) -> Result<Self, ConstraintError> {
        let shapes = read_group(text).ok_or_else(|| ConstraintError::Improper { group: text.to_owned() })?;
        let terms = shapes.iter().map(Term::from_shape).collect::<Result<Vec<_>, _>>()?;
        let names_prerelease = terms.iter().any(|term| !term.version.prerelease().is_empty());
        Ok(Self {
            terms,
            names_prerelease,
        })
    }

    fn check(&self, version: &Version) -> bool {
        let admitted = version.prerelease().is_empty() || self.names_prerelease;
        admitted && self.terms.iter().all(|term| term.check(version))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Tilde,
    Caret,
}

/// The operators, the longer ones before their beginnings.
const OPERATORS: [(&str, Operator); 11] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
    ("=", Operator::Equal),
];

/// Which numbers of a term's version were left to the wildcard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wildcard {
    None,
    Patch,
    Minor,
    All,
}

/// One comparison.
#[derive(Debug, Clone)]
struct Term {
    operator: Operator,
    version: Version,
    wildcard: Wildcard,
}

impl Term {
    fn from_shape(shape: &Shape<'_>) -> Result<Self, ConstraintError> {
        let [major, minor, patch] = shape.numbers;
        let prerelease = shape.prerelease;
        let (wildcard, text) = if is_wildcard(major) {
            (Wildcard::All, format!("0.0.0{prerelease}"))
        } else if is_wildcard(minor) {
            (Wildcard::Minor, format!("{major}.0.0{prerelease}"))
        } else if is_wildcard(patch) {
            (Wildcard::Patch, format!("{major}.{minor}.0{prerelease}"))
        } else {
            (Wildcard::None, shape.version.to_owned())
        };
        let version = Version::parse(&text).map_err(|_| ConstraintError::Version)?;
        Ok(Self {
            operator: shape.operator,
            version,
            wildcard,
        })
    }

    fn check(&self, version: &Version) -> bool {
        match self.operator {
            Operator::Equal if self.wildcard == Wildcard::None => *version == self.version,
            Operator::Equal | Operator::Tilde => self.is_near(version),
            Operator::NotEqual => self.differs(version),
            Operator::Greater => self.is_above(version),
            Operator::GreaterOrEqual => *version >= self.version,
            Operator::Less => *version < self.version,
            Operator::LessOrEqual => self.is_at_most(version),
            Operator::Caret => self.is_compatible(version),
        }
    }

    /// `~1.2.3`: the same minor version, not older.
    fn is_near(&self, version: &Version) -> bool {
        if *version < self.version {
            return false;
        }
        // Go: `~0.0.0` and `~*` admit everything.
        let zero = (self.version.major, self.version.minor, self.version.patch) == (0, 0, 0);
        if zero && matches!(self.wildcard, Wildcard::None | Wildcard::All) {
            return true;
        }
        version.major == self.version.major && (version.minor == self.version.minor || self.wildcard == Wildcard::Minor)
    }

    /// `!=1.2`: outside of the whole 1.2 range.
    fn differs(&self, version: &Version) -> bool {
        if self.wildcard == Wildcard::None {
            return *version != self.version;
        }
        if version.major != self.version.major {
            return true;
        }
        match self.wildcard {
            Wildcard::Minor => false,
            _ if version.minor != self.version.minor => true,
            Wildcard::Patch => version.compare_prerelease(&self.version).is_ne(),
            _ => *version != self.version,
        }
    }

    /// `>1`: above the whole 1.x range.
    fn is_above(&self, version: &Version) -> bool {
        if self.wildcard == Wildcard::None {
            return *version > self.version;
        }
        if version.major != self.version.major {
            return version.major > self.version.major;
        }
        match self.wildcard {
            Wildcard::Minor => false,
            Wildcard::Patch => version.minor > self.version.minor,
            _ => *version > self.version,
        }
    }

    /// `<=1`: within or below the whole 1.x range.
    fn is_at_most(&self, version: &Version) -> bool {
        if self.wildcard == Wildcard::None {
            return *version <= self.version;
        }
        match version.major.cmp(&self.version.major) {
            std::cmp::Ordering::Greater => false,
            std::cmp::Ordering::Equal => version.minor <= self.version.minor || self.wildcard == Wildcard::Minor,
            std::cmp::Ordering::Less => true,
        }
    }

    /// `^1.2.3`: the first number that is not zero stays, not older.
    fn is_compatible(&self, version: &Version) -> bool {
        if *version < self.version {
            return false;
        }
        if self.version.major > 0 || self.wildcard == Wildcard::Minor {
            return version.major == self.version.major;
        }
        if version.major > 0 {
            return false;
        }
        if self.version.minor > 0 || self.wildcard == Wildcard::Patch {
            return version.minor == self.version.minor;
        }
        version.minor == 0 && version.patch == self.version.patch
    }
}

/// A term as written.
struct Shape<'a> {
    operator: Operator,
    /// The whole version, with its `v`.
    version: &'a str,
    /// The numbers, empty where left out.
    numbers: [&'a str; 3],
    /// The pre-release with its hyphen, or nothing.
    prerelease: &'a str,
}

fn is_wildcard(number: &str) -> bool {
    matches!(number, "" | "x" | "X" | "*")
}

/// Reads terms separated by white space or commas, at least one.
fn read_group(text: &str) -> Option<Vec<Shape<'_>>> {
    let mut shapes = Vec::new();
    let mut rest = trim_space(text);
    loop {
        let (shape, after) = read_term(rest)?;
        shapes.push(shape);
        let next = trim_space(after);
        if next.is_empty() {
            return Some(shapes);
        }
        rest = match next.strip_prefix(',') {
            Some(next) => trim_space(next),
            None if next.len() < after.len() => next,
            None => return None,
        };
    }
}

fn read_term(text: &str) -> Option<(Shape<'_>, &str)> {
    let found = OPERATORS
        .iter()
        .find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)));
    let (operator, rest) = found.unwrap_or((Operator::Equal, text));
    let (version, rest) = read_version(trim_space(rest))?;
    Some((Shape { operator, ..version }, rest))
}

/// Reads a version with wildcards from the front of `text`.
fn read_version(text: &str) -> Option<(Shape<'_>, &str)> {
    let (major, mut rest) = take_while(text.strip_prefix('v').unwrap_or(text), is_number_character)?;
    let mut numbers = [major, "", ""];
    for number in &mut numbers[1..] {
        let Some((digits, after)) = rest
            .strip_prefix('.')
            .and_then(|rest| take_while(rest, is_number_character))
        else {
            break;
        };
        (*number, rest) = (digits, after);
    }
    let (prerelease, rest) = read_identifiers(rest, '-');
    let (_, rest) = read_identifiers(rest, '+');
    let version = &text[..text.len() - rest.len()];
    Some((
        Shape {
            operator: Operator::Equal,
            version,
            numbers,
            prerelease,
        },
        rest,
    ))
}

/// Go: the pattern's character class `[0-9|x|X|\*]` admits a bar.
fn is_number_character(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'x' | b'X' | b'*' | b'|')
}

/// Takes `mark` and the dotted identifiers behind it, or nothing.
fn read_identifiers(text: &str, mark: char) -> (&str, &str) {
    let is_identifier = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let Some((_, mut rest)) = text.strip_prefix(mark).and_then(|rest| take_while(rest, is_identifier)) else {
        return ("", text);
    };
    while let Some((_, after)) = rest.strip_prefix('.').and_then(|rest| take_while(rest, is_identifier)) {
        rest = after;
    }
    text.split_at(text.len() - rest.len())
}

fn take_while(text: &str, wanted: impl Fn(u8) -> bool) -> Option<(&str, &str)> {
    let length = text.bytes().take_while(|byte| wanted(*byte)).count();
    (length > 0).then(|| text.split_at(length))
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\u{c}' | '\r')
}

fn trim_space(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

/// Turns every `a - b` into `>= a, <= b `.
fn rewrite_ranges(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(hyphen) = rest[from..].find('-').map(|index| from + index) {
        match range_at(rest, hyphen) {
            Some(range) => {
                out.push_str(&rest[..range.start]);
                out.push_str(&format!(">= {}, <= {} ", range.low, range.high));
                rest = &rest[range.end..];
                from = 0;
            }
            None => from = hyphen + 1,
        }
    }
    out.push_str(rest);
    out
}

struct Range<'a> {
    start: usize,
    low: &'a str,
    high: &'a str,
    end: usize,
}

/// The range whose hyphen, between white space, is at `hyphen`.
fn range_at(text: &str, hyphen: usize) -> Option<Range<'_>> {
    let (before, after) = (&text[..hyphen], &text[hyphen + 1..]);
    let (low_end, high_start) = (before.trim_end_matches(is_space), trim_space(after));
    if low_end.len() == before.len() || high_start.len() == after.len() {
        return None;
    }
    let (high, rest) = read_version(high_start)?;
    let word = low_end.rfind(is_space).map_or(0, |index| index + 1);
    if low_end.len() - word > MAX_RANGE_END {
        return None;
    }
    let mut starts = low_end[word..].char_indices().map(|(index, _)| word + index);
    let low_start = starts.find(|start| matches!(read_version(&low_end[*start..]), Some((_, ""))))?;
    Some(Range {
        start: text[..low_start].trim_end_matches(is_space).len(),
        low: &low_end[low_start..],
        high: high.version,
        end: text.len() - trim_space(rest).len(),
    })
}
