//! Encodings and checksums.

use base64::prelude::{BASE64_STANDARD, Engine};
use sha1::Digest;

use crate::table::{STRING, Table};

pub(crate) fn register(t: &mut Table) {
    t.row("b64enc", &[STRING], |a| BASE64_STANDARD.encode(a.bytes(0)));
    // Go: sprig gives the error's text as the value.
    t.row("b64dec", &[STRING], |a| {
        base64_decode(a.bytes(0)).unwrap_or_else(String::into_bytes)
    });
    t.row("b32enc", &[STRING], |a| base32_encode(a.bytes(0)));
    t.row("b32dec", &[STRING], |a| {
        base32_decode(a.bytes(0)).unwrap_or_else(String::into_bytes)
    });
    t.row("sha1sum", &[STRING], |a| hex(&sha1::Sha1::digest(a.bytes(0))));
    t.row("sha256sum", &[STRING], |a| hex(&sha2::Sha256::digest(a.bytes(0))));
    t.row("sha512sum", &[STRING], |a| hex(&sha2::Sha512::digest(a.bytes(0))));
    t.row("adler32sum", &[STRING], |a| {
        adler2::adler32_slice(a.bytes(0)).to_string()
    });
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// Standard base64 with padding, line ends ignored.
///
/// # Errors
/// Go's text with the position that Go blames.
pub(crate) fn base64_decode(text: &[u8]) -> Result<Vec<u8>, String> {
    decode_quanta(text).map_err(|position| format!("illegal base64 data at input byte {position}"))
}

fn decode_quanta(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match sextet(byte) {
            Some(value) => {
                bits = bits << 6 | u32::from(value);
                count += 1;
            }
            None if matches!(byte, b'\r' | b'\n') => {}
            None if byte == b'=' => return finish_padded(text, at, count, bits, out),
            None => return Err(at - 1),
        }
        if count == 4 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, count) = (0, 0);
        }
    }
    if count == 0 { Ok(out) } else { Err(at - count) }
}

/// The end of a text after the first `=`, which stands before `at`.
fn finish_padded(text: &[u8], mut at: usize, count: usize, bits: u32, mut out: Vec<u8>) -> Result<Vec<u8>, usize> {
    let after_line_ends = |mut at: usize| {
        while matches!(text.get(at), Some(b'\r' | b'\n')) {
            at += 1;
        }
        at
    };
    if count < 2 {
        return Err(at - 1);
    }
    if count == 2 {
        at = after_line_ends(at);
        match text.get(at) {
            None => return Err(text.len()),
            Some(b'=') => at += 1,
            Some(_) => return Err(at - 1),
        }
    }
    at = after_line_ends(at);
    if at < text.len() {
        return Err(at);
    }
    let bytes = (bits << (6 * (4 - count) as u32)).to_be_bytes();
    out.extend_from_slice(&bytes[1..count]);
    Ok(out)
}

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut padded = [0; 8];
        padded[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(padded);
        let digits = (chunk.len() * 8).div_ceil(5);
        for index in 0..8 {
            let digit = BASE32[(bits >> (35 - 5 * index) & 31) as usize];
            out.push(if index < digits { char::from(digit) } else { '=' });
        }
    }
    out
}

fn base32_decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let text: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    decode_octets(&text).map_err(|position| format!("illegal base32 data at input byte {position}"))
}

fn decode_octets(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 8 * 5);
    for (index, group) in text.chunks(8).enumerate() {
        let start = index * 8;
        let last = text.len() - start <= 8;
        let mut bits = 0u64;
        let mut count = 0;
        for (offset, byte) in group.iter().enumerate() {
            if *byte == b'=' && offset >= 2 && last {
                check_padding(text, start + offset, offset)?;
                break;
            }
            let digit = BASE32.iter().position(|digit| digit == byte).ok_or(start + offset)?;
            bits = bits << 5 | digit as u64;
            count += 1;
        }
        if count == group.len() && count < 8 {
            return Err(start);
        }
        let bytes = (bits << (5 * (8 - count) as u32)).to_be_bytes();
        out.extend_from_slice(&bytes[3..3 + count * 5 / 8]);
    }
    Ok(out)
}

/// The `=` at `at`, after `count` digits of the last group, and what follows it.
fn check_padding(text: &[u8], at: usize, count: usize) -> Result<(), usize> {
    let rest = &text[at + 1..];
    if rest.len() + count < 7 {
        return Err(text.len());
    }
    if let Some(wrong) = rest.iter().position(|byte| *byte != b'=') {
        return Err(at + wrong);
    }
    if matches!(count, 1 | 3 | 6) { Err(at) } else { Ok(()) }
}
