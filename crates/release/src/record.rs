//! The record of one revision.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{ApplyMethod, Hook, Namespace, ReleaseName, Revision, Status, StoredChart, Time};

/// A tree of values below its top-level map.
pub type Values = serde_json::Map<String, serde_json::Value>;

/// Fields of a stored record that this version does not know, with their JSON text; they are written back unchanged.
pub type Extra = BTreeMap<String, Arc<str>>;

/// One revision of a release.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// Name of the release.
    pub name: ReleaseName,
    /// Namespace that the release lives in.
    pub namespace: Namespace,
    /// Which revision this is.
    pub revision: Revision,
    /// What happened to it.
    pub info: Info,
    /// The chart it was made from, without subcharts.
    pub chart: StoredChart,
    /// Values given by the user, without the chart's defaults.
    pub config: Option<Values>,
    /// Rendered objects without hooks, as text.
    pub manifest: String,
    /// Hooks of the chart.
    pub hooks: Vec<Hook>,
    /// How its objects were applied; records of Helm 3 do not say.
    pub apply_method: Option<ApplyMethod>,
    /// Labels of the object that stores the record; not part of the record itself.
    pub labels: BTreeMap<String, String>,
    /// Fields of a record that this version does not know.
    pub extra: Extra,
}

impl Release {
    /// A revision of `chart` about which nothing else is known yet.
    pub fn new(name: ReleaseName, namespace: Namespace, revision: Revision, chart: StoredChart) -> Self {
        Self {
            name,
            namespace,
            revision,
            info: Info::default(),
            chart,
            config: None,
            manifest: String::new(),
            hooks: Vec::new(),
            apply_method: None,
            labels: BTreeMap::new(),
            extra: Extra::new(),
        }
    }

    /// The apply method of the record; one that does not say was applied client-side.
    pub fn applied_with(&self) -> ApplyMethod {
        self.apply_method.unwrap_or(ApplyMethod::ClientSide)
    }

    /// Sets status and description together.
    pub fn set_status(&mut self, status: Status, description: impl Into<String>) {
        self.info.status = status;
        self.info.description = description.into();
    }
}

/// What happened to a revision, and when.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Info {
    /// When the release was first installed.
    pub first_deployed: Option<Time>,
    /// When this revision was made.
    pub last_deployed: Option<Time>,
    /// When the release was uninstalled.
    pub deleted: Option<Time>,
    /// What was done, in words.
    pub description: String,
    /// The state.
    pub status: Status,
    /// Rendered `NOTES.txt`.
    pub notes: String,
    /// Fields of a record that this version does not know.
    pub extra: Extra,
}
