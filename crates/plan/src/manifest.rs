//! From the text of a manifest to objects.

use serde_json::Value;

use crate::object::{ManifestError, Object};

/// Reads every object of a manifest, in its order; documents without content are passed over, lists are taken apart.
///
/// # Errors
/// A document that is no YAML, or an object without a kind.
pub fn parse_manifest(text: &str) -> Result<Vec<Object>, ManifestError> {
    let mut objects = Vec::new();
    for document in documents(text) {
        let value = ironhelm_yaml::decode(document?.as_bytes()).map_err(|error| ManifestError::Syntax {
            reason: format!("error converting YAML to JSON: {error}"),
        })?;
        if !value.is_null() {
            flatten(value, &mut objects)?;
        }
    }
    Ok(objects)
}

/// The documents between lines that start with `---`. Kubernetes' reader wants nothing but spaces or a comment after it.
fn documents(text: &str) -> impl Iterator<Item = Result<String, ManifestError>> {
    let mut lines = text.split_inclusive('\n').peekable();
    std::iter::from_fn(move || {
        lines.peek()?;
        let mut document = String::new();
        for line in lines.by_ref() {
            match line.strip_prefix("---").map(str::trim) {
                None => document.push_str(line),
                Some(rest) if rest.is_empty() || rest.starts_with('#') => break,
                Some(rest) => {
                    let reason = format!("invalid Yaml document separator: {rest}");
                    return Some(Err(ManifestError::Syntax { reason }));
                }
            }
        }
        Some(Ok(document))
    })
}

fn flatten(value: Value, objects: &mut Vec<Object>) -> Result<(), ManifestError> {
    let kind = value["kind"].as_str().unwrap_or_default();
    if kind.is_empty() {
        return Err(ManifestError::MissingKind {
            document: ironhelm_golang::json::encode(&value),
        });
    }
    match value {
        Value::Object(mut fields) if kind_is_list(&fields) => {
            let Some(Value::Array(items)) = fields.remove("items") else {
                return Ok(());
            };
            items.into_iter().try_for_each(|item| flatten(item, objects))
        }
        Value::Object(fields) => {
            objects.push(Object::from(fields));
            Ok(())
        }
        other => Err(ManifestError::MissingKind {
            document: ironhelm_golang::json::encode(&other),
        }),
    }
}

fn kind_is_list(fields: &serde_json::Map<String, Value>) -> bool {
    let named = fields
        .get("kind")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind.ends_with("List"));
    named && fields.get("items").is_some_and(Value::is_array)
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
        let text =
            "---\n# Source: a\n---\nkind: A\nmetadata: {name: a}\n--- # next\n\n---\nkind: B\nmetadata: {name: b}";
        assert_eq!(names(text), ["a", "b"]);
    }

    #[test]
    fn lists_are_taken_apart() {
        let text = "kind: List\nitems:\n- {kind: A, metadata: {name: a}}\n- {kind: B, metadata: {name: b}}\n";
        assert_eq!(names(text), ["a", "b"]);
    }

    #[test]
    fn an_object_without_a_kind_is_named() {
        let error = parse_manifest("metadata: {name: a}").expect_err("there is no kind");
        assert_eq!(
            error.to_string(),
            r#"unable to decode "": Object 'Kind' is missing in '{"metadata":{"name":"a"}}'"#
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
}
