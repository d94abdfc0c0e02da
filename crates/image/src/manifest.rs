//! Manifests and indexes, docker's and OCI's.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::digest::Digest;
use crate::media_type::MediaType;
use crate::platform::Platform;
use crate::text::printable;

/// What a document says of other content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What the content is.
    pub media_type: MediaType,
    /// How many bytes it has.
    pub size: u64,
    /// The digest of the bytes.
    pub digest: Digest,
    /// The content itself, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Where its publisher offers it; nothing is ever fetched from there.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Remarks.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What the image runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// What the artefact is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
}

impl Descriptor {
    /// A descriptor that says what is needed.
    #[must_use]
    pub fn new(media_type: MediaType, digest: Digest, size: u64) -> Self {
        Self {
            media_type,
            size,
            digest,
            data: None,
            urls: Vec::new(),
            annotations: BTreeMap::new(),
            platform: None,
            artifact_type: None,
        }
    }
}

/// A document that a registry keeps under a tag.
#[allow(clippy::large_enum_variant, reason = "one is read at a time and taken apart at once")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manifest {
    /// One image, or an artefact stored like one.
    Image(ImageManifest),
    /// A list of manifests, one for each platform.
    Index(IndexManifest),
}

/// The manifest of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageManifest {
    /// Docker's or OCI's.
    pub media_type: MediaType,
    /// The configuration.
    pub config: Descriptor,
    /// The layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// What the artefact is, if it is no image.
    pub artifact_type: Option<String>,
    /// What this is about: the image that is signed or attested.
    pub subject: Option<Descriptor>,
    /// Remarks.
    pub annotations: BTreeMap<String, String>,
}

/// A list of manifests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexManifest {
    /// Docker's or OCI's.
    pub media_type: MediaType,
    /// The manifests.
    pub manifests: Vec<Descriptor>,
    /// Remarks.
    pub annotations: BTreeMap<String, String>,
}

/// A document is no manifest that is safe to use.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Too much to be one.
    #[error("a manifest of {size} bytes; the most is {limit}")]
    TooLarge {
        /// Its size.
        size: u64,
        /// The most bytes allowed.
        limit: u64,
    },
    /// Not the JSON of one.
    #[error("not a manifest")]
    Json {
        /// What is wrong.
        #[from]
        source: serde_json::Error,
    },
    /// Schema 1, or none.
    #[error("not a manifest of schema version 2")]
    Schema,
    /// Readers would disagree what it is.
    #[error("ambiguous: it has parts of an image and of an index")]
    Mixed,
    /// Neither layers nor manifests.
    #[error("neither an image nor an index")]
    Neither,
    /// It is not what it says or what its descriptor says.
    #[error("its media type \"{}\" does not fit what it is", printable(.found.as_str()))]
    MediaType {
        /// What is said.
        found: MediaType,
    },
    /// It lists more than any image has.
    #[error("it lists {count} parts; the most is {limit}")]
    TooMany {
        /// How many.
        count: usize,
        /// The most allowed.
        limit: usize,
    },
}

impl Manifest {
    /// The most bytes of a manifest; registries take no larger ones.
    pub const MAX_SIZE: u64 = 4 << 20;
    /// The most layers or manifests in one.
    pub const MAX_PARTS: usize = 4096;

    /// Reads a manifest. `declared` is what a descriptor or a header said of it.
    ///
    /// # Errors
    /// [`ManifestError`], also for documents that two readers could take for different things.
    pub fn parse(bytes: &[u8], declared: Option<&MediaType>) -> Result<Self, ManifestError> {
        let size = bytes.len() as u64;
        if size > Self::MAX_SIZE {
            let limit = Self::MAX_SIZE;
            return Err(ManifestError::TooLarge { size, limit });
        }
        let document: Document = serde_json::from_slice(bytes)?;
        if document.schema_version != Some(2) || document.fs_layers.is_some() {
            return Err(ManifestError::Schema);
        }
        let media_type = document.media_type(declared)?;
        let manifest = document.sort(media_type)?;
        let count = match &manifest {
            Self::Image(image) => image.layers.len(),
            Self::Index(index) => index.manifests.len(),
        };
        let limit = Self::MAX_PARTS;
        if count > limit {
            return Err(ManifestError::TooMany { count, limit });
        }
        Ok(manifest)
    }

