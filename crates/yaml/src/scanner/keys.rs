//! Possible keys and open blocks: what indentation and a late colon decide.

use super::{Mark, Placed, Scanner, Token};
use crate::Error;

/// A place where a key without `?` may have started.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SimpleKey {
    possible: bool,
    /// Whether nothing but a key may stand there.
    required: bool,
    /// Whether the head of the queue waits for this key.
    awaited: bool,
    /// The number, in the stream, of the token that starts there.
    token: usize,
    mark: Mark,
}

/// How many characters a key without `?` may have.
const LONGEST_KEY: usize = 1024;

impl<'a> Scanner<'a> {
    /// Whether the token at the head of the queue may still turn out to start a key.
    #[inline]
    pub(super) fn key_may_start_at_head(&mut self) -> Result<bool, Error> {
        let first = self
            .keys
            .iter()
            .position(|key| key.awaited && key.possible && key.token == self.taken);
        first.map_or(Ok(false), |level| self.check_key(level))
    }

    /// Whether the key of `level` is still possible: it ends on its line, and soon.
    fn check_key(&mut self, level: usize) -> Result<bool, Error> {
        let key = self.keys[level];
        if key.possible && (key.mark.line < self.line || self.is_too_long(key.mark)) {
            if key.required {
                return Err(self.missing_colon());
            }
            self.keys[level].possible = false;
            return Ok(false);
        }
        Ok(key.possible)
    }

    fn is_too_long(&self, start: Mark) -> bool {
        self.at > start.offset + LONGEST_KEY && self.text[start.offset..self.at].chars().count() > LONGEST_KEY
    }

    fn missing_colon(&self) -> Error {
        self.fault("could not find expected ':'")
    }

    /// Notes that a key may start here.
    pub(super) fn save_key(&mut self) -> Result<(), Error> {
        if self.key_allowed {
            self.drop_key()?;
            let required = self.flow_level == 0 && self.indent == self.column();
            let token = self.next_token_number();
            let key = SimpleKey {
                possible: true,
                required,
                awaited: true,
                token,
                mark: self.mark(),
            };
            if let Some(top) = self.keys.last_mut() {
                *top = key;
            }
        }
        Ok(())
    }

    fn next_token_number(&self) -> usize {
        self.taken + self.queue.len()
    }

    /// Goes into a flow collection.
    pub(super) fn enter_flow(&mut self) {
        self.keys.push(SimpleKey {
            token: self.next_token_number(),
            ..SimpleKey::default()
        });
        self.flow_level += 1;
    }

    /// Leaves a flow collection.
    pub(super) fn leave_flow(&mut self) {
        if self.flow_level == 0 {
            return;
        }
        self.flow_level -= 1;
        let inner = self.keys.pop();
        // Go: a flow collection in which no key was possible is not waited for to become a key itself.
        if let (Some(inner), Some(outer)) = (inner, self.keys.last_mut()) {
            outer.awaited &= inner.token != outer.token;
        }
    }

    /// Gives up the possible key of this level.
    pub(super) fn drop_key(&mut self) -> Result<(), Error> {
        let Some(top) = self.keys.last_mut() else { return Ok(()) };
        if top.possible && top.required {
            return Err(self.missing_colon());
        }
        top.possible = false;
        Ok(())
    }

    /// The key that a colon here ends, which then is possible no more.
    pub(super) fn take_valid_key(&mut self) -> Result<Option<SimpleKey>, Error> {
        let level = self.keys.len() - 1;
        let valid = self.check_key(level)?;
        let key = self.keys[level];
        self.keys[level].possible = false;
        Ok(valid.then_some(key))
    }

    /// Puts the key token, and the start of its mapping if it opens one, in front of the key's first token.
    pub(super) fn insert_key(&mut self, key: SimpleKey) {
        let line = key.mark.line;
        let opens = self.enter_indent(key.mark.column);
        let Some(index) = key.token.checked_sub(self.taken) else {
            // Go: the start of the key is gone already, so its tokens come late.
            self.push(Token::Key, line);
            if opens {
                self.push(Token::BlockMappingStart, line);
            }
            return;
        };
        self.queue.insert(
            index,
            Placed {
                token: Token::Key,
                line,
            },
        );
        if opens {
            self.queue.insert(
                index,
                Placed {
                    token: Token::BlockMappingStart,
                    line,
                },
            );
        }
    }

    /// Opens a block collection if this column is deeper than the current one.
    pub(super) fn open_block(&mut self, start: Token<'a>) {
        if self.enter_indent(self.column()) {
            self.push(start, self.line);
        }
    }

    fn enter_indent(&mut self, column: i32) -> bool {
        let deeper = self.flow_level == 0 && self.indent < column;
        if deeper {
            self.indents.push(self.indent);
            self.indent = column;
        }
        deeper
    }

    /// Closes the block collections that are deeper than `column`.
    #[inline]
    pub(super) fn close_blocks(&mut self, column: i32) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(Token::BlockEnd, self.line);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
}
