//! Scalars that are certainly texts.

use std::borrow::Cow;

use serde_json::Value;

use super::{Line, Lines};

/// Is a text needed, or only that it is one?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Text,
    Nothing,
}

/// A text from the index.
pub(super) type Scalar<'t> = Cow<'t, str>;

/// Words that YAML 1.1 does not take for texts, in lower case.
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// May the scanner look at this text at all? Anything that YAML's reader treats specially is not for it.
pub(super) fn is_plain_text(text: &str) -> bool {
    // Whole blocks are judged at once, which the compiler does many bytes at a time.
    let is_control = |byte: &u8| u8::from((*byte < b' ') & (*byte != b'\n')) | u8::from(*byte == 0x7f);
    let mut blocks = text.as_bytes().chunks(1024);
    if blocks.any(|block| block.iter().map(is_control).fold(0, |any, one| any | one) != 0) {
        return false;
    }
    text.is_ascii() || !text.chars().any(is_special)
}

/// Line separators, byte order marks and what YAML does not count as printable.
fn is_special(letter: char) -> bool {
    matches!(
        letter,
        '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// Nothing for Helm to sanitise.
pub(super) fn is_ascii_line(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Splits `key: value` for a key of plain letters.
pub(super) fn split_key(body: &str) -> Option<(&str, &str)> {
    let length = body
        .bytes()
        .take_while(|byte| byte.is_ascii_alphabetic() || *byte == b'-')
        .count();
    split_at_colon(body, length)
}

/// Splits `key: value` for any key that is certainly a text.
pub(super) fn split_any_key(body: &str) -> Option<(&str, &str)> {
    let first = *body.as_bytes().first()?;
    if matches!(first, b'"' | b'\'') {
        let end = body[1..].find(char::from(first))? + 1;
        let key = &body[1..end];
        let value = value_after(&body[end + 1..])?;
        return (!key.contains('\\')).then_some((key, value));
    }
    let length = body
        .find(": ")
        .or_else(|| body.ends_with(':').then(|| body.len() - 1))?;
    let (key, value) = split_at_colon(body, length)?;
    (is_surely_text(key) && !key.contains(" #")).then_some((key, value))
}

fn split_at_colon(body: &str, length: usize) -> Option<(&str, &str)> {
    let (key, rest) = body.split_at_checked(length)?;
    value_after(rest).map(|value| (key, value))
}

fn value_after(rest: &str) -> Option<&str> {
    let value = rest.strip_prefix(':')?;
    match value.as_bytes().first() {
        None => Some(""),
        Some(b' ') => Some(value.trim_matches(' ')),
        Some(_) => None,
    }
}

/// A plain `true` or `false`.
pub(super) fn flag(value: &str) -> Option<bool> {
    match value {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Reads the text that begins with `value` on `line`, for a field of a map or an item of a list at `indent`.
pub(super) fn read<'t>(lines: &mut Lines<'t>, line: Line<'t>, value: &'t str, indent: usize) -> Option<Scalar<'t>> {
    read_wanted(lines, line, value, (indent, Wanted::Text))
}

/// Checks that what begins with `value` on `line` is a text.
pub(super) fn skip<'t>(lines: &mut Lines<'t>, line: Line<'t>, value: &'t str, indent: usize) -> Option<()> {
    read_wanted(lines, line, value, (indent, Wanted::Nothing)).map(drop)
}

fn read_wanted<'t>(
    lines: &mut Lines<'t>,
    line: Line<'t>,
    value: &'t str,
    (indent, wanted): (usize, Wanted),
) -> Option<Scalar<'t>> {
    let start = line.start + line.indent + line.body.len() - value.len();
    match value.as_bytes().first() {
        None => {
            lines.skip(line);
            let is_nested = lines
                .peek()
                .is_some_and(|next| next.indent > indent || (next.indent == indent && next.body.starts_with('-')));
            (!is_nested).then_some(Cow::Borrowed(""))
        }
        Some(b'"' | b'\'') => quoted(lines, start, indent),
        Some(b'|' | b'>') => block(lines, line, start, (indent, wanted)),
        Some(_) => plain(lines, line, value, indent),
    }
}

fn quoted<'t>(lines: &mut Lines<'t>, start: usize, indent: usize) -> Option<Scalar<'t>> {
    let bytes = &lines.text.as_bytes()[start..];
    let quote = bytes[0];
    let mut end = 1;
    let mut is_simple = true;
    loop {
        match *bytes.get(end)? {
            byte if byte == quote => {
                if quote == b'"' || bytes.get(end + 1) != Some(&quote) {
                    break;
                }
                is_simple = false;
                end += 2;
            }
            b'\\' if quote == b'"' => {
                is_simple = false;
                end += 2;
            }
            b'\n' => {
                is_simple = false;
                end += 1;
                // What is less indented than its key is for the general reader.
                let spaces = bytes[end..].iter().take_while(|byte| **byte == b' ').count();
                if spaces <= indent && bytes.get(end + spaces) != Some(&b'\n') {
                    return None;
                }
            }
            _ => end += 1,
        }
    }
    lines.position = start + end + 1;
    let rest = lines.raw();
    if let Some(rest) = rest {
        if !rest.body.is_empty() {
            return None;
        }
        lines.skip(rest);
    }
    let text = &lines.text[start..=start + end];
    if is_simple {
        return Some(Cow::Borrowed(&text[1..text.len() - 1]));
    }
    decoded(text)
}

