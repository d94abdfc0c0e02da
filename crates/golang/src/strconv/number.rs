//! Numbers and booleans read from text.

use std::borrow::Cow;
use std::fmt;

use super::quote;
use thiserror::Error;

/// A text that is no number of the asked kind; prints as Go's `strconv.NumError`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct NumError {
    /// The Go function that would have failed, such as `ParseInt`.
    pub function: &'static str,
    /// The text given to it.
    pub text: String,
    /// What was wrong.
    pub kind: NumErrorKind,
}

impl fmt::Display for NumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "strconv.{}: parsing {}: {}",
            self.function,
            quote(self.text.as_bytes()),
            self.kind
        )
    }
}

/// What is wrong with a text that should be a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NumErrorKind {
    /// The text is no number.
    #[error("invalid syntax")]
    Syntax,
    /// The number does not fit.
    #[error("value out of range")]
    Range,
    /// The base is neither 0 nor in 2..=36.
    #[error("invalid base {base}")]
    Base {
        /// The base that was asked for.
        base: u32,
    },
    /// The size is above 64.
    #[error("invalid bit size {bits}")]
    BitSize {
        /// The size that was asked for.
        bits: u32,
    },
}

/// Reads a signed integer of `bits` bits (0 stands for 64). Base 0 takes the base from the prefix `0b`, `0o`, `0` or `0x`
/// and admits underscores.
///
/// # Errors
/// [`NumError`] for a malformed text, a number out of range, a bad base or size.
pub fn parse_int(text: &str, base: u32, bits: u32) -> Result<i64, NumError> {
    signed(text, base, bits).map_err(|kind| NumError {
        function: "ParseInt",
        text: text.to_owned(),
        kind,
    })
}

/// As [`parse_int`] without a sign.
///
/// # Errors
/// As [`parse_int`].
pub fn parse_uint(text: &str, base: u32, bits: u32) -> Result<u64, NumError> {
    unsigned(text, base, bits).map_err(|kind| NumError {
        function: "ParseUint",
        text: text.to_owned(),
        kind,
    })
}

/// Reads a decimal 64-bit integer.
///
/// # Errors
/// As [`parse_int`], in the name of `Atoi`.
pub fn atoi(text: &str) -> Result<i64, NumError> {
    signed(text, 10, 0).map_err(|kind| NumError {
        function: "Atoi",
        text: text.to_owned(),
        kind,
    })
}

/// Reads `1 t T TRUE true True` as true and `0 f F FALSE false False` as false.
///
/// # Errors
/// [`NumError`] for anything else.
pub fn parse_bool(text: &str) -> Result<bool, NumError> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(NumError {
            function: "ParseBool",
            text: text.to_owned(),
            kind: NumErrorKind::Syntax,
        }),
    }
}

/// Reads a float of `bits` (32 or 64) bits: decimal or hexadecimal, `inf`, `infinity` and `nan` in any case.
///
/// # Errors
/// [`NumError`] for a malformed text or a number that rounds to infinity.
pub fn parse_float(text: &str, bits: u32) -> Result<f64, NumError> {
    let kind = match float(text, bits) {
        Some(value) if value.is_finite() || named_float(text).is_some() => return Ok(value),
        Some(_) => NumErrorKind::Range,
        None => NumErrorKind::Syntax,
    };
    Err(NumError {
        function: "ParseFloat",
        text: text.to_owned(),
        kind,
    })
}

fn signed(text: &str, base: u32, bits: u32) -> Result<i64, NumErrorKind> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = unsigned(digits, base, bits)?;
    let cutoff = 1u64 << (if bits == 0 { 64 } else { bits } - 1);
    match magnitude {
        _ if !negative && magnitude >= cutoff || magnitude > cutoff => Err(NumErrorKind::Range),
        _ if negative => Ok((magnitude as i64).wrapping_neg()),
        _ => Ok(magnitude as i64),
    }
}

