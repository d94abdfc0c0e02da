//! JSON as Go reads it into `interface{}`: every number is a float.

use ironhelm_golang::json;
use serde_json::Value;

/// The tree of one JSON text, `None` if it is not one.
pub(crate) fn decode_floats(text: &[u8]) -> Option<Value> {
    let mut value = json::decode(text).ok()?;
    json::to_float64(&mut value);
    Some(value)
}

/// The tree of the JSON value that `text` starts with, and its length; what follows need not be JSON.
pub(crate) fn decode_floats_prefix(text: &[u8]) -> Option<(Value, usize)> {
    let (mut value, length) = json::decode_prefix(text).ok()?;
    json::to_float64(&mut value);
    Some((value, length))
}
