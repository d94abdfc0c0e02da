//! Writing trees as YAML, with one library's taste in layout.
//!
//! The writer decides nothing by looking ahead; it keeps the column, the indentation and whether what it wrote last was
//! white space, and every piece of text is placed by these alone.

mod analyze;
mod order;
mod scalar;

use serde_json::{Map, Number, Value};

/// What differs between the two generations of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Sequences stand at the column of their key, lines fold at 80 columns: `sigs.k8s.io/yaml`.
    Compact,
    /// Sequences are indented, lines do not fold: `yaml.v3`.
    Pretty,
}

/// How to print a number.
pub(crate) type NumberText = fn(&Number) -> String;

/// Where a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the root or in a sequence.
    Item,
    /// Behind a key.
    MappingValue,
}

/// The deepest nesting that is written.
pub(crate) const MAX_DEPTH: usize = 2 * crate::tree::MAX_DEPTH;

const BEST_INDENT: i32 = 2;

pub(crate) struct Emitter {
    out: String,
    dialect: Dialect,
    number_text: NumberText,
    /// The columns after which a line may fold.
    width: usize,
    column: usize,
    indent: i32,
    /// Whether white space, or nothing, stands right before this place.
    whitespace: bool,
    /// Whether only indentation and indicators stand before this place on its line.
    indention: bool,
}

impl Emitter {
    pub(crate) fn new(dialect: Dialect, number_text: NumberText) -> Self {
        let width = if dialect == Dialect::Compact { 80 } else { usize::MAX };
        Self {
            out: String::new(),
            dialect,
            number_text,
            width,
            column: 0,
            indent: -1,
            whitespace: true,
            indention: true,
        }
    }

    /// Writes `value` as a document.
    pub(crate) fn document(mut self, value: &Value) -> String {
        self.node(value, Place::Item, 0);
        self.write_indent();
        self.out
    }

    fn node(&mut self, value: &Value, place: Place, depth: usize) {
        match value {
            Value::Null => self.bare("null"),
            Value::Bool(true) => self.bare("true"),
            Value::Bool(false) => self.bare("false"),
            Value::Number(number) => self.bare(&(self.number_text)(number)),
            Value::String(text) => self.string(text, false),
            Value::Array(items) if !items.is_empty() && depth < MAX_DEPTH => self.sequence(items, place, depth),
            Value::Object(map) if !map.is_empty() && depth < MAX_DEPTH => self.mapping(map, depth),
            Value::Array(_) => self.indicator("[]", Indicator::SPACED),
            Value::Object(_) => self.indicator("{}", Indicator::SPACED),
        }
    }

    fn sequence(&mut self, items: &[Value], place: Place, depth: usize) {
        let outer = self.indent;
        let flush = self.dialect == Dialect::Compact && place == Place::MappingValue && !self.indention;
        self.increase_indent(false, flush);
        for item in items {
            self.write_indent();
            self.indicator("-", Indicator::INDENTING);
            self.node(item, Place::Item, depth + 1);
        }
        self.indent = outer;
    }

    fn mapping(&mut self, map: &Map<String, Value>, depth: usize) {
        let outer = self.indent;
        self.increase_indent(false, false);
        for (key, value) in order::natural(map, self.dialect) {
            self.write_indent();
            if is_simple_key(key) {
                self.string(key, true);
                self.indicator(":", Indicator::TIGHT);
            } else {
                self.indicator("?", Indicator::INDENTING);
                self.string(key, false);
                self.write_indent();
                self.indicator(":", Indicator::INDENTING);
            }
            self.node(value, Place::MappingValue, depth + 1);
        }
        self.indent = outer;
    }

    fn increase_indent(&mut self, flow: bool, flush: bool) {
        if self.indent < 0 {
            self.indent = if flow { BEST_INDENT } else { 0 };
        } else if !flush {
            self.indent += BEST_INDENT;
        }
    }

    /// Goes to the current indentation, on a new line unless this one is still empty up to there.
    fn write_indent(&mut self) {
        let indent = usize::try_from(self.indent).unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, kind: Indicator) {
        if kind.needs_space && !self.whitespace {
            self.put(' ');
        }
        self.out.push_str(text);
        self.column += text.len();
        self.whitespace = false;
        self.indention = self.indention && kind.indents;
    }

    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }
}

/// How an indicator sits on its line.
#[derive(Clone, Copy)]
struct Indicator {
    needs_space: bool,
    indents: bool,
}

impl Indicator {
    const SPACED: Self = Self {
        needs_space: true,
        indents: false,
    };
    const TIGHT: Self = Self {
        needs_space: false,
        indents: false,
    };
    const INDENTING: Self = Self {
        needs_space: true,
        indents: true,
    };
}

/// Whether a key stands before its colon without a question mark.
fn is_simple_key(key: &str) -> bool {
    key.len() <= 128 && !key.contains(['\n', '\u{2028}', '\u{2029}', '\u{85}', '\r'])
}
