//! [`Capabilities`]: what the cluster and the engine can do, as `.Capabilities`.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use ironhelm_gotmpl::{Function, List, Map, Object, Type, Value};

/// The API versions that client libraries know, for renderings without a cluster.
const OFFLINE_API_VERSIONS: &str = include_str!("api-versions-v4.2.3.txt");

/// What templates see as `.Capabilities`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The version of Kubernetes.
    pub kube_version: KubeVersion,
    /// `group/version`, and with a live cluster also `group/version/Kind`, in the order that templates see.
    pub api_versions: Arc<Vec<String>>,
    /// The version of Helm that templates are told.
    pub helm_version: HelmVersion,
}

impl Capabilities {
    /// What is assumed without a cluster; `extra` API versions come last.
    #[must_use]
    pub fn offline(kube_version: KubeVersion, extra: impl IntoIterator<Item = String>) -> Self {
        let known = OFFLINE_API_VERSIONS.lines().map(str::to_owned);
        let api_versions = Arc::new(known.chain(extra).collect());
        Self {
            kube_version,
            api_versions,
            helm_version: HelmVersion::default(),
        }
    }

    /// What a live cluster says of itself.
    #[must_use]
    pub fn live(git_version: &str, major: &str, minor: &str, api_versions: impl IntoIterator<Item = String>) -> Self {
        let kube_version = KubeVersion {
            version: git_version.to_owned(),
            normalized: String::new(),
            major: major.to_owned(),
            minor: minor.to_owned(),
        };
        let api_versions = Arc::new(api_versions.into_iter().collect());
        Self {
            kube_version,
            api_versions,
            helm_version: HelmVersion::default(),
        }
    }

    pub(crate) fn value(&self) -> Value {
        Value::object(self.clone())
    }
}

impl Default for Capabilities {
    fn default() -> Self {
        Self::offline(KubeVersion::default(), [])
    }
}

impl Object for Capabilities {
    fn type_name(&self) -> &str {
        "*common.Capabilities"
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("KubeVersion", Value::object(self.kube_version.clone())),
            ("APIVersions", Value::object(VersionSet(Arc::clone(&self.api_versions)))),
            ("HelmVersion", Value::object(self.helm_version.clone())),
        ]
    }
}

/// The version of Kubernetes that templates are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// The version as given, with a `v`.
    pub version: String,
    /// The version without what vendors append; empty for that of a live cluster.
    pub normalized: String,
    /// The major number.
    pub major: String,
    /// The minor number.
    pub minor: String,
}

/// A version of Kubernetes that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid kube version '{text}': {reason}")]
pub struct KubeVersionError {
    /// The text given.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl KubeVersion {
    /// Reads a version such as `1.34`, `v1.34.2` or `1.34.2-gke.1`.
    ///
    /// # Errors
    /// [`KubeVersionError`] when there are not at least two numbers.
    pub fn parse(text: &str) -> Result<Self, KubeVersionError> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        let numbers = bare
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .map_or(bare, |end| &bare[..end]);
        let fail = |reason: String| KubeVersionError {
            text: text.to_owned(),
            reason,
        };
        let quoted = ironhelm_golang::strconv::quote(text.as_bytes());
        if !numbers.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(fail(format!("could not parse {quoted} as version")));
        }
        let numbers = numbers.trim_end_matches('.');
        let mut parts = numbers.split('.');
        let (Some(major), Some(minor)) = (parts.next(), parts.next()) else {
            return Err(fail(format!("illegal version string {quoted}")));
        };
        Ok(Self {
            version: format!("v{bare}"),
            normalized: format!("v{numbers}"),
            major: major.to_owned(),
            minor: minor.to_owned(),
        })
    }

    /// The version that charts are checked against and that an action prints.
    #[must_use]
    pub fn shown(&self) -> &str {
        if self.normalized.is_empty() {
            &self.version
        } else {
            &self.normalized
        }
    }
}

