//! Evaluating pipelines, commands, variables and fields.

use super::datum::Datum;
use super::{Executed, Place, State};
use crate::parse::{Command, Number, Operand, Pipe, Term, Variable};
use crate::set::MissingKey;
use crate::{Map, Object, Str, Type, Value};
use ironhelm_golang::strconv;
use std::rc::Rc;

/// The words after the first one, and the value piped in.
#[derive(Default)]
pub(super) struct Given<'s> {
    pub(super) args: &'s [Operand],
    pub(super) last: Option<Datum>,
}

impl Given<'_> {
    fn is_empty(&self) -> bool {
        self.args.is_empty() && self.last.is_none()
    }
}

impl<'s> State<'s> {
    /// The value of a pipeline; its variables are declared or assigned.
    pub(super) fn pipeline(&mut self, dot: &Datum, pipe: &'s Pipe) -> Executed<Datum> {
        self.place = Place::Pipe(pipe);
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value)?.unboxed());
        }
        let value = value.unwrap_or(Datum::Missing);
        for variable in &pipe.variables {
            if pipe.assign {
                self.assign(variable, value.clone())?;
            } else {
                self.variables.push((variable.id, value.clone()));
            }
        }
        Ok(value)
    }

    pub(super) fn assign(&mut self, variable: &Variable, value: Datum) -> Executed<()> {
        match self.variables.iter_mut().rev().find(|(id, _)| *id == variable.id) {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => self.fail(format!("undefined variable: {}", variable.name)),
        }
    }

    fn command(&mut self, dot: &Datum, command: &'s Command, last: Option<Datum>) -> Executed<Datum> {
        let [first, args @ ..] = command.words.as_slice() else {
            return Ok(Datum::Missing);
        };
        let given = Given { args, last };
        match &first.term {
            Term::Field(_) | Term::Chain(..) | Term::Variable(_) => self.access(dot, first, given),
            Term::Function { name, callee } => {
                self.place = Place::Operand(first);
                self.call(dot, callee, name, Place::Command(command), given)
            }
            Term::Pipe(pipe) => {
                self.no_arguments(first, &given)?;
                self.nested_pipeline(dot, pipe)
            }
            _ => {
                self.place = Place::Operand(first);
                self.no_arguments(first, &given)?;
                self.constant(dot, first)
            }
        }
    }

    /// A pipeline in parentheses, where expressions nest.
    fn nested_pipeline(&mut self, dot: &Datum, pipe: &'s Pipe) -> Executed<Datum> {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.pipeline(dot, pipe))
    }

    fn no_arguments(&self, word: &Operand, given: &Given<'_>) -> Executed<()> {
        if given.is_empty() {
            return Ok(());
        }
        self.fail(format!("can't give argument to non-function {}", self.shown(word)))
    }

    fn shown(&self, word: &Operand) -> String {
        word.to_string()
    }

    fn constant(&mut self, dot: &Datum, operand: &'s Operand) -> Executed<Datum> {
        match &operand.term {
            Term::Dot => Ok(dot.clone()),
            Term::Bool(value) => Ok(Datum::Plain(Value::Bool(*value))),
            Term::Number(number) => self.ideal(number),
            Term::Text { value, .. } => Ok(Datum::Plain(value.clone())),
            _ => self.fail("nil is not a command"),
        }
    }

    /// A number where nothing says which type is wanted.
    pub(super) fn ideal(&self, number: &Number) -> Executed<Datum> {
        match &number.ideal {
            Some(value) => Ok(Datum::Plain(value.clone())),
            None => self.fail(format!("{} overflows int", number.text)),
        }
    }

    /// An operand that is not a constant, without arguments of its own.
    pub(super) fn operand(&mut self, dot: &Datum, operand: &'s Operand) -> Executed<Datum> {
        match &operand.term {
            Term::Pipe(pipe) => self.nested_pipeline(dot, pipe),
            Term::Function { name, callee } => {
                self.place = Place::Operand(operand);
                self.call(dot, callee, name, Place::Operand(operand), Given::default())
            }
            Term::Field(_) | Term::Chain(..) | Term::Variable(_) => self.access(dot, operand, Given::default()),
            _ => self.constant(dot, operand),
        }
    }

    /// A variable, a field, or fields of something.
    fn access(&mut self, dot: &Datum, operand: &'s Operand, given: Given<'s>) -> Executed<Datum> {
        self.place = Place::Operand(operand);
        match &operand.term {
            Term::Field(fields) => self.fields(dot, dot.clone(), operand, fields, given),
            Term::Variable(variable) => {
                let value = self.variable(variable)?;
                if variable.fields.is_empty() {
                    self.no_arguments(operand, &given)?;
                    return Ok(value);
                }
                self.fields(dot, value, operand, &variable.fields, given)
            }
            Term::Chain(base, fields) => {
                if matches!(base.term, Term::Nil) {
                    return self.fail(format!("indirection through explicit nil in {operand}"));
                }
                self.place = Place::Operand(base);
                let value = self.operand(dot, base)?;
                self.fields(dot, value, operand, fields, given)
            }
            _ => self.constant(dot, operand),
        }
    }

    fn variable(&self, variable: &Variable) -> Executed<Datum> {
        match self.variables.iter().rev().find(|(id, _)| *id == variable.id) {
            Some((_, value)) => Ok(value.clone()),
            None => self.fail(format!("undefined variable: {}", variable.name)),
        }
    }

    /// Follows `.A.B.C` from `receiver`; the last one may be a method and gets the arguments.
    fn fields(
        &mut self,
        dot: &Datum,
        mut receiver: Datum,
        operand: &'s Operand,
        fields: &'s [Str],
        given: Given<'s>,
    ) -> Executed<Datum> {
        let Some((last, path)) = fields.split_last() else {
            return Ok(receiver);
        };
        for field in path {
            receiver = self.field(dot, &receiver, operand, field, Given::default())?;
        }
        self.field(dot, &receiver, operand, last, given)
    }

    fn field(
        &mut self,
        dot: &Datum,
        receiver: &Datum,
        operand: &'s Operand,
        name: &'s Str,
        given: Given<'s>,
    ) -> Executed<Datum> {
        match receiver {
            Datum::Missing if self.set.missing() == MissingKey::Error => {
                self.fail(format!("nil data; no entry for key {}", strconv::quote(name)))
            }
            Datum::Missing => Ok(Datum::Missing),
            Datum::Boxed(Value::Nil) => self.fail(format!("nil pointer evaluating interface {{}}.{name}")),
            Datum::Plain(Value::Map(map)) | Datum::Boxed(Value::Map(map)) => {
                match map.kind().method(map, name.to_str().unwrap_or_default()) {
                    Some(method) => self.invoke(dot, &method, name, Place::Operand(operand), given),
                    None => self.entry(map, name, &given),
                }
            }
            Datum::Plain(Value::Object(object)) | Datum::Boxed(Value::Object(object)) => {
                match object.method(name.to_str().unwrap_or_default()) {
                    Some(method) => self.invoke(dot, &method, name, Place::Operand(operand), given),
                    None => self.member(receiver, object, name, &given),
                }
            }
            _ => self.no_field(receiver, name),
        }
    }

    fn entry(&self, map: &Map, name: &Str, given: &Given<'_>) -> Executed<Datum> {
        if !given.is_empty() {
            return self.fail(format!("{name} is not a method but has arguments"));
        }
        let elem = map.kind().elem;
        match (map.get(name), self.set.missing()) {
            (Some(value), _) => Ok(Datum::held_in(elem, value)),
            (None, MissingKey::Invalid) => Ok(Datum::Missing),
            (None, MissingKey::Zero) => Ok(Datum::held_in(elem, elem.zero())),
            (None, MissingKey::Error) => self.fail(format!("map has no entry for key {}", strconv::quote(name))),
        }
    }

    /// A field of an object, or an entry of the map it stands on.
    fn member(&self, receiver: &Datum, object: &Rc<dyn Object>, name: &Str, given: &Given<'_>) -> Executed<Datum> {
        if let Some(value) = object.field(name.to_str().unwrap_or_default()) {
            if !given.is_empty() {
                return self.fail(format!("{name} has arguments but cannot be invoked as function"));
            }
            return Ok(Datum::held_in(
                if matches!(value, Value::Nil) {
                    Type::Any
                } else {
                    Type::Bool
                },
                value,
            ));
        }
        match object.underlying() {
            Some(Value::Map(map)) => self.entry(&map, name, given),
            _ => self.no_field(receiver, name),
        }
    }

    fn no_field(&self, receiver: &Datum, name: &Str) -> Executed<Datum> {
        self.fail(format!("can't evaluate field {name} in type {}", receiver.type_name()))
    }
}
