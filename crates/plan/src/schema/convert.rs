//! Whether a manifest object fits its Go type.
//!
//! Helm turns an object into its Go type before it makes a patch; one that does not fit is patched like a custom
//! resource. Only the shape matters here, unknown fields fit.

use serde_json::{Map, Number, Value};

use super::Schema;
use super::table::{Struct, Type};
use crate::strategic::number::{self, Numeric};

/// Deeper values are taken as not fitting.
const MAX_DEPTH: usize = 512;

impl Schema {
    /// Whether the fields of an object convert to the Go type of its kind.
    pub fn accepts(self, object: &Map<String, Value>) -> bool {
        self.table
            .structure(self.id)
            .is_some_and(|structure| self.accepts_fields(structure, object, 0))
    }

    fn accepts_value(self, value: &Value, depth: usize) -> bool {
        if value.is_null() {
            return true;
        }
        if depth > MAX_DEPTH {
            return false;
        }
        match self.table.get(self.id) {
            Type::Scalar(kind) => accepts_scalar(kind, value),
            Type::Pointer(target) => self.with(target).accepts_value(value, depth),
            Type::Map(element) => value.as_object().is_some_and(|map| {
                map.values()
                    .all(|value| self.with(element).accepts_value(value, depth + 1))
            }),
            Type::List(element) => self.with(element).accepts_list(value, depth),
            Type::Struct(_) => {
                let Some(structure) = self.table.structure(self.id) else {
                    return false;
                };
                if structure.own_json {
                    return self.accepts_own(structure.go_name(), value, depth);
                }
                value
                    .as_object()
                    .is_some_and(|fields| self.accepts_fields(structure, fields, depth))
            }
        }
    }

    fn accepts_fields(self, structure: &Struct, fields: &Map<String, Value>, depth: usize) -> bool {
        structure.fields.iter().all(|field| {
            fields
                .get(field.name)
                .is_none_or(|value| self.with(field.id).accepts_value(value, depth + 1))
        })
    }

    /// `self` is the type of the elements.
    fn accepts_list(self, value: &Value, depth: usize) -> bool {
        match value {
            Value::Array(items) => items.iter().all(|item| self.accepts_value(item, depth + 1)),
            Value::String(text) => self.kind() == "uint8" && is_base64(text),
            _ => false,
        }
    }

    /// Types that read JSON by themselves.
    fn accepts_own(self, name: &str, value: &Value, depth: usize) -> bool {
        match (name, value) {
            ("Quantity", Value::String(text)) => is_quantity(text.trim()),
            ("Quantity", Value::Number(_)) => true,
            ("IntOrString", Value::String(_)) => true,
            ("IntOrString", Value::Number(number)) => is_int32(number),
            ("Time", Value::String(text)) => is_rfc3339(text, None),
            ("MicroTime", Value::String(text)) => is_rfc3339(text, Some(6)),
            ("Quantity" | "IntOrString" | "Time" | "MicroTime", _) => false,
            ("JSONSchemaPropsOrBool", Value::Bool(_)) => true,
            ("JSONSchemaPropsOrBool" | "JSONSchemaPropsOrArray" | "JSONSchemaPropsOrStringArray", Value::Object(_)) => {
                self.schema_props()
                    .is_none_or(|schema| schema.accepts_value(value, depth + 1))
            }
            ("JSONSchemaPropsOrBool", _) => false,
            ("JSONSchemaPropsOrArray", Value::Array(items)) => items.iter().all(|item| {
                self.schema_props()
                    .is_none_or(|schema| schema.accepts_value(item, depth + 1))
            }),
            ("JSONSchemaPropsOrStringArray", Value::Array(items)) => {
                items.iter().all(|item| item.is_string() || item.is_null())
            }
            _ => true,
        }
    }

    fn schema_props(self) -> Option<Self> {
        let field = self.table.structure(self.id)?.field("Schema")?;
        Some(self.with(field.id))
    }
}

fn accepts_scalar(kind: &str, value: &Value) -> bool {
    match (kind, value) {
        ("interface", _) | ("string", Value::String(_)) | ("bool", Value::Bool(_)) => true,
        ("float32" | "float64", Value::Number(_)) => true,
        (kind, Value::Number(number)) if kind.starts_with("int") || kind.starts_with("uint") => {
            match number::numeric(number) {
                Numeric::Int(_) => true,
                Numeric::Float(float) => float.trunc() == float,
            }
        }
        _ => false,
    }
}

