//! Why a bundle cannot be opened.

use std::io;
use std::path::PathBuf;

use ironhelm_chart::LoadError;
use ironhelm_image::ArchiveError;
use ironhelm_image::tar::TarError;

use super::Skipped;

/// Why a bundle cannot be opened. The place is a path, and behind colons the places in archives.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is nothing, or it cannot be read.
    #[error("cannot read {place}")]
    Read {
        /// Where.
        place: String,
        /// What reading gives.
        source: io::Error,
    },
    /// No bundle is there.
    #[error("no bundle in {place}{}", reasons(.looked_at))]
    NoBundle {
        /// Where.
        place: String,
        /// What is there instead.
        looked_at: Vec<Skipped>,
    },
    /// It is no archive, or a broken one.
    #[error("{place} is no usable archive")]
    Tar {
        /// Where.
        place: String,
        /// What is wrong.
        source: TarError,
    },
    /// There is no place to inflate it.
    #[error("{place} is compressed and cannot be read in place: unpack it, or name a directory for an inflated copy")]
    Compressed {
        /// Where.
        place: String,
    },
    /// Its compression is broken.
    #[error("cannot inflate {place}")]
    Inflate {
        /// Where.
        place: String,
        /// What the decoder says.
        source: io::Error,
    },
    /// The copy cannot be written.
    #[error("cannot write an inflated copy of {place} in {}", .directory.display())]
    Scratch {
        /// Where.
        place: String,
        /// Where the copy is written.
        directory: PathBuf,
        /// What writing gives.
        source: io::Error,
    },
    /// Too much of something.
    #[error("{place} has more than {limit} {what}")]
    TooMuch {
        /// Where.
        place: String,
        /// Of what.
        what: &'static str,
        /// The most allowed.
        limit: u64,
    },
    /// There is no chart.
    #[error("{place} has no original-chart/Chart.yaml: the bundle is incomplete")]
    ChartMissing {
        /// Where.
        place: String,
    },
    /// A file that is no part of any honest bundle.
    #[error("{place} is refused: {member} is {what}")]
    Refused {
        /// Where.
        place: String,
        /// Which.
        member: String,
        /// What it is.
        what: &'static str,
    },
    /// The chart is broken.
    #[error("the chart of {place} cannot be loaded")]
    Chart {
        /// Where.
        place: String,
        /// What is wrong.
        source: LoadError,
    },
    /// The images are broken.
    #[error("the images of {place} cannot be used")]
    Images {
        /// Where.
        place: String,
        /// What is wrong.
        source: Box<ArchiveError>,
    },
}

fn reasons(skipped: &[Skipped]) -> String {
    let shown = skipped
        .iter()
        .take(3)
        .map(|skipped| format!("{} is {}", skipped.place, skipped.reason));
    let shown: Vec<String> = shown.collect();
    if shown.is_empty() {
        String::new()
    } else {
        format!(": {}", shown.join("; "))
    }
}

/// A member's name as it can be printed.
pub(super) fn printable(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(200).collect()
}
