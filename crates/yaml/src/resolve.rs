//! What a scalar's text means: null, a boolean, a number, a timestamp or just text.

use crate::timestamp::is_timestamp;

/// A scalar's meaning under YAML 1.1 as Go reads it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Timestamp,
    Text,
}

/// What the first byte of a text allows it to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    Text,
    Word,
    Point,
    Number,
}

static HINTS: [Hint; 256] = hints();

const fn hints() -> [Hint; 256] {
    let mut table = [Hint::Text; 256];
    let words = b"yYnNtTfFoO~";
    let mut at = 0;
    while at < words.len() {
        table[words[at] as usize] = Hint::Word;
        at += 1;
    }
    let numbers = b"+-0123456789";
    at = 0;
    while at < numbers.len() {
        table[numbers[at] as usize] = Hint::Number;
        at += 1;
    }
    table[b'.' as usize] = Hint::Point;
    table
}

/// Resolves a text without quotes and tag.
#[inline]
pub(crate) fn resolve(text: &str) -> Scalar {
    let Some(&first) = text.as_bytes().first() else {
        return Scalar::Null;
    };
    match HINTS[usize::from(first)] {
        Hint::Text => Scalar::Text,
        Hint::Word => word(text),
        Hint::Point => special_float(text)
            .or_else(|| point_float(text))
            .map_or(Scalar::Text, Scalar::Float),
        Hint::Number if is_timestamp(text) => Scalar::Timestamp,
        Hint::Number => number(text),
    }
}

/// Resolves a text under a tag that is not a timestamp's: the same, but nothing is a timestamp.
pub(crate) fn resolve_untimed(text: &str) -> Scalar {
    match resolve(text) {
        Scalar::Timestamp => number(text),
        other => other,
    }
}

fn word(text: &str) -> Scalar {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => Scalar::Text,
    }
}

fn special_float(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// A float that starts with its point. Go: `strconv.ParseFloat` reads it.
fn point_float(text: &str) -> Option<f64> {
    ironhelm_golang::strconv::parse_float(text, 64).ok()
}

/// A text that starts with a digit or a sign.
fn number(text: &str) -> Scalar {
    if let Some(value) = short_decimal(text) {
        return Scalar::Int(value);
    }
    if let Some(value) = special_float(text) {
        return Scalar::Float(value);
    }
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte))
    {
        return Scalar::Text;
    }
    if text.contains('_') {
        bare_number(&text.replace('_', ""))
    } else {
        bare_number(text)
    }
}

/// The usual integer: a few digits that do not start with zero.
fn short_decimal(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() > 18 || bytes[0] == b'0' && bytes.len() > 1 {
        return None;
    }
    bytes.iter().try_fold(0, |value, &byte| {
        byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0'))
    })
}

fn bare_number(text: &str) -> Scalar {
    let (sign, digits) = match text.as_bytes() {
        [b'-', ..] => (-1, &text[1..]),
        [b'+', ..] => (1, &text[1..]),
        _ => (1, text),
    };
    // Go: `ParseUint` takes no sign.
    let unsigned = digits.len() == text.len();
    integer(digits)
        .and_then(|value| signed(sign, value, unsigned))
        .unwrap_or_else(|| float(text))
}

/// An unsigned integer in the base that its prefix tells.
fn integer(digits: &str) -> Option<u64> {
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    let pure = digits.bytes().all(|byte| char::from(byte).is_digit(base));
    if pure {
        u64::from_str_radix(digits, base).ok()
    } else {
        None
    }
}

fn signed(sign: i64, value: u64, unsigned: bool) -> Option<Scalar> {
    match (i64::try_from(value), sign) {
        (Ok(value), _) => Some(Scalar::Int(value * sign)),
        (Err(_), -1) if value == 1 << 63 => Some(Scalar::Int(i64::MIN)),
        (Err(_), _) => unsigned.then_some(Scalar::Uint(value)),
    }
}

fn float(text: &str) -> Scalar {
    if !has_float_shape(text.as_bytes()) {
        return Scalar::Text;
    }
    // Go: a float that is too large is no number at all.
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Scalar::Float(value),
        _ => Scalar::Text,
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn has_float_shape(bytes: &[u8]) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = bytes
        .strip_prefix(b"-")
        .or_else(|| bytes.strip_prefix(b"+"))
        .unwrap_or(bytes);
    let whole = digits(rest);
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let places = digits(fraction);
        if whole + places == 0 {
            return false;
        }
        rest = &fraction[places..];
    } else if whole == 0 {
        return false;
    }
    match rest {
        [] => true,
        [b'e' | b'E', exponent @ ..] => {
            let power = exponent
                .strip_prefix(b"-")
                .or_else(|| exponent.strip_prefix(b"+"))
                .unwrap_or(exponent);
            !power.is_empty() && digits(power) == power.len()
        }
        _ => false,
    }
}

/// Whether `text` is a sexagesimal number, which Go does not read but quotes for readers that do.
pub(crate) fn is_base_60(text: &str) -> bool {
    let bytes = text.as_bytes();
    let unsigned = bytes
        .strip_prefix(b"-")
        .or_else(|| bytes.strip_prefix(b"+"))
        .unwrap_or(bytes);
    let mut parts = unsigned.split(|&byte| byte == b':');
    let head = parts.next().unwrap_or_default();
    let whole = head.first().is_some_and(u8::is_ascii_digit) && head.iter().all(|&b| b.is_ascii_digit() || b == b'_');
    let mut rest = parts.peekable();
    if !whole || rest.peek().is_none() {
        return false;
    }
    while let Some(part) = rest.next() {
        let fraction = if rest.peek().is_none() {
            part.iter().position(|&byte| byte == b'.')
        } else {
            None
        };
        let (part, fraction) = part.split_at(fraction.unwrap_or(part.len()));
        let sixtieth = matches!(part, [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
        if !sixtieth
            || !fraction
                .iter()
                .skip(1)
                .all(|&byte| byte.is_ascii_digit() || byte == b'_')
        {
            return false;
        }
    }
    true
}
