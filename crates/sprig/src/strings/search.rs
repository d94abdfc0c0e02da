//! Finding, replacing, splitting and trimming bytes as Go's package `strings` does.

use ironhelm_gotmpl::FuncError;

use super::fit::fits;

/// Where `needle` first occurs in `text`.
pub(crate) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    match (std::str::from_utf8(text), std::str::from_utf8(needle)) {
        (Ok(text), Ok(needle)) => text.find(needle),
        _ if needle.is_empty() => Some(0),
        _ => text.windows(needle.len()).position(|window| window == needle),
    }
}

/// All occurrences of `old` replaced; an empty `old` is found before every character and at the end.
pub(crate) fn replace(text: &[u8], old: &[u8], new: &[u8]) -> Result<Vec<u8>, FuncError> {
    let mut out = Vec::with_capacity(text.len());
    if old.is_empty() {
        for character in characters(text) {
            out.extend_from_slice(new);
            out.extend_from_slice(character);
            fits("replace", out.len())?;
        }
        out.extend_from_slice(new);
        return Ok(out);
    }
    let mut rest = text;
    while let Some(index) = find(rest, old) {
        out.extend_from_slice(&rest[..index]);
        out.extend_from_slice(new);
        rest = &rest[index + old.len()..];
        fits("replace", out.len())?;
    }
    out.extend_from_slice(rest);
    Ok(out)
}

/// `strings.SplitN`: at most `limit` parts when that is positive, none when it is 0, all when it is negative.
pub(crate) fn cut<'a>(text: &'a [u8], separator: &[u8], limit: i64) -> Vec<&'a [u8]> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit == 0 {
        return Vec::new();
    }
    if separator.is_empty() {
        return explode(text, limit);
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.len() + 1 < limit {
        let Some(index) = find(rest, separator) else {
            break;
        };
        parts.push(&rest[..index]);
        rest = &rest[index + separator.len()..];
    }
    parts.push(rest);
    parts
}

/// The text without white space at its ends.
pub(crate) fn trim_space(text: &[u8]) -> &[u8] {
    trim(text, char::is_whitespace)
}

/// The text without the characters of `set` at its ends.
pub(crate) fn trim_set<'a>(text: &'a [u8], set: &str) -> &'a [u8] {
    trim(text, |c| set.contains(c))
}

fn trim(text: &[u8], unwanted: impl Fn(char) -> bool) -> &[u8] {
    if let Ok(text) = std::str::from_utf8(text) {
        return text.trim_matches(unwanted).as_bytes();
    }
    let parts: Vec<_> = characters(text).collect();
    let wanted = |part: &&[u8]| !std::str::from_utf8(part).is_ok_and(|part| part.chars().all(&unwanted));
    let (Some(first), Some(last)) = (parts.iter().position(wanted), parts.iter().rposition(wanted)) else {
        return &[];
    };
    let start: usize = parts[..first].iter().map(|part| part.len()).sum();
    let end: usize = parts[last + 1..].iter().map(|part| part.len()).sum();
    &text[start..text.len() - end]
}

fn explode(text: &[u8], limit: usize) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut start = 0;
    for character in characters(text) {
        if parts.len() + 1 == limit {
            parts.push(&text[start..]);
            return parts;
        }
        parts.push(character);
        start += character.len();
    }
    parts
}

/// The characters of the text, invalid bytes one by one.
fn characters(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid();
        let good = valid
            .char_indices()
            .map(move |(index, c)| &valid.as_bytes()[index..index + c.len_utf8()]);
        good.chain(chunk.invalid().chunks(1))
    })
}
