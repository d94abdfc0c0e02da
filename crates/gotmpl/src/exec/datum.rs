//! [`Datum`]: a value as reflection sees it, with the static type that Go error texts show.

use std::borrow::Cow;

use crate::{Type, Value};

/// Go's `reflect.Value`.
#[derive(Clone)]
pub(super) enum Datum {
    /// The zero `reflect.Value`: no value at all.
    Missing,
    /// A value whose static type is its own; never nil.
    Plain(Value),
    /// A value held in an `interface {}`; nil is a nil interface.
    Boxed(Value),
}

impl Datum {
    /// A value with its own type; nil is no value.
    pub(super) fn concrete(value: Value) -> Self {
        match value {
            Value::Nil => Self::Missing,
            value => Self::Plain(value),
        }
    }

    /// A value found where the static type is `holder`.
    pub(super) fn held_in(holder: Type, value: Value) -> Self {
        match holder {
            Type::Any | Type::Reflect => Self::Boxed(value),
            _ => Self::concrete(value),
        }
    }

    /// The value inside the interface, if it is in one.
    pub(super) fn unboxed(self) -> Self {
        match self {
            Self::Boxed(value) => Self::concrete(value),
            other => other,
        }
    }

    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Missing => Value::Nil,
            Self::Plain(value) | Self::Boxed(value) => value,
        }
    }

    pub(super) fn truth(&self) -> bool {
        match self {
            Self::Missing => false,
            Self::Plain(value) | Self::Boxed(value) => value.truth(),
        }
    }

    /// The static type's name.
    pub(super) fn type_name(&self) -> Cow<'_, str> {
        match self {
            Self::Missing => "<nil>".into(),
            Self::Boxed(_) => "interface {}".into(),
            Self::Plain(value) => value.type_name(),
        }
    }
}

/// Whether Go can assign a value of its own type to `target`.
pub(super) fn assignable(value: &Value, target: Type) -> bool {
    match (target, value) {
        (Type::Any | Type::Reflect, _)
        | (Type::Bool, Value::Bool(_))
        | (Type::String, Value::String(_))
        | (Type::Bytes, Value::Bytes(_)) => true,
        (Type::Int(kind), Value::Int(_, own)) => kind == *own,
        (Type::Uint(kind), Value::Uint(_, own)) => kind == *own,
        (Type::Float(kind), Value::Float(_, own)) => kind == *own,
        (Type::List, Value::List(list)) => list.elem() == Type::Any,
        (Type::Strings, Value::List(list)) => list.elem() == Type::String,
        (Type::Map, Value::Map(map)) => map.kind().elem == Type::Any,
        (Type::StringMap, Value::Map(map)) => map.kind().elem == Type::String,
        (Type::Named(name), Value::Object(object)) => {
            // Go: a pointer is dereferenced once when that makes it fit.
            object.type_name() == name || object.type_name().strip_prefix('*') == Some(name)
        }
        (Type::List | Type::Strings | Type::Map | Type::StringMap, Value::Object(object)) => object
            .underlying()
            .is_some_and(|underlying| assignable(&underlying, target)),
        (Type::Named(name), value) => value.type_name() == name,
        _ => false,
    }
}
