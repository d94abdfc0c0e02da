//! `eq`, `lt` and `le`, on which the other comparisons stand.

use std::rc::Rc;

use crate::{FuncError, Value, fmt};

type Compared = Result<bool, FuncError>;

/// Whether the first argument equals one of the others.
pub(super) fn equal(args: &[Value]) -> Compared {
    let [first, others @ ..] = args else {
        return Err("missing argument for comparison".into());
    };
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        if equal_pair(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal_pair(a: &Value, b: &Value) -> Compared {
    match (basic(a), basic(b)) {
        (Basic::Bool(a), Basic::Bool(b)) => Ok(a == b),
        (Basic::Int(a), Basic::Int(b)) => Ok(a == b),
        (Basic::Uint(a), Basic::Uint(b)) => Ok(a == b),
        (Basic::Int(a), Basic::Uint(b)) | (Basic::Uint(b), Basic::Int(a)) => Ok(u64::try_from(a) == Ok(b)),
        (Basic::Float(a), Basic::Float(b)) => Ok(a == b),
        (Basic::Complex(a), Basic::Complex(b)) => Ok(a == b),
        (Basic::String(a), Basic::String(b)) => Ok(a == b),
        (Basic::None, Basic::None) => equal_composites(a, b),
        // Go: a missing value equals nothing of a basic kind, without an error.
        _ if matches!(a, Value::Nil) || matches!(b, Value::Nil) => Ok(false),
        _ => Err(incompatible(a, b)),
    }
}

fn equal_composites(a: &Value, b: &Value) -> Compared {
    let (nil_a, nil_b) = (matches!(a, Value::Nil), matches!(b, Value::Nil));
    if !nil_a && !nil_b && a.kind_name() != b.kind_name() {
        let (text_a, text_b) = (directive("%s", a), directive("%v", b));
        return Err(format!(
            "non-comparable types {text_a}: {}, {}: {text_b}",
            a.type_name(),
            directive_type(b)
        )
        .into());
    }
    if nil_a || nil_b || a.is_nil() || b.is_nil() {
        return Ok((nil_a || a.is_nil()) == (nil_b || b.is_nil()));
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if a.underlying().is_none() => {
            Ok(Rc::ptr_eq(a, b) || (a.kind_name() != "ptr" && a.deep_equal(&**b)))
        }
        _ => Err(format!("non-comparable type {}: {}", directive("%s", b), b.type_name()).into()),
    }
}

fn directive(verb: &str, value: &Value) -> String {
    fmt::sprintf(verb.as_bytes(), std::slice::from_ref(value)).to_string()
}

fn directive_type(value: &Value) -> String {
    value.type_name().into_owned()
}

/// Whether the first argument is less than the second.
pub(super) fn less(args: &[Value]) -> Compared {
    let [a, b] = args else {
        return Err("missing argument for comparison".into());
    };
    match (basic(a), basic(b)) {
        (Basic::None, _) | (_, Basic::None) => Err("invalid type for comparison".into()),
        (Basic::Int(a), Basic::Int(b)) => Ok(a < b),
        (Basic::Uint(a), Basic::Uint(b)) => Ok(a < b),
        (Basic::Int(a), Basic::Uint(b)) => Ok(u64::try_from(a).is_ok_and(|a| a < b) || a < 0),
        (Basic::Uint(a), Basic::Int(b)) => Ok(u64::try_from(b).is_ok_and(|b| a < b)),
        (Basic::Float(a), Basic::Float(b)) => Ok(a < b),
        (Basic::String(a), Basic::String(b)) => Ok(a < b),
        (Basic::Bool(_), Basic::Bool(_)) | (Basic::Complex(_), Basic::Complex(_)) => {
            Err("invalid type for comparison".into())
        }
        _ => Err(incompatible(a, b)),
    }
}

/// Whether the first argument is less than the second or equal to it.
pub(super) fn less_or_equal(args: &[Value]) -> Compared {
    Ok(less(args)? || equal(args)?)
}

/// A value of one of the kinds that compare.
enum Basic<'v> {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Complex((f64, f64)),
    String(&'v [u8]),
    None,
}

fn basic(value: &Value) -> Basic<'_> {
    match value {
        Value::Bool(value) => Basic::Bool(*value),
        Value::Int(value, _) => Basic::Int(*value),
        Value::Uint(value, _) => Basic::Uint(*value),
        Value::Float(value, _) => Basic::Float(*value),
        Value::Complex(value) => Basic::Complex(**value),
        Value::String(value) => Basic::String(value),
        _ => Basic::None,
    }
}

fn incompatible(a: &Value, b: &Value) -> FuncError {
    format!(
        "incompatible types for comparison: {} and {}",
        a.type_name(),
        b.type_name()
    )
    .into()
}
