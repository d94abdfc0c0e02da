//! [`List`] and [`Map`]: Go's slices and maps, shared by reference.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::{MapType, Str, Type, Value};

/// A Go slice. Cloning shares the items; the items never change in place.
#[derive(Clone)]
pub struct List {
    items: Rc<Items>,
    elem: Type,
    nil: bool,
}

#[derive(Default)]
struct Items(Vec<Value>);

impl List {
    /// A `[]interface {}` of `items`.
    pub fn new(items: Vec<Value>) -> Self {
        Self::of(Type::Any, items)
    }

    /// A slice of `items` whose element type is `elem`.
    pub fn of(elem: Type, items: Vec<Value>) -> Self {
        Self {
            items: Rc::new(Items(items)),
            elem,
            nil: false,
        }
    }

    /// Go's nil slice: empty, and `null` in JSON.
    pub fn nil(elem: Type) -> Self {
        Self {
            items: Rc::default(),
            elem,
            nil: true,
        }
    }

    /// Whether this is a nil slice.
    pub fn is_nil(&self) -> bool {
        self.nil
    }

    /// The items.
    pub fn items(&self) -> &[Value] {
        &self.items.0
    }

    /// The element type.
    pub fn elem(&self) -> Type {
        self.elem
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.items.0.len()
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.items.0.is_empty()
    }

    /// Iterates over the items.
    pub fn iter(&self) -> std::slice::Iter<'_, Value> {
        self.items.0.iter()
    }

    /// The name that `%T` prints.
    pub fn type_name(&self) -> String {
        format!("[]{}", self.elem.name())
    }

    /// Takes the items out, copying only when they are shared.
    pub fn into_items(self) -> Vec<Value> {
        match Rc::try_unwrap(self.items) {
            Ok(mut items) => std::mem::take(&mut items.0),
            Err(items) => items.0.clone(),
        }
    }

    /// Whether both share the same items.
    pub fn same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.items, &other.items)
    }
}

impl<'a> IntoIterator for &'a List {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::new(items.into_iter().collect())
    }
}

/// A Go map with string keys. Cloning shares it: a change through one clone is seen through all.
#[derive(Clone)]
pub struct Map(Rc<MapData>);

struct MapData {
    kind: MapType,
    nil: bool,
    entries: Entries,
}

enum Entries {
    Own(RefCell<BTreeMap<Str, Value>>),
    /// The entries of another map, which owns them.
    Shared(Map),
}

impl MapData {
    fn new(kind: MapType, nil: bool, entries: BTreeMap<Str, Value>) -> Self {
        Self {
            kind,
            nil,
            entries: Entries::Own(RefCell::new(entries)),
        }
    }

    fn table(&self) -> &RefCell<BTreeMap<Str, Value>> {
        match &self.entries {
            Entries::Own(table) => table,
            Entries::Shared(owner) => owner.0.table(),
        }
    }

    fn take_entries(&mut self) -> BTreeMap<Str, Value> {
        match &mut self.entries {
            Entries::Own(table) => std::mem::take(table.get_mut()),
            Entries::Shared(_) => BTreeMap::new(),
        }
    }
}

impl Map {
    /// An empty `map[string]interface {}`.
    pub fn new() -> Self {
        Self::of(MapType::ANY, BTreeMap::new())
    }

    /// A map of the given type.
    pub fn of(kind: MapType, entries: BTreeMap<Str, Value>) -> Self {
        Self(Rc::new(MapData::new(kind, false, entries)))
    }

    /// Go's nil `map[string]interface {}`: empty, not writable, and `null` in JSON.
    pub fn nil() -> Self {
        Self::nil_of(MapType::ANY)
    }

    /// Go's nil map of the given type.
    pub fn nil_of(kind: MapType) -> Self {
        Self(Rc::new(MapData::new(kind, true, BTreeMap::new())))
    }