fn unsigned(text: &str, base: u32, bits: u32) -> Result<u64, NumErrorKind> {
    if text.is_empty() {
        return Err(NumErrorKind::Syntax);
    }
    let (radix, digits) = match base {
        0 => split_prefix(text),
        2..=36 => (base, text),
        _ => return Err(NumErrorKind::Base { base }),
    };
    let max = match bits {
        0 | 64 => u64::MAX,
        1..=63 => (1 << bits) - 1,
        _ => return Err(NumErrorKind::BitSize { bits }),
    };
    let value = accumulate(digits, radix, max, base == 0)?;
    if base == 0 && digits.contains('_') && !underscores_separate(text.as_bytes()) {
        return Err(NumErrorKind::Syntax);
    }
    Ok(value)
}

fn split_prefix(text: &str) -> (u32, &str) {
    match text.as_bytes() {
        [b'0', b'b' | b'B', _, ..] => (2, &text[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &text[2..]),
        [b'0', b'x' | b'X', _, ..] => (16, &text[2..]),
        [b'0', ..] => (8, &text[1..]),
        _ => (10, text),
    }
}

fn accumulate(digits: &str, radix: u32, max: u64, underscores: bool) -> Result<u64, NumErrorKind> {
    let mut value = 0u64;
    for c in digits.chars() {
        if c == '_' && underscores {
            continue;
        }
        let digit = c.to_digit(radix).ok_or(NumErrorKind::Syntax)?;
        // Go: the first digit that overflows ends the reading, whatever follows.
        value = value
            .checked_mul(u64::from(radix))
            .and_then(|value| value.checked_add(u64::from(digit)))
            .filter(|&value| value <= max)
            .ok_or(NumErrorKind::Range)?;
    }
    Ok(value)
}

/// Whether every underscore stands between digits or between a base prefix and a digit.
fn underscores_separate(text: &[u8]) -> bool {
    let text = text
        .strip_prefix(b"+")
        .or_else(|| text.strip_prefix(b"-"))
        .unwrap_or(text);
    let (mut after_digit, hex, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (true, true, rest),
        [b'0', b'b' | b'B' | b'o' | b'O', rest @ ..] => (true, false, rest),
        _ => (false, false, text),
    };
    let mut after_underscore = false;
    for byte in digits {
        let is_digit = byte.is_ascii_digit() || hex && byte.is_ascii_hexdigit();
        if *byte == b'_' && !after_digit || !is_digit && *byte != b'_' && after_underscore {
            return false;
        }
        (after_digit, after_underscore) = (is_digit, *byte == b'_');
    }
    !after_underscore
}

fn float(text: &str, bits: u32) -> Option<f64> {
    if let Some(value) = named_float(text) {
        return Some(value);
    }
    let shape = FloatShape::of(text.as_bytes())?;
    if shape.underscores && !underscores_separate(text.as_bytes()) {
        return None;
    }
    if shape.hex {
        return Some(hex_float(text, bits));
    }
    let digits: Cow<'_, str> = if shape.underscores {
        text.replace('_', "").into()
    } else {
        text.into()
    };
    if bits == 32 {
        digits.parse::<f32>().ok().map(f64::from)
    } else {
        digits.parse().ok()
    }
}

