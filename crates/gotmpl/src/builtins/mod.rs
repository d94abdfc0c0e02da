//! Go's builtin functions, and finding a function by name.

mod compare;
mod escape;
mod index;

use std::rc::Rc;

use crate::parse::Callee;
use crate::{FuncError, Function, Functions, Type, Value, fmt};

/// The builtins, made once per template set.
pub(crate) struct Builtins(Functions);

impl Builtins {
    pub(crate) fn new() -> Self {
        let mut table = Functions::new();
        let functions = [
            Function::variadic("html", &[Type::Any], |_, args| {
                Ok(escape::html(&escape::text(&args)).into())
            }),
            Function::variadic(
                "js",
                &[Type::Any],
                |_, args| Ok(escape::js(&escape::text(&args)).into()),
            ),
            Function::variadic("urlquery", &[Type::Any], |_, args| {
                Ok(escape::url_query(&escape::text(&args)).into())
            }),
            Function::variadic("print", &[Type::Any], |_, args| Ok(fmt::sprint(&args).into())),
            Function::variadic("println", &[Type::Any], |_, args| Ok(fmt::sprintln(&args).into())),
            Function::variadic("printf", &[Type::String, Type::Any], |_, args| {
                Ok(fmt::sprintf(args.bytes(0), args.rest(1)).into())
            }),
            Function::variadic("index", &[Type::Reflect, Type::Reflect], |_, args| index::index(&args)),
            Function::variadic("slice", &[Type::Reflect, Type::Reflect], |_, args| index::slice(&args)),
            Function::new("len", &[Type::Reflect], |_, args| index::length(args.any(0))),
            Function::new("not", &[Type::Reflect], |_, args| Ok((!args.any(0).truth()).into())),
            Function::variadic("eq", &[Type::Reflect, Type::Reflect], |_, args| {
                truth(compare::equal(&args))
            }),
            Function::new("ne", &[Type::Reflect, Type::Reflect], |_, args| {
                truth(compare::equal(&args).map(|equal| !equal))
            }),
            Function::new("lt", &[Type::Reflect, Type::Reflect], |_, args| {
                truth(compare::less(&args))
            }),
            Function::new("le", &[Type::Reflect, Type::Reflect], |_, args| {
                truth(compare::less_or_equal(&args))
            }),
            Function::new("gt", &[Type::Reflect, Type::Reflect], |_, args| {
                truth(compare::less_or_equal(&args).map(|less| !less))
            }),
            Function::new("ge", &[Type::Reflect, Type::Reflect], |_, args| {
                truth(compare::less(&args).map(|less| !less))
            }),
        ];
        for function in functions {
            table.insert(function);
        }
        Self(table)
    }
}

fn truth(result: Result<bool, FuncError>) -> Result<Value, FuncError> {
    result.map(Value::Bool)
}

/// The functions that a text being parsed may name: the embedder's, then the builtins.
pub(crate) struct Scope<'a> {
    pub(crate) functions: &'a Functions,
    pub(crate) builtins: &'a Builtins,
}

impl Scope<'_> {
    /// Whether the embedder has a function called `name`.
    pub(crate) fn shadows(&self, name: &str) -> bool {
        self.functions.get(name).is_some()
    }

    /// The function called `name`.
    pub(crate) fn find(&self, name: &[u8]) -> Option<Callee> {
        let name = std::str::from_utf8(name).ok()?;
        if let Some(function) = self.functions.get(name) {
            return Some(Callee::Function(Rc::clone(function)));
        }
        match name {
            "and" => Some(Callee::And),
            "or" => Some(Callee::Or),
            "call" => Some(Callee::Call),
            "len" => self.builtins.0.get(name).cloned().map(Callee::Len),
            "slice" => self.builtins.0.get(name).cloned().map(Callee::Slice),
            _ => self.builtins.0.get(name).cloned().map(Callee::Function),
        }
    }
}
