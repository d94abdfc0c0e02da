//! [`World`]: what templates may ask of the world outside.

use serde_json::Value;

/// The world that a rendering sees; pure from the renderer's view, whatever the implementation does.
pub trait World {
    /// The answer to a template's `lookup`.
    fn lookup(&self, lookup: &Lookup) -> LookupAnswer;

    /// The time that `now` gives; asked once per rendering.
    fn now(&self) -> jiff::Timestamp;

    /// Fills `bytes` with random bytes that are fit for keys.
    fn random(&self, bytes: &mut [u8]);

    /// The address of a host for `getHostByName`; none when names are not to be resolved.
    fn resolve_host(&self, name: &str) -> Option<String>;

    /// Is there something that rewrites what templates wrote?
    fn post_renders(&self) -> bool {
        false
    }

    /// Rewrites what all templates wrote, a stream of YAML documents.
    ///
    /// # Errors
    /// Why it could not be rewritten.
    fn post_render(&self, documents: &str) -> Result<String, String> {
        Ok(documents.to_owned())
    }
}

/// What a template looks up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lookup {
    /// `v1`, `apps/v1`, …
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty for all namespaces or for what has none.
    pub namespace: String,
    /// The name; empty for the list of all.
    pub name: String,
}

/// What is known about a [`Lookup`].
#[derive(Clone, Debug, PartialEq)]
pub enum LookupAnswer {
    /// The object, the list, or the empty map when there is no such object.
    Known(Value),
    /// There is no cluster to ask: an empty map.
    Offline,
    /// Nobody has asked yet; rendering goes on with an empty map and reports the lookup.
    Missing,
}

impl LookupAnswer {
    /// The answer for an object that does not exist.
    #[must_use]
    pub fn nothing() -> Self {
        Self::Known(Value::Object(serde_json::Map::new()))
    }
}
