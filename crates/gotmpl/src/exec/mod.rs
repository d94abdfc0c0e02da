//! Executing a template: walking its nodes and writing their output.

mod call;
mod datum;
mod eval;
mod host;
mod range;

use std::fmt::{self, Display, Formatter};

use ironhelm_golang::strconv;

use crate::parse::{Branch, BranchKind, Command, Node, Operand, Pipe, Tree, VarId};
use crate::set::Templates;
use crate::{ExecError, FuncError, Str, Value, fmt as print};
use datum::Datum;

/// Go's limit of nested `template` actions.
const MAX_TEMPLATE_DEPTH: usize = 100_000;

/// Executions that functions start inside executions; Go runs out of stack instead.
const MAX_NESTED_EXECUTIONS: usize = 20_000;

/// Executes the template `name` of `set`, `nesting` executions deep.
pub(crate) fn execute_named(
    set: &Templates,
    out: &mut Vec<u8>,
    name: &[u8],
    data: Value,
    nesting: usize,
) -> Result<(), ExecError> {
    match set.lookup(name) {
        Some(tree) => execute_tree(set, out, tree, data, nesting),
        None => {
            let (template, set) = (strconv::quote(name), strconv::quote(set.name().as_bytes()));
            Err(unplaced(
                name,
                format!("template: no template {template} associated with template {set}"),
            ))
        }
    }
}

/// Executes a tree whose templates are looked up in `set`.
fn execute_tree(set: &Templates, out: &mut Vec<u8>, tree: &Tree, data: Value, nesting: usize) -> Result<(), ExecError> {
    if nesting > MAX_NESTED_EXECUTIONS {
        let message = format!("template: {}: exceeded maximum depth of nested executions", tree.name);
        return Err(unplaced(&tree.name, message));
    }
    let dot = Datum::concrete(data);
    let mut state = State::new(set, tree, std::mem::take(out), dot.clone());
    state.nesting = nesting;
    let result = state.list(&dot, &tree.root);
    *out = state.out;
    result.map(|_| ()).map_err(|error| *error)
}

fn unplaced(name: &[u8], message: String) -> ExecError {
    let template = String::from_utf8_lossy(name).into_owned();
    ExecError {
        template,
        location: String::new(),
        context: String::new(),
        message,
        cause: None,
    }
}

/// How a node ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

type Executed<T> = Result<T, Box<ExecError>>;

