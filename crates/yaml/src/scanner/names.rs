//! Anchors, tags and directives.

use std::borrow::Cow;

use super::{Scanner, TagText, Token};
use crate::Error;

impl<'a> Scanner<'a> {
    pub(super) fn fetch_anchor(&mut self, alias: bool) -> Result<(), Error> {
        self.save_key()?;
        self.key_allowed = false;
        self.at += 1;
        let name = self.scan_name();
        let ends = self.bytes.is_blank_break_or_end(self.at)
            || matches!(
                self.bytes.at(self.at),
                b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'
            );
        if name.is_empty() || !ends {
            return Err(self.fault("did not find expected alphabetic or numeric character"));
        }
        self.push(if alias { Token::Alias(name) } else { Token::Anchor(name) }, self.line);
        Ok(())
    }

    fn scan_name(&mut self) -> &'a str {
        let start = self.at;
        while self.bytes.is_name(self.at) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    pub(super) fn fetch_tag(&mut self) -> Result<(), Error> {
        self.save_key()?;
        self.key_allowed = false;
        let tag = if self.bytes.at(self.at + 1) == b'<' {
            self.scan_verbatim_tag()?
        } else {
            self.scan_short_tag()?
        };
        if !self.bytes.is_blank_break_or_end(self.at) {
            return Err(self.fault("did not find expected whitespace or line break"));
        }
        self.push(Token::Tag(Box::new(tag)), self.line);
        Ok(())
    }

