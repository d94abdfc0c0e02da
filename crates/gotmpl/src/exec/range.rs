//! `range`.

use super::datum::Datum;
use super::{Executed, Flow, State};
use crate::parse::Branch;
use crate::{UintKind, Value, fmt};

impl<'s> State<'s> {
    /// Runs the body once per element, or the `else` list when there is none.
    pub(super) fn range(&mut self, dot: &Datum, branch: &'s Branch) -> Executed<Flow> {
        let mark = self.variables.len();
        let subject = self.pipeline(dot, &branch.pipe)?;
        let ran = self.iterate(branch, subject)?;
        let flow = match ran {
            Iterated::Some => Flow::Next,
            Iterated::None => match self.list(dot, branch.otherwise.as_deref().unwrap_or_default())? {
                // Go: a break in the else list ends this range, although it belongs to an outer one.
                Flow::Break => Flow::Next,
                flow => flow,
            },
        };
        self.variables.truncate(mark);
        Ok(flow)
    }

    fn iterate(&mut self, branch: &'s Branch, subject: Datum) -> Executed<Iterated> {
        match subject.into_value() {
            Value::Nil => Ok(Iterated::None),
            Value::Int(count, kind) => self.count(branch, count.max(0), |at| Value::Int(at, kind), count),
            Value::Uint(count, kind) => {
                let limit = i64::try_from(count).unwrap_or(i64::MAX);
                self.count(branch, limit, |at| Value::Uint(at.unsigned_abs(), kind), limit)
            }
            Value::Object(object) => match object.underlying() {
                Some(underlying) => self.iterate(branch, Datum::Plain(underlying)),
                None => self.refuse(&Value::Object(object)),
            },
            Value::Map(map) => {
                let elem = map.kind().elem;
                let entries = map.entries().into_iter();
                self.each(
                    branch,
                    entries.map(|(key, value)| (Value::String(key), Datum::held_in(elem, value))),
                )
            }
            Value::List(list) => {
                let elem = list.elem();
                let items = list.iter().enumerate();
                self.each(
                    branch,
                    items.map(|(at, item)| (index(at), Datum::held_in(elem, item.clone()))),
                )
            }
            Value::Bytes(bytes) => {
                let byte = |byte: &u8| Datum::Plain(Value::Uint(u64::from(*byte), UintKind::Uint8));
                self.each(
                    branch,
                    bytes.iter().enumerate().map(|(at, item)| (index(at), byte(item))),
                )
            }
            other => self.refuse(&other),
        }
    }

    fn count(
        &mut self,
        branch: &'s Branch,
        limit: i64,
        element: impl Fn(i64) -> Value,
        shown: i64,
    ) -> Executed<Iterated> {
        if branch.pipe.variables.len() > 1 {
            return self.fail(format!("can't use {shown} to iterate over more than one variable"));
        }
        self.each(branch, (0..limit).map(|at| (Value::Nil, Datum::Plain(element(at)))))
    }

    fn refuse(&self, value: &Value) -> Executed<Iterated> {
        self.fail(format!("range can't iterate over {}", fmt::text(value)))
    }

    fn each(&mut self, branch: &'s Branch, elements: impl Iterator<Item = (Value, Datum)>) -> Executed<Iterated> {
        let mark = self.variables.len();
        let mut ran = Iterated::None;
        for (key, element) in elements {
            ran = Iterated::Some;
            self.within(self.set.meter().steps(1))?;
            self.bind(branch, key, &element)?;
            let flow = self.list(&element, &branch.body)?;
            self.variables.truncate(mark);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(ran)
    }

    /// Gives the range's variables their values; with one variable it is the element.
    fn bind(&mut self, branch: &'s Branch, key: Value, element: &Datum) -> Executed<()> {
        let pipe = &branch.pipe;
        match (pipe.variables.as_slice(), pipe.assign) {
            ([], _) => {}
            ([only], true) => self.assign(only, element.clone())?,
            ([first, second, ..], true) => {
                self.assign(first, Datum::concrete(key))?;
                self.assign(second, element.clone())?;
            }
            (variables, false) => {
                let top = self.variables.len();
                self.variables[top - 1].1 = element.clone();
                if variables.len() > 1 {
                    self.variables[top - 2].1 = Datum::concrete(key);
                }
            }
        }
        Ok(())
    }
}

fn index(at: usize) -> Value {
    Value::int(i64::try_from(at).unwrap_or(i64::MAX))
}

/// Whether the body ran at all.
enum Iterated {
    Some,
    None,
}
