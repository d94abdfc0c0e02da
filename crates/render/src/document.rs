//! What a rendering gives: documents, hooks, notes and definitions.

use ironhelm_chart::Bytes;
use ironhelm_release::Hook;

use crate::world::Lookup;

/// All that came out of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// The objects of the manifest, in install order.
    pub manifests: Vec<Document>,
    /// The hooks, in install order of their kinds.
    pub hooks: Vec<Hook>,
    /// The notes for the user.
    pub notes: String,
    /// The files under `crds/`, as they are.
    pub crds: Vec<Crd>,
    /// What was odd.
    pub warnings: Vec<String>,
    /// What templates looked up and the world did not know yet.
    pub missing_lookups: Vec<Lookup>,
}

impl Rendered {
    /// The manifest as a release stores it.
    #[must_use]
    pub fn manifest_text(&self) -> String {
        let length = self
            .manifests
            .iter()
            .map(|document| document.source.len() + document.text.len() + 20)
            .sum();
        let mut text = String::with_capacity(length);
        for document in &self.manifests {
            append_document(&mut text, &document.source, &document.text);
        }
        text
    }
}

/// Appends `---`, the comment that names the source, and the document.
pub(crate) fn append_document(text: &mut String, source: &str, document: &str) {
    for part in ["---\n# Source: ", source, "\n", document, "\n"] {
        text.push_str(part);
    }
}

/// One document of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The path of the template it came from.
    pub source: String,
    /// What it says of itself.
    pub head: Head,
    /// Its text.
    pub text: String,
}

/// The first things to know of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.annotations`; none when the object has no such field.
    pub annotations: Option<std::collections::BTreeMap<String, String>>,
}

impl Head {
    /// The annotation `key`.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(key).map(String::as_str)
    }
}

/// A file of custom resource definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crd {
    /// The full path, `<chart>/charts/<subchart>/crds/<file>`.
    pub name: String,
    /// The contents.
    pub data: Bytes,
}
