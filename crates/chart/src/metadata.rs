//! `Chart.yaml` as data.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::wire::{self, ObjectWriter};

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

    /// Appends the JSON text that Helm stores: fields in Helm's order, empty ones left out.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::start(out);
        object.string_if_any("name", &self.name);
        object.string_if_any("home", &self.home);
        object.list_if_any("sources", &self.sources, wire::write_owned);
        object.string_if_any("version", &self.version);
        object.string_if_any("description", &self.description);
        object.list_if_any("keywords", &self.keywords, wire::write_owned);
        object.list_if_any("maintainers", &self.maintainers, Maintainer::write_json);
        object.string_if_any("icon", &self.icon);
        object.string_if_any("apiVersion", &self.api_version);
        object.string_if_any("condition", &self.condition);
        object.string_if_any("tags", &self.tags);
        object.string_if_any("appVersion", &self.app_version);
        object.true_if("deprecated", self.deprecated);
        object.string_map_if_any("annotations", &self.annotations);
        object.string_if_any("kubeVersion", &self.kube_version);
        object.list_if_any("dependencies", self.dependencies(), Dependency::write_json);
        object.string_if_any("type", &self.kind);
        object.end();
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
    /// Appends the JSON text that Helm stores.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::start(out);
        object.string_if_any("name", &self.name);
        object.string_if_any("email", &self.email);
        object.string_if_any("url", &self.url);
        object.end();
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
    /// Appends the JSON text that Helm stores; `name` and `repository` are always written.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::start(out);
        object.string("name", &self.name);
        object.string_if_any("version", &self.version);
        object.string("repository", &self.repository);
        object.string_if_any("condition", &self.condition);
        object.list_if_any("tags", &self.tags, wire::write_owned);
        object.true_if("enabled", self.enabled);
        object.list_if_any("import-values", &self.import_values, wire::write_value);
        object.string_if_any("alias", &self.alias);
        object.end();
    }
}
