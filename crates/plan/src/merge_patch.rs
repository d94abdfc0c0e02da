//! JSON merge patches (RFC 7386): what Helm sends for kinds whose merge rules it does not know.

use serde_json::{Map, Value};

/// Makes the patch that turns `original` into `modified`, as a map; empty when they are equal.
///
/// A removed field becomes null; lists are replaced as a whole. A null in `modified` stays a null (a removal).
pub fn create(original: &Map<String, Value>, modified: &Map<String, Value>) -> Map<String, Value> {
    let mut patch = Map::new();
    for (key, value) in modified {
        match original.get(key) {
            None => {
                patch.insert(key.clone(), value.clone());
            }
            Some(before) => diff_field(key, before, value, &mut patch),
        }
    }
    for key in original.keys().filter(|key| !modified.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    patch
}

/// Makes the patch that brings `current` to `modified` where they differ, and removes what `original` had and
/// `modified` has no more; fields that only `current` has stay.
///
/// # Errors
/// The two halves contradict each other.
pub fn create_three_way(
    original: &Map<String, Value>,
    modified: &Map<String, Value>,
    current: &Map<String, Value>,
) -> Result<Map<String, Value>, Conflict> {
    let changes = keep(create(current, modified), Half::Changes);
    let deletions = keep(create(original, modified), Half::Deletions);
    if conflict(&changes, &deletions) {
        return Err(Conflict);
    }
    let mut patch = deletions;
    apply(&mut patch, changes);
    Ok(patch)
}

/// Applies a patch as an API server does.
///
/// Go: nulls are dropped from new values even inside lists, where RFC 7386 would keep them.
pub fn apply(target: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (key, value) in patch {
        match (target.get_mut(&key), value) {
            (_, Value::Null) => {
                target.remove(&key);
            }
            (Some(Value::Object(before)), Value::Object(patch)) => apply(before, patch),
            (Some(Value::Object(_)), value) => {
                target.insert(key, value);
            }
            (_, value) => {
                target.insert(key, without_nulls(value));
            }
        }
    }
}

/// The removals and the changes of a three-way patch contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the removals and the changes of the merge patch conflict")]
pub struct Conflict;

fn diff_field(key: &str, before: &Value, after: &Value, patch: &mut Map<String, Value>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let inner = create(before, after);
            if !inner.is_empty() {
                patch.insert(key.to_owned(), Value::Object(inner));
            }
        }
        _ if before == after => {}
        _ => {
            patch.insert(key.to_owned(), after.clone());
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Changes,
    Deletions,
}

fn keep(patch: Map<String, Value>, half: Half) -> Map<String, Value> {
    patch
        .into_iter()
        .filter_map(|(key, value)| Some((key, keep_value(value, half)?)))
        .collect()
}

/// An empty map that was set on purpose counts as a value, a map that became empty is no patch at all.
fn keep_value(value: Value, half: Half) -> Option<Value> {
    match value {
        Value::Null => (half == Half::Deletions).then_some(Value::Null),
        Value::Object(inner) if !inner.is_empty() => {
            let inner = keep(inner, half);
            (!inner.is_empty()).then_some(Value::Object(inner))
        }
        other => (half == Half::Changes).then_some(other),
    }
}

fn conflict(left: &Map<String, Value>, right: &Map<String, Value>) -> bool {
    left.iter().any(|(key, left)| match (left, right.get(key)) {
        (_, None) => false,
        (Value::Object(left), Some(Value::Object(right))) => conflict(left, right),
        (left, Some(right)) => left != right,
    })
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(without_nulls).collect()),
        scalar => scalar,
    }
}
