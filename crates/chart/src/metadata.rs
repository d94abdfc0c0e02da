//! `Chart.yaml` as data.

use std::collections::BTreeMap;

use ironhelm_golang::json::Writer;
use serde_json::Value;

use crate::decode::{DecodeError, Draft};
use crate::wire;

/// What `Chart.yaml` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    /// `name`.
    pub name: String,
    /// `home`: the URL of the project.
    pub home: String,
    /// `sources`: URLs of source code.
    pub sources: Vec<String>,
    /// `version`: a semantic version, unsanitised.
    pub version: String,
    /// `description`.
    pub description: String,
    /// `keywords`.
    pub keywords: Vec<String>,
    /// `maintainers`.
    pub maintainers: Vec<Maintainer>,
    /// `icon`: a URL.
    pub icon: String,
    /// `apiVersion`: `v1` or `v2`.
    pub api_version: String,
    /// `condition`.
    pub condition: String,
    /// `tags`.
    pub tags: String,
    /// `appVersion`.
    pub app_version: String,
    /// `deprecated`.
    pub deprecated: bool,
    /// `annotations`.
    pub annotations: BTreeMap<String, String>,
    /// `kubeVersion`: a constraint on the version of Kubernetes.
    pub kube_version: String,
    /// `dependencies`; `None` where the chart does not have the field (an empty list is not the same).
    pub dependencies: Option<Vec<Dependency>>,
    /// `type`: `application`, `library` or empty.
    pub kind: String,
}

impl Metadata {
    /// The dependencies, absent or not.
    #[must_use]
    pub fn dependencies(&self) -> &[Dependency] {
        self.dependencies.as_deref().unwrap_or_default()
    }

    /// Reads the JSON that Helm stored.
    ///
    /// # Errors
    /// [`DecodeError`] where a field has a value of another kind.
    pub fn from_json(json: &Value) -> Result<Self, DecodeError> {
        let mut draft = Draft::default();
        draft.apply(json)?;
        Ok(draft.metadata)
    }

    /// Reads `Chart.yaml` as it stands: nothing is sanitised, filled in or checked.
    ///
    /// # Errors
    /// Helm's text where the file is no YAML or a field has a value of another kind.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let tree = ironhelm_yaml::decode(text).map_err(|error| error.conversion_text())?;
        Self::from_json(&tree).map_err(|error| format!("error unmarshaling JSON: while decoding JSON: {error}"))
    }

    /// The JSON text that Helm stores.
    #[must_use]
    pub fn to_json(&self) -> String {
        wire::text(|json| self.write_json(json))
    }

    /// Writes the JSON that Helm stores: fields in Helm's order, empty ones left out.
    pub fn write_json(&self, json: &mut Writer<'_>) {
        json.begin_object();
        wire::string_if_any(json, "name", &self.name);
        wire::string_if_any(json, "home", &self.home);
        wire::strings_if_any(json, "sources", &self.sources);
        wire::string_if_any(json, "version", &self.version);
        wire::string_if_any(json, "description", &self.description);
        wire::strings_if_any(json, "keywords", &self.keywords);
        wire::list_if_any(json, "maintainers", &self.maintainers, Maintainer::write_json);
        wire::string_if_any(json, "icon", &self.icon);
        wire::string_if_any(json, "apiVersion", &self.api_version);
        wire::string_if_any(json, "condition", &self.condition);
        wire::string_if_any(json, "tags", &self.tags);
        wire::string_if_any(json, "appVersion", &self.app_version);
        wire::true_if(json, "deprecated", self.deprecated);
        wire::string_map_if_any(json, "annotations", &self.annotations);
        wire::string_if_any(json, "kubeVersion", &self.kube_version);
        wire::list_if_any(json, "dependencies", self.dependencies(), Dependency::write_json);
        wire::string_if_any(json, "type", &self.kind);
        json.end_object();
    }
}

/// A person who looks after a chart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Maintainer {
    /// `name`.
    pub name: String,
    /// `email`.
    pub email: String,
    /// `url`.
    pub url: String,
}

impl Maintainer {
    /// Writes the JSON that Helm stores.
    pub fn write_json(&self, json: &mut Writer<'_>) {
        json.begin_object();
        wire::string_if_any(json, "name", &self.name);
        wire::string_if_any(json, "email", &self.email);
        wire::string_if_any(json, "url", &self.url);
        json.end_object();
    }
}

/// A chart that this chart needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dependency {
    /// `name` of the chart needed; after processing, its alias.
    pub name: String,
    /// `version`: a constraint.
    pub version: String,
    /// `repository`: where it comes from.
    pub repository: String,
    /// `condition`: comma-separated paths into the values, the first boolean decides.
    pub condition: String,
    /// `tags`: names under `tags` in the values.
    pub tags: Vec<String>,
    /// `enabled`: set while dependencies are processed.
    pub enabled: bool,
    /// `import-values`: names of exports, or `{child, parent}` tables.
    pub import_values: Vec<Value>,
    /// `alias`: the name under which the chart is used.
    pub alias: String,
}

impl Dependency {
    /// Writes the JSON that Helm stores; `name` and `repository` are always written.
    pub fn write_json(&self, json: &mut Writer<'_>) {
        json.begin_object();
        wire::string(json, "name", &self.name);
        wire::string_if_any(json, "version", &self.version);
        wire::string(json, "repository", &self.repository);
        wire::string_if_any(json, "condition", &self.condition);
        wire::strings_if_any(json, "tags", &self.tags);
        wire::true_if(json, "enabled", self.enabled);
        wire::values_if_any(json, "import-values", &self.import_values);
        wire::string_if_any(json, "alias", &self.alias);
        json.end_object();
    }
}
