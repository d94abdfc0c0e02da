//! From the text of a schema to a validator.

use ironhelm_golang::json;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use super::tree::{Finding, report};
use super::{MAX_DEPTH, depth};

const LOCATION: &str = "file:///values.schema.json#";
const DRAFT_2020: &str = "https://json-schema.org/draft/2020-12/schema";

/// A schema that is ready to judge values.
pub(super) struct Compiled {
    schema: Value,
    validator: Validator,
    /// The references that were dropped.
    pub(super) dropped: Vec<String>,
}

impl Compiled {
    /// The error is the text that Helm prints.
    pub(super) fn new(text: &[u8]) -> Result<Self, String> {
        let mut schema = parse(text)?;
        if depth(&schema) > MAX_DEPTH {
            return Err(format!("schema is nested more than {MAX_DEPTH} levels deep\n"));
        }
        let mut dropped = drop_unknown_dialect(&mut schema);
        dropped.extend(drop_references(&mut schema));
        check_metaschema(&schema)?;
        check_identifiers(&schema)?;
        let validator = match build(&schema) {
            Err(BuildError::Reference(_)) => {
                dropped.extend(drop_all_outer_references(&mut schema));
                build(&schema)
            }
            other => other,
        };
        Ok(Self {
            validator: validator.map_err(BuildError::into_text)?,
            schema,
            dropped,
        })
    }

    /// What is wrong with `values`, `None` if they fit.
    pub(super) fn complaints(&self, values: &Value) -> Option<String> {
        if depth(values) > MAX_DEPTH {
            return Some(format!("values are nested more than {MAX_DEPTH} levels deep\n"));
        }
        if self.validator.is_valid(values) {
            return None;
        }
        let errors: Vec<_> = self.validator.iter_errors(values).collect();
        let findings = errors.iter().map(Finding::new).collect();
        Some(format!("{}\n", report(Some(&self.schema), findings)))
    }
}

fn parse(text: &[u8]) -> Result<Value, String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let (value, length) = json::decode_prefix(text).map_err(|error| error.to_string())?;
    if text[length..].iter().any(|byte| !byte.is_ascii_whitespace()) {
        return Err("invalid character after top-level value".to_owned());
    }
    Ok(value)
}

fn check_metaschema(schema: &Value) -> Result<(), String> {
    let metaschema = jsonschema::meta::validator_for(schema).map_err(|error| error.to_string())?;
    if metaschema.is_valid(schema) {
        return Ok(());
    }
    let errors: Vec<_> = metaschema.iter_errors(schema).collect();
    let findings = errors.iter().map(Finding::new).collect();
    let dialect = schema
        .get("$schema")
        .and_then(Value::as_str)
        .unwrap_or(DRAFT_2020)
        .trim_end_matches('#');
    Err(format!(
        "\"{LOCATION}\" is not valid against metaschema: jsonschema validation failed with '{dialect}#'\n{}",
        report(None, findings)
    ))
}

/// Two parts of one name are an error.
// Helm: names below keywords that it does not know count for nothing.
fn check_identifiers(schema: &Value) -> Result<(), String> {
    let mut seen = std::collections::BTreeMap::new();
    let mut pending = vec![(schema, String::new())];
    while let Some((value, at)) = pending.pop() {
        let parts: Vec<_> = match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (index.to_string(), item))
                .collect(),
            Value::Object(table) => {
                if let Some(Value::String(id)) = table.get("$id")
                    && let Some(other) = seen.insert(id.as_str(), at.clone())
                {
                    return Err(format!(
                        "duplicate id \"{id}\" in \"{}\" at \"{other}\" and \"{at}\"\n",
                        LOCATION.trim_end_matches('#')
                    ));
                }
                let parts = table
                    .iter()
                    .filter(|(key, _)| !matches!(key.as_str(), "const" | "enum" | "default" | "examples"));
                parts.map(|(key, part)| (key.clone(), part)).collect()
            }
            _ => continue,
        };
        pending.extend(parts.into_iter().rev().map(|(key, part)| (part, format!("{at}/{key}"))));
    }
    Ok(())
}

enum BuildError {
    Reference(String),
    Other(String),
}

