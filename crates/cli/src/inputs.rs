//! What a command reads from disk: the chart and the values.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ironhelm::chart::Chart;
use ironhelm::load_chart;
use ironhelm::values::{FileSource, UserValues, Values, ValuesFile};

use crate::failure::Failure;
use crate::flags::ValuesArgs;
use crate::output::Console;

/// Loads the chart that an argument names.
pub(crate) fn chart(argument: &str, console: &Console) -> Result<Arc<Chart>, Failure> {
    let loaded = load_chart(&locate(argument)?)?;
    loaded.warnings.iter().for_each(|warning| console.warn(warning));
    if loaded.chart.metadata.deprecated {
        console.warn("this chart is deprecated");
    }
    Ok(loaded.chart)
}

/// Where the chart is that an argument names.
pub(crate) fn locate(argument: &str) -> Result<PathBuf, Failure> {
    let path = Path::new(argument);
    if path.exists() {
        // Helm: messages about what is there name the whole path.
        return Ok(std::path::absolute(path).unwrap_or_default());
    }
    if path.is_absolute() || argument.starts_with('.') {
        return Err(Failure::new(format!("path {argument:?} not found")));
    }
    Err(not_local(argument))
}

fn not_local(argument: &str) -> Failure {
    let (what, fetch) = match argument.split_once("://") {
        Some(("oci", _)) => ("an OCI registry", format!("`helm pull {argument}`")),
        Some(_) => ("an address", format!("`curl -LO {argument}`")),
        None if argument.contains('/') => {
            // Helm: what is no file and has a slash names a chart of a repository.
            let (repository, _) = argument.split_once('/').unwrap_or_default();
            return Failure::new(format!("repo {repository} not found")).hint(format!(
                "there is no file {argument:?}, and charts from repositories are not supported yet: fetch it with \
                 `helm pull {argument}` and give the archive"
            ));
        }
        None => {
            return Failure::new(format!(
                "chart {argument:?} not found: there is no such directory or archive"
            ))
            .hint("a chart is a directory with a Chart.yaml, a .tgz archive or an unpacked bundle");
        }
    };
    Failure::new(format!(
        "chart {argument:?} is in {what}, and those are not supported yet"
    ))
    .hint(format!("fetch it with {fetch} and give the archive"))
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
