//! Merging a patch into an object, or into another patch.

use serde_json::{Map, Value};

use super::number::{self, Kind};
use super::order::{self, Elements};
use super::{DELETE_FROM_LIST, DIRECTIVE, MAX_DEPTH, PatchError, RETAIN_KEYS, SET_ORDER};
use crate::schema::{Directive, MergeRule, Schema};

/// What a patch is merged into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Another patch: directives and nulls are carried over.
    JoinPatches,
    /// An object: directives are carried out.
    Apply,
}

/// Merges a patch into a map.
pub(super) fn maps(
    target: &mut Map<String, Value>,
    mut patch: Map<String, Value>,
    schema: Schema,
    mode: Mode,
    depth: usize,
) -> Result<(), PatchError> {
    if depth > MAX_DEPTH {
        return Err(PatchError::TooDeep);
    }
    if let Some(directive) = patch.remove(DIRECTIVE) {
        return replace_or_delete(target, patch, directive);
    }
    retain_keys(target, &mut patch, mode)?;
    let merger = Merger { schema, mode, depth };
    merger.ordered_lists(target, &mut patch)?;
    for (key, value) in patch {
        merger.field(target, key, value)?;
    }
    Ok(())
}

fn replace_or_delete(
    target: &mut Map<String, Value>,
    mut patch: Map<String, Value>,
    directive: Value,
) -> Result<(), PatchError> {
    match directive.as_str() {
        Some("replace") => *target = patch,
        Some("delete") => target.clear(),
        _ => {
            let text = number::text(&directive);
            patch.insert(DIRECTIVE.to_owned(), directive);
            return Err(PatchError::UnknownDirective {
                directive: text,
                map: number::map_text(&patch),
            });
        }
    }
    Ok(())
}

fn retain_keys(target: &mut Map<String, Value>, patch: &mut Map<String, Value>, mode: Mode) -> Result<(), PatchError> {
    let Some(retained) = patch.remove(RETAIN_KEYS) else {
        return Ok(());
    };
    if mode == Mode::JoinPatches {
        return carry_retain_keys(target, retained);
    }
    let Value::Array(retained) = retained else {
        return Err(PatchError::BadRetainKeys);
    };
    let kept = |key: &str| retained.iter().any(|retained| retained.as_str() == Some(key));
    let directive = |key: &str| key.starts_with(DELETE_FROM_LIST) || key.starts_with(SET_ORDER);
    if patch
        .iter()
        .any(|(key, value)| !value.is_null() && !directive(key) && !kept(key))
    {
        return Err(PatchError::BadRetainKeys);
    }
    target.retain(|key, _| kept(key));
    Ok(())
}

fn carry_retain_keys(target: &mut Map<String, Value>, retained: Value) -> Result<(), PatchError> {
    match target.get(RETAIN_KEYS) {
        Some(before) if !number::equal(before, &retained) => Err(PatchError::RetainKeysDiffer {
            left: number::text(before),
            right: number::text(&retained),
        }),
        Some(_) => Ok(()),
        None => {
            target.insert(RETAIN_KEYS.to_owned(), retained);
            Ok(())
        }
    }
}

#[derive(Clone, Copy)]
struct Merger {
    schema: Schema,
    mode: Mode,
    depth: usize,
}

impl Merger {
    fn field(self, target: &mut Map<String, Value>, key: String, value: Value) -> Result<(), PatchError> {
        if key.starts_with(DELETE_FROM_LIST) {
            return self.delete_list(target, key, value);
        }
        if value.is_null() {
            target.remove(&key);
            if self.mode == Mode::JoinPatches {
                target.insert(key, value);
            }
            return Ok(());
        }
        match (target.get_mut(&key), value) {
            (Some(Value::Object(before)), Value::Object(patch)) => self.map(&key, before, patch),
            (Some(Value::Array(before)), Value::Array(patch)) => {
                let rule = self.schema.list_field(&key)?;
                let before = std::mem::take(before);
                target.insert(key, Value::Array(self.list(before, patch, &rule)?));
                Ok(())
            }
            (_, value) => {
                self.set(target, key, value);
                Ok(())
            }
        }
    }

