//! Go's `text/template`, exactly: the language, its values, its printing and its error texts.
//!
//! Comes in: template texts, a table of [`Function`]s and a [`Value`] to execute them on. Goes out: bytes, or Go's own
//! error text. Nothing of Helm is in here; `include`, `tpl` and their like are functions that an embedder adds.

mod budget;
mod builtins;
mod bytes;
mod collections;
mod error;
mod exec;
pub mod fmt;
mod function;
mod object;
mod parse;
mod set;
mod types;
mod value;

pub use budget::{Budget, Meter};
pub use bytes::Str;
pub use collections::{List, Map};
pub use error::{ExecError, FuncError, ParseError};
pub use function::{Args, Body, Call, Function, Functions};
pub use object::Object;
pub use set::{MissingKey, Parsed, Templates};
pub use types::{FloatKind, IntKind, MapMethods, MapType, Type, UintKind};
pub use value::Value;
