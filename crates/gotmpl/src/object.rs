//! [`Object`]: typed Go values with fields, methods and their own text.

use std::any::Any;
use std::rc::Rc;

use crate::{Function, Value};

/// A Go value of a defined type: a struct, a pointer to one, or a defined map or slice with methods.
pub trait Object {
    /// The name that `%T` prints, for example `*semver.Version`.
    fn type_name(&self) -> &str;

    /// Go's reflect kind: `ptr`, `struct`, `map`, `slice`, …
    fn kind_name(&self) -> &'static str {
        "struct"
    }

    /// The object itself, for functions that know its Rust type.
    fn as_any(&self) -> &dyn Any;

    /// The exported fields in Go's order; printing shows them and [`Object::field`] finds them.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// The field `name`.
    fn field(&self, name: &str) -> Option<Value> {
        self.fields()
            .into_iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| value)
    }

    /// The method `name`, bound to this object.
    fn method(&self, _name: &str) -> Option<Rc<Function>> {
        None
    }

    /// What `String()` or `Error()` gives, when the type has one; `print`, `%v` and `%s` use it.
    fn text(&self) -> Option<String> {
        None
    }

    /// The text of an action that shows this very object. Go: there, unlike as an argument, also a `String()` of the
    /// pointer type counts.
    fn action_text(&self) -> Option<String> {
        self.text()
    }

    /// The map, list or plain value that a defined type stands on: `len`, `index`, `range`, truth and printing use it.
    fn underlying(&self) -> Option<Value> {
        None
    }

    /// What `encoding/json` makes of it, when that is not [`Object::underlying`] or the map of [`Object::fields`].
    fn json(&self) -> Option<Value> {
        None
    }

    /// Go's truth: structs and non-nil pointers are true.
    fn truth(&self) -> bool {
        self.underlying().is_none_or(|value| value.truth())
    }

    /// `reflect.DeepEqual` with another object; the same object is equal without asking.
    fn deep_equal(&self, _other: &dyn Object) -> bool {
        false
    }
}
