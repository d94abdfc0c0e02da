//! `html`, `js` and `urlquery`.

use ironhelm_golang::unicode;

use crate::{Str, Value, fmt};

/// The text to escape: that of `print`, with missing values as actions print them.
pub(super) fn text(args: &[Value]) -> Str {
    let shown = |value: &Value| match value {
        Value::Nil => Value::from("<no value>"),
        value => value.clone(),
    };
    match args {
        [Value::String(text)] => text.clone(),
        _ => fmt::sprint(&args.iter().map(shown).collect::<Vec<_>>()),
    }
}

pub(super) fn html(text: &[u8]) -> Str {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(*byte),
        }
    }
    out.into()
}

pub(super) fn js(text: &[u8]) -> Str {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        chunk.valid().chars().for_each(|c| js_char(&mut out, c));
        // Go: an invalid byte is the printable replacement character, copied as the byte it is.
        out.extend_from_slice(chunk.invalid());
    }
    out.into()
}

fn js_char(out: &mut Vec<u8>, c: char) {
    match c {
        '\\' => out.extend_from_slice(b"\\\\"),
        '\'' => out.extend_from_slice(b"\\'"),
        '"' => out.extend_from_slice(b"\\\""),
        '<' | '>' | '&' | '=' => out.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes()),
        _ if c < ' ' || (!c.is_ascii() && !unicode::is_print(c)) => {
            out.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes());
        }
        _ => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

pub(super) fn url_query(text: &[u8]) -> Str {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            _ if byte.is_ascii_alphanumeric() => out.push(*byte),
            _ => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    out.into()
}
