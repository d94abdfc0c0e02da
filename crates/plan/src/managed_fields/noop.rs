//! Applies that change nothing.
//!
//! An apply replaces the set of fields that its manager owns by the fields of what is applied, removes what is no
//! longer in it, and sets the rest. It changes nothing if that set and all values stay the same. Whatever is not
//! certain from the objects alone counts as a change: an unneeded apply does no harm.

use serde_json::{Map, Value};

use super::{FIELD_MANAGER, is_entry};
use crate::strategic::number;
use crate::{Object, Schema};

/// Deeper objects count as changed.
const MAX_DEPTH: usize = 512;

/// Fields of `metadata` that identify an object and that no manager owns.
const IDENTITY: [&str; 2] = ["name", "namespace"];

/// Whether a server-side apply of `target` by [`FIELD_MANAGER`] certainly leaves `live` as it is, its
/// `managedFields` included.
pub fn apply_is_noop(target: &Object, live: &Object) -> bool {
    same_identity(target, live) && owned_fields(target, live).is_some_and(|fields| covers(target, live, fields))
}

fn same_identity(target: &Object, live: &Object) -> bool {
    !target.name().is_empty()
        && target.name() == live.name()
        && target.kind() == live.kind()
        && target.api_version() == live.api_version()
        && target
            .namespace()
            .is_none_or(|namespace| live.namespace() == Some(namespace))
}

/// The fields of the only entry of our manager, if that is a server-side one of the target's version.
fn owned_fields<'a>(target: &Object, live: &'a Object) -> Option<&'a Map<String, Value>> {
    let mut ours = live
        .managed_fields()
        .iter()
        .filter(|entry| entry["manager"] == FIELD_MANAGER);
    let entry = ours.next()?;
    let single = ours.next().is_none() && is_entry(entry, "Apply");
    let same_version = entry["apiVersion"] == target.api_version() && entry["fieldsType"] == "FieldsV1";
    if single && same_version {
        entry["fieldsV1"].as_object()
    } else {
        None
    }
}

fn covers(target: &Object, live: &Object, fields: &Map<String, Value>) -> bool {
    let schema = Schema::of(&target.gvk());
    let mut content = target.fields().clone();
    content.remove("apiVersion");
    content.remove("kind");
    if let Some(Value::Object(metadata)) = content.get_mut("metadata") {
        metadata.retain(|field, _| !IDENTITY.contains(&field.as_str()));
        if metadata.is_empty() {
            content.remove("metadata");
        }
    }
    map_stays(&content, live.fields(), fields, schema, 0)
}

/// A map whose fields are owned one by one.
fn map_stays(
    target: &Map<String, Value>,
    live: &Map<String, Value>,
    owned: &Map<String, Value>,
    schema: Option<Schema>,
    depth: usize,
) -> bool {
    let steps = owned.keys().filter(|step| step.as_str() != ".").count();
    if depth > MAX_DEPTH || steps != target.len() {
        return false;
    }
    target.iter().all(|(key, value)| {
        let (Some(live), Some(Value::Object(owned))) = (live.get(key), owned.get(&format!("f:{key}"))) else {
            return false;
        };
        let (child, atomic) = schema.and_then(|schema| schema.child(key)).unzip();
        // A map's entry is owned itself, a struct's field only by what is in it.
        let entry = schema.is_some_and(Schema::is_map);
        let place = Place {
            schema: child,
            atomic: atomic.unwrap_or_default(),
            owned_itself: entry,
            depth: depth + 1,
        };
        place.stays(value, live, owned)
    })
}

/// Where a value stands.
struct Place {
    schema: Option<Schema>,
    /// Whether the value is owned as a whole.
    atomic: bool,
    /// Whether ownership of what is inside comes with ownership of the value itself.
    owned_itself: bool,
    depth: usize,
}

