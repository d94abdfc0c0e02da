//! Archives of images: docker's and OCI layouts.

mod docker;
mod error;
mod layout;
mod members;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use error::ArchiveError;
pub use members::Members;

use crate::blob::Blob;
use crate::digest::Digest;
use crate::manifest::Descriptor;
use crate::platform::Platform;
use crate::read_at::Window;
use crate::reference::Reference;
use crate::tar::Limits;

/// The images of an archive.
#[derive(Debug, Clone)]
pub struct ImageArchive {
    kind: ArchiveKind,
    entries: Vec<ArchivedImage>,
    by_name: BTreeMap<String, usize>,
    warnings: Vec<String>,
}

/// How an archive is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveKind {
    /// `manifest.json` and its files, as `docker save` and charts-syncer write it.
    Docker,
    /// `index.json` and `blobs/`, as `skopeo` and newer versions of docker write it.
    OciLayout,
}

/// One thing that an archive offers under names, or without any.
#[derive(Debug, Clone)]
pub struct ArchivedImage {
    names: Vec<String>,
    content: Content,
}

/// An image, or images of several platforms.
#[derive(Debug, Clone)]
pub enum Content {
    /// One image.
    Image(Arc<Image>),
    /// A list of them.
    Index(Arc<ImageIndex>),
}

/// One image of one platform.
#[derive(Debug)]
pub struct Image {
    /// The manifest: what a registry is to hold. Kept as it is if the archive has one, else the one that charts-syncer would push.
    pub manifest: Descriptor,
    /// The manifest's bytes.
    pub manifest_bytes: Arc<[u8]>,
    /// The configuration.
    pub config: Blob,
    /// The configuration's bytes, whose digest is checked.
    pub config_bytes: Arc<[u8]>,
    /// The layers as they are stored, lowest first.
    pub layers: Vec<Blob>,
    /// The digests of the uncompressed layers, in the order of `layers`; none for artefacts that are no images.
    pub diff_ids: Vec<Digest>,
    /// What the configuration says that the image runs on.
    pub platform: Platform,
}

/// A list of images.
#[derive(Debug)]
pub struct ImageIndex {
    /// The index: what a registry is to hold.
    pub descriptor: Descriptor,
    /// The index's bytes.
    pub bytes: Arc<[u8]>,
    /// What is listed and in the archive, in its order.
    pub children: Vec<Content>,
    /// What is listed and not in the archive: a registry takes the index only if it has these.
    pub missing: Vec<Descriptor>,
}

impl ImageArchive {
    /// Looks through an archive. Reads headers and small documents only, except for a docker archive whose compressed layers
    /// do not bear their digests as names: these are hashed.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub fn open(archive: Window) -> Result<Self, ArchiveError> {
        Self::from_members(Members::of_tar(&archive, &Limits::default())?)
    }

    /// Takes the files of an archive, wherever they lie.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub fn from_members(members: Members) -> Result<Self, ArchiveError> {
        let mut warnings = Vec::new();
        let (kind, entries) = if members.has(layout::MARK) && members.has(layout::INDEX) {
            (ArchiveKind::OciLayout, layout::read(&members, &mut warnings)?)
        } else if members.has(docker::MANIFEST) {
            (ArchiveKind::Docker, docker::read(&members)?)
        } else if members.has(docker::LEGACY) {
            return Err(ArchiveError::Legacy);
        } else {
            return Err(ArchiveError::NoImages);
        };
        let by_name = names(&entries, &mut warnings);
        Ok(Self {
            kind,
            entries,
            by_name,
            warnings,
        })
    }

    /// Whether these members are those of an archive of images.
    #[must_use]
    pub fn is_one(members: &Members) -> bool {
        members.has(docker::MANIFEST) || members.has(docker::LEGACY) || members.has(layout::MARK)
    }

    /// How it is laid out.
    #[must_use]
    pub fn kind(&self) -> ArchiveKind {
        self.kind
    }

    /// What it offers, in its order.
    #[must_use]
    pub fn entries(&self) -> &[ArchivedImage] {
        &self.entries
    }

    /// What is odd about it.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The first entry that bears the name, however it is spelled; for a name with a digest, the one with that digest.
    #[must_use]
    pub fn find(&self, name: &Reference) -> Option<&ArchivedImage> {
        if let Some(place) = self.by_name.get(&name.normalised()) {
            return self.entries.get(*place);
        }
        let digest = name.digest()?;
        self.entries
            .iter()
            .find(|entry| entry.content.descriptor().digest == *digest)
    }

    /// All images of all platforms, each once.
    #[must_use]
    pub fn images(&self) -> Vec<Arc<Image>> {
        let mut images: Vec<Arc<Image>> = Vec::new();
        for image in self.entries.iter().flat_map(|entry| entry.content.images()) {
            if !images
                .iter()
                .any(|known| known.manifest.digest == image.manifest.digest)
            {
                images.push(image);
            }
        }
        images
    }

    /// The configurations and layers of all images, each digest once, in the order in which they lie in the archive.
    #[must_use]
    pub fn blobs(&self) -> Vec<Blob> {
        let images = self.images();
        let all = images.iter().flat_map(|image| image.blobs());
        let distinct: BTreeMap<&Digest, &Blob> = all.map(|blob| (blob.digest(), blob)).collect();
        let mut blobs: Vec<Blob> = distinct.into_values().cloned().collect();
        blobs.sort_by_key(|blob| blob.window().start());
        blobs
    }
}

