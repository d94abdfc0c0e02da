//! Escaped characters in patterns.

use super::error::{Error, ErrorKind};

/// The code of the escape that `text` starts with (it may be a surrogate), and what follows.
pub(super) fn character(text: &str) -> Result<(u32, &str), Error> {
    let mut chars = text.chars();
    chars.next();
    let c = chars
        .next()
        .ok_or_else(|| Error::new(ErrorKind::TrailingBackslash, ""))?;
    let code = match c {
        // Go: a single digit other than 0 would be a back reference, which RE2 has not.
        '1'..='7' if !chars.as_str().starts_with(|c| matches!(c, '0'..='7')) => None,
        '0'..='7' => return Ok(octal(&text[1..])),
        'x' => hexadecimal(&mut chars),
        'a' => Some(0x07),
        'f' => Some(0x0c),
        'n' => Some(0x0a),
        'r' => Some(0x0d),
        't' => Some(0x09),
        'v' => Some(0x0b),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(u32::from(c)),
        _ => None,
    };
    let rest = chars.as_str();
    match code {
        Some(code) => Ok((code, rest)),
        None => Err(Error::new(ErrorKind::InvalidEscape, &text[..text.len() - rest.len()])),
    }
}

/// Up to three digits.
fn octal(text: &str) -> (u32, &str) {
    let count = text
        .bytes()
        .take(3)
        .take_while(|byte| matches!(byte, b'0'..=b'7'))
        .count();
    let (digits, rest) = text.split_at(count);
    (
        digits.bytes().fold(0, |code, digit| code * 8 + u32::from(digit - b'0')),
        rest,
    )
}

/// `\xNN` or `\x{N…}`
fn hexadecimal(chars: &mut std::str::Chars<'_>) -> Option<u32> {
    let first = chars.next()?;
    if first != '{' {
        let second = chars.next();
        return Some(first.to_digit(16)? << 4 | second?.to_digit(16)?);
    }
    let mut code = None;
    loop {
        match chars.next()? {
            '}' => return code,
            digit => {
                let value = code.unwrap_or(0) << 4 | digit.to_digit(16)?;
                code = Some(value).filter(|&value| value <= u32::from(char::MAX));
                code?;
            }
        }
    }
}
