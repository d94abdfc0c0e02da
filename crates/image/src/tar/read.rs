//! Where the members of an archive lie.

use std::io;

use super::header::{self, Block};
use super::pax::Extended;
use super::write::{BLOCK, padding};
use crate::read_at::Window;
use crate::text::printable;

/// One member of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name as it is written.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
    /// Where its bytes start.
    pub offset: u64,
    /// How many bytes it has.
    pub size: u64,
}

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberKind {
    /// A file with its bytes.
    File,
    /// A directory.
    Directory,
    /// A symbolic link to a place relative to its own.
    Symlink(String),
    /// Another name for a member.
    HardLink(String),
    /// A file with holes, whose bytes do not lie in one piece.
    Sparse,
    /// A device, a pipe or something unknown; the type as it is written.
    Other(u8),
}

/// How much an index may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Number of members.
    pub members: usize,
    /// Bytes of all names together.
    pub names: usize,
    /// Bytes of one extended header or long name.
    pub extension: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            members: 500_000,
            names: 64 << 20,
            extension: 1 << 20,
        }
    }
}

/// An archive cannot be indexed.
#[derive(Debug, thiserror::Error)]
#[error("{fault} (at offset {offset}{})", after(.previous))]
pub struct TarError {
    /// Where in the archive.
    pub offset: u64,
    /// The last good member before, if there is one.
    pub previous: Option<String>,
    /// What is wrong there.
    pub fault: TarFault,
}

fn after(previous: &Option<String>) -> String {
    previous
        .as_ref()
        .map(|name| format!(", behind {}", printable(name)))
        .unwrap_or_default()
}

/// What is wrong with an archive.
#[derive(Debug, thiserror::Error)]
pub enum TarFault {
    /// The first block is none.
    #[error("not a tar archive")]
    NotTar,
    /// A later block is none.
    #[error("damaged: this is no header")]
    Header,
    /// The archive ends within a member.
    #[error("truncated: {} needs {} bytes, {} are there", printable(.name), .wanted, .there)]
    Member {
        /// The member.
        name: String,
        /// Its size.
        wanted: u64,
        /// What is there of it.
        there: u64,
    },
    /// The archive ends without saying so.
    #[error("truncated: the end of the archive is missing")]
    NoEnd,
    /// A size that is none.
    #[error("damaged: a member without a proper size")]
    Size,
    /// An extended header or long name that is none.
    #[error("damaged: a broken extended header")]
    Extended,
    /// Beyond what any archive of this kind has.
    #[error("too large: more than {limit} {what}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// The most allowed.
        limit: u64,
    },
    /// Reading fails.
    #[error("cannot be read: {error}")]
    Io {
        /// What reading gives.
        error: io::Error,
    },
}

/// The members of the archive that `archive` shows, in its order. Reads their headers only.
///
/// # Errors
/// [`TarError`]; also when the archive has no end mark, because then something may be missing.
pub fn index(archive: &Window, limits: &Limits) -> Result<Vec<Member>, TarError> {
    let mut indexer = Indexer {
        archive,
        limits,
        position: 0,
        names: 0,
        members: Vec::new(),
    };
    match indexer.run() {
        Ok(()) => Ok(indexer.members),
        Err(fault) => Err(TarError {
            offset: indexer.position,
            previous: indexer.members.pop().map(|member| member.name),
            fault,
        }),
    }
}

struct Indexer<'a> {
    archive: &'a Window,
    limits: &'a Limits,
    /// The header that is read next.
    position: u64,
    names: usize,
    members: Vec<Member>,
}

