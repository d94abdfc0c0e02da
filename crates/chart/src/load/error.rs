//! Why a chart cannot be loaded. The chain of sources, joined by `: `, reads as Helm's message.

use std::io;
use std::path::{Path, PathBuf};

use ironhelm_golang::strconv;

use crate::decode::DecodeError;
use crate::ignore::IgnoreError;
use crate::validate::ValidationError;

/// Why a chart cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The path cannot be read.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The directory has no `Chart.yaml`.
    #[error("unable to detect chart at {}", .path.display())]
    Undetected {
        /// The `Chart.yaml` looked for.
        path: PathBuf,
        /// What the file system says.
        source: PathError,
    },
    /// The archive has no `Chart.yaml`.
    #[error("unable to detect chart version, no Chart.yaml found")]
    UndetectedInArchive,
    /// A chart of API version 3.
    #[error("invalid chart apiVersion")]
    InvalidApiVersion,
    /// A chart of an API version that does not exist.
    #[error("unsupported chart version")]
    UnsupportedVersion,
    /// The file is YAML and no archive.
    #[error("file '{path}' seems to be a YAML file, but expected a gzipped archive")]
    YamlFile {
        /// The file.
        path: String,
    },
    /// The file is no archive.
    #[error("file '{path}' does not appear to be a gzipped archive; got '{media_type}'")]
    NotGzip {
        /// The file.
        path: String,
        /// What it looks like.
        media_type: &'static str,
    },
    /// The file begins as an archive and goes on as something else.
    #[error("file '{path}' does not appear to be a valid chart file (details: {details})")]
    InvalidArchive {
        /// The file.
        path: String,
        /// What is wrong.
        details: String,
    },
    /// The archive cannot be unpacked. Helm: the cause is not told.
    #[error("unable to load chart archive")]
    Archive {
        /// What is wrong.
        source: ArchiveError,
    },
    /// The archive of a subchart cannot be unpacked.
    #[error(transparent)]
    SubchartArchive(#[from] ArchiveError),
    /// The directory cannot be walked.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A file that says something about the chart cannot be read.
    #[error("cannot load {file}")]
    Document {
        /// The file.
        file: &'static str,
        /// What is wrong.
        source: DocumentError,
    },
    /// There is no `Chart.yaml`.
    #[error("Chart.yaml file is missing")]
    ChartYamlMissing,
    /// The metadata is not acceptable.
    #[error("validation")]
    Validation {
        /// What is wrong.
        source: ValidationError,
    },
    /// Something under `charts/` is no chart.
    #[error("error unpacking subchart {name} in {chart}")]
    Subchart {
        /// The directory or archive under `charts/`.
        name: String,
        /// The chart around it.
        chart: String,
        /// What is wrong.
        source: Box<Self>,
    },
    /// A directory named like an archive.
    #[error("error unpacking subchart tar in {chart}: expected {expected}, got {found}")]
    SubchartName {
        /// The chart around it.
        chart: String,
        /// The archive's name.
        expected: String,
        /// The file that is there instead.
        found: String,
    },
    /// Charts are inside of charts beyond reason.
    #[error("charts are nested more than {limit} levels deep")]
    TooDeep {
        /// The deepest level allowed.
        limit: usize,
    },
}