    fn set(self, target: &mut Map<String, Value>, key: String, mut value: Value) {
        if self.mode == Mode::Apply {
            discard_nulls(&mut value);
        }
        match without_directives(value) {
            Some(value) => {
                target.insert(key, value);
            }
            None => {
                target.remove(&key);
            }
        }
    }

    fn map(self, key: &str, before: &mut Map<String, Value>, patch: Map<String, Value>) -> Result<(), PatchError> {
        let rule = self.schema.map_field(key)?;
        if rule.directive == Directive::Replace {
            *before = patch;
            return Ok(());
        }
        maps(before, patch, rule.schema, self.mode, self.depth + 1)
    }

    fn delete_list(self, target: &mut Map<String, Value>, key: String, value: Value) -> Result<(), PatchError> {
        if self.mode == Mode::JoinPatches {
            target.insert(key, value);
            return Ok(());
        }
        let field = directive_field(&key, DELETE_FROM_LIST).ok_or(PatchError::BadDeleteList)?;
        if value.is_null() {
            target.remove(field);
            return Ok(());
        }
        match (target.get_mut(field), value) {
            (Some(Value::Array(before)), Value::Array(deletions)) => {
                let rule = self.schema.list_field(field)?;
                if before.is_empty() && deletions.is_empty() {
                    return Ok(());
                }
                if order::element_kind(&[before, &deletions])? == Kind::Map {
                    let before = std::mem::take(before);
                    let merged = self.merge_maps(before, deletions, &rule)?.list;
                    target.insert(field.to_owned(), Value::Array(merged));
                } else {
                    before.retain(|item| !deletions.iter().any(|deleted| number::equal(item, deleted)));
                }
                Ok(())
            }
            (Some(Value::Object(before)), Value::Object(patch)) => self.map(field, before, patch),
            // Go: a scalar takes the place of a scalar of its type, whatever the directive says.
            (Some(before), value)
                if !number::kind_is_nested(&value) && number::kind(before) == number::kind(&value) =>
            {
                *before = value;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn list(self, before: Vec<Value>, patch: Vec<Value>, rule: &MergeRule) -> Result<Vec<Value>, PatchError> {
        Ok(self.merged(before, patch, rule)?.list)
    }

    fn merged(self, before: Vec<Value>, patch: Vec<Value>, rule: &MergeRule) -> Result<Merged, PatchError> {
        if rule.directive != Directive::Merge {
            return Ok(Merged {
                list: patch,
                live_order: None,
            });
        }
        if before.is_empty() && patch.is_empty() {
            return Ok(Merged {
                list: before,
                live_order: None,
            });
        }
        if order::element_kind(&[&before, &patch])? == Kind::Map {
            return self.merge_maps(before, patch, rule);
        }
        let elements = elements(rule);
        let (all, live_order) = order::append_scalars(&before, &patch);
        let (within, beyond) = order::partition(all, &patch, elements)?;
        let list = order::join(within, beyond, &patch, &live_order, elements)?;
        Ok(Merged {
            list,
            live_order: Some(live_order),
        })
    }

    fn merge_maps(self, before: Vec<Value>, patch: Vec<Value>, rule: &MergeRule) -> Result<Merged, PatchError> {
        if rule.merge_key.is_empty() {
            return Err(PatchError::NoDeclaredKey {
                kind: rule.schema.kind(),
            });
        }
        let elements = Elements::Maps(rule.merge_key);
        let mut list = MapList::new(before, rule.merge_key);
        let mut changes = Vec::new();
        let mut replace = false;
        for item in patch {
            match list_directive(&item)? {
                ListDirective::None => changes.push(item),
                ListDirective::Replace => replace = true,
                ListDirective::Delete => list.delete(order::key_of(&item, elements)?),
            }
        }
        if replace {
            list.items = std::mem::take(&mut changes);
        }
        let patch_order = order::keys_of(&changes, elements)?;
        let live_order = order::keys_of(&list.items, elements)?;
        for item in changes {
            match list.find(order::key_of(&item, elements)?) {
                Some(place) => self.merge_element(&mut list.items[place], item, rule.schema)?,
                None => list.push(item),
            }
        }
        let (within, beyond) = order::partition(list.items, &patch_order, elements)?;
        let joined = order::join(within, beyond, &patch_order, &live_order, elements)?;
        Ok(Merged {
            list: joined,
            live_order: Some(list.residue),
        })
    }

    fn merge_element(self, target: &mut Value, patch: Value, schema: Schema) -> Result<(), PatchError> {
        match (target, patch) {
            (Value::Object(target), Value::Object(patch)) => maps(target, patch, schema, self.mode, self.depth + 1),
            _ => Ok(()),
        }
    }

    /// Merges each list that comes with a `$setElementOrder`, and puts it in that order.
    fn ordered_lists(self, target: &mut Map<String, Value>, patch: &mut Map<String, Value>) -> Result<(), PatchError> {
        let directives: Vec<String> = patch.keys().filter(|key| key.starts_with(SET_ORDER)).cloned().collect();
        for directive in directives {
            let Some(wanted) = patch.remove(&directive) else {
                continue;
            };
            if self.mode == Mode::JoinPatches {
                carry_order(target, &directive, &wanted)?;
            }
            let Value::Array(wanted) = wanted else {
                return Err(PatchError::wrong_type(&Value::Array(Vec::new()), &wanted));
            };
            let field = directive_field(&directive, SET_ORDER).ok_or(PatchError::BadOrderList)?;
            self.ordered_list(target, patch, field, &wanted)?;
        }
        Ok(())
    }

    fn ordered_list(
        self,
        target: &mut Map<String, Value>,
        patch: &mut Map<String, Value>,
        field: &str,
        wanted: &[Value],
    ) -> Result<(), PatchError> {
        let before = as_list(target.get(field))?;
        let change = as_list(patch.get(field))?;
        let rule = self.schema.list_field(field)?;
        let elements = elements(&rule);
        check_order(change.unwrap_or_default(), wanted, elements)?;
        if before.is_none() && change.is_none() {
            return Ok(());
        }
        let kind = order::element_kind(&[before.unwrap_or_default(), change.unwrap_or_default()]);
        let live = before.map(<[Value]>::to_vec);
        let merged = match (take_list(target, field), take_list(patch, field)) {
            (Some(before), Some(change)) => self.merged(before, change, &rule)?,
            (Some(before), None) => Merged {
                list: before,
                live_order: None,
            },
            (None, change) => Merged {
                list: without_directives_in(change.unwrap_or_default()),
                live_order: None,
            },
        };
        let wanted_keys = order::keys_of(wanted, elements)?;
        let (within, beyond) = order::partition(merged.list, &wanted_keys, elements)?;
        let elements = if kind? == Kind::Map {
            Elements::Maps(rule.merge_key)
        } else {
            Elements::Scalars
        };
        let live_order = match merged.live_order {
            Some(residue) => residue,
            None => order::keys_of(&live.unwrap_or_default(), elements)?,
        };
        let wanted_keys = order::keys_of(wanted, elements)?;
        let list = order::join(within, beyond, &wanted_keys, &live_order, elements)?;
        target.insert(field.to_owned(), Value::Array(list));
        Ok(())
    }
}

/// A merged list.
struct Merged {
    list: Vec<Value>,
    /// The order of the live list for later comparison, if merging changed it.
    live_order: Option<Vec<Value>>,
}

/// A list of maps while a patch is merged into it.
struct MapList<'k> {
    items: Vec<Value>,
    merge_key: &'k str,
    /// The keys that the memory of the old list holds.
    ///
    /// Go: deleting and appending happen in the memory of the live list, whose old length is looked at afterwards; so
    /// deleted places are filled by what follows, the end repeats, and appended elements may take that end.
    residue: Vec<Value>,
    used: usize,
}

impl<'k> MapList<'k> {
    fn new(items: Vec<Value>, merge_key: &'k str) -> Self {
        let residue: Vec<Value> = items
            .iter()
            .map(|item| item.get(merge_key).cloned().unwrap_or_default())
            .collect();
        let used = residue.len();
        Self {
            items,
            merge_key,
            residue,
            used,
        }
    }

    fn find(&self, key: &Value) -> Option<usize> {
        let key = number::scalar(key)?;
        self.items
            .iter()
            .position(|item| item.get(self.merge_key).and_then(number::scalar) == Some(key))
    }

    fn delete(&mut self, key: &Value) {
        while let Some(place) = self.find(key) {
            self.items.remove(place);
            for at in place..self.used - 1 {
                self.residue[at] = self.residue[at + 1].clone();
            }
            self.used -= 1;
        }
    }

    fn push(&mut self, item: Value) {
        if let Some(place) = self.residue.get_mut(self.used) {
            *place = item.get(self.merge_key).cloned().unwrap_or_default();
        }
        self.used += 1;
        self.items.push(item);
    }
}

enum ListDirective {
    None,
    Replace,
    Delete,
}

fn list_directive(item: &Value) -> Result<ListDirective, PatchError> {
    let map = order::as_map(item)?;
    let Some(directive) = map.get(DIRECTIVE) else {
        return Ok(ListDirective::None);
    };
    match directive.as_str() {
        Some("delete") => Ok(ListDirective::Delete),
        Some("replace") => Ok(ListDirective::Replace),
        Some("merge") => Err(PatchError::MergeDirectiveInList),
        _ => Err(PatchError::UnknownDirective {
            directive: number::text(directive),
            map: number::map_text(map),
        }),
    }
}

fn elements(rule: &MergeRule) -> Elements<'static> {
    if rule.merge_key.is_empty() {
        Elements::Scalars
    } else {
        Elements::Maps(rule.merge_key)
    }
}

fn directive_field<'k>(key: &'k str, prefix: &str) -> Option<&'k str> {
    key.strip_prefix(prefix)?.strip_prefix('/')
}