impl Indexer<'_> {
    fn run(&mut self) -> Result<(), TarFault> {
        loop {
            let mut extended = Extended::default();
            let Some(block) = self.header(&mut extended)? else {
                return Ok(());
            };
            self.member(&block, extended)?;
        }
    }

    /// The next header of a member, with what the headers before it say; `None` at the end.
    fn header(&mut self, extended: &mut Extended) -> Result<Option<Block>, TarFault> {
        let mut is_extended = false;
        loop {
            let block = self.block()?;
            if block.iter().all(|byte| *byte == 0) {
                return if is_extended { Err(TarFault::Extended) } else { Ok(None) };
            }
            if !header::has_right_sum(&block) {
                let is_first = self.position == 0;
                return Err(if is_first { TarFault::NotTar } else { TarFault::Header });
            }
            let kind = header::kind(&block);
            if !matches!(kind, b'x' | b'g' | b'L' | b'K') {
                return Ok(Some(block));
            }
            let bytes = self.extension(&block)?;
            match kind {
                b'x' => extended.read(&bytes)?,
                b'L' => extended.path = Some(header::text(&bytes).to_vec()),
                b'K' => extended.link = Some(header::text(&bytes).to_vec()),
                // Remarks on the archive.
                _ => {}
            }
            is_extended |= kind != b'g';
        }
    }

    fn block(&self) -> Result<Block, TarFault> {
        let mut block = [0; BLOCK];
        if self.archive.size().saturating_sub(self.position) < BLOCK as u64 {
            let is_first = self.position == 0;
            return Err(if is_first { TarFault::NotTar } else { TarFault::NoEnd });
        }
        let read = self.archive.read_exact_at(&mut block, self.position);
        read.map_err(|error| TarFault::Io { error })?;
        Ok(block)
    }

    /// The bytes of an extended header or long name.
    fn extension(&mut self, block: &Block) -> Result<Vec<u8>, TarFault> {
        let size = header::size(block)?;
        let limit = self.limits.extension;
        if size > limit {
            let what = "bytes in an extended header";
            return Err(TarFault::TooMuch { what, limit });
        }
        let name = String::from_utf8_lossy(&header::name(block)).into_owned();
        let offset = self.place(&name, size)?;
        let window = self.archive.slice(offset, size).ok_or(TarFault::NoEnd)?;
        window.to_vec().map_err(|error| TarFault::Io { error })
    }

    fn member(&mut self, block: &Block, extended: Extended) -> Result<(), TarFault> {
        let name = extended.path.unwrap_or_else(|| header::name(block));
        let name = String::from_utf8_lossy(&name).into_owned();
        let link = extended.link.unwrap_or_else(|| header::link(block));
        let kind = kind(header::kind(block), &name, link, extended.sparse);
        self.count(&name)?;
        let size = match kind {
            MemberKind::File | MemberKind::Sparse | MemberKind::Other(b'A'..) => match extended.size {
                Some(size) => size,
                None => header::size(block)?,
            },
            // Go: whatever their headers say, these have no bytes.
            _ => 0,
        };
        let offset = self.place(&name, size)?;
        self.members.push(Member {
            name,
            kind,
            offset,
            size,
        });
        Ok(())
    }

    /// Where the bytes behind the header start; moves on to the header behind them.
    fn place(&mut self, name: &str, size: u64) -> Result<u64, TarFault> {
        let offset = self.position + BLOCK as u64;
        let there = self.archive.size().saturating_sub(offset);
        if size > there {
            let name = name.to_owned();
            return Err(TarFault::Member {
                name,
                wanted: size,
                there,
            });
        }
        self.position = offset + size + padding(size);
        Ok(offset)
    }

    fn count(&mut self, name: &str) -> Result<(), TarFault> {
        self.names += name.len();
        let Limits { members, names, .. } = *self.limits;
        let too_much = |what, limit: usize| TarFault::TooMuch {
            what,
            limit: limit as u64,
        };
        if self.members.len() >= members {
            return Err(too_much("members", members));
        }
        if self.names > names {
            return Err(too_much("bytes of names", names));
        }
        Ok(())
    }
}

fn kind(flag: u8, name: &str, link: Vec<u8>, is_sparse: bool) -> MemberKind {
    let link = String::from_utf8_lossy(&link).into_owned();
    match flag {
        b'0' | b'7' | 0 if is_sparse => MemberKind::Sparse,
        // Old archives have no type for directories.
        b'0' | b'7' | 0 if name.ends_with('/') => MemberKind::Directory,
        b'0' | b'7' | 0 => MemberKind::File,
        b'1' => MemberKind::HardLink(link),
        b'2' => MemberKind::Symlink(link),
        b'5' => MemberKind::Directory,
        b'S' => MemberKind::Sparse,
        other => MemberKind::Other(other),
    }
}

/// The parts of a member's name joined by single slashes, without a leading `./`; `None` for a name that could lead out of the
/// archive or mean something else to another system.
#[must_use]
pub fn safe_path(name: &str) -> Option<String> {
    let is_foreign = |letter: char| letter == '\\' || letter.is_control();
    let has_drive = matches!(name.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic());
    if name.starts_with('/') || name.contains(is_foreign) || has_drive {
        return None;
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let is_safe = !parts.is_empty() && !parts.contains(&"..");
    is_safe.then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_no_paths() {
        assert_eq!(safe_path("./a//b/./c/").as_deref(), Some("a/b/c"));
        assert_eq!(safe_path("..a/b..").as_deref(), Some("..a/b.."));
        for name in [
            "", ".", "/", "/a", "..", "a/../b", "a\\b", "c:/x", "a\0b", "a\nb", "./../a",
        ] {
            assert_eq!(safe_path(name), None, "{name}");
        }
    }

    fn fault(bytes: &[u8]) -> String {
        index(&Window::from_bytes(bytes), &Limits::default())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_is_no_archive_is_told_apart() {
        assert_eq!(fault(b""), "not a tar archive (at offset 0)");
        assert_eq!(fault(&[7; 2048]), "not a tar archive (at offset 0)");
        assert!(
            index(&Window::from_bytes([0; 512].as_slice()), &Limits::default())
                .unwrap()
                .is_empty()
        );
    }
}
