//! Between the values of templates and plain JSON trees.

use base64::prelude::{BASE64_STANDARD, Engine};
use ironhelm_gotmpl::{Budget, Map, Meter, Object, Type, UintKind, Value};
use serde_json::{Number, Value as Json};

use crate::dicts::{MAX_DEPTH, with_stack};
use crate::table::Walk;

const BYTE: Type = Type::Uint(UintKind::Uint8);

/// What Go's `encoding/json` makes of `value`: integers stay integers, bytes become base64, nil lists and maps null.
///
/// # Errors
/// Go's text for what JSON cannot hold: NaN, infinities, functions, cycles.
pub fn to_json(value: &Value) -> Result<Json, String> {
    to_json_within(value, &mut Walk::new(Meter::new(Budget::default())))
}

pub(crate) fn to_json_within(value: &Value, walk: &mut Walk) -> Result<Json, String> {
    convert(value, 0, walk)
}

/// A tree as template values; integers become `int64`, other numbers `float64`.
pub fn from_json(json: &Json) -> Value {
    build(json, &|number: &Number| match number.as_i64() {
        Some(integer) => Value::int64(integer),
        None => Value::float(number.as_f64().unwrap_or_default()),
    })
}

/// A tree as decoding into `interface{}` gives it: every number is a `float64`.
pub fn from_json_as_floats(json: &Json) -> Value {
    build(json, &|number: &Number| {
        Value::float(number.as_f64().unwrap_or_default())
    })
}

fn convert(value: &Value, depth: usize, walk: &mut Walk) -> Result<Json, String> {
    walk.pass(value)?;
    if depth > MAX_DEPTH {
        return Err(format!(
            "json: unsupported value: encountered a cycle via {}",
            value.type_name()
        ));
    }
    with_stack(|| convert_level(value, depth, walk))
}

fn convert_level(value: &Value, depth: usize, walk: &mut Walk) -> Result<Json, String> {
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number, _) => Json::from(*number),
        Value::Uint(number, _) => Json::from(*number),
        Value::Float(number, _) => Json::Number(Number::from_f64(*number).ok_or_else(|| not_a_number(*number))?),
        Value::String(text) => Json::String(text.to_string_lossy().into_owned()),
        Value::List(list) if list.is_nil() => Json::Null,
        Value::Bytes(_) => as_byte_text(value).map_or(Json::Null, Json::String),
        Value::List(list) if list.elem() != BYTE => Json::Array(
            list.iter()
                .map(|item| convert(item, depth + 1, walk))
                .collect::<Result<_, _>>()?,
        ),
        Value::List(_) => as_byte_text(value).map_or(Json::Null, Json::String),
        Value::Map(map) => map_to_json(map, depth, walk)?,
        Value::Object(object) => object_to_json(&**object, depth, walk)?,
        Value::Complex(_) | Value::Function(_) => return Err(format!("json: unsupported type: {}", value.type_name())),
    })
}

fn map_to_json(map: &Map, depth: usize, walk: &mut Walk) -> Result<Json, String> {
    if map.is_nil() {
        return Ok(Json::Null);
    }
    let entries = map.entries().into_iter();
    let entries =
        entries.map(|(key, value)| Ok((key.to_string_lossy().into_owned(), convert(&value, depth + 1, walk)?)));
    Ok(Json::Object(entries.collect::<Result<_, String>>()?))
}

fn object_to_json(object: &dyn Object, depth: usize, walk: &mut Walk) -> Result<Json, String> {
    if let Some(value) = object.json().or_else(|| object.underlying()) {
        return convert(&value, depth + 1, walk);
    }
    let fields = object.fields().into_iter();
    let fields = fields.map(|(name, value)| Ok((name.to_owned(), convert(&value, depth + 1, walk)?)));
    Ok(Json::Object(fields.collect::<Result<_, String>>()?))
}

pub(crate) fn not_a_number(number: f64) -> String {
    let text = ironhelm_golang::strconv::format_float(number, b'g', -1, 64);
    format!("json: unsupported value: {text}")
}

/// Go: bytes are base64 in JSON.
pub(crate) fn as_byte_text(value: &Value) -> Option<String> {
    match value {
        Value::Bytes(bytes) => Some(BASE64_STANDARD.encode(bytes.as_bytes())),
        Value::List(list) if list.elem() == BYTE && !list.is_nil() => {
            let byte = |item: &Value| {
                if let Value::Uint(byte, _) = item {
                    *byte as u8
                } else {
                    0
                }
            };
            Some(BASE64_STANDARD.encode(list.iter().map(byte).collect::<Vec<_>>()))
        }
        _ => None,
    }
}

fn build(json: &Json, number: &impl Fn(&Number) -> Value) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(value) => number(value),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => with_stack(|| Value::list(items.iter().map(|item| build(item, number)).collect())),
        Json::Object(entries) => {
            with_stack(|| Value::map(entries.iter().map(|(key, value)| (key.as_str(), build(value, number)))))
        }
    }
}

#[cfg(test)]
mod tests {
    use ironhelm_gotmpl::List;

    use super::*;

    #[test]
    fn kinds_survive_the_way_to_json() {
        let value = Value::map([
            ("b", Value::bytes(b"hi".as_slice())),
            ("f", Value::float(5.0)),
            ("i", Value::int64(5)),
            ("n", Value::List(List::nil(Type::Any))),
        ]);
        let json = to_json(&value).expect("plain values");
        assert_eq!(json, serde_json::json!({"b": "aGk=", "f": 5.0, "i": 5, "n": null}));
        assert_eq!(
            from_json(&json)
                .as_map()
                .and_then(|map| map.get("i"))
                .and_then(|i| i.as_i64()),
            Some(5)
        );
    }

    #[test]
    fn cycles_and_infinities_are_errors() {
        let map = Map::new();
        map.insert("self", Value::Map(map.clone()));
        assert!(to_json(&Value::Map(map)).is_err());
        assert_eq!(
            to_json(&Value::float(f64::INFINITY)),
            Err("json: unsupported value: +Inf".to_owned())
        );
    }
}
