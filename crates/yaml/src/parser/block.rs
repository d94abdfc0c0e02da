//! Block collections.

use super::{Event, Parser, Place, State, Step};
use crate::scanner::Token;

impl<'a> Parser<'a> {
    pub(super) fn block_sequence_entry(&mut self, first: bool) -> Step<'a> {
        if first {
            self.peek()?;
            self.skip();
        }
        let next = self.peek()?;
        let line = next.line;
        match next.token {
            Token::BlockEntry => {
                self.skip();
                if matches!(self.peek()?.token, Token::BlockEntry | Token::BlockEnd) {
                    return Ok(self.empty(State::BlockSequenceEntry, line));
                }
                self.node_then(State::BlockSequenceEntry, Place::Block)
            }
            Token::BlockEnd => {
                self.skip();
                Ok(self.leave(Event::SequenceEnd, line))
            }
            _ => Err(Self::fault(line, "did not find expected '-' indicator")),
        }
    }

    /// An entry of a sequence that stands at the column of its key.
    pub(super) fn indentless_entry(&mut self) -> Step<'a> {
        let next = self.peek()?;
        let line = next.line;
        if !matches!(next.token, Token::BlockEntry) {
            return Ok(self.leave(Event::SequenceEnd, line));
        }
        self.skip();
        if matches!(
            self.peek()?.token,
            Token::BlockEntry | Token::Key | Token::Value | Token::BlockEnd
        ) {
            return Ok(self.empty(State::IndentlessEntry, line));
        }
        self.node_then(State::IndentlessEntry, Place::Block)
    }

    pub(super) fn block_mapping_key(&mut self, first: bool) -> Step<'a> {
        if first {
            self.peek()?;
            self.skip();
        }
        let next = self.peek()?;
        let line = next.line;
        match next.token {
            Token::Key => {
                self.skip();
                if matches!(self.peek()?.token, Token::Key | Token::Value | Token::BlockEnd) {
                    return Ok(self.empty(State::BlockMappingValue, line));
                }
                self.node_then(State::BlockMappingValue, Place::BlockMapping)
            }
            Token::BlockEnd => {
                self.skip();
                Ok(self.leave(Event::MappingEnd, line))
            }
            _ => Err(Self::fault(line, "did not find expected key")),
        }
    }

    pub(super) fn block_mapping_value(&mut self) -> Step<'a> {
        let next = self.peek()?;
        let line = next.line;
        if matches!(next.token, Token::Value) {
            self.skip();
            if !matches!(self.peek()?.token, Token::Key | Token::Value | Token::BlockEnd) {
                return self.node_then(State::BlockMappingKey, Place::BlockMapping);
            }
        }
        Ok(self.empty(State::BlockMappingKey, line))
    }
}
