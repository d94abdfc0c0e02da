//! Who owns the fields of a live object: `metadata.managedFields`.
//!
//! A release that was applied client-side has an entry `helm`/`Update`; before it is applied server-side the entry is
//! turned into `helm`/`Apply` ([`migration_patch`]). An apply that would change nothing need not be sent
//! ([`apply_is_noop`]).

mod noop;
mod set;

use serde_json::{Value, json};

use crate::Object;

pub use noop::apply_is_noop;
use set::FieldSet;

/// The field manager of everything that is written for a release, by whatever program.
pub const FIELD_MANAGER: &str = "helm";

/// Makes the JSON patch that turns the client-side entries of [`FIELD_MANAGER`] in a live object into its server-side
/// one; `None` if there is nothing to do.
///
/// The patch also replaces `metadata.resourceVersion` by the one that was read, so that a server rejects it with a
/// conflict if the object has changed since.
///
/// # Errors
/// An entry's fields cannot be read.
pub fn migration_patch(live: &Object) -> Result<Option<Value>, FieldsError> {
    let before = live.managed_fields();
    let after = migrated(before)?;
    if after.as_deref().is_none_or(|after| after == before) {
        return Ok(None);
    }
    Ok(Some(json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": after},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": live.resource_version().unwrap_or_default()},
    ])))
}

/// The `fieldsV1` of an entry is not a set of field paths.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to convert fields to set: {reason}")]
pub struct FieldsError {
    /// What is wrong with it.
    pub reason: String,
}

/// The entries after migration; `None` if no entry is concerned.
fn migrated(entries: &[Value]) -> Result<Option<Vec<Value>>, FieldsError> {
    // Helm's library takes entries of an unknown shape as no entries at all.
    if !entries.iter().all(Value::is_object) {
        return Ok(None);
    }
    let applied = entries.iter().position(|entry| is_entry(entry, "Apply"));
    let Some(target) = applied.or_else(|| entries.iter().position(|entry| is_entry(entry, "Update"))) else {
        return Ok(None);
    };
    let mut entries = entries.to_vec();
    entries[target]["operation"] = Value::from("Apply");
    let mut fields = FieldSet::parse(&entries[target]["fieldsV1"])?;
    // Only the newest client-side entry of the same version counts, the others are dropped.
    let twin = entries
        .iter()
        .find(|entry| is_entry(entry, "Update") && entry.get("apiVersion") == entries[target].get("apiVersion"));
    if let Some(twin) = twin {
        fields.union(FieldSet::parse(&twin["fieldsV1"])?);
    }
    entries[target]["fieldsV1"] = fields.into_value();
    entries.retain(|entry| !is_entry(entry, "Update"));
    Ok(Some(entries))
}

/// Whether an entry is ours, of an operation, and not about a subresource.
fn is_entry(entry: &Value, operation: &str) -> bool {
    entry["manager"] == FIELD_MANAGER && entry["operation"] == operation && is_main(entry)
}

fn is_main(entry: &Value) -> bool {
    entry["subresource"].as_str().unwrap_or_default().is_empty()
}
