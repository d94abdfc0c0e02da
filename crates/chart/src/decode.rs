//! `Chart.yaml` and its kin from a tree, as Go decodes JSON into structs.
//!
//! Keys match without regard to case, unknown ones are skipped, `null` leaves a field as it is, and a scalar in
//! place of a string has become a string already when Go sees it, because the YAML layer knows the target.

use ironhelm_golang::{json, strconv};
use serde_json::{Map, Value};

use crate::lock::Lock;
use crate::metadata::{Dependency, Maintainer, Metadata};
use crate::timestamp;

/// A value of another kind than the field wants; the text is Go's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The kind of the value does not fit.
    #[error("json: cannot unmarshal {found} into Go {place} of type {wanted}")]
    Kind {
        /// JSON's word for what is there.
        found: &'static str,
        /// `value`, or `struct field` and the path of the field.
        place: String,
        /// The Go type of the field.
        wanted: &'static str,
    },
    /// The time of a lock file is none.
    #[error("{detail}")]
    Time {
        /// What Go says of it.
        detail: String,
    },
}

/// Metadata being read, from `Chart.yaml` and then perhaps from `requirements.yaml`.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) metadata: Metadata,
    pub(crate) has_null_maintainer: bool,
    pub(crate) has_null_dependency: bool,
}

impl Draft {
    /// Lays `tree` over what is known.
    pub(crate) fn apply(&mut self, tree: &Value) -> Result<(), DecodeError> {
        let Some(fields) = object(tree, Place::value("v2.Metadata"))? else {
            return Ok(());
        };
        for (key, value) in fields {
            self.apply_field(&fold(key), value)?;
        }
        Ok(())
    }

    fn apply_field(&mut self, key: &str, value: &Value) -> Result<(), DecodeError> {
        let metadata = &mut self.metadata;
        let at = |field| Place {
            holder: "Metadata",
            field,
        };
        match key {
            "name" => string(&mut metadata.name, value, at("name")),
            "home" => string(&mut metadata.home, value, at("home")),
            "sources" => strings(&mut metadata.sources, value, at("sources")),
            "version" => string(&mut metadata.version, value, at("version")),
            "description" => string(&mut metadata.description, value, at("description")),
            "keywords" => strings(&mut metadata.keywords, value, at("keywords")),
            "maintainers" => self.apply_maintainers(value),
            "icon" => string(&mut metadata.icon, value, at("icon")),
            "apiversion" => string(&mut metadata.api_version, value, at("apiVersion")),
            "condition" => string(&mut metadata.condition, value, at("condition")),
            "tags" => string(&mut metadata.tags, value, at("tags")),
            "appversion" => string(&mut metadata.app_version, value, at("appVersion")),
            "deprecated" => boolean(&mut metadata.deprecated, value, at("deprecated")),
            "annotations" => annotations(metadata, value, at("annotations")),
            "kubeversion" => string(&mut metadata.kube_version, value, at("kubeVersion")),
            "dependencies" => self.apply_dependencies(value),
            "type" => string(&mut metadata.kind, value, at("type")),
            _ => Ok(()),
        }
    }

    fn apply_maintainers(&mut self, value: &Value) -> Result<(), DecodeError> {
        let at = Place {
            holder: "Metadata",
            field: "maintainers",
        };
        let Some(items) = array(value, at, "[]*v2.Maintainer")? else {
            self.metadata.maintainers.clear();
            return Ok(());
        };
        self.has_null_maintainer = items.iter().any(Value::is_null);
        each(&mut self.metadata.maintainers, items, |maintainer, item| {
            apply_maintainer(maintainer, item, at)
        })
    }

