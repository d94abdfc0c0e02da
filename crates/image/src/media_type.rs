//! What content is.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::printable;

/// A media type; safe to be sent in a header.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MediaType(Cow<'static, str>);

/// A text is no media type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid media type \"{}\"", printable(.text))]
pub struct MediaTypeError {
    /// The text.
    pub text: String,
}

impl MediaType {
    /// Docker's image manifest, schema 2.
    pub const DOCKER_MANIFEST: Self = Self::known("application/vnd.docker.distribution.manifest.v2+json");
    /// Docker's list of manifests.
    pub const DOCKER_INDEX: Self = Self::known("application/vnd.docker.distribution.manifest.list.v2+json");
    /// Docker's image configuration.
    pub const DOCKER_CONFIG: Self = Self::known("application/vnd.docker.container.image.v1+json");
    /// Docker's gzipped layer.
    pub const DOCKER_LAYER_GZIP: Self = Self::known("application/vnd.docker.image.rootfs.diff.tar.gzip");
    /// Docker's layer without compression.
    pub const DOCKER_LAYER: Self = Self::known("application/vnd.docker.image.rootfs.diff.tar");
    /// OCI's image manifest.
    pub const OCI_MANIFEST: Self = Self::known("application/vnd.oci.image.manifest.v1+json");
    /// OCI's index of manifests.
    pub const OCI_INDEX: Self = Self::known("application/vnd.oci.image.index.v1+json");
    /// OCI's image configuration.
    pub const OCI_CONFIG: Self = Self::known("application/vnd.oci.image.config.v1+json");
    /// OCI's gzipped layer.
    pub const OCI_LAYER_GZIP: Self = Self::known("application/vnd.oci.image.layer.v1.tar+gzip");
    /// OCI's layer without compression.
    pub const OCI_LAYER: Self = Self::known("application/vnd.oci.image.layer.v1.tar");

    const fn known(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The manifest of one image (or artefact).
    #[must_use]
    pub fn is_manifest(&self) -> bool {
        *self == Self::DOCKER_MANIFEST || *self == Self::OCI_MANIFEST
    }

    /// A list of manifests.
    #[must_use]
    pub fn is_index(&self) -> bool {
        *self == Self::DOCKER_INDEX || *self == Self::OCI_INDEX
    }

    /// The configuration of a container image.
    #[must_use]
    pub fn is_image_config(&self) -> bool {
        *self == Self::DOCKER_CONFIG || *self == Self::OCI_CONFIG
    }

    /// A layer that its publisher wants to be fetched from elsewhere.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.0.contains(".rootfs.foreign.") || self.0.contains(".layer.nondistributable.")
    }
}

impl TryFrom<String> for MediaType {
    type Error = MediaTypeError;

    fn try_from(text: String) -> Result<Self, MediaTypeError> {
        let allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'<' | b'>');
        if text.is_empty() || text.len() > 255 || !text.bytes().all(allowed) {
            return Err(MediaTypeError { text });
        }
        Ok(Self(Cow::Owned(text)))
    }
}

impl From<MediaType> for String {
    fn from(media_type: MediaType) -> Self {
        media_type.0.into_owned()
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
