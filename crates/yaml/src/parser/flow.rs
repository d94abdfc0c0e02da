//! Flow collections.

use super::{Event, Located, Parser, Place, Properties, State, Step};
use crate::Error;
use crate::scanner::Token;

impl<'a> Parser<'a> {
    pub(super) fn flow_sequence_entry(&mut self, first: bool) -> Step<'a> {
        self.flow_separator(first, "did not find expected ',' or ']'")?;
        let next = self.peek()?;
        let line = next.line;
        match next.token {
            Token::FlowSequenceEnd => {
                self.skip();
                Ok(self.leave(Event::SequenceEnd, line))
            }
            Token::Key => {
                self.skip();
                Ok(self.enter(State::FlowPairKey, Event::MappingStart(Properties::default()), line))
            }
            _ => self.node_then(State::FlowSequenceEntry, Place::Flow),
        }
    }

    /// Skips the start of a collection, or the comma that must stand before its next entry.
    fn flow_separator(&mut self, first: bool, problem: &'static str) -> Result<(), Error> {
        let next = self.peek()?;
        let line = next.line;
        match next.token {
            _ if first => self.skip(),
            Token::FlowSequenceEnd if problem.ends_with("']'") => {}
            Token::FlowMappingEnd if problem.ends_with("'}'") => {}
            Token::FlowEntry => self.skip(),
            _ => return Err(Self::fault(line, problem)),
        }
        Ok(())
    }

    pub(super) fn flow_pair_key(&mut self) -> Step<'a> {
        let next = self.peek()?;
        let line = next.line;
        if matches!(next.token, Token::Value | Token::FlowEntry | Token::FlowSequenceEnd) {
            // Go: the token behind an empty key is lost.
            self.skip();
            return Ok(self.empty(State::FlowPairValue, line));
        }
        self.node_then(State::FlowPairValue, Place::Flow)
    }

    pub(super) fn flow_pair_value(&mut self) -> Step<'a> {
        let next = self.peek()?;
        let line = next.line;
        if matches!(next.token, Token::Value) {
            self.skip();
            if !matches!(self.peek()?.token, Token::FlowEntry | Token::FlowSequenceEnd) {
                return self.node_then(State::FlowPairEnd, Place::Flow);
            }
        }
        Ok(self.empty(State::FlowPairEnd, line))
    }

    pub(super) fn flow_pair_end(&mut self) -> Located<'a> {
        self.enter(State::FlowSequenceEntry, Event::MappingEnd, 0)
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Step<'a> {
        self.flow_separator(first, "did not find expected ',' or '}'")?;
        let next = self.peek()?;
        let line = next.line;
        match next.token {
            Token::FlowMappingEnd => {
                self.skip();
                Ok(self.leave(Event::MappingEnd, line))
            }
            Token::Key => {
                self.skip();
                if matches!(
                    self.peek()?.token,
                    Token::Value | Token::FlowEntry | Token::FlowMappingEnd
                ) {
                    return Ok(self.empty(State::FlowMappingValue, line));
                }
                self.node_then(State::FlowMappingValue, Place::Flow)
            }
            _ => self.node_then(State::FlowMappingEmptyValue, Place::Flow),
        }
    }

    pub(super) fn flow_mapping_value(&mut self, empty: bool) -> Step<'a> {
        let next = self.peek()?;
        let line = next.line;
        if !empty && matches!(next.token, Token::Value) {
            self.skip();
            if !matches!(self.peek()?.token, Token::FlowEntry | Token::FlowMappingEnd) {
                return self.node_then(State::FlowMappingKey, Place::Flow);
            }
        }
        Ok(self.empty(State::FlowMappingKey, line))
    }
}
