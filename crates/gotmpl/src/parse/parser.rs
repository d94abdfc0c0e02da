//! The parser: tokens into trees.

mod stream;

use std::collections::HashMap;
use std::rc::Rc;

use ironhelm_golang::strconv;

use super::lex::{Keywords, Kind, Lexer, Token};
use super::number;
use super::tree::{Branch, BranchKind, Command, Node, Operand, Pipe, Source, Term, Tree, VarId, Variable};
use crate::builtins::Scope;
use crate::{ParseError, Str, Value};

/// Parses `text`: the tree called `name` comes last, after those that the text defines.
pub(crate) fn parse(name: &str, text: &[u8], scope: &Scope<'_>) -> Result<Vec<Rc<Tree>>, ParseError> {
    let source = Rc::new(Source {
        name: name.to_owned(),
        text: text.to_vec(),
    });
    let keywords = Keywords {
        break_is_function: scope.shadows("break"),
        continue_is_function: scope.shadows("continue"),
    };
    let mut parser = Parser {
        lexer: Lexer::new(text, keywords),
        scope,
        source,
        names: HashMap::from([(b"$".as_slice(), 0)]),
        trees: Vec::new(),
        frame: Frame::new(),
        nesting: 0,
    };
    parser.top_level()?;
    Ok(parser.trees)
}

/// Deeper nesting of blocks or parentheses is refused.
const MAX_NESTING: usize = 1000;

type Parsed<T> = Result<T, ParseError>;

struct Parser<'t, 's> {
    lexer: Lexer<'t>,
    scope: &'s Scope<'s>,
    source: Rc<Source>,
    /// The variables' names of the whole text.
    names: HashMap<&'t [u8], VarId>,
    trees: Vec<Rc<Tree>>,
    frame: Frame<'t>,
    nesting: usize,
}

/// What belongs to the template being parsed; a `define` or `block` has its own.
struct Frame<'t> {
    /// Tokens that were read ahead; the next one is at the end.
    pending: Vec<Token<'t>>,
    /// The line of the token scanned last, for errors.
    line: usize,
    /// The line that the current action started on; 0 outside actions.
    action_line: usize,
    range_depth: usize,
    variables: Vec<&'t [u8]>,
}

impl Frame<'_> {
    fn new() -> Self {
        Self {
            pending: Vec::new(),
            line: 0,
            action_line: 0,
            range_depth: 0,
            variables: vec![b"$"],
        }
    }
}

/// What ends a list of nodes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    End,
    Else,
}

impl Stop {
    fn text(self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

/// A node, or the end of the list it would have been in.
enum Item {
    Node(Node),
    Stop(Stop),
}

/// Templates.
impl<'t> Parser<'t, '_> {
    fn top_level(&mut self) -> Parsed<()> {
        let mut root = Vec::new();
        while self.peek().kind != Kind::Eof {
            if self.peek().kind == Kind::LeftDelim {
                let delim = self.next();
                let word = self.next_non_space();
                if word.kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.push_back(word);
                self.push_back(delim);
            }
            match self.text_or_action()? {
                Item::Node(node) => root.push(node),
                Item::Stop(stop) => return self.fail(format!("unexpected {}", stop.text())),
            }
        }
        let name = Str::from(self.source.name.as_str());
        self.add(name, root)
    }

    /// The rest of `{{define "name"}} … {{end}}` after its keyword.
    fn definition(&mut self) -> Parsed<()> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::replace(&mut self.frame, Frame::new());
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        self.expect(Kind::RightDelim, CONTEXT)?;
        let root = self.whole_body(CONTEXT)?;
        self.add(name, root)?;
        self.frame = outer;
        Ok(())
    }

    /// The rest of `{{block "name" pipeline}} … {{end}}` after its keyword.
    fn block(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelim)?;
        let outer = std::mem::replace(&mut self.frame, Frame::new());
        let root = self.whole_body(CONTEXT)?;
        self.add(name.clone(), root)?;
        self.frame = outer;
        Ok(Node::Template {
            pos: token.pos,
            name,
            pipe: Some(pipe),
        })
    }

    fn whole_body(&mut self, context: &str) -> Parsed<Vec<Node>> {
        match self.list()? {
            (body, Stop::End) => Ok(body),
            (_, Stop::Else) => self.fail(format!("unexpected {{{{else}}}} in {context}")),
        }
    }

    fn template_name(&mut self, token: Token<'t>, context: &str) -> Parsed<Str> {
        match token.kind {
            Kind::String | Kind::RawString => self.unquote(token),
            _ => self.unexpected(token, context),
        }
    }

    /// Files a finished tree. Go: of two with the same name in one text, one must be blank.
    fn add(&mut self, name: Str, root: Vec<Node>) -> Parsed<()> {
        let tree = Rc::new(Tree {
            name,
            source: Rc::clone(&self.source),
            root,
        });
        match self.trees.iter().position(|other| other.name == tree.name) {
            Some(index) if self.trees[index].is_empty() => {
                self.trees.remove(index);
            }
            Some(_) if tree.is_empty() => return Ok(()),
            Some(_) => {
                let name = strconv::quote(&tree.name);
                return self.fail(format!("template: multiple definition of template {name}"));
            }
            None => {}
        }
        self.trees.push(tree);
        Ok(())
    }
}

