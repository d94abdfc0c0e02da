//! The two writers.

use ironhelm_golang::{json, strconv};
use serde_json::{Number, Value};

use crate::emit::{Dialect, Emitter, MAX_DEPTH};
use crate::{Error, decode};

/// Writes `value` as Go does: as JSON, which is read as YAML and written again.
///
/// # Errors
/// [`Error`] if the JSON text is not YAML.
pub(crate) fn try_encode(value: &Value) -> Result<String, Error> {
    if survives(value, 0) {
        return Ok(Emitter::new(Dialect::Compact, reread_number).document(value));
    }
    let reread = decode(json::encode(value).as_bytes())?;
    Ok(Emitter::new(Dialect::Compact, reread_number).document(&reread))
}

pub(crate) fn encode_pretty(value: &Value) -> String {
    Emitter::new(Dialect::Pretty, plain_number).document(value)
}

/// The longest key that a reader recognises in any case, escapes included.
const SAFE_KEY: usize = 160;

/// Whether `value` is the same after its detour through JSON text.
fn survives(value: &Value, depth: usize) -> bool {
    match value {
        Value::String(text) => is_readable(text),
        Value::Array(items) => depth < MAX_DEPTH && items.iter().all(|item| survives(item, depth + 1)),
        Value::Object(map) => {
            depth < MAX_DEPTH
                && map
                    .iter()
                    .all(|(key, value)| key.len() <= SAFE_KEY && is_readable(key) && survives(value, depth + 1))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Whether no character of `text` is refused, or folded away, when it stands raw in a quoted scalar. JSON escapes the
/// controls below space.
fn is_readable(text: &str) -> bool {
    text.bytes().all(|byte| byte < 0x7F)
        || !text.contains(|character| matches!(character, '\u{7F}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}'))
}

/// A number behind the detour: JSON text read as YAML and written with `%g` unless it is an integer.
fn reread_number(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    if float.fract() == 0.0 && float.abs() < 1e21 {
        let text = strconv::format_float(float, b'f', -1, 64);
        if text == "-0" {
            return "0".to_owned();
        }
        if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() {
            return text;
        }
    }
    strconv::format_float(float, b'g', -1, 64)
}

/// A number as it is.
fn plain_number(number: &Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) => strconv::format_float(float, b'g', -1, 64),
        None => number.to_string(),
    }
}
