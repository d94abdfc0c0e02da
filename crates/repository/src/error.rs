//! Failures that several verbs share.

use std::io;
use std::path::PathBuf;

use crate::files;

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading or writing failed; the text is Go's.
    #[error("{}", files::go_error(.operation, .path, .cause))]
    File {
        /// The system call.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

impl Error {
    pub(crate) fn file(operation: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File { operation, path, cause }
    }
}
