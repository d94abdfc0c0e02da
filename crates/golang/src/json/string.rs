//! Strings inside JSON.

use super::decode::{Decoder, Error};

/// Reads the string whose opening quote is at the decoder's place.
pub(super) fn read(decoder: &mut Decoder<'_>) -> Result<String, Error> {
    decoder.at += 1;
    let mut out = String::new();
    loop {
        let start = decoder.at;
        while decoder.peek().is_some_and(is_plain) {
            decoder.at += 1;
        }
        push_lossy(&mut out, &decoder.text[start..decoder.at]);
        match decoder.peek().ok_or(Error::UnexpectedEnd)? {
            b'"' => break,
            b'\\' => escape(decoder, &mut out)?,
            byte => return Err(decoder.unexpected(byte, "in string literal")),
        }
    }
    decoder.at += 1;
    Ok(out)
}

fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

/// Go: each byte that is not UTF-8 becomes one U+FFFD.
fn push_lossy(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
}

fn escape(decoder: &mut Decoder<'_>, out: &mut String) -> Result<(), Error> {
    decoder.at += 1;
    let byte = decoder.peek_or_end();
    let c = match byte {
        b'"' | b'\\' | b'/' => char::from(byte),
        b'b' => '\u{08}',
        b'f' => '\u{0c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            decoder.at += 1;
            let unit = hex(decoder)?;
            out.push(character(decoder, unit));
            return Ok(());
        }
        _ => return Err(decoder.unexpected(byte, "in string escape code")),
    };
    decoder.at += 1;
    out.push(c);
    Ok(())
}

fn hex(decoder: &mut Decoder<'_>) -> Result<u32, Error> {
    let mut value = 0;
    for _ in 0..4 {
        let byte = decoder.peek_or_end();
        let Some(digit) = char::from(byte).to_digit(16) else {
            return Err(decoder.unexpected(byte, "in \\u hexadecimal character escape"));
        };
        value = value << 4 | digit;
        decoder.at += 1;
    }
    Ok(value)
}

/// The character of a UTF-16 unit, together with the low surrogate that may follow.
fn character(decoder: &mut Decoder<'_>, unit: u32) -> char {
    if let 0xd800..0xdc00 = unit
        && let Some(low @ 0xdc00..0xe000) = following_unit(decoder)
    {
        decoder.at += 6;
        return char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)).unwrap_or_default();
    }
    char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn following_unit(decoder: &Decoder<'_>) -> Option<u32> {
    let digits = decoder.text.get(decoder.at..decoder.at + 6)?.strip_prefix(b"\\u")?;
    digits
        .iter()
        .try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}
