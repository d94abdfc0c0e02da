//! The nodes of a parsed template, and their text as error messages show it.

use std::fmt::{self, Display, Formatter};
use std::rc::Rc;

use ironhelm_golang::strconv;

use crate::{Function, Str, Value};

/// The text that trees were parsed from.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: Vec<u8>,
}

impl Source {
    /// `NAME:LINE:COLUMN` of an offset; lines from 1, columns from 0 on the first line of nothing, as Go counts.
    pub(crate) fn location(&self, pos: usize) -> String {
        let before = &self.text[..pos.min(self.text.len())];
        let line_start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        format!("{}:{line}:{}", self.name, before.len() - line_start)
    }
}

/// One named template.
pub(crate) struct Tree {
    pub(crate) name: Str,
    pub(crate) source: Rc<Source>,
    pub(crate) root: Vec<Node>,
}

impl Tree {
    /// Whether there is nothing but white space.
    pub(crate) fn is_empty(&self) -> bool {
        self.root
            .iter()
            .all(|node| matches!(node, Node::Text(text) if is_blank(text)))
    }
}

fn is_blank(text: &[u8]) -> bool {
    match std::str::from_utf8(text) {
        Ok(text) => text.trim().is_empty(),
        Err(_) => false,
    }
}

/// A variable's name within one source text.
pub(crate) type VarId = u32;

pub(crate) enum Node {
    Text(Vec<u8>),
    Action { pos: usize, pipe: Pipe },
    Branch(Box<Branch>),
    Template { pos: usize, name: Str, pipe: Option<Pipe> },
    Break { pos: usize },
    Continue { pos: usize },
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BranchKind {
    If,
    With,
    Range,
}

pub(crate) struct Branch {
    pub(crate) kind: BranchKind,
    pub(crate) pipe: Pipe,
    pub(crate) body: Vec<Node>,
    pub(crate) otherwise: Option<Vec<Node>>,
}

pub(crate) struct Pipe {
    pub(crate) pos: usize,
    /// Whether the variables are assigned instead of declared.
    pub(crate) assign: bool,
    pub(crate) variables: Vec<Variable>,
    pub(crate) commands: Vec<Command>,
}

pub(crate) struct Command {
    pub(crate) pos: usize,
    /// The first word and its arguments; never empty.
    pub(crate) words: Vec<Operand>,
}

pub(crate) struct Operand {
    pub(crate) pos: usize,
    pub(crate) term: Term,
}

pub(crate) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Text { quoted: Str, value: Value },
    Field(Vec<Str>),
    Variable(Variable),
    Chain(Box<Operand>, Vec<Str>),
    Pipe(Pipe),
    Function { name: Str, callee: Callee },
}

pub(crate) struct Variable {
    pub(crate) id: VarId,
    pub(crate) name: Str,
    pub(crate) fields: Vec<Str>,
}

/// A constant in every type that can hold it.
pub(crate) struct Number {
    pub(crate) text: Str,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    /// The value where any type will do; none when it overflows `int`.
    pub(crate) ideal: Option<Value>,
}

/// The function behind a name, found while parsing.
#[derive(Clone)]
pub(crate) enum Callee {
    /// The builtins that do not evaluate all their arguments.
    And,
    Or,
    /// The builtin that calls a function value.
    Call,
    /// The builtin that tells a missing value from a nil one.
    Len(Rc<Function>),
    /// The builtin that refuses indexes held in an interface.
    Slice(Rc<Function>),
    Function(Rc<Function>),
}

impl Node {
    pub(crate) fn pos(&self) -> usize {
        match self {
            Self::Text(_) => 0,
            Self::Branch(branch) => branch.pipe.pos,
            Self::Action { pos, .. } | Self::Template { pos, .. } | Self::Break { pos } | Self::Continue { pos } => {
                *pos
            }
        }
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&String::from_utf8_lossy(text)),
            Self::Action { pipe, .. } => write!(f, "{{{{{pipe}}}}}"),
            Self::Branch(branch) => write!(f, "{branch}"),
            Self::Template { name, pipe: None, .. } => write!(f, "{{{{template {}}}}}", strconv::quote(name)),
            Self::Template {
                name, pipe: Some(pipe), ..
            } => {
                write!(f, "{{{{template {} {pipe}}}}}", strconv::quote(name))
            }
            Self::Break { .. } => f.write_str("{{break}}"),
            Self::Continue { .. } => f.write_str("{{continue}}"),
        }
    }
}

impl Display for Branch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let word = match self.kind {
            BranchKind::If => "if",
            BranchKind::With => "with",
            BranchKind::Range => "range",
        };
        write!(f, "{{{{{word} {}}}}}", self.pipe)?;
        self.body.iter().try_for_each(|node| node.fmt(f))?;
        if let Some(otherwise) = &self.otherwise {
            f.write_str("{{else}}")?;
            otherwise.iter().try_for_each(|node| node.fmt(f))?;
        }
        f.write_str("{{end}}")
    }
}

impl Display for Pipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, variable) in self.variables.iter().enumerate() {
            write!(f, "{}{variable}", if index > 0 { ", " } else { "" })?;
        }
        if !self.variables.is_empty() {
            f.write_str(if self.assign { " = " } else { " := " })?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            write!(f, "{}{command}", if index > 0 { " | " } else { "" })?;
        }
        Ok(())
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            match &word.term {
                Term::Pipe(pipe) => write!(f, "({pipe})")?,
                _ => write!(f, "{word}")?,
            }
        }
        Ok(())
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Dot => f.write_str("."),
            Term::Nil => f.write_str("nil"),
            Term::Bool(value) => write!(f, "{value}"),
            Term::Number(number) => number.text.fmt(f),
            Term::Text { quoted, .. } => quoted.fmt(f),
            Term::Field(fields) => write_fields(f, fields),
            Term::Variable(variable) => variable.fmt(f),
            Term::Chain(base, fields) => {
                match &base.term {
                    Term::Pipe(pipe) => write!(f, "({pipe})")?,
                    _ => write!(f, "{base}")?,
                }
                write_fields(f, fields)
            }
            Term::Pipe(pipe) => pipe.fmt(f),
            Term::Function { name, .. } => name.fmt(f),
        }
    }
}

impl Display for Variable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)?;
        write_fields(f, &self.fields)
    }
}

fn write_fields(f: &mut Formatter<'_>, fields: &[Str]) -> fmt::Result {
    fields.iter().try_for_each(|field| write!(f, ".{field}"))
}
