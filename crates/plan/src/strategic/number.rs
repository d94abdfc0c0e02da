//! JSON values as Go sees them: integers apart from floats, equality, types and `%v` text.

use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

/// A number as Go's Kubernetes JSON decoder types it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Numeric {
    Int(i64),
    Float(f64),
}

/// Go: a float without a fraction is written without one, and read back as an integer if it fits.
pub(crate) fn numeric(number: &Number) -> Numeric {
    if let Some(int) = number.as_i64() {
        return Numeric::Int(int);
    }
    let float = number.as_f64().unwrap_or_default();
    if float.trunc() == float
        && float.abs() < 1e21
        && let Ok(int) = float.to_string().parse()
    {
        return Numeric::Int(int);
    }
    Numeric::Float(float)
}

/// The dynamic type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nil,
    Bool,
    Int,
    Float,
    Text,
    List,
    Map,
}

pub(crate) fn kind(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Nil,
        Value::Bool(_) => Kind::Bool,
        Value::Number(number) => match numeric(number) {
            Numeric::Int(_) => Kind::Int,
            Numeric::Float(_) => Kind::Float,
        },
        Value::String(_) => Kind::Text,
        Value::Array(_) => Kind::List,
        Value::Object(_) => Kind::Map,
    }
}

/// Go's name for the dynamic type of a value.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match kind(value) {
        Kind::Nil => "%!s(<nil>)",
        Kind::Bool => "bool",
        Kind::Int => "int64",
        Kind::Float => "float64",
        Kind::Text => "string",
        Kind::List => "[]interface {}",
        Kind::Map => "map[string]interface {}",
    }
}

/// Deep equality.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || numeric(left) == numeric(right),
        (Value::Array(left), Value::Array(right)) => lists_equal(left, right),
        (Value::Object(left), Value::Object(right)) => maps_equal(left, right),
        (left, right) => left == right,
    }
}

pub(crate) fn lists_equal(left: &[Value], right: &[Value]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
}

pub(crate) fn maps_equal(left: &Map<String, Value>, right: &Map<String, Value>) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|((left_key, left), (right_key, right))| left_key == right_key && equal(left, right))
}

/// A scalar that can be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scalar<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    Float(u64),
    Text(&'a str),
}

/// The scalar in a value; maps and lists have none and equal nothing.
pub(crate) fn scalar(value: &Value) -> Option<Scalar<'_>> {
    match value {
        Value::Null => Some(Scalar::Nil),
        Value::Bool(bool) => Some(Scalar::Bool(*bool)),
        Value::Number(number) => Some(match numeric(number) {
            Numeric::Int(int) => Scalar::Int(int),
            Numeric::Float(float) => Scalar::Float(float.to_bits()),
        }),
        Value::String(text) => Some(Scalar::Text(text)),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// A value as Go's `%v` prints it.
pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

/// A map as Go's `%v` prints it.
pub(crate) fn map_text(map: &Map<String, Value>) -> String {
    let mut out = String::new();
    write_map(&mut out, map);
    out
}

/// A list as Go's `%v` prints it.
pub(crate) fn list_text(list: &[Value]) -> String {
    let mut out = String::new();
    write_list(&mut out, list);
    out
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Number(number) => match numeric(number) {
            Numeric::Int(int) => {
                let _ = write!(out, "{int}");
            }
            Numeric::Float(float) => write_float(out, float),
        },
        Value::String(text) => out.push_str(text),
        Value::Array(list) => write_list(out, list),
        Value::Object(map) => write_map(out, map),
    }
}

fn write_list(out: &mut String, list: &[Value]) {
    out.push('[');
    for (index, value) in list.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        write_value(out, value);
    }
    out.push(']');
}

fn write_map(out: &mut String, map: &Map<String, Value>) {
    out.push_str("map[");
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(key);
        out.push(':');
        write_value(out, value);
    }
    out.push(']');
}

/// Go: `%v` of a float takes an exponent of at least two digits below 1e-4 and from 1e6.
fn write_float(out: &mut String, float: f64) {
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        let _ = write!(out, "{float}");
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "{digits}e{sign}{:02}", exponent.abs());
    }
}

/// Whether a value is a map or a list.
pub(crate) fn kind_is_nested(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_))
}
