//! Numbers inside JSON.

use serde_json::Number;

use super::decode::{Decoder, Error};

/// Reads the number literal at the decoder's place.
pub(super) fn read<'t>(decoder: &mut Decoder<'t>) -> Result<&'t str, Error> {
    let start = decoder.at;
    if decoder.peek() == Some(b'-') {
        decoder.at += 1;
    }
    if decoder.peek() == Some(b'0') {
        decoder.at += 1;
    } else {
        digits(decoder, "in numeric literal")?;
    }
    if decoder.peek() == Some(b'.') {
        decoder.at += 1;
        digits(decoder, "after decimal point in numeric literal")?;
    }
    if let Some(b'e' | b'E') = decoder.peek() {
        decoder.at += 1;
        if let Some(b'+' | b'-') = decoder.peek() {
            decoder.at += 1;
        }
        digits(decoder, "in exponent of numeric literal")?;
    }
    Ok(std::str::from_utf8(&decoder.text[start..decoder.at]).unwrap_or_default())
}

/// One digit at least.
fn digits(decoder: &mut Decoder<'_>, context: &'static str) -> Result<(), Error> {
    match decoder.peek_or_end() {
        b'0'..=b'9' => {}
        byte => return Err(decoder.unexpected(byte, context)),
    }
    while let Some(b'0'..=b'9') = decoder.peek() {
        decoder.at += 1;
    }
    Ok(())
}

/// The literal's value; `None` beyond the largest float.
pub(super) fn value_of(literal: &str) -> Option<Number> {
    let integer = literal.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    // Go: `-0` is the negative zero among floats.
    if integer && literal != "-0" {
        if let Ok(value) = literal.parse::<i64>() {
            return Some(value.into());
        }
        if let Ok(value) = literal.parse::<u64>() {
            return Some(value.into());
        }
    }
    literal.parse().ok().and_then(Number::from_f64)
}
