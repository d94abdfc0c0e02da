//! From archives to what is loaded: one image per name and platform.

use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use ironhelm_image as image;
use ironhelm_image::{ArchivedImage, ImageArchive, Platform, Reference, VerifyError, verify_blobs};
use tokio::sync::watch;

use crate::error::Error;
use crate::images::{Blob, BlobSource, LoadImage};
use crate::plan::LoadPlan;
use crate::progress::Progress;

/// The images of archives that run on one platform, and where their bytes lie.
#[derive(Clone)]
pub struct Selection {
    /// The images, each once, with all its names.
    pub images: Vec<LoadImage>,
    /// Their configs and layers.
    pub source: Arc<dyn BlobSource>,
    blobs: Arc<HashMap<String, image::Blob>>,
    /// What was left out, each with the reason in one line.
    pub skipped: Vec<Skipped>,
}

/// Something of an archive that is not loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its name or digest.
    pub image: String,
    /// Why, in one line.
    pub reason: String,
}

impl Selection {
    /// Takes the images for `platform` out of the archives. `relocate` gives the further names that an image is to have besides its
    /// own.
    pub fn of(
        archives: &[ImageArchive],
        platform: &Platform,
        mut relocate: impl FnMut(&Reference) -> Vec<Reference>,
    ) -> Self {
        let mut images: Vec<LoadImage> = Vec::new();
        let mut skipped = Vec::new();
        let mut blobs = HashMap::new();
        for entry in archives.iter().flat_map(ImageArchive::entries) {
            match pick(entry, platform) {
                Ok(picked) => {
                    for blob in picked.blobs() {
                        blobs.entry(blob.digest().to_string()).or_insert_with(|| blob.clone());
                    }
                    merge(&mut images, &picked, names(entry, &picked, &mut relocate));
                }
                Err(reason) => skipped.push(Skipped {
                    image: label(entry),
                    reason,
                }),
            }
        }
        let blobs = Arc::new(blobs);
        Self {
            images,
            source: Arc::new(Archived(Arc::clone(&blobs))),
            blobs,
            skipped,
        }
    }

    /// Two different images that would bear one name, if there are such.
    #[must_use]
    pub fn collision(&self) -> Option<Collision> {
        let mut bearers: HashMap<&str, &LoadImage> = HashMap::new();
        for image in &self.images {
            for name in &image.names {
                if let Some(first) = bearers.insert(name, image) {
                    return Some(Collision {
                        name: name.clone(),
                        images: [first, image].map(|image| image.label().to_owned()),
                        digests: [first, image].map(|image| image.manifest.digest.clone()),
                    });
                }
            }
        }
        None
    }

    /// Reads what a plan would send, and compares the digests: a damaged bundle is found before the runtime gets any of it.
    ///
    /// # Errors
    /// [`Error::Damaged`] for the first blob that is.
    pub async fn verify(&self, plan: &LoadPlan, progress: &dyn Progress) -> Result<(), Error> {
        let missing = plan.missing();
        let wanted = missing.iter().filter_map(|blob| self.blobs.get(&blob.digest).cloned());
        let mut wanted: Vec<image::Blob> = wanted.collect();
        wanted.sort_by_key(|blob| blob.window().start());
        let total = wanted.iter().map(image::Blob::size).sum();
        if total == 0 {
            return Ok(());
        }
        let (read, mut watched) = watch::channel(0_u64);
        let hashing = tokio::task::spawn_blocking(move || {
            let threads = image::VerifyOptions::default().threads;
            verify_blobs(&wanted, threads, &|count| {
                read.send_modify(|bytes| *bytes += count);
                match read.is_closed() {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            })
        });
        while watched.changed().await.is_ok() {
            progress.checked(*watched.borrow_and_update(), total);
        }
        // A thread that panics has taken its panic along; nothing here does.
        hashing.await.unwrap_or(Err(VerifyError::Interrupted)).map_err(damaged)
    }
}

fn damaged(error: VerifyError) -> Error {
    let VerifyError::Damaged { faults } = &error else {
        return Error::Interrupted;
    };
    let first = faults.first();
    Error::Damaged {
        digest: first.map(|fault| fault.digest.to_string()).unwrap_or_default(),
        message: first.map(|fault| fault.kind.to_string()).unwrap_or_default(),
    }
}

/// Two images for one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// The name.
    pub name: String,
    /// What the two images are called first.
    pub images: [String; 2],
    /// Their manifests.
    pub digests: [String; 2],
}

/// The platform of the processor that this program was built for, on Linux; in the names that images use.
#[must_use]
pub fn node_platform() -> Platform {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    };
    Platform::new("linux", architecture)
}

fn pick(entry: &ArchivedImage, platform: &Platform) -> Result<Arc<image::Image>, String> {
    let Some(picked) = entry.content().image_for(platform) else {
        let mut offered: Vec<String> = entry
            .content()
            .images()
            .iter()
            .map(|image| image.platform.to_string())
            .collect();
        offered.dedup();
        return Err(format!("it is for {}, not for {platform}", offered.join(", ")));
    };
    if picked.layers.len() != picked.diff_ids.len() {
        return Err("it is no container image".to_owned());
    }
    Ok(picked)
}

fn label(entry: &ArchivedImage) -> String {
    entry
        .names()
        .first()
        .cloned()
        .unwrap_or_else(|| entry.content().descriptor().digest.to_string())
}

/// Full names: with a tag, or with the digest that the manifest really has. A digest of some other manifest of the same image cannot be
/// kept.
fn names(
    entry: &ArchivedImage,
    picked: &image::Image,
    relocate: &mut impl FnMut(&Reference) -> Vec<Reference>,
) -> Vec<String> {
    let own: Vec<Reference> = entry.references().collect();
    let relocated: Vec<Reference> = own.iter().flat_map(relocate).collect();
    own.iter()
        .chain(&relocated)
        .filter_map(|reference| match (reference.tag_meant(), reference.digest()) {
            (Some(tag), _) => Some(format!("{}:{tag}", reference.name())),
            (None, Some(digest)) if *digest == picked.manifest.digest => Some(format!("{}@{digest}", reference.name())),
            (None, _) => None,
        })
        .collect()
}

fn merge(images: &mut Vec<LoadImage>, picked: &image::Image, names: Vec<String>) {
    let digest = picked.manifest.digest.as_str();
    let at = images.iter().position(|image| image.manifest.digest == digest);
    let at = at.unwrap_or_else(|| {
        images.push(load_image(picked));
        images.len() - 1
    });
    for name in names {
        if !images[at].names.contains(&name) {
            images[at].names.push(name);
        }
    }
}

fn load_image(picked: &image::Image) -> LoadImage {
    LoadImage {
        names: Vec::new(),
        manifest: blob(&picked.manifest),
        manifest_bytes: Bytes::copy_from_slice(&picked.manifest_bytes),
        config: blob(picked.config.descriptor()),
        layers: picked.layers.iter().map(|layer| blob(layer.descriptor())).collect(),
        diff_ids: picked.diff_ids.iter().map(ToString::to_string).collect(),
        platform: picked.platform.to_string(),
    }
}

fn blob(descriptor: &image::Descriptor) -> Blob {
    Blob {
        digest: descriptor.digest.to_string(),
        size: descriptor.size,
        media_type: descriptor.media_type.to_string(),
    }
}

/// Blobs where they lie in their archives.
struct Archived(Arc<HashMap<String, image::Blob>>);

impl BlobSource for Archived {
    fn read_at(&self, digest: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let blob = self.0.get(digest).ok_or(io::ErrorKind::NotFound)?;
        blob.read_at(buffer, offset)
    }
}
