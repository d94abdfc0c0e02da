//! The words for what a single keyword complains of.

use ironhelm_golang::strconv::{atoi, format_float, quote};
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::{Number, Value};

/// Helm's text for `error`.
pub(super) fn text(error: &ValidationError<'_>) -> String {
    let value = error.instance();
    match error.kind() {
        Kind::Type { kind } => format!("got {}, want {}", json_type(value), wanted(kind)),
        Kind::Constant { expected_value } => match plain(expected_value) {
            Some(expected) => format!("value must be {expected}"),
            None => "'const' failed".to_owned(),
        },
        Kind::Enum { options } => enumeration(options),
        Kind::Minimum { limit } => compared("minimum", value, limit),
        Kind::Maximum { limit } => compared("maximum", value, limit),
        Kind::ExclusiveMinimum { limit } => compared("exclusiveMinimum", value, limit),
        Kind::ExclusiveMaximum { limit } => compared("exclusiveMaximum", value, limit),
        Kind::MultipleOf { multiple_of } => {
            format!(
                "multipleOf: got {}, want {}",
                localized(value.as_f64()),
                localized(Some(*multiple_of))
            )
        }
        Kind::MinLength { limit } => counted("minLength", value, *limit),
        Kind::MaxLength { limit } => counted("maxLength", value, *limit),
        Kind::MinItems { limit } => counted("minItems", value, *limit),
        Kind::MaxItems { limit } => counted("maxItems", value, *limit),
        Kind::MinProperties { limit } => counted("minProperties", value, *limit),
        Kind::MaxProperties { limit } => counted("maxProperties", value, *limit),
        Kind::Pattern { pattern } => format!("{} does not match pattern {}", quoted_value(value), quoted(pattern)),
        Kind::Format { format } => format!("{} is not valid {format}{}", quoted_value(value), reason(format, value)),
        Kind::AdditionalProperties { unexpected } => {
            let names: Vec<_> = unexpected.iter().map(String::as_str).collect();
            format!("additional properties {} not allowed", quoted_list(&names))
        }
        Kind::AdditionalItems { limit } => {
            let count = value.as_array().map_or(0, Vec::len).saturating_sub(*limit);
            format!("last {count} additionalItem(s) not allowed")
        }
        Kind::OneOfMultipleValid { context } => matched(context),
        Kind::UniqueItems => equal_items(value),
        Kind::FalseSchema => "false schema".to_owned(),
        Kind::Not { .. } => "'not' failed".to_owned(),
        _ => error.to_string(),
    }
}

/// Go: quoted as a Go string is, but in single quotes.
pub(super) fn quoted(text: &str) -> String {
    let quoted = quote(text.as_bytes());
    let inner = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(&quoted);
    format!("'{}'", inner.replace("\\\"", "\"").replace('\'', "\\'"))
}

pub(super) fn quoted_list(names: &[&str]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

fn quoted_value(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), quoted)
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(kind) => kind.to_string(),
        TypeKind::Multiple(kinds) => {
            let names = ["null", "boolean", "number", "integer", "string", "array", "object"];
            let kinds: Vec<_> = kinds.iter().map(|kind| kind.to_string()).collect();
            let named: Vec<_> = names
                .into_iter()
                .filter(|name| kinds.iter().any(|kind| kind == name))
                .collect();
            named.join(" or ")
        }
    }
}

/// A constant of the schema, if it is neither a list nor a table.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("<nil>".to_owned()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(quoted(text)),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn enumeration(options: &Value) -> String {
    let options: Option<Vec<_>> = options.as_array().into_iter().flatten().map(plain).collect();
    match options.as_deref() {
        None => "'enum' failed".to_owned(),
        Some([only]) => format!("value must be {only}"),
        Some(options) => format!("value must be one of {}", options.join(", ")),
    }
}

fn compared(keyword: &str, value: &Value, limit: &Value) -> String {
    format!(
        "{keyword}: got {}, want {}",
        localized(value.as_f64()),
        localized(limit.as_f64())
    )
}

fn counted(keyword: &str, value: &Value, limit: u64) -> String {
    let count = match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(table) => table.len(),
        _ => 0,
    };
    format!(
        "{keyword}: got {}, want {}",
        grouped(&count.to_string()),
        grouped(&limit.to_string())
    )
}

/// Go: `golang.org/x/text` prints numbers for English readers.
fn localized(number: Option<f64>) -> String {
    let Some(number) = number else { return String::new() };
    let text = format_float(number, b'g', -1, 64);
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return grouped(&text);
    };
    let superscript = exponent.trim_start_matches('+').chars().map(|c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    });
    format!("{mantissa}×10{}", superscript.collect::<String>())
}

/// `1234.5` as `1,234.5`.
fn grouped(text: &str) -> String {
    let digits_end = text.find('.').unwrap_or(text.len());
    let (whole, fraction) = text.split_at(digits_end);
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = sign.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

fn matched(context: &[Vec<ValidationError<'static>>]) -> String {
    let matched = context.iter().enumerate().filter(|(_, errors)| errors.is_empty());
    let matched: Vec<_> = matched.take(2).map(|(index, _)| index.to_string()).collect();
    format!("'oneOf' failed, subschemas {} matched", matched.join(", "))
}

fn equal_items(value: &Value) -> String {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let equal = (1..items.len()).find_map(|j| (0..j).find(|&i| same(&items[i], &items[j])).map(|i| (i, j)));
    let (i, j) = equal.unwrap_or_default();
    format!("items at {i} and {j} are equal")
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64() && fits(a) && fits(b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

fn fits(number: &Number) -> bool {
    number
        .as_f64()
        .is_some_and(|number| number.abs() < 9_007_199_254_740_992.0)
}

/// Why a text does not have a format, where Helm's words for it are known.
fn reason(format: &str, value: &Value) -> String {
    let Some(text) = value.as_str() else {
        return String::new();
    };
    let reason = match format {
        "email" if !text.contains('@') => "missing @",
        "hostname" if text.starts_with('-') => "label starts with hyphen",
        "ipv4" if text.split('.').count() != 4 => "expected four decimals",
        "ipv4" if text.split('.').any(|part| part.len() > 1 && part.starts_with('0')) => "leading zeros",
        "ipv4" if text.split('.').any(|part| atoi(part).is_err()) => {
            return text
                .split('.')
                .find_map(|part| atoi(part).err())
                .map_or_else(String::new, |e| format!(": {e}"));
        }
        "ipv4" => "decimal must be between 0 and 255",
        "ipv6" if !text.contains(':') => "missing colon",
        "uri" if !text.contains(':') => "relative url",
        "uuid" if text.split('-').count() != 5 => "must have 5 elements",
        "duration" if !text.starts_with('P') => "must start with P",
        "date-time" if text.chars().count() < 20 => "less than 20 characters long",
        _ => return String::new(),
    };
    format!(": {reason}")
}
