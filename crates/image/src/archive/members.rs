//! The files of an archive by name.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::error::ArchiveError;
use crate::digest::Digest;
use crate::read_at::Window;
use crate::tar::{Limits, MemberKind, TarError, index, safe_path};

/// The files of an archive by their paths. Links are followed inside the archive.
#[derive(Debug, Clone, Default)]
pub struct Members {
    files: BTreeMap<String, File>,
    /// Paths that came more than once.
    twice: Vec<String>,
}

#[derive(Debug, Clone)]
enum File {
    Window(Window),
    Link(String),
    Unusable(&'static str),
}

impl Members {
    /// The most links from one to the next.
    const MAX_LINKS: usize = 8;

    /// The members of a tar archive; those whose names lead out of it are left out.
    ///
    /// # Errors
    /// When the archive cannot be indexed.
    pub fn of_tar(archive: &Window, limits: &Limits) -> Result<Self, TarError> {
        let mut members = Self::default();
        for member in index(archive, limits)? {
            let Some(path) = safe_path(&member.name) else { continue };
            let file = match member.kind {
                MemberKind::Directory => continue,
                MemberKind::File => match archive.slice(member.offset, member.size) {
                    Some(window) => File::Window(window),
                    None => continue,
                },
                MemberKind::Symlink(target) => File::Link(beside(&path, &target)),
                MemberKind::HardLink(target) => File::Link(target),
                MemberKind::Sparse => File::Unusable("a file with holes"),
                MemberKind::Other(_) => File::Unusable("no regular file"),
            };
            members.put(path, file);
        }
        Ok(members)
    }

    /// Adds a file; a later one of the same path takes its place.
    pub fn insert(&mut self, path: String, window: Window) {
        self.put(path, File::Window(window));
    }

    fn put(&mut self, path: String, file: File) {
        if self.files.insert(path.clone(), file).is_some() {
            self.twice.push(path);
        }
    }

    /// Whether there is something at the path.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The paths.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The file at the path.
    ///
    /// # Errors
    /// For what cannot be read as a file, and for links that lead out of the archive or in circles.
    pub fn find(&self, path: &str) -> Result<Option<Window>, ArchiveError> {
        let unusable = |what| ArchiveError::Unusable {
            member: path.to_owned(),
            what,
        };
        let Some(mut place) = safe_path(path) else {
            return Err(unusable("a path out of the archive"));
        };
        for _ in 0..Self::MAX_LINKS {
            match self.files.get(&place) {
                None => return Ok(None),
                Some(File::Window(window)) => return Ok(Some(window.clone())),
                Some(File::Unusable(what)) => return Err(unusable(what)),
                Some(File::Link(target)) => {
                    place = inside(target).ok_or_else(|| unusable("a link out of the archive"))?;
                }
            }
        }
        Err(unusable("a link in a circle"))
    }

    /// The file at the path, which something else names.
    pub(super) fn need(&self, path: &str, needed_by: &str) -> Result<Window, ArchiveError> {
        self.find(path)?.ok_or_else(|| ArchiveError::Missing {
            member: path.to_owned(),
            needed_by: needed_by.to_owned(),
        })
    }

    /// The JSON document at the path; there can only be one of it.
    pub(super) fn document<T: DeserializeOwned>(&self, path: &str, limit: u64) -> Result<T, ArchiveError> {
        let member = || path.to_owned();
        if self.twice.iter().any(|twice| twice == path) {
            return Err(ArchiveError::Twice { member: member() });
        }
        let window = self.need(path, "the archive")?;
        let bytes = read(path, &window, limit)?;
        serde_json::from_slice(&bytes).map_err(|source| ArchiveError::Json {
            member: member(),
            source,
        })
    }
}

/// All bytes of a small member.
pub(super) fn read(path: &str, window: &Window, limit: u64) -> Result<Vec<u8>, ArchiveError> {
    let member = || path.to_owned();
    let size = window.size();
    if size > limit {
        return Err(ArchiveError::TooLarge {
            member: member(),
            size,
            limit,
        });
    }
    window.to_vec().map_err(|source| ArchiveError::Read {
        member: member(),
        source,
    })
}

/// All bytes of a small member whose digest is known.
pub(super) fn read_checked(
    path: &str,
    window: &Window,
    limit: u64,
    wanted: Option<&Digest>,
) -> Result<(Vec<u8>, Digest), ArchiveError> {
    let bytes = read(path, window, limit)?;
    let found = match wanted {
        Some(wanted) => {
            let mut hasher = crate::digest::Hasher::new(wanted.algorithm());
            hasher.update(&bytes);
            hasher.finish()
        }
        None => Digest::sha256(&bytes),
    };
    match wanted {
        Some(wanted) if *wanted != found => Err(ArchiveError::Digest {
            member: path.to_owned(),
            found,
            wanted: wanted.clone(),
        }),
        _ => Ok((bytes, found)),
    }
}

/// Where a symbolic link leads, from the archive's root.
fn beside(path: &str, target: &str) -> String {
    match path.rsplit_once('/') {
        Some((directory, _)) if !target.starts_with('/') => format!("{directory}/{target}"),
        _ => target.to_owned(),
    }
}

/// A path with its `..` worked out; `None` if it leads out.
fn inside(path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    safe_path(&parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_inside_only() {
        let mut members = Members::default();
        members.insert("a/layer.tar".to_owned(), Window::from_bytes(b"x".as_slice()));
        for (path, target) in [
            ("b/layer.tar", "b/../a/layer.tar"),
            ("c/layer.tar", "c/../../etc/passwd"),
            ("d/layer.tar", "/a/layer.tar"),
            ("e/layer.tar", "e/layer.tar"),
        ] {
            members.put(path.to_owned(), File::Link(target.to_owned()));
        }
        assert_eq!(members.find("./b/layer.tar").unwrap().unwrap().to_vec().unwrap(), b"x");
        for path in ["c/layer.tar", "d/layer.tar", "e/layer.tar", "../x", "/x"] {
            assert!(
                matches!(members.find(path), Err(ArchiveError::Unusable { .. })),
                "{path}"
            );
        }
        assert!(members.find("f").unwrap().is_none());
        assert_eq!(beside("b/layer.tar", "../a/layer.tar"), "b/../a/layer.tar");
        assert_eq!(beside("layer.tar", "x"), "x");
    }
}
