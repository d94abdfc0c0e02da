//! Errors of parsing and executing, and those that functions return.

use std::fmt;

/// A template text that Go refuses; the text is Go's, `template: NAME:LINE: message`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template: {template}:{line}: {message}")]
pub struct ParseError {
    /// The name of the text being parsed.
    pub template: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// Why executing a template stopped; the text is Go's.
///
/// An error of a nested execution (through a function such as `include`) is kept as the source, one level per
/// execution; `Display` shows the outermost level, whose text contains the inner ones as in Go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecError {
    /// The name of the template that was executing.
    pub template: String,
    /// Where: `FILE:LINE:COLUMN`, or empty when the failure has no place in a text.
    pub location: String,
    /// The source text of the node, as `at <…>` shows it.
    pub context: String,
    /// What is wrong, the text of the cause included.
    pub message: String,
    /// The error that a called function returned.
    pub cause: Option<Box<FuncError>>,
}

impl fmt::Display for ExecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.location.is_empty() {
            return f.write_str(&self.message);
        }
        let name = ironhelm_golang::strconv::quote(self.template.as_bytes());
        write!(
            f,
            "template: {}: executing {name} at <{}>: {}",
            self.location, self.context, self.message
        )
    }
}

impl std::error::Error for ExecError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// What a function returns when it fails: a text, and the errors it wraps.
///
/// The engine reports it as `error calling NAME: TEXT`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FuncError {
    text: String,
    source: Option<Box<ExecError>>,
}

impl FuncError {
    /// An error with the given text.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            source: None,
        }
    }

    /// An error that puts `prefix` before the text of a nested execution's error.
    pub fn wrap(prefix: &str, error: ExecError) -> Self {
        Self {
            text: format!("{prefix}{error}"),
            source: Some(Box::new(error)),
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The nested execution's error that this one wraps.
    pub fn exec(&self) -> Option<&ExecError> {
        self.source.as_deref()
    }
}

impl From<String> for FuncError {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for FuncError {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<ExecError> for FuncError {
    fn from(error: ExecError) -> Self {
        Self::wrap("", error)
    }
}