    fn apply_dependencies(&mut self, value: &Value) -> Result<(), DecodeError> {
        let at = Place {
            holder: "Metadata",
            field: "dependencies",
        };
        let Some(items) = array(value, at, "[]*v2.Dependency")? else {
            self.metadata.dependencies = None;
            return Ok(());
        };
        self.has_null_dependency = items.iter().any(Value::is_null);
        let list = self.metadata.dependencies.get_or_insert_default();
        each(list, items, |dependency, item| apply_dependency(dependency, item, at))
    }
}

/// Reads only `apiVersion`, as Helm does to choose a loader.
pub(crate) fn api_version(tree: &Value) -> Result<String, DecodeError> {
    let mut version = String::new();
    let fields = object(tree, Place::value("loader.chartBase"))?.into_iter().flatten();
    for (_, value) in fields.filter(|(key, _)| fold(key) == "apiversion") {
        string(
            &mut version,
            value,
            Place {
                holder: "chartBase",
                field: "apiVersion",
            },
        )?;
    }
    Ok(version)
}

pub(crate) fn lock(tree: &Value) -> Result<Lock, DecodeError> {
    let mut lock = Lock::default();
    let Some(fields) = object(tree, Place::value("v2.Lock"))? else {
        return Ok(lock);
    };
    let at = |field| Place { holder: "Lock", field };
    for (key, value) in fields {
        match fold(key).as_str() {
            "generated" => time(&mut lock.generated, value)?,
            "digest" => string(&mut lock.digest, value, at("digest"))?,
            "dependencies" => {
                let items = array(value, at("dependencies"), "[]*v2.Dependency")?;
                lock.dependencies = items.map(|items| locked(items, at("dependencies"))).transpose()?;
            }
            _ => {}
        }
    }
    Ok(lock)
}

fn locked(items: &[Value], at: Place) -> Result<Vec<Dependency>, DecodeError> {
    let mut list = Vec::new();
    each(&mut list, items, |dependency, item| {
        apply_dependency(dependency, item, at)
    })?;
    Ok(list)
}

fn apply_maintainer(maintainer: &mut Maintainer, value: &Value, at: Place) -> Result<(), DecodeError> {
    let Some(fields) = object(value, at.of_type("v2.Maintainer"))? else {
        return Ok(());
    };
    let at = |field| Place {
        holder: "Maintainer",
        field,
    };
    for (key, value) in fields {
        match fold(key).as_str() {
            "name" => string(&mut maintainer.name, value, at("maintainers.name"))?,
            "email" => string(&mut maintainer.email, value, at("maintainers.email"))?,
            "url" => string(&mut maintainer.url, value, at("maintainers.url"))?,
            _ => {}
        }
    }
    Ok(())
}

fn apply_dependency(dependency: &mut Dependency, value: &Value, at: Place) -> Result<(), DecodeError> {
    let Some(fields) = object(value, at.of_type("v2.Dependency"))? else {
        return Ok(());
    };
    let at = |field| Place {
        holder: "Dependency",
        field,
    };
    for (key, value) in fields {
        match fold(key).as_str() {
            "name" => string(&mut dependency.name, value, at("dependencies.name"))?,
            "version" => string(&mut dependency.version, value, at("dependencies.version"))?,
            "repository" => string(&mut dependency.repository, value, at("dependencies.repository"))?,
            "condition" => string(&mut dependency.condition, value, at("dependencies.condition"))?,
            "tags" => strings(&mut dependency.tags, value, at("dependencies.tags"))?,
            "enabled" => boolean(&mut dependency.enabled, value, at("dependencies.enabled"))?,
            "import-values" => {
                let items = array(value, at("dependencies.import-values"), "[]interface {}")?;
                dependency.import_values = items.unwrap_or_default().to_vec();
                dependency.import_values.iter_mut().for_each(json::to_float64);
            }
            "alias" => string(&mut dependency.alias, value, at("dependencies.alias"))?,
            _ => {}
        }
    }
    Ok(())
}

/// Where in Go's structs a value goes: the innermost struct and the path from the outermost one.
#[derive(Debug, Clone, Copy)]
struct Place {
    holder: &'static str,
    field: &'static str,
}

