//! Calling functions: counting, checking and converting their arguments as Go's reflection does.

use std::any::Any;
use std::rc::Rc;

use super::datum::{Datum, assignable};
use super::eval::Given;
use super::{Executed, Place, State};
use crate::collections::unshared_bytes;
use crate::parse::{Callee, Operand, Term};
use crate::{Call, FuncError, Function, IntKind, MapType, Object, Type, UintKind, Value};

impl<'s> State<'s> {
    /// Calls the function behind a name; a failure is reported at `place`.
    pub(super) fn call(
        &mut self,
        dot: &Datum,
        callee: &'s Callee,
        name: &'s [u8],
        place: Place<'s>,
        given: Given<'s>,
    ) -> Executed<Datum> {
        match callee {
            Callee::Function(function) => self.invoke(dot, function, name, place, given),
            Callee::And => self.short_circuit(dot, "and", false, given),
            Callee::Or => self.short_circuit(dot, "or", true, given),
            Callee::Call => self.call_value(dot, place, given),
            Callee::Len(function) => self.len(dot, function, place, given),
            Callee::Slice(function) => self.slice(dot, function, place, given),
        }
    }

    /// Checks the arguments of `function` and runs it.
    pub(super) fn invoke(
        &mut self,
        dot: &Datum,
        function: &Rc<Function>,
        name: &[u8],
        place: Place<'s>,
        given: Given<'s>,
    ) -> Executed<Datum> {
        let count = given.args.len() + usize::from(given.last.is_some());
        self.check_count(function, name, given.args.len(), count)?;
        let mut values = self.spare.pop().unwrap_or_default();
        for (index, arg) in given.args.iter().enumerate() {
            let value = self.argument(dot, param(function, index), arg)?;
            values.push(value);
        }
        if let Some(last) = given.last {
            values.push(self.validated(last, param(function, count - 1))?);
        }
        let result = self.run(function, &values, name, place);
        values.clear();
        self.spare.push(values);
        result
    }

    fn check_count(&self, function: &Function, name: &[u8], written: usize, count: usize) -> Executed<()> {
        let (name, params) = (String::from_utf8_lossy(name), function.params().len());
        if function.is_variadic() {
            // Go: the count in this text leaves out the piped value.
            if count < params - 1 {
                return self.fail(format!(
                    "wrong number of args for {name}: want at least {} got {written}",
                    params - 1
                ));
            }
        } else if count != params {
            return self.fail(format!("wrong number of args for {name}: want {params} got {count}"));
        }
        Ok(())
    }

    fn run(&mut self, function: &Rc<Function>, values: &[Value], name: &[u8], place: Place<'s>) -> Executed<Datum> {
        if let Err(message) = self.set.meter().steps(function.steps_for(values)) {
            self.place = place;
            return self.fail(message);
        }
        match function.call(&mut Call::new(self), values) {
            Ok(value) => {
                self.check_result(&value, place)?;
                Ok(Datum::held_in(function.result(), value))
            }
            Err(error) => self.function_failed(name, place, error),
        }
    }

    /// Takes what a function has made from the budget.
    fn check_result(&mut self, value: &Value, place: Place<'s>) -> Executed<()> {
        let before = std::mem::replace(&mut self.place, place);
        match value {
            Value::String(text) | Value::Bytes(text) => self.check_text(text.len())?,
            Value::List(_) | Value::Map(_) => self.within(self.set.meter().text(unshared_bytes(value)))?,
            _ => {}
        }
        self.place = before;
        Ok(())
    }

    fn function_failed<T>(&mut self, name: &[u8], place: Place<'s>, error: FuncError) -> Executed<T> {
        self.place = place;
        let message = format!("error calling {}: ", String::from_utf8_lossy(name));
        Err(Box::new(self.error(message, Some(error))))
    }

    /// `and` stops at the first false argument, `or` at the first true one.
    fn short_circuit(&mut self, dot: &Datum, name: &str, stop_at: bool, given: Given<'s>) -> Executed<Datum> {
        if given.args.is_empty() && given.last.is_none() {
            return self.fail(format!("wrong number of args for {name}: want at least 1 got 0"));
        }
        let mut value = Datum::Missing;
        for arg in given.args {
            value = self.reflected(dot, arg)?;
            if value.truth() == stop_at {
                return Ok(value);
            }
        }
        Ok(given.last.unwrap_or(value))
    }

