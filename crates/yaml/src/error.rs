//! What can go wrong, in Go's words.

use std::borrow::Cow;
use std::fmt;

/// Why a text has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not YAML.
    #[error("yaml: {}{problem}", LinePrefix(*line))]
    Syntax {
        /// What the reader, scanner or parser found.
        problem: Cow<'static, str>,
        /// The line as Go tells it, which is not always the line of the fault.
        line: Option<u32>,
    },
    /// The text is YAML, but its nodes have no value: a bad tag, alias, merge or key.
    #[error("yaml: {problem}")]
    Content {
        /// What is wrong with which node.
        problem: String,
    },
    /// A mapping holds a key twice (strict reading only).
    #[error("yaml: unmarshal errors:\n{}", Indented(problems))]
    Duplicates {
        /// One `line N: key "k" already set in map` each.
        problems: Vec<String>,
    },
    /// A mapping's key has no JSON form.
    #[error("unsupported map key of type: {kind}, key: {key}, value: {value}")]
    Key {
        /// The Go type of the key.
        kind: &'static str,
        /// The key in Go syntax.
        key: String,
        /// The value under that key in Go syntax.
        value: String,
    },
    /// A number has no JSON form.
    #[error("json: unsupported value: {value}")]
    NotJson {
        /// `+Inf`, `-Inf` or `NaN`.
        value: &'static str,
    },
}

impl Error {
    /// The text with the prefix that `sigs.k8s.io/yaml` gives it when it unmarshals.
    pub fn conversion_text(&self) -> String {
        format!("error converting YAML to JSON: {self}")
    }
}

struct LinePrefix(Option<u32>);

impl fmt::Display for LinePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(f, "line {line}: "))
    }
}

struct Indented<'a>(&'a [String]);

impl fmt::Display for Indented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "  " } else { "\n  " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}
