//! From text to tokens.
//!
//! A scanner hands out tokens in order. What makes YAML hard to scan is decided here: indentation opens and closes
//! block collections, and a scalar may turn out to be a mapping key only when the colon behind it is seen.

mod block;
mod gather;
mod keys;
mod names;
mod plain;
mod quoted;

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::Error;
use crate::chars::Bytes;
use keys::SimpleKey;

/// A lexical element.
#[derive(Debug)]
pub(crate) enum Token<'a> {
    StreamEnd,
    VersionDirective { major: u8, minor: u8 },
    TagDirective(Box<TagText<'a>>),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a str),
    Anchor(&'a str),
    Tag(Box<TagText<'a>>),
    Scalar { value: Cow<'a, str>, plain: bool },
}

/// A tag as written: a handle, and a suffix or the prefix that a directive gives it.
#[derive(Debug)]
pub(crate) struct TagText<'a> {
    pub(crate) handle: &'a str,
    pub(crate) rest: Cow<'a, str>,
}

/// A token and the line (from zero) on which it starts.
#[derive(Debug)]
pub(crate) struct Placed<'a> {
    pub(crate) token: Token<'a>,
    pub(crate) line: u32,
}

/// Where a token starts.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    offset: usize,
    line: u32,
    column: i32,
}