    /// An argument for a `reflect.Value` parameter, with its static type.
    fn reflected(&mut self, dot: &Datum, arg: &'s Operand) -> Executed<Datum> {
        self.place = Place::Operand(arg);
        match &arg.term {
            Term::Nil => Ok(Datum::Missing),
            _ => self.operand(dot, arg),
        }
    }

    fn len(&mut self, dot: &Datum, function: &Rc<Function>, place: Place<'s>, given: Given<'s>) -> Executed<Datum> {
        if let ([arg], None) = (given.args, &given.last) {
            let value = self.reflected(dot, arg)?;
            if matches!(value, Datum::Boxed(Value::Nil)) {
                return self.function_failed(b"len", place, "len of nil pointer".into());
            }
            return self.run(function, &[value.into_value()], b"len", place);
        }
        self.invoke(dot, function, b"len", place, given)
    }

    fn slice(&mut self, dot: &Datum, function: &Rc<Function>, place: Place<'s>, given: Given<'s>) -> Executed<Datum> {
        let count = given.args.len() + usize::from(given.last.is_some());
        self.check_count(function, b"slice", given.args.len(), count)?;
        let mut values = Vec::with_capacity(count);
        for (index, arg) in given.args.iter().enumerate() {
            values.push(match self.reflected(dot, arg)? {
                Datum::Boxed(_) if index > 0 => Value::object(InterfaceBox),
                datum => datum.into_value(),
            });
        }
        values.extend(given.last.map(Datum::into_value));
        self.run(function, &values, b"slice", place)
    }

    /// The builtin `call`: the first argument is a function value.
    fn call_value(&mut self, dot: &Datum, place: Place<'s>, given: Given<'s>) -> Executed<Datum> {
        if given.args.is_empty() && given.last.is_none() {
            return self.fail("wrong number of args for call: want at least 1 got 0");
        }
        let name = given
            .args
            .first()
            .map_or_else(|| piped_name(given.last.as_ref()), ToString::to_string);
        let mut values = Vec::with_capacity(given.args.len() + 1);
        for arg in given.args {
            values.push(self.reflected(dot, arg)?.into_value());
        }
        values.extend(given.last.map(Datum::into_value));
        let function = values.remove(0);
        let prepared = prepare_call(&function, &name, &mut values);
        match prepared.and_then(|function| function.call(&mut Call::new(self), &values)) {
            Ok(value) => {
                self.check_result(&value, place)?;
                Ok(Datum::Boxed(value))
            }
            Err(error) => self.function_failed(b"call", place, error),
        }
    }

    /// Evaluates an argument for a parameter of type `target`.
    fn argument(&mut self, dot: &Datum, target: Type, arg: &'s Operand) -> Executed<Value> {
        self.place = Place::Operand(arg);
        match (&arg.term, target) {
            (Term::Dot, _) => self.validated(dot.clone(), target),
            (Term::Nil, _) if target.can_be_nil() => Ok(target.zero()),
            (Term::Nil, _) => self.fail(format!("cannot assign nil to {}", target.name())),
            (Term::Number(number), Type::Any | Type::Reflect) => self.ideal(number).map(Datum::into_value),
            (Term::Bool(value), Type::Bool | Type::Any | Type::Reflect) => Ok(Value::Bool(*value)),
            (Term::Text { value, .. }, Type::String | Type::Any | Type::Reflect) => Ok(value.clone()),
            (Term::Bool(_) | Term::Number(_) | Term::Text { .. }, _) => self.typed_constant(target, arg),
            _ => {
                let value = self.operand(dot, arg)?;
                self.validated(value, target)
            }
        }
    }

    /// A constant for a parameter of a definite type.
    fn typed_constant(&self, target: Type, arg: &Operand) -> Executed<Value> {
        let number = if let Term::Number(number) = &arg.term {
            Some(number)
        } else {
            None
        };
        let (value, wanted) = match target {
            Type::Bool => (None, "bool"),
            Type::String => (None, "string"),
            Type::Int(kind) => (
                number
                    .and_then(|number| number.int)
                    .map(|int| Value::Int(wrapped(int, kind), kind)),
                "integer",
            ),
            Type::Uint(kind) => (
                number
                    .and_then(|number| number.uint)
                    .map(|uint| Value::Uint(wrapped_unsigned(uint, kind), kind)),
                "unsigned integer",
            ),
            Type::Float(kind) => (
                number
                    .and_then(|number| number.float)
                    .map(|float| Value::Float(float, kind)),
                "float",
            ),
            _ => return self.fail(format!("can't handle {arg} for arg of type {}", target.name())),
        };
        match value {
            Some(value) => Ok(value),
            None => self.fail(format!("expected {wanted}; found {arg}")),
        }
    }