/// A place with the type of what it holds.
struct TypedPlace {
    place: Option<Place>,
    wanted: &'static str,
}

impl Place {
    fn value(wanted: &'static str) -> TypedPlace {
        TypedPlace { place: None, wanted }
    }

    fn of_type(self, wanted: &'static str) -> TypedPlace {
        TypedPlace {
            place: Some(self),
            wanted,
        }
    }
}

impl TypedPlace {
    fn refuse(self, found: &Value) -> DecodeError {
        let place = match self.place {
            Some(Place { holder, field }) => format!("struct field {holder}.{field}"),
            None => "value".to_owned(),
        };
        DecodeError::Kind {
            found: kind(found),
            place,
            wanted: self.wanted,
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn object(value: &Value, at: TypedPlace) -> Result<Option<&Map<String, Value>>, DecodeError> {
    match value {
        Value::Null => Ok(None),
        Value::Object(fields) => Ok(Some(fields)),
        other => Err(at.refuse(other)),
    }
}

fn array<'v>(value: &'v Value, at: Place, wanted: &'static str) -> Result<Option<&'v [Value]>, DecodeError> {
    match value {
        Value::Null => Ok(None),
        Value::Array(items) => Ok(Some(items)),
        other => Err(at.of_type(wanted).refuse(other)),
    }
}

/// Go: the elements of a list decoded a second time are laid over those that are there.
fn each<T: Default>(
    list: &mut Vec<T>,
    items: &[Value],
    mut apply: impl FnMut(&mut T, &Value) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    list.resize_with(items.len(), T::default);
    list.iter_mut()
        .zip(items)
        .try_for_each(|(element, item)| apply(element, item))
}

fn strings(list: &mut Vec<String>, value: &Value, at: Place) -> Result<(), DecodeError> {
    match array(value, at, "[]string")? {
        Some(items) => each(list, items, |element, item| string(element, item, at)),
        None => {
            list.clear();
            Ok(())
        }
    }
}

fn annotations(metadata: &mut Metadata, value: &Value, at: Place) -> Result<(), DecodeError> {
    let Some(fields) = object(value, at.of_type("map[string]string"))? else {
        metadata.annotations.clear();
        return Ok(());
    };
    for (key, value) in fields {
        let mut text = String::new();
        string(&mut text, value, at)?;
        metadata.annotations.insert(key.clone(), text);
    }
    Ok(())
}

fn boolean(field: &mut bool, value: &Value, at: Place) -> Result<(), DecodeError> {
    match value {
        Value::Null => {}
        Value::Bool(value) => *field = *value,
        other => return Err(at.of_type("bool").refuse(other)),
    }
    Ok(())
}

fn string(field: &mut String, value: &Value, at: Place) -> Result<(), DecodeError> {
    match value {
        Value::Null => {}
        Value::String(text) => field.clone_from(text),
        Value::Bool(value) => *field = value.to_string(),
        // Helm: the YAML layer writes floats with the precision of 32 bits.
        Value::Number(number) => {
            *field = match number.as_f64() {
                Some(float) if number.is_f64() => strconv::format_float(float, b'g', -1, 32),
                _ => number.to_string(),
            }
        }
        other => return Err(at.of_type("string").refuse(other)),
    }
    Ok(())
}

/// Go: field names match without regard to case, by Unicode's simple folding.
fn fold(key: &str) -> String {
    let letter = |letter: char| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    };
    key.chars().map(letter).collect()
}

fn time(field: &mut String, value: &Value) -> Result<(), DecodeError> {
    let read = match value {
        Value::Null => return Ok(()),
        Value::String(text) => timestamp::normalize(text),
        _ => Err("Time.UnmarshalJSON: input is not a JSON string".to_owned()),
    };
    *field = read.map_err(|detail| DecodeError::Time { detail })?;
    Ok(())
}
