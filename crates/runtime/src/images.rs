//! What is to be loaded: images as data, and where their bytes are read.

use std::io;

use bytes::Bytes;
use serde::Serialize;

/// A piece of content: its digest (`sha256:<hex>`), size and media type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blob {
    /// `sha256:<hex>` of the bytes as they are stored.
    pub digest: String,
    /// How many bytes.
    pub size: u64,
    /// What the bytes are.
    pub media_type: String,
}

/// One image of one platform, as the runtime is to hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadImage {
    /// Full normalised names with tags (`docker.io/library/nginx:1`): those of the bundle, then relocated ones.
    pub names: Vec<String>,
    /// The manifest: the bytes that a push of this image would send, so that digests agree everywhere.
    pub manifest: Blob,
    /// The manifest's bytes.
    #[serde(skip)]
    pub manifest_bytes: Bytes,
    /// The config.
    pub config: Blob,
    /// The layers, lowest first.
    pub layers: Vec<Blob>,
    /// The digests of the uncompressed layers, in the order of `layers`.
    pub diff_ids: Vec<String>,
    /// `os/architecture[/variant]` of the config.
    pub platform: String,
}

impl LoadImage {
    /// Config and layers: what is read from the bundle.
    pub fn blobs(&self) -> impl Iterator<Item = &Blob> {
        std::iter::once(&self.config).chain(&self.layers)
    }

    /// What a person calls this image: its first name, or its manifest's digest.
    #[must_use]
    pub fn label(&self) -> &str {
        self.names.first().map_or(&self.manifest.digest, String::as_str)
    }

    /// `repository@digest` for each distinct repository among the names.
    #[must_use]
    pub fn digest_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in &self.names {
            let named = format!("{}@{}", repository(name), self.manifest.digest);
            if !names.contains(&named) {
                names.push(named);
            }
        }
        names
    }
}

/// A name without its tag and digest.
pub(crate) fn repository(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or(name);
    match name.rfind(':') {
        Some(colon) if !name[colon..].contains('/') => &name[..colon],
        _ => name,
    }
}

/// Where the bytes of configs and layers lie. Read on threads that may block, by several readers at once.
pub trait BlobSource: Send + Sync + 'static {
    /// Fills the buffer with bytes of the blob from `offset` on; how many there were, 0 at the end.
    ///
    /// # Errors
    /// What reading gives; `NotFound` for a digest that the source does not have.
    fn read_at(&self, digest: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

#[cfg(test)]
pub(crate) mod samples {
    use std::collections::HashMap;

    use super::*;

    /// Blobs in memory.
    #[derive(Default)]
    pub(crate) struct InMemory(pub(crate) HashMap<String, Vec<u8>>);

    impl BlobSource for InMemory {
        fn read_at(&self, digest: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            let bytes = self.0.get(digest).ok_or(io::ErrorKind::NotFound)?;
            let rest = bytes
                .get(usize::try_from(offset).unwrap_or(usize::MAX)..)
                .unwrap_or(&[]);
            let count = rest.len().min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        }
    }

    /// An image whose digests are made of its letter; the layers are named by letters too.
    pub(crate) fn image(letter: char, names: &[&str], layers: &str) -> LoadImage {
        LoadImage {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            manifest: blob(letter, 'a', 7),
            manifest_bytes: Bytes::from_static(b"{\"a\":1}"),
            config: blob(letter, 'c', 2),
            layers: layers.chars().map(|layer| blob(layer, 'f', 1000)).collect(),
            diff_ids: layers.chars().map(|layer| blob(layer, 'e', 0).digest).collect(),
            platform: "linux/amd64".to_owned(),
        }
    }

    pub(crate) fn blob(letter: char, kind: char, size: u64) -> Blob {
        Blob {
            digest: format!("sha256:{}{}", kind, letter.to_string().repeat(63)),
            size,
            media_type: "application/octet-stream".to_owned(),
        }
    }

    #[test]
    fn a_repository_is_the_name_without_tag_and_digest() {
        assert_eq!(repository("localhost:5000/a/b:1"), "localhost:5000/a/b");
        assert_eq!(repository("localhost:5000/a/b"), "localhost:5000/a/b");
        assert_eq!(repository("docker.io/a/b:1@sha256:00"), "docker.io/a/b");
    }

    #[test]
    fn two_tags_of_a_repository_share_one_digest_name() {
        let image = image('1', &["r.io/a/b:1", "r.io/a/b:2", "10.0.0.1:5000/a/b:1"], "x");
        let digest = &image.manifest.digest;
        assert_eq!(
            image.digest_names(),
            [format!("r.io/a/b@{digest}"), format!("10.0.0.1:5000/a/b@{digest}")]
        );
    }
}
