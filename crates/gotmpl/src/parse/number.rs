//! Number and character constants, in every Go type that can hold them.

use ironhelm_golang::strconv;

use super::tree::Number;
use crate::{Str, Value};

/// Reads a character constant such as `'a'`.
pub(super) fn char_constant(text: &[u8]) -> Result<Number, String> {
    let malformed = || format!("malformed character constant: {}", String::from_utf8_lossy(text));
    let unquoted = strconv::unquote_char(&text[1..], text[0]).map_err(|error| error.to_string())?;
    if unquoted.rest != b"'" {
        return Err(malformed());
    }
    let code = unquoted.value;
    Ok(Number {
        text: text.into(),
        int: Some(code.into()),
        uint: Some(code.into()),
        float: Some(code.into()),
        ideal: Some(Value::int(code.into())),
    })
}

/// Reads an integer, floating point or imaginary constant.
pub(super) fn constant(text: &[u8]) -> Result<Number, String> {
    let lossy = String::from_utf8_lossy(text);
    let imaginary = lossy
        .strip_suffix('i')
        .and_then(|digits| strconv::parse_float(digits, 64).ok());
    if let Some(imaginary) = imaginary {
        return Ok(complex_number(text, 0.0, imaginary));
    }
    let uint = strconv::parse_uint(&lossy, 0, 64).ok();
    let int = strconv::parse_int(&lossy, 0, 64).ok();
    let mut number = Number {
        text: text.into(),
        int,
        uint: if int == Some(0) { Some(0) } else { uint },
        float: int.map(|int| int as f64).or(uint.map(|uint| uint as f64)),
        ideal: None,
    };
    if number.float.is_none() {
        let looks_float = lossy.contains(['.', 'e', 'E', 'p', 'P']);
        match strconv::parse_float(&lossy, 64) {
            Err(_) => return Err(format!("illegal number syntax: {}", strconv::quote(text))),
            // Go: a float that looks like an integer is an integer too large for any type.
            Ok(_) if !looks_float => return Err(format!("integer overflow: {}", strconv::quote(text))),
            Ok(float) => set_float(&mut number, float),
        }
    }
    number.ideal = ideal(&number);
    Ok(number)
}

/// Reads a complex constant such as `1+2i`.
pub(super) fn complex_constant(text: &[u8]) -> Result<Number, String> {
    let lossy = String::from_utf8_lossy(text);
    let problem = || format!("illegal number syntax: {}", strconv::quote(text));
    let body = lossy.strip_suffix('i').ok_or_else(problem)?;
    let is_split = |(at, byte): &(usize, u8)| {
        *at > 0 && matches!(byte, b'+' | b'-') && !matches!(body.as_bytes()[at - 1], b'e' | b'E' | b'p' | b'P')
    };
    let (split, _) = body.bytes().enumerate().find(is_split).ok_or_else(problem)?;
    let real = strconv::parse_float(&body[..split], 64).map_err(|_| problem())?;
    let imaginary = strconv::parse_float(&body[split..], 64).map_err(|_| problem())?;
    Ok(complex_number(text, real, imaginary))
}

fn complex_number(text: &[u8], real: f64, imaginary: f64) -> Number {
    let complex = Value::Complex(std::rc::Rc::new((real, imaginary)));
    let mut number = Number {
        text: Str::from(text),
        int: None,
        uint: None,
        float: None,
        ideal: Some(complex),
    };
    if imaginary == 0.0 {
        set_float(&mut number, real);
    }
    number
}

fn set_float(number: &mut Number, float: f64) {
    number.float = Some(float);
    number.int = Some(float as i64).filter(|int| *int as f64 == float);
    number.uint = Some(float as u64).filter(|uint| *uint as f64 == float);
}

/// The value where nothing says which type is wanted; none when the constant overflows `int`.
fn ideal(number: &Number) -> Option<Value> {
    let hex = number.text.len() > 2 && number.text[0] == b'0' && matches!(number.text[1], b'x' | b'X');
    let has = |set: &[u8]| number.text.iter().any(|byte| set.contains(byte));
    let hex_int = hex && !has(b"pP");
    match number.float {
        Some(float) if !hex_int && has(b".eEpP") => Some(Value::float(float)),
        _ => number.int.map(Value::int),
    }
}
