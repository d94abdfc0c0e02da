//! The characters of an argument, read up to one of several stops.

/// A cursor over the characters of an argument.
pub(super) struct Runes<'a> {
    rest: &'a str,
}

/// What stands before a stop.
pub(super) struct Token {
    pub(super) text: String,
    /// The stop, which has been read too; `None` at the end of the argument.
    pub(super) stop: Option<char>,
}

impl<'a> Runes<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    /// Reads up to one of `stops`; a backslash takes the next character literally.
    pub(super) fn until(&mut self, stops: &[char]) -> Token {
        let mut text = String::new();
        while let Some(c) = self.next() {
            if stops.contains(&c) {
                return Token { text, stop: Some(c) };
            }
            // Helm: a backslash at the very end is dropped.
            let literal = if c == '\\' { self.next() } else { Some(c) };
            text.extend(literal);
        }
        Token { text, stop: None }
    }

    /// Reads up to one of `stops`; backslashes are characters as others.
    pub(super) fn until_literal(&mut self, stops: &[char]) -> Token {
        let end = self.rest.find(stops).unwrap_or(self.rest.len());
        let text = self.rest[..end].to_owned();
        self.skip(end);
        Token {
            text,
            stop: self.next(),
        }
    }
}
