//! Patches against what the Kubernetes libraries make of the same objects; each file names its oracle in its first
//! line.

#![allow(clippy::unwrap_used, reason = "a broken test file should stop the test")]

use ironhelm_plan::{GroupVersionKind, Object, Schema, managed_fields, merge_patch, strategic};
use serde_json::{Map, Value};

fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/../../testdata/plan/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases[0]["oracle"].is_string() && cases.len() > 20);
    cases.into_iter().skip(1).collect()
}

fn map(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

fn schema(case: &Value) -> Schema {
    let versions = ["modified", "current", "original"].map(|name| &case[name]);
    let object = versions
        .into_iter()
        .find(|v| v["kind"].is_string() && v["apiVersion"].is_string())
        .unwrap();
    let gvk = GroupVersionKind::new(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
    Schema::of(&gvk).unwrap()
}

fn check(case: &Value, ours: Result<Map<String, Value>, strategic::PatchError>, wanted: &str, error: &str) {
    match ours {
        Ok(ours) => assert_eq!(Some(&Value::Object(ours)), case.get(wanted), "{wanted} of {case}"),
        Err(ours) => assert!(case.get(error).is_some(), "{ours}: {wanted} of {case}"),
    }
}

#[test]
fn strategic_patches_are_made_and_applied_as_by_kubernetes() {
    for case in cases("strategic.jsonl") {
        let schema = schema(&case);
        let (original, modified, current) = (map(&case["original"]), map(&case["modified"]), map(&case["current"]));
        let patch = strategic::create_three_way(original, modified, current, schema);
        check(&case, patch, "patch", "patchError");
        if let Some(patch) = case.get("patch") {
            let applied = strategic::apply(current.clone(), map(patch).clone(), schema);
            check(&case, applied, "applied", "applyError");
        }
    }
}

#[test]
fn patches_with_directives_are_applied_as_by_kubernetes() {
    for case in cases("strategic-apply.jsonl") {
        let applied = strategic::apply(
            map(&case["current"]).clone(),
            map(&case["patch"]).clone(),
            schema(&case),
        );
        check(&case, applied, "applied", "applyError");
    }
}

#[test]
fn objects_fit_their_types_as_in_go() {
    for case in cases("strategic.jsonl") {
        assert_eq!(
            Some(schema(&case).accepts(map(&case["modified"]))),
            case["typed"].as_bool(),
            "{}",
            case["modified"]
        );
    }
}

#[test]
fn merge_patches_are_made_and_applied_as_by_kubernetes() {
    for case in cases("merge-patch.jsonl") {
        let (original, modified, current) = (map(&case["original"]), map(&case["modified"]), map(&case["current"]));
        assert_eq!(&merge_patch::create(original, modified), map(&case["twoWay"]), "{case}");
        let three_way = merge_patch::create_three_way(original, modified, current).ok();
        assert_eq!(three_way.map(Value::Object).as_ref(), case.get("patch"), "{case}");
        let mut merged = current.clone();
        merge_patch::apply(&mut merged, map(&case["twoWay"]).clone());
        assert_eq!(Value::Object(merged), case["merged"], "{case}");
    }
}

#[test]
fn field_ownership_is_migrated_as_by_kubernetes() {
    for case in cases("field-migration.jsonl") {
        let live = Object::try_from(case["live"].clone()).unwrap();
        // The Go library also patches when only the order of the fields would change.
        let same = case["migration"][0]["value"] == case["live"]["metadata"]["managedFields"];
        let wanted = Some(&case["migration"]).filter(|patch| !patch.is_null() && !same);
        match managed_fields::migration_patch(&live) {
            Ok(patch) => assert_eq!(patch.as_ref(), wanted, "{case}"),
            Err(error) => assert!(case.get("error").is_some(), "{error}: {case}"),
        }
    }
}

#[test]
fn no_apply_that_changes_something_counts_as_idle() {
    let mut recognised = 0;
    for case in cases("idle-apply.jsonl") {
        let target = Object::try_from(case["target"].clone()).unwrap();
        let live = Object::try_from(case["live"].clone()).unwrap();
        let idle = managed_fields::apply_is_noop(&target, &live);
        assert!(!idle || case["noop"] == true, "{case}");
        recognised += usize::from(idle);
    }
    assert!(recognised > 50, "only {recognised} idle applies were recognised");
}
