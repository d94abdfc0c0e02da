//! From tokens to events.
//!
//! The grammar is a machine of states; the states that wait for an outer collection to go on stand on a stack, so that
//! nesting in a text never nests calls.

mod block;
mod flow;

use std::borrow::Cow;

use crate::Error;
use crate::scanner::{Placed, Scanner, TagText, Token};

/// What the text says, in document order.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(&'a str),
    Scalar(Properties<'a>, ScalarText<'a>),
    SequenceStart(Properties<'a>),
    SequenceEnd,
    MappingStart(Properties<'a>),
    MappingEnd,
}

/// The anchor and the tag in front of a node.
#[derive(Debug, Default)]
pub(crate) struct Properties<'a> {
    pub(crate) anchor: Option<&'a str>,
    pub(crate) tag: Option<Box<str>>,
}

/// A scalar's text.
#[derive(Debug, Default)]
pub(crate) struct ScalarText<'a> {
    pub(crate) value: Cow<'a, str>,
    /// Whether the text decides what the scalar is: it has neither quotes nor a tag.
    pub(crate) plain: bool,
}

/// An event and the line (from zero) on which it starts.
#[derive(Debug)]
pub(crate) struct Located<'a> {
    pub(crate) event: Event<'a>,
    pub(crate) line: u32,
}

#[derive(Debug, Clone, Copy)]
enum State {
    FirstDocument,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceFirst,
    BlockSequenceEntry,
    IndentlessEntry,
    BlockMappingFirst,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceFirst,
    FlowSequenceEntry,
    FlowPairKey,
    FlowPairValue,
    FlowPairEnd,
    FlowMappingFirst,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

/// Where a node stands decides what it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Block,
    /// A block mapping's key or value, which may be a sequence without indentation.
    BlockMapping,
    Flow,
}

/// Reads the first document of a text as events.
pub(crate) struct Parser<'a> {
    scanner: Scanner<'a>,
    state: State,
    states: Vec<State>,
    tags: Vec<TagText<'a>>,
}

