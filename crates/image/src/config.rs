//! The configuration of an image: what it runs on, and what its layers are.

use serde::Deserialize;

use crate::digest::Digest;
use crate::platform::Platform;

/// What a configuration says that matters for moving the image.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageConfig {
    /// What it runs on.
    pub platform: Platform,
    /// The digests of the uncompressed layers, lowest first.
    pub diff_ids: Vec<Digest>,
}

/// A document is no configuration of an image.
#[derive(Debug, thiserror::Error)]
#[error("not the configuration of an image")]
pub struct ConfigError {
    /// What is wrong.
    #[from]
    pub source: serde_json::Error,
}

impl ImageConfig {
    /// Reads a configuration.
    ///
    /// # Errors
    /// When it is not JSON of this shape.
    pub fn parse(bytes: &[u8]) -> Result<Self, ConfigError> {
        let document: Document = serde_json::from_slice(bytes)?;
        Ok(Self {
            platform: document.platform,
            diff_ids: document.rootfs.and_then(|rootfs| rootfs.diff_ids).unwrap_or_default(),
        })
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(flatten)]
    platform: Platform,
    #[serde(default)]
    rootfs: Option<RootFs>,
}

#[derive(Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Option<Vec<Digest>>,
}
