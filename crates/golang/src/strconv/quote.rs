//! Strings and characters as Go source literals.

use std::fmt::Write;

use crate::unicode::is_print;

/// `text` between double quotes, as Go's `strconv.Quote`; bytes that are not UTF-8 become `\xNN`.
///
/// ```
/// assert_eq!(ironhelm_golang::strconv::quote(b"a\t\"\xff"), r#""a\t\"\xff""#);
/// ```
pub fn quote(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    append_quoted(&mut out, text);
    out
}

/// Appends what [`quote`] returns.
pub fn append_quoted(out: &mut String, text: &[u8]) {
    append_string(out, text, false);
}

/// As [`quote`], with every character outside ASCII escaped.
pub fn quote_to_ascii(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    append_string(&mut out, text, true);
    out
}

/// `rune` between single quotes; what is no character (a surrogate, too large) becomes U+FFFD.
pub fn quote_rune(rune: u32) -> String {
    rune_literal(rune, false)
}

/// As [`quote_rune`], escaped outside ASCII.
pub fn quote_rune_to_ascii(rune: u32) -> String {
    rune_literal(rune, true)
}

/// Whether `text` can stand unchanged between back quotes on one line.
pub fn can_backquote(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        text.chars().all(|c| match c {
            '\u{feff}' | '`' | '\u{7f}' => false,
            _ => c >= ' ' || c == '\t',
        })
    })
}

fn rune_literal(rune: u32, ascii_only: bool) -> String {
    let mut out = String::from("'");
    append_char(
        &mut out,
        char::from_u32(rune).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\'',
        ascii_only,
    );
    out.push('\'');
    out
}

fn append_string(out: &mut String, text: &[u8], ascii_only: bool) {
    out.push('"');
    for chunk in text.utf8_chunks() {
        append_valid(out, chunk.valid(), ascii_only);
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
}

/// Copies runs of plain ASCII whole and looks at every other character.
fn append_valid(out: &mut String, text: &str, ascii_only: bool) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| !is_plain(byte)) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        if let Some(c) = chars.next() {
            append_char(out, c, '"', ascii_only);
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

fn is_plain(byte: u8) -> bool {
    (b' '..0x7f).contains(&byte) && byte != b'"' && byte != b'\\'
}

fn append_char(out: &mut String, c: char, quote: char, ascii_only: bool) {
    if c == quote || c == '\\' {
        out.push('\\');
        return out.push(c);
    }
    if is_print(c) && (c.is_ascii() || !ascii_only) {
        return out.push(c);
    }
    let short = match c {
        '\u{07}' => "\\a",
        '\u{08}' => "\\b",
        '\u{0c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{0b}' => "\\v",
        _ => return append_escape(out, u32::from(c)),
    };
    out.push_str(short);
}

fn append_escape(out: &mut String, code: u32) {
    let _ = match code {
        0..0x20 | 0x7f => write!(out, "\\x{code:02x}"),
        0x20..0x1_0000 => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}
