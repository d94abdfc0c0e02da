//! Comparing what two clusters hold.

use serde_json::Value;

/// Takes out of an object what two clusters never share: identities, times, and what controllers and kubelets write.
pub fn scrub(object: &mut Value) {
    const OTHERS: &[&str] = &["kube-controller-manager", "controlplane", "kwok", "kube-apiserver"];
    let Some(metadata) = object["metadata"].as_object_mut() else {
        return;
    };
    for field in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "selfLink",
        "ownerReferences",
    ] {
        metadata.remove(field);
    }
    if let Some(Value::Array(entries)) = metadata.get_mut("managedFields") {
        entries.retain(|entry| {
            entry["subresource"] != "status"
                && !entry["manager"]
                    .as_str()
                    .is_some_and(|manager| OTHERS.contains(&manager))
        });
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            entry.remove("time");
        }
        entries.sort_by_key(ToString::to_string);
    }
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    let Some(spec) = object["spec"].as_object_mut() else {
        return;
    };
    for field in ["clusterIP", "clusterIPs", "healthCheckNodePort"] {
        spec.remove(field);
    }
    for port in spec
        .get_mut("ports")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        port.as_object_mut().map(|port| port.remove("nodePort"));
    }
    scrub_uids(object);
}

/// A Job's controller writes its uid into labels and selectors.
fn scrub_uids(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if key.ends_with("controller-uid") && value.is_string() {
                    *value = Value::from("…");
                } else {
                    scrub_uids(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(scrub_uids),
        _ => {}
    }
}

/// The paths at which two values differ, each with both sides; a field that is null is not one that is absent.
#[must_use]
pub fn differences(left: &Value, right: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", left, right, &mut found);
    found
}

fn compare(path: &str, left: &Value, right: &Value, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let path = format!("{path}.{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => compare(&path, a, b, found),
                    (a, b) => found.push(format!("{path} | {} | {}", side(a), side(b))),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{index}]"), a, b, found);
            }
        }
        _ if left != right => found.push(format!("{path} | {} | {}", short(left), short(right))),
        _ => {}
    }
}

fn side(value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), short)
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(160).collect()
}