/// The node that an error is reported at: the one evaluated last.
#[derive(Clone, Copy)]
enum Place<'s> {
    Start,
    Node(&'s Node),
    Branch(&'s Branch),
    Pipe(&'s Pipe),
    Command(&'s Command),
    Operand(&'s Operand),
}

/// The execution of one template.
struct State<'s> {
    set: &'s Templates,
    tree: &'s Tree,
    out: Vec<u8>,
    /// The visible variables, innermost last.
    variables: Vec<(VarId, Datum)>,
    place: Place<'s>,
    /// How many `template` actions led here.
    depth: usize,
    /// How many executions this one is inside of.
    nesting: usize,
    /// Argument lists to use again.
    spare: Vec<Vec<Value>>,
}

impl<'s> State<'s> {
    fn new(set: &'s Templates, tree: &'s Tree, out: Vec<u8>, dot: Datum) -> Self {
        Self {
            set,
            tree,
            out,
            variables: vec![(0, dot)],
            place: Place::Start,
            depth: 0,
            nesting: 0,
            spare: Vec::new(),
        }
    }

    fn list(&mut self, dot: &Datum, nodes: &'s [Node]) -> Executed<Flow> {
        for node in nodes {
            let flow = self.node(dot, node)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn node(&mut self, dot: &Datum, node: &'s Node) -> Executed<Flow> {
        self.within(self.set.meter().steps(1))?;
        match node {
            Node::Text(text) => {
                self.within(self.set.meter().text(text.len()))?;
                self.out.extend_from_slice(text);
                Ok(Flow::Next)
            }
            Node::Action { pipe, .. } => {
                let value = self.pipeline(dot, pipe)?;
                // Variables that the action declares stay until the enclosing block ends.
                if pipe.variables.is_empty() {
                    self.place = Place::Node(node);
                    self.print(&value)?;
                }
                Ok(Flow::Next)
            }
            Node::Branch(branch) => stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || {
                self.place = Place::Branch(branch);
                match branch.kind {
                    BranchKind::Range => self.range(dot, branch),
                    _ => self.condition(dot, branch),
                }
            }),
            Node::Template { name, pipe, .. } => {
                stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || {
                    self.template(dot, node, name, pipe.as_ref())
                })?;
                Ok(Flow::Next)
            }
            Node::Break { .. } => Ok(Flow::Break),
            Node::Continue { .. } => Ok(Flow::Continue),
        }
    }

    /// `if` and `with`.
    fn condition(&mut self, dot: &Datum, branch: &'s Branch) -> Executed<Flow> {
        let mark = self.variables.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let flow = if value.truth() {
            let inner = if branch.kind == BranchKind::With { &value } else { dot };
            self.list(inner, &branch.body)?
        } else {
            self.list(dot, branch.otherwise.as_deref().unwrap_or_default())?
        };
        self.variables.truncate(mark);
        Ok(flow)
    }

    fn template(&mut self, dot: &Datum, node: &'s Node, name: &Str, pipe: Option<&'s Pipe>) -> Executed<()> {
        self.place = Place::Node(node);
        let Some(tree) = self.set.lookup(name) else {
            return self.fail(format!("template {} not defined", strconv::quote(name)));
        };
        if self.depth == MAX_TEMPLATE_DEPTH {
            return self.fail(format!("exceeded maximum template depth ({MAX_TEMPLATE_DEPTH})"));
        }
        let data = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Datum::Missing,
        };
        let mut inner = State::new(self.set, tree, std::mem::take(&mut self.out), data.clone());
        inner.depth = self.depth + 1;
        inner.nesting = self.nesting;
        let result = inner.list(&data, &tree.root);
        self.out = inner.out;
        result.map(|_| ())
    }

    /// Writes the value of an action.
    fn print(&mut self, value: &Datum) -> Executed<()> {
        match value {
            Datum::Missing => self.out.extend_from_slice(b"<no value>"),
            Datum::Plain(Value::Function(function)) => {
                let message = format!("can't print {} of type {}", self.place, function.type_name());
                return self.fail(message);
            }
            Datum::Plain(value) | Datum::Boxed(value) => {
                let before = self.out.len();
                print::append_indirect(&mut self.out, value);
                self.check_text(self.out.len() - before)?;
            }
        }
        Ok(())
    }

    /// A text of this length has come about.
    fn check_text(&self, length: usize) -> Executed<()> {
        if length > print::MAX_TEXT {
            return self.fail(format!("the text would be longer than {} bytes", print::MAX_TEXT));
        }
        self.within(self.set.meter().text(length))
    }

    fn within(&self, taken: Result<(), String>) -> Executed<()> {
        taken.or_else(|message| self.fail(message))
    }

    fn fail<T>(&self, message: impl Into<String>) -> Executed<T> {
        Err(Box::new(self.error(message.into(), None)))
    }

    fn error(&self, message: String, cause: Option<FuncError>) -> ExecError {
        ExecError {
            template: self.tree.name.to_string(),
            location: self.tree.source.location(self.place.pos()),
            context: self.place.to_string(),
            message,
            cause: cause.map(Box::new),
        }
    }
}

impl Place<'_> {
    fn pos(&self) -> usize {
        match self {
            Self::Start => 0,
            Self::Node(node) => node.pos(),
            Self::Branch(branch) => branch.pipe.pos,
            Self::Pipe(pipe) => pipe.pos,
            Self::Command(command) => command.pos,
            Self::Operand(operand) => operand.pos,
        }
    }
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => Ok(()),
            Self::Node(node) => node.fmt(f),
            Self::Branch(branch) => branch.fmt(f),
            Self::Pipe(pipe) => pipe.fmt(f),
            Self::Command(command) => command.fmt(f),
            Self::Operand(operand) => operand.fmt(f),
        }
    }
}
