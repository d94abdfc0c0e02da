//! Half a three-way patch: the changes from one object to another, or the removals.

use serde_json::{Map, Value};

use super::number::{self, Kind};
use super::order::{self, Elements};
use super::sort::sort_by_text;
use super::{DELETE_FROM_LIST, DIRECTIVE, MAX_DEPTH, PatchError, RETAIN_KEYS, SET_ORDER};
use crate::schema::{Directive, Schema};

/// Which differences go into the patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// What was added or changed.
    Changes,
    /// What was removed.
    Deletions,
}

/// How to compare two maps.
#[derive(Clone, Copy)]
pub(super) struct Options {
    half: Half,
    /// Whether the patch of this map names the keys that survive.
    retain_keys: bool,
}

impl From<Half> for Options {
    fn from(half: Half) -> Self {
        Self {
            half,
            retain_keys: false,
        }
    }
}

impl Options {
    fn changes(self) -> bool {
        self.half == Half::Changes
    }

    fn retaining(self, retain_keys: bool) -> Self {
        Self { retain_keys, ..self }
    }
}

/// The differences of two maps.
pub(super) fn maps(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    schema: Schema,
    options: Options,
    depth: usize,
) -> Result<Map<String, Value>, PatchError> {
    if depth > MAX_DEPTH {
        return Err(PatchError::TooDeep);
    }
    let mut differ = Differ {
        patch: Map::new(),
        schema,
        options,
        depth,
    };
    for (key, value) in after {
        differ.field(key, before.get(key), value)?;
    }
    if options.half == Half::Deletions {
        let removed = before.keys().filter(|key| !after.contains_key(*key));
        differ.patch.extend(removed.map(|key| (key.clone(), Value::Null)));
    }
    if options.retain_keys {
        differ.retain_keys(before, after);
    }
    Ok(differ.patch)
}

struct Differ {
    patch: Map<String, Value>,
    schema: Schema,
    options: Options,
    depth: usize,
}

impl Differ {
    fn field(&mut self, key: &str, before: Option<&Value>, after: &Value) -> Result<(), PatchError> {
        let Some(before) = before else {
            self.change(key, after);
            return Ok(());
        };
        if key == DIRECTIVE {
            return self.directive(before, after);
        }
        match (before, after) {
            (Value::Object(before), Value::Object(after_map)) => self.map(key, before, after_map, after),
            (Value::Array(before), Value::Array(after_list)) => self.list(key, before, after_list, after),
            _ => {
                if !number::equal(before, after) {
                    self.change(key, after);
                }
                Ok(())
            }
        }
    }

    fn change(&mut self, key: &str, value: &Value) {
        if self.options.changes() {
            self.patch.insert(key.to_owned(), value.clone());
        }
    }

    /// Go: a directive in the objects themselves goes into either half.
    fn directive(&mut self, before: &Value, after: &Value) -> Result<(), PatchError> {
        match (before, after) {
            (Value::String(before), Value::String(text)) => {
                if before != text {
                    self.patch.insert(DIRECTIVE.to_owned(), after.clone());
                }
                Ok(())
            }
            _ => Err(PatchError::DirectiveNotText),
        }
    }

