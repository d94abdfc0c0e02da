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
/// An error of a nested execution (through a function such as `include`) is kept as the cause, one level per execution;
/// `Display` shows the outermost level followed by the inner ones, as Go's text does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecError {
    /// The name of the template that was executing.
    pub template: String,
    /// Where: `FILE:LINE:COLUMN`, or empty when the failure has no place in a text.
    pub location: String,
    /// The source text of the node, as `at <…>` shows it.
    pub context: String,
    /// What is wrong; when there is a cause, what stands before its text (`error calling f: `).
    pub message: String,
    /// The error that a called function returned.
    pub cause: Option<Box<FuncError>>,
}

impl ExecError {
    /// This level without its cause: `template: F:L:C: executing "T" at <E>: message`.
    pub fn own_text(&self) -> String {
        if self.location.is_empty() {
            return self.message.clone();
        }
        let name = ironhelm_golang::strconv::quote(self.template.as_bytes());
        format!(
            "template: {}: executing {name} at <{}>: {}",
            self.location, self.context, self.message
        )
    }

    /// The levels from this one inwards.
    pub fn levels(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |level| level.cause.as_ref()?.exec())
    }
}

impl fmt::Display for ExecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.levels().try_for_each(|level| {
            f.write_str(&level.own_text())?;
            level
                .cause
                .as_ref()
                .map_or(Ok(()), |cause| f.write_str(cause.own_text()))
        })
    }
}

impl std::error::Error for ExecError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// Thousands of levels must not be dropped by recursion.
impl Drop for ExecError {
    fn drop(&mut self) {
        let mut next = self.cause.take();
        while let Some(mut cause) = next {
            next = cause.source.take().and_then(|mut inner| inner.cause.take());
        }
    }
}

/// What a function returns when it fails: a text, and the error of a nested execution that it wraps.
///
/// The engine reports it as `error calling NAME: TEXT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuncError {
    /// The whole text, or what stands before the text of the source.
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
    pub fn wrap(prefix: impl Into<String>, error: ExecError) -> Self {
        Self {
            text: prefix.into(),
            source: Some(Box::new(error)),
        }
    }

    /// The text without that of the wrapped error.
    pub fn own_text(&self) -> &str {
        &self.text
    }

    /// The nested execution's error that this one wraps.
    pub fn exec(&self) -> Option<&ExecError> {
        self.source.as_deref()
    }
}

impl fmt::Display for FuncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.source.as_ref().map_or(Ok(()), |source| source.fmt(f))
    }
}

impl std::error::Error for FuncError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
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
