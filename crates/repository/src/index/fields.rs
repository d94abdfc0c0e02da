//! The fields of an index as Go's structs have them: names, kinds and the words for a value of another kind.

use serde_json::{Map, Value};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Flag,
    Texts,
    TextMap,
    Time,
    Anything,
    Maintainers,
    Dependencies,
}

/// A field: its name, what it holds, and where Go keeps it.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    place: &'static str,
}

const fn field(name: &'static str, kind: Kind, place: &'static str) -> Field {
    Field { name, kind, place }
}

const METADATA: &str = "ChartVersion.entries.Metadata";
const OWN: &str = "ChartVersion.entries";
const MAINTAINER: &str = "Maintainer.entries.Metadata.maintainers";
const DEPENDENCY: &str = "Dependency.entries.Metadata.dependencies";

/// One version of a chart.
pub(super) const VERSION: [Field; 25] = [
    field("name", Kind::Text, METADATA),
    field("home", Kind::Text, METADATA),
    field("sources", Kind::Texts, METADATA),
    field("version", Kind::Text, METADATA),
    field("description", Kind::Text, METADATA),
    field("keywords", Kind::Texts, METADATA),
    field("maintainers", Kind::Maintainers, METADATA),
    field("icon", Kind::Text, METADATA),
    field("apiVersion", Kind::Text, METADATA),
    field("condition", Kind::Text, METADATA),
    field("tags", Kind::Text, METADATA),
    field("appVersion", Kind::Text, METADATA),
    field("deprecated", Kind::Flag, METADATA),
    field("annotations", Kind::TextMap, METADATA),
    field("kubeVersion", Kind::Text, METADATA),
    field("dependencies", Kind::Dependencies, METADATA),
    field("type", Kind::Text, METADATA),
    field("urls", Kind::Texts, OWN),
    field("created", Kind::Time, OWN),
    field("removed", Kind::Flag, OWN),
    field("digest", Kind::Text, OWN),
    field("checksum", Kind::Text, OWN),
    field("engine", Kind::Text, OWN),
    field("tillerVersion", Kind::Text, OWN),
    field("url", Kind::Text, OWN),
];

pub(super) const MAINTAINER_FIELDS: [Field; 3] = [
    field("name", Kind::Text, MAINTAINER),
    field("email", Kind::Text, MAINTAINER),
    field("url", Kind::Text, MAINTAINER),
];

pub(super) const DEPENDENCY_FIELDS: [Field; 8] = [
    field("name", Kind::Text, DEPENDENCY),
    field("version", Kind::Text, DEPENDENCY),
    field("repository", Kind::Text, DEPENDENCY),
    field("condition", Kind::Text, DEPENDENCY),
    field("tags", Kind::Texts, DEPENDENCY),
    field("enabled", Kind::Flag, DEPENDENCY),
    field("import-values", Kind::Anything, DEPENDENCY),
    field("alias", Kind::Text, DEPENDENCY),
];

pub(super) fn find(fields: &'static [Field], name: &str) -> Option<&'static Field> {
    fields.iter().find(|field| field.name == name)
}

/// Are unknown fields errors, as in YAML, or skipped, as in JSON?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Error,
    Skip,
}

/// Checks a map against `fields`; the error is Go's.
pub(super) fn check(map: &Map<String, Value>, fields: &'static [Field], unknown: Unknown) -> Result<(), String> {
    for (key, value) in map {
        match find(fields, key) {
            Some(field) => field.check(value, unknown)?,
            None if unknown == Unknown::Error => return Err(format!("json: unknown field {key:?}")),
            None => {}
        }
    }
    Ok(())
}

impl Field {
    fn check(&self, value: &Value, unknown: Unknown) -> Result<(), String> {
        let fits = match (self.kind, value) {
            (_, Value::Null)
            | (Kind::Anything, _)
            | (Kind::Text | Kind::Time, Value::String(_))
            | (Kind::Flag, Value::Bool(_)) => true,
            // Helm: only the fields of the entry itself are made texts by the YAML layer.
            (Kind::Text, Value::Number(_) | Value::Bool(_)) => unknown == Unknown::Error && self.place == OWN,
            (Kind::Texts, Value::Array(items)) => return items.iter().try_for_each(|item| self.check_text(item)),
            (Kind::TextMap, Value::Object(map)) => return map.values().try_for_each(|item| self.check_text(item)),
            (Kind::Maintainers, Value::Array(items)) => return check_all(items, &MAINTAINER_FIELDS, unknown, self),
            (Kind::Dependencies, Value::Array(items)) => return check_all(items, &DEPENDENCY_FIELDS, unknown, self),
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(self.refuse(value, self.go_type()))
        }
    }

    fn check_text(&self, value: &Value) -> Result<(), String> {
        match value {
            Value::Null | Value::String(_) => Ok(()),
            other => Err(self.refuse(other, "string")),
        }
    }

    fn refuse(&self, value: &Value, wanted: &str) -> String {
        if self.kind == Kind::Time {
            return "Time.UnmarshalJSON: input is not a JSON string".to_owned();
        }
        let place = format!("{}.{}", self.place, self.name);
        format!(
            "json: cannot unmarshal {} into Go struct field {place} of type {wanted}",
            word(value)
        )
    }

    fn go_type(&self) -> &'static str {
        match self.kind {
            Kind::Text => "string",
            Kind::Flag => "bool",
            Kind::Texts => "[]string",
            Kind::TextMap => "map[string]string",
            Kind::Time => "time.Time",
            Kind::Anything => "[]interface {}",
            Kind::Maintainers => "[]*v2.Maintainer",
            Kind::Dependencies => "[]*v2.Dependency",
        }
    }
}

fn check_all(items: &[Value], fields: &'static [Field], unknown: Unknown, holder: &Field) -> Result<(), String> {
    items.iter().try_for_each(|item| match item {
        Value::Null => Ok(()),
        Value::Object(map) => check(map, fields, unknown),
        other => Err(holder.refuse(other, holder.go_type().trim_start_matches("[]*"))),
    })
}

/// JSON's word for the kind of a value.
pub(super) fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
