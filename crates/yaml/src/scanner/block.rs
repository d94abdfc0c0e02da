//! Literal and folded block scalars.

use super::Scanner;
use crate::Error;

/// What becomes of the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    /// Scans a block scalar from its indicator on.
    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Result<String, Error> {
        self.at += 1;
        let (chomping, increment) = self.scan_block_header()?;
        let mut indent = increment.map_or(0, |increment| self.indent.max(0) + increment);
        let mut text = String::new();
        let mut last_break = "";
        let mut breaks = String::new();
        let mut after_blank = false;
        self.scan_block_breaks(&mut indent, &mut breaks)?;
        while self.column() == indent && self.bytes.at(self.at) != 0 {
            let at_blank = self.bytes.is_blank(self.at);
            if !literal && last_break == "\n" && !after_blank && !at_blank {
                if breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(last_break);
            }
            text.push_str(&breaks);
            breaks.clear();
            after_blank = at_blank;
            let end = self.bytes.line_end(self.at);
            text.push_str(&self.text[self.at..end]);
            self.at = end;
            last_break = if self.bytes.is_break(end) {
                self.take_break()
            } else {
                ""
            };
            self.scan_block_breaks(&mut indent, &mut breaks)?;
        }
        if chomping != Chomping::Strip {
            text.push_str(last_break);
        }
        if chomping == Chomping::Keep {
            text.push_str(&breaks);
        }
        Ok(text)
    }

    fn scan_block_header(&mut self) -> Result<(Chomping, Option<i32>), Error> {
        let mut chomping = self.scan_chomping();
        let increment = self.scan_increment()?;
        if chomping.is_none() && increment.is_some() {
            chomping = self.scan_chomping();
        }
        while self.bytes.is_blank(self.at) {
            self.at += 1;
        }
        if self.bytes.at(self.at) == b'#' {
            self.at = self.bytes.line_end(self.at);
        }
        if !self.bytes.is_break_or_end(self.at) {
            return Err(self.fault("did not find expected comment or line break"));
        }
        if self.bytes.is_break(self.at) {
            self.take_break();
        }
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    fn scan_chomping(&mut self) -> Option<Chomping> {
        let chomping = match self.bytes.at(self.at) {
            b'+' => Chomping::Keep,
            b'-' => Chomping::Strip,
            _ => return None,
        };
        self.at += 1;
        Some(chomping)
    }

    fn scan_increment(&mut self) -> Result<Option<i32>, Error> {
        match self.bytes.at(self.at) {
            b'0' => Err(self.fault("found an indentation indicator equal to 0")),
            digit @ b'1'..=b'9' => {
                self.at += 1;
                Ok(Some(i32::from(digit - b'0')))
            }
            _ => Ok(None),
        }
    }

    /// Scans indentation and empty lines; an `indent` of zero becomes that of the first line with text.
    fn scan_block_breaks(&mut self, indent: &mut i32, breaks: &mut String) -> Result<(), Error> {
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.column() < *indent) && self.bytes.at(self.at) == b' ' {
                self.at += 1;
            }
            deepest = deepest.max(self.column());
            if (*indent == 0 || self.column() < *indent) && self.bytes.at(self.at) == b'\t' {
                return Err(self.fault("found a tab character where an indentation space is expected"));
            }
            if !self.bytes.is_break(self.at) {
                break;
            }
            breaks.push_str(self.take_break());
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}
