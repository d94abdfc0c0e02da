//! The user's tree, from files and flags in Helm's order.
//!
//! Reading files, standard input and addresses is the caller's part: [`FileSource`] tells it what
//! the arguments of `-f` name, and [`UserValues`] takes the texts.

use std::error::Error;

use serde_json::Value;

use crate::set::{SetError, SetKind, parse_into};
use crate::{Values, merge_maps};

/// A values file that has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValuesFile {
    /// The name that errors mention, as it was given.
    pub name: String,
    /// What the file holds.
    pub text: Vec<u8>,
}

/// What the user gave, in the order of the command line within each group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserValues {
    /// The files of `-f`.
    pub files: Vec<ValuesFile>,
    /// The arguments of `--set-json`.
    pub set_json: Vec<String>,
    /// The arguments of `--set`.
    pub set: Vec<String>,
    /// The arguments of `--set-string`.
    pub set_string: Vec<String>,
    /// The arguments of `--set-file`.
    pub set_file: Vec<String>,
    /// The arguments of `--set-literal`.
    pub set_literal: Vec<String>,
}

/// Why the user's values make no tree. Joined by `: ` with its sources it is the text that Helm
/// prints.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError<E: Error + 'static> {
    /// A values file cannot be read as values.
    #[error("failed to parse {file}")]
    File {
        /// Its name.
        file: String,
        /// What is wrong with it.
        source: LoadError,
    },
    /// An argument of the `--set` family is wrong.
    #[error(transparent)]
    Set(#[from] SetError<E>),
}

/// Why a text holds no values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// More than a comment follows `---`.
    #[error("error reading yaml document: invalid Yaml document separator: {rest}")]
    Separator {
        /// What follows.
        rest: String,
    },
    /// A document is no YAML.
    #[error("cannot unmarshal yaml document: error converting YAML to JSON")]
    Yaml {
        /// What is wrong with it.
        source: ironhelm_yaml::Error,
    },
    /// A document is no table.
    #[error(
        "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: \
         json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
    )]
    NotATable {
        /// What it is: `array`, `string`, `number` or `bool`.
        found: &'static str,
    },
}

impl UserValues {
    /// Makes one tree: files first, then `--set-json`, `--set`, `--set-string`, `--set-file` and
    /// `--set-literal`. `read_file` reads what `--set-file` names.
    ///
    /// # Errors
    /// [`SourceError`] for the first file or argument that is wrong.
    pub fn resolve<E: Error + 'static>(
        &self,
        read_file: &mut dyn FnMut(&str) -> Result<Vec<u8>, E>,
    ) -> Result<Values, SourceError<E>> {
        let mut values = Values::new();
        for ValuesFile { name, text } in &self.files {
            let table = load_values(text).map_err(|source| SourceError::File {
                file: name.clone(),
                source,
            })?;
            merge_maps(&mut values, table);
        }
        for (kind, arguments) in self.arguments() {
            for argument in arguments {
                parse_into(kind, argument, &mut values, read_file)?;
            }
        }
        Ok(values)
    }

    fn arguments(&self) -> [(SetKind, &[String]); 5] {
        [
            (SetKind::Json, &self.set_json),
            (SetKind::Typed, &self.set),
            (SetKind::String, &self.set_string),
            (SetKind::File, &self.set_file),
            (SetKind::Literal, &self.set_literal),
        ]
    }
}

/// Reads the text of a values file, a chart's own one too: all its documents, merged in order. All
/// numbers are floats.
///
/// # Errors
/// [`LoadError`], if a document is no YAML or no table.
pub fn load_values(text: &[u8]) -> Result<Values, LoadError> {
    let mut values = Values::new();
    for document in documents(text) {
        let mut value = ironhelm_yaml::decode(&document?).map_err(|source| LoadError::Yaml { source })?;
        ironhelm_golang::json::to_float64(&mut value);
        match value {
            Value::Null => {}
            Value::Object(table) if values.is_empty() => values = table,
            Value::Object(table) => merge_maps(&mut values, table),
            other => {
                return Err(LoadError::NotATable {
                    found: json_kind(&other),
                });
            }
        }
    }
    Ok(values)
}

fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    }
}

/// The documents of a YAML stream. Helm: lines end with a newline alone, the last one too; what follows `---` on its line
/// may be a comment only, else [`LoadError::Separator`] ends the stream.
pub fn documents(text: &[u8]) -> impl Iterator<Item = Result<Vec<u8>, LoadError>> {
    let mut lines = lines(text);
    let mut ended = false;
    std::iter::from_fn(move || {
        let mut document = Vec::new();
        while !ended {
            let Some(line) = lines.next() else {
                ended = true;
                break;
            };
            if let Some(rest) = line.strip_prefix(b"---") {
                if let Err(error) = check_separator(rest) {
                    ended = true;
                    return Some(Err(error));
                }
                if !document.is_empty() {
                    return Some(Ok(document));
                }
            }
            document.extend_from_slice(line);
            document.push(b'\n');
        }
        (!document.is_empty()).then_some(Ok(document))
    })
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").or((!text.is_empty()).then_some(text));
    text.into_iter()
        .flat_map(|text| text.split(|b| *b == b'\n'))
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn check_separator(rest: &[u8]) -> Result<(), LoadError> {
    let rest = String::from_utf8_lossy(rest);
    match rest.trim() {
        "" => Ok(()),
        comment if comment.starts_with('#') => Ok(()),
        rest => Err(LoadError::Separator { rest: rest.to_owned() }),
    }
}

/// Where a values file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileSource {
    /// Standard input: `-`.
    StandardInput,
    /// A path, or an address with a scheme.
    Location(String),
}

impl FileSource {
    /// The sources that one argument of `-f` names: they are parted by commas, and a quoted one may
    /// hold commas itself.
    ///
    /// ```
    /// use ironhelm_values::FileSource;
    /// let sources = FileSource::parse_list("a.yaml,-,\"b,c.yaml\"");
    /// assert_eq!(sources[1], FileSource::StandardInput);
    /// assert_eq!(sources[2], FileSource::Location("b,c.yaml".into()));
    /// ```
    pub fn parse_list(argument: &str) -> Vec<Self> {
        let mut sources = Vec::new();
        let mut rest = (!argument.is_empty()).then_some(argument);
        while let Some(list) = rest {
            let (field, after) = list_field(list);
            sources.push(if field.trim() == "-" {
                Self::StandardInput
            } else {
                Self::Location(field)
            });
            rest = after;
        }
        sources
    }
}

/// The first field of a comma-separated list, and what follows its comma.
fn list_field(list: &str) -> (String, Option<&str>) {
    let Some(quoted) = list.strip_prefix('"') else {
        return list
            .split_once(',')
            .map_or((list.to_owned(), None), |(field, rest)| (field.to_owned(), Some(rest)));
    };
    let mut field = String::new();
    let mut rest = quoted;
    while let Some((part, after)) = rest.split_once('"') {
        field.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return (field, after.strip_prefix(',')),
        }
    }
    field.push_str(rest);
    (field, None)
}
