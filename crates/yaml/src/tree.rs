//! From events to a tree of nodes.
//!
//! Nodes lie in one list in document order, each knowing where what it contains ends. The tree is made whole before
//! anything is decoded, because a fault of syntax is told before any fault of content.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::parser::{Event, Located, Parser, Properties, ScalarText};
use crate::{Error, reader};

/// How deep collections may be nested.
pub(crate) const MAX_DEPTH: usize = 1000;

/// A document.
#[derive(Debug, Default)]
pub(crate) struct Tree<'a> {
    /// The nodes, the root first; none if the text holds no document.
    pub(crate) nodes: Vec<Node<'a>>,
}

/// One node.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    /// The line it starts on, from zero.
    pub(crate) line: u32,
    /// The index behind its last descendant.
    pub(crate) end: u32,
    pub(crate) content: Content<'a>,
}

impl Node<'_> {
    /// Whether this key merges other mappings into its own.
    pub(crate) fn is_merge_key(&self) -> bool {
        match &self.content {
            Content::Scalar { value, plain } => *plain && value == "<<",
            Content::Tagged(scalar) => {
                scalar.value == "<<" && (scalar.plain || &*scalar.tag == "tag:yaml.org,2002:merge")
            }
            _ => false,
        }
    }
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Content<'a> {
    Scalar { value: Cow<'a, str>, plain: bool },
    Tagged(Box<Tagged<'a>>),
    Sequence,
    Mapping,
    Alias { name: &'a str, target: u32 },
}

/// A scalar with a tag.
#[derive(Debug)]
pub(crate) struct Tagged<'a> {
    pub(crate) tag: Box<str>,
    pub(crate) value: Cow<'a, str>,
    pub(crate) plain: bool,
}

/// Composes the first document of `source`.
pub(crate) fn compose<'a>(source: &'a reader::Source<'_>) -> Result<Tree<'a>, Error> {
    let mut composer = Composer::new(&source.text);
    let outcome = composer.document();
    match source.fault {
        Some(fault) if composer.parser.offset() + LOOKAHEAD > fault.horizon => Err(Error::Syntax {
            problem: Cow::Borrowed(fault.problem),
            line: None,
        }),
        _ => outcome.map(|()| Tree { nodes: composer.nodes }),
    }
}

/// How many bytes the scanner looks at beyond its place.
const LOOKAHEAD: usize = 4;

struct Composer<'a> {
    parser: Parser<'a>,
    nodes: Vec<Node<'a>>,
    /// The collections that are not complete.
    open: Vec<u32>,
    anchors: HashMap<&'a str, u32>,
}

impl<'a> Composer<'a> {
    fn new(text: &'a str) -> Self {
        let nodes = Vec::with_capacity(text.len() / 16);
        Self {
            parser: Parser::new(text),
            nodes,
            open: Vec::new(),
            anchors: HashMap::new(),
        }
    }

    fn document(&mut self) -> Result<(), Error> {
        loop {
            let Located { event, line } = self.parser.next_event()?;
            match event {
                Event::DocumentStart => {}
                Event::StreamEnd | Event::DocumentEnd => return Ok(()),
                Event::Scalar(properties, text) => self.scalar(properties, text, line),
                Event::Alias(name) => self.alias(name, line)?,
                Event::SequenceStart(properties) => self.open(&properties, Content::Sequence, line)?,
                Event::MappingStart(properties) => self.open(&properties, Content::Mapping, line)?,
                Event::SequenceEnd | Event::MappingEnd => self.close(),
            }
        }
    }

    fn next_index(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    fn add(&mut self, properties: &Properties<'a>, content: Content<'a>, line: u32) {
        let index = self.next_index();
        if let Some(anchor) = properties.anchor {
            self.anchors.insert(anchor, index);
        }
        self.nodes.push(Node {
            line,
            end: index + 1,
            content,
        });
    }

    fn scalar(&mut self, mut properties: Properties<'a>, text: ScalarText<'a>, line: u32) {
        let ScalarText { value, plain } = text;
        let content = match properties.tag.take() {
            Some(tag) => Content::Tagged(Box::new(Tagged { tag, value, plain })),
            None => Content::Scalar { value, plain },
        };
        self.add(&properties, content, line);
    }

    fn alias(&mut self, name: &'a str, line: u32) -> Result<(), Error> {
        let Some(&target) = self.anchors.get(name) else {
            return Err(Error::Content {
                problem: format!("unknown anchor '{name}' referenced"),
            });
        };
        self.add(&Properties::default(), Content::Alias { name, target }, line);
        Ok(())
    }

    fn open(&mut self, properties: &Properties<'a>, content: Content<'a>, line: u32) -> Result<(), Error> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(line));
        }
        self.open.push(self.next_index());
        self.add(properties, content, line);
        Ok(())
    }

    fn close(&mut self) {
        let end = self.next_index();
        if let Some(node) = self.open.pop().and_then(|start| self.nodes.get_mut(start as usize)) {
            node.end = end;
        }
    }
}

/// Go: the limit there is 10000; ours is lower, so that whoever walks the tree by recursion is safe.
fn too_deep(line: u32) -> Error {
    let line = (line > 0).then_some(line + 1);
    Error::Syntax {
        problem: Cow::Borrowed("exceeded max depth of 10000"),
        line,
    }
}
