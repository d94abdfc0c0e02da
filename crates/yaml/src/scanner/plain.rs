//! Plain scalars.

use std::borrow::Cow;

use super::Scanner;
use super::gather::{Gap, Gather};
use crate::Error;

impl<'a> Scanner<'a> {
    /// Scans a scalar without quotes, which may go on over lines that are deeper than its collection.
    pub(super) fn scan_plain(&mut self) -> Result<Cow<'a, str>, Error> {
        let in_flow = self.flow_level > 0;
        let mut text = Gather::new(self.text, self.at);
        let mut gap = Gap::blanks_from(self.at);
        loop {
            if self.at_document_marker() || self.bytes.at(self.at) == b'#' {
                break;
            }
            let end = self.bytes.plain_run_end(self.at, in_flow);
            if end > self.at {
                std::mem::take(&mut gap).fold_into(&mut text);
                text.add(self.at, end);
                self.at = end;
            }
            if !self.bytes.is_blank(self.at) && !self.bytes.is_break(self.at) {
                break;
            }
            self.scan_plain_gap(&mut gap)?;
            if !in_flow && self.column() <= self.indent {
                break;
            }
        }
        if gap.has_break() {
            self.key_allowed = true;
        }
        Ok(text.finish())
    }

    fn scan_plain_gap(&mut self, gap: &mut Gap) -> Result<(), Error> {
        if !gap.has_break() {
            gap.blanks = (self.at, self.at);
        }
        loop {
            if self.bytes.is_break(self.at) {
                gap.add_break(self.take_break());
            } else if self.bytes.is_blank(self.at) {
                if gap.has_break() && self.column() <= self.indent && self.bytes.at(self.at) == b'\t' {
                    return Err(self.fault("found a tab character that violates indentation"));
                }
                self.at += 1;
                if !gap.has_break() {
                    gap.blanks.1 = self.at;
                }
            } else {
                return Ok(());
            }
        }
    }
}
