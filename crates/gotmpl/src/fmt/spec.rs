//! The flags, width and precision of one directive, and padding by them.

use super::Printer;

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
pub(super) struct Spec {
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`: structs with field names.
    pub(super) plus_v: bool,
    /// `%#v`: Go syntax.
    pub(super) sharp_v: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl Spec {
    /// For `%v`, `#` and `+` change the shape instead of the numbers.
    pub(super) fn for_v(&mut self) {
        self.sharp_v = std::mem::take(&mut self.sharp);
        self.plus_v = std::mem::take(&mut self.plus);
    }

    /// Whether to fill with zeros on the left.
    pub(super) fn zero_fill(&self) -> bool {
        self.zero && !self.minus
    }
}

impl Printer {
    /// Writes `text` padded to the width, on the left unless `-` is given.
    pub(super) fn pad(&mut self, text: &[u8]) {
        let fill = self.spec.width.unwrap_or(0).saturating_sub(rune_count(text));
        if !self.spec.minus {
            self.fill(fill);
        }
        self.out.extend_from_slice(text);
        if self.spec.minus {
            self.fill(fill);
        }
    }

    /// Like [`Printer::pad`], never with zeros.
    pub(super) fn pad_with_spaces(&mut self, text: &[u8]) {
        let zero = std::mem::take(&mut self.spec.zero);
        self.pad(text);
        self.spec.zero = zero;
    }

    /// Cuts `text` to the precision, counted in characters, and pads it.
    pub(super) fn pad_truncated(&mut self, text: &[u8]) {
        self.pad(self.truncated(text));
    }

    /// The first characters of `text`, as many as the precision allows.
    pub(super) fn truncated<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let Some(precision) = self.spec.precision else {
            return text;
        };
        let mut rest = text;
        for _ in 0..precision {
            if rest.is_empty() {
                return text;
            }
            rest = &rest[rune_len(rest)..];
        }
        &text[..text.len() - rest.len()]
    }

    /// Writes `count` fill bytes.
    pub(super) fn fill(&mut self, count: usize) {
        let byte = if self.spec.zero_fill() { b'0' } else { b' ' };
        self.out.resize(self.out.len() + count, byte);
    }
}

/// The number of characters as Go counts them: each invalid byte is one.
pub(crate) fn rune_count(text: &[u8]) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.utf8_chunks()
        .map(|chunk| chunk.valid().chars().count() + chunk.invalid().len())
        .sum()
}

/// The length in bytes of the first character; an invalid byte is one character.
fn rune_len(text: &[u8]) -> usize {
    let head = &text[..text.len().min(4)];
    head.utf8_chunks()
        .next()
        .and_then(|chunk| chunk.valid().chars().next())
        .map_or(1, char::len_utf8)
}
