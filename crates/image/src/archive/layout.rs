//! OCI layouts: `oci-layout`, `index.json` and `blobs/`.
//!
//! <https://github.com/opencontainers/image-spec/blob/main/image-layout.md>. Manifests and indexes are kept byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use super::error::ArchiveError;
use super::members::{Members, read_checked};
use super::{ArchivedImage, Content, Image, ImageIndex, docker};
use crate::blob::Blob;
use crate::config::ImageConfig;
use crate::digest::Digest;
use crate::manifest::{Descriptor, ImageManifest, Manifest};
use crate::read_at::Window;

/// What makes an archive an OCI layout.
pub(super) const MARK: &str = "oci-layout";
/// What lists its images.
pub(super) const INDEX: &str = "index.json";

/// The full name, as containerd and docker write it.
const IMAGE_NAME: &str = "io.containerd.image.name";
/// A name, or only a tag.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

const MAX_INDEX: u64 = 20 << 20;
const MAX_CONFIG: u64 = 8 << 20;
/// Indexes inside of indexes.
const MAX_DEPTH: usize = 4;
/// Manifests and indexes together.
const MAX_DOCUMENTS: usize = 20_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    image_layout_version: String,
}

#[derive(Deserialize)]
struct Root {
    #[serde(default)]
    manifests: Option<Vec<Descriptor>>,
    #[serde(default)]
    layers: Option<serde_json::Value>,
}

/// The images of the layout.
pub(super) fn read(members: &Members, warnings: &mut Vec<String>) -> Result<Vec<ArchivedImage>, ArchiveError> {
    let mark: Mark = members.document(MARK, 4096)?;
    if !mark.image_layout_version.starts_with("1.") {
        let version = mark.image_layout_version;
        return Err(ArchiveError::LayoutVersion { version });
    }
    let root: Root = members.document(INDEX, MAX_INDEX)?;
    if root.layers.is_some() {
        return Err(ArchiveError::Manifest {
            member: INDEX.to_owned(),
            source: crate::manifest::ManifestError::Mixed,
        });
    }
    let mut reader = Reader {
        members,
        known: BTreeMap::new(),
    };
    let mut entries: Vec<ArchivedImage> = Vec::new();
    for descriptor in root.manifests.unwrap_or_default() {
        match reader.content(&descriptor, 0)? {
            Some(content) => add(&mut entries, content, names(&descriptor)),
            None => warnings.push(format!("{} of {INDEX} is not in the archive", descriptor.digest)),
        }
    }
    if entries.iter().all(|entry| entry.names.is_empty()) && members.has(docker::MANIFEST) {
        take_docker_names(members, &mut entries);
    }
    Ok(entries)
}

/// Each name of an image is an entry of its own in the index.
fn add(entries: &mut Vec<ArchivedImage>, content: Content, names: Vec<String>) {
    let digest = content.descriptor().digest.clone();
    match entries
        .iter_mut()
        .find(|entry| entry.content.descriptor().digest == digest)
    {
        Some(entry) => {
            let mut known: BTreeSet<String> = entry.names.iter().cloned().collect();
            entry
                .names
                .extend(names.into_iter().filter(|name| known.insert(name.clone())));
        }
        None => entries.push(ArchivedImage::new(names, content)),
    }
}

/// The names that annotations give; a mere tag is none.
fn names(descriptor: &Descriptor) -> Vec<String> {
    let is_name = |text: &str| text.contains(['/', ':']);
    let annotation = |key| descriptor.annotations.get(key).cloned();
    annotation(IMAGE_NAME)
        .or_else(|| annotation(REF_NAME).filter(|name| is_name(name)))
        .into_iter()
        .collect()
}

/// Archives that are both have their names in either place.
fn take_docker_names(members: &Members, entries: &mut [ArchivedImage]) {
    let records = docker::read(members).unwrap_or_default();
    for record in records {
        let Content::Image(image) = &record.content else {
            continue;
        };
        let same = |entry: &&mut ArchivedImage| match &entry.content {
            Content::Image(own) => own.config.digest() == image.config.digest(),
            Content::Index(_) => false,
        };
        if let Some(entry) = entries.iter_mut().find(same) {
            entry.names.extend(record.names);
        }
    }
}

struct Reader<'m> {
    members: &'m Members,
    /// What was read before; `None` while it is being read.
    known: BTreeMap<Digest, Option<Content>>,
}

