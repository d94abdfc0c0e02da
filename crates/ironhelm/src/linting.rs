//! Charts from the file system, looked at by the rules of `lint`.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use ironhelm_action::full_text;
use ironhelm_chart::{File, IgnoreRules, LoadError, LoadOptions, Metadata, load_files, read_files};
use ironhelm_lint::{Entry, Options, Report, Subject, lint};

use crate::system::Nowhere;

/// Why there is nothing to look at.
#[derive(Debug, thiserror::Error)]
pub enum LintError {
    /// The directory is not that of a chart.
    #[error("unable to check Chart.yaml file in chart: stat {path}/Chart.yaml: {reason}")]
    NoChart {
        /// The directory.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The archive cannot be opened.
    #[error("unable to open tarball: open {path}: {reason}")]
    Unopened {
        /// The archive.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The archive is broken.
    #[error("unable to extract tarball")]
    Archive {
        /// What is wrong with it.
        source: LoadError,
    },
    /// The archive's chart would not be unpacked.
    #[error("unable to extract tarball: {reason}")]
    Name {
        /// What is wrong with its name.
        reason: String,
    },
    /// A file of the chart cannot be read.
    #[error("open {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
}

/// Applies the rules of `lint` to the chart in a directory or in an archive (`.tgz`, `.tar.gz`).
///
/// # Errors
/// [`LintError`] when there is nothing that rules could be applied to.
pub fn lint_chart(path: &Path, options: &Options) -> Result<Report, LintError> {
    let name = path.to_string_lossy();
    let subject = if name.ends_with(".tgz") || name.ends_with(".tar.gz") {
        packed(path)?
    } else {
        unpacked(path)?
    };
    Ok(lint(&subject, options, &Nowhere))
}

fn unpacked(path: &Path) -> Result<Subject, LintError> {
    let no_chart = |error: io::Error| LintError::NoChart {
        path: path.display().to_string(),
        reason: reason(&error),
    };
    fs::metadata(path.join("Chart.yaml")).map_err(no_chart)?;
    let whole = std::path::absolute(path).map_err(no_chart)?;
    let files = read_files(&whole, &LoadOptions::default()).map(|read| read.files);
    Ok(Subject {
        path: whole.display().to_string(),
        chart_yaml: entry(&whole.join("Chart.yaml"))?,
        values: entry(&whole.join("values.yaml"))?,
        schema: entry(&whole.join("values.schema.json"))?,
        templates: entry(&whole.join("templates"))?,
        crds: entry(&whole.join("crds"))?,
        chart: chart(files),
    })
}

fn entry(path: &Path) -> Result<Entry, LintError> {
    let read = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Entry::Missing),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => Ok(Entry::Directory),
        Ok(_) => fs::read(path).map(|bytes| Entry::File(bytes.into())),
    };
    read.map_err(|error| LintError::Unreadable {
        path: path.display().to_string(),
        reason: reason(&error),
    })
}

fn chart(files: Result<Vec<File>, LoadError>) -> Result<Arc<ironhelm_chart::Chart>, String> {
    let loaded = files.and_then(|files| load_files(files, &LoadOptions::default()));
    loaded
        .map(|loaded| Arc::new(loaded.chart))
        .map_err(|error| full_text(&error))
}

/// Helm: an archive is unpacked first, so that its `.helmignore` counts too.
fn packed(path: &Path) -> Result<Subject, LintError> {
    if let Err(error) = fs::File::open(path) {
        let (path, reason) = (path.display().to_string(), reason(&error));
        return Err(LintError::Unopened { path, reason });
    }
    let read = read_files(path, &LoadOptions::default()).map_err(|source| LintError::Archive { source })?;
    let mut files = read.files;
    check_name(&files)?;
    files.sort_by(|left, right| left.name.split('/').cmp(right.name.split('/')));
    let find = |name: &str| files.iter().rev().find(|file| file.name == name);
    let file = |name: &str| find(name).map_or(Entry::Missing, |file| Entry::File(Arc::clone(&file.data)));
    let directory = |name: &str| {
        let inside = format!("{name}/");
        if files.iter().any(|file| file.name.starts_with(&inside)) {
            Entry::Directory
        } else {
            file(name)
        }
    };
    Ok(Subject {
        path: path.display().to_string(),
        chart_yaml: file("Chart.yaml"),
        values: file("values.yaml"),
        schema: file("values.schema.json"),
        templates: directory("templates"),
        crds: directory("crds"),
        chart: unignored(&files).and_then(|files| chart(Ok(files))),
    })
}

fn check_name(files: &[File]) -> Result<(), LintError> {
    let fail = |reason: String| LintError::Name { reason };
    let chart_yaml = files.iter().rev().find(|file| file.name == "Chart.yaml");
    let name = match chart_yaml {
        None => String::new(),
        Some(file) => {
            let metadata =
                Metadata::parse(&file.data).map_err(|reason| fail(format!("cannot load Chart.yaml: {reason}")))?;
            metadata.name
        }
    };
    match name.as_str() {
        "" => Err(fail("chart name not specified".to_owned())),
        "." | ".." => Err(fail(format!("chart name {name:?} is not allowed"))),
        name if name.contains('/') => Err(fail(format!("chart name {name:?} must not contain path separators"))),
        _ => Ok(()),
    }
}

fn unignored(files: &[File]) -> Result<Vec<File>, String> {
    let text = files.iter().rev().find(|file| file.name == ".helmignore");
    let text = text.map_or_else(String::new, |file| String::from_utf8_lossy(&file.data).into_owned());
    let rules = IgnoreRules::parse(&text).map_err(|error| error.to_string())?;
    let is_ignored = |name: &str| {
        let ends = name.match_indices('/').map(|(end, _)| (end, true));
        ends.chain([(name.len(), false)])
            .any(|(end, is_directory)| rules.ignores(&name[..end], is_directory))
    };
    Ok(files.iter().filter(|file| !is_ignored(&file.name)).cloned().collect())
}

/// Go: the system's words in lower case and without the number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
