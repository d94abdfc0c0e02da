//! Character classes.

use std::fmt::Write;

use super::error::{Error, ErrorKind};
use super::escape;

/// Nothing at all, as a class.
const NOTHING: &str = r"[^\x{0}-\x{10FFFF}]";

/// Every character, as a class.
const ANYTHING: &str = r"[\x{0}-\x{10FFFF}]";

/// The class in brackets that `text` starts with, in the other syntax, and what follows.
pub(super) fn bracketed(text: &str) -> Result<(String, &str), Error> {
    let mut rest = &text[1..];
    let mut out = String::from("[");
    if let Some(after) = rest.strip_prefix('^') {
        rest = after;
        out.push('^');
    }
    let start = out.len();
    let mut first = true;
    // A bracket that comes first is an ordinary member.
    while first || !rest.starts_with(']') {
        first = false;
        let item;
        (item, rest) = member(text, rest)?;
        out.push_str(&item);
    }
    if out.len() == start {
        // Go: a class of surrogates matches nothing.
        out.push_str(NOTHING);
    }
    out.push(']');
    Ok((out, &rest[1..]))
}

fn member<'p>(class: &str, text: &'p str) -> Result<(String, &'p str), Error> {
    if let Some(found) = posix(text)? {
        return Ok(found);
    }
    if let Some(found) = escaped(text)? {
        return Ok(found);
    }
    let (low, rest) = character(class, text)?;
    let (high, rest) = match rest.strip_prefix('-') {
        // A hyphen that comes last is an ordinary member.
        Some(after) if !after.is_empty() && !after.starts_with(']') => character(class, after)?,
        _ => (low, rest),
    };
    if high < low {
        return Err(Error::new(
            ErrorKind::InvalidCharRange,
            &text[..text.len() - rest.len()],
        ));
    }
    Ok((range_text(low, high), rest))
}

fn character<'p>(class: &str, text: &'p str) -> Result<(u32, &'p str), Error> {
    match text.chars().next() {
        None => Err(Error::new(ErrorKind::MissingBracket, class)),
        Some('\\') => escape::character(text),
        Some(c) => Ok((u32::from(c), &text[c.len_utf8()..])),
    }
}

/// One character as a pattern of its own.
pub(super) fn code_text(code: u32) -> String {
    match char::from_u32(code) {
        Some(c) => regex::escape(c.encode_utf8(&mut [0; 4])),
        // Go: a surrogate may be written, but no text holds one.
        None => NOTHING.to_owned(),
    }
}

/// A range inside a class; surrogates are left out.
fn range_text(low: u32, high: u32) -> String {
    let low = if (0xd800..0xe000).contains(&low) { 0xe000 } else { low };
    let high = if (0xd800..0xe000).contains(&high) { 0xd7ff } else { high };
    if low > high {
        String::new()
    } else {
        format!("\\x{{{low:X}}}-\\x{{{high:X}}}")
    }
}

/// `[:alpha:]`, `[:^alpha:]` inside a class.
fn posix(text: &str) -> Result<Option<(String, &str)>, Error> {
    let Some(end) = text.strip_prefix("[:").and_then(|body| body.find(":]")) else {
        return Ok(None);
    };
    let (whole, rest) = text.split_at(end + 4);
    let name = &whole[2..end + 2];
    let (negation, plain) = name.strip_prefix('^').map_or(("", name), |plain| ("^", plain));
    let (_, members) = POSIX
        .iter()
        .find(|(known, _)| *known == plain)
        .ok_or_else(|| Error::new(ErrorKind::InvalidCharRange, whole))?;
    Ok(Some((format!("[{negation}{members}]"), rest)))
}

const POSIX: [(&str, &str); 14] = [
    ("alnum", "0-9A-Za-z"),
    ("alpha", "A-Za-z"),
    ("ascii", r"\x00-\x7F"),
    ("blank", r"\t "),
    ("cntrl", r"\x00-\x1F\x7F"),
    ("digit", "0-9"),
    ("graph", "!-~"),
    ("lower", "a-z"),
    ("print", " -~"),
    ("punct", r"!-/:-@\[-`\{-~"),
    ("space", r"\t\n\x0B\f\r "),
    ("upper", "A-Z"),
    ("word", "0-9A-Za-z_"),
    ("xdigit", "0-9A-Fa-f"),
];

