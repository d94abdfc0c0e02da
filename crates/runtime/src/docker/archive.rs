//! An archive of just the images that docker lacks, made while it is sent.
//!
//! It is both kinds at once, as docker writes them itself: `manifest.json` for docker's own store, an OCI layout for docker on
//! containerd's store, which then keeps our manifest and not one of its own making. Each blob is in it once.

use std::collections::HashSet;
use std::io;

use bytes::Bytes;
use ironhelm_image::tar::{BLOCK, END, Header, padding};
use serde::Serialize;
use serde_json::json;

use crate::chunks::each_chunk;
use crate::images::{Blob, BlobSource, LoadImage};

/// What is written of one image, and the names that it gets.
pub(super) struct Packed<'a> {
    pub(super) image: &'a LoadImage,
    pub(super) names: Vec<&'a str>,
}

/// A part of the archive that is to be written.
#[derive(Debug)]
pub(super) enum Member {
    /// A file whose bytes are here.
    Small(String, Vec<u8>),
    /// A blob of the source.
    Blob(Blob),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    config: String,
    repo_tags: Option<&'a [&'a str]>,
    layers: Vec<String>,
}

/// The files of the archive, the describing ones last.
pub(super) fn members(images: &[Packed<'_>]) -> Vec<Member> {
    let mut seen = HashSet::new();
    let mut members = Vec::new();
    for image in images.iter().map(|packed| packed.image) {
        let blobs = image.blobs().filter(|blob| seen.insert(blob.digest.as_str()));
        members.extend(blobs.cloned().map(Member::Blob));
        if seen.insert(&image.manifest.digest) {
            members.push(Member::Small(path(&image.manifest), image.manifest_bytes.to_vec()));
        }
    }
    members.push(small("oci-layout", &json!({"imageLayoutVersion": "1.0.0"})));
    members.push(small("index.json", &index(images)));
    let entries: Vec<Entry<'_>> = images.iter().map(entry).collect();
    members.push(small("manifest.json", &entries));
    members
}

fn small(name: &str, document: &impl Serialize) -> Member {
    Member::Small(name.to_owned(), serde_json::to_vec(document).unwrap_or_default())
}

fn path(blob: &Blob) -> String {
    format!("blobs/{}", blob.digest.replacen(':', "/", 1))
}

fn entry<'a>(packed: &'a Packed<'_>) -> Entry<'a> {
    Entry {
        config: path(&packed.image.config),
        repo_tags: (!packed.names.is_empty()).then_some(packed.names.as_slice()),
        layers: packed.image.layers.iter().map(path).collect(),
    }
}

fn index(images: &[Packed<'_>]) -> serde_json::Value {
    let mut manifests = Vec::new();
    for Packed { image, names } in images {
        let descriptor = json!({
            "mediaType": image.manifest.media_type,
            "digest": image.manifest.digest,
            "size": image.manifest.size,
        });
        for name in names {
            let mut named = descriptor.clone();
            named["annotations"] = json!({
                "io.containerd.image.name": name,
                "org.opencontainers.image.ref.name": name.rsplit(':').next().unwrap_or_default(),
            });
            manifests.push(named);
        }
        if names.is_empty() {
            manifests.push(descriptor);
        }
    }
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": manifests,
    })
}

/// Why writing ended before the end.
#[derive(Debug)]
pub(super) enum Unwritten {
    /// Nobody takes the bytes any more.
    Declined,
    /// A blob could not be read.
    Unreadable(String, io::Error),
}

/// Writes the archive piece by piece to `take`, which tells whether it wants more. The second argument of `take` is how many bytes of
/// blobs are in the piece.
pub(super) fn write(
    members: &[Member],
    source: &dyn BlobSource,
    take: &mut impl FnMut(Bytes, u64) -> bool,
) -> Result<(), Unwritten> {
    for member in members {
        match member {
            Member::Small(name, bytes) => {
                want(take(header(name, bytes.len() as u64), 0))?;
                want(take(Bytes::copy_from_slice(bytes), 0))?;
                want(take(zeroes_after(bytes.len() as u64), 0))?;
            }
            Member::Blob(blob) => write_blob(blob, source, take)?,
        }
    }
    want(take(Bytes::from_static(&END), 0))
}

fn write_blob(
    blob: &Blob,
    source: &dyn BlobSource,
    take: &mut impl FnMut(Bytes, u64) -> bool,
) -> Result<(), Unwritten> {
    want(take(header(&path(blob), blob.size), 0))?;
    let taken = each_chunk(source, &blob.digest, 0..blob.size, |chunk| {
        let length = chunk.len() as u64;
        take(chunk, length)
    });
    want(taken.map_err(|error| Unwritten::Unreadable(blob.digest.clone(), error))?)?;
    want(take(zeroes_after(blob.size), 0))
}

fn want(more: bool) -> Result<(), Unwritten> {
    if more { Ok(()) } else { Err(Unwritten::Declined) }
}

fn header(name: &str, size: u64) -> Bytes {
    Header::new(name, size).into_bytes().into()
}

fn zeroes_after(size: u64) -> Bytes {
    const ZEROES: [u8; BLOCK] = [0; BLOCK];
    let count = usize::try_from(padding(size)).unwrap_or(0);
    Bytes::from_static(ZEROES.get(..count).unwrap_or(&[]))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use ironhelm_image::{ImageArchive, Window};

    use super::*;
    use crate::images::samples::InMemory;
    use crate::select::{Selection, node_platform};

    #[test]
    fn what_is_packed_is_what_was_selected() {
        let bytes = include_bytes!("../../../image/testdata/docker-archive.tar");
        let archive = ImageArchive::open(Window::from_bytes(bytes.as_slice())).unwrap();
        let selected = Selection::of(&[archive], &node_platform(), |_| Vec::new());
        assert!(!selected.images.is_empty(), "{:?}", selected.skipped);
        let packed: Vec<Packed<'_>> = selected.images.iter().map(pack).collect();
        let mut written = Vec::new();
        write(&members(&packed), &*selected.source, &mut |piece, _| {
            written.extend_from_slice(&piece);
            true
        })
        .unwrap();
        assert_eq!(written.len() % BLOCK, 0);
        let archive = ImageArchive::open(Window::from_bytes(written)).unwrap();
        let again = Selection::of(&[archive], &node_platform(), |_| Vec::new());
        assert_eq!(again.images, selected.images);
    }

    fn pack(image: &LoadImage) -> Packed<'_> {
        Packed {
            image,
            names: image.names.iter().map(String::as_str).collect(),
        }
    }

    #[test]
    fn an_unreadable_blob_names_itself() {
        let image = crate::images::samples::image('1', &[], "x");
        let packed = [pack(&image)];
        let ended = write(&members(&packed), &InMemory(HashMap::new()), &mut |_, _| true);
        assert!(matches!(ended, Err(Unwritten::Unreadable(digest, _)) if digest == image.config.digest));
    }
}
