//! Scalars on their way to JSON: tags, numbers, keys.

use serde_json::{Number, Value};

use crate::Error;
use crate::base64;
use crate::resolve::{Scalar, resolve, resolve_untimed};
use crate::tree::Tagged;

const YAML_TAGS: &str = "tag:yaml.org,2002:";

/// A scalar that has become what its tag demands.
pub(crate) enum Resolved {
    /// Not text.
    Scalar(Scalar),
    /// The text as written.
    Same,
    /// Another text.
    Text(String),
}

/// Resolves a scalar with a tag.
pub(crate) fn resolve_tagged(scalar: &Tagged<'_>) -> Result<Resolved, Error> {
    let text = scalar.value.as_ref();
    let resolved = match scalar.tag.strip_prefix(YAML_TAGS) {
        Some("binary") => return binary(text),
        Some("timestamp") => resolve(text),
        Some("bool" | "int" | "float" | "null") => resolve_untimed(text),
        _ => return Ok(Resolved::Same),
    };
    let wanted = scalar.tag.strip_prefix(YAML_TAGS).unwrap_or_default();
    match (resolved, wanted) {
        (Scalar::Timestamp, "timestamp") => Ok(Resolved::Same),
        (Scalar::Bool(_), "bool")
        | (Scalar::Int(_) | Scalar::Uint(_), "int")
        | (Scalar::Float(_), "float")
        | (Scalar::Null, "null") => Ok(Resolved::Scalar(resolved)),
        // Go: only a signed integer becomes a float.
        (Scalar::Int(value), "float") => Ok(Resolved::Scalar(Scalar::Float(value as f64))),
        _ => Err(mismatch(resolved, text, wanted)),
    }
}

fn mismatch(resolved: Scalar, text: &str, wanted: &str) -> Error {
    let kind = match resolved {
        Scalar::Null => "null",
        Scalar::Bool(_) => "bool",
        Scalar::Int(_) | Scalar::Uint(_) => "int",
        Scalar::Float(_) => "float",
        Scalar::Timestamp => "timestamp",
        Scalar::Text => "str",
    };
    Error::Content {
        problem: format!("cannot decode !!{kind} `{text}` as a !!{wanted}"),
    }
}

/// Go: octets that are no UTF-8 become replacement characters when the string becomes JSON.
fn binary(text: &str) -> Result<Resolved, Error> {
    let octets = base64::decode(text).ok_or_else(|| Error::Content {
        problem: "!!binary value contains invalid base64 data".to_owned(),
    })?;
    let mut decoded = String::with_capacity(octets.len());
    for chunk in octets.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Ok(Resolved::Text(decoded))
}

/// The number that the JSON text of a float reads as; none for infinities and NaN.
pub(crate) fn float_value(value: f64) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let negative_zero = value == 0.0 && value.is_sign_negative();
    if value.fract() == 0.0 && !negative_zero {
        if value.abs() < EXACT {
            return Some(Value::from(value as i64));
        }
        // Go: large floats are written with the fewest digits and then read as whatever these say.
        let digits = format!("{value}");
        if let Ok(integer) = digits.parse::<i64>() {
            return Some(Value::from(integer));
        }
        if let Ok(integer) = digits.parse::<u64>() {
            return Some(Value::from(integer));
        }
    }
    Number::from_f64(value).map(Value::Number)
}

/// What a float is as a mapping's key. Go: it is written as if it had 32 bits.
pub(crate) fn float_key(value: f64) -> String {
    if value.is_nan() {
        ".nan".to_owned()
    } else if value.is_infinite() || (value as f32).is_infinite() {
        if value > 0.0 {
            ".inf".to_owned()
        } else {
            "-.inf".to_owned()
        }
    } else {
        ironhelm_golang::strconv::format_float(value, b'g', -1, 32)
    }
}