fn named_float(text: &str) -> Option<f64> {
    let (sign, name) = match text.as_bytes() {
        [b'-', ..] => (-1.0, &text[1..]),
        [b'+', ..] => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if name.eq_ignore_ascii_case("inf") || name.eq_ignore_ascii_case("infinity") {
        return Some(sign * f64::INFINITY);
    }
    text.eq_ignore_ascii_case("nan").then_some(f64::NAN)
}

/// What a first pass over a float's text finds.
struct FloatShape {
    hex: bool,
    underscores: bool,
}

impl FloatShape {
    /// `None` unless `text` is `[sign][0x] digits [. digits] [exponent]`, underscores anywhere among the digits.
    fn of(text: &[u8]) -> Option<Self> {
        let text = text
            .strip_prefix(b"+")
            .or_else(|| text.strip_prefix(b"-"))
            .unwrap_or(text);
        let (hex, text) = match text {
            [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => (true, rest),
            _ => (false, text),
        };
        let is_digit = |byte: &u8| {
            if hex {
                byte.is_ascii_hexdigit()
            } else {
                byte.is_ascii_digit()
            }
        };
        let mantissa = text
            .iter()
            .take_while(|&byte| is_digit(byte) || matches!(byte, b'_' | b'.'))
            .count();
        let (mantissa, exponent) = text.split_at(mantissa);
        let points = mantissa.iter().filter(|&&byte| byte == b'.').count();
        if points > 1 || !mantissa.iter().any(is_digit) || !exponent_is_valid(exponent, hex) {
            return None;
        }
        Some(Self {
            hex,
            underscores: text.contains(&b'_'),
        })
    }
}

fn exponent_is_valid(exponent: &[u8], hex: bool) -> bool {
    match exponent {
        // Go: a hexadecimal float must have an exponent.
        [] => !hex,
        [letter, rest @ ..] if letter.to_ascii_lowercase() == if hex { b'p' } else { b'e' } => {
            let digits = rest
                .strip_prefix(b"+")
                .or_else(|| rest.strip_prefix(b"-"))
                .unwrap_or(rest);
            digits.first().is_some_and(u8::is_ascii_digit)
                && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'_')
        }
        _ => false,
    }
}

/// The value of a well-formed hexadecimal float, rounded half to even.
fn hex_float(text: &str, bits: u32) -> f64 {
    let (mantissa, exponent) = text.split_once(['p', 'P']).unwrap_or((text, "0"));
    let (mut value, mut power, mut after_point, mut sticky) = (0u64, 0i64, false, false);
    for byte in mantissa.trim_start_matches(['+', '-']).bytes().skip(2) {
        if byte == b'.' {
            after_point = true;
        } else if let Some(digit) = char::from(byte).to_digit(16) {
            if value >> 60 == 0 {
                value = value << 4 | u64::from(digit);
                power -= 4 * i64::from(after_point);
            } else {
                sticky |= digit != 0;
                power += 4 * i64::from(!after_point);
            }
        }
    }
    power += clamped_exponent(exponent);
    let magnitude = scale(value, sticky, power, bits);
    if text.starts_with('-') { -magnitude } else { magnitude }
}

fn clamped_exponent(exponent: &str) -> i64 {
    let digits = exponent.bytes().filter(u8::is_ascii_digit);
    let value = digits.fold(0i64, |value, digit| {
        if value < 10_000 {
            value * 10 + i64::from(digit - b'0')
        } else {
            value
        }
    });
    if exponent.starts_with('-') { -value } else { value }
}

/// `value × 2^power`, half to even; `sticky` says that a little more was cut off.
fn scale(value: u64, sticky: bool, power: i64, bits: u32) -> f64 {
    if value == 0 {
        return 0.0;
    }
    let (digits, least, most) = if bits == 32 { (24, -149, 128) } else { (53, -1074, 1024) };
    let length = i64::from(64 - value.leading_zeros());
    let unit = (power + length - digits).max(least);
    let drop = unit - power;
    let mut kept = match drop {
        ..=0 => u128::from(value) << (-drop).min(64),
        1..=64 => u128::from(value) >> drop,
        _ => 0,
    };
    if (1..=64).contains(&drop) {
        let rest = u128::from(value) & ((1 << drop) - 1);
        let half = 1u128 << (drop - 1);
        let up = rest > half || rest == half && (sticky || kept & 1 == 1);
        kept += u128::from(up);
    }
    if kept >> digits != 0 && unit + digits + 1 > most || kept != 0 && unit + digits > most {
        return f64::INFINITY;
    }
    // Two exact steps, because 2^unit alone may be too small for a normal float.
    kept as f64 * 2f64.powi((unit / 2) as i32) * 2f64.powi((unit - unit / 2) as i32)
}
