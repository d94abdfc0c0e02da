//! The grammar of the `--set` family.
//!
//! ```text
//! input = pair { "," pair }
//! pair  = path "=" value
//! path  = name { "." name | "[" integer "]" }
//! value = "{" [ item { "," item } ] "}" [ "," ] | scalar up to the next ","
//! ```
//!
//! A backslash takes the next character literally. The five flags share the path and differ in the
//! value: see [`SetKind`].
//!
//! ```
//! use ironhelm_values::set::{SetKind, parse_into};
//!
//! let mut values = ironhelm_values::Values::new();
//! let mut no_files = |_: &str| Err(std::io::Error::other("no files"));
//! parse_into(SetKind::Typed, "image.tag=7,ports[1]={a,b}", &mut values, &mut no_files)?;
//! assert_eq!(values["image"]["tag"], 7);
//! assert_eq!(values["ports"][1][0], "a");
//! # Ok::<(), ironhelm_values::set::SetError<std::io::Error>>(())
//! ```

mod apply;
mod pair;
mod runes;

use std::error::Error;

use ironhelm_golang::strconv::{NumError, quote, quote_rune};
use serde_json::Value;

use crate::{Values, json, merge_maps};
use pair::{Pairs, Progress};

/// The deepest nesting by dots.
pub const MAX_NAME_DEPTH: usize = 30;
/// The highest index of a list.
pub const MAX_INDEX: usize = 65_536;
/// The longest path, counting names and indexes: nesting by indexes has no limit in Helm.
pub const MAX_PATH: usize = 512;
/// The number of nulls that the indexes of one argument may add.
pub const MAX_PADDING: usize = 1 << 22;

/// Which flag an argument belongs to, and so what its values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SetKind {
    /// `--set`: booleans, null, integers, else strings.
    Typed,
    /// `--set-string`: strings.
    String,
    /// `--set-json`: JSON texts; or the whole argument is one JSON object.
    Json,
    /// `--set-file`: the contents of the named files.
    File,
    /// `--set-literal`: all that follows the first `=`, without escapes.
    Literal,
}

impl SetKind {
    /// The flag's name on the command line.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Typed => "--set",
            Self::String => "--set-string",
            Self::Json => "--set-json",
            Self::File => "--set-file",
            Self::Literal => "--set-literal",
        }
    }
}

/// Why an argument cannot be read. Joined by `: ` with its source it is the text that Helm prints.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError<E: Error + 'static> {
    /// The argument does not follow the grammar, or does not fit the tree.
    #[error("failed parsing {} data", kind.flag())]
    Argument {
        /// The flag.
        kind: SetKind,
        /// What is wrong.
        source: Problem,
    },
    /// A file that `--set-file` names cannot be read.
    #[error("failed parsing --set-file data")]
    File {
        /// The reader's error.
        source: E,
    },
    /// An argument of `--set-json` cannot be read; Helm does not tell why.
    #[error("failed parsing --set-json data {argument}")]
    Json {
        /// The argument.
        argument: String,
    },
    /// An argument of `--set-json` starts as a JSON object and is none.
    #[error("failed parsing --set-json data JSON: {argument}")]
    JsonObject {
        /// The argument.
        argument: String,
    },
}

/// What is wrong with an argument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The argument ends within a name.
    #[error("key {} has no value", quote(key.as_bytes()))]
    NoValue {
        /// The name.
        key: String,
    },
    /// A comma follows a name.
    #[error("key {} has no value (cannot end with ,)", quote(key.as_bytes()))]
    NoValueBeforeComma {
        /// The name.
        key: String,
    },
    /// Nothing is set below a name, since the name below it is empty.
    #[error("key map {} has no value", quote(key.as_bytes()))]
    EmptyTable {
        /// The name.
        key: String,
    },
    /// The text between brackets is no integer.
    #[error("error parsing index")]
    Index {
        /// Go's complaint.
        source: NumError,
    },
    /// An index is negative.
    #[error("negative {index} index not allowed")]
    NegativeIndex {
        /// The index.
        index: i64,
    },
    /// An index is above [`MAX_INDEX`].
    #[error("index of {index} is greater than maximum supported index of {MAX_INDEX}")]
    IndexTooLarge {
        /// The index.
        index: usize,
    },
    /// Something follows a closing bracket that can not.
    #[error("unexpected data at end of array index: {}", quoted_runes(data))]
    AfterIndex {
        /// What follows.
        data: String,
    },
    /// A list lacks its closing brace.
    #[error("list must terminate with '}}'")]
    OpenList,
    /// More than [`MAX_NAME_DEPTH`] dots.
    #[error("value name nested level is greater than maximum supported nested level of {MAX_NAME_DEPTH}")]
    TooDeep,
    /// More than [`MAX_PATH`] names and indexes.
    #[error("path is longer than the maximum of {MAX_PATH} names and indexes")]
    PathTooLong,
    /// More than [`MAX_PADDING`] nulls.
    #[error("indexes add more than {MAX_PADDING} nulls")]
    TooMuchPadding,
    /// The path leads through a value that is no table or no list.
    #[error("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")]
    Conversion {
        /// The Go type of the value.
        found: &'static str,
        /// The Go type that the path needs.
        wanted: &'static str,
    },
    /// The value is no JSON.
    #[error("not a JSON value")]
    Json,
}

/// Reads `argument` of the flag `kind` into `values`; `files` reads what `--set-file` names.
///
/// After an error `values` holds what the pairs before the faulty one have set.
///
/// # Errors
/// [`SetError`], if the argument does not follow the grammar or does not fit `values`, or if
/// `files` fails.
pub fn parse_into<E: Error + 'static>(
    kind: SetKind,
    argument: &str,
    values: &mut Values,
    files: &mut dyn FnMut(&str) -> Result<Vec<u8>, E>,
) -> Result<(), SetError<E>> {
    if kind == SetKind::Json && argument.trim_start().starts_with('{') {
        return merge_json_object(argument, values);
    }
    let mut pairs = Pairs::new(kind, argument, files);
    loop {
        match pairs.next_pair(values) {
            Ok(Progress::More) => {}
            Ok(Progress::End) => return Ok(()),
            Err(failure) => return Err(failure.into_error(kind, argument)),
        }
    }
}

fn merge_json_object<E: Error + 'static>(argument: &str, values: &mut Values) -> Result<(), SetError<E>> {
    match json::decode_floats(argument.trim().as_bytes()) {
        Some(Value::Object(table)) => {
            merge_maps(values, table);
            Ok(())
        }
        _ => Err(SetError::JsonObject {
            argument: argument.to_owned(),
        }),
    }
}

/// Go prints a slice of runes with `%q` as `['a' 'b']`.
fn quoted_runes(text: &str) -> String {
    let runes: Vec<_> = text.chars().map(|c| quote_rune(c.into())).collect();
    format!("[{}]", runes.join(" "))
}