    /// Whether this is a nil map.
    pub fn is_nil(&self) -> bool {
        self.0.nil
    }

    /// The map's Go type.
    pub fn kind(&self) -> MapType {
        self.0.kind
    }

    /// The same map under another Go type: a change through either is seen through both.
    pub fn with_kind(&self, kind: MapType) -> Self {
        let owner = match &self.0.entries {
            Entries::Own(_) => self.clone(),
            Entries::Shared(owner) => owner.clone(),
        };
        Self(Rc::new(MapData {
            kind,
            nil: self.0.nil,
            entries: Entries::Shared(owner),
        }))
    }

    /// The value of `key`.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Option<Value> {
        self.0.table().borrow().get(key.as_ref()).cloned()
    }

    /// Whether `key` is present.
    pub fn contains_key(&self, key: impl AsRef<[u8]>) -> bool {
        self.0.table().borrow().contains_key(key.as_ref())
    }

    /// Stores `value` under `key` for all who share this map. A nil map must be refused by the caller beforehand
    /// (Go: `assignment to entry in nil map`); here it is silently written to.
    pub fn insert(&self, key: impl Into<Str>, value: impl Into<Value>) {
        self.0.table().borrow_mut().insert(key.into(), value.into());
    }

    /// Removes `key` for all who share this map.
    pub fn remove(&self, key: impl AsRef<[u8]>) -> Option<Value> {
        self.0.table().borrow_mut().remove(key.as_ref())
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.0.table().borrow().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.table().borrow().is_empty()
    }

    /// The keys, sorted.
    pub fn keys(&self) -> Vec<Str> {
        self.0.table().borrow().keys().cloned().collect()
    }

    /// A snapshot of the entries, sorted by key: safe to walk while the map changes.
    pub fn entries(&self) -> Vec<(Str, Value)> {
        self.0
            .table()
            .borrow()
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> Vec<Value> {
        self.0.table().borrow().values().cloned().collect()
    }

    /// Whether both are one and the same map.
    pub fn same(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    /// An address that identifies the shared map, to notice cycles.
    pub fn identity(&self) -> usize {
        std::ptr::from_ref(self.0.table()).addr()
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Into<Str>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        Self::of(MapType::ANY, entries)
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        dismantle(std::mem::take(&mut self.0));
    }
}

impl Drop for MapData {
    fn drop(&mut self) {
        dismantle(self.take_entries().into_values().collect());
    }
}

/// The bytes of what has just come about: the parts of `value` that nobody else holds.
///
/// They form a tree, so that counting them takes no longer than making them did.
pub(crate) fn unshared_bytes(value: &Value) -> usize {
    const SLOT: usize = std::mem::size_of::<Value>();
    match value {
        Value::String(text) | Value::Bytes(text) if text.is_unshared() => text.len(),
        Value::List(list) if Rc::strong_count(&list.items) == 1 => stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            list.iter().map(|item| SLOT + unshared_bytes(item)).sum()
        }),
        Value::Map(map) if Rc::strong_count(&map.0) == 1 => stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            let table = map.0.table().borrow();
            let entries = table.iter();
            entries
                .map(|(key, value)| 2 * SLOT + key.len() + unshared_bytes(value))
                .sum()
        }),
        _ => 0,
    }
}

/// Drops values without recursion: a template can nest lists deeper than the native stack.
fn dismantle(mut values: Vec<Value>) {
    if !values
        .iter()
        .any(|value| matches!(value, Value::List(_) | Value::Map(_)))
    {
        return;
    }
    while let Some(value) = values.pop() {
        match value {
            Value::List(list) => {
                if let Some(mut items) = Rc::into_inner(list.items) {
                    values.append(&mut items.0);
                }
            }
            Value::Map(map) => {
                if let Some(mut data) = Rc::into_inner(map.0) {
                    values.extend(data.take_entries().into_values());
                }
            }
            _ => {}
        }
    }
}