    fn scan_verbatim_tag(&mut self) -> Result<TagText<'a>, Error> {
        self.at += 2;
        let rest = self.scan_uri(self.at)?;
        if self.bytes.at(self.at) != b'>' {
            return Err(self.fault("did not find the expected '>'"));
        }
        self.at += 1;
        Ok(TagText { handle: "", rest })
    }

    fn scan_short_tag(&mut self) -> Result<TagText<'a>, Error> {
        let start = self.at;
        let handle = self.scan_handle();
        if handle.len() >= 2 && handle.ends_with('!') {
            return Ok(TagText {
                handle,
                rest: self.scan_uri(self.at)?,
            });
        }
        // What looked like a handle is the beginning of a suffix of the handle `!`.
        if handle.len() == 1 && !is_uri_byte(self.bytes.at(self.at)) {
            return Ok(TagText {
                handle: "",
                rest: Cow::Borrowed("!"),
            });
        }
        Ok(TagText {
            handle: "!",
            rest: self.scan_uri(start + 1)?,
        })
    }

    /// Scans `!`, `!name` or `!name!`.
    fn scan_handle(&mut self) -> &'a str {
        let start = self.at;
        self.at += 1;
        self.scan_name();
        if self.bytes.at(self.at) == b'!' {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// Scans the rest of a URI whose text starts at `start`.
    fn scan_uri(&mut self, start: usize) -> Result<Cow<'a, str>, Error> {
        let mut escapes = false;
        while is_uri_byte(self.bytes.at(self.at)) {
            if self.bytes.at(self.at) == b'%' {
                escapes = true;
                self.check_uri_escape()?;
                self.at += 2;
            }
            self.at += 1;
        }
        if start == self.at {
            return Err(self.fault("did not find expected tag URI"));
        }
        let raw = &self.text[start..self.at];
        if escapes {
            self.unescape(raw)
        } else {
            Ok(Cow::Borrowed(raw))
        }
    }

    fn check_uri_escape(&self) -> Result<(), Error> {
        let hex = |n| self.bytes.at(self.at + n).is_ascii_hexdigit();
        if hex(1) && hex(2) {
            Ok(())
        } else {
            Err(self.fault("did not find URI escaped octet"))
        }
    }

    fn unescape(&self, raw: &str) -> Result<Cow<'a, str>, Error> {
        let mut octets = Vec::with_capacity(raw.len());
        let mut rest = raw.as_bytes();
        while let Some((&byte, tail)) = rest.split_first() {
            let digits = tail.get(..2).filter(|_| byte == b'%');
            if let Some(digits) = digits {
                let code = digits
                    .iter()
                    .filter_map(|&d| char::from(d).to_digit(16))
                    .fold(0, |code, d| code << 4 | d);
                octets.push(u8::try_from(code).unwrap_or_default());
                rest = &tail[2..];
            } else {
                octets.push(byte);
                rest = tail;
            }
        }
        String::from_utf8(octets).map(Cow::Owned).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let lead = error.as_bytes().get(at).copied().unwrap_or(0);
            let leading = matches!(lead, 0x80..=0xBF | 0xF8..);
            self.fault(if leading {
                "found an incorrect leading UTF-8 octet"
            } else {
                "found an incorrect trailing UTF-8 octet"
            })
        })
    }

    pub(super) fn fetch_directive(&mut self) -> Result<(), Error> {
        self.close_blocks(-1);
        self.drop_key()?;
        self.key_allowed = false;
        let line = self.line;
        let token = self.scan_directive()?;
        self.push(token, line);
        self.finish_directive()
    }

    fn scan_directive(&mut self) -> Result<Token<'a>, Error> {
        self.at += 1;
        let name = self.scan_name();
        if name.is_empty() {
            return Err(self.fault("could not find expected directive name"));
        }
        if !self.bytes.is_blank_break_or_end(self.at) {
            return Err(self.fault("found unexpected non-alphabetical character"));
        }
        match name {
            "YAML" => self.scan_version(),
            "TAG" => self.scan_tag_directive(),
            _ => Err(self.fault("found unknown directive name")),
        }
    }

    fn finish_directive(&mut self) -> Result<(), Error> {
        self.skip_blanks();
        if self.bytes.at(self.at) == b'#' {
            self.at = self.bytes.line_end(self.at);
        }
        if !self.bytes.is_break_or_end(self.at) {
            return Err(self.fault("did not find expected comment or line break"));
        }
        if self.bytes.is_break(self.at) {
            self.take_break();
        }
        Ok(())
    }

    fn skip_blanks(&mut self) {
        while self.bytes.is_blank(self.at) {
            self.at += 1;
        }
    }

    fn scan_version(&mut self) -> Result<Token<'a>, Error> {
        self.skip_blanks();
        let major = self.scan_version_number()?;
        if self.bytes.at(self.at) != b'.' {
            return Err(self.fault("did not find expected digit or '.' character"));
        }
        self.at += 1;
        let minor = self.scan_version_number()?;
        Ok(Token::VersionDirective { major, minor })
    }

    fn scan_version_number(&mut self) -> Result<u8, Error> {
        let mut number = 0;
        let mut digits = 0;
        while self.bytes.at(self.at).is_ascii_digit() {
            digits += 1;
            if digits > 2 {
                return Err(self.fault("found extremely long version number"));
            }
            number = number * 10 + (self.bytes.at(self.at) - b'0');
            self.at += 1;
        }
        if digits == 0 {
            Err(self.fault("did not find expected version number"))
        } else {
            Ok(number)
        }
    }

    fn scan_tag_directive(&mut self) -> Result<Token<'a>, Error> {
        self.skip_blanks();
        if self.bytes.at(self.at) != b'!' {
            return Err(self.fault("did not find expected '!'"));
        }
        let handle = self.scan_handle();
        if !handle.ends_with('!') {
            return Err(self.fault("did not find expected '!'"));
        }
        if !self.bytes.is_blank(self.at) {
            return Err(self.fault("did not find expected whitespace"));
        }
        self.skip_blanks();
        let rest = self.scan_uri(self.at)?;
        if !self.bytes.is_blank_break_or_end(self.at) {
            return Err(self.fault("did not find expected whitespace or line break"));
        }
        Ok(Token::TagDirective(Box::new(TagText { handle, rest })))
    }
}

fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_;/?:@&=+$,.!~*'()[]%".contains(&byte)
}
