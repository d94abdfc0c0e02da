//! Files by their paths: those of a directory, or those in an archive.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use ironhelm_image::tar::{Limits, MemberKind, index, safe_path};
use ironhelm_image::{FileAt, Stamp, Window};

use super::OpenError;
use super::error::printable;

/// Where a chart's files are in a bundle.
pub(super) const CHART: &str = "original-chart";

/// The files of a directory or an archive.
pub(super) struct Tree {
    /// Where it is, for messages.
    pub(super) place: String,
    /// What separates the place from a path in it.
    separator: &'static str,
    /// The files by their paths.
    nodes: BTreeMap<String, Node>,
    /// Paths that lead out, and paths that are there twice.
    suspect: Vec<(String, &'static str)>,
    /// The archive that it is; none for a directory.
    archive: Option<Piece>,
}

enum Node {
    Window(Window),
    Path(PathBuf),
    /// Something that is not read as a file.
    Unusable(&'static str),
}

/// A file, opened.
#[derive(Clone)]
pub(super) struct Piece {
    pub(super) window: Window,
    /// The file on disk that it is in.
    pub(super) file: Option<(PathBuf, Stamp)>,
}

/// A directory may have so many entries before it is taken for a mistake.
const MAX_ENTRIES: usize = 200_000;
/// How deep bundles are looked for in directories.
const MAX_SEARCH: usize = 4;
/// How deep charts may be.
const MAX_DEPTH: usize = 128;

impl Tree {
    /// The members of an archive.
    pub(super) fn of_archive(place: String, piece: Piece) -> Result<Self, OpenError> {
        let members = index(&piece.window, &Limits::default()).map_err(|source| OpenError::Tar {
            place: place.clone(),
            source,
        })?;
        let mut tree = Self::new(place, ": ", Some(piece.clone()));
        for member in members {
            let Some(path) = safe_path(&member.name) else {
                if member.kind != MemberKind::Directory {
                    tree.suspect.push((member.name, "a path out of the archive"));
                }
                continue;
            };
            let node = match member.kind {
                MemberKind::Directory => continue,
                MemberKind::File => match piece.window.slice(member.offset, member.size) {
                    Some(window) => Node::Window(window),
                    None => Node::Unusable("incomplete"),
                },
                MemberKind::Symlink(_) | MemberKind::HardLink(_) => Node::Unusable("a link"),
                MemberKind::Sparse => Node::Unusable("a file with holes"),
                MemberKind::Other(_) => Node::Unusable("no regular file"),
            };
            if tree.nodes.insert(path.clone(), node).is_some() {
                tree.suspect.push((path, "there twice"));
            }
        }
        Ok(tree)
    }

    /// The files of a directory.
    pub(super) fn of_directory(root: &Path) -> Result<Self, OpenError> {
        let place = root.display().to_string();
        let mut tree = Self::new(place.clone(), "/", None);
        let is_chart = root.join("Chart.yaml").exists();
        let mut pending = vec![(root.to_owned(), String::new())];
        let mut count = 0;
        while let Some((directory, prefix)) = pending.pop() {
            for entry in list(&directory)? {
                count += 1;
                if count > MAX_ENTRIES {
                    let what = "files; name the bundle, or the directory that it is in";
                    let limit = MAX_ENTRIES as u64;
                    return Err(OpenError::TooMuch { place, what, limit });
                }
                let name = entry.file_name();
                let path = format!("{prefix}{}", name.to_string_lossy());
                let is_charts = is_chart || path.split('/').any(|part| part == CHART);
                let depth = if is_charts { MAX_DEPTH } else { MAX_SEARCH };
                match tree.node(&entry, &path, is_charts)? {
                    Some(node) => drop(tree.nodes.insert(path, node)),
                    None if prefix.matches('/').count() < depth => pending.push((entry.path(), path + "/")),
                    None => {}
                }
            }
        }
        Ok(tree)
    }

    fn new(place: String, separator: &'static str, archive: Option<Piece>) -> Self {
        Self {
            place,
            separator,
            nodes: BTreeMap::new(),
            suspect: Vec::new(),
            archive,
        }
    }