/// Where each normalised name is. The first one of a name counts, as for charts-syncer.
fn names(entries: &[ArchivedImage], warnings: &mut Vec<String>) -> BTreeMap<String, usize> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (place, entry) in entries.iter().enumerate() {
        for name in &entry.names {
            let reference: Reference = match name.parse() {
                Ok(reference) => reference,
                Err(error) => {
                    warnings.push(format!("{error}"));
                    continue;
                }
            };
            let first = *places.entry(reference.normalised()).or_insert(place);
            let digest = |place: usize| entries.get(place).map(|entry| &entry.content.descriptor().digest);
            if digest(first) != digest(place) {
                warnings.push(format!("{reference} is the name of two images; the first one counts"));
            }
        }
    }
    places
}

impl ArchivedImage {
    pub(crate) fn new(names: Vec<String>, content: Content) -> Self {
        Self { names, content }
    }

    /// Its names as they are written.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Its names that are references.
    pub fn references(&self) -> impl Iterator<Item = Reference> + '_ {
        self.names.iter().filter_map(|name| name.parse().ok())
    }

    /// What it is.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }
}

impl Content {
    /// The manifest or index.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        match self {
            Self::Image(image) => &image.manifest,
            Self::Index(index) => &index.descriptor,
        }
    }

    /// The bytes of the manifest or index.
    #[must_use]
    pub fn bytes(&self) -> &Arc<[u8]> {
        match self {
            Self::Image(image) => &image.manifest_bytes,
            Self::Index(index) => &index.bytes,
        }
    }

    /// The image itself, or those listed, lists inside of lists included.
    #[must_use]
    pub fn images(&self) -> Vec<Arc<Image>> {
        match self {
            Self::Image(image) => vec![Arc::clone(image)],
            Self::Index(index) => index.children.iter().flat_map(Self::images).collect(),
        }
    }

    /// The first image that runs on `platform`.
    #[must_use]
    pub fn image_for(&self, platform: &Platform) -> Option<Arc<Image>> {
        self.images()
            .into_iter()
            .find(|image| image.platform.satisfies(platform))
    }

    /// Whether everything that is listed is in the archive.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        match self {
            Self::Image(_) => true,
            Self::Index(index) => index.missing.is_empty() && index.children.iter().all(Self::is_complete),
        }
    }
}

impl Image {
    /// The configuration and the layers.
    pub fn blobs(&self) -> impl Iterator<Item = &Blob> {
        std::iter::once(&self.config).chain(&self.layers)
    }
}

impl fmt::Display for ArchiveKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Docker => "docker archive",
            Self::OciLayout => "OCI layout",
        })
    }
}
