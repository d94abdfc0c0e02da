//! Helm's marks on the objects of a release: putting them on, and reading them off live objects.

use ironhelm_golang::strconv::quote;
use serde_json::{Map, Value};

use crate::Object;

/// The label that says who manages an object.
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY_LABEL`] on every object of a release.
pub const MANAGED_BY: &str = "Helm";
/// The annotation that names the owning release.
pub const RELEASE_NAME_ANNOTATION: &str = "meta.helm.sh/release-name";
/// The annotation that names the namespace of the owning release.
pub const RELEASE_NAMESPACE_ANNOTATION: &str = "meta.helm.sh/release-namespace";
/// The annotation by which an object outlives its release.
pub const RESOURCE_POLICY_ANNOTATION: &str = "helm.sh/resource-policy";

/// The release that owns objects: its name and its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The release name.
    pub release: &'a str,
    /// The namespace of the release record.
    pub namespace: &'a str,
}

/// What a release may do with an object that is new to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing of that name lives: create it.
    Free,
    /// A live object belongs to the release already, or is taken over: update it.
    Adopt,
}

/// A live object that belongs to somebody else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{object} exists and cannot be imported into the current release: invalid ownership metadata; {mismatches}")]
pub struct OwnershipError {
    /// The object, worded as Helm does.
    pub object: String,
    /// Each missing or different mark, joined by `; `.
    pub mismatches: String,
}

/// Puts Helm's label and annotations onto an object that is about to be sent.
///
/// Helm: labels (or annotations) that are not all strings are dropped as a whole, nulls become empty strings.
pub fn stamp(object: &mut Object, owner: Owner<'_>) {
    stamp_map(object, "labels", &[(MANAGED_BY_LABEL, MANAGED_BY)]);
    let annotations = [
        (RELEASE_NAME_ANNOTATION, owner.release),
        (RELEASE_NAMESPACE_ANNOTATION, owner.namespace),
    ];
    stamp_map(object, "annotations", &annotations);
}

/// Decides whether a release may have `target`, an object that is new to it, given what lives under its name.
///
/// # Errors
/// The live object lacks the marks of this release. With `take_ownership` that does not matter.
pub fn claim(
    target: &Object,
    live: Option<&Object>,
    owner: Owner<'_>,
    take_ownership: bool,
) -> Result<Claim, OwnershipError> {
    let Some(live) = live else { return Ok(Claim::Free) };
    if take_ownership {
        return Ok(Claim::Adopt);
    }
    let mismatches = mismatches(live, owner);
    if mismatches.is_empty() {
        return Ok(Claim::Adopt);
    }
    Err(OwnershipError {
        object: target.to_string(),
        mismatches: mismatches.join("; "),
    })
}

/// Whether an upgrade or rollback leaves a live object alone that is no longer in the manifest: only the exact
/// value `keep` counts.
pub fn kept_on_upgrade(live: &Object) -> bool {
    live.annotation(RESOURCE_POLICY_ANNOTATION) == Some("keep")
}

/// What an uninstall does with an object of the stored manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is deleted.
    Delete,
    /// It is left and reported as kept.
    Keep,
    /// Helm: another value than `keep` neither deletes nor reports the object.
    Ignore,
}

/// Reads the resource policy of a manifest object as an uninstall does: trimmed and without regard to case.
pub fn removal_on_uninstall(object: &Object) -> Removal {
    match object.annotation(RESOURCE_POLICY_ANNOTATION) {
        None => Removal::Delete,
        Some(policy) if policy.trim().to_lowercase() == "keep" => Removal::Keep,
        Some(_) => Removal::Ignore,
    }
}

fn stamp_map(object: &mut Object, field: &str, marks: &[(&str, &str)]) {
    let mut map = object.metadata(field).and_then(string_map).unwrap_or_default();
    map.extend(
        marks
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Value::from(*value))),
    );
    object.set_metadata(field, Value::Object(map));
}

fn string_map(value: &Value) -> Option<Map<String, Value>> {
    value
        .as_object()?
        .iter()
        .map(|(key, value)| Some((key.clone(), string_or_null(value)?)))
        .collect()
}

fn string_or_null(value: &Value) -> Option<Value> {
    match value {
        Value::Null => Some(Value::from("")),
        Value::String(_) => Some(value.clone()),
        _ => None,
    }
}

fn mismatches(live: &Object, owner: Owner<'_>) -> Vec<String> {
    let labels = live.metadata("labels").and_then(string_map).unwrap_or_default();
    let annotations = live.metadata("annotations").and_then(string_map).unwrap_or_default();
    [
        ("label", &labels, MANAGED_BY_LABEL, MANAGED_BY),
        ("annotation", &annotations, RELEASE_NAME_ANNOTATION, owner.release),
        (
            "annotation",
            &annotations,
            RELEASE_NAMESPACE_ANNOTATION,
            owner.namespace,
        ),
    ]
    .into_iter()
    .filter_map(|(place, map, key, wanted)| {
        let reason = mismatch(map.get(key).and_then(Value::as_str), key, wanted)?;
        Some(format!("{place} validation error: {reason}"))
    })
    .collect()
}

fn mismatch(actual: Option<&str>, key: &str, wanted: &str) -> Option<String> {
    let [key_text, wanted_text] = [key, wanted].map(|text| quote(text.as_bytes()));
    match actual {
        None => Some(format!("missing key {key_text}: must be set to {wanted_text}")),
        Some(actual) if actual == wanted => None,
        Some(actual) => {
            let actual = quote(actual.as_bytes());
            Some(format!(
                "key {key_text} must equal {wanted_text}: current value is {actual}"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OWNER: Owner<'_> = Owner {
        release: "web",
        namespace: "prod",
    };

    fn object(value: Value) -> Object {
        Object::try_from(value).unwrap()
    }

    fn service() -> Object {
        object(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "front", "namespace": "prod"}}))
    }

    #[test]
    fn a_stamped_object_is_adopted() {
        let mut target = service();
        stamp(&mut target, OWNER);
        assert_eq!(target.label(MANAGED_BY_LABEL), Some("Helm"));
        assert_eq!(claim(&target, Some(&target), OWNER, false), Ok(Claim::Adopt));
        assert_eq!(claim(&target, None, OWNER, false), Ok(Claim::Free));
        assert_eq!(claim(&target, Some(&service()), OWNER, true), Ok(Claim::Adopt));
    }

    #[test]
    fn a_foreign_object_is_refused_in_helms_words() {
        let error = claim(&service(), Some(&service()), OWNER, false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Service \"front\" in namespace \"prod\" exists and cannot be imported into the current release: invalid \
             ownership metadata; label validation error: missing key \"app.kubernetes.io/managed-by\": must be set to \
             \"Helm\"; annotation validation error: missing key \"meta.helm.sh/release-name\": must be set to \"web\"; \
             annotation validation error: missing key \"meta.helm.sh/release-namespace\": must be set to \"prod\""
        );
        let mut other = service();
        stamp(
            &mut other,
            Owner {
                release: "api",
                namespace: "prod",
            },
        );
        let error = claim(&service(), Some(&other), OWNER, false).unwrap_err();
        assert_eq!(
            error.mismatches,
            "annotation validation error: key \"meta.helm.sh/release-name\" must equal \"web\": current value is \"api\""
        );
    }

    #[test]
    fn labels_that_are_not_all_strings_are_dropped() {
        let mut target = service();
        target.set_metadata("labels", json!({"a": "b", "n": null}));
        target.set_metadata("annotations", json!({"a": 1}));
        stamp(&mut target, OWNER);
        assert_eq!(
            target.metadata("labels"),
            Some(&json!({"a": "b", "n": "", MANAGED_BY_LABEL: "Helm"}))
        );
        assert_eq!(target.annotations().map(Map::len), Some(2));
    }

    #[test]
    fn only_the_exact_policy_keeps_on_upgrade_and_any_spelling_on_uninstall() {
        let with = |policy: &str| {
            let mut object = service();
            object.set_metadata("annotations", json!({ RESOURCE_POLICY_ANNOTATION: policy }));
            (kept_on_upgrade(&object), removal_on_uninstall(&object))
        };
        assert_eq!(with("keep"), (true, Removal::Keep));
        assert_eq!(with(" Keep "), (false, Removal::Keep));
        assert_eq!(with("delete"), (false, Removal::Ignore));
        assert_eq!(
            (kept_on_upgrade(&service()), removal_on_uninstall(&service())),
            (false, Removal::Delete)
        );
    }
}
