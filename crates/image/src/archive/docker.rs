//! Docker archives: `manifest.json`, and the files that it names.
//!
//! The format is described with `docker save`; charts-syncer's `images.tar` is one, with layers as registries serve them. A docker
//! archive has no manifests: the one that charts-syncer would push is made, so that either tool finds the other one's images unchanged.
//! Layers without compression are the exception: charts-syncer compresses them while pushing, here they go as they are, under docker's
//! media type for such layers, because their digest is known without reading them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::error::ArchiveError;
use super::members::{Members, read_checked};
use super::{ArchivedImage, Content, Image};
use crate::blob::{Blob, Compression};
use crate::config::ImageConfig;
use crate::digest::{Algorithm, Digest, Hasher};
use crate::manifest::{Descriptor, docker_manifest};
use crate::media_type::MediaType;
use crate::read_at::Window;

/// What lists the images.
pub(super) const MANIFEST: &str = "manifest.json";
/// What listed them before docker 1.10.
pub(super) const LEGACY: &str = "repositories";

/// containerd's limit, too.
const MAX_MANIFEST: u64 = 20 << 20;
const MAX_CONFIG: u64 = 8 << 20;

/// One image of `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Option<Vec<String>>,
    /// Descriptors of layers to be fetched from elsewhere, by the digests of their contents.
    #[serde(default)]
    layer_sources: Option<BTreeMap<Digest, Descriptor>>,
}

/// The images of the archive.
pub(super) fn read(members: &Members) -> Result<Vec<ArchivedImage>, ArchiveError> {
    let records: Vec<Record> = members.document(MANIFEST, MAX_MANIFEST)?;
    let mut layers = Layers {
        members,
        known: BTreeMap::new(),
    };
    records.into_iter().map(|record| layers.image(record)).collect()
}

/// The layers so far: images share them.
struct Layers<'m> {
    members: &'m Members,
    known: BTreeMap<(String, Digest), Blob>,
}

impl Layers<'_> {
    fn image(&mut self, record: Record) -> Result<ArchivedImage, ArchiveError> {
        let (config, config_bytes) = self.config(&record.config)?;
        let parsed = ImageConfig::parse(&config_bytes).map_err(|source| ArchiveError::Config {
            member: record.config.clone(),
            source,
        })?;
        let names = record.layers.unwrap_or_default();
        if names.len() != parsed.diff_ids.len() {
            return Err(ArchiveError::LayerCount {
                image: record
                    .repo_tags
                    .and_then(|tags| tags.into_iter().next())
                    .unwrap_or(record.config),
                layers: names.len(),
                diff_ids: parsed.diff_ids.len(),
            });
        }
        let sources = record.layer_sources.unwrap_or_default();
        let mut layers = Vec::with_capacity(names.len());
        for (name, diff_id) in names.iter().zip(&parsed.diff_ids) {
            layers.push(self.layer(name, diff_id, sources.get(diff_id), &record.config)?);
        }
        let descriptors: Vec<Descriptor> = layers.iter().map(|layer| layer.descriptor().clone()).collect();
        let manifest = docker_manifest(config.descriptor(), &descriptors);
        let image = Image {
            manifest: Descriptor::new(
                MediaType::DOCKER_MANIFEST,
                Digest::sha256(&manifest),
                manifest.len() as u64,
            ),
            manifest_bytes: manifest.into(),
            config,
            config_bytes: config_bytes.into(),
            layers,
            diff_ids: parsed.diff_ids,
            platform: parsed.platform,
        };
        let names = record.repo_tags.unwrap_or_default();
        Ok(ArchivedImage::new(names, Content::Image(Arc::new(image))))
    }

    fn config(&self, name: &str) -> Result<(Blob, Vec<u8>), ArchiveError> {
        let window = self.members.need(name, MANIFEST)?;
        let (bytes, digest) = read_checked(name, &window, MAX_CONFIG, named_digest(name).as_ref())?;
        let descriptor = Descriptor::new(MediaType::DOCKER_CONFIG, digest, window.size());
        Ok((blob(name, descriptor, window)?, bytes))
    }

    fn layer(
        &mut self,
        name: &str,
        diff_id: &Digest,
        source: Option<&Descriptor>,
        needed_by: &str,
    ) -> Result<Blob, ArchiveError> {
        let key = (name.to_owned(), diff_id.clone());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let window = self.members.need(name, needed_by)?;
        let descriptor = match source {
            Some(source) => foreign(name, source, &window)?,
            None => describe(name, diff_id, &window)?,
        };
        let layer = blob(name, descriptor, window)?;
        self.known.insert(key, layer.clone());
        Ok(layer)
    }
}

