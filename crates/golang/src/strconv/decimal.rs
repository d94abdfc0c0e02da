//! The decimal digits of a float, before any layout.

use std::fmt::Write;

/// No finite double has more significant decimal digits than this.
const MAX_DIGITS: usize = 770;

/// No finite double has more decimal places than this.
const MAX_PLACES: usize = 1100;

/// Digits `d` (no leading zero) and the place of the decimal point: `0.d × 10^point`. Zero has no digits.
pub(super) struct Decimal {
    digits: Digits,
    pub(super) point: i32,
}

enum Digits {
    Short([u8; 24], usize),
    Long(Vec<u8>),
}

impl Decimal {
    /// The shortest digits that read back as `value`, which is finite and not negative.
    pub(super) fn shortest(value: f64, bits: u32) -> Self {
        let mut buffer = ryu::Buffer::new();
        let text = if bits == 32 {
            buffer.format_finite(value as f32)
        } else {
            buffer.format_finite(value)
        };
        let mut digits = [0; 24];
        let mut length = 0;
        let (mut point, mut seen_point) = (0, false);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        for &byte in mantissa.as_bytes() {
            match byte {
                b'.' => seen_point = true,
                b'0' if length == 0 => point -= i32::from(seen_point),
                _ => {
                    digits[length] = byte;
                    length += 1;
                    point += i32::from(!seen_point);
                }
            }
        }
        while length > 0 && digits[length - 1] == b'0' {
            length -= 1;
        }
        point += exponent.parse::<i32>().unwrap_or(0);
        Self {
            digits: Digits::Short(digits, length),
            point: if length == 0 { 0 } else { point },
        }
    }

    /// `value` rounded to `count` significant digits, halves to even.
    pub(super) fn significant(value: f64, count: usize) -> Self {
        let mut text = String::new();
        let _ = write!(text, "{:.*e}", count.clamp(1, MAX_DIGITS) - 1, value);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        Self::long(mantissa.bytes().filter(u8::is_ascii_digit).collect(), exponent + 1)
    }

    /// `value` rounded to `places` digits after the point, halves to even.
    pub(super) fn fixed(value: f64, places: usize) -> Self {
        let mut text = String::new();
        let _ = write!(text, "{:.*}", places.min(MAX_PLACES), value);
        let integer = text.find('.').unwrap_or(text.len());
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
        let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
        Self::long(digits[zeros..].to_vec(), integer as i32 - zeros as i32)
    }

    fn long(mut digits: Vec<u8>, point: i32) -> Self {
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let point = if digits.is_empty() { 0 } else { point };
        Self {
            digits: Digits::Long(digits),
            point,
        }
    }

    pub(super) fn digits(&self) -> &[u8] {
        match &self.digits {
            Digits::Short(digits, length) => &digits[..*length],
            Digits::Long(digits) => digits,
        }
    }
}
