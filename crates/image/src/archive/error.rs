//! Why an archive of images cannot be used.

use std::io;

use crate::config::ConfigError;
use crate::digest::Digest;
use crate::manifest::ManifestError;
use crate::tar::TarError;
use crate::text::printable;

/// Why an archive of images cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The archive itself.
    #[error(transparent)]
    Tar(#[from] TarError),
    /// Neither `manifest.json` nor `oci-layout` is there.
    #[error("holds no images: neither manifest.json nor oci-layout and index.json are in it")]
    NoImages,
    /// Written by a docker older than 1.10.
    #[error("written by a docker older than 1.10: it has no manifest.json; save the images anew")]
    Legacy,
    /// A member cannot be read.
    #[error("{} cannot be read", printable(.member))]
    Read {
        /// The member.
        member: String,
        /// What reading gives.
        source: io::Error,
    },
    /// A document is too much to be one.
    #[error("{} has {size} bytes; the most is {limit}", printable(.member))]
    TooLarge {
        /// The member.
        member: String,
        /// Its size.
        size: u64,
        /// The most bytes allowed.
        limit: u64,
    },
    /// A document is not the JSON that it should be.
    #[error("{} is damaged", printable(.member))]
    Json {
        /// The member.
        member: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Something that is named is not there.
    #[error("{} is missing, which {} needs", printable(.member), printable(.needed_by))]
    Missing {
        /// The member.
        member: String,
        /// The document or image that names it.
        needed_by: String,
    },
    /// A link, a file with holes, or a name that leads out of the archive.
    #[error("{} is {what}, which is not followed", printable(.member))]
    Unusable {
        /// The member.
        member: String,
        /// What it is.
        what: &'static str,
    },
    /// A document that there can only be one of.
    #[error("{} is there twice", printable(.member))]
    Twice {
        /// The member.
        member: String,
    },
    /// A member has another size than its descriptor says.
    #[error("{} has {found} bytes, its descriptor says {wanted}", printable(.member))]
    Size {
        /// The member.
        member: String,
        /// Its size.
        found: u64,
        /// What is said of it.
        wanted: u64,
    },
    /// A document has another digest than its name or descriptor says.
    #[error("{} is damaged: its bytes have the digest {found}, not {wanted}", printable(.member))]
    Digest {
        /// The member.
        member: String,
        /// The digest of its bytes.
        found: Digest,
        /// What is said of it.
        wanted: Digest,
    },
    /// Layers and configuration do not belong together.
    #[error("{} has {layers} layers, its configuration says {diff_ids}", printable(.image))]
    LayerCount {
        /// The image.
        image: String,
        /// How many layers it has.
        layers: usize,
        /// How many there should be.
        diff_ids: usize,
    },
    /// Lists inside of lists beyond reason, or too many of them.
    #[error("its indexes are nested too deep or list too much")]
    TooDeep,
    /// A layout of another version.
    #[error("an OCI layout of version \"{}\"; 1.0.0 is understood", printable(.version))]
    LayoutVersion {
        /// The version.
        version: String,
    },
    /// A manifest or index that is not safe to use.
    #[error("{} cannot be used", printable(.member))]
    Manifest {
        /// The member.
        member: String,
        /// What is wrong.
        source: ManifestError,
    },
    /// A configuration that is none.
    #[error("{} cannot be used", printable(.member))]
    Config {
        /// The member.
        member: String,
        /// What is wrong.
        source: ConfigError,
    },
}