fn block<'t>(
    lines: &mut Lines<'t>,
    line: Line<'t>,
    start: usize,
    (indent, wanted): (usize, Wanted),
) -> Option<Scalar<'t>> {
    let header = &lines.text[start..line.start + line.indent + line.body.len()];
    lines.skip(line);
    let mut first = None;
    let mut is_regular = matches!(header, "|" | "|-" | "|+" | ">" | ">-" | ">+");
    let mut blank = 0;
    while let Some(next) = lines.raw() {
        if next.body.is_empty() {
            blank = blank.max(if first.is_none() { next.indent } else { 0 });
        } else if next.indent <= indent {
            break;
        } else {
            let first = *first.get_or_insert(next.indent);
            is_regular &= next.indent >= first && blank <= first;
        }
        lines.skip(next);
    }
    if wanted == Wanted::Nothing && is_regular && first.is_some() {
        return Some(Cow::Borrowed(""));
    }
    decoded(&lines.text[start..lines.position])
}

fn plain<'t>(lines: &mut Lines<'t>, line: Line<'t>, value: &'t str, indent: usize) -> Option<Scalar<'t>> {
    if !is_plain_line(value)
        || matches!(
            value.as_bytes()[0],
            b'&' | b'*' | b'!' | b'%' | b'@' | b'`' | b'[' | b'{'
        )
    {
        return None;
    }
    let start = line.start + line.indent + line.body.len() - value.len();
    lines.skip(line);
    let mut text = Cow::Borrowed(value);
    let mut end = lines.position;
    let mut blank = 0;
    let mut ahead = *lines;
    while let Some(next) = ahead.raw() {
        ahead.skip(next);
        if next.body.is_empty() {
            blank += 1;
            continue;
        }
        if next.indent <= indent {
            break;
        }
        if !is_plain_line(next.body) {
            return None;
        }
        let text = text.to_mut();
        match blank {
            0 => text.push(' '),
            breaks => text.extend(std::iter::repeat_n('\n', breaks)),
        }
        text.push_str(next.body);
        blank = 0;
        *lines = ahead;
        end = ahead.position;
    }
    let is_long = matches!(text, Cow::Owned(_));
    let is_sure = if is_long {
        begins_text(value)
    } else {
        is_surely_text(value)
    };
    if is_sure {
        Some(text)
    } else {
        decoded(&lines.text[start..end])
    }
}

/// Nothing in the line ends a plain text.
fn is_plain_line(line: &str) -> bool {
    let bytes = line.as_bytes();
    let opens = match bytes[0] {
        b'#' | b',' | b']' | b'}' => true,
        b'-' | b'?' | b':' => bytes.len() == 1 || bytes[1] == b' ',
        _ => false,
    };
    !opens && *bytes.last().unwrap_or(&b':') != b':' && !bytes.windows(2).any(|pair| pair == b": " || pair == b" #")
}

/// What the general reader makes of a scalar, if it is a text or nothing.
fn decoded<'t>(text: &str) -> Option<Scalar<'t>> {
    match ironhelm_yaml::decode(format!("x: {text}").as_bytes()).ok()? {
        Value::Object(map) if map.len() == 1 => match map.into_iter().next()? {
            (_, Value::String(text)) => Some(Cow::Owned(text)),
            (_, Value::Null) => Some(Cow::Borrowed("")),
            _ => None,
        },
        _ => None,
    }
}

/// A plain text that starts like this is no number, no time and, unless it is one word, no constant.
fn begins_text(text: &str) -> bool {
    text.bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'(' | b'/') || byte >= 0x80)
}

/// A plain text of one line that cannot be a number, a time or a constant.
fn is_surely_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(byte) if byte.is_ascii_digit() => is_surely_no_number(bytes),
        _ => begins_text(text) && !(text.len() <= 5 && WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))),
    }
}

/// For a text that begins with a digit: more than one point, or a letter that numbers and times do not have.
fn is_surely_no_number(bytes: &[u8]) -> bool {
    if bytes.contains(&b':') {
        return false;
    }
    let has_prefix = bytes[0] == b'0' && bytes.get(1).is_some_and(u8::is_ascii_alphabetic);
    let is_word_letter =
        |byte: &u8| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E' | b't' | b'T' | b'z' | b'Z');
    let has_letter = !has_prefix && bytes.iter().any(is_word_letter);
    let points = bytes.iter().filter(|byte| **byte == b'.').count();
    let is_version = bytes
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-'));
    has_letter || (points > 1 && is_version)
}
