//! Text to trees.

use serde_json::{Map, Number, Value};
use thiserror::Error;

use super::number;
use super::string;

/// How deep arrays and objects may nest.
///
/// Go stops at 10,000; a tree of that depth could not even be dropped on an ordinary thread's stack, so this stops earlier
/// with the same error.
pub const MAX_DEPTH: usize = 1_000;

/// The text is not JSON; prints as Go's `encoding/json` does.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// A character that cannot stand where it does.
    #[error("invalid character {} {context}", quote_byte(*.byte))]
    Syntax {
        /// The offending byte.
        byte: u8,
        /// What was being read.
        context: &'static str,
        /// Its place, in bytes from the start.
        offset: usize,
    },
    /// The text ends inside a value.
    #[error("unexpected end of JSON input")]
    UnexpectedEnd,
    /// [`decode_prefix`]: the text ends inside a value.
    #[error("unexpected EOF")]
    UnexpectedEof,
    /// [`decode_prefix`]: there is no value.
    #[error("EOF")]
    Eof,
    /// A number beyond the largest float.
    #[error("json: cannot unmarshal number {literal} into Go value of type float64")]
    NumberRange {
        /// The number as written.
        literal: String,
    },
}

/// Reads one JSON text.
///
/// Integer literals that fit an `i64` or a `u64` stay integers, other numbers become floats ([`to_float64`] turns all of
/// them into floats). The last of equal keys wins. Bytes that are not UTF-8 and lone surrogates become U+FFFD.
///
/// ```
/// use ironhelm_golang::json;
/// assert_eq!(json::decode(br#"{"a": [1, 2.5]}"#).unwrap(), serde_json::json!({"a": [1, 2.5]}));
/// let error = json::decode(b"{a: 1}").unwrap_err();
/// assert_eq!(error.to_string(), "invalid character 'a' looking for beginning of object key string");
/// ```
///
/// # Errors
/// [`Error`] when the text is no JSON or nests deeper than [`MAX_DEPTH`].
pub fn decode(text: &[u8]) -> Result<Value, Error> {
    let mut decoder = Decoder::new(text);
    let value = decoder.value()?;
    match decoder.skip_space() {
        Some(byte) => Err(decoder.unexpected(byte, "after top-level value")),
        None => decoder.range_error.map_or(Ok(value), Err),
    }
}

/// Reads the JSON value at the start of `text` and tells how many bytes it took, as Go's `json.Decoder` does.
///
/// # Errors
/// As [`decode`]; a text that ends too soon is [`Error::UnexpectedEof`], one without a value [`Error::Eof`].
pub fn decode_prefix(text: &[u8]) -> Result<(Value, usize), Error> {
    let mut decoder = Decoder::new(text);
    if decoder.skip_space().is_none() {
        return Err(Error::Eof);
    }
    let value = decoder.value().map_err(|error| match error {
        Error::UnexpectedEnd => Error::UnexpectedEof,
        Error::Syntax { offset, .. } if offset >= text.len() => Error::UnexpectedEof,
        other => other,
    })?;
    let consumed = decoder.at;
    decoder.range_error.map_or(Ok((value, consumed)), Err)
}

/// Turns every number in `value` into a float, as decoding into an `interface{}` does in Go.
pub fn to_float64(value: &mut Value) {
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        match value {
            Value::Number(number) if !number.is_f64() => {
                if let Some(float) = number.as_f64().and_then(Number::from_f64) {
                    *number = float;
                }
            }
            Value::Array(elements) => pending.extend(elements),
            Value::Object(fields) => pending.extend(fields.values_mut()),
            _ => {}
        }
    }
}

pub(super) struct Decoder<'t> {
    pub(super) text: &'t [u8],
    pub(super) at: usize,
    /// Go: a number out of range is reported only if the whole text is well formed.
    range_error: Option<Error>,
}

/// A container whose end was not seen yet.
enum Open {
    Array(Vec<Value>),
    Object(Map<String, Value>, String),
}

