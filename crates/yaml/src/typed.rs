//! The detour that Go takes from nodes to JSON, with everything that can go wrong on it.
//!
//! Nodes become values with Go's types first, where the keys `1` and `'1'` differ, and JSON after that. Only documents
//! with something odd about them, and strict readers, come this way.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::Error;
use crate::decode::node_children;
use crate::gosyntax::{Syntax, go_type};
use crate::guard::{Guard, Limit};
use crate::resolve::{Scalar, resolve};
use crate::scalars::{Resolved, float_key, float_value, resolve_tagged};
use crate::tree::{Content, Node, Tree};

/// A value with Go's types.
#[derive(Debug)]
pub(crate) enum Typed {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(String),
    List(Vec<Self>),
    Map(TypedMap),
}

/// A mapping whose keys have types.
#[derive(Debug, Default)]
pub(crate) struct TypedMap {
    pub(crate) entries: Vec<(Typed, Typed)>,
    places: HashMap<Identity, usize>,
}

/// What makes two keys the same key.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Identity {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(u64),
    Text(String),
}

/// Whether a key may come twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeats {
    LastWins,
    Error,
}

/// Decodes the document the long way.
pub(crate) fn decode_typed(tree: &Tree<'_>, repeats: Repeats) -> Result<Value, Error> {
    if tree.nodes.is_empty() {
        return Ok(Value::Null);
    }
    let mut decoder = Decoder {
        nodes: &tree.nodes,
        guard: Guard::default(),
        repeats,
        problems: Vec::new(),
    };
    decoder.count(0)?;
    let typed = decoder.value(0)?;
    if !decoder.problems.is_empty() {
        return Err(Error::Duplicates {
            problems: decoder.problems,
        });
    }
    let mut unsupported = None;
    let value = to_json(typed, &mut unsupported)?;
    unsupported.map_or(Ok(value), |value| Err(Error::NotJson { value }))
}

struct Decoder<'t, 'a> {
    nodes: &'t [Node<'a>],
    guard: Guard,
    repeats: Repeats,
    problems: Vec<String>,
}

impl<'t, 'a> Decoder<'t, 'a> {
    fn count(&mut self, text: usize) -> Result<(), Error> {
        self.guard.enter(text).map_err(|limit| limit_error(limit, ""))
    }

    fn value(&mut self, at: usize) -> Result<Typed, Error> {
        let node: &'t Node<'a> = &self.nodes[at];
        match &node.content {
            Content::Scalar { value, plain } => {
                self.count(value.len())?;
                let meaning = if *plain { resolve(value) } else { Scalar::Text };
                Ok(typed_scalar(meaning, value))
            }
            Content::Tagged(scalar) => {
                self.count(scalar.value.len())?;
                Ok(match resolve_tagged(scalar)? {
                    Resolved::Scalar(meaning) => typed_scalar(meaning, &scalar.value),
                    Resolved::Same => Typed::Text(scalar.value.clone().into_owned()),
                    Resolved::Text(text) => Typed::Text(text),
                })
            }
            Content::Sequence => self.sequence(at),
            Content::Mapping => {
                let mut map = TypedMap::default();
                self.fill(at, &mut map)?;
                Ok(Typed::Map(map))
            }
            Content::Alias { name, target } => {
                self.count(0)?;
                self.guard.follow(at).map_err(|limit| limit_error(limit, name))?;
                let value = self.value(*target as usize)?;
                self.guard.come_back();
                Ok(value)
            }
        }
    }

    fn sequence(&mut self, at: usize) -> Result<Typed, Error> {
        self.count(0)?;
        self.guard.descend().map_err(|limit| limit_error(limit, ""))?;
        let items = node_children(self.nodes, at)
            .into_iter()
            .map(|item| self.value(item))
            .collect::<Result<_, _>>()?;
        self.guard.ascend();
        Ok(Typed::List(items))
    }

    fn fill(&mut self, at: usize, map: &mut TypedMap) -> Result<(), Error> {
        self.count(0)?;
        self.guard.descend().map_err(|limit| limit_error(limit, ""))?;
        for pair in node_children(self.nodes, at).chunks_exact(2) {
            if self.nodes[pair[0]].is_merge_key() {
                self.merge(pair[1], map)?;
            } else {
                let key = self.value(pair[0])?;
                if matches!(key, Typed::List(_) | Typed::Map(_)) {
                    return Err(Error::Content {
                        problem: format!("invalid map key: {}", Syntax(&key)),
                    });
                }
                let value = self.value(pair[1])?;
                self.set(map, key, value, self.nodes[pair[1]].line);
            }
        }
        self.guard.ascend();
        Ok(())
    }