impl Reader<'_> {
    /// What a descriptor leads to; `None` if it is not in the archive.
    fn content(&mut self, descriptor: &Descriptor, depth: usize) -> Result<Option<Content>, ArchiveError> {
        if let Some(known) = self.known.get(&descriptor.digest) {
            return known.clone().map(Some).ok_or(ArchiveError::TooDeep);
        }
        if depth > MAX_DEPTH || self.known.len() >= MAX_DOCUMENTS {
            return Err(ArchiveError::TooDeep);
        }
        let path = path(&descriptor.digest);
        let Some(window) = self.members.find(&path)? else {
            return Ok(None);
        };
        self.known.insert(descriptor.digest.clone(), None);
        let content = self.read(descriptor, &path, &window, depth)?;
        self.known.insert(descriptor.digest.clone(), Some(content.clone()));
        Ok(Some(content))
    }

    fn read(
        &mut self,
        descriptor: &Descriptor,
        path: &str,
        window: &Window,
        depth: usize,
    ) -> Result<Content, ArchiveError> {
        same_size(path, window, descriptor)?;
        let (bytes, _) = read_checked(path, window, Manifest::MAX_SIZE, Some(&descriptor.digest))?;
        let manifest = Manifest::parse(&bytes, Some(&descriptor.media_type));
        let manifest = manifest.map_err(|source| ArchiveError::Manifest {
            member: path.to_owned(),
            source,
        })?;
        let mut own = Descriptor::new(
            descriptor.media_type.clone(),
            descriptor.digest.clone(),
            descriptor.size,
        );
        own.platform.clone_from(&descriptor.platform);
        own.annotations.clone_from(&descriptor.annotations);
        match manifest {
            Manifest::Image(manifest) => self.image(own, bytes, manifest),
            Manifest::Index(index) => {
                let (mut children, mut missing) = (Vec::new(), Vec::new());
                for child in index.manifests {
                    match self.content(&child, depth + 1)? {
                        Some(content) => children.push(content),
                        None => missing.push(child),
                    }
                }
                Ok(Content::Index(Arc::new(ImageIndex {
                    descriptor: own,
                    bytes: bytes.into(),
                    children,
                    missing,
                })))
            }
        }
    }

    fn image(&self, own: Descriptor, bytes: Vec<u8>, manifest: ImageManifest) -> Result<Content, ArchiveError> {
        let needed_by = path(&own.digest);
        let config = self.blob(&manifest.config, &needed_by)?;
        let member = path(config.digest());
        let (config_bytes, _) = read_checked(&member, config.window(), MAX_CONFIG, Some(config.digest()))?;
        let parsed = if manifest.config.media_type.is_image_config() {
            ImageConfig::parse(&config_bytes).map_err(|source| ArchiveError::Config { member, source })?
        } else {
            ImageConfig::default()
        };
        let layers = manifest.layers.iter().map(|layer| self.blob(layer, &needed_by));
        let layers: Vec<Blob> = layers.collect::<Result<_, _>>()?;
        let is_image = own.platform.as_ref().is_none_or(|platform| platform.os != "unknown");
        if is_image && !parsed.diff_ids.is_empty() && parsed.diff_ids.len() != layers.len() {
            return Err(ArchiveError::LayerCount {
                image: needed_by,
                layers: layers.len(),
                diff_ids: parsed.diff_ids.len(),
            });
        }
        Ok(Content::Image(Arc::new(Image {
            manifest: own,
            manifest_bytes: bytes.into(),
            config,
            config_bytes: config_bytes.into(),
            layers,
            diff_ids: parsed.diff_ids,
            platform: parsed.platform,
        })))
    }

    fn blob(&self, descriptor: &Descriptor, needed_by: &str) -> Result<Blob, ArchiveError> {
        let path = path(&descriptor.digest);
        let window = self.members.need(&path, needed_by)?;
        same_size(&path, &window, descriptor)?;
        Blob::new(descriptor.clone(), window).map_err(|source| ArchiveError::Read { member: path, source })
    }
}

fn path(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().name(), digest.hex())
}

fn same_size(path: &str, window: &Window, descriptor: &Descriptor) -> Result<(), ArchiveError> {
    if window.size() == descriptor.size {
        return Ok(());
    }
    Err(ArchiveError::Size {
        member: path.to_owned(),
        found: window.size(),
        wanted: descriptor.size,
    })
}
