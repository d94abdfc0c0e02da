//! Fitting texts into a width: wrapping, abbreviating, cutting, indenting. Widths count bytes, as in Go.

use ironhelm_gotmpl::FuncError;

use crate::table::SIZE_LIMIT;

/// Breaks `text` at spaces so that lines have at most `width` bytes; a longer word is cut only when `cut` says so.
pub(crate) fn wrap(text: &[u8], width: i64, line_end: &[u8], cut: bool) -> Result<Vec<u8>, FuncError> {
    let width = usize::try_from(width).unwrap_or(0).max(1);
    let line_end = if line_end.is_empty() { b"\n" } else { line_end };
    let mut out = Vec::with_capacity(text.len() + text.len() / 16);
    let mut rest = text;
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let fitting = rest[..=width].iter().rposition(|byte| *byte == b' ');
        let (line, next) = match fitting {
            Some(space) => (space, space + 1),
            None if cut => (width, width),
            None => match rest[width..].iter().position(|byte| *byte == b' ') {
                Some(space) => (width + space, width + space + 1),
                None => break,
            },
        };
        out.extend_from_slice(&rest[..line]);
        out.extend_from_slice(line_end);
        fits("wrapWith", out.len())?;
        rest = &rest[next..];
    }
    out.extend_from_slice(rest);
    Ok(out)
}

/// Shortens `text` to `width` bytes, the last three being dots.
pub(crate) fn abbreviate(text: &[u8], width: i64) -> Vec<u8> {
    if width < 4 {
        return text.to_vec();
    }
    abbreviate_both(text, 0, width)
}

/// Shortens `text` to `width` bytes with dots on both sides, starting at `offset`.
pub(crate) fn abbreviate_both(text: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let limit = usize::try_from(width).unwrap_or(0);
    if limit < 4 || (offset > 0 && limit < 7) || text.len() <= limit {
        return text.to_vec();
    }
    let kept = limit - 3;
    let offset = usize::try_from(offset).unwrap_or(0).min(text.len() - kept);
    if offset <= 4 {
        return [&text[..kept], b"..."].concat();
    }
    if offset + kept < text.len() {
        return [b"...", abbreviate(&text[offset..], width - 3).as_slice()].concat();
    }
    [b"...", &text[text.len() - kept..]].concat()
}

/// The first `length` bytes, or the last ones when `length` is negative.
pub(crate) fn truncate(length: i64, text: &[u8]) -> &[u8] {
    let count = usize::try_from(length.unsigned_abs()).unwrap_or(usize::MAX);
    match length {
        _ if count >= text.len() => text,
        ..0 => &text[text.len() - count..],
        _ => &text[..count],
    }
}

/// The bytes from `start` to `end`; a negative start means the beginning, a negative or excessive end the end.
pub(crate) fn substring(start: i64, end: i64, text: &[u8]) -> Result<&[u8], FuncError> {
    let length = text.len() as i64;
    if start < 0 {
        return match end {
            ..0 => Err(format!("runtime error: slice bounds out of range [:{end}]").into()),
            _ if end > length => {
                Err(format!("runtime error: slice bounds out of range [:{end}] with length {length}").into())
            }
            _ => Ok(&text[..end as usize]),
        };
    }
    let end = if end < 0 || end > length { length } else { end };
    if start > end {
        return Err(format!("runtime error: slice bounds out of range [{start}:{end}]").into());
    }
    Ok(&text[start as usize..end as usize])
}

/// `text` repeated.
pub(crate) fn repeat(text: &[u8], count: i64) -> Result<Vec<u8>, FuncError> {
    let count = usize::try_from(count).map_err(|_| "strings: negative Repeat count")?;
    match text.len().checked_mul(count) {
        None => Err("strings: Repeat output length overflow".into()),
        Some(total) if total > SIZE_LIMIT => Err(too_large("repeat", total)),
        Some(_) => Ok(text.repeat(count)),
    }
}

/// `prefix` and `text` with `spaces` spaces before every line.
pub(crate) fn indent(prefix: &[u8], spaces: i64, text: &[u8]) -> Result<Vec<u8>, FuncError> {
    let pad = repeat(b" ", spaces)?;
    let lines = text.iter().filter(|byte| **byte == b'\n').count() + 1;
    let total = text.len().saturating_add(lines.saturating_mul(pad.len()));
    if total > SIZE_LIMIT.max(text.len().saturating_mul(64)) {
        return Err(too_large("indent", total));
    }
    let mut out = Vec::with_capacity(prefix.len() + total);
    out.extend_from_slice(prefix);
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if index > 0 {
            out.push(b'\n');
        }
        out.extend_from_slice(&pad);
        out.extend_from_slice(line);
    }
    Ok(out)
}

/// Refuses a text under construction that is already too long.
pub(crate) fn fits(function: &str, size: usize) -> Result<(), FuncError> {
    if size > SIZE_LIMIT {
        return Err(too_large(function, size));
    }
    Ok(())
}

/// The error for a result that would eat memory.
pub(crate) fn too_large(function: &str, size: usize) -> FuncError {
    format!("{function}: the result would have {size} bytes or items, more than the limit of {SIZE_LIMIT}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_sizes_are_refused() {
        assert!(repeat(b"ab", i64::MAX).is_err());
        assert!(repeat(b"ab", 1 << 40).is_err());
        assert!(indent(b"", 1 << 40, b"x").is_err());
        assert!(indent(b"", 60_000_000, b"a\nb\nc").is_err());
    }
}