    /// Makes sure that a value fits `target`.
    fn validated(&mut self, datum: Datum, target: Type) -> Executed<Value> {
        match datum {
            Datum::Missing if target.can_be_nil() => Ok(target.zero()),
            Datum::Missing => self.fail(format!("invalid value; expected {}", target.name())),
            Datum::Plain(value) | Datum::Boxed(value) if assignable(&value, target) => Ok(converted(value, target)),
            Datum::Boxed(Value::Nil) => self.fail(format!(
                "wrong type for value; expected {}; got interface {{}}",
                target.name()
            )),
            Datum::Plain(value) | Datum::Boxed(value) => self.fail(format!(
                "wrong type for value; expected {}; got {}",
                target.name(),
                value.type_name()
            )),
        }
    }
}

/// Stands for a value whose interface a builtin does not look into.
struct InterfaceBox;

impl Object for InterfaceBox {
    fn type_name(&self) -> &str {
        "interface {}"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The type of the parameter that argument `index` goes to.
fn param(function: &Function, index: usize) -> Type {
    let params = function.params();
    params.get(index).or(params.last()).copied().unwrap_or(Type::Any)
}

fn piped_name(value: Option<&Datum>) -> String {
    match value {
        Some(Datum::Plain(Value::String(text))) => text.to_string(),
        Some(datum) => format!("<{} Value>", datum.type_name()),
        None => String::new(),
    }
}

/// Checks the arguments of a function value; integers convert to the wanted integer type.
fn prepare_call(function: &Value, name: &str, values: &mut [Value]) -> Result<Rc<Function>, FuncError> {
    let function = match function {
        Value::Nil => return Err("call of nil".into()),
        Value::Function(function) => Rc::clone(function),
        other => return Err(format!("non-function {name} of type {}", other.type_name()).into()),
    };
    let (params, count) = (function.params().len(), values.len());
    if function.is_variadic() && count < params - 1 {
        return Err(format!(
            "wrong number of args for {name}: got {count} want at least {}",
            params - 1
        )
        .into());
    }
    if !function.is_variadic() && count != params {
        return Err(format!("wrong number of args for {name}: got {count} want {params}").into());
    }
    for (index, value) in values.iter_mut().enumerate() {
        *value = prepared(value, param(&function, index)).map_err(|error| format!("arg {index}: {error}"))?;
    }
    Ok(function)
}

fn prepared(value: &Value, target: Type) -> Result<Value, String> {
    if matches!(value, Value::Nil) {
        return match target.can_be_nil() {
            true => Ok(target.zero()),
            false => Err(format!("value is nil; should be of type {}", target.name())),
        };
    }
    match (target, value) {
        _ if assignable(value, target) => Ok(converted(value.clone(), target)),
        (Type::Int(kind), Value::Int(number, _)) => Ok(Value::Int(wrapped(*number, kind), kind)),
        (Type::Int(kind), Value::Uint(number, _)) => Ok(Value::Int(wrapped(*number as i64, kind), kind)),
        (Type::Uint(kind), Value::Int(number, _)) => Ok(Value::Uint(wrapped_unsigned(*number as u64, kind), kind)),
        (Type::Uint(kind), Value::Uint(number, _)) => Ok(Value::Uint(wrapped_unsigned(*number, kind), kind)),
        _ => Err(format!(
            "value has type {}; should be {}",
            value.type_name(),
            target.name()
        )),
    }
}

/// Go: a value of a defined map type loses that type, not its identity, where a plain map is wanted.
fn converted(value: Value, target: Type) -> Value {
    match (value, target) {
        (Value::Map(map), Type::Map) if map.kind() != MapType::ANY => Value::Map(map.with_kind(MapType::ANY)),
        (value, _) => value,
    }
}

/// Go: conversion to a smaller integer type keeps the low bits.
fn wrapped(number: i64, kind: IntKind) -> i64 {
    match kind {
        IntKind::Int | IntKind::Int64 => number,
        IntKind::Int8 => i64::from(number as i8),
        IntKind::Int16 => i64::from(number as i16),
        IntKind::Int32 => i64::from(number as i32),
    }
}

fn wrapped_unsigned(number: u64, kind: UintKind) -> u64 {
    match kind {
        UintKind::Uint | UintKind::Uint64 | UintKind::Uintptr => number,
        UintKind::Uint8 => u64::from(number as u8),
        UintKind::Uint16 => u64::from(number as u16),
        UintKind::Uint32 => u64::from(number as u32),
    }
}