impl Default for KubeVersion {
    /// The version that Helm 4.2.3 assumes.
    fn default() -> Self {
        let version = "v1.36.0".to_owned();
        Self {
            normalized: version.clone(),
            version,
            major: "1".to_owned(),
            minor: "36".to_owned(),
        }
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> &str {
        "common.KubeVersion"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Version", self.version.as_str().into()),
            ("normalizedVersion", self.normalized.as_str().into()),
            ("Major", self.major.as_str().into()),
            ("Minor", self.minor.as_str().into()),
        ]
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields()
            .into_iter()
            .find(|(field, _)| *field == name && name != "normalizedVersion")
            .map(|(_, value)| value)
    }

    fn method(&self, name: &str) -> Option<Rc<Function>> {
        let text = match name {
            "String" => self.shown().to_owned(),
            "GitVersion" => self.version.clone(),
            _ => return None,
        };
        let function = Function::new(name.to_owned(), &[], move |_, _| Ok(text.as_str().into()));
        Some(Rc::new(function.returning(Type::String)))
    }

    // Go: `String` belongs to the pointer, so only an action finds it.
    fn action_text(&self) -> Option<String> {
        Some(self.shown().to_owned())
    }

    fn json(&self) -> Option<Value> {
        let exported = self
            .fields()
            .into_iter()
            .filter(|(name, _)| *name != "normalizedVersion");
        Some(Value::map(exported))
    }
}

/// The version of Helm that templates are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelmVersion {
    /// For example `v4.2.3`.
    pub version: String,
    /// The commit it was built from.
    pub git_commit: String,
    /// `clean` or `dirty`.
    pub git_tree_state: String,
    /// The version of Go.
    pub go_version: String,
    /// The version of Kubernetes' client library.
    pub kube_client_version: String,
}

impl Default for HelmVersion {
    fn default() -> Self {
        Self {
            version: "v4.2.3".to_owned(),
            git_commit: "43e8b7feece8beb0fcba47059ec9b522fd929a64".to_owned(),
            git_tree_state: "clean".to_owned(),
            go_version: "go1.26.5".to_owned(),
            kube_client_version: "v1.36".to_owned(),
        }
    }
}

impl Object for HelmVersion {
    fn type_name(&self) -> &str {
        "version.BuildInfo"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Version", self.version.as_str().into()),
            ("GitCommit", self.git_commit.as_str().into()),
            ("GitTreeState", self.git_tree_state.as_str().into()),
            ("GoVersion", self.go_version.as_str().into()),
            ("KubeClientVersion", self.kube_client_version.as_str().into()),
        ]
    }

    fn json(&self) -> Option<Value> {
        let names = [
            "version",
            "git_commit",
            "git_tree_state",
            "go_version",
            "kube_client_version",
        ];
        let entries: Map = names
            .into_iter()
            .zip(self.fields())
            .map(|(name, (_, value))| (name, value))
            .collect();
        Some(entries.into())
    }
}

/// `.Capabilities.APIVersions`.
struct VersionSet(Arc<Vec<String>>);

impl Object for VersionSet {
    fn type_name(&self) -> &str {
        "common.VersionSet"
    }

    fn kind_name(&self) -> &'static str {
        "slice"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn underlying(&self) -> Option<Value> {
        let items = self.0.iter().map(|version| version.as_str().into()).collect();
        Some(List::of(Type::String, items).into())
    }

    fn method(&self, name: &str) -> Option<Rc<Function>> {
        if name != "Has" {
            return None;
        }
        let versions = Arc::clone(&self.0);
        let has = move |wanted: &[u8]| versions.iter().any(|version| version.as_bytes() == wanted);
        let function = Function::new("Has", &[Type::String], move |_, args| Ok(has(args.bytes(0)).into()));
        Some(Rc::new(function.returning(Type::Bool)))
    }

    fn truth(&self) -> bool {
        !self.0.is_empty()
    }
}