type Step<'a> = Result<Located<'a>, Error>;

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            scanner: Scanner::new(text),
            state: State::FirstDocument,
            states: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// How far the text has been read.
    pub(crate) fn offset(&self) -> usize {
        self.scanner.offset()
    }

    pub(crate) fn next_event(&mut self) -> Step<'a> {
        match self.state {
            State::FirstDocument => self.document_start(),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(Place::Block),
            State::BlockSequenceFirst => self.block_sequence_entry(true),
            State::BlockSequenceEntry => self.block_sequence_entry(false),
            State::IndentlessEntry => self.indentless_entry(),
            State::BlockMappingFirst => self.block_mapping_key(true),
            State::BlockMappingKey => self.block_mapping_key(false),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceFirst => self.flow_sequence_entry(true),
            State::FlowSequenceEntry => self.flow_sequence_entry(false),
            State::FlowPairKey => self.flow_pair_key(),
            State::FlowPairValue => self.flow_pair_value(),
            State::FlowPairEnd => Ok(self.flow_pair_end()),
            State::FlowMappingFirst => self.flow_mapping_key(true),
            State::FlowMappingKey => self.flow_mapping_key(false),
            State::FlowMappingValue => self.flow_mapping_value(false),
            State::FlowMappingEmptyValue => self.flow_mapping_value(true),
            State::End => Ok(Located {
                event: Event::StreamEnd,
                line: 0,
            }),
        }
    }

    fn peek(&mut self) -> Result<&Placed<'a>, Error> {
        self.scanner.peek()
    }

    /// Takes the peeked token; what it carries was looked at before.
    fn skip(&mut self) {
        self.scanner.take();
    }

    /// Go: a parser's fault is told with the line before the one it is on; on the first two lines that means
    /// "no line" and "line 1".
    fn fault(line: u32, problem: &'static str) -> Error {
        Error::Syntax {
            problem: Cow::Borrowed(problem),
            line: (line > 0).then_some(line),
        }
    }

    fn leave(&mut self, event: Event<'a>, line: u32) -> Located<'a> {
        self.state = self.states.pop().unwrap_or(State::End);
        Located { event, line }
    }

    fn enter(&mut self, state: State, event: Event<'a>, line: u32) -> Located<'a> {
        self.state = state;
        Located { event, line }
    }

    /// An empty scalar, after which the machine is in `next`.
    fn empty(&mut self, next: State, line: u32) -> Located<'a> {
        let text = ScalarText {
            value: Cow::Borrowed(""),
            plain: true,
        };
        self.enter(next, Event::Scalar(Properties::default(), text), line)
    }

    /// A node in `place`, after which the machine is in `next`.
    fn node_then(&mut self, next: State, place: Place) -> Step<'a> {
        self.states.push(next);
        self.node(place)
    }

    fn document_start(&mut self) -> Step<'a> {
        let first = self.peek()?;
        let line = first.line;
        match first.token {
            Token::StreamEnd => Ok(self.enter(State::End, Event::StreamEnd, line)),
            Token::VersionDirective { .. } | Token::TagDirective(_) | Token::DocumentStart => {
                self.directives()?;
                let marker = self.peek()?;
                if !matches!(marker.token, Token::DocumentStart) {
                    return Err(Self::fault(marker.line, "did not find expected <document start>"));
                }
                self.skip();
                self.states.push(State::DocumentEnd);
                Ok(self.enter(State::DocumentContent, Event::DocumentStart, line))
            }
            _ => {
                self.states.push(State::DocumentEnd);
                Ok(self.enter(State::BlockNode, Event::DocumentStart, line))
            }
        }
    }

    fn directives(&mut self) -> Result<(), Error> {
        let mut versioned = false;
        loop {
            let line = self.peek()?.line;
            match self.peek()?.token {
                Token::VersionDirective { .. } if versioned => {
                    return Err(Self::fault(line, "found duplicate %YAML directive"));
                }
                Token::VersionDirective { major: 1, minor: 1 } => versioned = true,
                Token::VersionDirective { .. } => return Err(Self::fault(line, "found incompatible YAML document")),
                Token::TagDirective(_) => {}
                _ => return Ok(()),
            }
            if let Some(Placed {
                token: Token::TagDirective(tag),
                ..
            }) = self.scanner.take()
            {
                if self.tags.iter().any(|known| known.handle == tag.handle) {
                    return Err(Self::fault(line, "found duplicate %TAG directive"));
                }
                self.tags.push(*tag);
            }
        }
    }

    fn document_content(&mut self) -> Step<'a> {
        let next = self.peek()?;
        let line = next.line;
        match next.token {
            Token::VersionDirective { .. }
            | Token::TagDirective(_)
            | Token::DocumentStart
            | Token::DocumentEnd
            | Token::StreamEnd => {
                let state = self.states.pop().unwrap_or(State::End);
                Ok(self.empty(state, line))
            }
            _ => self.node(Place::Block),
        }
    }

    /// Only the first document counts, but what follows it must be a token.
    fn document_end(&mut self) -> Step<'a> {
        let line = self.peek()?.line;
        Ok(self.enter(State::End, Event::DocumentEnd, line))
    }

    fn node(&mut self, place: Place) -> Step<'a> {
        let line = self.peek()?.line;
        if let Token::Alias(name) = self.peek()?.token {
            self.skip();
            return Ok(self.leave(Event::Alias(name), line));
        }
        let properties = self.properties()?;
        self.content(place, properties, line)
    }

    /// An anchor and a tag, in any order.
    fn properties(&mut self) -> Result<Properties<'a>, Error> {
        let mut anchor = None;
        let mut tag = None;
        loop {
            match &self.peek()?.token {
                Token::Anchor(name) if anchor.is_none() => {
                    anchor = Some(*name);
                    self.skip();
                }
                Token::Tag(_) if tag.is_none() => tag = self.scanner.take(),
                _ => break,
            }
        }
        let tag = match tag {
            Some(Placed {
                token: Token::Tag(tag),
                line,
            }) => Some(self.full_tag(&tag, line)?),
            _ => None,
        };
        Ok(Properties { anchor, tag })
    }

    fn full_tag(&self, tag: &TagText<'a>, line: u32) -> Result<Box<str>, Error> {
        let declared = self.tags.iter().find(|known| known.handle == tag.handle);
        let prefix = match (declared, tag.handle) {
            (_, "") => "",
            (Some(known), _) => &known.rest,
            (None, "!") => "!",
            (None, "!!") => "tag:yaml.org,2002:",
            _ => return Err(Self::fault(line, "found undefined tag handle")),
        };
        Ok(format!("{prefix}{}", tag.rest).into())
    }

    fn content(&mut self, place: Place, properties: Properties<'a>, line: u32) -> Step<'a> {
        let in_block = place != Place::Flow;
        let next = self.peek()?;
        let next_line = next.line;
        match next.token {
            Token::Scalar { .. } => self.scalar(properties, line),
            Token::BlockEntry if place == Place::BlockMapping => {
                Ok(self.enter(State::IndentlessEntry, Event::SequenceStart(properties), line))
            }
            Token::FlowSequenceStart => {
                Ok(self.enter(State::FlowSequenceFirst, Event::SequenceStart(properties), line))
            }
            Token::FlowMappingStart => Ok(self.enter(State::FlowMappingFirst, Event::MappingStart(properties), line)),
            Token::BlockSequenceStart if in_block => {
                Ok(self.enter(State::BlockSequenceFirst, Event::SequenceStart(properties), line))
            }
            Token::BlockMappingStart if in_block => {
                Ok(self.enter(State::BlockMappingFirst, Event::MappingStart(properties), line))
            }
            _ if properties.anchor.is_some() || properties.tag.is_some() => {
                let text = ScalarText {
                    value: Cow::Borrowed(""),
                    plain: properties.tag.is_none(),
                };
                Ok(self.leave(Event::Scalar(properties, text), line))
            }
            _ => Err(Self::fault(next_line, "did not find expected node content")),
        }
    }

    fn scalar(&mut self, properties: Properties<'a>, line: u32) -> Step<'a> {
        let text = match self.scanner.take() {
            Some(Placed {
                token: Token::Scalar { value, plain },
                ..
            }) => {
                let plain = properties.tag.as_deref().map_or(plain, |tag| tag == "!");
                ScalarText { value, plain }
            }
            _ => ScalarText::default(),
        };
        Ok(self.leave(Event::Scalar(properties, text), line))
    }
}
