//! From a path, or from bytes, to a [`Chart`].
//!
//! A directory is walked, an archive is inflated and read in one pass; both end as a list of [`File`]s that
//! [`load_files`] turns into a chart. Everything is bounded by [`Budgets`], because a chart may come from anywhere.

mod archive;
mod assemble;
mod directory;
mod error;
mod sniff;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

pub use error::{ArchiveError, DirectoryError, DocumentError, LoadError, PathError};

use crate::decode;
use crate::model::{Bytes, Chart, File};
use crate::warning::Warning;
use assemble::SubchartFiles;

/// How much a chart may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// Bytes of one archive's files. Helm: 100 MiB.
    pub archive: u64,
    /// Bytes of one file. Helm: 5 MiB.
    pub file: u64,
    /// Bytes of all files, those of archives inside of archives included.
    pub total: u64,
    /// Number of files, those of archives inside of archives included.
    pub files: usize,
    /// Levels of charts inside of charts.
    pub depth: usize,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            archive: 100 << 20,
            file: 5 << 20,
            total: 1 << 30,
            files: 200_000,
            depth: 64,
        }
    }
}

/// What to do about symbolic links in a chart's directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Symlinks {
    /// Follow them wherever they lead, with a warning for each. Helm: always so.
    #[default]
    Follow,
    /// Follow those that stay inside the chart, refuse the others.
    Confine,
}

/// How charts are loaded; the default is Helm's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoadOptions {
    /// How much a chart may be.
    pub budgets: Budgets,
    /// What to do about symbolic links.
    pub symlinks: Symlinks,
}

/// A chart, and what is odd about it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The chart.
    pub chart: Chart,
    /// What to tell the user.
    pub warnings: Vec<Warning>,
}

/// Loads the chart at `path`: a directory, a gzipped archive, or an unpacked offline bundle, whose chart is in
/// its directory `original-chart`.
///
/// # Errors
/// [`LoadError`], whose chain of sources reads as Helm's message.
pub fn load(path: impl AsRef<Path>) -> Result<Loaded, LoadError> {
    load_with(path.as_ref(), &LoadOptions::default())
}

/// As [`load`], by other rules than Helm's.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, options: &LoadOptions) -> Result<Loaded, LoadError> {
    let metadata = fs::metadata(path).map_err(|error| PathError::new("stat", path, &error))?;
    if metadata.is_dir() {
        load_directory(&chart_root(path), options)
    } else {
        load_archive_file(path, options)
    }
}

/// Loads the gzipped archive that `bytes` are; `name` stands for it in messages.
///
/// # Errors
/// As [`load`].
pub fn load_archive(name: &str, bytes: &[u8], options: &LoadOptions) -> Result<Loaded, LoadError> {
    sniff::require_gzip(name, bytes)?;
    load_stream(name, bytes, options)
}

/// Makes a chart of files whose names are relative to its root.
///
/// # Errors
/// As [`load`].
pub fn load_files(files: Vec<File>, options: &LoadOptions) -> Result<Loaded, LoadError> {
    let mut loader = Loader::new(options);
    let chart = loader.assemble(files, 0)?;
    Ok(Loaded {
        chart,
        warnings: loader.warnings,
    })
}

/// The files of the directory or archive at `path`, without those that `.helmignore` excludes from a directory.
///
/// # Errors
/// As [`load`]; whether the files make a chart is for [`load_files`] to say.
pub fn read_files(path: &Path, options: &LoadOptions) -> Result<ReadFiles, LoadError> {
    let metadata = fs::metadata(path).map_err(|error| PathError::new("stat", path, &error))?;
    let mut loader = Loader::new(options);
    let files = if metadata.is_dir() {
        let root = std::path::absolute(path).map_err(|error| PathError::new("getwd", path, &error))?;
        loader.walk(&root)?
    } else {
        if metadata.len() == 0 {
            return Err(ArchiveError::NoBytes.into());
        }
        let archive = fs::File::open(path).map_err(|error| PathError::new("open", path, &error))?;
        loader.unpack(archive)?
    };
    Ok(ReadFiles {
        files,
        warnings: loader.warnings,
    })
}

/// The files of a chart, and what is odd about them.
#[derive(Debug, Clone)]
pub struct ReadFiles {
    /// The files, in the order of the walk or of the archive.
    pub files: Vec<File>,
    /// What to tell the user.
    pub warnings: Vec<Warning>,
}

/// A chart with the texts of its values, which the chart itself holds parsed only.
#[derive(Debug, Clone)]
pub struct SourcedChart {
    /// The chart.
    pub chart: Chart,
    /// `values.yaml` as it stands.
    pub values: Option<Bytes>,
    /// The charts under `charts/`, in the order of the chart's own list.
    pub subcharts: Vec<Self>,
}

/// As [`load`], with the texts of values. Helm: what only looks into a chart takes one of any API version.
///
/// # Errors
/// As [`load`].
pub fn load_sources(path: &Path, options: &LoadOptions) -> Result<SourcedChart, LoadError> {
    let root = if path.is_dir() {
        chart_root(path)
    } else {
        require_archive(path)?;
        path.to_owned()
    };
    let files = read_files(&root, options)?.files;
    let chart = load_files(files.clone(), options)?.chart;
    with_sources(chart, files, options)
}

