//! Values as Go's `fmt` prints them inside Helm's messages.

use ironhelm_golang::strconv::format_float;
use serde_json::{Number, Value};

/// The text of `%v`.
pub(crate) fn value_text(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, &|out, scalar| out.push_str(&scalar_text(scalar)));
    out
}

/// The text of `%t`, which Go prints as a complaint for all that is not a boolean.
pub(crate) fn bool_verb_text(value: &Value) -> String {
    if value.is_null() {
        return "%!t(<nil>)".to_owned();
    }
    let mut out = String::new();
    write_value(&mut out, value, &write_bool_verb);
    out
}

/// The name of the Go type that holds `value`.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

enum Piece<'a> {
    Value(&'a Value),
    Key(&'a str),
    Text(&'static str),
}

/// Walks with a stack of its own: the tree may be as deep as its text allowed.
fn write_value(out: &mut String, value: &Value, scalar: &dyn Fn(&mut String, &Value)) {
    let mut pending = vec![Piece::Value(value)];
    while let Some(piece) = pending.pop() {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Key(key) => scalar(out, &Value::String(key.to_owned())),
            Piece::Value(Value::Array(items)) => {
                out.push('[');
                pending.push(Piece::Text("]"));
                for (index, item) in items.iter().enumerate().rev() {
                    pending.push(Piece::Value(item));
                    pending.extend((index > 0).then_some(Piece::Text(" ")));
                }
            }
            Piece::Value(Value::Object(table)) => {
                out.push_str("map[");
                pending.push(Piece::Text("]"));
                for (index, (key, item)) in table.iter().enumerate().rev() {
                    pending.extend([Piece::Value(item), Piece::Text(":"), Piece::Key(key)]);
                    pending.extend((index > 0).then_some(Piece::Text(" ")));
                }
            }
            Piece::Value(value) => scalar(out, value),
        }
    }
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => number_text(n),
        Value::String(s) => s.clone(),
        _ => "<nil>".to_owned(),
    }
}

fn number_text(number: &Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) => format_float(float, b'g', -1, 64),
        None => number.to_string(),
    }
}

fn write_bool_verb(out: &mut String, value: &Value) {
    match value {
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Null => out.push_str("<nil>"),
        _ => out.push_str(&format!("%!t({}={})", type_name(value), scalar_text(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prints_as_go_does() {
        assert_eq!(
            value_text(&json!({"b": [1, null, "x"], "a": {}})),
            "map[a:map[] b:[1 <nil> x]]"
        );
        assert_eq!(bool_verb_text(&json!("str")), "%!t(string=str)");
        assert_eq!(bool_verb_text(&json!(["s"])), "[%!t(string=s)]");
        assert_eq!(bool_verb_text(&json!(null)), "%!t(<nil>)");
    }
}
