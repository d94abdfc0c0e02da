//! What an image runs on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::printable;

/// An operating system and a processor, as `linux/amd64` or `linux/arm/v7`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Platform {
    /// The processor, in Go's names: `amd64`, `arm64`.
    #[serde(default)]
    pub architecture: String,
    /// The operating system, in Go's names: `linux`.
    #[serde(default)]
    pub os: String,
    /// The version of the operating system (Windows).
    #[serde(default, rename = "os.version", skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// Features of the operating system.
    #[serde(default, rename = "os.features", skip_serializing_if = "Option::is_none")]
    pub os_features: Option<Vec<String>>,
    /// The kind of processor: `v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Features of the processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
}

/// A text is no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid platform \"{}\": write it as linux/amd64 or linux/arm/v7", printable(.text))]
pub struct PlatformError {
    /// The text.
    pub text: String,
}

impl Platform {
    /// A platform without further distinction.
    #[must_use]
    pub fn new(os: &str, architecture: &str) -> Self {
        Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            ..Self::default()
        }
    }

    /// Whether this is what `wanted` asks for: the same system and processor, and the same variant if one is asked for.
    #[must_use]
    pub fn satisfies(&self, wanted: &Self) -> bool {
        let variant = |platform: &Self| match (platform.architecture.as_str(), platform.variant.as_deref()) {
            ("arm64", None | Some("")) => Some("v8".to_owned()),
            (_, None | Some("")) => None,
            (_, Some(variant)) => Some(variant.to_owned()),
        };
        let same = self.os == wanted.os && self.architecture == wanted.architecture;
        same && variant(wanted).is_none_or(|wanted| variant(self).is_none_or(|own| own == wanted))
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", printable(&self.os), printable(&self.architecture))?;
        match self.variant.as_deref() {
            None | Some("") => Ok(()),
            Some(variant) => write!(formatter, "/{}", printable(variant)),
        }
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let is_name = |part: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
            !part.is_empty() && part.bytes().all(allowed)
        };
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [os, architecture] if is_name(os) && is_name(architecture) => Ok(Self::new(os, architecture)),
            [os, architecture, variant] if parts.iter().all(|part| is_name(part)) => Ok(Self {
                variant: Some((*variant).to_owned()),
                ..Self::new(os, architecture)
            }),
            _ => Err(PlatformError { text: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    #[test]
    fn platforms_are_read_and_written() {
        for text in ["linux/amd64", "linux/arm/v7", "windows/amd64"] {
            assert_eq!(platform(text).to_string(), text);
        }
        for text in ["linux", "linux/", "/amd64", "a/b/c/d", "a b/c", ""] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }

    #[test]
    fn arm64_is_its_only_variant() {
        assert!(platform("linux/arm64").satisfies(&platform("linux/arm64/v8")));
        assert!(platform("linux/arm64/v8").satisfies(&platform("linux/arm64")));
        assert!(!platform("linux/arm/v6").satisfies(&platform("linux/arm/v7")));
        assert!(!platform("linux/arm64").satisfies(&platform("linux/amd64")));
    }
}
