//! The chart itself: plain data, cheap to clone because file contents and subcharts are shared.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::lock::Lock;
use crate::metadata::Metadata;

/// The contents of one file.
pub type Bytes = Arc<[u8]>;

/// A chart with everything that it carries, its subcharts included.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chart {
    /// `Chart.yaml`.
    pub metadata: Metadata,
    /// `Chart.lock` (or `requirements.lock`).
    pub lock: Option<Lock>,
    /// Everything under `templates/`, in the order of the archive or of the directory walk.
    pub templates: Vec<File>,
    /// `values.yaml`; `None` when the chart has no such file.
    pub values: Option<Map<String, Value>>,
    /// `values.schema.json`, unparsed.
    pub schema: Option<Bytes>,
    /// When `values.schema.json` was last modified; release records show it.
    pub schema_modified: Option<SystemTime>,
    /// When `Chart.yaml` was last modified; release records show it.
    pub modified: Option<SystemTime>,
    /// Every other file, `crds/` and `.helmignore` included.
    pub files: Vec<File>,
    /// The charts under `charts/`, sorted by the name of their directory or archive.
    pub subcharts: Vec<Arc<Self>>,
}

impl Chart {
    /// The name in `Chart.yaml`, or the alias that the parent chart gave it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Is this a library chart, which cannot be installed by itself?
    #[must_use]
    pub fn is_library(&self) -> bool {
        self.metadata.kind == "library"
    }

    /// The files under `crds/` of the chart and then of its subcharts, depth first.
    ///
    /// Each comes with its full path, `<chart>/charts/<subchart>/crds/<file>`.
    #[must_use]
    pub fn crds(&self) -> Vec<Crd> {
        let mut found = Vec::new();
        self.collect_crds(self.name(), &mut found);
        found
    }

    fn collect_crds(&self, path: &str, found: &mut Vec<Crd>) {
        let own = self.files.iter().filter(|file| file.is_crd());
        found.extend(own.map(|file| Crd {
            path: format!("{path}/{}", file.name),
            file: file.clone(),
        }));
        for subchart in &self.subcharts {
            subchart.collect_crds(&format!("{path}/charts/{}", subchart.name()), found);
        }
    }
}

/// One file of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The path below the chart's root, with forward slashes.
    pub name: String,
    /// The contents, without a leading byte order mark.
    pub data: Bytes,
    /// When the file was last modified (for an archive, the time of its entry); release records show it.
    pub modified: Option<SystemTime>,
}

impl File {
    fn is_crd(&self) -> bool {
        let extension = self.name.rsplit_once('.').map_or("", |(_, extension)| extension);
        self.name.starts_with("crds/")
            && ["yaml", "yml", "json"]
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
    }
}

/// A file of custom resource definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crd {
    /// The path from the root chart, its name first.
    pub path: String,
    /// The file, named relative to the chart that holds it.
    pub file: File,
}