/// What a layer is: its digest is its name if it is compressed, and the one of its contents if not.
fn describe(name: &str, diff_id: &Digest, window: &Window) -> Result<Descriptor, ArchiveError> {
    let failed = |source| ArchiveError::Read {
        member: name.to_owned(),
        source,
    };
    let named = named_digest(name);
    if Compression::of(window).map_err(failed)? == Compression::None {
        return match named {
            // The name may be that of the archive's layer as the registry had it, and its first bytes damaged.
            Some(named) if named != *diff_id => Err(ArchiveError::Digest {
                member: name.to_owned(),
                found: hash(name, window)?,
                wanted: named,
            }),
            _ => Ok(Descriptor::new(MediaType::DOCKER_LAYER, diff_id.clone(), window.size())),
        };
    }
    let digest = match named {
        Some(named) => named,
        None => hash(name, window)?,
    };
    // Helm's tools, charts-syncer among them, call layers of any compression gzipped; runtimes look at the bytes.
    Ok(Descriptor::new(MediaType::DOCKER_LAYER_GZIP, digest, window.size()))
}

/// The descriptor that the archive keeps of a layer; it must be the one of the file that is there.
fn foreign(name: &str, source: &Descriptor, window: &Window) -> Result<Descriptor, ArchiveError> {
    if source.size != window.size() {
        return Err(ArchiveError::Size {
            member: name.to_owned(),
            found: window.size(),
            wanted: source.size,
        });
    }
    Ok(source.clone())
}

fn blob(name: &str, descriptor: Descriptor, window: Window) -> Result<Blob, ArchiveError> {
    Blob::new(descriptor, window).map_err(|source| ArchiveError::Read {
        member: name.to_owned(),
        source,
    })
}

/// The digest that a name is: `sha256:<hex>`, `<hex>.tar.gz`, `<hex>.json`, `blobs/sha256/<hex>`. The directories of
/// `<hex>/layer.tar` are ids of another kind.
fn named_digest(name: &str) -> Option<Digest> {
    let base = name.rsplit('/').next()?;
    let base = base.strip_prefix("sha256:").unwrap_or(base);
    Digest::from_sha256_hex(base.split('.').next()?)
}

fn hash(name: &str, window: &Window) -> Result<Digest, ArchiveError> {
    let mut hasher = Hasher::new(Algorithm::Sha256);
    let hashed = crate::verify::hash_into(&mut window.reader(), &mut hasher);
    hashed.map_err(|source| ArchiveError::Read {
        member: name.to_owned(),
        source,
    })?;
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::named_digest;

    #[test]
    fn names_tell_digests() {
        let hex = "a".repeat(64);
        for name in [
            format!("sha256:{hex}"),
            format!("{hex}.tar.gz"),
            format!("{hex}.json"),
            format!("blobs/sha256/{hex}"),
            format!("./{hex}.tar"),
        ] {
            assert_eq!(named_digest(&name).unwrap().hex(), hex, "{name}");
        }
        assert_eq!(named_digest(&format!("{hex}/layer.tar")), None);
        assert_eq!(named_digest("layer.tar"), None);
    }
}
