//! `Chart.lock`: the dependency versions that were resolved.

use ironhelm_golang::json::Writer;
use serde_json::Value;

use crate::decode::{self, DecodeError};
use crate::metadata::Dependency;
use crate::wire;

/// What `helm dependency update` resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// When it was resolved, as an RFC 3339 text.
    pub generated: String,
    /// `sha256:` and the hash of the requirements and the locked versions.
    pub digest: String,
    /// The resolved dependencies; `None` where the file has none or `null`.
    pub dependencies: Option<Vec<Dependency>>,
}

impl Lock {
    /// Reads what a lock file or a stored chart holds.
    ///
    /// # Errors
    /// [`DecodeError`] where a field has a value of another kind.
    pub fn from_json(json: &Value) -> Result<Self, DecodeError> {
        decode::lock(json)
    }

    /// The JSON text that Helm stores.
    #[must_use]
    pub fn to_json(&self) -> String {
        wire::text(|json| self.write_json(json))
    }

    /// Writes the JSON that Helm stores; all fields, always.
    pub fn write_json(&self, json: &mut Writer<'_>) {
        json.begin_object();
        wire::string(json, "generated", &self.generated);
        wire::string(json, "digest", &self.digest);
        match &self.dependencies {
            Some(dependencies) => wire::list(json, "dependencies", dependencies, Dependency::write_json),
            None => {
                json.key("dependencies");
                json.null();
            }
        }
        json.end_object();
    }
}

impl Default for Lock {
    /// Go: the zero time is the first second of year 1.
    fn default() -> Self {
        Self {
            generated: "0001-01-01T00:00:00Z".to_owned(),
            digest: String::new(),
            dependencies: None,
        }
    }
}
