//! [`Templates`]: named templates that can invoke each other.

use std::collections::HashMap;
use std::rc::Rc;

use crate::budget::{Budget, Meter};
use crate::builtins::{Builtins, Scope};
use crate::exec;
use crate::parse::{Tree, parse};
use crate::{ExecError, Functions, ParseError, Str, Value};

/// What a map gives for a key that it does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value, which prints as `<no value>`; its fields are no values too.
    #[default]
    Invalid,
    /// The zero value of the map's elements: nil for `map[string]interface {}`.
    Zero,
    /// An error.
    Error,
}

/// A text after parsing: its own template and those it defines. Cheap to clone; may be added to any number of sets
/// with the same functions.
#[derive(Clone)]
pub struct Parsed {
    trees: Rc<Vec<Rc<Tree>>>,
}

impl Parsed {
    /// The template of the text itself.
    pub(crate) fn main(&self) -> Option<&Tree> {
        self.trees.last().map(|tree| &**tree)
    }
}

/// A set of named templates with the functions they call.
///
/// Parsed trees are immutable and shared: cloning a set or laying another over it copies no tree.
///
/// ```
/// use ironhelm_gotmpl::{Functions, Templates, Value};
///
/// let mut templates = Templates::new("root", Functions::new());
/// templates.parse("greet", br#"{{ define "who" }}{{ .name }}{{ end }}Hello, {{ template "who" . }}!"#)?;
/// let out = templates.execute(b"greet", Value::map([("name", "you")]))?;
/// assert_eq!(out, b"Hello, you!");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Templates {
    name: Rc<str>,
    functions: Rc<Functions>,
    builtins: Rc<Builtins>,
    missing_key: MissingKey,
    trees: HashMap<Str, Rc<Tree>>,
    meter: Meter,
    /// The set that this one is laid over.
    below: Option<Rc<Self>>,
}

impl Templates {
    /// An empty set; `name` appears in the error for an unknown template.
    pub fn new(name: &str, functions: Functions) -> Self {
        Self {
            name: name.into(),
            functions: Rc::new(functions),
            builtins: Rc::new(Builtins::new()),
            missing_key: MissingKey::default(),
            trees: HashMap::new(),
            meter: Meter::new(Budget::default()),
            below: None,
        }
    }

    /// The same set with another rule for missing keys.
    #[must_use]
    pub fn missing_key(self, missing_key: MissingKey) -> Self {
        Self { missing_key, ..self }
    }

    /// The same set with a budget of its own, which all its executions share.
    #[must_use]
    pub fn budget(self, budget: Budget) -> Self {
        Self {
            meter: Meter::new(budget),
            ..self
        }
    }

    /// The set's own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Parses `text` as the template `name` and adds it with all that it defines.
    ///
    /// # Errors
    /// Go's parse error; the set is unchanged then.
    pub fn parse(&mut self, name: &str, text: &[u8]) -> Result<(), ParseError> {
        let parsed = self.parse_text(name, text)?;
        self.add(&parsed);
        Ok(())
    }

    /// Parses `text` as the template `name` without adding it.
    ///
    /// # Errors
    /// Go's parse error.
    pub fn parse_text(&self, name: &str, text: &[u8]) -> Result<Parsed, ParseError> {
        let scope = Scope {
            functions: &self.functions,
            builtins: &self.builtins,
        };
        Ok(Parsed {
            trees: Rc::new(parse(name, text, &scope)?),
        })
    }

    /// Adds a parsed text. Go: a blank template does not replace one of the same name.
    pub fn add(&mut self, parsed: &Parsed) {
        for tree in parsed.trees.iter() {
            if !tree.is_empty() || self.lookup(&tree.name).is_none() {
                self.trees.insert(tree.name.clone(), Rc::clone(tree));
            }
        }
    }

    /// Whether there is a template called `name`.
    pub fn contains(&self, name: &[u8]) -> bool {
        self.lookup(name).is_some()
    }

    /// Executes the template `name` with `data` as the dot.
    ///
    /// # Errors
    /// Go's execution error.
    pub fn execute(&self, name: &[u8], data: Value) -> Result<Vec<u8>, ExecError> {
        let mut out = Vec::new();
        self.execute_into(&mut out, name, data)?;
        Ok(out)
    }

    /// Like [`Templates::execute`], appending to `out` also what was written before an error.
    ///
    /// # Errors
    /// Go's execution error.
    pub fn execute_into(&self, out: &mut Vec<u8>, name: &[u8], data: Value) -> Result<(), ExecError> {
        exec::execute_named(self, out, name, data, 0)
    }

    pub(crate) fn lookup(&self, name: &[u8]) -> Option<&Tree> {
        let mut set = self;
        loop {
            if let Some(tree) = set.trees.get(name) {
                return Some(tree);
            }
            set = set.below.as_deref()?;
        }
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    pub(crate) fn missing(&self) -> MissingKey {
        self.missing_key
    }

    /// A set in which `parsed` is added on top of this one; none when the text defines nothing besides itself.
    pub(crate) fn overlay(&self, parsed: &Parsed) -> Option<Self> {
        let (_, defined) = parsed.trees.split_last()?;
        if defined.is_empty() {
            return None;
        }
        let mut over = Self {
            trees: HashMap::new(),
            below: Some(Rc::new(self.clone())),
            ..self.clone()
        };
        over.add(&Parsed {
            trees: Rc::new(defined.to_vec()),
        });
        Some(over)
    }
}
