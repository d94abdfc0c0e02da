//! Lists that merge: their element types, and the order of what comes out.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::number::{self, Kind, Scalar};
use super::{DIRECTIVE, PatchError};

/// What a merging list holds, and how its elements are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elements<'a> {
    /// Maps, by the value of a key.
    Maps(&'a str),
    /// Scalars, by themselves.
    Scalars,
}

/// The one type of all elements of some lists.
pub(super) fn element_kind(lists: &[&[Value]]) -> Result<Kind, PatchError> {
    let mut elements = lists.iter().copied().flatten();
    let first = number::kind(elements.next().ok_or(PatchError::NoElements)?);
    if first == Kind::List {
        return Err(PatchError::ListOfLists);
    }
    if first == Kind::Nil || elements.any(|element| number::kind(element) != first) {
        let lists = lists
            .iter()
            .map(|list| number::list_text(list))
            .collect::<Vec<_>>()
            .join(" ");
        return Err(PatchError::MixedList {
            lists: format!("[{lists}]"),
        });
    }
    Ok(first)
}

/// What identifies each element of a list.
pub(super) fn keys_of(list: &[Value], elements: Elements<'_>) -> Result<Vec<Value>, PatchError> {
    list.iter().map(|item| Ok(key_of(item, elements)?.clone())).collect()
}

/// What identifies an element.
pub(super) fn key_of<'v>(item: &'v Value, elements: Elements<'_>) -> Result<&'v Value, PatchError> {
    match elements {
        Elements::Scalars => Ok(item),
        Elements::Maps(key) => {
            let map = as_map(item)?;
            map.get(key).ok_or_else(|| PatchError::no_merge_key(map, key))
        }
    }
}

/// Whether two elements are identified by the same value.
pub(super) fn same_element(left: &Value, right: &Value, elements: Elements<'_>) -> Result<bool, PatchError> {
    let (left, right) = (key_of(left, elements)?, key_of(right, elements)?);
    Ok(number::scalar(left).is_some() && number::scalar(left) == number::scalar(right))
}

pub(super) fn as_map(item: &Value) -> Result<&Map<String, Value>, PatchError> {
    item.as_object()
        .ok_or_else(|| PatchError::wrong_type(&Value::Object(Map::new()), item))
}

/// Whether a list element says that it is to be deleted.
pub(super) fn is_deletion(item: &Value) -> bool {
    item.get(DIRECTIVE).and_then(Value::as_str) == Some("delete")
}

/// Sorts elements as their keys stand in `order`; deletions go last.
pub(super) fn arrange(list: Vec<Value>, order: &[Value], elements: Elements<'_>) -> Result<Vec<Value>, PatchError> {
    for item in &list {
        key_of(item, elements)?;
    }
    let maps = matches!(elements, Elements::Maps(_));
    let (deletions, kept): (Vec<Value>, Vec<Value>) = list.into_iter().partition(|item| maps && is_deletion(item));
    let places = Places::of(order);
    let mut placed = Vec::with_capacity(kept.len());
    for item in kept {
        placed.push((places.get(key_of(&item, elements)?), item));
    }
    sort_by_place(&mut placed);
    Ok(placed.into_iter().map(|(_, item)| item).chain(deletions).collect())
}

/// Splits a list into elements that stand in `order`, and the others.
pub(super) fn partition(
    list: Vec<Value>,
    order: &[Value],
    elements: Elements<'_>,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let (mut within, mut beyond) = (Vec::new(), Vec::new());
    let places = Places::of(order);
    for item in list {
        let found = places.get(key_of(&item, elements)?).is_some();
        if found { within.push(item) } else { beyond.push(item) }
    }
    Ok((within, beyond))
}

/// Joins the elements of a patch and those of the live list alone: each keeps its order, and they interleave as in
/// `live_order` where that knows both.
pub(super) fn join(
    patch: Vec<Value>,
    live_only: Vec<Value>,
    patch_order: &[Value],
    live_order: &[Value],
    elements: Elements<'_>,
) -> Result<Vec<Value>, PatchError> {
    let patch = arrange(patch, patch_order, elements)?;
    let live_only = arrange(live_only, live_order, elements)?;
    let places = Places::of(live_order);
    let mut joined = Vec::with_capacity(patch.len() + live_only.len());
    let (mut left, mut right) = (live_only.into_iter().peekable(), patch.into_iter().peekable());
    while let (Some(live), Some(wanted)) = (left.peek(), right.peek()) {
        let live_place = places.get(key_of(live, elements)?);
        let wanted_place = places.get(key_of(wanted, elements)?);
        let live_first = live_place.zip(wanted_place).is_some_and(|(live, wanted)| live < wanted);
        joined.extend(if live_first { left.next() } else { right.next() });
    }
    joined.extend(right);
    joined.extend(left);
    Ok(joined)
}

/// Removes repeated scalars.
pub(super) fn deduplicate(list: Vec<Value>) -> Vec<Value> {
    let (mut memory, len) = compact(list);
    memory.truncate(len);
    memory
}

/// Appends the scalars of a patch to a live list without repeats; also gives the live list as it stands in memory
/// afterwards.
///
/// Go: the elements are appended and compacted in the memory of the live list if that has room (a decoded list has a
/// power of two), so that repeats in the live list change what is later taken for its order.
pub(super) fn append_scalars(live: &[Value], patch: &[Value]) -> (Vec<Value>, Vec<Value>) {
    let room = live.len().next_power_of_two();
    let shared = live.len() + patch.len() <= room;
    let (mut memory, len) = compact(live.iter().chain(patch).cloned().collect());
    let live_order = if shared {
        memory[..live.len()].to_vec()
    } else {
        live.to_vec()
    };
    memory.truncate(len);
    (memory, live_order)
}

/// Moves repeats out of the way; gives the memory and the length that is still used.
///
/// Go: the last element takes the place of a repeated one, so that the order changes.
fn compact(mut list: Vec<Value>) -> (Vec<Value>, usize) {
    let mut len = list.len();
    let mut seen = HashSet::with_capacity(len);
    if list.iter().all(|item| seen.insert(number::scalar(item))) {
        return (list, len);
    }
    let mut i = 0;
    while i + 1 < len {
        let mut j = i + 1;
        while j < len {
            if number::equal(&list[i], &list[j]) {
                len -= 1;
                list[j] = list[len].clone();
            } else {
                j += 1;
            }
        }
        i += 1;
    }
    (list, len)
}

/// Where each value stands first in a list.
struct Places<'a>(HashMap<Scalar<'a>, usize>);

impl<'a> Places<'a> {
    fn of(order: &'a [Value]) -> Self {
        let mut places = HashMap::with_capacity(order.len());
        for (place, value) in order.iter().enumerate() {
            if let Some(scalar) = number::scalar(value) {
                places.entry(scalar).or_insert(place);
            }
        }
        Self(places)
    }

    fn get(&self, value: &Value) -> Option<usize> {
        self.0.get(&number::scalar(value)?).copied()
    }
}

/// Go: an element without a place counts as less than anything, and the sort (by insertion) takes that literally.
fn sort_by_place(list: &mut [(Option<usize>, Value)]) {
    if list.iter().all(|(place, _)| place.is_some()) {
        list.sort_by_key(|(place, _)| *place);
        return;
    }
    if list.iter().all(|(place, _)| place.is_none()) {
        list.reverse();
        return;
    }
    for i in 1..list.len() {
        let mut j = i;
        while j > 0 && list[j].0.zip(list[j - 1].0).is_none_or(|(right, left)| right < left) {
            list.swap(j, j - 1);
            j -= 1;
        }
    }
}