fn carry_order(target: &mut Map<String, Value>, directive: &str, wanted: &Value) -> Result<(), PatchError> {
    match target.get(directive) {
        Some(before) if !number::equal(before, wanted) => Err(PatchError::BadOrderList),
        Some(_) => Ok(()),
        None => {
            target.insert(directive.to_owned(), wanted.clone());
            Ok(())
        }
    }
}

/// Every element of a patch's list must stand in its order list, in that order.
fn check_order(patch: &[Value], wanted: &[Value], elements: Elements<'_>) -> Result<(), PatchError> {
    if patch.is_empty() || wanted.is_empty() {
        return Ok(());
    }
    let maps = matches!(elements, Elements::Maps(_));
    if maps {
        for item in patch {
            order::as_map(item)?;
        }
    }
    let directed = |item: &Value| item.get(DIRECTIVE).is_some();
    let kept: Vec<&Value> = patch
        .iter()
        .filter(|item| !(maps && order::is_deletion(item)))
        .collect();
    let (mut at, mut place) = (0, 0);
    while at < kept.len() && place < wanted.len() {
        if directed(kept[at]) {
            at += 1;
            continue;
        }
        if order::same_element(kept[at], &wanted[place], elements)? {
            at += 1;
        }
        place += 1;
    }
    if at < kept.len() {
        return Err(PatchError::OrderMismatch {
            patch: number::list_text(patch),
            order: number::list_text(wanted),
        });
    }
    Ok(())
}

fn as_list(value: Option<&Value>) -> Result<Option<&[Value]>, PatchError> {
    match value {
        None => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(other) => Err(PatchError::wrong_type(&Value::Array(Vec::new()), other)),
    }
}

fn take_list(map: &mut Map<String, Value>, field: &str) -> Option<Vec<Value>> {
    match map.remove(field) {
        Some(Value::Array(list)) => Some(list),
        _ => None,
    }
}

/// What is left of a value when everything with a directive is dropped.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(DIRECTIVE) => None,
        Value::Object(map) => {
            let kept = map
                .into_iter()
                .filter_map(|(key, value)| Some((key, without_directives(value)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(list) => Some(Value::Array(without_directives_in(list))),
        scalar => Some(scalar),
    }
}

fn without_directives_in(list: Vec<Value>) -> Vec<Value> {
    list.into_iter().filter_map(without_directives).collect()
}

fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(discard_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(discard_nulls),
        _ => {}
    }
}
