//! Values in Go syntax (`%#v`), as Go's messages show them.

use std::fmt;

use ironhelm_golang::strconv::{format_float, quote};

use crate::typed::Typed;

/// Shows a value in Go syntax.
pub(crate) struct Syntax<'a>(pub(crate) &'a Typed);

impl fmt::Display for Syntax<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Typed::Null => f.write_str("interface {}(nil)"),
            Typed::Bool(value) => write!(f, "{value}"),
            Typed::Int(value) => write!(f, "{value}"),
            Typed::Uint(value) => write!(f, "{value:#x}"),
            Typed::Float(value) => f.write_str(&float(*value)),
            Typed::Text(text) => f.write_str(&quote(text.as_bytes())),
            Typed::List(items) => {
                f.write_str("[]interface {}{")?;
                for (index, item) in items.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    write!(f, "{}", Syntax(item))?;
                }
                f.write_str("}")
            }
            Typed::Map(map) => {
                f.write_str("map[interface {}]interface {}{")?;
                let mut entries: Vec<_> = map.entries.iter().collect();
                entries.sort_by(|left, right| {
                    order(&left.0)
                        .partial_cmp(&order(&right.0))
                        .unwrap_or(std::cmp::Ordering::Equal)
                });
                for (index, (key, value)) in entries.into_iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    write!(f, "{}:{}", Syntax(key), Syntax(value))?;
                }
                f.write_str("}")
            }
        }
    }
}

/// Go: maps are shown in the order of their keys; keys of different types in an order that the linker chose, which is
/// the same in Helm 3 and 4.
fn order(key: &Typed) -> (u8, f64, &str) {
    match key {
        Typed::Null | Typed::List(_) | Typed::Map(_) => (0, 0.0, ""),
        Typed::Bool(value) => (5, f64::from(u8::from(*value)), ""),
        Typed::Int(value) => (3, *value as f64, ""),
        Typed::Uint(value) => (2, *value as f64, ""),
        Typed::Float(value) => (4, *value, ""),
        Typed::Text(text) => (1, 0.0, text),
    }
}

fn float(value: f64) -> String {
    if value.is_finite() {
        let exponent = format_float(value, b'e', -1, 64)
            .rsplit('e')
            .next()
            .and_then(|e| e.parse::<i32>().ok());
        let plain = exponent.is_some_and(|exponent| (-4..21).contains(&exponent));
        return format_float(value, if plain { b'f' } else { b'e' }, -1, 64);
    }
    if value.is_nan() {
        "NaN".to_owned()
    } else {
        (if value > 0.0 { "+Inf" } else { "-Inf" }).to_owned()
    }
}

/// The name of a value's type as `reflect.TypeOf` prints it with `%s`.
pub(crate) fn go_type(value: &Typed) -> &'static str {
    match value {
        Typed::Null => "%!s(<nil>)",
        Typed::Bool(_) => "bool",
        Typed::Int(_) => "int",
        Typed::Uint(_) => "uint64",
        Typed::Float(_) => "float64",
        Typed::Text(_) => "string",
        Typed::List(_) => "[]interface {}",
        Typed::Map(_) => "map[interface {}]interface {}",
    }
}