impl Place {
    fn stays(&self, target: &Value, live: &Value, owned: &Map<String, Value>) -> bool {
        if owned.is_empty() {
            return self.leaf_stays(target, live);
        }
        if self.atomic || owned.contains_key(".") != self.owned_itself {
            return false;
        }
        match (target, live) {
            (Value::Object(target), Value::Object(live)) if !target.is_empty() => {
                map_stays(target, live, owned, self.schema, self.depth)
            }
            (Value::Array(target), Value::Array(live)) if !target.is_empty() => self.list_stays(target, live, owned),
            _ => false,
        }
    }

    fn leaf_stays(&self, target: &Value, live: &Value) -> bool {
        let whole = match target {
            Value::Null => false,
            Value::Object(map) => map.is_empty() || self.atomic,
            Value::Array(_) => self.atomic,
            _ => true,
        };
        whole && number::equal(target, live)
    }

    /// A list whose elements are owned one by one. An apply also puts them in its order.
    fn list_stays(&self, target: &[Value], live: &[Value], owned: &Map<String, Value>) -> bool {
        let steps: Vec<(&String, &Value)> = owned.iter().filter(|(step, _)| step.as_str() != ".").collect();
        if steps.len() != target.len() {
            return false;
        }
        let mut used = Vec::with_capacity(steps.len());
        let mut last = None;
        for item in target {
            let mut matching = steps.iter().enumerate().filter(|(_, (step, _))| names(step, item));
            let (Some((index, (step, owned))), None) = (matching.next(), matching.next()) else {
                return false;
            };
            let Some(place) = only_place(step, live) else {
                return false;
            };
            if used.contains(&index) || last.is_some_and(|last| last >= place) {
                return false;
            }
            let whole = owned.as_object().is_some_and(Map::is_empty) && only_place(step, target).is_some();
            if !self.item_stays(item, &live[place], owned, whole) {
                return false;
            }
            used.push(index);
            last = Some(place);
        }
        true
    }

    /// `whole` if nothing inside the element is owned though it has its key fields: then the element is atomic, if
    /// its kind is a known one.
    fn item_stays(&self, target: &Value, live: &Value, owned: &Value, whole: bool) -> bool {
        let Value::Object(owned) = owned else { return false };
        let schema = self.schema.and_then(Schema::element);
        match (target, live) {
            (Value::Object(_), _) if whole => schema.is_some() && number::equal(target, live),
            (Value::Object(target), Value::Object(live)) => {
                owned.contains_key(".") && map_stays(target, live, owned, schema, self.depth + 1)
            }
            (Value::Object(_) | Value::Array(_) | Value::Null, _) => false,
            _ => owned.is_empty() && number::equal(target, live),
        }
    }
}

/// Whether a step of a path (`k:{…}` or `v:…`) can be that of a list element. A key field that the element lacks has a
/// default, which only the server knows.
fn names(step: &str, item: &Value) -> bool {
    match (parse_step(step), item) {
        (Some(Step::Key(key)), Value::Object(item)) => key
            .iter()
            .all(|(field, value)| item.get(field).is_none_or(|own| number::equal(own, value))),
        (Some(Step::Value(value)), item) => number::equal(&value, item),
        _ => false,
    }
}

/// The place of the only element that a step names fully.
fn only_place(step: &str, list: &[Value]) -> Option<usize> {
    let step = parse_step(step)?;
    let mut places = list.iter().enumerate().filter(|(_, item)| match &step {
        Step::Key(key) => key
            .iter()
            .all(|(field, value)| item.get(field).is_some_and(|own| number::equal(own, value))),
        Step::Value(value) => number::equal(value, item),
    });
    let (place, _) = places.next()?;
    places.next().is_none().then_some(place)
}

enum Step {
    Key(Map<String, Value>),
    Value(Value),
}

fn parse_step(step: &str) -> Option<Step> {
    if let Some(key) = step.strip_prefix("k:") {
        return serde_json::from_str(key).ok().map(Step::Key);
    }
    serde_json::from_str(step.strip_prefix("v:")?).ok().map(Step::Value)
}
