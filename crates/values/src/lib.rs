//! The value tree of a release, and all that Helm does to it before a template runs.
//!
//! What comes in: the texts of values files, the arguments of the `--set` family, the default
//! values of a chart and of its subcharts, and, on an upgrade, the values of the release before.
//! What goes out: one tree for the templates, and warnings as data.
//!
//! - [`sources`] builds the user's tree from files and flags, in Helm's order;
//! - [`set`] is the grammar of `--set`, `--set-string`, `--set-json`, `--set-file`, `--set-literal`;
//! - [`merge`] lays one tree over another;
//! - [`coalesce`] lays the user's tree over the defaults of a chart and its subcharts;
//! - [`reuse`] decides what an upgrade keeps of the values before;
//! - [`schema`] checks the tree against `values.schema.json`.
//!
//! Everything here is pure: files are read by the caller, and charts are known only through the
//! trait [`ChartValues`].

pub mod coalesce;
mod gofmt;
mod json;
pub mod merge;
pub mod reuse;
pub mod schema;
pub mod set;
pub mod sources;

pub use coalesce::{ChartValues, CoalesceError, Coalesced, coalesce_values, merge_values};
pub use merge::{Warning, coalesce_tables, merge_maps, merge_tables};
pub use reuse::{Carried, Previous, Reuse, ReuseError, carry_over};
pub use schema::{Checked, SchemaError, SchemaWarning};
pub use serde_json::Value;
pub use sources::{FileSource, SourceError, UserValues, ValuesFile, load_values};

/// A table of values: what a values file holds, and what `.Values` is.
pub type Values = serde_json::Map<String, Value>;