/// `\d`, `\W`, `\pN`, `\p{Greek}` and the like at the start of `text`, in or outside of brackets.
pub(super) fn escaped(text: &str) -> Result<Option<(String, &str)>, Error> {
    let Some(letter) = text.strip_prefix('\\').and_then(|body| body.chars().next()) else {
        return Ok(None);
    };
    // Go: these classes are ASCII.
    let members = match letter.to_ascii_lowercase() {
        'd' => "0-9",
        's' => r"\t\n\f\r ",
        'w' => "0-9A-Za-z_",
        'p' => return unicode(text).map(Some),
        _ => return Ok(None),
    };
    let negation = if letter.is_ascii_uppercase() { "^" } else { "" };
    Ok(Some((format!("[{negation}{members}]"), &text[2..])))
}

fn unicode(text: &str) -> Result<(String, &str), Error> {
    let mut negated = text.as_bytes()[1] == b'P';
    let body = &text[2..];
    let (name, rest) = match body.chars().next() {
        Some('{') => {
            let end = body
                .find('}')
                .ok_or_else(|| Error::new(ErrorKind::InvalidCharRange, text))?;
            (&body[1..end], &body[end + 1..])
        }
        Some(c) => body.split_at(c.len_utf8()),
        None => return Err(Error::new(ErrorKind::InvalidCharRange, text)),
    };
    let whole = &text[..text.len() - rest.len()];
    let plain = name.strip_prefix('^').inspect(|_| negated = !negated).unwrap_or(name);
    if ["cs", "surrogate"].iter().any(|name| plain.eq_ignore_ascii_case(name)) {
        // Go: no text holds a surrogate.
        return Ok((if negated { ANYTHING } else { NOTHING }.to_owned(), rest));
    }
    let property = property(plain).ok_or_else(|| Error::new(ErrorKind::InvalidCharRange, whole))?;
    let mut out = String::new();
    let _ = write!(out, "\\{}{{{property}}}", if negated { 'P' } else { 'p' });
    Ok((out, rest))
}

/// Go knows general categories and scripts, by loose names, but no other property.
fn property(name: &str) -> Option<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-');
    if name.is_empty() || !name.chars().all(is_word) {
        return None;
    }
    let loose: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    if ["any", "ascii", "assigned"]
        .iter()
        .any(|special| loose.eq_ignore_ascii_case(special))
    {
        return Some(loose);
    }
    let loose = loose.to_ascii_lowercase();
    if SCRIPTS.split_ascii_whitespace().any(|script| script == loose) {
        return Some(format!("sc={loose}"));
    }
    let category = format!("gc={loose}");
    regex::Regex::new(&format!("\\p{{{category}}}"))
        .is_ok()
        .then_some(category)
}

/// Go: since its names became loose, scripts of more than one word are not found.
const SCRIPTS: &str = "
    adlam ahom arabic armenian avestan balinese bamum batak bengali bhaiksuki bopomofo brahmi braille buginese
    buhid carian chakma cham cherokee chorasmian common coptic cuneiform cypriot cyrillic deseret devanagari
    dogra duployan elbasan elymaic ethiopic georgian glagolitic gothic grantha greek gujarati gurmukhi han
    hangul hanunoo hatran hebrew hiragana inherited javanese kaithi kannada katakana kawi kharoshthi khmer
    khojki khudawadi lao latin lepcha limbu lisu lycian lydian mahajani makasar malayalam mandaic manichaean
    marchen medefaidrin miao modi mongolian mro multani myanmar nabataean nandinagari newa nko nushu ogham
    oriya osage osmanya palmyrene phoenician rejang runic samaritan saurashtra sharada shavian siddham sinhala
    sogdian soyombo sundanese syriac tagalog tagbanwa takri tamil tangsa tangut telugu thaana thai tibetan
    tifinagh tirhuta toto ugaritic vai vithkuqi wancho yezidi yi
";
