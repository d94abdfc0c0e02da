//! Whole trees to text.

use std::fmt::Write;

use serde_json::Value;

use super::Writer;
use crate::strconv;

/// How JSON is laid out and escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style<'a> {
    /// Write `<`, `>` and `&` as `\u003c`, `\u003e` and `\u0026` (Go's default).
    pub escape_html: bool,
    /// Starts every line but the first; only with `indent`.
    pub prefix: &'a str,
    /// One level of indentation; `None` writes everything on one line.
    pub indent: Option<&'a str>,
}

impl Default for Style<'_> {
    fn default() -> Self {
        Self {
            escape_html: true,
            prefix: "",
            indent: None,
        }
    }
}

/// Go's `json.Marshal`: one line, HTML characters escaped.
///
/// ```
/// let value = serde_json::json!({"b": 5.0, "a": "<"});
/// assert_eq!(ironhelm_golang::json::encode(&value), r#"{"a":"\u003c","b":5}"#);
/// ```
pub fn encode(value: &Value) -> String {
    encode_with(value, Style::default())
}

/// As [`encode`], with `<`, `>` and `&` as they are (`SetEscapeHTML(false)`).
pub fn encode_plain(value: &Value) -> String {
    encode_with(
        value,
        Style {
            escape_html: false,
            ..Style::default()
        },
    )
}

/// Go's `json.MarshalIndent`.
pub fn encode_indent(value: &Value, prefix: &str, indent: &str) -> String {
    encode_with(
        value,
        Style {
            escape_html: true,
            prefix,
            indent: Some(indent),
        },
    )
}

/// As [`encode_indent`], with `<`, `>` and `&` as they are.
pub fn encode_indent_plain(value: &Value, prefix: &str, indent: &str) -> String {
    encode_with(
        value,
        Style {
            escape_html: false,
            prefix,
            indent: Some(indent),
        },
    )
}

/// Encodes in the given style.
pub fn encode_with(value: &Value, style: Style<'_>) -> String {
    let mut writer = Writer::new(style);
    writer.value(value);
    writer.finish()
}

/// Appends what [`encode`] returns.
pub fn encode_to(out: &mut String, value: &Value) {
    let mut writer = Writer::appending(std::mem::take(out), Style::default());
    writer.value(value);
    *out = writer.finish();
}

/// Appends a finite float: positional, but in exponent form below 1e-6 and from 1e21 on.
pub fn append_float(out: &mut String, value: f64) {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let text = strconv::format_float(value, b'e', -1, 64);
        // Go: one zero is dropped from the exponent, `1e-07` becomes `1e-7`.
        return match text.strip_suffix(|c: char| c.is_ascii_digit()) {
            Some(head) if head.ends_with("e-0") => {
                out.push_str(&head[..head.len() - 1]);
                out.push_str(&text[head.len()..]);
            }
            _ => out.push_str(&text),
        };
    }
    if magnitude < EXACT_INTEGERS && value.trunc() == value && !(value == 0.0 && value.is_sign_negative()) {
        let _ = write!(out, "{}", value as i64);
        return;
    }
    strconv::append_float(out, value, b'f', -1, 64);
}

/// Below it every float without a fraction prints as the integer it is.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// Appends `text` as a JSON string.
pub fn append_string(out: &mut String, text: &str, escape_html: bool) {
    out.push('"');
    let bytes = text.as_bytes();
    let mut start = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if !needs_care(byte, escape_html) {
            continue;
        }
        let width = if byte == LINE_SEPARATOR[0] { 3 } else { 1 };
        if let Some(escape) = escape(&bytes[at..], &mut [0; 6]) {
            out.push_str(&text[start..at]);
            out.push_str(escape);
            start = at + width;
        }
    }
    out.push_str(&text[start..]);
    out.push('"');
}

/// U+2028; U+2029 differs in the last byte.
const LINE_SEPARATOR: [u8; 3] = [0xe2, 0x80, 0xa8];

fn needs_care(byte: u8, escape_html: bool) -> bool {
    match byte {
        b'"' | b'\\' | 0..0x20 => true,
        b'<' | b'>' | b'&' => escape_html,
        _ => byte == LINE_SEPARATOR[0],
    }
}

fn escape<'b>(text: &[u8], buffer: &'b mut [u8; 6]) -> Option<&'b str> {
    Some(match *text {
        [b'"', ..] => "\\\"",
        [b'\\', ..] => "\\\\",
        [0x08, ..] => "\\b",
        [0x0c, ..] => "\\f",
        [b'\n', ..] => "\\n",
        [b'\r', ..] => "\\r",
        [b'\t', ..] => "\\t",
        [0xe2, 0x80, 0xa8, ..] => "\\u2028",
        [0xe2, 0x80, 0xa9, ..] => "\\u2029",
        [byte, ..] if byte < 0x80 => {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            *buffer = [
                b'\\',
                b'u',
                b'0',
                b'0',
                HEX[usize::from(byte >> 4)],
                HEX[usize::from(byte & 15)],
            ];
            std::str::from_utf8(buffer).unwrap_or_default()
        }
        _ => return None,
    })
}
