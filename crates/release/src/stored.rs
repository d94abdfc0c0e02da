//! A record as storage holds it: labels beside an opaque payload.

use std::collections::BTreeMap;

use crate::wire::{self, DecodeError};
use crate::{Namespace, Release, ReleaseName, Revision, Status, labels};

/// The key under which a revision is stored, also the name of its Secret or ConfigMap.
///
/// ```
/// use ironhelm_release::{Revision, storage_key};
/// assert_eq!(storage_key(&"web".parse()?, Revision::new(3)), "sh.helm.release.v1.web.v3");
/// # Ok::<(), ironhelm_release::InvalidReleaseName>(())
/// ```
pub fn storage_key(name: &ReleaseName, revision: Revision) -> String {
    format!("sh.helm.release.v1.{name}.v{revision}")
}

/// What the labels of a stored record say; enough to list releases and to choose among revisions without decoding any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Name of the release.
    pub name: ReleaseName,
    /// Namespace of the object that stores the record.
    pub namespace: Namespace,
    /// Which revision it is.
    pub revision: Revision,
    /// Its state.
    pub status: Status,
    /// All labels of the object, Helm's own included.
    pub labels: BTreeMap<String, String>,
}

impl Header {
    /// Reads the labels of an object; `None` if they are not those of a release record.
    pub fn from_labels(namespace: Namespace, labels: BTreeMap<String, String>) -> Option<Self> {
        if labels.get(labels::OWNER).map(String::as_str) != Some(labels::HELM) {
            return None;
        }
        let name = labels.get(labels::NAME)?.parse().ok()?;
        let revision = Revision::new(labels.get(labels::VERSION)?.parse().ok()?);
        let status = Status::from_record(labels.get(labels::STATUS)?);
        Some(Self {
            name,
            namespace,
            revision,
            status,
            labels,
        })
    }
}

/// A stored record that has not been decoded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What its labels say.
    pub header: Header,
    /// The payload: base64 of gzip of JSON (for a Secret, without the encoding that Kubernetes puts around it).
    pub payload: Vec<u8>,
}

impl Stored {
    /// Decodes the record; it gets the labels of its object, and its namespace if it names none.
    ///
    /// # Errors
    /// The payload is not a release record.
    pub fn decode(&self) -> Result<Release, DecodeError> {
        let mut release = wire::decode(&self.payload)?;
        release.labels.clone_from(&self.header.labels);
        if release.namespace.as_str().is_empty() {
            release.namespace = self.header.namespace.clone();
        }
        Ok(release)
    }
}
