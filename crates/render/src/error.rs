//! [`RenderError`], and Helm's wording of what Go's template engine reports.

use ironhelm_gotmpl::{ExecError, ParseError};

use crate::functions::{MESSAGE_END, MESSAGE_START};
use crate::world::Lookup;

/// Why a chart could not be rendered; the texts are Helm's.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RenderError {
    /// The chart is not made for this version of Kubernetes.
    #[error(transparent)]
    Kubernetes(#[from] ironhelm_chart::IncompatibleKubernetes),
    /// A template failed to parse or to execute.
    #[error("{message}")]
    Template {
        /// Helm's text.
        message: String,
        /// What was looked up and not known; the failure may go away once it is.
        missing_lookups: Vec<Lookup>,
    },
    /// A rendered file is no YAML, or its head has fields of the wrong kind.
    #[error("YAML parse error on {file}: {reason}")]
    Yaml {
        /// The template's path.
        file: String,
        /// Helm's text.
        reason: String,
        /// What was looked up and not known.
        missing_lookups: Vec<Lookup>,
    },
    /// What post-renders failed, or wrote what is no YAML.
    #[error("{reason}")]
    PostRender {
        /// What went wrong.
        reason: String,
    },
    /// The system would not run the templates.
    #[error("rendering template failed: {reason}")]
    Engine {
        /// What the system said.
        reason: String,
    },
}

impl RenderError {
    /// What was looked up and not known; the failure may go away once it is.
    #[must_use]
    pub fn missing_lookups(&self) -> &[Lookup] {
        match self {
            Self::Template { missing_lookups, .. } | Self::Yaml { missing_lookups, .. } => missing_lookups,
            Self::Kubernetes(_) | Self::PostRender { .. } | Self::Engine { .. } => &[],
        }
    }
}

/// A failure before it is known what lookups are missing.
pub(crate) enum Failure {
    Template(String),
    PostRender(String),
    Yaml { file: String, reason: String },
}

impl Failure {
    pub(crate) fn with_lookups(self, missing_lookups: Vec<Lookup>) -> RenderError {
        match self {
            Self::Template(message) => RenderError::Template {
                message,
                missing_lookups,
            },
            Self::PostRender(reason) => RenderError::PostRender { reason },
            Self::Yaml { file, reason } => RenderError::Yaml {
                file,
                reason,
                missing_lookups,
            },
        }
    }
}

/// `parse error at (F:L): message`.
pub(crate) fn parse_failure(error: &ParseError) -> Failure {
    let text = error.to_string();
    let tokens: Vec<&str> = text.split(": ").collect();
    let message = match tokens.as_slice() {
        [_, location, .., last] => format!("parse error at ({location}): {last}"),
        _ => format!("parse error in ({}): {text}", error.template),
    };
    Failure::Template(message)
}

/// Helm: the message of `fail` or `required` alone, else one paragraph per level, else Go's text.
pub(crate) fn exec_failure(error: &ExecError) -> Failure {
    let text = error.to_string();
    let message = match own_message(&text) {
        Some(message) => {
            let location = text.split(": ").nth(1).unwrap_or_default();
            format!("execution error at ({location}): {message}")
        }
        None => levels(error).unwrap_or(text),
    };
    Failure::Template(message)
}

/// What stands between the first start marker and the last end marker.
fn own_message(text: &str) -> Option<&str> {
    let start = text.find(MESSAGE_START)? + MESSAGE_START.len();
    let end = text.rfind(MESSAGE_END)?;
    text.get(start..end)
}

/// One paragraph per level; none when a level is not an error of the template engine.
fn levels(error: &ExecError) -> Option<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    for level in error.levels() {
        let paragraph = paragraph(level);
        if paragraphs.last() != Some(&paragraph) {
            paragraphs.push(paragraph);
        }
        match &level.cause {
            Some(cause) if cause.exec().is_some() && cause.own_text().is_empty() => {}
            Some(_) => return None,
            None => {}
        }
    }
    Some(paragraphs.join("\n").trim().to_owned())
}

fn paragraph(level: &ExecError) -> String {
    if level.location.is_empty() {
        return level.message.clone();
    }
    let name = ironhelm_golang::strconv::quote(level.template.as_bytes());
    let message = level.message.trim_end();
    format!(
        "{}\n  executing {name} at <{}>:\n    {message}",
        level.location, level.context
    )
}