fn is_int32(number: &Number) -> bool {
    matches!(number::numeric(number), Numeric::Int(int) if i32::try_from(int).is_ok())
}

fn is_base64(text: &str) -> bool {
    let bytes: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let data = bytes.iter().rev().skip_while(|byte| **byte == b'=').count();
    let padding = bytes.len() - data;
    let plain = bytes[..data]
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    plain && bytes.len().is_multiple_of(4) && padding <= 2
}

/// A number with an optional suffix: `1`, `-0.5`, `100m`, `1Gi`, `1e3`.
pub(crate) fn is_quantity(text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    rest = &rest[digits(rest)..];
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = &fraction[digits(fraction)..];
    }
    is_suffix(rest)
}

fn is_suffix(text: &str) -> bool {
    let listed = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ];
    listed.contains(&text)
        || text
            .strip_prefix(['e', 'E'])
            .is_some_and(|exponent| exponent.parse::<i64>().is_ok())
}

/// `2006-01-02T15:04:05Z` with an optional fraction (of `fraction` digits, if given) and any offset.
fn is_rfc3339(text: &str, fraction: Option<usize>) -> bool {
    let Some((date_time, zone)) = split_zone(text) else {
        return false;
    };
    let (seconds, digits) = date_time
        .split_once(['.', ','])
        .map_or((date_time, None), |(s, d)| (s, Some(d)));
    let fraction_fits = match (digits, fraction) {
        (Some(digits), Some(len)) => digits.len() == len && is_digits(digits),
        (Some(digits), None) => !digits.is_empty() && is_digits(digits),
        (None, wanted) => wanted.is_none(),
    };
    fraction_fits && is_date_time(seconds) && zone
}

fn split_zone(text: &str) -> Option<(&str, bool)> {
    if let Some(rest) = text.strip_suffix('Z') {
        return Some((rest, true));
    }
    let at = text.len().checked_sub(6).filter(|at| text.is_char_boundary(*at))?;
    let (rest, zone) = text.split_at(at);
    let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
    Some((rest, in_range(hours, 0, 24) && in_range(minutes, 0, 60)))
}

fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let date: Vec<&str> = date.split('-').collect();
    let time: Vec<&str> = time.split(':').collect();
    let [year, month, day] = date[..] else { return false };
    let [hour, minute, second] = time[..] else { return false };
    year.len() == 4
        && is_digits(year)
        && in_range(month, 1, 12)
        && in_range(day, 1, days(year, month))
        && in_range(hour, 0, 23)
        && in_range(minute, 0, 59)
        && in_range(second, 0, 59)
}

fn days(year: &str, month: &str) -> u32 {
    let year: u32 = year.parse().unwrap_or_default();
    match month {
        "04" | "06" | "09" | "11" => 30,
        "02" if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        "02" => 28,
        _ => 31,
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn in_range(text: &str, low: u32, high: u32) -> bool {
    text.len() == 2 && is_digits(text) && text.parse().is_ok_and(|number: u32| (low..=high).contains(&number))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{GroupVersionKind, Object};

    fn accepts(value: Value) -> bool {
        let object = Object::try_from(value).unwrap();
        let gvk = GroupVersionKind::new(object.api_version(), object.kind());
        Schema::of(&gvk).unwrap().accepts(object.fields())
    }

    #[test]
    fn shapes_decide_whether_an_object_fits() {
        let pod = |container: Value| json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}});
        assert!(accepts(pod(
            json!({"name": "a", "unknown": {"x": 1}, "resources": {"limits": {"cpu": 1, "memory": "1Gi"}}})
        )));
        assert!(!accepts(pod(json!({"name": 1}))));
        assert!(!accepts(pod(json!({"resources": {"limits": {"cpu": "1x"}}}))));
        assert!(!accepts(pod(json!({"ports": [{"containerPort": "80"}]}))));
        assert!(accepts(pod(json!({"ports": [{"containerPort": 80.0}], "env": null}))));
        assert!(!accepts(
            json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": 1}})
        ));
        assert!(!accepts(
            json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "not base64!"}})
        ));
        assert!(accepts(
            json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "aGk="}})
        ));
        assert!(!accepts(
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"creationTimestamp": "soon"}})
        ));
    }
}
