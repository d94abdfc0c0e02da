//! One mapping of the file: its known keys in either spelling, their types, and where they stand.

use serde_json::{Map, Value};

use super::error::ConfigError;
use super::{Kind, Notice};
use crate::outline::Outline;

/// What all sections of one file share.
pub(super) struct File<'t> {
    pub(super) outline: Outline<'t>,
    pub(super) notices: Vec<Notice>,
}

/// A mapping of the file.
pub(super) struct Section<'v> {
    table: &'v Map<String, Value>,
    path: Vec<String>,
    /// The item of the list that the section is in.
    item: Option<usize>,
}

impl<'v> Section<'v> {
    /// The whole file.
    pub(super) fn root(file: &File<'_>, value: &'v Value, known: &[&str]) -> Result<Option<Self>, ConfigError> {
        let path = Vec::new();
        Self::of(file, value, path, None, ("api.Config", known))
    }

    fn of(
        file: &File<'_>,
        value: &'v Value,
        path: Vec<String>,
        item: Option<usize>,
        (message, known): (&'static str, &[&str]),
    ) -> Result<Option<Self>, ConfigError> {
        let table = match value {
            Value::Null => return Ok(None),
            Value::Object(table) => table,
            other => {
                let problem = format!(
                    "json: cannot unmarshal {} into Go value of type map[string]json.RawMessage",
                    go_kind(other)
                );
                let empty = Map::new();
                let section = Section {
                    table: &empty,
                    path,
                    item,
                };
                return Err(section.type_error(file, None, problem));
            }
        };
        let section = Self { table, path, item };
        section.refuse_unknown(file, message, known)?;
        Ok(Some(section))
    }

    fn refuse_unknown(&self, file: &File<'_>, message: &'static str, known: &[&str]) -> Result<(), ConfigError> {
        let unknown = self
            .table
            .keys()
            .find(|key| !known.iter().any(|name| is_spelling(key, name)));
        let Some(key) = unknown else { return Ok(()) };
        Err(ConfigError::UnknownKey {
            key: key.clone(),
            message,
            path: self.path_text(Some(key)),
            line: self.line(file, Some(key)),
            nearest: nearest(key, known).map(str::to_owned),
        })
    }

    /// The section under `key`.
    pub(super) fn section(
        &self,
        file: &File<'_>,
        key: &str,
        (message, known): (&'static str, &[&str]),
    ) -> Result<Option<Self>, ConfigError> {
        let Some((spelling, value)) = self.value(key) else {
            return Ok(None);
        };
        let mut path = self.path.clone();
        path.push(spelling.to_owned());
        Self::of(file, value, path, self.item, (message, known))
    }

    /// The sections of the list under `key`.
    pub(super) fn sections(
        &self,
        file: &File<'_>,
        key: &str,
        (message, known): (&'static str, &[&str]),
    ) -> Result<Vec<Self>, ConfigError> {
        let mut sections = Vec::new();
        for (index, value) in self.list(file, key)?.iter().enumerate() {
            let path = vec![key.to_owned()];
            sections.extend(Self::of(file, value, path, Some(index), (message, known))?);
        }
        Ok(sections)
    }

    fn list(&self, file: &File<'_>, key: &str) -> Result<&'v [Value], ConfigError> {
        match self.value(key) {
            None => Ok(&[]),
            Some((_, Value::Array(items))) => Ok(items),
            Some((spelling, other)) => {
                let problem = format!(
                    "json: cannot unmarshal {} into Go value of type []json.RawMessage",
                    go_kind(other)
                );
                Err(self.type_error(file, Some(spelling), problem))
            }
        }
    }

    /// The string under `key`, empty if there is none.
    pub(super) fn text(&self, file: &File<'_>, key: &str) -> Result<String, ConfigError> {
        match self.value(key) {
            None => Ok(String::new()),
            Some((_, Value::String(text))) => Ok(text.clone()),
            Some((spelling, other)) => Err(self.no_text(file, spelling, other)),
        }
    }

    /// The strings of the list under `key`.
    pub(super) fn texts(&self, file: &File<'_>, key: &str) -> Result<Vec<String>, ConfigError> {
        let texts = self.list(file, key)?.iter().map(|item| match item {
            Value::String(text) => Ok(text.clone()),
            other => Err(self.no_text(file, key, other)),
        });
        texts.collect()
    }

    /// The boolean under `key`, false if there is none.
    pub(super) fn flag(&self, file: &File<'_>, key: &str) -> Result<bool, ConfigError> {
        match self.value(key) {
            None => Ok(false),
            Some((_, Value::Bool(flag))) => Ok(*flag),
            Some((spelling, other)) => {
                let problem = format!("json: cannot unmarshal {} into Go value of type bool", go_kind(other));
                Err(self.type_error(file, Some(spelling), problem))
            }
        }
    }

    /// The kind under `key`, by name or by number.
    pub(super) fn kind(&self, file: &File<'_>, key: &str) -> Result<Kind, ConfigError> {
        let Some((spelling, value)) = self.value(key) else {
            return Ok(Kind::Unknown);
        };
        let found = match value {
            Value::String(name) => Kind::named(name),
            Value::Number(number) => {
                let index = number.as_u64().and_then(|number| usize::try_from(number).ok());
                index.and_then(|index| Kind::NAMES.get(index)).map(|known| known.1)
            }
            _ => None,
        };
        found.ok_or_else(|| {
            let names: Vec<_> = Kind::NAMES.iter().skip(1).map(|known| known.0).collect();
            let text = ironhelm_golang::json::encode(value);
            let quoted = ironhelm_golang::strconv::quote(text.as_bytes());
            let problem = format!(
                "unknown value {quoted} for enum api.Kind; known are {}",
                names.join(", ")
            );
            self.type_error(file, Some(spelling), problem)
        })
    }

    /// Whether `key` is there with null for a value.
    pub(super) fn is_null(&self, key: &str) -> bool {
        self.table
            .iter()
            .any(|(found, value)| is_spelling(found, key) && value.is_null())
    }

    /// Whether `key` is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// The value under `key` in either spelling, with the spelling; null is no value.
    fn value(&self, key: &str) -> Option<(&'v str, &'v Value)> {
        let exact = self.table.get_key_value(key);
        let found = exact.or_else(|| self.table.get_key_value(snake_case(key).as_str()));
        found
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.as_str(), value))
    }

    /// The line of `key`, or of the section.
    pub(super) fn line(&self, file: &File<'_>, key: Option<&str>) -> Option<usize> {
        if let Some(index) = self.item {
            return file.outline.items(&self.path).get(index).map(|item| item.line(key));
        }
        let path: Vec<&str> = self.path.iter().map(String::as_str).chain(key).collect();
        file.outline.line(&path)
    }

    /// The path of `key` in the file.
    pub(super) fn path_text(&self, key: Option<&str>) -> String {
        let mut text = self.path.join(".");
        if let Some(index) = self.item {
            text.push_str(&format!("[{index}]"));
        }
        match key {
            Some(key) if text.is_empty() => key.to_owned(),
            Some(key) => format!("{text}.{key}"),
            None => text,
        }
    }

    fn no_text(&self, file: &File<'_>, key: &str, value: &Value) -> ConfigError {
        let problem = format!("json: cannot unmarshal {} into Go value of type string", go_kind(value));
        if !matches!(value, Value::Number(_) | Value::Bool(_)) {
            return self.type_error(file, Some(key), problem);
        }
        ConfigError::Unquoted {
            problem,
            path: self.path_text(Some(key)),
            line: self.line(file, Some(key)),
            written: if key == "password" {
                "…".to_owned()
            } else {
                value.to_string()
            },
        }
    }

    fn type_error(&self, file: &File<'_>, key: Option<&str>, problem: String) -> ConfigError {
        ConfigError::Type {
            problem,
            path: self.path_text(key),
            line: self.line(file, key),
        }
    }
}

fn is_spelling(key: &str, name: &str) -> bool {
    key == name || key == snake_case(name)
}

fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// The known key with the fewest differences, if they are few.
fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-'], "");
    let wanted = plain(key);
    let distances = known.iter().map(|name| (distance(&wanted, &plain(name)), *name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + wanted.len() / 4).then_some(name)
}

/// How many letters must be added, dropped or changed to make `a` of `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
