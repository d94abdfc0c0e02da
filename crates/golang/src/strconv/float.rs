//! Floats as text: the layouts `%e`, `%f` and `%g`.

use super::decimal::Decimal;

/// `value` as Go's `strconv.FormatFloat` prints it.
///
/// `format` is one of `b'e'`, `b'E'`, `b'f'`, `b'F'`, `b'g'`, `b'G'`; any other prints as `%` and the letter. `precision`
/// counts the digits after the point (`e`, `f`) or all significant digits (`g`); a negative one asks for the fewest digits
/// that read back as the same float of `bits` (32 or 64) bits.
///
/// ```
/// use ironhelm_golang::strconv::format_float;
/// assert_eq!(format_float(12345678.0, b'g', -1, 64), "1.2345678e+07");
/// assert_eq!(format_float(2.5, b'f', 0, 64), "2");
/// ```
pub fn format_float(value: f64, format: u8, precision: i32, bits: u32) -> String {
    let mut out = String::new();
    append_float(&mut out, value, format, precision, bits);
    out
}

/// Appends what [`format_float`] returns.
pub fn append_float(out: &mut String, value: f64, format: u8, precision: i32, bits: u32) {
    let value = if bits == 32 { f64::from(value as f32) } else { value };
    if value.is_nan() {
        return out.push_str("NaN");
    }
    if value.is_infinite() {
        return out.push_str(if value < 0.0 { "-Inf" } else { "+Inf" });
    }
    if value.is_sign_negative() {
        out.push('-');
    }
    append_finite(out, value.abs(), format, usize::try_from(precision).ok(), bits);
}

fn append_finite(out: &mut String, value: f64, format: u8, precision: Option<usize>, bits: u32) {
    let decimal = match (precision, format.to_ascii_lowercase()) {
        (None, _) => Decimal::shortest(value, bits),
        (Some(places), b'f') => Decimal::fixed(value, places),
        (Some(places), b'e') => Decimal::significant(value, places.saturating_add(1)),
        (Some(count), _) => Decimal::significant(value, count.max(1)),
    };
    match format {
        b'e' | b'E' => {
            let places = precision.unwrap_or(decimal.digits().len().saturating_sub(1));
            append_scientific(out, &decimal, places, format);
        }
        b'f' | b'F' => append_positional(out, &decimal, precision.unwrap_or(places_of(&decimal))),
        b'g' | b'G' => append_general(out, &decimal, precision, format),
        _ => {
            out.truncate(out.len() - usize::from(out.ends_with('-')));
            out.push('%');
            out.push(format as char);
        }
    }
}

fn places_of(decimal: &Decimal) -> usize {
    usize::try_from(decimal.digits().len() as i32 - decimal.point).unwrap_or(0)
}

/// `d.ddde±dd`
fn append_scientific(out: &mut String, decimal: &Decimal, places: usize, letter: u8) {
    let digits = decimal.digits();
    out.push(digits.first().map_or('0', |&digit| digit as char));
    if places > 0 {
        out.push('.');
        append_padded(out, digits.get(1..).unwrap_or_default(), places);
    }
    let exponent = if digits.is_empty() { 0 } else { decimal.point - 1 };
    out.push(letter as char);
    out.push(if exponent < 0 { '-' } else { '+' });
    let exponent = exponent.unsigned_abs();
    if exponent < 10 {
        out.push('0');
    }
    out.push_str(&exponent.to_string());
}

/// `ddd.ddd`
fn append_positional(out: &mut String, decimal: &Decimal, places: usize) {
    let digits = decimal.digits();
    let integer = usize::try_from(decimal.point).unwrap_or(0);
    if integer == 0 {
        out.push('0');
    } else {
        append_padded(out, &digits[..integer.min(digits.len())], integer);
    }
    if places > 0 {
        out.push('.');
        let zeros = usize::try_from(-decimal.point).unwrap_or(0).min(places);
        append_padded(out, &[], zeros);
        append_padded(out, digits.get(integer..).unwrap_or_default(), places - zeros);
    }
}

/// The first `width` of `digits`, filled with zeros to the right.
fn append_padded(out: &mut String, digits: &[u8], width: usize) {
    out.extend(digits.iter().take(width).map(|&digit| digit as char));
    out.extend(std::iter::repeat_n('0', width.saturating_sub(digits.len())));
}

/// `%e` for small and large exponents, `%f` in between.
fn append_general(out: &mut String, decimal: &Decimal, precision: Option<usize>, letter: u8) {
    let count = decimal.digits().len();
    let exponent = decimal.point - 1;
    let limit = match precision.map(|precision| precision.max(1)) {
        // Go: shortest digits switch to the exponent form as if six had been asked for.
        None => SHORTEST_LIMIT,
        Some(precision) if precision > count && count as i32 >= decimal.point => count,
        Some(precision) => precision,
    };
    if exponent < -4 || exponent >= limit as i32 {
        append_scientific(out, decimal, count.saturating_sub(1), letter - (b'g' - b'e'));
    } else {
        append_positional(out, decimal, places_of(decimal));
    }
}

const SHORTEST_LIMIT: usize = 6;
