//! What can be wrong with a configuration.

use std::fmt;

use ironhelm_yaml::Error as YamlError;

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The text is not YAML, or has a key twice.
    #[error("error unmarshalling config file: {source}")]
    Syntax {
        /// What the reader says.
        source: YamlError,
    },
    /// A key that nobody knows.
    #[error("error unmarshalling config file: unknown field \"{key}\" in {message}{}", Spot(*line, path, nearest.as_deref()))]
    UnknownKey {
        /// The key.
        key: String,
        /// The message type that it was looked for in.
        message: &'static str,
        /// The path of the key in the file.
        path: String,
        /// Its line.
        line: Option<usize>,
        /// The known key that is most like it.
        nearest: Option<String>,
    },
    /// A value of the wrong type.
    #[error("error unmarshalling config file: {problem}{}", Spot(*line, path, None))]
    Type {
        /// What is wrong, in the original's words.
        problem: String,
        /// The path of the value in the file.
        path: String,
        /// Its line.
        line: Option<usize>,
    },
    /// A value of the wrong type that quotes would make right.
    #[error(
        "error unmarshalling config file: {problem}{}: write it in quotes: {path}: \"{written}\"",
        Spot(*line, path, None)
    )]
    Unquoted {
        /// What is wrong, in the original's words.
        problem: String,
        /// The path of the value in the file.
        path: String,
        /// Its line.
        line: Option<usize>,
        /// The value as it is written; a password is not shown.
        written: String,
    },
    /// A rule that a readable configuration breaks; the text is the original's.
    #[error("{problem}")]
    Invalid {
        /// The broken rule.
        problem: String,
    },
}

struct Spot<'a>(Option<usize>, &'a str, Option<&'a str>);

impl fmt::Display for Spot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(line) => write!(f, " (line {line}, {})", self.1)?,
            None => write!(f, " ({})", self.1)?,
        }
        self.2
            .map_or(Ok(()), |nearest| write!(f, "; did you mean \"{nearest}\"?"))
    }
}
