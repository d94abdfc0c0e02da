//! JSON text produced piece by piece.

use std::fmt::Write;

use serde_json::{Number, Value};

use super::encode::{Style, append_float, append_string};

/// Writes one JSON text from events; commas, colons and indentation come by themselves.
///
/// ```
/// use ironhelm_golang::json::{Style, Writer};
/// let mut json = Writer::new(Style::default());
/// json.begin_object();
/// json.key("name");
/// json.string("a<b");
/// json.key("ports");
/// json.begin_array();
/// json.integer(80);
/// json.end_array();
/// json.end_object();
/// assert_eq!(json.finish(), r#"{"name":"a\u003cb","ports":[80]}"#);
/// ```
#[derive(Debug)]
pub struct Writer<'s> {
    out: String,
    style: Style<'s>,
    depth: usize,
    /// The container just opened has no element yet.
    fresh: bool,
    /// A key was written and waits for its value.
    after_key: bool,
}

impl<'s> Writer<'s> {
    /// An empty text.
    pub fn new(style: Style<'s>) -> Self {
        Self::appending(String::new(), style)
    }

    /// A writer that goes on after `out`.
    pub(super) fn appending(out: String, style: Style<'s>) -> Self {
        Self {
            out,
            style,
            depth: 0,
            fresh: true,
            after_key: false,
        }
    }

    /// The text so far.
    pub fn finish(self) -> String {
        self.out
    }

    /// Opens an object.
    pub fn begin_object(&mut self) {
        self.open('{');
    }

    /// Closes the object opened last.
    pub fn end_object(&mut self) {
        self.close('}');
    }

    /// Opens an array.
    pub fn begin_array(&mut self) {
        self.open('[');
    }

    /// Closes the array opened last.
    pub fn end_array(&mut self) {
        self.close(']');
    }

    /// Writes an object's next key.
    pub fn key(&mut self, key: &str) {
        self.separate();
        append_string(&mut self.out, key, self.style.escape_html);
        self.out.push_str(if self.style.indent.is_some() { ": " } else { ":" });
        self.after_key = true;
    }

    /// Writes the key of the next entry, which is JSON text already.
    pub fn raw_key(&mut self, key: &str) {
        self.separate();
        self.out.push_str(key);
        self.out.push_str(if self.style.indent.is_some() { ": " } else { ":" });
        self.after_key = true;
    }

    /// Writes a string.
    pub fn string(&mut self, text: &str) {
        self.separate();
        append_string(&mut self.out, text, self.style.escape_html);
    }

    /// Writes an integer.
    pub fn integer(&mut self, value: i64) {
        self.separate();
        let _ = write!(self.out, "{value}");
    }

    /// Writes a finite float.
    pub fn float(&mut self, value: f64) {
        self.separate();
        append_float(&mut self.out, value);
    }

    /// Writes `true` or `false`.
    pub fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.raw("null");
    }

    /// Writes a text that is JSON already.
    pub fn raw(&mut self, json: &str) {
        self.separate();
        self.out.push_str(json);
    }

    /// Writes a whole tree, however deep, without recursion. Keys come in the order of their bytes, as the map keeps them.
    pub fn value(&mut self, value: &Value) {
        let mut open = Vec::new();
        self.visit(value, &mut open);
        while let Some(level) = open.last_mut() {
            let next = match level {
                Level::Array(elements) => elements.next(),
                Level::Object(fields) => fields.next().map(|(key, value)| {
                    self.key(key);
                    value
                }),
            };
            match (next, level) {
                (Some(next), _) => self.visit(next, &mut open),
                (None, level) => {
                    self.close(level.closing());
                    open.pop();
                }
            }
        }
    }

    fn visit<'v>(&mut self, value: &'v Value, open: &mut Vec<Level<'v>>) {
        match value {
            Value::Null => self.null(),
            Value::Bool(value) => self.boolean(*value),
            Value::Number(number) => self.number(number),
            Value::String(text) => self.string(text),
            Value::Array(elements) => {
                self.begin_array();
                open.push(Level::Array(elements.iter()));
            }
            Value::Object(fields) => {
                self.begin_object();
                open.push(Level::Object(fields.iter()));
            }
        }
    }

    fn number(&mut self, number: &Number) {
        match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(value), _, _) => self.integer(value),
            (_, Some(value), _) => {
                self.separate();
                let _ = write!(self.out, "{value}");
            }
            (_, _, value) => self.float(value.unwrap_or_default()),
        }
    }

    fn open(&mut self, bracket: char) {
        self.separate();
        self.out.push(bracket);
        self.depth += 1;
        self.fresh = true;
    }

    fn close(&mut self, bracket: char) {
        self.depth = self.depth.saturating_sub(1);
        if !self.fresh {
            self.break_line();
        }
        self.out.push(bracket);
        self.fresh = false;
        self.after_key = false;
    }

    /// What comes before a key or an element.
    fn separate(&mut self) {
        if std::mem::take(&mut self.after_key) {
            return;
        }
        if !std::mem::take(&mut self.fresh) {
            self.out.push(',');
        }
        if self.depth > 0 {
            self.break_line();
        }
    }

    fn break_line(&mut self) {
        let Some(indent) = self.style.indent else { return };
        self.out.push('\n');
        self.out.push_str(self.style.prefix);
        for _ in 0..self.depth {
            self.out.push_str(indent);
        }
    }
}

enum Level<'v> {
    Array(std::slice::Iter<'v, Value>),
    Object(serde_json::map::Iter<'v>),
}

impl Level<'_> {
    fn closing(&self) -> char {
        match self {
            Self::Array(_) => ']',
            Self::Object(_) => '}',
        }
    }
}