    fn map(
        &mut self,
        key: &str,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
        value: &Value,
    ) -> Result<(), PatchError> {
        let rule = match self.schema.map_field(key) {
            Ok(rule) => rule,
            Err(_) if number::maps_equal(before, after) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if rule.directive == Directive::Replace {
            // Go: a replaced map is sent even when it is equal.
            self.change(key, value);
            return Ok(());
        }
        let inner = maps(
            before,
            after,
            rule.schema,
            self.options.retaining(rule.retain_keys),
            self.depth + 1,
        )?;
        if !inner.is_empty() {
            self.patch.insert(key.to_owned(), Value::Object(inner));
        }
        Ok(())
    }

    fn list(&mut self, key: &str, before: &[Value], after: &[Value], value: &Value) -> Result<(), PatchError> {
        let rule = match self.schema.list_field(key) {
            Ok(rule) => rule,
            Err(_) if number::lists_equal(before, after) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if rule.directive != Directive::Merge {
            if !number::lists_equal(before, after) {
                self.change(key, value);
            }
            return Ok(());
        }
        let lists = Lists {
            before,
            after,
            schema: rule.schema,
            merge_key: rule.merge_key,
            options: self.options.retaining(rule.retain_keys),
            depth: self.depth + 1,
        };
        let difference = lists.difference()?;
        self.insert_list(key.to_owned(), difference.patch);
        self.insert_list(format!("{DELETE_FROM_LIST}/{key}"), difference.deletions);
        self.insert_list(format!("{SET_ORDER}/{key}"), difference.order);
        Ok(())
    }

    fn insert_list(&mut self, key: String, list: Vec<Value>) {
        if !list.is_empty() {
            self.patch.insert(key, Value::Array(list));
        }
    }

    fn retain_keys(&mut self, before: &Map<String, Value>, after: &Map<String, Value>) {
        let kept: Vec<Value> = after
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, _)| Value::from(key.as_str()))
            .collect();
        let clears = before
            .iter()
            .any(|(key, value)| !value.is_null() && !after.contains_key(key));
        if !kept.is_empty() && (!self.patch.is_empty() || clears) {
            self.patch.insert(RETAIN_KEYS.to_owned(), Value::Array(kept));
        }
    }
}

/// Two lists that merge.
struct Lists<'a> {
    before: &'a [Value],
    after: &'a [Value],
    schema: Schema,
    merge_key: &'static str,
    options: Options,
    depth: usize,
}

#[derive(Default)]
struct Difference {
    patch: Vec<Value>,
    deletions: Vec<Value>,
    order: Vec<Value>,
}

