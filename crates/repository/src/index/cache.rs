//! The compact form of an index, kept next to the downloaded text and used as long as it fits that file.

use std::fs;
use std::path::Path;

use super::record::Index;
use super::{Budgets, ContentError, IndexError, parse};
use crate::error::Error;
use crate::files;

/// The first bytes of a compact index; the last one is the version of the format.
const MAGIC: &[u8; 8] = b"IHINDEX\x01";
/// Magic, checksum and stamp.
const HEADER: usize = 8 + 8 + STAMP;
const STAMP: usize = 8 * 4;

/// Loads the index at `path`, from its compact form at `compact` where that is in order; otherwise the text is read and
/// the compact form written anew.
///
/// # Errors
/// [`IndexError`] where the file at `path` cannot be read or is no index.
pub fn load(path: &Path, compact: &Path, budgets: Budgets) -> Result<Index, IndexError> {
    let stamp = stamp(path).map_err(Error::file("open", path))?;
    if let Some(index) = read_compact(compact, &stamp, budgets) {
        return Ok(index);
    }
    let content = |source| IndexError::Content {
        path: path.to_owned(),
        source,
    };
    let over_budget = |limit| content(ContentError::OverBudget { limit, unit: "bytes" });
    if u64::from_le_bytes(stamp[..8].try_into().unwrap_or_default()) > budgets.bytes {
        return Err(over_budget(budgets.bytes));
    }
    let text = files::read_limited(path, budgets.bytes).map_err(Error::file("open", path))?;
    let index = parse(&text, path, budgets).map_err(content)?;
    drop(text);
    // A cache that cannot be written costs time, nothing else.
    let _ = files::write(compact, &encode(&index, &stamp), 0o644);
    Ok(index)
}

/// Writes the compact form of an index whose text has just been written to `path`.
///
/// A failure costs time, nothing else.
pub(crate) fn store_compact(path: &Path, compact: &Path, index: &Index) {
    if let Ok(stamp) = stamp(path) {
        let _ = files::write(compact, &encode(index, &stamp), 0o644);
    }
}

/// What tells one state of a file from another: size, time of modification, time of change, inode.
fn stamp(path: &Path) -> std::io::Result<[u8; STAMP]> {
    let metadata = fs::metadata(path)?;
    let mut stamp = [0; STAMP];
    for (place, number) in stamp.chunks_exact_mut(8).zip(numbers(&metadata)) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    Ok(stamp)
}

#[cfg(unix)]
fn numbers(metadata: &fs::Metadata) -> [u64; 4] {
    use std::os::unix::fs::MetadataExt;
    let time = |seconds: i64, nanoseconds: i64| {
        (seconds.wrapping_mul(1_000_000_000).wrapping_add(nanoseconds)).cast_unsigned()
    };
    [
        metadata.len(),
        time(metadata.mtime(), metadata.mtime_nsec()),
        time(metadata.ctime(), metadata.ctime_nsec()),
        metadata.ino(),
    ]
}

#[cfg(not(unix))]
fn numbers(metadata: &fs::Metadata) -> [u64; 4] {
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |age| age.as_nanos() as u64);
    [metadata.len(), modified, 0, 0]
}

fn encode(index: &Index, stamp: &[u8; STAMP]) -> Vec<u8> {
    let warnings = index.warnings.join("\n");
    let mut bytes = Vec::with_capacity(HEADER + 8 + warnings.len() + index.buffer.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(stamp);
    bytes.extend_from_slice(&(warnings.len() as u64).to_le_bytes());
    bytes.extend_from_slice(warnings.as_bytes());
    bytes.extend_from_slice(&index.buffer);
    let sum = checksum(&bytes[16..]).to_le_bytes();
    bytes[8..16].copy_from_slice(&sum);
    bytes
}

/// The index in a compact file that is whole and made from the file with that stamp.
fn read_compact(path: &Path, stamp: &[u8; STAMP], budgets: Budgets) -> Option<Index> {
    let mut bytes = files::read_limited(path, budgets.bytes).ok()?;
    let (head, body) = bytes.split_at_checked(16)?;
    let sum = u64::from_le_bytes(head[8..].try_into().ok()?);
    if head[..8] != *MAGIC || !body.starts_with(stamp) || checksum(body) != sum {
        return None;
    }
    let length = usize::try_from(u64::from_le_bytes(body.get(STAMP..STAMP + 8)?.try_into().ok()?)).ok()?;
    let start = HEADER + 8;
    let warnings = std::str::from_utf8(bytes.get(start..start.checked_add(length)?)?).ok()?;
    let warnings = warnings.lines().map(str::to_owned).collect();
    bytes.drain(..start + length);
    Some(Index {
        warnings,
        buffer: bytes,
    })
}

/// Finds damage, not forgery: whoever can write here can write the index as well.
fn checksum(bytes: &[u8]) -> u64 {
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let words = bytes.chunks_exact(8);
    let rest = words.remainder();
    let sum = words.fold(bytes.len() as u64, |sum, word| {
        mix(sum, u64::from_le_bytes(word.try_into().unwrap_or_default()))
    });
    rest.iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}
