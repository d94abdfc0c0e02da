//! JSON to a record.
//!
//! Each object is read as a list of fields whose values are still text. That keeps unknown fields as they are, and the
//! chart, the bulk of a record, is only skimmed.

use std::fmt;

use ironhelm_golang::json;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::DecodeError;
use crate::record::{Extra, Info, Release, Values};
use crate::{ApplyMethod, Hook, HookEvent, HookPhase, LastRun, Namespace, Revision, Status, StoredChart, Time};

/// Reads the JSON text of a record.
///
/// # Errors
/// The text is not JSON, a field has another type, or the name is none.
pub fn decode_json(json: &str) -> Result<Release, DecodeError> {
    let fields = Fields::parse("release", json)?.0;
    let name = fields.iter().rev().find(|(key, _)| key == "name");
    let name = name.map_or(Ok(String::new()), |(_, raw)| text("name", raw))?;
    let chart = StoredChart::from_json("null");
    let mut release = Release::new(name.parse()?, Namespace::default(), Revision::new(0), chart);
    for (key, raw) in fields {
        read_field(&mut release, key, raw)?;
    }
    Ok(release)
}

fn read_field(release: &mut Release, key: String, raw: &RawValue) -> Result<(), DecodeError> {
    match key.as_str() {
        "name" => {}
        "info" => release.info = read_info(raw)?,
        "chart" => release.chart = StoredChart::from_json(raw.get()),
        "config" => release.config = values(raw.get()).map_err(|_| DecodeError::Config)?,
        "manifest" => release.manifest = text("manifest", raw)?,
        "hooks" => release.hooks = read_hooks(raw)?,
        "version" => release.revision = Revision::new(optional("version", raw)?.unwrap_or_default()),
        "namespace" => release.namespace = text("namespace", raw)?.into(),
        "apply_method" => read_apply_method(release, raw)?,
        _ => keep(&mut release.extra, key, raw),
    }
    Ok(())
}

fn read_info(raw: &RawValue) -> Result<Info, DecodeError> {
    let mut info = Info::default();
    for (key, raw) in Fields::parse("info", raw.get())?.0 {
        match key.as_str() {
            "first_deployed" => info.first_deployed = time("info.first_deployed", raw)?,
            "last_deployed" => info.last_deployed = time("info.last_deployed", raw)?,
            "deleted" => info.deleted = time("info.deleted", raw)?,
            "description" => info.description = text("info.description", raw)?,
            "status" => info.status = Status::from_record(&text("info.status", raw)?),
            "notes" => info.notes = text("info.notes", raw)?,
            _ => keep(&mut info.extra, key, raw),
        }
    }
    Ok(info)
}

fn read_apply_method(release: &mut Release, raw: &RawValue) -> Result<(), DecodeError> {
    match text("apply_method", raw)?.as_str() {
        "" => {}
        "ssa" => release.apply_method = Some(ApplyMethod::ServerSide),
        "csa" => release.apply_method = Some(ApplyMethod::ClientSide),
        _ => keep(&mut release.extra, "apply_method".to_owned(), raw),
    }
    Ok(())
}

fn read_hooks(raw: &RawValue) -> Result<Vec<Hook>, DecodeError> {
    let hooks: Option<Vec<&RawValue>> = parse("hooks", raw.get())?;
    hooks.unwrap_or_default().into_iter().map(read_hook).collect()
}

fn read_hook(raw: &RawValue) -> Result<Hook, DecodeError> {
    let mut hook = Hook::default();
    for (key, raw) in Fields::parse("hooks", raw.get())?.0 {
        match key.as_str() {
            "name" => hook.name = text("hooks.name", raw)?,
            "kind" => hook.kind = text("hooks.kind", raw)?,
            "path" => hook.path = text("hooks.path", raw)?,
            "manifest" => hook.manifest = text("hooks.manifest", raw)?,
            "events" => read_events(&mut hook, raw)?,
            "last_run" => hook.last_run = read_last_run(raw)?,
            "weight" => hook.weight = optional("hooks.weight", raw)?.unwrap_or_default(),
            "delete_policies" => hook.delete_policies = words("hooks.delete_policies", raw)?,
            "output_log_policies" => hook.output_log_policies = words("hooks.output_log_policies", raw)?,
            _ => keep(&mut hook.extra, key, raw),
        }
    }
    Ok(hook)
}

fn read_events(hook: &mut Hook, raw: &RawValue) -> Result<(), DecodeError> {
    for word in optional::<Vec<String>>("hooks.events", raw)?.unwrap_or_default() {
        match HookEvent::from_record(&word) {
            Some(event) => hook.events.push(event),
            None => hook.foreign_events.push(word),
        }
    }
    Ok(())
}

fn read_last_run(raw: &RawValue) -> Result<LastRun, DecodeError> {
    let mut run = LastRun::default();
    for (key, raw) in Fields::parse("hooks.last_run", raw.get())?.0 {
        match key.as_str() {
            "started_at" => run.started_at = time("hooks.last_run.started_at", raw)?,
            "completed_at" => run.completed_at = time("hooks.last_run.completed_at", raw)?,
            "phase" => run.phase = HookPhase::from_record(&text("hooks.last_run.phase", raw)?),
            _ => {}
        }
    }
    Ok(run)
}

/// The fields of one JSON object, in order, with the text of their values. `null` has none.
pub(crate) struct Fields<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'a> Fields<'a> {
    pub(crate) fn parse(field: &'static str, text: &'a str) -> Result<Self, DecodeError> {
        Ok(parse::<Option<Self>>(field, text)?.unwrap_or(Self(Vec::new())))
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(entry) = map.next_entry()? {
            fields.push(entry);
        }
        Ok(Fields(fields))
    }
}

fn parse<'a, T: Deserialize<'a>>(field: &'static str, text: &'a str) -> Result<T, DecodeError> {
    serde_json::from_str(text).map_err(|source| DecodeError::Json { field, source })
}

/// A field of any type; `None` for `null`.
pub(crate) fn optional<T: DeserializeOwned>(field: &'static str, raw: &RawValue) -> Result<Option<T>, DecodeError> {
    parse(field, raw.get())
}

/// A text; Go: `null` leaves it empty.
pub(crate) fn text(field: &'static str, raw: &RawValue) -> Result<String, DecodeError> {
    Ok(optional(field, raw)?.unwrap_or_default())
}

fn words<T: for<'a> From<&'a str>>(field: &'static str, raw: &RawValue) -> Result<Vec<T>, DecodeError> {
    let words: Option<Vec<String>> = optional(field, raw)?;
    Ok(words.unwrap_or_default().iter().map(|word| T::from(word)).collect())
}

fn time(field: &'static str, raw: &RawValue) -> Result<Option<Time>, DecodeError> {
    let text = text(field, raw)?;
    Time::from_record(&text).map_err(|source| DecodeError::Time { field, text, source })
}

/// A table of values, however deep. Go: every number of it becomes a float.
pub(crate) fn values(text: &str) -> Result<Option<Values>, NotATable> {
    let mut value = json::decode(text.as_bytes()).map_err(|_| NotATable)?;
    json::to_float64(&mut value);
    match value {
        Value::Null => Ok(None),
        Value::Object(values) => Ok(Some(values)),
        _ => Err(NotATable),
    }
}

/// The text is not a JSON object.
pub(crate) struct NotATable;

fn keep(extra: &mut Extra, key: String, raw: &RawValue) {
    extra.insert(key, raw.get().into());
}
