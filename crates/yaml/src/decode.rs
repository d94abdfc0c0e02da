//! From a tree of nodes to JSON values, for documents that have nothing odd about them.
//!
//! This is the quick way. It gives up without a reason where Go's detour through typed values and JSON text would show:
//! keys without a JSON form, infinities, bad tags, limits. `typed` then takes the detour.

use serde_json::{Map, Value};

use crate::guard::Guard;
use crate::resolve::{Scalar, resolve};
use crate::scalars::{Resolved, float_key, float_value, resolve_tagged};
use crate::tree::{Content, Node, Tree};

/// The value of the whole document; none if it takes the detour.
pub(crate) fn decode_plain(tree: &Tree<'_>) -> Option<Value> {
    if tree.nodes.is_empty() {
        return Some(Value::Null);
    }
    let mut decoder = Decoder {
        nodes: &tree.nodes,
        guard: Guard::default(),
    };
    // Go: the document counts as a node.
    decoder.guard.enter(0).ok()?;
    decoder.value(0)
}

struct Decoder<'t, 'a> {
    nodes: &'t [Node<'a>],
    guard: Guard,
}

impl<'t, 'a> Decoder<'t, 'a> {
    fn value(&mut self, at: usize) -> Option<Value> {
        let node: &'t Node<'a> = &self.nodes[at];
        match &node.content {
            Content::Scalar { value, plain } => {
                self.guard.enter(value.len()).ok()?;
                let meaning = if *plain { resolve(value) } else { Scalar::Text };
                scalar_value(meaning, value)
            }
            Content::Tagged(scalar) => {
                self.guard.enter(scalar.value.len()).ok()?;
                match resolve_tagged(scalar).ok()? {
                    Resolved::Scalar(meaning) => scalar_value(meaning, &scalar.value),
                    Resolved::Same => Some(Value::String(scalar.value.clone().into_owned())),
                    Resolved::Text(text) => Some(Value::String(text)),
                }
            }
            Content::Sequence => self.sequence(at, node.end as usize),
            Content::Mapping => {
                let mut map = Map::new();
                self.fill(at, node.end as usize, &mut map)?;
                Some(Value::Object(map))
            }
            Content::Alias { target, .. } => {
                self.guard.enter(0).ok()?;
                self.guard.follow(at).ok()?;
                let value = self.value(*target as usize)?;
                self.guard.come_back();
                Some(value)
            }
        }
    }

    fn sequence(&mut self, at: usize, end: usize) -> Option<Value> {
        self.guard.enter(0).ok()?;
        self.guard.descend().ok()?;
        let mut items = Vec::new();
        let mut next = at + 1;
        while next < end {
            items.push(self.value(next)?);
            next = self.nodes[next].end as usize;
        }
        self.guard.ascend();
        Some(Value::Array(items))
    }

    /// Decodes a mapping into `map`; later keys win over earlier ones, wherever they come from.
    fn fill(&mut self, at: usize, end: usize, map: &mut Map<String, Value>) -> Option<()> {
        self.guard.enter(0).ok()?;
        self.guard.descend().ok()?;
        let mut next = at + 1;
        while next < end {
            let value = self.nodes[next].end as usize;
            if self.nodes[next].is_merge_key() {
                self.merge(value, map)?;
            } else {
                let key = self.key(next)?;
                let entry = self.value(value)?;
                map.insert(key, entry);
            }
            next = self.nodes[value].end as usize;
        }
        self.guard.ascend();
        Some(())
    }

    fn key(&mut self, at: usize) -> Option<String> {
        let node: &'t Node<'a> = &self.nodes[at];
        let Content::Scalar { value, plain } = &node.content else {
            return match self.value(at)? {
                Value::String(text) => Some(text),
                _ => None,
            };
        };
        self.guard.enter(value.len()).ok()?;
        let meaning = if *plain { resolve(value) } else { Scalar::Text };
        match meaning {
            Scalar::Text | Scalar::Timestamp => Some(value.clone().into_owned()),
            Scalar::Bool(value) => Some(value.to_string()),
            Scalar::Int(value) => Some(value.to_string()),
            Scalar::Float(value) => Some(float_key(value)),
            Scalar::Uint(_) | Scalar::Null => None,
        }
    }

    /// Merges the mapping at `at`, or the mappings of the sequence there, of which the first wins.
    fn merge(&mut self, at: usize, map: &mut Map<String, Value>) -> Option<()> {
        let node: &'t Node<'a> = &self.nodes[at];
        match node.content {
            Content::Sequence => {
                for item in node_children(self.nodes, at).into_iter().rev() {
                    self.merge_one(item, map)?;
                }
                Some(())
            }
            _ => self.merge_one(at, map),
        }
    }

    fn merge_one(&mut self, at: usize, map: &mut Map<String, Value>) -> Option<()> {
        match self.nodes[at].content {
            Content::Mapping => self.fill(at, self.nodes[at].end as usize, map),
            Content::Alias { target, .. } => {
                let target = target as usize;
                if !matches!(self.nodes[target].content, Content::Mapping) {
                    return None;
                }
                self.guard.enter(0).ok()?;
                self.guard.follow(at).ok()?;
                self.fill(target, self.nodes[target].end as usize, map)?;
                self.guard.come_back();
                Some(())
            }
            _ => None,
        }
    }
}

/// The nodes directly under the one at `at`.
pub(crate) fn node_children(nodes: &[Node<'_>], at: usize) -> Vec<usize> {
    let end = nodes[at].end as usize;
    let next = |&child: &usize| Some(nodes[child].end as usize).filter(|&next| next < end);
    std::iter::successors(Some(at + 1).filter(|&first| first < end), next).collect()
}

fn scalar_value(meaning: Scalar, text: &str) -> Option<Value> {
    match meaning {
        Scalar::Null => Some(Value::Null),
        Scalar::Bool(value) => Some(Value::Bool(value)),
        Scalar::Int(value) => Some(Value::from(value)),
        Scalar::Uint(value) => Some(Value::from(value)),
        Scalar::Float(value) => float_value(value),
        Scalar::Timestamp | Scalar::Text => Some(Value::String(text.to_owned())),
    }
}
