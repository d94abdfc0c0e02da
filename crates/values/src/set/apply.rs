//! A path, once it is read, changes the tree.

use serde_json::Value;

use super::{MAX_INDEX, Problem};
use crate::Values;

/// One step of a path, with what the tree had there when the path was read.
pub(super) enum Step {
    Name {
        name: String,
        /// The name before, if this name is empty and the table it stands in has no entry: Helm
        /// sets nothing under an empty name, and then the table is missed.
        leaves_empty: Option<String>,
    },
    Index {
        index: usize,
        /// The length of the list.
        length: usize,
    },
}

impl Step {
    pub(super) fn name(name: String, before: Option<&Self>, table_is_empty: bool) -> Self {
        let leaves_empty = match before {
            Some(Self::Name { name: before, .. }) if name.is_empty() && table_is_empty => Some(before.clone()),
            _ => None,
        };
        Self::Name { name, leaves_empty }
    }

    pub(super) fn index(index: usize, length: usize) -> Self {
        Self::Index { index, length }
    }

    /// What forbids a value at this step.
    pub(super) fn check(&self) -> Result<(), Problem> {
        match self {
            Self::Name {
                leaves_empty: Some(key),
                ..
            } => Err(Problem::EmptyTable { key: key.clone() }),
            Self::Index { index, .. } if *index > MAX_INDEX => Err(Problem::IndexTooLarge { index: *index }),
            _ => Ok(()),
        }
    }

    /// The number of elements that the step adds to its list.
    pub(super) fn padding(&self) -> usize {
        match self {
            Self::Name { .. } => 0,
            Self::Index { index, length } => (index + 1).saturating_sub(*length),
        }
    }
}

enum Place<'a> {
    Table(&'a mut Values),
    List(&'a mut Vec<Value>),
}

/// Sets `value` at the end of `steps`, with all tables and lists that it needs.
pub(super) fn assign(values: &mut Values, steps: &[Step], value: Value) {
    let mut place = Place::Table(values);
    for (at, step) in steps.iter().enumerate() {
        let next = steps.get(at + 1);
        let Some(slot) = slot(place, step, next.is_none()) else {
            return;
        };
        match next {
            None => {
                *slot = value;
                return;
            }
            Some(next) => match enter(slot, next) {
                Some(inside) => place = inside,
                None => return,
            },
        }
    }
}

fn slot<'a>(place: Place<'a>, step: &Step, last: bool) -> Option<&'a mut Value> {
    match (place, step) {
        // Helm: nothing is ever set under an empty name; a table that a file put there is entered.
        (Place::Table(table), Step::Name { name, .. }) if name.is_empty() => table.get_mut(name).filter(|_| !last),
        (Place::Table(table), Step::Name { name, .. }) => Some(table.entry(name.as_str()).or_insert(Value::Null)),
        (Place::List(list), Step::Index { index, .. }) => {
            if list.len() <= *index {
                list.resize(index + 1, Value::Null);
            }
            list.get_mut(*index)
        }
        _ => None,
    }
}

fn enter<'a>(slot: &'a mut Value, next: &Step) -> Option<Place<'a>> {
    match next {
        Step::Name { .. } => {
            if !slot.is_object() {
                *slot = Value::Object(Values::new());
            }
            slot.as_object_mut().map(Place::Table)
        }
        Step::Index { .. } => {
            if !slot.is_array() {
                *slot = Value::Array(Vec::new());
            }
            slot.as_array_mut().map(Place::List)
        }
    }
}

/// What a path leaves behind whose argument ended before a value, or with `=` (`value`).
///
/// Helm: names that a list follows get their list; an element that a dot follows becomes a table,
/// if the list has it. Lists do not grow, and tables that would stay empty are not set.
pub(super) fn touch(values: &mut Values, steps: &[Step], value: Option<Value>) {
    let mut table = values;
    let mut rest = steps;
    loop {
        let (names, after) = split_at_index(rest);
        let Some((last, outer)) = names.split_last() else {
            return;
        };
        if after.is_empty() {
            if let Some(value) = value {
                set_below(table, outer, last, value);
            }
            return;
        }
        let Some(Value::Array(list)) = set_below_if_missing(table, outer, last) else {
            return;
        };
        let indexes = after
            .iter()
            .take_while(|step| matches!(step, Step::Index { .. }))
            .count();
        let (indexes, names) = after.split_at(indexes);
        let Some(element) = (!names.is_empty()).then(|| element(list, indexes)).flatten() else {
            return;
        };
        if !element.is_object() {
            *element = Value::Object(Values::new());
        }
        let Some(inner) = element.as_object_mut() else { return };
        table = inner;
        rest = names;
    }
}

/// The leading names of `steps`, and the steps from the first index on.
fn split_at_index(steps: &[Step]) -> (Vec<&str>, &[Step]) {
    let names: Vec<_> = steps
        .iter()
        .map_while(|step| match step {
            Step::Name { name, .. } => Some(name.as_str()),
            Step::Index { .. } => None,
        })
        .collect();
    let after = &steps[names.len()..];
    (names, after)
}

fn set_below(table: &mut Values, outer: &[&str], last: &str, value: Value) {
    let mut table = table;
    for (at, name) in outer.iter().enumerate() {
        if !table.contains_key(*name) {
            let mut names = outer[at..].iter().chain([&last]);
            if names.all(|name| !name.is_empty()) {
                table.insert((*name).to_owned(), nested(&outer[at + 1..], last, value));
            }
            return;
        }
        let Some(Value::Object(inner)) = table.get_mut(*name) else {
            return;
        };
        table = inner;
    }
    if !last.is_empty() {
        table.insert(last.to_owned(), value);
    }
}

fn nested(names: &[&str], last: &str, value: Value) -> Value {
    names.iter().rev().fold(
        Value::from(Values::from_iter([(last.to_owned(), value)])),
        |inner, name| Value::from(Values::from_iter([((*name).to_owned(), inner)])),
    )
}

/// The value at the end of the names; an empty list is set there if there is none.
fn set_below_if_missing<'a>(table: &'a mut Values, outer: &[&str], last: &str) -> Option<&'a mut Value> {
    let exists = |table: &Values| {
        let mut table = table;
        for name in outer {
            table = table.get(*name)?.as_object()?;
        }
        table.get(last).map(|_| ())
    };
    if exists(table).is_none() {
        set_below(table, outer, last, Value::Array(Vec::new()));
        return None;
    }
    let mut table = table;
    for name in outer {
        table = table.get_mut(*name)?.as_object_mut()?;
    }
    table.get_mut(last)
}

fn element<'a>(list: &'a mut Vec<Value>, indexes: &[Step]) -> Option<&'a mut Value> {
    let (last, outer) = indexes.split_last()?;
    let mut list = list;
    for step in outer {
        let Step::Index { index, .. } = step else { return None };
        list = list.get_mut(*index)?.as_array_mut()?;
    }
    let Step::Index { index, .. } = last else { return None };
    list.get_mut(*index)
}