    /// What an entry of a directory is; `None` for a directory.
    fn node(&self, entry: &fs::DirEntry, path: &str, is_charts: bool) -> Result<Option<Node>, OpenError> {
        let failed = |source| OpenError::Read {
            place: self.place_of(path),
            source,
        };
        let kind = entry.file_type().map_err(failed)?;
        Ok(if kind.is_dir() {
            None
        } else if kind.is_file() {
            Some(Node::Path(entry.path()))
        } else if kind.is_symlink() && !is_charts {
            // Whoever keeps a directory of bundles may keep some of them elsewhere.
            let is_file = fs::metadata(entry.path()).is_ok_and(|target| target.is_file());
            Some(if is_file {
                Node::Path(entry.path())
            } else {
                Node::Unusable("a link")
            })
        } else if kind.is_symlink() {
            Some(Node::Unusable("a link"))
        } else {
            Some(Node::Unusable("no regular file"))
        })
    }

    /// The archive that it is; none for a directory.
    pub(super) fn archive(&self) -> Option<Piece> {
        self.archive.clone()
    }

    /// The paths of files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.nodes.keys().map(String::as_str)
    }

    /// The paths of files that start with `prefix`.
    pub(super) fn below<'t>(&'t self, prefix: &'t str) -> impl Iterator<Item = &'t str> {
        let from = self.nodes.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        from.map(|(path, _)| path.as_str())
            .take_while(move |path| path.starts_with(prefix))
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.nodes.contains_key(path)
    }

    /// How a path of this tree is called in messages.
    pub(super) fn place_of(&self, path: &str) -> String {
        match printable(path) {
            path if path.is_empty() => self.place.clone(),
            path => format!("{}{}{path}", self.place, self.separator),
        }
    }

    /// Refuses what has doubtful members in a bundle's chart, or any of its parts twice.
    pub(super) fn check(&self, root: &str) -> Result<(), OpenError> {
        let is_part = |path: &str| path.strip_prefix(root).is_some_and(is_part);
        let refused = self.suspect.iter().find(|(path, what)| match *what {
            "there twice" => is_part(path),
            _ => path.split(['/', '\\']).any(|part| part == CHART),
        });
        match refused {
            None => Ok(()),
            Some((path, what)) => Err(OpenError::Refused {
                place: self.place_of(root.trim_end_matches('/')),
                member: printable(path),
                what,
            }),
        }
    }

    /// Opens the file at `path`, which is one of the tree's.
    pub(super) fn open(&self, path: &str) -> Result<Piece, OpenError> {
        let unusable = |what| OpenError::Refused {
            place: self.place.clone(),
            member: printable(path),
            what,
        };
        match self.nodes.get(path) {
            Some(Node::Window(window)) => Ok(Piece {
                window: window.clone(),
                file: self.archive.as_ref().and_then(|archive| archive.file.clone()),
            }),
            Some(Node::Path(file)) => Piece::of_file(file),
            Some(Node::Unusable(what)) => Err(unusable(what)),
            None => Err(unusable("missing")),
        }
    }

    /// The bytes of a small file.
    pub(super) fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, OpenError> {
        let window = self.open(path)?.window;
        if window.size() > limit {
            return Err(OpenError::TooMuch {
                place: self.place_of(path),
                what: "bytes",
                limit,
            });
        }
        window.to_vec().map_err(|source| OpenError::Read {
            place: self.place_of(path),
            source,
        })
    }
}

/// The parts of a bundle; a directory named alike is none of them.
fn is_part(path: &str) -> bool {
    matches!(path, "hints.yaml" | "images.tar") || path.strip_prefix(CHART).is_some_and(|rest| rest.starts_with('/'))
}

impl Piece {
    pub(super) fn of_file(path: &Path) -> Result<Self, OpenError> {
        Self::try_of_file(path).map_err(|source| OpenError::Read {
            place: path.display().to_string(),
            source,
        })
    }

    fn try_of_file(path: &Path) -> io::Result<Self> {
        // A pipe would be waited for.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let file = fs::File::open(path)?;
        let metadata = file.metadata()?;
        let stamp = Stamp::new(metadata.len(), metadata.modified().ok());
        Ok(Self {
            window: Window::new(FileAt::new(file)?),
            file: Some((path.to_owned(), stamp)),
        })
    }
}

/// The entries of a directory, sorted.
fn list(directory: &Path) -> Result<Vec<fs::DirEntry>, OpenError> {
    let read = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = read.map_err(|source| OpenError::Read {
        place: directory.display().to_string(),
        source,
    })?;
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}
