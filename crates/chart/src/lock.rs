//! `Chart.lock`: the dependency versions that were resolved.

use crate::metadata::Dependency;
use crate::wire::ObjectWriter;

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
    /// Appends the JSON text that Helm stores.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::start(out);
        object.string("generated", &self.generated);
        object.string("digest", &self.digest);
        match &self.dependencies {
            Some(dependencies) => object.list("dependencies", dependencies, Dependency::write_json),
            None => object.raw("dependencies", b"null"),
        }
        object.end();
    }
}

impl Default for Lock {
    /// Go: the zero time is the first second of year 1.
    fn default() -> Self {
        Self { generated: "0001-01-01T00:00:00Z".to_owned(), digest: String::new(), dependencies: None }
    }
}
