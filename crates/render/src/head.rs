//! Reading the head of a document as Go would decode it into a struct.

use std::collections::BTreeMap;

use ironhelm_golang::strconv;
use serde_json::{Map, Value};

use crate::document::Head;

/// The Go type of `metadata`, for error texts.
const METADATA: &str =
    r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#;

/// Reads the head of a document.
///
/// # Errors
/// Helm's text when the document is no YAML, or a field has a value of the wrong kind.
pub(crate) fn read(document: &str) -> Result<Head, String> {
    let tree = ironhelm_yaml::decode(document.as_bytes()).map_err(|error| conversion_error(&error))?;
    let mut reader = Reader::default();
    match &tree {
        Value::Object(fields) => reader.top(fields),
        Value::Null => {}
        other => reader.mismatch(other, "value of type util.SimpleHead"),
    }
    match reader.error {
        None => Ok(reader.head),
        Some(error) => Err(format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {error}"
        )),
    }
}

fn conversion_error(error: &ironhelm_yaml::Error) -> String {
    let text = error.to_string();
    if text.starts_with("error ") {
        text
    } else {
        format!("error converting YAML to JSON: {text}")
    }
}

/// Go decodes on after a mismatch and reports the first one.
#[derive(Default)]
struct Reader {
    head: Head,
    error: Option<String>,
}

impl Reader {
    /// Go: field names match in any letter case, and of several the last one counts.
    fn top(&mut self, fields: &Map<String, Value>) {
        for (key, value) in fields {
            match key.to_ascii_lowercase().as_str() {
                "apiversion" => {
                    if let Some(text) = self.text(value, "struct field SimpleHead.apiVersion of type string") {
                        self.head.api_version = text;
                    }
                }
                "kind" => {
                    if let Some(text) = self.text(value, "struct field SimpleHead.kind of type string") {
                        self.head.kind = text;
                    }
                }
                "metadata" => self.metadata(value),
                _ => {}
            }
        }
    }

    fn metadata(&mut self, value: &Value) {
        let fields = match value {
            Value::Object(fields) => fields,
            Value::Null => return,
            other => return self.mismatch(other, &format!("struct field SimpleHead.metadata of type {METADATA}")),
        };
        for (key, value) in fields {
            match key.to_ascii_lowercase().as_str() {
                "name" => {
                    if let Some(text) = self.text(value, "struct field .metadata.name of type string") {
                        self.head.name = text;
                    }
                }
                "annotations" => self.annotations(value),
                _ => {}
            }
        }
    }

    fn annotations(&mut self, value: &Value) {
        match value {
            Value::Object(entries) => {
                let mut annotations = BTreeMap::new();
                for (key, value) in entries {
                    let text = self.text(value, "struct field .metadata.annotations of type string");
                    annotations.insert(key.clone(), text.unwrap_or_default());
                }
                self.head.annotations = Some(annotations);
            }
            Value::Null => {}
            other => self.mismatch(other, "struct field .metadata.annotations of type map[string]string"),
        }
    }

    /// Text; plain numbers and booleans are read as text where text is wanted.
    fn text(&mut self, value: &Value, target: &str) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Number(number) => Some(number_text(number)),
            Value::Null => None,
            Value::Array(_) | Value::Object(_) => {
                self.mismatch(value, target);
                None
            }
        }
    }

    fn mismatch(&mut self, value: &Value, target: &str) {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        self.error.get_or_insert_with(|| format!("{found} into Go {target}"));
    }
}

fn number_text(number: &serde_json::Number) -> String {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(integer), ..) => integer.to_string(),
        (_, Some(integer), _) => integer.to_string(),
        (.., Some(float)) => strconv::format_float(float, b'g', -1, 64),
        _ => String::new(),
    }
}
