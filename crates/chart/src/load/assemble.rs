//! From files to a chart: each file goes to the part of the chart that its name says.

use std::collections::BTreeMap;
use std::sync::Arc;

use ironhelm_values::{Values, load_values};
use serde_json::Value;

use super::Loader;
use super::error::LoadError;
use crate::decode::Draft;
use crate::lock::Lock;
use crate::metadata::Metadata;
use crate::model::{Chart, File};
use crate::warning::Warning;

/// The files of each directory or archive under `charts/`, sorted by its name.
type Buckets = BTreeMap<String, Vec<File>>;

impl Loader<'_> {
    /// Makes a chart of its files, and of those under `charts/` its subcharts.
    pub(super) fn assemble(&mut self, files: Vec<File>, depth: usize) -> Result<Chart, LoadError> {
        let limit = self.options.budgets.depth;
        if depth > limit {
            return Err(LoadError::TooDeep { limit });
        }
        let mut assembly = Assembly::begin(&files)?;
        for file in files {
            assembly.place(file, &mut self.warnings)?;
        }
        let (mut chart, buckets) = assembly.finish()?;
        for (name, files) in buckets {
            if name.starts_with(['_', '.']) {
                continue;
            }
            let subchart = self.subchart(&name, files, chart.name(), depth + 1)?;
            chart.subcharts.push(Arc::new(subchart));
        }
        Ok(chart)
    }

    fn subchart(&mut self, name: &str, files: Vec<File>, chart: &str, depth: usize) -> Result<Chart, LoadError> {
        let loaded = match files.first() {
            Some(file) if name.ends_with(".tgz") && file.name != name => {
                let (chart, expected, found) = (chart.to_owned(), name.to_owned(), file.name.clone());
                return Err(LoadError::SubchartName { chart, expected, found });
            }
            Some(file) if name.ends_with(".tgz") => self.packed(file, depth),
            _ => self.assemble(files.into_iter().filter_map(below).collect(), depth),
        };
        let (name, chart) = (name.to_owned(), chart.to_owned());
        loaded.map_err(|source| LoadError::Subchart {
            name,
            chart,
            source: Box::new(source),
        })
    }

    fn packed(&mut self, archive: &File, depth: usize) -> Result<Chart, LoadError> {
        let files = self.unpack(&*archive.data)?;
        self.assemble(files, depth)
    }
}

/// The files of one subchart.
pub(super) enum SubchartFiles {
    /// An archive.
    Packed(File),
    /// The files of a directory, named below it.
    Unpacked(Vec<File>),
}

/// What is under `charts/`, in the order in which the subcharts stand in the chart.
pub(super) fn subchart_files(files: Vec<File>) -> Vec<SubchartFiles> {
    let mut buckets = Buckets::new();
    for file in files {
        if file.name.starts_with("charts/") && !file.name.ends_with(".prov") {
            place_below(&mut buckets, file);
        }
    }
    buckets.retain(|name, _| !name.starts_with(['_', '.']));
    let of_bucket = |(name, mut files): (String, Vec<File>)| {
        if name.ends_with(".tgz") && files.len() == 1 {
            SubchartFiles::Packed(files.remove(0))
        } else {
            SubchartFiles::Unpacked(files.into_iter().filter_map(below).collect())
        }
    };
    buckets.into_iter().map(of_bucket).collect()
}

fn place_below(buckets: &mut Buckets, file: File) {
    if let Some(file) = below(file) {
        let first = file.name.split('/').next().unwrap_or_default().to_owned();
        buckets.entry(first).or_default().push(file);
    }
}

/// The file as seen from its first directory; a file beside directories is seen by nobody.
fn below(mut file: File) -> Option<File> {
    let slash = file.name.find('/')?;
    file.name.drain(..=slash);
    Some(file)
}

/// A chart under construction.
struct Assembly {
    has_metadata: bool,
    draft: Draft,
    chart: Chart,
    buckets: Buckets,
}

impl Assembly {
    /// Reads `Chart.yaml` first, because other files are read by what it says.
    fn begin(files: &[File]) -> Result<Self, LoadError> {
        let mut draft = Draft::default();
        let mut has_metadata = false;
        for file in files.iter().filter(|file| file.name == "Chart.yaml") {
            has_metadata = true;
            apply(&mut draft, "Chart.yaml", &file.data)?;
            // Helm: a chart that does not say so is of API version 1.
            if draft.metadata.api_version.is_empty() {
                "v1".clone_into(&mut draft.metadata.api_version);
            }
        }
        Ok(Self {
            has_metadata,
            draft,
            chart: Chart::default(),
            buckets: Buckets::new(),
        })
    }

    fn place(&mut self, file: File, warnings: &mut Vec<Warning>) -> Result<(), LoadError> {
        match file.name.as_str() {
            "Chart.yaml" => self.chart.modified = file.modified,
            "Chart.lock" => self.chart.lock = Some(read_lock("Chart.lock", &file.data)?),
            "values.yaml" => self.chart.values = Some(read_values(&file.data)?),
            "values.schema.json" => {
                self.chart.schema = Some(file.data);
                self.chart.schema_modified = file.modified;
            }
            "requirements.yaml" => {
                self.has_metadata = true;
                apply(&mut self.draft, "requirements.yaml", &file.data)?;
                self.keep_legacy(file, Warning::RequirementsYaml, warnings);
            }
            "requirements.lock" => {
                self.chart.lock = Some(read_lock("requirements.lock", &file.data)?);
                self.keep_legacy(file, Warning::RequirementsLock, warnings);
            }
            name if name.starts_with("templates/") => self.chart.templates.push(file),
            name if name.starts_with("charts/") && !name.ends_with(".prov") => place_below(&mut self.buckets, file),
            _ => self.chart.files.push(file),
        }
        Ok(())
    }

    fn keep_legacy(&mut self, file: File, warning: Warning, warnings: &mut Vec<Warning>) {
        if self.draft.metadata.api_version == "v1" {
            self.chart.files.push(file);
        } else {
            warnings.push(warning);
        }
    }

    fn finish(self) -> Result<(Chart, Buckets), LoadError> {
        if !self.has_metadata {
            return Err(LoadError::ChartYamlMissing);
        }
        let metadata: Metadata = self.draft.finish().map_err(|source| LoadError::Validation { source })?;
        Ok((Chart { metadata, ..self.chart }, self.buckets))
    }
}

fn apply(draft: &mut Draft, file: &'static str, data: &[u8]) -> Result<(), LoadError> {
    let tree = read_tree(file, data)?;
    draft.apply(&tree).map_err(|error| LoadError::Document {
        file,
        source: error.into(),
    })
}

fn read_lock(file: &'static str, data: &[u8]) -> Result<Lock, LoadError> {
    let tree = read_tree(file, data)?;
    Lock::from_json(&tree).map_err(|error| LoadError::Document {
        file,
        source: error.into(),
    })
}

fn read_tree(file: &'static str, data: &[u8]) -> Result<Value, LoadError> {
    ironhelm_yaml::decode(data).map_err(|error| LoadError::Document {
        file,
        source: error.into(),
    })
}

fn read_values(data: &[u8]) -> Result<Values, LoadError> {
    load_values(data).map_err(|error| LoadError::Document {
        file: "values.yaml",
        source: error.into(),
    })
}
