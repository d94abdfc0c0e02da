//! Helm's wire format: a record as JSON, in gzip, in base64.
//!
//! Read: every form that Helm 3 and 4 write, compressed or not. Written: byte for byte what Helm 4 writes, plus the fields
//! of the record that nobody here knows.

mod read;
mod write;

use std::borrow::Cow;
use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use flate2::{Compression, GzBuilder};

use crate::{InvalidReleaseName, Release};

pub use read::decode_json;
pub(crate) use read::{Fields, optional, text, values};
pub use write::encode_json;

/// The start of every gzip stream.
const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];
/// Go: the gzip header names no operating system.
const UNKNOWN_OS: u8 = 255;
/// The largest record read, in bytes of JSON. Storage holds about 1 MiB of compressed text, a real record expands to a
/// few of them.
const MAX_RECORD: u64 = 256 << 20;

/// Why a payload is not a release record.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The payload is not base64.
    #[error(transparent)]
    Base64(#[from] base64::DecodeError),
    /// The payload starts as gzip and goes on otherwise.
    #[error("gzip")]
    Gzip {
        /// What is wrong.
        source: std::io::Error,
    },
    /// The payload expands to more than a record can be.
    #[error("release record is larger than {MAX_RECORD} bytes")]
    TooLarge,
    /// The record is not JSON, or a field has another type.
    #[error("{field}")]
    Json {
        /// The field, with dots; `release` for the whole record.
        field: &'static str,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The values of the user are not a table.
    #[error("config is not a table of values")]
    Config,
    /// The record has no name, or none that a release can have.
    #[error(transparent)]
    Name(#[from] InvalidReleaseName),
    /// A point in time cannot be read.
    #[error("{field}: {text:?} is not a time")]
    Time {
        /// The field.
        field: &'static str,
        /// What it says.
        text: String,
        /// What is wrong.
        source: jiff::Error,
    },
}

/// Encodes a record for storage.
pub fn encode(release: &Release) -> String {
    STANDARD.encode(compress(encode_json(release).as_bytes()))
}

/// Decodes a stored record; its labels are empty, they are not part of the payload.
///
/// # Errors
/// The payload is not base64 of a release record, gzipped or not.
pub fn decode(payload: &[u8]) -> Result<Release, DecodeError> {
    let bytes = STANDARD.decode(payload.trim_ascii())?;
    let json = if bytes.starts_with(&GZIP_MAGIC) {
        expand(&bytes)?
    } else {
        bytes
    };
    decode_json(&into_text(json))
}

fn compress(json: &[u8]) -> Vec<u8> {
    let out = Vec::with_capacity(json.len() / 3);
    let mut gzip = GzBuilder::new()
        .operating_system(UNKNOWN_OS)
        .write(out, Compression::best());
    // Writing into memory does not fail.
    match gzip.write_all(json).and_then(|()| gzip.finish()) {
        Ok(bytes) => bytes,
        Err(_) => json.to_vec(),
    }
}

fn expand(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut json = Vec::with_capacity(bytes.len().saturating_mul(4));
    MultiGzDecoder::new(bytes)
        .take(MAX_RECORD + 1)
        .read_to_end(&mut json)
        .map_err(|source| DecodeError::Gzip { source })?;
    if json.len() as u64 > MAX_RECORD {
        Err(DecodeError::TooLarge)
    } else {
        Ok(json)
    }
}

/// Go: bytes that are not UTF-8 read as U+FFFD.
fn into_text(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => match String::from_utf8_lossy(error.as_bytes()) {
            Cow::Owned(text) => text,
            Cow::Borrowed(text) => text.to_owned(),
        },
    }
}
