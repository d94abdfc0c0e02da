//! Container images in archives: references, digests, manifests, and reading docker archives and OCI layouts where they lie.
//!
//! An archive is a [`Window`] on something that is read at offsets ([`ReadAt`]); nothing is unpacked or copied. [`ImageArchive::open`]
//! reads headers and small documents only, so that it takes the same few milliseconds for any size of layers. What comes out is plain
//! data: names as they are written, manifests with the bytes that a registry is to hold, and [`Blob`]s that open at any offset.
//!
//! ```
//! use ironhelm_image::{ImageArchive, Window};
//! let archive = include_bytes!("../testdata/docker-archive.tar");
//! let images = ImageArchive::open(Window::from_bytes(archive.as_slice()))?;
//! assert_eq!(images.entries()[0].names(), ["release.example.io/demo/hive:v1"]);
//! # Ok::<(), ironhelm_image::ArchiveError>(())
//! ```
//!
//! Trust: sizes, names and digests of small documents are checked when an archive is opened; the bytes of layers are checked by
//! [`verify()`], or while they are read by [`Blob::open_checked`].

mod archive;
mod blob;
mod config;
mod digest;
mod manifest;
mod media_type;
mod platform;
mod read_at;
mod reference;
pub mod tar;
mod text;
pub mod verify;

pub use archive::{ArchiveError, ArchiveKind, ArchivedImage, Content, Image, ImageArchive, ImageIndex, Members};
pub use blob::{Blob, CheckedReader, Compression};
pub use config::{ConfigError, ImageConfig};
pub use digest::{Algorithm, Digest, DigestError, Hasher};
pub use manifest::{Descriptor, ImageManifest, IndexManifest, Manifest, ManifestError, docker_manifest};
pub use media_type::{MediaType, MediaTypeError};
pub use platform::{Platform, PlatformError};
pub use read_at::{FileAt, ReadAt, Source, Window, WindowReader};
pub use reference::{Reference, ReferenceError};
pub use verify::{Stamp, VerifiedIndex, VerifyError, VerifyOptions, verify, verify_blobs};
