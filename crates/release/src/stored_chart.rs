//! The chart inside a release record.

use std::sync::Arc;

/// The chart of a record, kept as the JSON text that was stored.
///
/// A chart is the bulk of a record and most of what is done with records never looks into it: listing needs name and
/// version, rolling back copies it. So the text stays as it is, and its parts are parsed when asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredChart {
    json: Arc<str>,
}

impl StoredChart {
    /// A chart from its JSON text (`null` for a record without a chart).
    pub fn from_json(json: impl Into<Arc<str>>) -> Self {
        Self { json: json.into() }
    }

    /// The JSON text.
    pub fn as_json(&self) -> &str {
        &self.json
    }
}

/// What tables of releases show of a chart.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ChartSummary {
    /// Name of the chart.
    pub name: String,
    /// Version of the chart.
    pub version: String,
    /// Version of the application inside.
    pub app_version: String,
}
