//! Collecting the text of a scalar, borrowed from the source as long as it stands there as it is.

use std::borrow::Cow;

/// A scalar's text so far.
pub(super) struct Gather<'a> {
    source: &'a str,
    start: usize,
    end: usize,
    owned: Option<String>,
}

impl<'a> Gather<'a> {
    pub(super) fn new(source: &'a str, start: usize) -> Self {
        Self {
            source,
            start,
            end: start,
            owned: None,
        }
    }

    /// Adds the piece of the source from `start` to `end`.
    #[inline]
    pub(super) fn add(&mut self, start: usize, end: usize) {
        if self.owned.is_none() && start == self.end {
            self.end = end;
        } else if start < end {
            let piece = &self.source[start..end];
            self.own().push_str(piece);
        }
    }

    /// Adds text that does not stand in the source.
    pub(super) fn add_text(&mut self, text: &str) {
        self.own().push_str(text);
    }

    /// Adds a character that does not stand in the source.
    pub(super) fn add_char(&mut self, character: char) {
        self.own().push(character);
    }

    fn own(&mut self) -> &mut String {
        self.owned
            .get_or_insert_with(|| self.source[self.start..self.end].to_owned())
    }

    pub(super) fn finish(self) -> Cow<'a, str> {
        self.owned
            .map_or_else(|| Cow::Borrowed(&self.source[self.start..self.end]), Cow::Owned)
    }
}

/// White space between two pieces of a flow scalar.
#[derive(Default)]
pub(super) struct Gap {
    /// Where the blanks before the first break stand in the source.
    pub(super) blanks: (usize, usize),
    /// What the first line break counts as.
    first_break: Option<&'static str>,
    /// What the further line breaks count as.
    more_breaks: String,
}

impl Gap {
    pub(super) fn blanks_from(at: usize) -> Self {
        Self {
            blanks: (at, at),
            ..Self::default()
        }
    }

    pub(super) fn has_break(&self) -> bool {
        self.first_break.is_some()
    }

    pub(super) fn add_break(&mut self, counts_as: &'static str) {
        if self.first_break.is_none() {
            self.first_break = Some(counts_as);
        } else {
            self.more_breaks.push_str(counts_as);
        }
    }

    /// An escaped line break, which joins lines without a space.
    pub(super) fn add_silent_break(&mut self) {
        self.first_break = Some("");
    }

    /// Folds this white space into `text`: one line break is a space, more are one less.
    pub(super) fn fold_into(self, text: &mut Gather<'_>) {
        match self.first_break {
            None => text.add(self.blanks.0, self.blanks.1),
            Some("\n") if self.more_breaks.is_empty() => text.add_text(" "),
            Some("\n") => text.add_text(&self.more_breaks),
            Some(first) => {
                text.add_text(first);
                text.add_text(&self.more_breaks);
            }
        }
    }
}
