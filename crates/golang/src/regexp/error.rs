//! What can be wrong with a pattern.

use thiserror::Error;

use crate::strconv;

/// A pattern that Go would reject; prints as Go's `regexp/syntax.Error`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("error parsing regexp: {kind}: `{part}`")]
pub struct Error {
    /// The fault.
    pub kind: ErrorKind,
    /// The part of the pattern at fault.
    pub part: String,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, part: &str) -> Self {
        Self {
            kind,
            part: part.to_owned(),
        }
    }

    /// The text of the panic in Go's `regexp.MustCompile`.
    pub fn must_compile_text(&self, pattern: &str) -> String {
        let quoted = if strconv::can_backquote(pattern.as_bytes()) {
            format!("`{pattern}`")
        } else {
            strconv::quote(pattern.as_bytes())
        };
        format!("regexp: Compile({quoted}): {self}")
    }
}

/// The kinds of faults, in Go's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ErrorKind {
    /// A class range that runs backwards, or an unknown class name.
    #[error("invalid character class range")]
    InvalidCharRange,
    /// An escape that means nothing.
    #[error("invalid escape sequence")]
    InvalidEscape,
    /// A group name that is malformed.
    #[error("invalid named capture")]
    InvalidNamedCapture,
    /// A `(?` that RE2 does not have.
    #[error("invalid or unsupported Perl syntax")]
    InvalidPerlOp,
    /// Such as `a**`.
    #[error("invalid nested repetition operator")]
    InvalidRepeatOp,
    /// A count that is too large or runs backwards.
    #[error("invalid repeat count")]
    InvalidRepeatSize,
    /// A class without end.
    #[error("missing closing ]")]
    MissingBracket,
    /// A group without end.
    #[error("missing closing )")]
    MissingParen,
    /// Nothing to repeat.
    #[error("missing argument to repetition operator")]
    MissingRepeatArgument,
    /// Nothing to escape.
    #[error("trailing backslash at end of expression")]
    TrailingBackslash,
    /// A group without start.
    #[error("unexpected )")]
    UnexpectedParen,
    /// Groups too deep.
    #[error("expression nests too deeply")]
    NestingDepth,
    /// A program too large.
    #[error("expression too large")]
    Large,
}
