//! Booleans, numbers and strings under the verbs that apply to them.

use ironhelm_golang::{strconv, unicode};

use super::{Printer, binary};
use crate::{FloatKind, Value};

const LOWER: &[u8; 17] = b"0123456789abcdefx";
const UPPER: &[u8; 17] = b"0123456789ABCDEFX";

impl Printer {
    pub(super) fn boolean(&mut self, flag: bool, value: &Value, verb: char) {
        match verb {
            't' | 'v' => self.pad(if flag { b"true" } else { b"false" }),
            _ => self.bad_verb(value, verb),
        }
    }

    pub(super) fn text(&mut self, text: &[u8], value: &Value, verb: char) {
        match verb {
            'v' | 's' | 'x' | 'X' | 'q' => self.string(text, verb),
            _ => self.bad_verb(value, verb),
        }
    }

    /// A string under one of the verbs `v s x X q`.
    pub(super) fn string(&mut self, text: &[u8], verb: char) {
        match verb {
            'x' => self.hex_string(text, LOWER),
            'X' => self.hex_string(text, UPPER),
            'q' => self.quoted(text),
            'v' if self.spec.sharp_v => self.quoted(text),
            _ => self.pad_truncated(text),
        }
    }

    fn quoted(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        if self.spec.sharp && strconv::can_backquote(text) {
            let raw = [b"`", text, b"`"].concat();
            self.pad(&raw);
        } else if self.spec.plus {
            self.pad(strconv::quote_to_ascii(text).as_bytes());
        } else {
            self.pad(strconv::quote(text).as_bytes());
        }
    }

