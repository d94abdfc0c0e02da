//! `index.yaml`: which versions of which charts a repository has.
//!
//! An [`Index`] is one buffer of compact records, whatever it was made from: the text of `index.yaml` (`scan` for the
//! regular block style that Helm writes, `read` for everything else) or the compact file that `cache` keeps next to
//! the downloaded index. Records are read where they lie.

mod cache;
mod choose;
mod fields;
mod generate;
mod read;
mod record;
mod scan;

use std::path::{Path, PathBuf};

pub use cache::load;
pub(crate) use cache::store_compact;
pub use choose::{ChooseError, Chosen};
pub use generate::{GenerateError, GenerateOptions, generate};
pub use record::{Entry, Index};

use crate::error::Error;

/// How much of an index is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// Bytes of the text.
    pub bytes: u64,
    /// Chart versions.
    pub entries: usize,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            entries: 1_000_000,
        }
    }
}

/// Why an index is of no use; the text is Helm's where Helm has one.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] Error),
    /// What is in the file is no index.
    #[error("error loading {}: {source}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ContentError,
    },
}

/// Why a text is no index.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// No bytes at all.
    #[error("empty index.yaml file")]
    Empty,
    /// No `apiVersion`.
    #[error("no API version specified")]
    NoApiVersion,
    /// A web page in place of an index.
    #[error(
        "the server answers with a web page, not with a chart index; registries such as Harbor 2.8 and later have no \
         ChartMuseum any more: use the chart as oci://HOST/PROJECT/CHART"
    )]
    WebPage,
    /// It is no YAML.
    #[error("error converting YAML to JSON: {source}")]
    Yaml {
        /// What the reader says.
        source: ironhelm_yaml::Error,
    },
    /// It is YAML of another shape.
    #[error("error unmarshaling JSON: while decoding JSON: {reason}")]
    Shape {
        /// What does not fit, in Go's words.
        reason: String,
    },
    /// It is JSON of another shape.
    #[error("{reason}")]
    JsonShape {
        /// What does not fit, in Go's words.
        reason: String,
    },
    /// It is larger than the budget.
    #[error("the index is larger than the budget of {limit} {unit}")]
    OverBudget {
        /// The budget.
        limit: u64,
        /// Of what.
        unit: &'static str,
    },
}

/// Reads the text of an index; `source` is named in warnings.
///
/// # Errors
/// [`ContentError`].
pub fn parse(text: &[u8], source: &Path, budgets: Budgets) -> Result<Index, ContentError> {
    if text.is_empty() {
        return Err(ContentError::Empty);
    }
    if text.len() as u64 > budgets.bytes {
        return Err(ContentError::OverBudget {
            limit: budgets.bytes,
            unit: "bytes",
        });
    }
    if is_web_page(text) {
        return Err(ContentError::WebPage);
    }
    match scan::scan(text, budgets) {
        Some(index) => Ok(index),
        None => read::read(text, source, budgets),
    }
}

fn is_web_page(text: &[u8]) -> bool {
    let start = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    let begins = |word: &str| {
        start
            .get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
    };
    begins("<!doctype html") || begins("<html")
}

#[cfg(test)]
mod tests;
