//! An archive's entries as files, inflated and read in one pass.

use std::io::{self, BufReader, Read};
use std::iter;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use flate2::bufread::MultiGzDecoder;
use tar::{Entry, EntryType};

use super::error::ArchiveError;
use super::{Loader, strip_mark};
use crate::model::{Bytes, File};

impl Loader<'_> {
    /// The files of a gzipped tar archive, in its order.
    pub(super) fn unpack(&mut self, gzip: impl Read) -> Result<Vec<File>, ArchiveError> {
        let limit = self.options.budgets.archive;
        let inflated = MultiGzDecoder::new(BufReader::with_capacity(64 << 10, gzip));
        let mut archive = tar::Archive::new(Capped {
            inner: inflated,
            left: raw_limit(limit),
            limit,
        });
        let mut left = limit;
        let mut files = Vec::new();
        for entry in archive.entries()? {
            let entry = entry.map_err(unwrap_limit)?;
            if !is_file(&entry) {
                continue;
            }
            files.push(self.read_entry(entry, &mut left)?);
        }
        if files.is_empty() {
            Err(ArchiveError::Empty)
        } else {
            Ok(files)
        }
    }

    fn read_entry(&mut self, mut entry: Entry<'_, impl Read>, left: &mut u64) -> Result<File, ArchiveError> {
        let budgets = self.options.budgets;
        let entry_name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = file_name(&entry_name)?;
        let size = if has_contents(entry.header().entry_type()) {
            entry.size()
        } else {
            0
        };
        if size > *left {
            return Err(ArchiveError::TooLarge { limit: budgets.archive });
        }
        if size > budgets.file {
            return Err(ArchiveError::FileTooLarge {
                entry: entry_name,
                limit: budgets.file,
            });
        }
        if !self.spend(size) {
            return Err(ArchiveError::OverBudget {
                bytes: budgets.total,
                files: budgets.files,
            });
        }
        *left -= size;
        let modified = modified(&mut entry);
        let data = read_contents(entry, size).map_err(unwrap_limit)?;
        // Helm: using up the last byte is too much already.
        if *left == 0 {
            return Err(ArchiveError::TooLarge { limit: budgets.archive });
        }
        Ok(File { name, data, modified })
    }
}

/// Reads into the shared buffer at once; only a byte order mark costs a copy.
fn read_contents(mut entry: impl Read, size: u64) -> io::Result<Bytes> {
    let size = usize::try_from(size).map_err(io::Error::other)?;
    let mut data: Bytes = iter::repeat_n(0, size).collect();
    if let Some(buffer) = Arc::get_mut(&mut data) {
        entry.read_exact(buffer)?;
    }
    let stripped = strip_mark(&data);
    Ok(if stripped.len() < data.len() {
        Arc::from(stripped)
    } else {
        data
    })
}

/// The time of an entry, that of its extended header where it has one.
fn modified(entry: &mut Entry<'_, impl Read>) -> Option<SystemTime> {
    let seconds = entry.header().mtime().ok()?;
    let extended = entry.pax_extensions().ok().flatten().into_iter().flatten().flatten();
    let exact = extended
        .filter(|field| field.key_bytes() == b"mtime")
        .filter_map(|field| field.value().ok()?.parse().ok())
        .last();
    let since = exact
        .and_then(|exact| Duration::try_from_secs_f64(exact).ok())
        .unwrap_or(Duration::from_secs(seconds));
    SystemTime::UNIX_EPOCH.checked_add(since)
}

fn is_file<R: Read>(entry: &Entry<'_, R>) -> bool {
    let header = entry.header();
    let is_directory = match header.entry_type() {
        EntryType::XHeader | EntryType::XGlobalHeader | EntryType::Directory => true,
        kind => has_contents(kind) && entry.path_bytes().ends_with(b"/"),
    };
    !is_directory && header.mode().is_ok_and(|mode| mode & 0o170_000 != 0o040_000)
}

/// Helm: links and devices are files without contents.
fn has_contents(kind: EntryType) -> bool {
    use EntryType::{Block, Char, Directory, Fifo, Link, Symlink};
    !matches!(kind, Link | Symlink | Char | Block | Directory | Fifo)
}

/// The path below the archive's top directory, or why there is none.
fn file_name(entry: &str) -> Result<String, ArchiveError> {
    let separator = if entry.contains('\\') { '\\' } else { '/' };
    let (base, rest) = entry.split_once(separator).unwrap_or((entry, ""));
    let path = rest.replace(separator, "/");
    if path.starts_with('/') {
        return Err(ArchiveError::AbsolutePath);
    }
    let path = clean(&path);
    if path.is_empty() {
        return Err(ArchiveError::OutsideBase {
            entry: entry.to_owned(),
        });
    }
    if path.starts_with("..") {
        return Err(ArchiveError::ParentDirectory);
    }
    if matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic()) || path.contains('\0') {
        return Err(ArchiveError::IllegalName);
    }
    if base == "Chart.yaml" {
        return Err(ArchiveError::ChartYamlOutsideBase);
    }
    Ok(path)
}

/// A relative path without `.`, `..` and empty parts inside; empty for the place itself.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// How much an archive may inflate to: headers, padding and long names come on top of the files.
fn raw_limit(limit: u64) -> u64 {
    limit.saturating_mul(2).saturating_add(1 << 20)
}

/// A reader that fails after so many bytes.
struct Capped<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other(Exceeded { limit: self.limit }))?;
        Ok(read)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the archive inflates to more than twice {limit} bytes")]
struct Exceeded {
    limit: u64,
}

fn unwrap_limit(error: io::Error) -> ArchiveError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Exceeded>()) {
        Some(exceeded) => ArchiveError::TooLarge { limit: exceeded.limit },
        None => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(entry: &str) -> String {
        file_name(entry).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn hostile_names_are_refused() {
        assert_eq!(text("x//etc/passwd"), "chart illegally contains absolute paths");
        assert_eq!(
            text("Chart.yaml"),
            "chart illegally contains content outside the base directory: \"Chart.yaml\""
        );
        assert_eq!(text("x/../../y"), "chart illegally references parent directory");
        assert_eq!(text("x/a/../../../y"), "chart illegally references parent directory");
        assert_eq!(text("x\\..\\..\\y"), "chart illegally references parent directory");
        assert_eq!(text("x/..y"), "chart illegally references parent directory");
        assert_eq!(text("x/c:/windows"), "chart contains illegally named files");
        assert_eq!(text("x/a\0b"), "chart contains illegally named files");
        assert_eq!(text("Chart.yaml/x"), "chart yaml not in base directory");
    }

    #[test]
    fn odd_names_are_cleaned() {
        assert_eq!(text("/x/Chart.yaml"), "x/Chart.yaml");
        assert_eq!(text("../x/Chart.yaml"), "x/Chart.yaml");
        assert_eq!(text("x\\templates\\a.yaml"), "templates/a.yaml");
        assert_eq!(text("x/./a//b/../c"), "a/c");
        assert_eq!(text("x/\u{2024}\u{2024}/c"), "\u{2024}\u{2024}/c");
    }
}
