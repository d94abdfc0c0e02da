//! Any value as a number, as `spf13/cast` reads it: what is no number is 0.

use ironhelm_golang::strconv;
use ironhelm_gotmpl::Value;

/// `cast.ToInt64`.
pub(crate) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(number, _) => *number,
        Value::Uint(number, _) => *number as i64,
        Value::Float(number, _) => truncated(*number),
        Value::Bool(flag) => i64::from(*flag),
        // Go: base 0, so that "010" is 8 and "0x10" is 16.
        Value::String(text) => text
            .to_str()
            .and_then(|text| strconv::parse_int(without_zero_decimals(text), 0, 64).ok())
            .unwrap_or_default(),
        _ => 0,
    }
}

/// `cast.ToFloat64`.
pub(crate) fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Int(number, _) => *number as f64,
        Value::Uint(number, _) => *number as f64,
        Value::Float(number, _) => *number,
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        Value::String(text) => text
            .to_str()
            .and_then(|text| strconv::parse_float(text, 64).ok())
            .unwrap_or_default(),
        _ => 0.0,
    }
}

/// A decimal integer.
// Go: the error is dropped but not the number beside it, which is the nearest one that fits.
pub(crate) fn nearest_integer(text: &str) -> i64 {
    match strconv::atoi(text) {
        Ok(number) => number,
        Err(error) if error.kind == strconv::NumErrorKind::Range && text.starts_with('-') => i64::MIN,
        Err(error) if error.kind == strconv::NumErrorKind::Range => i64::MAX,
        Err(_) => 0,
    }
}

// Go: on amd64 a float that does not fit becomes the smallest integer.
fn truncated(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) {
        number as i64
    } else {
        i64::MIN
    }
}

/// `5.00` is `5`.
fn without_zero_decimals(text: &str) -> &str {
    let trimmed = text.trim_end_matches('0');
    match trimmed.strip_suffix('.') {
        Some(whole) if trimmed.len() < text.len() => whole,
        _ => text,
    }
}
