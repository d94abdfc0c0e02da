//! A set of field paths as `fieldsV1` writes it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::FieldsError;

/// Deeper sets are refused.
const MAX_DEPTH: usize = 512;

/// Paths below one point: each next step, whether the path may end there, and what follows.
#[derive(Default)]
pub(super) struct FieldSet(BTreeMap<String, Node>);

#[derive(Default)]
struct Node {
    member: bool,
    below: FieldSet,
}

impl FieldSet {
    pub(super) fn parse(fields: &Value) -> Result<Self, FieldsError> {
        Self::parse_at(fields, 0)
    }

    fn parse_at(fields: &Value, depth: usize) -> Result<Self, FieldsError> {
        let Value::Object(fields) = fields else {
            return Err(error(format!("{fields} is not a map")));
        };
        if depth > MAX_DEPTH {
            return Err(error("nested too deeply".to_owned()));
        }
        let mut set = Self::default();
        for (step, below) in fields.iter().filter(|(step, _)| step.as_str() != ".") {
            if is_step(step)? {
                let node = Node {
                    member: below.get(".").is_some() || below.as_object().is_some_and(Map::is_empty),
                    below: Self::parse_at(below, depth + 1)?,
                };
                let member = node.member || node.below.0.is_empty();
                set.0.insert(step.clone(), Node { member, ..node });
            }
        }
        Ok(set)
    }

    pub(super) fn union(&mut self, other: Self) {
        for (step, node) in other.0 {
            let mine = self.0.entry(step).or_default();
            mine.member |= node.member;
            mine.below.union(node.below);
        }
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(
            self.0
                .into_iter()
                .map(|(step, node)| (step, node.into_value()))
                .collect(),
        )
    }
}

impl Node {
    fn into_value(self) -> Value {
        let Value::Object(mut fields) = self.below.into_value() else {
            return Value::Null;
        };
        if self.member && !fields.is_empty() {
            fields.insert(".".to_owned(), Value::Object(Map::new()));
        }
        Value::Object(fields)
    }
}

/// Whether a step is of a known type; unknown ones are dropped.
fn is_step(step: &str) -> Result<bool, FieldsError> {
    match step.as_bytes() {
        [_, b':', ..] => Ok(["f:", "k:", "v:", "i:"].iter().any(|known| step.starts_with(known))),
        _ => Err(error(format!("missing colon: {step}"))),
    }
}

fn error(reason: String) -> FieldsError {
    FieldsError { reason }
}
