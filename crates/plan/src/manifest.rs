//! From the text of a manifest to objects.

use serde_json::{Map, Value};

use crate::metadata::{check, mistyped};
use crate::object::{ManifestError, Object};

/// Reads every object of a manifest, in its order; documents without content are passed over, lists are taken apart.
///
/// This is where manifests become objects, and the one place where the heads of objects are checked.
///
/// # Errors
/// A document that is no YAML, an object without a version or a kind, or one whose metadata has wrong types.
pub fn parse_manifest(text: &str) -> Result<Vec<Object>, ManifestError> {
    let (mut objects, mut flaws) = (Vec::new(), Vec::new());
    for document in documents(text)? {
        if let Err(flaw) = read(document, &mut objects) {
            // Helm: documents after one that cannot be decoded are read, those after one that is invalid are not.
            let ends = !matches!(flaw, ManifestError::Mistyped { .. } | ManifestError::MissingKind { .. });
            flaws.push(flaw);
            if ends {
                break;
            }
        }
    }
    match (flaws.pop(), flaws.is_empty()) {
        (None, _) => Ok(objects),
        (Some(flaw), true) => Err(flaw),
        (Some(flaw), false) => {
            flaws.push(flaw);
            Err(ManifestError::Several(flaws))
        }
    }
}

fn read(document: &str, objects: &mut Vec<Object>) -> Result<(), ManifestError> {
    let value = ironhelm_yaml::decode(document.as_bytes()).map_err(|error| ManifestError::Syntax {
        reason: format!("error converting YAML to JSON: {error}"),
    })?;
    match value {
        Value::Null => Ok(()),
        Value::Object(fields) => flatten(Object::from(fields), objects),
        other => Err(mistyped(&other, "value of type unstructured.detector")),
    }
}

/// The documents between lines that start with `---`. Kubernetes' reader wants nothing but spaces or a comment after it.
fn documents(text: &str) -> Result<Vec<&str>, ManifestError> {
    let mut documents = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if let Some(rest) = line.strip_prefix("---").map(str::trim) {
            if !rest.is_empty() && !rest.starts_with('#') {
                let reason = format!("invalid Yaml document separator: {rest}");
                return Err(ManifestError::Syntax { reason });
            }
            documents.push(&text[start..at]);
            start = end;
        }
        at = end;
    }
    documents.push(&text[start..]);
    Ok(documents)
}

/// Adds an object, or the objects of a list (anything with `items`), in order and however deep.
fn flatten(object: Object, objects: &mut Vec<Object>) -> Result<(), ManifestError> {
    let mut waiting = vec![object];
    while let Some(mut object) = waiting.pop() {
        check(&object)?;
        match object.fields_mut().remove("items") {
            None => objects.push(object),
            Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                let items: Result<Vec<_>, _> = items.into_iter().map(|item| list_item(item, &object)).collect();
                waiting.extend(items?.into_iter().rev());
            }
            Some(other) => {
                return Err(mistyped(
                    &other,
                    "struct field decodeList.items of type []json.RawMessage",
                ));
            }
        }
    }
    Ok(())
}

/// Go: elements of a typed list (`PodList`) that have no kind and version of their own take the list's.
fn list_item(item: Value, list: &Object) -> Result<Object, ManifestError> {
    let fields = match item {
        Value::Object(fields) => fields,
        Value::Null => Map::new(),
        other => return Err(mistyped(&other, "value of type map[string]interface {}")),
    };
    let mut item = Object::from(fields);
    if item.kind().is_empty() && item.api_version().is_empty() {
        let kind = list.kind().strip_suffix("List").unwrap_or(list.kind());
        item.fields_mut().insert("kind".to_owned(), Value::from(kind));
        item.fields_mut()
            .insert("apiVersion".to_owned(), Value::from(list.api_version()));
    }
    Ok(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        parse_manifest(text)
            .expect("the manifest is good")
            .iter()
            .map(|object| object.name().to_owned())
            .collect()
    }

    #[test]
    fn empty_documents_and_comments_are_passed_over() {
        let text = "---\n# Source: a\n---\n{apiVersion: v1, kind: A, metadata: {name: a}}\n--- # next\n\n---\n{apiVersion: v1, kind: B, metadata: {name: b}}";
        assert_eq!(names(text), ["a", "b"]);
    }

    #[test]
    fn lists_are_taken_apart() {
        let text = "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: A, metadata: {name: a}}, {apiVersion: v1, kind: B, metadata: {name: b}}]}";
        assert_eq!(names(text), ["a", "b"]);
    }

    #[test]
    fn an_object_without_a_kind_is_named() {
        let error = parse_manifest("{apiVersion: v1, kind: '', metadata: {name: a}}").expect_err("there is no kind");
        assert_eq!(
            error.to_string(),
            r#"unable to decode "": Object 'Kind' is missing in '{"apiVersion":"v1","kind":"","metadata":{"name":"a"}}'"#
        );
    }

    #[test]
    fn text_after_a_separator_is_refused() {
        let error = parse_manifest("a: 1\n---foo: 1\n").expect_err("that is no separator");
        assert_eq!(
            error.to_string(),
            "error parsing : invalid Yaml document separator: foo: 1"
        );
    }

    #[test]
    fn elements_of_typed_lists_take_the_kind_of_the_list() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- kind: ConfigMapList\n  apiVersion: v1\n  items: [{metadata: {name: c}}, null]\n";
        let objects = parse_manifest(text).expect("the manifest is good");
        let kinds: Vec<String> = objects.iter().map(|object| object.gvk().to_string()).collect();
        assert_eq!(kinds, ["v1, Kind=ConfigMap", "v1, Kind=ConfigMap"]);
        assert!(names("{apiVersion: v1, kind: List, items: null}").is_empty());
    }

    #[test]
    fn what_is_no_object_is_named_in_go_words() {
        let message = |text: &str| parse_manifest(text).expect_err("there is no object").to_string();
        let prefix = r#"unable to decode "": json: cannot unmarshal "#;
        assert_eq!(
            message("x"),
            format!("{prefix}string into Go value of type unstructured.detector")
        );
        assert_eq!(
            message("{apiVersion: v1, kind: List, items: {a: 1}}"),
            format!("{prefix}object into Go struct field decodeList.items of type []json.RawMessage")
        );
        assert_eq!(
            message("{apiVersion: v1, kind: List, items: [1]}"),
            format!("{prefix}number into Go value of type map[string]interface {{}}")
        );
    }

    /// Answers of helm 4.2.3 to installs of charts with these manifests.
    #[test]
    fn heads_of_the_wrong_kind_are_refused_in_helms_words() {
        let recorded = include_str!("../../../testdata/plan/heads.txt");
        for case in recorded.split("\n\n").filter(|case| !case.starts_with('#')) {
            let (manifest, answer) = case.split_once("\n=> ").expect("a case has an answer");
            let error = parse_manifest(manifest).expect_err(manifest);
            assert_eq!(error.to_string(), answer.trim_end(), "{manifest}");
        }
    }
}
