//! Regular expressions in RE2 syntax, as Go's `regexp` accepts, runs and rejects them.
//!
//! Patterns are rewritten for the `regex` crate, whose matching is leftmost-first as Go's. Subjects are bytes; what is not
//! UTF-8 counts as U+FFFD, as in Go.

mod class;
mod error;
mod escape;
mod expand;
mod subject;
mod translate;

use std::ops::Range;

use regex::{Captures, Regex, RegexBuilder};

pub use self::error::{Error, ErrorKind};
use self::expand::Part;
use self::subject::Subject;

/// The largest compiled program, in bytes.
const SIZE_LIMIT: usize = 32 << 20;

/// A result of replacing is cut behind this length, where it is a multiple of its text.
const LONGEST: usize = 64 << 20;

/// A compiled pattern.
///
/// ```
/// use ironhelm_golang::regexp::Regexp;
/// let regexp = Regexp::new(r"(\w+)@(\w+)").unwrap();
/// assert_eq!(regexp.replace_all(b"a@b", b"$2 at ${1}x"), b"b at ax");
/// assert_eq!(Regexp::new("a(b").unwrap_err().to_string(), "error parsing regexp: missing closing ): `a(b`");
/// ```
#[derive(Debug, Clone)]
pub struct Regexp {
    regex: Regex,
    pattern: String,
    names: Vec<Option<String>>,
}

impl Regexp {
    /// Compiles `pattern`.
    ///
    /// # Errors
    /// [`Error`] when Go would reject the pattern, or when it is too large.
    pub fn new(pattern: &str) -> Result<Self, Error> {
        let translation = translate::translate(pattern)?;
        let regex = RegexBuilder::new(&translation.pattern)
            .size_limit(SIZE_LIMIT)
            .nest_limit(4 * 250)
            .build();
        let regex = regex.map_err(|_| Error::new(ErrorKind::Large, pattern))?;
        Ok(Self {
            regex,
            pattern: pattern.to_owned(),
            names: translation.names,
        })
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// Whether `text` holds a match.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.regex.is_match(&Subject::new(text).text)
    }

    /// The first match.
    pub fn find<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let subject = Subject::new(text);
        self.regex.find(&subject.text).map(|found| subject.slice(found.range()))
    }

    /// The first `limit` matches, all of them if it is negative.
    pub fn find_all<'t>(&self, text: &'t [u8], limit: i64) -> Vec<&'t [u8]> {
        let subject = Subject::new(text);
        self.ranges(&subject, limit)
            .into_iter()
            .map(|range| subject.slice(range))
            .collect()
    }

    /// The groups of the first match, the whole match first; a group that took no part is `None`.
    pub fn find_submatch<'t>(&self, text: &'t [u8]) -> Option<Vec<Option<&'t [u8]>>> {
        let subject = Subject::new(text);
        let captures = self.regex.captures(&subject.text)?;
        Some(
            captures
                .iter()
                .map(|group| group.map(|group| subject.slice(group.range())))
                .collect(),
        )
    }

    /// `text` with every match replaced by `template`, in which `$1`, `$name` and `${name}` stand for groups and `$$` for `$`.
    pub fn replace_all(&self, text: &[u8], template: &[u8]) -> Vec<u8> {
        let parts = expand::parts(template);
        self.replace(text, |subject, captures, out| {
            for part in &parts {
                match part {
                    Part::Text(text) => out.extend_from_slice(text),
                    Part::Group(number) => push_group(subject, captures, *number, out),
                    Part::Named(name) => self.push_named(subject, captures, name, out),
                }
            }
        })
    }

    /// `text` with every match replaced by `replacement` as it is.
    pub fn replace_all_literal(&self, text: &[u8], replacement: &[u8]) -> Vec<u8> {
        self.replace(text, |_, _, out| out.extend_from_slice(replacement))
    }

    /// The pieces between matches: at most `limit` if it is positive, none if it is 0, all if it is negative.
    pub fn split<'t>(&self, text: &'t [u8], limit: i64) -> Vec<&'t [u8]> {
        if limit == 0 {
            return Vec::new();
        }
        if !self.pattern.is_empty() && text.is_empty() {
            return vec![text];
        }
        let subject = Subject::new(text);
        let (mut pieces, mut start, mut end) = (Vec::new(), 0, 0);
        for range in self.ranges(&subject, limit) {
            if limit > 0 && pieces.len() as i64 == limit - 1 {
                break;
            }
            end = range.start;
            if range.end != 0 {
                pieces.push(subject.slice(start..end));
            }
            start = range.end;
        }
        if end != subject.text.len() {
            pieces.push(subject.slice(start..subject.text.len()));
        }
        pieces
    }

    /// Go: an empty match right after another match does not count.
    fn ranges(&self, subject: &Subject<'_>, limit: i64) -> Vec<Range<usize>> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut ranges, mut at, mut previous) = (Vec::new(), 0, None);
        while ranges.len() < limit && at <= subject.text.len() {
            let Some(found) = self.regex.find_at(&subject.text, at) else {
                break;
            };
            let accepted = found.end() != at || Some(found.start()) != previous;
            at = if found.end() == at {
                subject.after_char(at)
            } else {
                found.end()
            };
            previous = Some(found.end());
            if accepted {
                ranges.push(found.range());
            }
        }
        ranges
    }

    fn replace(&self, text: &[u8], mut with: impl FnMut(&Subject<'_>, &Captures<'_>, &mut Vec<u8>)) -> Vec<u8> {
        let subject = Subject::new(text);
        let mut out = Vec::with_capacity(text.len());
        let (mut at, mut copied) = (0, 0);
        while at <= subject.text.len() {
            let Some(captures) = self.regex.captures_at(&subject.text, at) else {
                break;
            };
            let range = captures.get_match().range();
            out.extend_from_slice(subject.slice(copied..range.start));
            // Go: nothing is put in for an empty match right after another one.
            if range.end > copied || range.start == 0 {
                with(&subject, &captures, &mut out);
            }
            copied = range.end;
            at = range.end.max(subject.after_char(at));
            if out.len() > LONGEST {
                return out;
            }
        }
        out.extend_from_slice(subject.slice(copied..subject.text.len()));
        out
    }

    fn push_named(&self, subject: &Subject<'_>, captures: &Captures<'_>, name: &str, out: &mut Vec<u8>) {
        // Go: groups may share a name; the first that took part counts.
        let mut named = (0..self.names.len()).filter(|&number| self.names[number].as_deref() == Some(name));
        if let Some(number) = named.find(|&number| captures.get(number).is_some()) {
            push_group(subject, captures, number, out);
        }
    }
}

fn push_group(subject: &Subject<'_>, captures: &Captures<'_>, number: usize, out: &mut Vec<u8>) {
    if let Some(group) = captures.get(number) {
        out.extend_from_slice(subject.slice(group.range()));
    }
}

/// `text` as a pattern that matches just it.
pub fn quote_meta(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if br"\.+*?()|[]{}^$".contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out
}
