//! JSON text straight from a value, without a tree in between.

use ironhelm_golang::json::{self, Style, Writer};
use ironhelm_gotmpl::{List, Map, Object, Value};

use crate::convert::{as_byte_text, not_a_number};
use crate::dicts::{MAX_DEPTH, with_stack};
use crate::table::Walk;

/// What Go's `encoding/json` writes for `value`.
///
/// # Errors
/// Go's text for what JSON cannot hold.
pub(crate) fn encode(value: &Value, style: Style<'_>, walk: &mut Walk) -> Result<String, String> {
    let mut encoder = Encoder {
        writer: Writer::new(style),
        escape_html: style.escape_html,
        depth: 0,
        walk,
    };
    encoder.value(value)?;
    Ok(encoder.writer.finish())
}

struct Encoder<'s> {
    walk: &'s mut Walk,
    writer: Writer<'s>,
    escape_html: bool,
    depth: usize,
}

impl Encoder<'_> {
    fn value(&mut self, value: &Value) -> Result<(), String> {
        self.walk.pass(value)?;
        match value {
            Value::Nil => self.writer.null(),
            Value::Bool(flag) => self.writer.boolean(*flag),
            Value::Int(number, _) => self.writer.integer(*number),
            Value::Uint(number, _) => self.writer.raw(&number.to_string()),
            Value::Float(number, _) if number.is_finite() => self.writer.float(*number),
            Value::Float(number, _) => return Err(not_a_number(*number)),
            Value::String(text) => self.string(text),
            Value::Complex(_) | Value::Function(_) => {
                return Err(format!("json: unsupported type: {}", value.type_name()));
            }
            _ => return with_stack(|| self.nested(value)),
        }
        Ok(())
    }

    fn string(&mut self, text: &[u8]) {
        match std::str::from_utf8(text) {
            Ok(text) => self.writer.string(text),
            Err(_) => self.writer.raw(&repaired(text, self.escape_html)),
        }
    }

    fn nested(&mut self, value: &Value) -> Result<(), String> {
        if self.depth > MAX_DEPTH {
            return Err(format!(
                "json: unsupported value: encountered a cycle via {}",
                value.type_name()
            ));
        }
        self.depth += 1;
        match value {
            Value::Map(map) => self.map(map)?,
            Value::Object(object) => self.object(&**object)?,
            Value::List(list) if !list.is_nil() && as_byte_text(value).is_none() => self.list(list)?,
            _ => match as_byte_text(value) {
                Some(text) => self.writer.string(&text),
                None => self.writer.null(),
            },
        }
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self, list: &List) -> Result<(), String> {
        self.writer.begin_array();
        for item in list {
            self.value(item)?;
        }
        self.writer.end_array();
        Ok(())
    }

    fn map(&mut self, map: &Map) -> Result<(), String> {
        if map.is_nil() {
            self.writer.null();
            return Ok(());
        }
        self.writer.begin_object();
        for (key, value) in map.entries() {
            match key.to_str() {
                Some(key) => self.writer.key(key),
                None => self.writer.raw_key(&repaired(&key, self.escape_html)),
            }
            self.value(&value)?;
        }
        self.writer.end_object();
        Ok(())
    }

    fn object(&mut self, object: &dyn Object) -> Result<(), String> {
        if let Some(value) = object.json().or_else(|| object.underlying()) {
            return self.value(&value);
        }
        self.writer.begin_object();
        for (name, value) in object.fields() {
            self.writer.key(name);
            self.value(&value)?;
        }
        self.writer.end_object();
        Ok(())
    }
}

/// Go: a byte that is no UTF-8 becomes the escape `\ufffd`, unlike a U+FFFD that is there.
fn repaired(text: &[u8], escape_html: bool) -> String {
    let mut out = String::from("\"");
    for chunk in text.utf8_chunks() {
        let mut quoted = String::new();
        json::append_string(&mut quoted, chunk.valid(), escape_html);
        out.push_str(&quoted[1..quoted.len() - 1]);
        out.push_str(&"\\ufffd".repeat(chunk.invalid().len()));
    }
    out.push('"');
    out
}
