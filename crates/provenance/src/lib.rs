//! Provenance files: what `package --sign` writes next to a chart's archive and `verify` checks.
//!
//! A provenance file is an OpenPGP clear-signed text: the chart's metadata as YAML, a line `...`, and the SHA-256 digests
//! of files by name. [`Provenance::verify`] says who signed it and that an archive is the one that was signed;
//! [`sign`] writes one. Everything fails closed: what is missing, empty or cannot be read is an error.

mod error;
mod keyring;
mod sign;
mod verify;

pub use error::Error;
pub use keyring::Keyring;
pub use sign::{Signer, sign};
pub use verify::{Provenance, Verified};