impl<'t> Decoder<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            at: 0,
            range_error: None,
        }
    }

    fn value(&mut self) -> Result<Value, Error> {
        let mut open = Vec::new();
        loop {
            let Some(mut value) = self.begin(&mut open)? else {
                continue;
            };
            loop {
                let Some(container) = open.pop() else { return Ok(value) };
                match self.attach(container, value)? {
                    Attached::More(container) => {
                        open.push(container);
                        break;
                    }
                    Attached::Complete(complete) => value = complete,
                }
            }
        }
    }

    /// Reads a scalar or an empty container; a container with contents is opened instead.
    fn begin(&mut self, open: &mut Vec<Open>) -> Result<Option<Value>, Error> {
        let byte = self.skip_space().ok_or(Error::UnexpectedEnd)?;
        let value = match byte {
            b'{' | b'[' if open.len() >= MAX_DEPTH => return Err(self.unexpected(byte, "exceeded max depth")),
            b'{' => return self.begin_object(open),
            b'[' => return self.begin_array(open),
            b'"' => Value::String(string::read(self)?),
            b't' => self.literal(&TRUE, Value::Bool(true))?,
            b'f' => self.literal(&FALSE, Value::Bool(false))?,
            b'n' => self.literal(&NULL, Value::Null)?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => return Err(self.unexpected(byte, "looking for beginning of value")),
        };
        Ok(Some(value))
    }

    fn begin_object(&mut self, open: &mut Vec<Open>) -> Result<Option<Value>, Error> {
        self.at += 1;
        if self.skip_space() == Some(b'}') {
            self.at += 1;
            return Ok(Some(Value::Object(Map::new())));
        }
        let key = self.key()?;
        open.push(Open::Object(Map::new(), key));
        Ok(None)
    }

    fn begin_array(&mut self, open: &mut Vec<Open>) -> Result<Option<Value>, Error> {
        self.at += 1;
        if self.skip_space() == Some(b']') {
            self.at += 1;
            return Ok(Some(Value::Array(Vec::new())));
        }
        open.push(Open::Array(Vec::new()));
        Ok(None)
    }

    fn key(&mut self) -> Result<String, Error> {
        match self.skip_space().ok_or(Error::UnexpectedEnd)? {
            b'"' => {}
            byte => return Err(self.unexpected(byte, "looking for beginning of object key string")),
        }
        let key = string::read(self)?;
        match self.skip_space().ok_or(Error::UnexpectedEnd)? {
            b':' => self.at += 1,
            byte => return Err(self.unexpected(byte, "after object key")),
        }
        Ok(key)
    }

    fn attach(&mut self, container: Open, value: Value) -> Result<Attached, Error> {
        let byte = self.skip_space().ok_or(Error::UnexpectedEnd)?;
        match container {
            Open::Array(mut elements) => {
                elements.push(value);
                match byte {
                    b',' => self.at += 1,
                    b']' => {
                        self.at += 1;
                        return Ok(Attached::Complete(Value::Array(elements)));
                    }
                    _ => return Err(self.unexpected(byte, "after array element")),
                }
                Ok(Attached::More(Open::Array(elements)))
            }
            Open::Object(mut fields, key) => {
                fields.insert(key, value);
                match byte {
                    b',' => self.at += 1,
                    b'}' => {
                        self.at += 1;
                        return Ok(Attached::Complete(Value::Object(fields)));
                    }
                    _ => return Err(self.unexpected(byte, "after object key:value pair")),
                }
                let key = self.key()?;
                Ok(Attached::More(Open::Object(fields, key)))
            }
        }
    }

    fn literal(&mut self, spelling: &[(u8, &'static str)], value: Value) -> Result<Value, Error> {
        self.at += 1;
        for (expected, context) in spelling {
            match self.peek_or_end() {
                byte if byte == *expected => self.at += 1,
                byte => return Err(self.unexpected(byte, context)),
            }
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Error> {
        let literal = number::read(self)?;
        match number::value_of(literal) {
            Some(number) => Ok(Value::Number(number)),
            None => {
                let literal = literal.to_owned();
                self.range_error.get_or_insert(Error::NumberRange { literal });
                Ok(Value::Null)
            }
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Go: inside a token the end of the text is seen as a space.
    pub(super) fn peek_or_end(&self) -> u8 {
        self.peek().unwrap_or(b' ')
    }

    /// Moves to the next byte that is no white space.
    fn skip_space(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
        self.peek()
    }

    pub(super) fn unexpected(&self, byte: u8, context: &'static str) -> Error {
        Error::Syntax {
            byte,
            context,
            offset: self.at,
        }
    }
}

enum Attached {
    /// The container goes on.
    More(Open),
    /// The container is closed.
    Complete(Value),
}

const TRUE: [(u8, &str); 3] = [
    (b'r', "in literal true (expecting 'r')"),
    (b'u', "in literal true (expecting 'u')"),
    (b'e', "in literal true (expecting 'e')"),
];

const FALSE: [(u8, &str); 4] = [
    (b'a', "in literal false (expecting 'a')"),
    (b'l', "in literal false (expecting 'l')"),
    (b's', "in literal false (expecting 's')"),
    (b'e', "in literal false (expecting 'e')"),
];

const NULL: [(u8, &str); 3] = [
    (b'u', "in literal null (expecting 'u')"),
    (b'l', "in literal null (expecting 'l')"),
    (b'l', "in literal null (expecting 'l')"),
];

/// Go: the byte is shown as if it were a character of its own.
fn quote_byte(byte: u8) -> String {
    match byte {
        b'"' => "'\"'".to_owned(),
        _ => crate::strconv::quote_rune(u32::from(byte)),
    }
}