/// Takes a text apart, token by token.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    bytes: Bytes<'a>,
    at: usize,
    line: u32,
    line_start: usize,
    queue: VecDeque<Placed<'a>>,
    /// How many tokens have left the queue.
    taken: usize,
    ended: bool,
    flow_level: usize,
    /// The column of the innermost block collection; -1 outside of all.
    indent: i32,
    indents: Vec<i32>,
    /// Whether a key without `?` may start here.
    key_allowed: bool,
    /// The possible key of each flow level.
    keys: Vec<SimpleKey>,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            bytes: Bytes(text.as_bytes()),
            at: 0,
            line: 0,
            line_start: 0,
            queue: VecDeque::with_capacity(16),
            taken: 0,
            ended: false,
            flow_level: 0,
            indent: -1,
            indents: Vec::new(),
            key_allowed: true,
            keys: vec![SimpleKey::default()],
        }
    }

    /// How far the scanner has read.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// The next token, which stays the next one until it is taken.
    pub(crate) fn peek(&mut self) -> Result<&Placed<'a>, Error> {
        self.fill()?;
        const END: &Placed<'static> = &Placed {
            token: Token::StreamEnd,
            line: 0,
        };
        Ok(self.queue.front().unwrap_or(END))
    }

    /// Takes the token that `peek` showed.
    pub(crate) fn take(&mut self) -> Option<Placed<'a>> {
        self.taken += 1;
        self.queue.pop_front()
    }

    /// Makes sure that the head of the queue is final: no key can start there any more.
    #[inline]
    fn fill(&mut self) -> Result<(), Error> {
        while (self.queue.is_empty() || self.key_may_start_at_head()?) && !self.ended {
            self.fetch()?;
        }
        Ok(())
    }

    fn fetch(&mut self) -> Result<(), Error> {
        self.skip_to_token();
        self.close_blocks(self.column());
        let byte = self.bytes.at(self.at);
        if self.at == self.line_start {
            match byte {
                b'%' => return self.fetch_directive(),
                b'-' | b'.' if self.at_document_marker() => return self.fetch_document_marker(),
                _ => {}
            }
        }
        self.fetch_by(byte)
    }

    fn fetch_by(&mut self, byte: u8) -> Result<(), Error> {
        let in_flow = self.flow_level > 0;
        match byte {
            0 => self.fetch_stream_end(),
            b'[' => self.fetch_flow_start(Token::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Token::FlowMappingStart),
            b']' => self.fetch_flow_end(Token::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Token::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if self.bytes.is_blank_break_or_end(self.at + 1) => self.fetch_block_entry(),
            b'?' if in_flow || self.bytes.is_blank_break_or_end(self.at + 1) => self.fetch_key(),
            b':' if in_flow || self.bytes.is_blank_break_or_end(self.at + 1) => self.fetch_value(),
            b'*' | b'&' => self.fetch_anchor(byte == b'*'),
            b'!' => self.fetch_tag(),
            b'|' | b'>' if !in_flow => self.fetch_block_scalar(byte == b'|'),
            b'\'' | b'"' => self.fetch_quoted(byte),
            b'#' | b'%' | b'@' | b'`' | b'|' | b'>' | b'\t' => {
                Err(self.fault("found character that cannot start any token"))
            }
            _ => self.fetch_plain(),
        }
    }

    fn column(&self) -> i32 {
        i32::try_from(self.at - self.line_start).unwrap_or(i32::MAX)
    }

    fn mark(&self) -> Mark {
        Mark {
            offset: self.at,
            line: self.line,
            column: self.column(),
        }
    }

    fn push(&mut self, token: Token<'a>, line: u32) {
        self.queue.push_back(Placed { token, line });
    }

    /// Go: a scanner's fault is told with its line from one, except that the first line is not told at all.
    fn fault(&self, problem: &'static str) -> Error {
        let line = (self.line > 0).then_some(self.line + 1);
        Error::Syntax {
            problem: Cow::Borrowed(problem),
            line,
        }
    }

    /// Skips white space, comments and line breaks.
    fn skip_to_token(&mut self) {
        loop {
            if self.at == 0 && self.text.starts_with('\u{FEFF}') {
                self.at += '\u{FEFF}'.len_utf8();
            }
            // A tab may separate tokens, but never indents one that could be a key.
            let tabs = self.flow_level > 0 || !self.key_allowed;
            while self.bytes.at(self.at) == b' ' || (tabs && self.bytes.at(self.at) == b'\t') {
                self.at += 1;
            }
            if self.bytes.at(self.at) == b'#' {
                self.at = self.bytes.line_end(self.at);
            }
            if !self.bytes.is_break(self.at) {
                return;
            }
            self.take_break();
            if self.flow_level == 0 {
                self.key_allowed = true;
            }
        }
    }

    /// Takes a line break and returns what it counts as inside a scalar.
    fn take_break(&mut self) -> &'static str {
        let (width, counts_as) = match self.bytes.at(self.at) {
            b'\r' if self.bytes.at(self.at + 1) == b'\n' => (2, "\n"),
            0xC2 => (2, "\n"),
            0xE2 if self.bytes.at(self.at + 2) == 0xA8 => (3, "\u{2028}"),
            0xE2 => (3, "\u{2029}"),
            _ => (1, "\n"),
        };
        self.at += width;
        self.line += 1;
        self.line_start = self.at;
        counts_as
    }

    /// Whether `---` or `...` starts the line here, followed by white space.
    fn at_document_marker(&self) -> bool {
        self.at == self.line_start
            && matches!(self.bytes.0.get(self.at..self.at + 3), Some(b"---" | b"..."))
            && self.bytes.is_blank_break_or_end(self.at + 3)
    }

    fn fetch_stream_end(&mut self) -> Result<(), Error> {
        if self.at != self.line_start {
            self.line_start = self.at;
            self.line += 1;
        }
        self.close_blocks(-1);
        self.drop_key()?;
        self.key_allowed = false;
        self.ended = true;
        self.push(Token::StreamEnd, self.line);
        Ok(())
    }

    fn fetch_document_marker(&mut self) -> Result<(), Error> {
        self.close_blocks(-1);
        self.drop_key()?;
        self.key_allowed = false;
        let token = if self.bytes.at(self.at) == b'-' {
            Token::DocumentStart
        } else {
            Token::DocumentEnd
        };
        self.at += 3;
        self.push(token, self.line);
        Ok(())
    }

    fn fetch_flow_start(&mut self, token: Token<'a>) -> Result<(), Error> {
        self.save_key()?;
        self.enter_flow();
        self.key_allowed = true;
        self.take_indicator(token);
        Ok(())
    }

    fn fetch_flow_end(&mut self, token: Token<'a>) -> Result<(), Error> {
        self.drop_key()?;
        self.leave_flow();
        self.key_allowed = false;
        self.take_indicator(token);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.drop_key()?;
        self.key_allowed = true;
        self.take_indicator(Token::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Error> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return Err(self.fault("block sequence entries are not allowed in this context"));
            }
            self.open_block(Token::BlockSequenceStart);
        }
        self.drop_key()?;
        self.key_allowed = true;
        self.take_indicator(Token::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Error> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return Err(self.fault("mapping keys are not allowed in this context"));
            }
            self.open_block(Token::BlockMappingStart);
        }
        self.drop_key()?;
        self.key_allowed = self.flow_level == 0;
        self.take_indicator(Token::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Error> {
        if let Some(key) = self.take_valid_key()? {
            self.insert_key(key);
            self.key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.key_allowed {
                    return Err(self.fault("mapping values are not allowed in this context"));
                }
                self.open_block(Token::BlockMappingStart);
            }
            self.key_allowed = self.flow_level == 0;
        }
        self.take_indicator(Token::Value);
        Ok(())
    }

    /// Takes the one byte that an indicator is.
    fn take_indicator(&mut self, token: Token<'a>) {
        self.at += 1;
        self.push(token, self.line);
    }

    fn fetch_quoted(&mut self, quote: u8) -> Result<(), Error> {
        self.save_key()?;
        self.key_allowed = false;
        let line = self.line;
        let value = self.scan_quoted(quote)?;
        self.push(Token::Scalar { value, plain: false }, line);
        Ok(())
    }

    fn fetch_plain(&mut self) -> Result<(), Error> {
        self.save_key()?;
        self.key_allowed = false;
        let line = self.line;
        let value = self.scan_plain()?;
        self.push(Token::Scalar { value, plain: true }, line);
        Ok(())
    }

    fn fetch_block_scalar(&mut self, literal: bool) -> Result<(), Error> {
        self.drop_key()?;
        self.key_allowed = true;
        let line = self.line;
        let value = self.scan_block_scalar(literal)?;
        self.push(
            Token::Scalar {
                value: Cow::Owned(value),
                plain: false,
            },
            line,
        );
        Ok(())
    }
}
