//! What a command reads from disk: the chart and the values.

use std::io::Read;
use std::path::{Path, PathBuf};

use ironhelm::values::{FileSource, UserValues, Values, ValuesFile};

use crate::failure::Failure;
use crate::flags::ValuesArgs;

/// The place of the chart that an argument names, if that is on this machine. It costs nothing but a look.
pub(crate) fn local(argument: &str) -> Result<Option<PathBuf>, Failure> {
    let path = Path::new(argument);
    if path.exists() {
        // Helm: messages about what is there name the whole path.
        return Ok(Some(std::path::absolute(path).unwrap_or_default()));
    }
    if path.is_absolute() || argument.starts_with('.') {
        return Err(Failure::new(format!("path {argument:?} not found")));
    }
    Ok(None)
}

/// Makes one tree of all that the user gave.
pub(crate) fn values(args: &ValuesArgs) -> Result<Values, Failure> {
    let mut files = Vec::new();
    for source in args.files.iter().flat_map(|argument| FileSource::parse_list(argument)) {
        files.push(values_file(source)?);
    }
    let given = UserValues {
        files,
        set_json: args.set_json.clone(),
        set: args.set.clone(),
        set_string: args.set_string.clone(),
        set_file: args.set_file.clone(),
        set_literal: args.set_literal.clone(),
    };
    given.resolve(&mut read).map_err(|error| Failure::of(&error))
}

fn values_file(source: FileSource) -> Result<ValuesFile, Failure> {
    match source {
        FileSource::StandardInput => {
            let mut text = Vec::new();
            std::io::stdin()
                .lock()
                .read_to_end(&mut text)
                .map_err(|error| Failure::new(reason(&error)))?;
            Ok(ValuesFile {
                name: "-".to_owned(),
                text,
            })
        }
        FileSource::Location(name) if name.contains("://") => {
            Err(Failure::new(format!("values from {name} are not supported yet"))
                .hint("fetch the file and give its path"))
        }
        FileSource::Location(name) => {
            let text = read(&name).map_err(|error| Failure::of(&error))?;
            Ok(ValuesFile { name, text })
        }
    }
}

/// A file that cannot be read, in Go's words.
#[derive(Debug, thiserror::Error)]
#[error("open {path}: {reason}")]
pub(crate) struct Unreadable {
    path: String,
    reason: String,
}

fn read(path: &str) -> Result<Vec<u8>, Unreadable> {
    std::fs::read(path).map_err(|error| Unreadable {
        path: path.to_owned(),
        reason: reason(&error),
    })
}

/// Go: the system's words in lower case and without the number.
pub(crate) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
