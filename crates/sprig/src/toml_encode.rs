//! TOML in the layout of BurntSushi's encoder: plain values before tables, sub-tables indented by two spaces.

use ironhelm_golang::strconv;
use ironhelm_gotmpl::{Str, Value};

use crate::dicts::{MAX_DEPTH, with_stack};
use crate::table::Walk;
use crate::time::Time;

/// Why a value has no TOML text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A list holds nil.
    #[error("toml: cannot encode array with nil element")]
    NilElement,
    /// A list of tables has no name.
    #[error("toml: top-level values must be Go maps or structs")]
    TopLevel,
    /// A kind of value that TOML does not know.
    #[error("toml: unsupported type for key: {kind}")]
    Unsupported {
        /// Its reflect kind.
        kind: &'static str,
    },
    /// It would take too much time or memory.
    #[error("toml: {0}")]
    TooMuch(String),
    /// Go panics here instead of giving an error.
    #[error("{0}")]
    Panic(String),
}

/// The TOML text of a map, or of a bare value.
pub(crate) fn encode(value: &Value, walk: &mut Walk) -> Result<String, Error> {
    if matches!(value, Value::Nil) {
        return Err(Error::Panic(
            "reflect: call of reflect.Value.Type on zero Value".to_owned(),
        ));
    }
    let mut encoder = Encoder {
        out: String::new(),
        walk,
    };
    match shape(value) {
        Shape::Table(entries) => encoder.table(&[], &entries)?,
        Shape::Tables(_) => return Err(Error::TopLevel),
        Shape::Plain => encoder.element(value, 0)?,
    }
    Ok(encoder.out)
}

/// How a value is laid out under its key.
enum Shape {
    Plain,
    Table(Vec<(Str, Value)>),
    Tables(Vec<Vec<(Str, Value)>>),
}

fn shape(value: &Value) -> Shape {
    if let Some(entries) = table_entries(value) {
        return Shape::Table(entries);
    }
    let Some(list) = value.as_list().filter(|list| !list.is_empty()) else {
        return Shape::Plain;
    };
    match list.iter().map(table_entries).collect() {
        Some(tables) => Shape::Tables(tables),
        None => Shape::Plain,
    }
}

fn table_entries(value: &Value) -> Option<Vec<(Str, Value)>> {
    if let Some(map) = value.as_map() {
        return Some(map.entries());
    }
    let Value::Object(object) = value else {
        return None;
    };
    if object.text().is_some() || object.underlying().is_some() {
        return None;
    }
    let fields = object.fields().into_iter();
    Some(fields.map(|(name, value)| (Str::from(name), value)).collect())
}

struct Encoder<'w> {
    out: String,
    walk: &'w mut Walk,
}

impl Encoder<'_> {
    fn table(&mut self, path: &[String], entries: &[(Str, Value)]) -> Result<(), Error> {
        if path.len() > MAX_DEPTH {
            return Err(Error::Unsupported { kind: "map" });
        }
        let present: Vec<_> = entries
            .iter()
            .filter(|(_, value)| !value.is_nil())
            .map(|(key, value)| (quoted_key(key), value, shape(value)))
            .collect();
        for (key, value, shape) in &present {
            self.pass(value, path.len())?;
            if let Shape::Plain = shape {
                self.out.push_str(&"  ".repeat(path.len()));
                self.out.push_str(key);
                self.out.push_str(" = ");
                self.element(value, path.len())?;
                self.out.push('\n');
            }
        }
        for (key, _, shape) in present {
            let path = [path, &[key]].concat();
            match shape {
                Shape::Plain => {}
                Shape::Table(entries) => {
                    self.header(&path, ("[", "]"), path.len() == 1);
                    with_stack(|| self.table(&path, &entries))?;
                }
                Shape::Tables(tables) => {
                    for entries in tables {
                        self.header(&path, ("[[", "]]"), true);
                        with_stack(|| self.table(&path, &entries))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn header(&mut self, path: &[String], (open, close): (&str, &str), spaced: bool) {
        if spaced && !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.push_str(&"  ".repeat(path.len() - 1));
        self.out.push_str(open);
        self.out.push_str(&path.join("."));
        self.out.push_str(close);
        self.out.push('\n');
    }

    /// Passes a value that is written so deep inside.
    fn pass(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        let indented = (0..depth / 8).try_for_each(|_| self.walk.pass(&Value::Nil));
        indented.and_then(|()| self.walk.pass(value)).map_err(Error::TooMuch)
    }

    fn element(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        self.pass(value, 0)?;
        if depth > MAX_DEPTH {
            return Err(Error::Unsupported {
                kind: value.kind_name(),
            });
        }
        match value {
            Value::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Value::Int(number, _) => self.out.push_str(&number.to_string()),
            Value::Uint(number, _) => self.out.push_str(&number.to_string()),
            Value::Float(number, _) => self.out.push_str(&float(*number)),
            Value::String(text) => self.out.push_str(&quoted(&text.to_string_lossy())),
            Value::Object(object) => return self.object(value, object.text(), depth),
            _ => return self.compound(value, depth),
        }
        Ok(())
    }

    fn object(&mut self, value: &Value, text: Option<String>, depth: usize) -> Result<(), Error> {
        if let Some(time) = value.downcast::<Time>() {
            self.out.push_str(&ironhelm_golang::time::rfc3339_nano(&time.0));
            return Ok(());
        }
        match text {
            Some(text) => self.out.push_str(&quoted(&text)),
            None => return self.compound(value, depth),
        }
        Ok(())
    }

    /// A list in brackets or a map in braces.
    fn compound(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if let Some(entries) = table_entries(value) {
            return self.inline_table(&entries, depth);
        }
        let Some(list) = value.as_list() else {
            return Err(Error::Unsupported {
                kind: value.kind_name(),
            });
        };
        self.out.push('[');
        for (index, item) in list.iter().enumerate() {
            if matches!(item, Value::Nil) {
                return Err(Error::NilElement);
            }
            if index > 0 {
                self.out.push_str(", ");
            }
            with_stack(|| self.element(item, depth + 1))?;
        }
        self.out.push(']');
        Ok(())
    }

    fn inline_table(&mut self, entries: &[(Str, Value)], depth: usize) -> Result<(), Error> {
        let (plain, tables): (Vec<_>, Vec<_>) = entries
            .iter()
            .filter(|(_, value)| !value.is_nil())
            .partition(|(_, value)| matches!(shape(value), Shape::Plain));
        self.out.push('{');
        for (index, (key, value)) in plain.into_iter().chain(tables).enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.out.push_str(&quoted_key(key));
            self.out.push_str(" = ");
            with_stack(|| self.element(value, depth + 1))?;
        }
        self.out.push('}');
        Ok(())
    }
}

/// Whole numbers keep a point, so that they stay floats.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let mut text = strconv::format_float(number, b'g', -1, 64);
    if !text.contains(['.', 'e']) {
        text.push_str(".0");
    }
    text
}

fn quoted_key(key: &Str) -> String {
    let key = key.to_string_lossy();
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !key.is_empty() && key.bytes().all(bare) {
        key.into_owned()
    } else {
        quoted(&key)
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use ironhelm_gotmpl::{Budget, Map, Meter};

    use super::*;

    #[test]
    fn a_map_in_itself_is_refused() {
        let map = Map::new();
        map.insert("self", Value::Map(map.clone()));
        assert!(encode(&Value::Map(map), &mut Walk::new(Meter::new(Budget::default()))).is_err());
    }
}
