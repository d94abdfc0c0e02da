//! Whether an object is one: the checks on its head that Helm's client library makes while it reads a manifest.
//!
//! What passes here can be trusted: `apiVersion` and `kind` are texts, labels and annotations are maps of texts.

use ironhelm_golang::json;
use serde_json::Value;

use crate::object::{ManifestError, Object};

/// Checks `apiVersion`, `kind` and every field of `metadata` that has a type.
pub(crate) fn check(object: &Object) -> Result<(), ManifestError> {
    check_version_and_kind(object)?;
    if object.kind().is_empty() {
        let document = json::encode(&object.to_value());
        return Err(ManifestError::MissingKind { document });
    }
    match object.field("metadata") {
        Value::Null => Ok(()),
        Value::Object(metadata) => metadata.iter().try_for_each(|(field, value)| check_field(field, value)),
        other => Err(mistyped(
            other,
            "struct field PartialObjectMetadata.metadata of type v1.ObjectMeta",
        )),
    }
}

/// Go's words for a value that has another type than the `place` that it is decoded into.
pub(crate) fn mistyped(found: &Value, place: impl Into<String>) -> ManifestError {
    let found = match found {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
    };
    ManifestError::Mistyped {
        found,
        place: place.into(),
    }
}

fn check_version_and_kind(object: &Object) -> Result<(), ManifestError> {
    let mut flaws: Vec<String> = ["apiVersion", "kind"]
        .into_iter()
        .filter_map(|field| match object.field(field) {
            Value::String(_) => None,
            Value::Null => Some(format!("{field} not set")),
            _ => Some(format!("{field} isn't string type")),
        })
        .collect();
    let version = object.api_version();
    if flaws.is_empty() && version.matches('/').count() > 1 {
        flaws.push(format!("unexpected GroupVersion string: {version}"));
    }
    if flaws.is_empty() {
        return Ok(());
    }
    Err(ManifestError::Invalid {
        reason: aggregate(flaws),
    })
}

/// Kubernetes: how several errors are told in one line, each once.
#[must_use]
pub fn aggregate(mut lines: Vec<String>) -> String {
    let mut seen = std::collections::BTreeSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    match lines.len() {
        1 => lines.remove(0),
        _ => format!("[{}]", lines.join(", ")),
    }
}

fn check_field(field: &str, value: &Value) -> Result<(), ManifestError> {
    let place = |go_type: &str| format!("struct field ObjectMeta.metadata.{field} of type {go_type}");
    match (field, value) {
        // Go: null is a type's empty value.
        (_, Value::Null) => Ok(()),
        ("name" | "generateName" | "namespace" | "resourceVersion" | "selfLink", value) => {
            text(value).map_err(|found| mistyped(found, place("string")))
        }
        ("uid", value) => text(value).map_err(|found| mistyped(found, place("types.UID"))),
        ("labels" | "annotations", Value::Object(map)) => map
            .values()
            .try_for_each(text)
            .map_err(|found| mistyped(found, place("string"))),
        ("labels" | "annotations", other) => Err(mistyped(other, place("map[string]string"))),
        ("finalizers", Value::Array(items)) => items
            .iter()
            .try_for_each(text)
            .map_err(|found| mistyped(found, place("string"))),
        ("finalizers", other) => Err(mistyped(other, place("[]string"))),
        ("generation" | "deletionGracePeriodSeconds", value) => whole_number(value, &place("int64")),
        ("ownerReferences", value) if !value.is_array() => Err(mistyped(value, place("[]v1.OwnerReference"))),
        ("managedFields", value) if !value.is_array() => Err(mistyped(value, place("[]v1.ManagedFieldsEntry"))),
        _ => Ok(()),
    }
}

fn text(value: &Value) -> Result<(), &Value> {
    if value.is_string() || value.is_null() {
        Ok(())
    } else {
        Err(value)
    }
}

fn whole_number(value: &Value, place: &str) -> Result<(), ManifestError> {
    match value {
        Value::Number(number) if number.is_i64() => Ok(()),
        Value::Number(_) => Err(ManifestError::Mistyped {
            found: format!("number {}", json::encode(value)),
            place: place.to_owned(),
        }),
        other => Err(mistyped(other, place)),
    }
}
