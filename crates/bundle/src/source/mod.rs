//! Opening whatever holds bundles.
//!
//! [`open`] takes a bundle of any file name, a download that holds bundles, a directory of bundles, an unpacked bundle, a bare `images.tar`
//! or a chart. What something is, is told by what is in it. Nothing is unpacked: charts are read into memory within their budgets, images
//! stay where they lie. Only what is compressed cannot be read in place: more than a few megabytes of it are inflated into a file without
//! a name in the directory that [`OpenOptions::scratch`] names, which is gone when the bundle is dropped.
//!
//! Names are never used as paths outside of what was opened: what leads out of it, and links among a chart's files, are refused.

mod chart;
mod error;
mod explore;
mod inflate;
mod tree;

use std::path::{Path, PathBuf};

pub use error::OpenError;
use ironhelm_chart::{File, LoadOptions, Loaded};
use ironhelm_image::{ImageArchive, Stamp};

pub(crate) use chart::kept;

/// How things are opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Where compressed archives are inflated; without it, large ones are refused.
    pub scratch: Option<PathBuf>,
    /// The most bytes that a compressed archive may inflate to.
    pub max_inflated: u64,
    /// How charts are loaded.
    pub chart: LoadOptions,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            scratch: None,
            max_inflated: 256 << 30,
            chart: LoadOptions::default(),
        }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Opened {
    /// The bundles, by their places.
    pub bundles: Vec<Bundle>,
    /// What is a bundle and cannot be used.
    pub broken: Vec<OpenError>,
    /// Archives that are no bundles.
    pub skipped: Vec<Skipped>,
}

/// An archive that is no bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Where it is.
    pub place: String,
    /// What it is instead.
    pub reason: String,
}

/// A bundle, or a part of one.
#[derive(Debug)]
pub struct Bundle {
    /// Where it is: a path, and behind colons the places in archives.
    pub place: String,
    /// The chart; none in a bare archive of images.
    pub chart: Option<BundledChart>,
    /// `hints.yaml`, or else the chart's own file of hints.
    pub hints: Option<Vec<u8>>,
    /// The images; none if they were left out.
    pub images: Option<BundledImages>,
}

/// The chart of a bundle.
#[derive(Debug)]
pub struct BundledChart {
    /// Its files by their paths below the chart's root, without those that `.helmignore` leaves out.
    pub files: Vec<File>,
    /// The same as a chart.
    pub loaded: Loaded,
}

/// The images of a bundle.
#[derive(Debug)]
pub struct BundledImages {
    /// The archive.
    pub archive: ImageArchive,
    /// The file that the archive lies in and what it was like; none for what was inflated. A record of verification goes by it.
    pub file: Option<(PathBuf, Stamp)>,
}

impl Bundle {
    /// The name in `Chart.yaml`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.chart.as_ref().map(|chart| chart.loaded.chart.name())
    }

    /// The version in `Chart.yaml`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.chart
            .as_ref()
            .map(|chart| chart.loaded.chart.metadata.version.as_str())
    }

    /// The name and the version that the file name tells, if it is one that charts-syncer gives.
    #[must_use]
    pub fn named(&self) -> Option<(String, String)> {
        named(self.place.rsplit(['/', ' ']).next()?)
    }
}

/// Opens what is at `path`.
///
/// # Errors
/// [`OpenError`] if there is no bundle at all, or if the one thing that `path` names is broken. Broken bundles beside others are
/// told in [`Opened::broken`].
pub fn open(path: &Path, options: &OpenOptions) -> Result<Opened, OpenError> {
    explore::Explorer::new(options).explore(path)
}

/// `<name>_<version>.bundle.tar`
fn named(file: &str) -> Option<(String, String)> {
    let (stem, _) = file.rsplit_once(".bundle.tar")?;
    let (name, version) = stem.split_once('_')?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-');
    let is_version = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+'..=b'.');
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && version.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    let is_named = starts && name.bytes().all(is_name) && version.bytes().all(is_version);
    is_named.then(|| (name.to_owned(), version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn file_names_tell_charts() {
        let told = |file| named(file).map(|(name, version)| format!("{name} {version}"));
        assert_eq!(told("skoala_0.14.0.bundle.tar").as_deref(), Some("skoala 0.14.0"));
        assert_eq!(
            told("a-b_v1.0.0-rc.1+x.bundle.tar.gz").as_deref(),
            Some("a-b v1.0.0-rc.1+x")
        );
        for file in [
            "skoala.bundle.tar",
            "skoala-0.14.0.bundle.tar",
            "0a_1.bundle.tar",
            "a_b_1.bundle.tar",
            "a_1.tar",
        ] {
            assert_eq!(told(file), None, "{file}");
        }
    }
}
