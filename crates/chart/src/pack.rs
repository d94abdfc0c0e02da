//! A chart as an archive.
//!
//! The archive depends on nothing but the chart and the time given: files stand in Helm's order, all with the same mode
//! and the same time, archives of subcharts are unpacked into it.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use ironhelm_golang::json;

use crate::load::SourcedChart;
use crate::lock::Lock;
use crate::metadata::Metadata;

/// Helm marks its archives with this field of the compression's header.
const GZIP_EXTRA: &[u8] = b"+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=";

/// The time of an archive's files where nothing names one: the first day of 1980, which all formats know.
pub const PACK_TIME: u64 = 315_532_800;

/// Why a chart cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The schema is no JSON.
    #[error("invalid JSON in values.schema.json")]
    Schema,
    /// The archive cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// The gzipped archive of a chart; all its files are of the time `modified`, in seconds since 1970.
///
/// # Errors
/// [`PackError`] when the chart's schema is no JSON.
pub fn pack(source: &SourcedChart, modified: u64) -> Result<Vec<u8>, PackError> {
    let gzip = GzBuilder::new()
        .extra(GZIP_EXTRA)
        .comment("Helm")
        .operating_system(255)
        .write(Vec::new(), Compression::default());
    let mut packer = Packer {
        archive: tar::Builder::new(gzip),
        modified,
    };
    packer.chart(source, "")?;
    Ok(packer.archive.into_inner()?.finish()?)
}

struct Packer<W: Write> {
    archive: tar::Builder<W>,
    modified: u64,
}

impl<W: Write> Packer<W> {
    fn chart(&mut self, source: &SourcedChart, above: &str) -> Result<(), PackError> {
        let chart = &source.chart;
        let base = format!("{above}{}", chart.name());
        let metadata = chart_yaml(&chart.metadata);
        self.file(&format!("{base}/Chart.yaml"), metadata.as_bytes())?;
        // Helm: a chart of API version 1 keeps its lock among the other files.
        if let Some(lock) = chart.lock.as_ref().filter(|_| chart.metadata.api_version == "v2") {
            self.file(&format!("{base}/Chart.lock"), lock_yaml(lock).as_bytes())?;
        }
        if let Some(values) = &source.values {
            self.file(&format!("{base}/values.yaml"), values)?;
        }
        if let Some(schema) = &chart.schema {
            if json::decode(schema).is_err() {
                return Err(PackError::Schema);
            }
            self.file(&format!("{base}/values.schema.json"), schema)?;
        }
        for file in chart.templates.iter().chain(&chart.files) {
            self.file(&format!("{base}/{}", file.name), &file.data)?;
        }
        for subchart in &source.subcharts {
            self.chart(subchart, &format!("{base}/charts/"))?;
        }
        Ok(())
    }

    fn file(&mut self, path: &str, data: &[u8]) -> Result<(), PackError> {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(data.len() as u64);
        header.set_mtime(self.modified);
        header.set_uid(0);
        header.set_gid(0);
        Ok(self.archive.append_data(&mut header, path, data)?)
    }
}

/// `Chart.yaml` as Helm writes it.
#[must_use]
pub fn chart_yaml(metadata: &Metadata) -> String {
    // Helm: a chart of API version 1 keeps its dependencies in a file of their own.
    if metadata.api_version == "v1" {
        return yaml(
            &Metadata {
                dependencies: None,
                ..metadata.clone()
            }
            .to_json(),
        );
    }
    yaml(&metadata.to_json())
}

fn lock_yaml(lock: &Lock) -> String {
    yaml(&lock.to_json())
}

fn yaml(text: &str) -> String {
    json::decode(text.as_bytes()).map_or_else(|_| String::new(), |tree| ironhelm_yaml::encode(&tree))
}
