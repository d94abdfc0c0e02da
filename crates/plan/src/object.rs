//! Kubernetes objects as plain data.
//!
//! An [`Object`] is a JSON object with the accessors that decisions need; nothing in it is typed beyond that, so that
//! unknown fields and kinds pass through untouched.

use std::fmt;

use ironhelm_golang::strconv::quote;
use serde_json::{Map, Value};

use crate::metadata::aggregate;

/// The API group, version and kind of an object; the core group is the empty string.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupVersionKind {
    /// The API group; empty for the core group.
    pub group: String,
    /// The version inside the group, such as `v1`.
    pub version: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
}

impl GroupVersionKind {
    /// Splits an `apiVersion` (`v1`, `apps/v1`) and joins it with a kind.
    pub fn new(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        }
    }

    /// The `apiVersion` text: `v1`, `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

/// Worded as Kubernetes tools do: `apps/v1, Kind=Deployment`.
impl fmt::Display for GroupVersionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, Kind={}", self.api_version(), self.kind)
    }
}

/// What makes two objects of two manifests the same one: the version of the API does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace; `None` for cluster-scoped objects.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

/// Worded as Helm does: `Service "web" in namespace "default"`.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_object(f, &self.kind, &self.name, self.namespace.as_deref())
    }
}

/// A Kubernetes object: a JSON object, whatever it holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Map<String, Value>);

impl Object {
    /// `apiVersion`, empty when absent.
    pub fn api_version(&self) -> &str {
        text(self.0.get("apiVersion")).unwrap_or_default()
    }

    /// `kind`, empty when absent.
    pub fn kind(&self) -> &str {
        text(self.0.get("kind")).unwrap_or_default()
    }

    /// The group, version and kind.
    pub fn gvk(&self) -> GroupVersionKind {
        GroupVersionKind::new(self.api_version(), self.kind())
    }

    /// The identity of the object between two manifests.
    pub fn key(&self) -> ObjectKey {
        ObjectKey {
            group: self.gvk().group,
            kind: self.kind().to_owned(),
            namespace: self.namespace().map(str::to_owned),
            name: self.name().to_owned(),
        }
    }

    /// `metadata.name`, empty when absent.
    pub fn name(&self) -> &str {
        text(self.metadata("name")).unwrap_or_default()
    }

    /// `metadata.generateName`, when not empty.
    pub fn generate_name(&self) -> Option<&str> {
        text(self.metadata("generateName")).filter(|name| !name.is_empty())
    }

    /// `metadata.namespace`, when not empty.
    pub fn namespace(&self) -> Option<&str> {
        text(self.metadata("namespace")).filter(|namespace| !namespace.is_empty())
    }

    /// Sets `metadata.namespace`, or removes it.
    pub fn set_namespace(&mut self, namespace: Option<&str>) {
        match namespace {
            Some(namespace) => {
                self.set_metadata("namespace", Value::from(namespace));
            }
            None => {
                if let Some(Value::Object(metadata)) = self.0.get_mut("metadata") {
                    metadata.remove("namespace");
                }
            }
        }
    }

    /// The value of one label.
    pub fn label(&self, key: &str) -> Option<&str> {
        text(self.metadata("labels")?.get(key))
    }

    /// The value of one annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        text(self.metadata("annotations")?.get(key))
    }

    /// `metadata.labels` as written.
    pub fn labels(&self) -> Option<&Map<String, Value>> {
        self.metadata("labels")?.as_object()
    }

    /// `metadata.annotations` as written.
    pub fn annotations(&self) -> Option<&Map<String, Value>> {
        self.metadata("annotations")?.as_object()
    }

    /// `metadata.generation`.
    pub fn generation(&self) -> Option<i64> {
        self.metadata("generation")?.as_i64()
    }

    /// `metadata.resourceVersion`.
    pub fn resource_version(&self) -> Option<&str> {
        text(self.metadata("resourceVersion"))
    }

    /// `metadata.uid`.
    pub fn uid(&self) -> Option<&str> {
        text(self.metadata("uid"))
    }

    /// `metadata.managedFields`, empty when absent.
    pub fn managed_fields(&self) -> &[Value] {
        self.metadata("managedFields")
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// One field of `metadata`.
    pub fn metadata(&self, field: &str) -> Option<&Value> {
        self.0.get("metadata")?.get(field)
    }

    /// Sets one field of `metadata`; does nothing if `metadata` exists and is not a map.
    pub fn set_metadata(&mut self, field: &str, value: Value) {
        let metadata = self.0.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(metadata) = metadata {
            metadata.insert(field.to_owned(), value);
        }
    }

    /// One top-level field; null when absent.
    #[must_use]
    pub fn field(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// The object's fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The object's fields, to be changed.
    pub fn fields_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }

    /// The object as a JSON value.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// A copy of the object as a JSON value.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

impl From<Map<String, Value>> for Object {
    fn from(fields: Map<String, Value>) -> Self {
        Self(fields)
    }
}

impl TryFrom<Value> for Object {
    type Error = NotAnObject;

    fn try_from(value: Value) -> Result<Self, NotAnObject> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(NotAnObject),
        }
    }
}

/// Worded as Helm does: `Service "web" in namespace "default"`.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_object(f, self.kind(), self.name(), self.namespace())
    }
}

/// A JSON value that should be a Kubernetes object is a scalar or a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a Kubernetes object must be a JSON object")]
pub struct NotAnObject;

/// A manifest document that is no Kubernetes object.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// A document is not YAML, or not a map.
    #[error("error parsing : {reason}")]
    Syntax {
        /// What is wrong with it.
        reason: String,
    },
    /// A document, a list or an element of a list has another shape than an object's.
    #[error("unable to decode \"\": json: cannot unmarshal {found} into Go {place}")]
    Mistyped {
        /// What is there.
        found: String,
        /// What it should fill, in Go's words.
        place: String,
    },
    /// A document does not say what it is.
    #[error("error validating \"\": error validating data: {reason}")]
    Invalid {
        /// What is missing, or of another type.
        reason: String,
    },
    /// More than one document is no object.
    #[error("{}", aggregate(.0.iter().map(ToString::to_string).collect()))]
    Several(Vec<Self>),
    /// A document has no `kind`.
    #[error("unable to decode \"\": Object 'Kind' is missing in '{document}'")]
    MissingKind {
        /// The document as JSON.
        document: String,
    },
}

fn write_object(f: &mut fmt::Formatter<'_>, kind: &str, name: &str, namespace: Option<&str>) -> fmt::Result {
    let namespace = namespace.unwrap_or_default();
    write!(
        f,
        "{kind} {} in namespace {}",
        quote(name.as_bytes()),
        quote(namespace.as_bytes())
    )
}

fn text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_worded_as_helm_does() {
        let value =
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "prod"}});
        let object = Object::try_from(value).unwrap();
        assert_eq!(object.to_string(), "Deployment \"web\" in namespace \"prod\"");
        assert_eq!(object.key().to_string(), object.to_string());
        assert_eq!(object.gvk().to_string(), "apps/v1, Kind=Deployment");
    }
}
