//! The text that a pattern runs over.

use std::borrow::Cow;
use std::ops::Range;

/// A text as characters; Go sees each byte that is not UTF-8 as one U+FFFD.
pub(super) struct Subject<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) text: Cow<'t, str>,
    /// Places in `text` and how much further they are than in `bytes`, after each replaced byte.
    shifts: Vec<(usize, usize)>,
}

impl<'t> Subject<'t> {
    pub(super) fn new(bytes: &'t [u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self {
                bytes,
                text: Cow::Borrowed(text),
                shifts: Vec::new(),
            };
        }
        let (mut text, mut shifts) = (String::with_capacity(bytes.len() + 16), Vec::new());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            for _ in chunk.invalid() {
                text.push(char::REPLACEMENT_CHARACTER);
                shifts.push((text.len(), 2 * (shifts.len() + 1)));
            }
        }
        Self {
            bytes,
            text: Cow::Owned(text),
            shifts,
        }
    }

    /// The bytes behind a range of the characters' text.
    pub(super) fn slice(&self, range: Range<usize>) -> &'t [u8] {
        &self.bytes[self.place(range.start)..self.place(range.end)]
    }

    fn place(&self, at: usize) -> usize {
        let passed = self.shifts.partition_point(|&(place, _)| place <= at);
        at - passed.checked_sub(1).map_or(0, |last| self.shifts[last].1)
    }

    /// The place after the character at `at`.
    pub(super) fn after_char(&self, at: usize) -> usize {
        at + self.text[at..].chars().next().map_or(1, char::len_utf8)
    }
}
