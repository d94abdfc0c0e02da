//! From bytes to readable text: encodings, and the characters that no YAML text may carry.

use std::borrow::Cow;

/// What a text may carry besides its first unreadable place.
pub(crate) struct Source<'a> {
    /// The text without its byte order mark, up to the first fault.
    pub(crate) text: Cow<'a, str>,
    /// What follows `text`, if that cannot be read.
    pub(crate) fault: Option<Fault>,
}

/// Something unreadable behind a readable text.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    /// Go: the reader works in blocks, so the fault is told as soon as anything from this offset on is needed.
    pub(crate) horizon: usize,
    pub(crate) problem: &'static str,
}

/// Go: how many raw bytes the reader decodes at a time.
const BLOCK: usize = 512;

/// Finds the readable text of `bytes`: UTF-8, or UTF-16 with a byte order mark.
pub(crate) fn read(bytes: &[u8]) -> Source<'_> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => read_utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => read_utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => read_utf8(rest, 3),
        _ => read_utf8(bytes, 0),
    }
}

fn read_utf8(bytes: &[u8], mark: usize) -> Source<'_> {
    let (text, broken) = valid_prefix(bytes);
    let (text, problem) = match forbidden(text) {
        Some(at) => (&text[..at], Some(CONTROL)),
        None => (text, broken),
    };
    let fault = problem.map(|problem| Fault {
        // Go: only the end of the text makes a sequence incomplete, and it is found last.
        horizon: if problem == INCOMPLETE {
            text.len()
        } else {
            horizon(text, mark)
        },
        problem,
    });
    Source {
        text: Cow::Borrowed(text),
        fault,
    }
}

const INCOMPLETE: &str = "incomplete UTF-8 octet sequence";
const CONTROL: &str = "control characters are not allowed";

fn valid_prefix(bytes: &[u8]) -> (&str, Option<&'static str>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let (good, bad) = bytes.split_at(error.valid_up_to());
            (std::str::from_utf8(good).unwrap_or_default(), Some(octet_problem(bad)))
        }
    }
}

/// Go's words for an octet sequence that is not UTF-8.
fn octet_problem(bad: &[u8]) -> &'static str {
    let lead = bad.first().copied().unwrap_or(0);
    let (width, bits) = match lead {
        0xC0..=0xDF => (2, u32::from(lead & 0x1F)),
        0xE0..=0xEF => (3, u32::from(lead & 0x0F)),
        0xF0..=0xF7 => (4, u32::from(lead & 0x07)),
        _ => return "invalid leading UTF-8 octet",
    };
    if bad.len() < width {
        return INCOMPLETE;
    }
    let mut code = bits;
    for &octet in &bad[1..width] {
        if octet & 0xC0 != 0x80 {
            return "invalid trailing UTF-8 octet";
        }
        code = code << 6 | u32::from(octet & 0x3F);
    }
    let shortest = if width == 2 {
        code >= 0x80
    } else {
        width == 3 && code >= 0x800 || code >= 0x10000
    };
    if shortest {
        "invalid Unicode character"
    } else {
        "invalid length of a UTF-8 sequence"
    }
}

/// The offset of the first character that a YAML text may not carry.
pub(crate) fn forbidden(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    for block in bytes.chunks(64) {
        if block.iter().fold(false, |seen, &byte| seen | is_unusual(byte))
            && let Some(found) = (at..at + block.len()).find(|&at| is_forbidden(bytes, at))
        {
            return Some(found);
        }
        at += block.len();
    }
    None
}

fn is_unusual(byte: u8) -> bool {
    !(0x20..0x7F).contains(&byte) & (byte != b'\n')
}

fn is_forbidden(bytes: &[u8], at: usize) -> bool {
    let next = |n: usize| bytes.get(at + n).copied().unwrap_or(0);
    match bytes[at] {
        b'\t' | b'\n' | b'\r' => false,
        0..0x20 | 0x7F => true,
        0xC2 => next(1) < 0xA0 && next(1) != 0x85,
        0xEF => next(1) == 0xBF && next(2) >= 0xBE,
        _ => false,
    }
}

/// The start of the block that holds the fault right behind `text`.
fn horizon(text: &str, mark: usize) -> usize {
    let mut start = 0;
    let mut size = BLOCK - mark;
    while start + size <= text.len() {
        let mut end = start + size;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        start = end;
        size = BLOCK;
    }
    start
}

fn read_utf16(bytes: &[u8], join: fn([u8; 2]) -> u16) -> Source<'static> {
    let units = bytes.chunks_exact(2).map(|pair| join([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len());
    let mut problem = (bytes.len() % 2 == 1).then_some("incomplete UTF-16 character");
    for character in char::decode_utf16(units) {
        match character {
            Ok(character) => text.push(character),
            Err(error) => {
                let low = error.unpaired_surrogate() >= 0xDC00;
                problem = Some(if low {
                    "unexpected low surrogate area"
                } else {
                    "expected low surrogate area"
                });
                break;
            }
        }
    }
    if let Some(at) = forbidden(&text) {
        text.truncate(at);
        problem = Some(CONTROL);
    }
    let fault = problem.map(|problem| Fault {
        horizon: horizon(&text, 2),
        problem,
    });
    Source {
        text: Cow::Owned(text),
        fault,
    }
}
