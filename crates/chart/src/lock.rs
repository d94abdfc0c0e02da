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

    /// The text whose SHA-256 is the [`digest`](Self::digest) of a lock that fits `requirements`.
    #[must_use]
    pub fn digest_input(&self, requirements: &[Dependency]) -> String {
        wire::text(|json| {
            json.begin_array();
            for dependencies in [requirements, self.dependencies.as_deref().unwrap_or_default()] {
                json.begin_array();
                dependencies.iter().for_each(|dependency| dependency.write_json(json));
                json.end_array();
            }
            json.end_array();
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_has_all_fields() {
        let expected = r#"{"generated":"0001-01-01T00:00:00Z","digest":"","dependencies":null}"#;
        assert_eq!(Lock::default().to_json(), expected);
        let tree = serde_json::from_str(r#"{"Generated":"2020-01-01T00:00:00.500Z","dependencies":[]}"#).unwrap();
        let lock = Lock::from_json(&tree).unwrap();
        assert_eq!(
            lock.to_json(),
            r#"{"generated":"2020-01-01T00:00:00.5Z","digest":"","dependencies":[]}"#
        );
    }

    /// The SHA-256 of this text is what `helm dependency update` 4.2.3 writes into the lock file.
    #[test]
    fn the_digest_covers_requirements_and_versions() {
        let wanted = serde_json::json!({ "dependencies": [{
            "name": "sub", "version": ">=1.0 <2", "repository": "file://./sub", "alias": "al", "tags": ["x", "a<b"],
            "condition": "a.b", "import-values": ["q", { "child": "a", "parent": "b" }],
        }] });
        let locked = serde_json::json!({ "dependencies": [{
            "name": "sub", "version": "1.2.3", "repository": "file://./sub",
        }] });
        let lock = Lock::from_json(&locked).unwrap();
        let requirements = Lock::from_json(&wanted).unwrap().dependencies.unwrap();
        let expected = concat!(
            r#"[[{"name":"sub","version":"\u003e=1.0 \u003c2","repository":"file://./sub","condition":"a.b","#,
            r#""tags":["x","a\u003cb"],"import-values":["q",{"child":"a","parent":"b"}],"alias":"al"}],"#,
            r#"[{"name":"sub","version":"1.2.3","repository":"file://./sub"}]]"#
        );
        assert_eq!(lock.digest_input(&requirements), expected);
    }
}