    /// Docker's or OCI's type of it.
    #[must_use]
    pub fn media_type(&self) -> &MediaType {
        match self {
            Self::Image(image) => &image.media_type,
            Self::Index(index) => &index.media_type,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: Option<u64>,
    media_type: Option<MediaType>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    artifact_type: Option<String>,
    subject: Option<Descriptor>,
    #[serde(default, deserialize_with = "or_default")]
    annotations: BTreeMap<String, String>,
    fs_layers: Option<Value>,
}

impl Document {
    /// What is said inside and outside must be the same; if nothing is said, the shape tells.
    fn media_type(&self, declared: Option<&MediaType>) -> Result<Option<MediaType>, ManifestError> {
        match (&self.media_type, declared) {
            (Some(own), Some(declared)) if own != declared => Err(ManifestError::MediaType { found: own.clone() }),
            (Some(said), _) => Ok(Some(said.clone())),
            (None, said) => Ok(said.cloned()),
        }
    }

    fn sort(self, said: Option<MediaType>) -> Result<Manifest, ManifestError> {
        match (self.config, self.layers, self.manifests) {
            (None, None, Some(manifests)) => {
                let media_type = said.unwrap_or(MediaType::OCI_INDEX);
                if !media_type.is_index() {
                    return Err(ManifestError::MediaType { found: media_type });
                }
                Ok(Manifest::Index(IndexManifest {
                    media_type,
                    manifests,
                    annotations: self.annotations,
                }))
            }
            (Some(config), layers, None) => {
                let media_type = said.unwrap_or(MediaType::OCI_MANIFEST);
                if !media_type.is_manifest() {
                    return Err(ManifestError::MediaType { found: media_type });
                }
                Ok(Manifest::Image(ImageManifest {
                    media_type,
                    config,
                    layers: layers.unwrap_or_default(),
                    artifact_type: self.artifact_type,
                    subject: self.subject,
                    annotations: self.annotations,
                }))
            }
            (_, _, Some(_)) => Err(ManifestError::Mixed),
            (None, _, None) => Err(ManifestError::Neither),
        }
    }
}

/// Go: lists and maps that are empty may be written as `null`.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The manifest that an image of a docker archive has in a registry, byte for byte as charts-syncer pushes it: docker's
/// schema 2, indented by three spaces, without a line break at the end.
///
/// ```
/// use ironhelm_image::{Descriptor, Digest, MediaType, docker_manifest};
/// let config = Descriptor::new(MediaType::DOCKER_CONFIG, Digest::sha256(b"{}"), 2);
/// assert!(docker_manifest(&config, &[]).starts_with(b"{\n   \"schemaVersion\": 2,\n"));
/// ```
#[must_use]
pub fn docker_manifest(config: &Descriptor, layers: &[Descriptor]) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Written<'d> {
        schema_version: u8,
        media_type: MediaType,
        config: &'d Descriptor,
        layers: &'d [Descriptor],
    }
    let document = Written {
        schema_version: 2,
        media_type: MediaType::DOCKER_MANIFEST,
        config,
        layers,
    };
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"   ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Plain data with texts for keys: there is nothing that could fail.
    let _ = document.serialize(&mut serializer);
    escape_html(&bytes)
}

/// Go: JSON is written so that it can stand in a web page. These letters are in texts only.
pub(crate) fn escape_html(json: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(json.len());
    for byte in json {
        match byte {
            b'<' => escaped.extend_from_slice(br"\u003c"),
            b'>' => escaped.extend_from_slice(br"\u003e"),
            b'&' => escaped.extend_from_slice(br"\u0026"),
            byte => escaped.push(*byte),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn descriptor(media_type: &str) -> String {
        format!(r#"{{"mediaType":"{media_type}","size":2,"digest":"{HASH}","annotations":null}}"#)
    }

    fn fault(document: &str) -> String {
        match Manifest::parse(document.as_bytes(), None) {
            Ok(manifest) => format!("taken: {manifest:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn images_and_indexes_are_told_by_their_shape() {
        let config = descriptor("application/vnd.oci.image.config.v1+json");
        let image = format!(r#"{{"schemaVersion":2,"config":{config},"layers":[]}}"#);
        let Ok(Manifest::Image(image)) = Manifest::parse(image.as_bytes(), None) else {
            panic!("no image")
        };
        assert_eq!(image.media_type, MediaType::OCI_MANIFEST);
        let index = format!(r#"{{"schemaVersion":2,"manifests":[{config}]}}"#);
        let declared = MediaType::DOCKER_INDEX;
        let Ok(Manifest::Index(index)) = Manifest::parse(index.as_bytes(), Some(&declared)) else {
            panic!("no index")
        };
        assert_eq!((index.media_type, index.manifests.len()), (declared, 1));
    }

    #[test]
    fn what_readers_could_disagree_about_is_refused() {
        let part = descriptor("a/b");
        assert!(
            fault(&format!(
                r#"{{"schemaVersion":2,"layers":[{part}],"manifests":[{part}]}}"#
            ))
            .contains("ambiguous")
        );
        assert!(fault(&format!(r#"{{"schemaVersion":2,"config":{part},"manifests":[]}}"#)).contains("ambiguous"));
        assert!(fault(&format!(r#"{{"schemaVersion":2,"config":{part},"config":{part}}}"#)).contains("not a manifest"));
        let said = r#""mediaType":"application/vnd.oci.image.index.v1+json""#;
        assert!(fault(&format!(r#"{{"schemaVersion":2,{said},"config":{part}}}"#)).contains("media type"));
        assert!(fault(r#"{"schemaVersion":1,"fsLayers":[]}"#).contains("schema version"));
        assert!(fault(r#"{"schemaVersion":2}"#).contains("neither"));
        let bad = part.replace("sha256:e3", "sha256:/3");
        assert!(fault(&format!(r#"{{"schemaVersion":2,"config":{bad}}}"#)).contains("not a manifest"));
        let many = vec![part; Manifest::MAX_PARTS + 1].join(",");
        assert!(fault(&format!(r#"{{"schemaVersion":2,"manifests":[{many}]}}"#)).contains("4097 parts"));
        assert!(fault(&" ".repeat(5 << 20)).contains("the most is"));
        assert!(fault(&"[".repeat(100_000)).contains("not a manifest"));
    }
}