/// Nodes.
impl<'t> Parser<'t, '_> {
    fn list(&mut self) -> Parsed<(Vec<Node>, Stop)> {
        self.enter("max nesting depth exceeded")?;
        let mut nodes = Vec::new();
        while self.peek_non_space().kind != Kind::Eof {
            let item = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.text_or_action())?;
            match item {
                Item::Node(node) => nodes.push(node),
                Item::Stop(stop) => {
                    self.nesting -= 1;
                    return Ok((nodes, stop));
                }
            }
        }
        self.fail("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text(token.text.to_vec()))),
            Kind::LeftDelim => {
                self.frame.action_line = token.line;
                let item = self.action()?;
                self.frame.action_line = 0;
                Ok(item)
            }
            _ => self.unexpected(token, "input"),
        }
    }

    /// What follows a left delimiter.
    fn action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        let node = match token.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.jump("{{break}}", Node::Break { pos: token.pos })?,
            Kind::Continue => self.jump("{{continue}}", Node::Continue { pos: token.pos })?,
            Kind::Else => return self.else_clause(),
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Item::Stop(Stop::End));
            }
            Kind::If => self.branch(BranchKind::If)?,
            Kind::Range => self.branch(BranchKind::Range)?,
            Kind::With => self.branch(BranchKind::With)?,
            Kind::Template => self.template()?,
            _ => {
                self.push_back(token);
                Node::Action {
                    pos: token.pos,
                    pipe: self.pipeline("command", Kind::RightDelim)?,
                }
            }
        };
        Ok(Item::Node(node))
    }

    fn jump(&mut self, text: &str, node: Node) -> Parsed<Node> {
        let token = self.next_non_space();
        if token.kind != Kind::RightDelim {
            return self.unexpected(token, text);
        }
        if self.frame.range_depth == 0 {
            return self.fail(format!("{text} outside {{{{range}}}}"));
        }
        Ok(node)
    }

    /// `else`; a following `if` or `with` is left for the branch that it continues.
    fn else_clause(&mut self) -> Parsed<Item> {
        if !matches!(self.peek_non_space().kind, Kind::If | Kind::With) {
            self.expect(Kind::RightDelim, "else")?;
        }
        Ok(Item::Stop(Stop::Else))
    }

    fn branch(&mut self, kind: BranchKind) -> Parsed<Node> {
        let (context, keyword) = match kind {
            BranchKind::If => ("if", Some(Kind::If)),
            BranchKind::With => ("with", Some(Kind::With)),
            BranchKind::Range => ("range", None),
        };
        let visible = self.frame.variables.len();
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let in_range = usize::from(kind == BranchKind::Range);
        self.frame.range_depth += in_range;
        let (body, stop) = self.list()?;
        self.frame.range_depth -= in_range;
        let otherwise = if stop == Stop::End {
            None
        } else {
            Some(self.otherwise(kind, keyword)?)
        };
        self.frame.variables.truncate(visible);
        Ok(Node::Branch(Box::new(Branch {
            kind,
            pipe,
            body,
            otherwise,
        })))
    }

    /// What follows `else`: a list, or the same kind of branch, which then takes the `end`.
    fn otherwise(&mut self, kind: BranchKind, keyword: Option<Kind>) -> Parsed<Vec<Node>> {
        if keyword == Some(self.peek().kind) {
            self.next();
            self.enter("max nesting depth exceeded")?;
            let chained = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.branch(kind))?;
            self.nesting -= 1;
            return Ok(vec![chained]);
        }
        match self.list()? {
            (list, Stop::End) => Ok(list),
            (_, Stop::Else) => self.fail("expected end; found {{else}}"),
        }
    }

    fn template(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let next = self.next_non_space();
        let pipe = if next.kind == Kind::RightDelim {
            None
        } else {
            self.push_back(next);
            Some(self.pipeline(CONTEXT, Kind::RightDelim)?)
        };
        Ok(Node::Template {
            pos: token.pos,
            name,
            pipe,
        })
    }
}