/// Why an archive cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The compression's header is broken.
    #[error("gzip: invalid header")]
    GzipHeader,
    /// The archive is empty.
    #[error("EOF")]
    NoBytes,
    /// The archive ends early.
    #[error("unexpected EOF")]
    Truncated,
    /// The archive cannot be inflated, or has a broken header inside.
    #[error("archive/tar: invalid tar header")]
    Corrupt {
        /// What the decoder says.
        source: io::Error,
    },
    /// Nothing inside.
    #[error("no files in chart archive")]
    Empty,
    /// An entry with an absolute path.
    #[error("chart illegally contains absolute paths")]
    AbsolutePath,
    /// An entry beside the chart's directory.
    #[error("chart illegally contains content outside the base directory: {}", strconv::quote(.entry.as_bytes()))]
    OutsideBase {
        /// The entry's name.
        entry: String,
    },
    /// An entry that leaves the chart's directory.
    #[error("chart illegally references parent directory")]
    ParentDirectory,
    /// An entry with a drive letter, or with a zero byte in its name.
    #[error("chart contains illegally named files")]
    IllegalName,
    /// The chart is not in a directory.
    #[error("chart yaml not in base directory")]
    ChartYamlOutsideBase,
    /// The files are too much together.
    #[error("decompressed chart is larger than the maximum size {limit}")]
    TooLarge {
        /// The most bytes allowed.
        limit: u64,
    },
    /// One file is too much.
    #[error("decompressed chart file {} is larger than the maximum file size {limit}", strconv::quote(.entry.as_bytes()))]
    FileTooLarge {
        /// The entry's name.
        entry: String,
        /// The most bytes allowed.
        limit: u64,
    },
    /// All archives together hold too much.
    #[error("decompressed charts exceed the budget of {bytes} bytes or {files} files")]
    OverBudget {
        /// The most bytes allowed.
        bytes: u64,
        /// The most files allowed.
        files: usize,
    },
}

impl From<io::Error> for ArchiveError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            io::ErrorKind::InvalidInput if error.to_string().contains("gzip header") => Self::GzipHeader,
            io::ErrorKind::Other if error.to_string().starts_with("failed to read entire block") => Self::Truncated,
            _ => Self::Corrupt { source: error },
        }
    }
}

/// Why a directory cannot be read as a chart.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// `.helmignore` cannot be read.
    #[error(transparent)]
    Ignore(#[from] IgnoreError),
    /// A directory cannot be listed, or an entry not be looked at.
    #[error(transparent)]
    Walk(#[from] PathError),
    /// A symbolic link leads nowhere.
    #[error("error evaluating symlink {}", .path.display())]
    Symlink {
        /// The link.
        path: PathBuf,
        /// What the file system says.
        source: PathError,
    },
    /// A symbolic link leads out of the chart, which was not wanted.
    #[error("symbolic link {} leads out of the chart, to {}", .path.display(), .target.display())]
    SymlinkOutside {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A device, a pipe or a socket.
    #[error("cannot load irregular file {} as it has file mode type bits set", .path.display())]
    Irregular {
        /// The entry.
        path: PathBuf,
    },
    /// One file is too much.
    #[error("chart file {} is larger than the maximum file size {limit}", strconv::quote(.name.as_bytes()))]
    FileTooLarge {
        /// The last part of its path.
        name: String,
        /// The most bytes allowed.
        limit: u64,
    },
    /// A file cannot be read.
    #[error("error reading {name}")]
    Read {
        /// The path below the chart's root.
        name: String,
        /// What the file system says.
        source: PathError,
    },
    /// The directory holds too much.
    #[error("the chart exceeds the budget of {bytes} bytes or {files} files")]
    OverBudget {
        /// The most bytes allowed.
        bytes: u64,
        /// The most files allowed.
        files: usize,
    },
}

/// Why a file that says something about the chart cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is no YAML.
    #[error("error converting YAML to JSON")]
    Yaml(#[from] ironhelm_yaml::Error),
    /// It holds something else than wanted.
    #[error("error unmarshaling JSON: while decoding JSON")]
    Decode(#[from] DecodeError),
    /// It holds no values.
    #[error(transparent)]
    Values(#[from] ironhelm_values::sources::LoadError),
}

/// What the file system says of a path; the text is Go's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} {}: {reason}", .path.display())]
pub struct PathError {
    /// The system call.
    pub operation: &'static str,
    /// Where.
    pub path: PathBuf,
    /// Why not.
    pub reason: String,
}

impl PathError {
    pub(crate) fn new(operation: &'static str, path: &Path, error: &io::Error) -> Self {
        let text = error.to_string();
        let text = text.split(" (os error").next().unwrap_or_default();
        let mut letters = text.chars();
        let first = letters.next().into_iter().flat_map(char::to_lowercase);
        Self {
            operation,
            path: path.to_owned(),
            reason: first.chain(letters).collect(),
        }
    }
}
