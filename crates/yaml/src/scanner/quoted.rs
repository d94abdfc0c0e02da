//! Single-quoted and double-quoted scalars.

use std::borrow::Cow;

use super::Scanner;
use super::gather::{Gap, Gather};
use crate::Error;

impl<'a> Scanner<'a> {
    /// Scans a scalar between two `quote` bytes.
    pub(super) fn scan_quoted(&mut self, quote: u8) -> Result<Cow<'a, str>, Error> {
        self.at += 1;
        let mut text = Gather::new(self.text, self.at);
        loop {
            if self.at_document_marker() {
                return Err(self.fault("found unexpected document indicator"));
            }
            if self.bytes.at(self.at) == 0 {
                return Err(self.fault("found unexpected end of stream"));
            }
            let mut gap = Gap::default();
            self.scan_quoted_run(quote, &mut text, &mut gap)?;
            if self.bytes.at(self.at) == quote {
                self.at += 1;
                return Ok(text.finish());
            }
            self.scan_quoted_gap(&mut gap);
            gap.fold_into(&mut text);
        }
    }

    /// Scans up to white space or the closing quote; an escaped line break is noted in `gap`.
    fn scan_quoted_run(&mut self, quote: u8, text: &mut Gather<'a>, gap: &mut Gap) -> Result<(), Error> {
        loop {
            let end = self.bytes.quoted_run_end(self.at);
            text.add(self.at, end);
            self.at = end;
            match self.bytes.at(end) {
                b'\'' if quote == b'\'' => {
                    if self.bytes.at(end + 1) != b'\'' {
                        return Ok(());
                    }
                    text.add_char('\'');
                    self.at += 2;
                }
                b'"' if quote == b'"' => return Ok(()),
                b'\\' if quote == b'"' => {
                    self.at += 1;
                    if self.bytes.is_break(self.at) {
                        self.take_break();
                        gap.add_silent_break();
                        return Ok(());
                    }
                    let character = self.scan_escape()?;
                    text.add_char(character);
                }
                b'\'' | b'"' | b'\\' => {
                    text.add(end, end + 1);
                    self.at += 1;
                }
                _ => return Ok(()),
            }
        }
    }

    fn scan_quoted_gap(&mut self, gap: &mut Gap) {
        gap.blanks = (self.at, self.at);
        loop {
            if self.bytes.is_break(self.at) {
                gap.add_break(self.take_break());
            } else if self.bytes.is_blank(self.at) {
                self.at += 1;
                if !gap.has_break() {
                    gap.blanks.1 = self.at;
                }
            } else {
                return;
            }
        }
    }

    /// Scans what follows a backslash.
    fn scan_escape(&mut self) -> Result<char, Error> {
        let character = match self.bytes.at(self.at) {
            b'0' => '\0',
            b'a' => '\x07',
            b'b' => '\x08',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\x0B',
            b'f' => '\x0C',
            b'r' => '\r',
            b'e' => '\x1B',
            same @ (b' ' | b'"' | b'\'' | b'\\') => char::from(same),
            b'N' => '\u{85}',
            b'_' => '\u{A0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            b'x' => return self.scan_code(2),
            b'u' => return self.scan_code(4),
            b'U' => return self.scan_code(8),
            _ => {
                // Go: the place of the fault is the backslash.
                self.at -= 1;
                return Err(self.fault("found unknown escape character"));
            }
        };
        self.at += 1;
        Ok(character)
    }

    fn scan_code(&mut self, digits: usize) -> Result<char, Error> {
        let start = self.at + 1;
        let mut code = 0_u32;
        for at in start..start + digits {
            let Some(digit) = char::from(self.bytes.at(at)).to_digit(16) else {
                return Err(self.fault("did not find expected hexdecimal number"));
            };
            code = code << 4 | digit;
        }
        let Some(character) = char::from_u32(code) else {
            return Err(self.fault("found invalid Unicode character escape code"));
        };
        self.at = start + digits;
        Ok(character)
    }
}
