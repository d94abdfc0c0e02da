//! Floats in base two: the verbs `%b`, `%x` and `%X`.

/// The sign, mantissa and exponent of a finite number, which is mantissa times two to the exponent.
struct Parts {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

/// The text under `format` (`b`, `x` or `X`); none for infinities and NaN, which look the same in any format.
pub(super) fn format(number: f64, format: u8, precision: i32, bits: u32) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    let parts = if bits == 32 {
        split_single(number as f32)
    } else {
        split_double(number)
    };
    let sign = if parts.negative { "-" } else { "" };
    Some(match format {
        b'b' => format!("{sign}{}p{:+}", parts.mantissa, parts.exponent),
        b'X' => format!("{sign}{}", hex(&parts, precision).to_uppercase()),
        _ => format!("{sign}{}", hex(&parts, precision)),
    })
}

fn split_double(number: f64) -> Parts {
    let bits = number.to_bits();
    let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
    Parts {
        negative: number.is_sign_negative(),
        mantissa,
        exponent: exponent.max(1) - 1075,
    }
}

fn split_single(number: f32) -> Parts {
    let bits = number.to_bits();
    let (exponent, fraction) = ((bits >> 23 & 0xff) as i32, bits & ((1 << 23) - 1));
    let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 23 };
    Parts {
        negative: number.is_sign_negative(),
        mantissa: mantissa.into(),
        exponent: exponent.max(1) - 150,
    }
}

/// `0x1.8p+01`: one digit, the fraction, and a binary exponent of at least two digits.
fn hex(parts: &Parts, precision: i32) -> String {
    if parts.mantissa == 0 {
        let zeros = "0".repeat(usize::try_from(precision).unwrap_or(0));
        return if zeros.is_empty() {
            "0x0p+00".to_owned()
        } else {
            format!("0x0.{zeros}p+00")
        };
    }
    // The mantissa moves so that its first bit is bit 60: fifteen digits of fraction.
    let shift = parts.mantissa.leading_zeros() - 3;
    let mut mantissa = parts.mantissa << shift;
    let mut exponent = parts.exponent + 60 - shift as i32;
    if (0..15).contains(&precision) {
        mantissa = rounded(mantissa, 60 - 4 * precision.unsigned_abs());
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut fraction = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match usize::try_from(precision) {
        Err(_) => fraction.truncate(fraction.trim_end_matches('0').len()),
        Ok(precision) => fraction.extend(std::iter::repeat_n('0', precision.saturating_sub(15))),
    }
    if let Ok(precision) = usize::try_from(precision) {
        fraction.truncate(precision);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("0x1{point}{fraction}p{sign}{:02}", exponent.abs())
}

/// Rounds off the lowest bits, to even on a tie.
fn rounded(mantissa: u64, drop: u32) -> u64 {
    let unit = 1_u64 << drop;
    let rest = mantissa & (unit - 1);
    let kept = mantissa - rest;
    let odd = kept & unit != 0;
    if rest > unit / 2 || (rest == unit / 2 && odd) {
        kept + unit
    } else {
        kept
    }
}
