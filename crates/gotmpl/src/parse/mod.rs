//! From text to trees: scanner, nodes, parser.

mod lex;
mod number;
mod parser;
mod tree;

pub(crate) use parser::parse;
pub(crate) use tree::{Branch, BranchKind, Callee, Command, Node, Number, Operand, Pipe, Term, Tree, VarId, Variable};