    fn hex_string(&mut self, text: &[u8], digits: &[u8; 17]) {
        let length = self
            .spec
            .precision
            .map_or(text.len(), |precision| precision.min(text.len()));
        let mut hex = Vec::with_capacity(2 * length + 2);
        for (index, byte) in text[..length].iter().enumerate() {
            if self.spec.space && index > 0 {
                hex.push(b' ');
            }
            if self.spec.sharp && (self.spec.space || index == 0) {
                hex.extend([b'0', digits[16]]);
            }
            hex.extend([digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
        }
        self.pad(&hex);
    }

    /// An integer, given as magnitude and sign.
    pub(super) fn integer(&mut self, magnitude: u64, negative: bool, signed: bool, value: &Value, verb: char) {
        match verb {
            'v' if self.spec.sharp_v && !signed => self.hex_address(magnitude, true),
            'v' | 'd' => self.digits(magnitude, negative, 10, verb),
            'b' => self.digits(magnitude, negative, 2, verb),
            'o' | 'O' => self.digits(magnitude, negative, 8, verb),
            'x' | 'X' => self.digits(magnitude, negative, 16, verb),
            'c' => self.character(code_point(magnitude, negative)),
            'q' => self.quoted_character(code_point(magnitude, negative)),
            'U' => self.unicode(if negative { magnitude.wrapping_neg() } else { magnitude }),
            _ => self.bad_verb(value, verb),
        }
    }

    pub(super) fn hex_address(&mut self, number: u64, prefix: bool) {
        let sharp = std::mem::replace(&mut self.spec.sharp, prefix);
        self.digits(number, false, 16, 'v');
        self.spec.sharp = sharp;
    }

    fn digits(&mut self, magnitude: u64, negative: bool, base: u64, verb: char) {
        let signed = negative || self.spec.plus || self.spec.space;
        let minimum = match (self.spec.precision, self.spec.width) {
            // Go: precision 0 and value 0 print nothing but the padding.
            (Some(0), _) if magnitude == 0 => return self.pad_with_spaces(b""),
            (Some(precision), _) => precision,
            (None, Some(width)) if self.spec.zero_fill() => width - usize::from(signed).min(width),
            _ => 0,
        };
        let table = if verb == 'X' { UPPER } else { LOWER };
        let mut reversed = reversed_digits(magnitude, base, table);
        reversed.resize(reversed.len().max(minimum), b'0');
        self.append_prefix(&mut reversed, base, table, verb);
        match (negative, self.spec.plus, self.spec.space) {
            (true, ..) => reversed.push(b'-'),
            (_, true, _) => reversed.push(b'+'),
            (.., true) => reversed.push(b' '),
            _ => {}
        }
        reversed.reverse();
        self.pad_with_spaces(&reversed);
    }

    fn append_prefix(&self, reversed: &mut Vec<u8>, base: u64, table: &[u8; 17], verb: char) {
        if self.spec.sharp {
            match base {
                2 => reversed.extend(*b"b0"),
                8 if reversed.last() != Some(&b'0') => reversed.push(b'0'),
                16 => reversed.extend([table[16], b'0']),
                _ => {}
            }
        }
        if verb == 'O' {
            reversed.extend(*b"o0");
        }
    }

    fn character(&mut self, c: char) {
        self.pad(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn quoted_character(&mut self, c: char) {
        let quoted = if self.spec.plus {
            strconv::quote_rune_to_ascii(c.into())
        } else {
            strconv::quote_rune(c.into())
        };
        self.pad(quoted.as_bytes());
    }

    /// `U+0078`, with `#` followed by the character in quotes.
    fn unicode(&mut self, number: u64) {
        let minimum = self.spec.precision.unwrap_or(4).max(4);
        let mut text = format!("U+{number:0minimum$X}");
        let c = u32::try_from(number)
            .ok()
            .and_then(char::from_u32)
            .filter(|c| unicode::is_print(*c));
        if let (Some(c), true) = (c, self.spec.sharp) {
            text.push_str(&format!(" '{c}'"));
        }
        self.pad_with_spaces(text.as_bytes());
    }

    pub(super) fn float(&mut self, number: f64, kind: FloatKind, value: &Value, verb: char) {
        let bits = if kind == FloatKind::Float32 { 32 } else { 64 };
        match float_format(verb) {
            Some((format, precision)) => self.float_text(number, bits, format, precision, verb),
            None => self.bad_verb(value, verb),
        }
    }

    pub(super) fn complex(&mut self, (real, imaginary): (f64, f64), value: &Value, verb: char) {
        let Some((format, precision)) = float_format(verb) else {
            return self.bad_verb(value, verb);
        };
        let plus = self.spec.plus;
        self.out.push(b'(');
        self.float_text(real, 64, format, precision, verb);
        self.spec.plus = true;
        self.float_text(imaginary, 64, format, precision, verb);
        self.write("i)");
        self.spec.plus = plus;
    }

    fn float_text(&mut self, number: f64, bits: u32, format: u8, default_precision: i32, verb: char) {
        let precision = self.spec.precision.map_or(default_precision, |precision| {
            i32::try_from(precision).unwrap_or(i32::MAX)
        });
        let base_two = || binary::format(number, format, precision, bits);
        let text = match format {
            b'b' | b'x' | b'X' => base_two().unwrap_or_else(|| strconv::format_float(number, b'g', -1, bits)),
            _ => strconv::format_float(number, format, precision, bits),
        };
        let mut text = text.into_bytes();
        if !matches!(text.first(), Some(b'-' | b'+')) {
            text.insert(0, b'+');
        }
        if self.spec.space && text[0] == b'+' && !self.spec.plus {
            text[0] = b' ';
        }
        if matches!(text.get(1), Some(b'I' | b'N')) {
            let bare_nan = text[1] == b'N' && !self.spec.space && !self.spec.plus;
            let shown = if bare_nan { &text[1..] } else { &text[..] };
            return self.pad_with_spaces(shown);
        }
        // Go: `%#v` of a float is not the sharp flag, which `v` has consumed.
        if self.spec.sharp && verb != 'b' {
            text = with_decimal_point(text, format, precision);
        }
        self.pad_float(&text);
    }

    fn pad_float(&mut self, text: &[u8]) {
        if !self.spec.plus && text[0] == b'+' {
            return self.pad(&text[1..]);
        }
        match self.spec.width {
            Some(width) if self.spec.zero_fill() && width > text.len() => {
                self.out.push(text[0]);
                self.fill(width - text.len());
                self.out.extend_from_slice(&text[1..]);
            }
            _ => self.pad(text),
        }
    }
}

fn reversed_digits(mut number: u64, base: u64, table: &[u8; 17]) -> Vec<u8> {
    let mut digits = Vec::with_capacity(20);
    loop {
        digits.push(table[usize::try_from(number % base).unwrap_or_default()]);
        number /= base;
        if number == 0 {
            return digits;
        }
    }
}

/// The character of a number; Go shows U+FFFD for what is none.
fn code_point(magnitude: u64, negative: bool) -> char {
    if negative {
        return char::REPLACEMENT_CHARACTER;
    }
    u32::try_from(magnitude)
        .ok()
        .and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The `strconv` format and default precision of a verb.
fn float_format(verb: char) -> Option<(u8, i32)> {
    match verb {
        'v' => Some((b'g', -1)),
        'b' | 'g' | 'G' | 'x' | 'X' => Some((verb as u8, -1)),
        'f' | 'e' | 'E' => Some((verb as u8, 6)),
        'F' => Some((b'f', 6)),
        _ => None,
    }
}

/// The sharp flag: always a decimal point, and the trailing zeros that `%g` drops.
fn with_decimal_point(text: Vec<u8>, format: u8, precision: i32) -> Vec<u8> {
    let mut missing = match format {
        b'g' | b'G' | b'x' => i64::from(if precision == -1 { 6 } else { precision }),
        _ => 0,
    };
    let hex = matches!(format, b'x' | b'X');
    let is_exponent = |byte: &u8| matches!(byte, b'p' | b'P') || (!hex && matches!(byte, b'e' | b'E'));
    let split = text.iter().position(is_exponent).unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at(split);
    let has_point = mantissa.contains(&b'.');
    let significant = mantissa[1..]
        .iter()
        .filter(|byte| **byte != b'.')
        .skip_while(|byte| **byte == b'0')
        .count();
    missing -= i64::try_from(significant).unwrap_or(0);
    let mut result = mantissa.to_vec();
    if !has_point {
        if mantissa.len() == 2 && mantissa[1] == b'0' {
            missing -= 1;
        }
        result.push(b'.');
    }
    result.resize(result.len() + usize::try_from(missing).unwrap_or(0), b'0');
    result.extend_from_slice(exponent);
    result
}
