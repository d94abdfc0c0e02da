//! A directory's files, in the order of a sorted walk.

use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{DirectoryError, PathError};
use super::{Loader, Symlinks, strip_mark};
use crate::ignore::Rules;
use crate::model::{Bytes, File};
use crate::warning::Warning;

/// An entry still to be visited.
struct Pending {
    /// Where it is.
    path: PathBuf,
    /// Its path below the root, with forward slashes.
    name: String,
}

impl Loader<'_> {
    /// The files below `root` that `.helmignore` does not exclude.
    pub(super) fn walk(&mut self, root: &Path) -> Result<Vec<File>, DirectoryError> {
        let rules = read_rules(root, self.options.budgets.file)?;
        let mut pending = list(root, "")?;
        let mut files = Vec::new();
        while let Some(entry) = pending.pop() {
            let metadata = self.look_at(root, &entry.path)?;
            if rules.ignores(&entry.name, metadata.is_dir()) {
                continue;
            }
            if metadata.is_dir() {
                pending.extend(list(&entry.path, &entry.name)?);
            } else {
                files.push(self.read_file(entry, &metadata)?);
            }
        }
        Ok(files)
    }

    /// Follows symbolic links, with a warning for each.
    fn look_at(&mut self, root: &Path, path: &Path) -> Result<Metadata, DirectoryError> {
        let metadata = fs::symlink_metadata(path).map_err(|error| PathError::new("lstat", path, &error))?;
        if !metadata.is_symlink() {
            return Ok(metadata);
        }
        let target = fs::canonicalize(path).map_err(|error| dangling(path, &error))?;
        if self.options.symlinks == Symlinks::Confine && !is_inside(root, &target) {
            return Err(DirectoryError::SymlinkOutside {
                path: path.to_owned(),
                target,
            });
        }
        let metadata = fs::metadata(&target).map_err(|error| PathError::new("lstat", &target, &error))?;
        self.warnings.push(Warning::SymbolicLink {
            path: path.to_owned(),
            target,
        });
        Ok(metadata)
    }

    fn read_file(&mut self, entry: Pending, metadata: &Metadata) -> Result<File, DirectoryError> {
        let Pending { path, name } = entry;
        let budgets = self.options.budgets;
        if !metadata.is_file() {
            return Err(DirectoryError::Irregular { path });
        }
        if metadata.len() > budgets.file {
            let name = name.rsplit('/').next().unwrap_or_default().to_owned();
            return Err(DirectoryError::FileTooLarge {
                name,
                limit: budgets.file,
            });
        }
        if !self.spend(metadata.len()) {
            return Err(DirectoryError::OverBudget {
                bytes: budgets.total,
                files: budgets.files,
            });
        }
        match read_regular(&path, budgets.file) {
            Ok(data) => Ok(File {
                name,
                data,
                modified: metadata.modified().ok(),
            }),
            Err(error) => Err(DirectoryError::Read {
                name,
                source: PathError::new("open", &path, &error),
            }),
        }
    }
}

/// Reads at most `limit` bytes of a file that is no device and no pipe.
pub(super) fn read_regular(path: &Path, limit: u64) -> io::Result<Bytes> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut data = Vec::with_capacity(usize::try_from(metadata.len().min(limit)).unwrap_or_default());
    fs::File::open(path)?.take(limit).read_to_end(&mut data)?;
    Ok(Arc::from(strip_mark(&data)))
}

fn read_rules(root: &Path, limit: u64) -> Result<Rules, DirectoryError> {
    let path = root.join(".helmignore");
    let text = match read_regular(&path, limit) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Arc::default(),
        read => read.map_err(|error| PathError::new("open", &path, &error))?,
    };
    Ok(Rules::parse(&String::from_utf8_lossy(&text))?)
}

/// The entries of a directory, the last one first, ready to be popped.
fn list(directory: &Path, name: &str) -> Result<Vec<Pending>, PathError> {
    let refuse = |error: io::Error| PathError::new("open", directory, &error);
    let mut names = fs::read_dir(directory)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.file_name()))
                .collect::<io::Result<Vec<_>>>()
        })
        .map_err(refuse)?;
    names.sort_unstable_by(|left, right| right.cmp(left));
    let pending = names.into_iter().map(|own| {
        let text = own.to_string_lossy();
        let name = if name.is_empty() {
            text.into_owned()
        } else {
            format!("{name}/{text}")
        };
        Pending {
            path: directory.join(&own),
            name,
        }
    });
    Ok(pending.collect())
}

fn is_inside(root: &Path, target: &Path) -> bool {
    fs::canonicalize(root).is_ok_and(|root| target.starts_with(root))
}

fn dangling(path: &Path, error: &io::Error) -> DirectoryError {
    let link = fs::read_link(path).unwrap_or_default();
    let target = path.parent().map_or_else(|| link.clone(), |parent| parent.join(&link));
    DirectoryError::Symlink {
        path: path.to_owned(),
        source: PathError::new("lstat", &target, error),
    }
}
