//! Go source literals read back.

use thiserror::Error;

/// The literal is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("invalid syntax")]
pub struct InvalidSyntax;

/// One character of a literal, read by [`unquote_char`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnquotedChar<'a> {
    /// The character's code, or the byte's value.
    pub value: u32,
    /// Whether `value` stands for a character to be encoded as UTF-8; else it is one byte.
    pub multibyte: bool,
    /// What follows.
    pub rest: &'a [u8],
}

/// The string that the Go literal `text` (in `"`, `'` or back quotes) stands for; it need not be UTF-8 (`"\xff"`).
///
/// # Errors
/// [`InvalidSyntax`] when `text` is no such literal.
pub fn unquote(text: &[u8]) -> Result<Vec<u8>, InvalidSyntax> {
    match text {
        [b'`', body @ .., b'`'] => unquote_raw(body),
        [quote @ (b'"' | b'\''), body @ .., last] if quote == last => unquote_body(body, *quote),
        _ => Err(InvalidSyntax),
    }
}

fn unquote_raw(body: &[u8]) -> Result<Vec<u8>, InvalidSyntax> {
    if body.contains(&b'`') {
        return Err(InvalidSyntax);
    }
    // Go: carriage returns are dropped from raw strings.
    Ok(body.iter().copied().filter(|&byte| byte != b'\r').collect())
}

fn unquote_body(body: &[u8], quote: u8) -> Result<Vec<u8>, InvalidSyntax> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    let mut count = 0;
    while !rest.is_empty() {
        if rest[0] == b'\n' {
            return Err(InvalidSyntax);
        }
        let unquoted = unquote_char(rest, quote)?;
        rest = unquoted.rest;
        count += 1;
        push_char(&mut out, unquoted);
    }
    // Go: `''` reads as the empty string.
    if quote == b'\'' && count > 1 {
        Err(InvalidSyntax)
    } else {
        Ok(out)
    }
}

fn push_char(out: &mut Vec<u8>, unquoted: UnquotedChar<'_>) {
    match u8::try_from(unquoted.value) {
        Ok(byte) if byte < 0x80 || !unquoted.multibyte => out.push(byte),
        _ => {
            let c = char::from_u32(unquoted.value).unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// Reads the first character of a literal's body; `quote` (`"` or `'`) may not stand unescaped, 0 allows both.
///
/// # Errors
/// [`InvalidSyntax`] for an empty body, a bare quote or a bad escape.
pub fn unquote_char(text: &[u8], quote: u8) -> Result<UnquotedChar<'_>, InvalidSyntax> {
    match *text {
        [] => Err(InvalidSyntax),
        [c, ..] if c == quote && (c == b'"' || c == b'\'') => Err(InvalidSyntax),
        [b'\\', ref rest @ ..] => unquote_escape(rest, quote),
        [c, ref rest @ ..] if c < 0x80 => Ok(UnquotedChar {
            value: u32::from(c),
            multibyte: false,
            rest,
        }),
        _ => {
            let (c, width) = decode_char(text);
            Ok(UnquotedChar {
                value: u32::from(c),
                multibyte: true,
                rest: &text[width..],
            })
        }
    }
}

fn unquote_escape(text: &[u8], quote: u8) -> Result<UnquotedChar<'_>, InvalidSyntax> {
    let (&letter, rest) = text.split_first().ok_or(InvalidSyntax)?;
    let value = match letter {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => 0x0a,
        b'r' => 0x0d,
        b't' => 0x09,
        b'v' => 0x0b,
        b'\\' => u32::from(b'\\'),
        b'\'' | b'"' if letter == quote => u32::from(letter),
        b'x' => return unquote_hex(rest, 2),
        b'u' => return unquote_hex(rest, 4),
        b'U' => return unquote_hex(rest, 8),
        b'0'..=b'7' => return unquote_octal(text),
        _ => return Err(InvalidSyntax),
    };
    Ok(UnquotedChar {
        value,
        multibyte: false,
        rest,
    })
}

fn unquote_hex(text: &[u8], count: usize) -> Result<UnquotedChar<'_>, InvalidSyntax> {
    let (digits, rest) = text.split_at_checked(count).ok_or(InvalidSyntax)?;
    let value = digits.iter().try_fold(0u32, |value, &digit| {
        let digit = char::from(digit).to_digit(16).ok_or(InvalidSyntax)?;
        Ok(value << 4 | digit)
    })?;
    let multibyte = count > 2;
    if multibyte && char::from_u32(value).is_none() {
        return Err(InvalidSyntax);
    }
    Ok(UnquotedChar { value, multibyte, rest })
}

fn unquote_octal(text: &[u8]) -> Result<UnquotedChar<'_>, InvalidSyntax> {
    let (digits, rest) = text.split_at_checked(3).ok_or(InvalidSyntax)?;
    let value = digits.iter().try_fold(0u32, |value, &digit| {
        let digit = char::from(digit).to_digit(8).ok_or(InvalidSyntax)?;
        Ok(value << 3 | digit)
    })?;
    if value > 255 {
        Err(InvalidSyntax)
    } else {
        Ok(UnquotedChar {
            value,
            multibyte: false,
            rest,
        })
    }
}

/// The first character of a text that is not empty and its width; a byte that is not UTF-8 counts as U+FFFD.
fn decode_char(text: &[u8]) -> (char, usize) {
    let head = &text[..text.len().min(4)];
    let valid = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    valid
        .chars()
        .next()
        .map_or((char::REPLACEMENT_CHARACTER, 1), |c| (c, c.len_utf8()))
}
