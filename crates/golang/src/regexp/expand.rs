//! Replacement templates: `$1`, `$name`, `${name}`, `$$`.

use crate::unicode::{is_digit, is_letter};

/// A template cut into its parts.
pub(super) enum Part<'t> {
    Text(&'t [u8]),
    Group(usize),
    Named(&'t str),
}

/// Cuts `template`; a `$` that starts no reference stands for itself.
pub(super) fn parts(template: &[u8]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.iter().position(|&byte| byte == b'$') {
        parts.push(Part::Text(&rest[..at]));
        let after = &rest[at + 1..];
        if after.first() == Some(&b'$') {
            parts.push(Part::Text(b"$"));
            rest = &after[1..];
        } else if let Some((part, tail)) = reference(after) {
            parts.push(part);
            rest = tail;
        } else {
            parts.push(Part::Text(b"$"));
            rest = after;
        }
    }
    parts.push(Part::Text(rest));
    parts
}

fn reference(text: &[u8]) -> Option<(Part<'_>, &[u8])> {
    let braced = text.first() == Some(&b'{');
    let body = &text[usize::from(braced)..];
    let valid = body.utf8_chunks().next()?.valid();
    let end = valid
        .find(|c: char| !is_letter(c) && !is_digit(c) && c != '_')
        .unwrap_or(valid.len());
    if end == 0 {
        return None;
    }
    let mut rest = &body[end..];
    if braced {
        rest = rest.strip_prefix(b"}")?;
    }
    Some((group(&valid[..end]), rest))
}

/// Go: digits are a number unless they start with 0 or reach a milliard; then they are a name.
fn group(name: &str) -> Part<'_> {
    let numeric = name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
    match name.parse() {
        Ok(number) if numeric && name.len() < 10 => Part::Group(number),
        _ => Part::Named(name),
    }
}