impl BuildError {
    fn into_text(self) -> String {
        match self {
            Self::Reference(text) | Self::Other(text) => text,
        }
    }
}

/// Go: regular expressions have no look-around, and run in linear time. Helm: the encoding of a text
/// is not checked.
fn build(schema: &Value) -> Result<Validator, BuildError> {
    let built = jsonschema::options()
        .with_pattern_options(PatternOptions::regex())
        .without_content_encoding_support("base64")
        .without_content_media_type_support("application/json")
        .build(schema);
    built.map_err(|error| match error.kind() {
        ValidationErrorKind::Referencing(jsonschema::ReferencingError::PointerToNowhere { pointer }) => {
            BuildError::Other(format!("json-pointer in \"{LOCATION}{pointer}\" not found"))
        }
        ValidationErrorKind::Referencing(error) => BuildError::Reference(error.to_string()),
        _ => BuildError::Other(error.to_string()),
    })
}

/// A validator for a part of `root`, which may refer to the root's definitions.
pub(super) fn part(root: &Value, part: &Value) -> Option<Validator> {
    let Value::Object(part) = part else {
        return build(part).ok();
    };
    let mut part = part.clone();
    for key in ["$schema", "$defs", "definitions"] {
        if let Some(value) = root.get(key) {
            part.entry(key).or_insert_with(|| value.clone());
        }
    }
    build(&Value::Object(part)).ok()
}

/// A dialect that is not one of the drafts would have to be fetched.
fn drop_unknown_dialect(schema: &mut Value) -> Vec<String> {
    let Some(table) = schema.as_object_mut() else {
        return Vec::new();
    };
    let Some(Value::String(dialect)) = table.get("$schema") else {
        return Vec::new();
    };
    let name = dialect
        .trim_end_matches('#')
        .trim_start_matches("https://")
        .trim_start_matches("http://");
    let known = [
        "json-schema.org/draft-04/schema",
        "json-schema.org/draft-06/schema",
        "json-schema.org/draft-07/schema",
        "json-schema.org/draft/2019-09/schema",
        "json-schema.org/draft/2020-12/schema",
    ];
    if known.contains(&name) {
        return Vec::new();
    }
    let latest = name == "json-schema.org/schema";
    let dropped = table
        .remove("$schema")
        .and_then(|dialect| dialect.as_str().map(str::to_owned));
    dropped.into_iter().filter(|_| !latest).collect()
}

/// Drops the references that lead out of the schema: neither to a place in it, nor to an `$id` of
/// it, nor to a draft.
fn drop_references(schema: &mut Value) -> Vec<String> {
    let ids = identifiers(schema);
    drop_where(schema, &|reference| {
        let target = reference.split('#').next().unwrap_or_default();
        let inside = target.is_empty()
            || ids
                .iter()
                .any(|id| id.ends_with(target) || target.ends_with(id.as_str()));
        !inside && !target.starts_with(DRAFT_2020)
    })
}

fn drop_all_outer_references(schema: &mut Value) -> Vec<String> {
    drop_where(schema, &|reference| !reference.starts_with('#'))
}

fn identifiers(schema: &Value) -> Vec<String> {
    let mut ids = Vec::new();
    let mut pending = vec![schema];
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(items) => pending.extend(items),
            Value::Object(table) => {
                let id = table.get("$id").or_else(|| table.get("id")).and_then(Value::as_str);
                ids.extend(
                    id.map(|id| id.trim_end_matches('#').to_owned())
                        .filter(|id| !id.is_empty()),
                );
                pending.extend(table.values());
            }
            _ => {}
        }
    }
    ids
}

fn drop_where(schema: &mut Value, outside: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut dropped = Vec::new();
    let mut pending = vec![schema];
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(items) => pending.extend(items),
            Value::Object(table) => {
                for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
                    if let Some(Value::String(reference)) = table.get(keyword)
                        && outside(reference)
                    {
                        dropped.push(reference.clone());
                        table.remove(keyword);
                    }
                }
                let parts = table
                    .iter_mut()
                    .filter(|(key, _)| !matches!(key.as_str(), "const" | "enum"));
                pending.extend(parts.map(|(_, value)| value));
            }
            _ => {}
        }
    }
    dropped
}