    fn set(&mut self, map: &mut TypedMap, key: Typed, value: Typed, line: u32) {
        match map.places.get(&identity(&key)) {
            Some(_) if self.repeats == Repeats::Error => {
                let problem = format!("line {}: key {} already set in map", line + 1, shown(&key));
                self.problems.push(problem);
            }
            Some(&place) => map.entries[place].1 = value,
            None => {
                map.places.insert(identity(&key), map.entries.len());
                map.entries.push((key, value));
            }
        }
    }

    fn merge(&mut self, at: usize, map: &mut TypedMap) -> Result<(), Error> {
        match self.nodes[at].content {
            Content::Sequence => node_children(self.nodes, at)
                .into_iter()
                .rev()
                .try_for_each(|item| self.merge_one(item, map)),
            _ => self.merge_one(at, map),
        }
    }

    fn merge_one(&mut self, at: usize, map: &mut TypedMap) -> Result<(), Error> {
        match &self.nodes[at].content {
            Content::Mapping => self.fill(at, map),
            Content::Alias { name, target } if matches!(self.nodes[*target as usize].content, Content::Mapping) => {
                self.count(0)?;
                self.guard.follow(at).map_err(|limit| limit_error(limit, name))?;
                self.fill(*target as usize, map)?;
                self.guard.come_back();
                Ok(())
            }
            _ => {
                let problem = "map merge requires map or sequence of maps as the value".to_owned();
                Err(Error::Content { problem })
            }
        }
    }
}

fn limit_error(limit: Limit, alias: &str) -> Error {
    let problem = match limit {
        Limit::Aliasing => "document contains excessive aliasing".to_owned(),
        Limit::Recursion => format!("anchor '{alias}' value contains itself"),
        Limit::Depth => "exceeded max depth of 10000".to_owned(),
    };
    Error::Content { problem }
}

fn typed_scalar(meaning: Scalar, text: &str) -> Typed {
    match meaning {
        Scalar::Null => Typed::Null,
        Scalar::Bool(value) => Typed::Bool(value),
        Scalar::Int(value) => Typed::Int(value),
        Scalar::Uint(value) => Typed::Uint(value),
        Scalar::Float(value) => Typed::Float(value),
        Scalar::Timestamp | Scalar::Text => Typed::Text(text.to_owned()),
    }
}

fn identity(key: &Typed) -> Identity {
    match key {
        Typed::Bool(value) => Identity::Bool(*value),
        Typed::Int(value) => Identity::Int(*value),
        Typed::Uint(value) => Identity::Uint(*value),
        Typed::Float(value) => Identity::Float(value.to_bits()),
        Typed::Text(text) => Identity::Text(text.clone()),
        Typed::Null | Typed::List(_) | Typed::Map(_) => Identity::Null,
    }
}

/// Converts to JSON; the first number without a JSON form is noted, because faults of keys are told before it.
fn to_json(typed: Typed, unsupported: &mut Option<&'static str>) -> Result<Value, Error> {
    Ok(match typed {
        Typed::Null => Value::Null,
        Typed::Bool(value) => Value::Bool(value),
        Typed::Int(value) => Value::from(value),
        Typed::Uint(value) => Value::from(value),
        Typed::Float(value) => float_value(value).unwrap_or_else(|| {
            unsupported.get_or_insert(non_finite_name(value));
            Value::Null
        }),
        Typed::Text(text) => Value::String(text),
        Typed::List(items) => Value::Array(
            items
                .into_iter()
                .map(|item| to_json(item, unsupported))
                .collect::<Result<_, _>>()?,
        ),
        Typed::Map(map) => Value::Object(map_to_json(map, unsupported)?),
    })
}

fn non_finite_name(value: f64) -> &'static str {
    match value {
        f64::INFINITY => "+Inf",
        f64::NEG_INFINITY => "-Inf",
        _ => "NaN",
    }
}

fn map_to_json(map: TypedMap, unsupported: &mut Option<&'static str>) -> Result<Map<String, Value>, Error> {
    let mut named = Vec::with_capacity(map.entries.len());
    for (key, value) in map.entries {
        named.push((key_text(key, &value)?, value));
    }
    // Go: JSON is written in the order of its keys, and so are its faults found.
    named.sort_by(|left, right| left.0.cmp(&right.0));
    named
        .into_iter()
        .map(|(key, value)| Ok((key, to_json(value, unsupported)?)))
        .collect()
}

fn key_text(key: Typed, value: &Typed) -> Result<String, Error> {
    match key {
        Typed::Text(text) => Ok(text),
        Typed::Bool(value) => Ok(value.to_string()),
        Typed::Int(value) => Ok(value.to_string()),
        Typed::Float(value) => Ok(float_key(value)),
        odd => Err(Error::Key {
            kind: go_type(&odd),
            key: shown(&odd),
            value: shown(value),
        }),
    }
}

/// A value as Go shows it when nothing stands around it.
fn shown(value: &Typed) -> String {
    match value {
        Typed::Null => "<nil>".to_owned(),
        other => Syntax(other).to_string(),
    }
}