/// Pipelines and what they are made of.
impl<'t> Parser<'t, '_> {
    fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<Pipe> {
        let pos = self.peek_non_space().pos;
        let mut pipe = Pipe {
            pos,
            assign: false,
            variables: Vec::new(),
            commands: Vec::new(),
        };
        while self.declaration(&mut pipe, context)? {}
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.push_back(token);
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return self.unexpected(token, context),
            }
        }
        self.check_pipeline(&pipe, context)?;
        Ok(pipe)
    }

    /// Reads `$x :=`, `$x =` or, in a range, `$x,` if it is there; true when another variable must follow.
    fn declaration(&mut self, pipe: &mut Pipe, context: &str) -> Parsed<bool> {
        if self.peek_non_space().kind != Kind::Variable {
            return Ok(false);
        }
        let name = self.next();
        let adjacent = self.peek();
        let next = self.peek_non_space();
        let comma = next.kind == Kind::Char && next.text == b",";
        if !comma && !matches!(next.kind, Kind::Assign | Kind::Declare) {
            if adjacent.kind == Kind::Space {
                self.push_back(adjacent);
            }
            self.push_back(name);
            return Ok(false);
        }
        self.next_non_space();
        pipe.assign = next.kind == Kind::Assign;
        pipe.variables.push(self.variable(name.text));
        self.frame.variables.push(name.text);
        if !comma {
            return Ok(false);
        }
        if context == "range" && pipe.variables.len() < 2 {
            return match self.peek_non_space().kind {
                Kind::Variable | Kind::RightDelim | Kind::RightParen => Ok(true),
                _ => self.fail("range can only initialize variables"),
            };
        }
        self.fail(format!("too many declarations in {context}"))
    }

    fn check_pipeline(&mut self, pipe: &Pipe, context: &str) -> Parsed<()> {
        if pipe.commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            let constant = matches!(
                command.words[0].term,
                Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::Text { .. }
            );
            if constant {
                return self.fail(format!("non executable command in pipeline stage {}", index + 1));
            }
        }
        Ok(())
    }

    /// Words up to a pipe character, which is consumed, or the end of the pipeline, which is not.
    fn command(&mut self) -> Parsed<Command> {
        let pos = self.peek_non_space().pos;
        let mut words = Vec::new();
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                words.push(operand);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.push_back(token),
                Kind::Pipe => {}
                _ => return self.unexpected(token, "operand"),
            }
            break;
        }
        if words.is_empty() {
            return self.fail("empty command");
        }
        Ok(Command { pos, words })
    }

    /// A term with the fields that follow it.
    fn operand(&mut self) -> Parsed<Option<Operand>> {
        let Some(operand) = self.term()? else { return Ok(None) };
        if self.peek().kind != Kind::Field {
            return Ok(Some(operand));
        }
        // Go: the position of a chain is that of its second part.
        let pos = self.peek().pos;
        let mut more = Vec::new();
        while self.peek().kind == Kind::Field {
            let token = self.next();
            more.push(Str::from(&token.text[1..]));
        }
        let term = match operand.term {
            Term::Field(mut fields) => {
                fields.append(&mut more);
                Term::Field(fields)
            }
            Term::Variable(mut variable) => {
                variable.fields.append(&mut more);
                Term::Variable(variable)
            }
            Term::Bool(_) | Term::Text { .. } | Term::Number(_) | Term::Nil | Term::Dot => {
                let shown = strconv::quote(operand.to_string().as_bytes());
                return self.fail(format!("unexpected . after term {shown}"));
            }
            _ => Term::Chain(Box::new(operand), more),
        };
        Ok(Some(Operand { pos, term }))
    }

    fn term(&mut self) -> Parsed<Option<Operand>> {
        let token = self.next_non_space();
        let term = match token.kind {
            Kind::Identifier => self.function(token)?,
            Kind::Dot => Term::Dot,
            Kind::Nil => Term::Nil,
            Kind::Variable => self.use_variable(token)?,
            Kind::Field => Term::Field(vec![Str::from(&token.text[1..])]),
            Kind::Bool => Term::Bool(token.text == b"true"),
            Kind::CharConstant => Term::Number(self.checked(number::char_constant(token.text))?),
            Kind::Complex => Term::Number(self.checked(number::complex_constant(token.text))?),
            Kind::Number => Term::Number(self.checked(number::constant(token.text))?),
            Kind::LeftParen => return self.parenthesized().map(Some),
            Kind::String | Kind::RawString => Term::Text {
                quoted: token.text.into(),
                value: Value::String(self.unquote(token)?),
            },
            _ => {
                self.push_back(token);
                return Ok(None);
            }
        };
        Ok(Some(Operand { pos: token.pos, term }))
    }

    fn parenthesized(&mut self) -> Parsed<Operand> {
        self.enter("max expression depth exceeded")?;
        let pipe = stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            self.pipeline("parenthesized pipeline", Kind::RightParen)
        })?;
        self.nesting -= 1;
        Ok(Operand {
            pos: pipe.pos,
            term: Term::Pipe(pipe),
        })
    }

    fn function(&mut self, token: Token<'t>) -> Parsed<Term> {
        match self.scope.find(token.text) {
            Some(callee) => Ok(Term::Function {
                name: token.text.into(),
                callee,
            }),
            None => self.fail(format!("function {} not defined", strconv::quote(token.text))),
        }
    }

    fn use_variable(&mut self, token: Token<'t>) -> Parsed<Term> {
        if !self.frame.variables.contains(&token.text) {
            return self.fail(format!("undefined variable {}", strconv::quote(token.text)));
        }
        Ok(Term::Variable(self.variable(token.text)))
    }

    fn variable(&mut self, name: &'t [u8]) -> Variable {
        let fresh = VarId::try_from(self.names.len()).unwrap_or(VarId::MAX);
        let id = *self.names.entry(name).or_insert(fresh);
        Variable {
            id,
            name: name.into(),
            fields: Vec::new(),
        }
    }
}