impl Lists<'_> {
    fn difference(&self) -> Result<Difference, PatchError> {
        if self.before.is_empty() {
            let patch = if self.options.changes() {
                self.after.to_vec()
            } else {
                Vec::new()
            };
            return Ok(Difference {
                patch,
                ..Difference::default()
            });
        }
        match order::element_kind(&[self.before, self.after])? {
            Kind::Map => self.of_maps(),
            _ => self.of_scalars(),
        }
    }

    fn of_maps(&self) -> Result<Difference, PatchError> {
        let (changes, deletions) = self.pair_up()?;
        let elements = Elements::Maps(self.merge_key);
        let mut patch = order::arrange(changes, &order::keys_of(self.after, elements)?, elements)?;
        let order_same = self.order_same()?;
        patch.extend(deletions);
        let ordered = match self.options.half {
            Half::Changes => !patch.is_empty() || !order_same,
            Half::Deletions => !patch.is_empty(),
        };
        let order = if ordered {
            self.after.iter().map(|item| self.key_alone(item)).collect()
        } else {
            Vec::new()
        };
        Ok(Difference {
            patch,
            deletions: Vec::new(),
            order,
        })
    }

    /// Walks both lists in the order of their merge keys: elements that changed or were added, and those that are gone.
    fn pair_up(&self) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
        let before = self.sorted(self.before);
        let after = self.sorted(self.after);
        let (mut changes, mut deletions) = (Vec::new(), Vec::new());
        let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
        loop {
            for element in [left.peek(), right.peek()].into_iter().flatten() {
                element.check(self.merge_key)?;
            }
            let order = match (left.peek(), right.peek()) {
                (None, None) => return Ok((changes, deletions)),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(left), Some(right)) => left.text.cmp(&right.text),
            };
            let removed = if order.is_le() { left.next() } else { None };
            let wanted = if order.is_ge() { right.next() } else { None };
            match (removed, wanted) {
                (Some(before), Some(after)) => changes.extend(self.element(before, after)?),
                (None, Some(after)) if self.options.changes() => changes.push(Value::Object(after.map.clone())),
                (Some(before), None) if !self.options.changes() => deletions.push(self.deletion(before)),
                _ => {}
            }
        }
    }

    fn element(&self, before: &Element<'_>, after: &Element<'_>) -> Result<Option<Value>, PatchError> {
        let mut inner = maps(before.map, after.map, self.schema, self.options, self.depth + 1)?;
        if inner.is_empty() {
            return Ok(None);
        }
        inner.insert(self.merge_key.to_owned(), after.key.clone());
        Ok(Some(Value::Object(inner)))
    }

    fn deletion(&self, element: &Element<'_>) -> Value {
        let mut map = Map::new();
        map.insert(self.merge_key.to_owned(), element.key.clone());
        map.insert(DIRECTIVE.to_owned(), Value::from("delete"));
        Value::Object(map)
    }

    fn sorted<'v>(&self, list: &'v [Value]) -> Vec<Element<'v>> {
        let elements = list
            .iter()
            .filter_map(|item| Element::of(item, self.merge_key))
            .collect();
        sort_by_text(elements, |element| element.text.clone())
    }

    fn order_same(&self) -> Result<bool, PatchError> {
        if self.before.len() != self.after.len() {
            return Ok(false);
        }
        for (before, after) in self.before.iter().zip(self.after) {
            if !order::same_element(before, after, Elements::Maps(self.merge_key))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn key_alone(&self, item: &Value) -> Value {
        let mut map = Map::new();
        map.insert(
            self.merge_key.to_owned(),
            item.get(self.merge_key).cloned().unwrap_or_default(),
        );
        Value::Object(map)
    }

    fn of_scalars(&self) -> Result<Difference, PatchError> {
        let before = sort_by_text(self.before.iter().collect(), |item| number::text(item));
        let after = sort_by_text(self.after.iter().collect(), |item| number::text(item));
        let (added, removed) = split_scalars(&before, &after);
        let elements = Elements::Scalars;
        let (mut patch, mut deletions, mut order) = (Vec::new(), Vec::new(), Vec::new());
        let ordered = match self.options.half {
            Half::Changes => {
                patch = order::arrange(added, &order::keys_of(self.after, elements)?, elements)?;
                // Go: the sorted list is compared, so that an unsorted list is always sent in order.
                !(before.len() == self.after.len() && before.iter().zip(self.after).all(|(b, a)| number::equal(b, a)))
            }
            Half::Deletions => {
                deletions = order::deduplicate(removed);
                !deletions.is_empty()
            }
        };
        if ordered {
            order = self.after.to_vec();
        }
        Ok(Difference {
            patch,
            deletions,
            order,
        })
    }
}

/// Scalars of the second sorted list alone, and of the first alone, by their text.
fn split_scalars(before: &[&Value], after: &[&Value]) -> (Vec<Value>, Vec<Value>) {
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return (added, removed),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(left), Some(right)) => number::text(left).cmp(&number::text(right)),
        };
        let old = if order.is_le() { left.next() } else { None };
        let new = if order.is_ge() { right.next() } else { None };
        match (old, new) {
            (None, Some(new)) => added.push((*new).clone()),
            (Some(old), None) => removed.push((*old).clone()),
            _ => {}
        }
    }
}

/// A list element with its merge key.
struct Element<'a> {
    map: &'a Map<String, Value>,
    key: &'a Value,
    has_key: bool,
    text: String,
}

impl<'a> Element<'a> {
    fn of(item: &'a Value, merge_key: &str) -> Option<Self> {
        let map = item.as_object()?;
        let key = map.get(merge_key);
        let (key, has_key) = (key.unwrap_or(&Value::Null), key.is_some());
        Some(Self {
            map,
            key,
            has_key,
            text: number::text(key),
        })
    }

    fn check(&self, merge_key: &str) -> Result<(), PatchError> {
        if self.has_key {
            Ok(())
        } else {
            Err(PatchError::no_merge_key(self.map, merge_key))
        }
    }
}