fn require_archive(path: &Path) -> Result<(), LoadError> {
    let mut head = Vec::with_capacity(sniff::LENGTH);
    fs::File::open(path)
        .and_then(|file| file.take(sniff::LENGTH as u64).read_to_end(&mut head))
        .map_err(|error| PathError::new("open", path, &error))?;
    sniff::require_gzip(&path.display().to_string(), &head)
}

fn with_sources(chart: Chart, files: Vec<File>, options: &LoadOptions) -> Result<SourcedChart, LoadError> {
    let values = files.iter().rev().find(|file| file.name == "values.yaml");
    let values = values.map(|file| file.data.clone());
    let mut loader = Loader::new(options);
    let buckets = assemble::subchart_files(files);
    let mut subcharts = Vec::with_capacity(chart.subcharts.len());
    for (subchart, files) in chart.subcharts.iter().zip(buckets) {
        let files = match files {
            SubchartFiles::Packed(archive) => loader.unpack(&*archive.data)?,
            SubchartFiles::Unpacked(files) => files,
        };
        subcharts.push(with_sources(Chart::clone(subchart), files, options)?);
    }
    Ok(SourcedChart {
        chart,
        values,
        subcharts,
    })
}

/// One load under way: what is left of the budgets, and what was odd so far.
struct Loader<'o> {
    options: &'o LoadOptions,
    bytes_left: u64,
    files_left: usize,
    warnings: Vec<Warning>,
}

impl<'o> Loader<'o> {
    fn new(options: &'o LoadOptions) -> Self {
        let Budgets { total, files, .. } = options.budgets;
        Self {
            options,
            bytes_left: total,
            files_left: files,
            warnings: Vec::new(),
        }
    }

    /// Takes one file of `size` bytes from the budgets; `false` if they are used up.
    fn spend(&mut self, size: u64) -> bool {
        match (self.files_left.checked_sub(1), self.bytes_left.checked_sub(size)) {
            (Some(files), Some(bytes)) => {
                (self.files_left, self.bytes_left) = (files, bytes);
                true
            }
            _ => false,
        }
    }
}

/// The directory itself, or the one inside an unpacked offline bundle.
fn chart_root(path: &Path) -> PathBuf {
    let bundled = path.join("original-chart");
    if !path.join("Chart.yaml").exists() && bundled.join("Chart.yaml").exists() {
        return bundled;
    }
    path.to_owned()
}

fn load_directory(root: &Path, options: &LoadOptions) -> Result<Loaded, LoadError> {
    let root = std::path::absolute(root).map_err(|error| PathError::new("getwd", root, &error))?;
    let path = root.join("Chart.yaml");
    let refuse = |error| LoadError::Undetected {
        path: path.clone(),
        source: PathError::new("open", &path, &error),
    };
    let chart_yaml = directory::read_regular(&path, options.budgets.file).map_err(refuse)?;
    check_api_version(&chart_yaml)?;
    let mut loader = Loader::new(options);
    let files = loader.walk(&root)?;
    let chart = loader.assemble(files, 0)?;
    Ok(Loaded {
        chart,
        warnings: loader.warnings,
    })
}

fn load_archive_file(path: &Path, options: &LoadOptions) -> Result<Loaded, LoadError> {
    let name = path.display().to_string();
    let mut file = fs::File::open(path).map_err(|error| PathError::new("open", path, &error))?;
    let mut head = Vec::with_capacity(sniff::LENGTH);
    let taken = (&mut file).take(sniff::LENGTH as u64).read_to_end(&mut head);
    taken.map_err(|error| PathError::new("read", path, &error))?;
    sniff::require_gzip(&name, &head)?;
    load_stream(&name, head.as_slice().chain(file), options)
}

fn load_stream(name: &str, gzip: impl Read, options: &LoadOptions) -> Result<Loaded, LoadError> {
    let mut loader = Loader::new(options);
    let files = loader.unpack(gzip).map_err(|source| match source {
        ArchiveError::GzipHeader => LoadError::InvalidArchive {
            path: name.to_owned(),
            details: source.to_string(),
        },
        source => LoadError::Archive { source },
    })?;
    let chart_yaml = files
        .iter()
        .find(|file| file.name == "Chart.yaml")
        .ok_or(LoadError::UndetectedInArchive)?;
    check_api_version(&chart_yaml.data)?;
    let chart = loader.assemble(files, 0)?;
    Ok(Loaded {
        chart,
        warnings: loader.warnings,
    })
}

/// Helm: the API version decides which loader reads the chart; that of version 3 is an experiment.
fn check_api_version(chart_yaml: &[u8]) -> Result<(), LoadError> {
    let refuse = |source| LoadError::Document {
        file: "Chart.yaml",
        source,
    };
    let tree = ironhelm_yaml::decode(strip_mark(chart_yaml)).map_err(|error| refuse(error.into()))?;
    match decode::api_version(&tree)
        .map_err(|error| refuse(error.into()))?
        .as_str()
    {
        "" | "v1" | "v2" => Ok(()),
        "v3" => Err(LoadError::InvalidApiVersion),
        _ => Err(LoadError::UnsupportedVersion),
    }
}

/// The bytes without a leading byte order mark.
fn strip_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}
