//! Writing scalars: the choice of a style, and the styles.

use std::fmt::Write as _;

use super::analyze::{Allowed, analyze, is_break, is_printable};
use super::{BEST_INDENT, Dialect, Emitter, Indicator};
use crate::resolve::{Scalar, is_base_60, resolve};

enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

impl Emitter {
    /// Writes text that needs neither quotes nor folding.
    pub(super) fn bare(&mut self, text: &str) {
        self.space();
        self.out.push_str(text);
        self.column += text.len();
        self.whitespace = false;
        self.indention = false;
    }

    fn space(&mut self) {
        if !self.whitespace {
            self.put(' ');
        }
    }

    /// Writes a string.
    pub(super) fn string(&mut self, text: &str, key: bool) {
        let outer = self.indent;
        self.increase_indent(true, false);
        match self.style(text, key) {
            Style::Plain if text.len() + self.column <= self.width && text.is_ascii() => self.bare(text),
            Style::Plain => self.plain(text, !key),
            Style::SingleQuoted => self.single_quoted(text, !key),
            Style::DoubleQuoted => self.double_quoted(text, !key),
            Style::Literal => self.literal(text),
        }
        self.indent = outer;
    }

    fn style(&self, text: &str, key: bool) -> Style {
        if text.is_empty() {
            return Style::DoubleQuoted;
        }
        let allowed = analyze(text, self.dialect == Dialect::Compact);
        if text.contains('\n') {
            return if allowed.block && !key {
                Style::Literal
            } else {
                Style::DoubleQuoted
            };
        }
        if !self.reads_as_string(text) {
            return Style::DoubleQuoted;
        }
        match allowed {
            Allowed { plain: true, .. } => Style::Plain,
            Allowed {
                single_quoted: true, ..
            } if !(key && text.contains(is_break)) => Style::SingleQuoted,
            _ => Style::DoubleQuoted,
        }
    }

    /// Whether `text` without quotes is read as the string that it is.
    fn reads_as_string(&self, text: &str) -> bool {
        resolve(text) == Scalar::Text && !is_base_60(text)
    }

    fn plain(&mut self, text: &str, may_fold: bool) {
        self.space();
        let mut spaces = false;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let is_space = character == ' ';
            if is_space && may_fold && !spaces && self.column > self.width && characters.peek() != Some(&' ') {
                self.write_indent();
            } else {
                self.put(character);
            }
            spaces = is_space;
        }
        self.whitespace = false;
        self.indention = false;
    }

    fn single_quoted(&mut self, text: &str, may_fold: bool) {
        self.indicator("'", Indicator::SPACED);
        let (mut spaces, mut breaks) = (false, false);
        let mut rest = text.chars().peekable();
        let mut first = true;
        while let Some(character) = rest.next() {
            let inside = !first && rest.peek().is_some_and(|&next| next != ' ');
            first = false;
            if character == ' ' {
                if may_fold && !spaces && self.column > self.width && inside {
                    self.write_indent();
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else if is_break(character) {
                self.write_break(character);
                breaks = true;
            } else {
                if std::mem::take(&mut breaks) {
                    self.write_indent();
                }
                if character == '\'' {
                    self.put('\'');
                }
                self.put(character);
                self.indention = false;
                spaces = false;
            }
        }
        self.indicator("'", Indicator::TIGHT);
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes a line break of the text.
    fn write_break(&mut self, character: char) {
        self.out.push(character);
        self.column = 0;
        self.indention = true;
    }

    fn double_quoted(&mut self, text: &str, may_fold: bool) {
        self.indicator("\"", Indicator::SPACED);
        // Go: a byte order mark at the start makes every character look like one.
        let escape_all = text.starts_with('\u{FEFF}');
        let mut spaces = false;
        let mut rest = text.chars().peekable();
        let mut first = true;
        while let Some(character) = rest.next() {
            let inside = !first && rest.peek().is_some();
            first = false;
            if character == ' ' && !escape_all {
                if may_fold && !spaces && self.column > self.width && inside {
                    self.write_indent();
                    if rest.peek() == Some(&' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
                continue;
            }
            spaces = false;
            if escape_all || !is_printable(character) || is_break(character) || matches!(character, '"' | '\\') {
                self.escape(character);
            } else {
                self.put(character);
            }
        }
        self.indicator("\"", Indicator::TIGHT);
        self.whitespace = false;
        self.indention = false;
    }

    fn escape(&mut self, character: char) {
        let before = self.out.len();
        let short = match character {
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0B' => 'v',
            '\x0C' => 'f',
            '\r' => 'r',
            '\x1B' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => '\0',
        };
        let code = u32::from(character);
        // A string takes all that is written to it.
        let _ = match (short, code) {
            ('\0', 0..=0xFF) => write!(self.out, "\\x{code:02X}"),
            ('\0', 0..=0xFFFF) => write!(self.out, "\\u{code:04X}"),
            ('\0', _) => write!(self.out, "\\U{code:08X}"),
            _ => write!(self.out, "\\{short}"),
        };
        self.column += self.out.len() - before;
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", Indicator::SPACED);
        self.literal_hints(text);
        self.put_break();
        self.indention = true;
        self.whitespace = true;
        let mut breaks = true;
        for character in text.chars() {
            if is_break(character) {
                self.write_break(character);
                breaks = true;
            } else {
                if std::mem::take(&mut breaks) {
                    self.write_indent();
                }
                self.put(character);
                self.indention = false;
            }
        }
    }

    /// The indentation, if the text starts with white space, and what becomes of its last line breaks.
    fn literal_hints(&mut self, text: &str) {
        if text.starts_with(' ') || text.starts_with(is_break) {
            self.indicator(&BEST_INDENT.to_string(), Indicator::TIGHT);
        }
        let mut last = text.chars().rev();
        if !last.next().is_some_and(is_break) {
            self.indicator("-", Indicator::TIGHT);
        } else if last.next().is_none_or(is_break) {
            self.indicator("+", Indicator::TIGHT);
        }
    }
}
