//! `repositories.yaml`: the configured repositories, with Helm's lock file next to it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use url::Url;

use crate::entry::RepositoryEntry;
use crate::error::Error;
use crate::files;

/// The most bytes of a `repositories.yaml` that are read.
const MAX_BYTES: u64 = 16 << 20;
/// Helm: how long a writer waits for the other one.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// The configured repositories, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repositories {
    /// `apiVersion` of the file, kept as it was.
    pub api_version: String,
    /// `generated` of the file, kept as it was.
    pub generated: String,
    /// The repositories.
    pub entries: Vec<RepositoryEntry>,
}

/// Why `repositories.yaml` is of no use.
#[derive(Debug, thiserror::Error)]
pub enum RepositoriesError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] Error),
    /// It is no YAML.
    #[error("cannot load {}: {source}", .path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: ironhelm_yaml::Error,
    },
    /// It is YAML of another shape.
    #[error("cannot load {}: {reason}", .path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// Another process keeps the file locked.
    #[error("{} is locked by another process", .path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
}

impl Default for Repositories {
    fn default() -> Self {
        Self {
            api_version: String::new(),
            generated: "0001-01-01T00:00:00Z".to_owned(),
            entries: Vec::new(),
        }
    }
}

impl Repositories {
    /// Reads the file; one that is not there counts as empty.
    ///
    /// # Errors
    /// [`RepositoriesError`] where the file cannot be read or is no list of repositories.
    pub fn load(path: &Path) -> Result<Self, RepositoriesError> {
        match files::read_limited(path, MAX_BYTES) {
            Ok(bytes) => Self::parse(path, &bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::file("open", path)(error).into()),
        }
    }

    /// Writes the file as Helm writes it, readable by its owner alone.
    ///
    /// # Errors
    /// [`RepositoriesError::File`].
    pub fn save(&self, path: &Path) -> Result<(), RepositoriesError> {
        files::create_parent(path).map_err(Error::file("mkdir", path))?;
        // A configuration that is a link stays one: it is the user's own, and its target is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Ok(files::write(&target, self.encode().as_bytes(), 0o600).map_err(Error::file("open", path))?)
    }

    /// The text of the file.
    #[must_use]
    pub fn encode(&self) -> String {
        let entries: Vec<Value> = self.entries.iter().map(RepositoryEntry::to_json).collect();
        ironhelm_yaml::encode(&json!({
            "apiVersion": self.api_version,
            "generated": self.generated,
            "repositories": entries,
        }))
    }

    /// The repository of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&RepositoryEntry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The repository at that URL, a trailing slash or not.
    #[must_use]
    pub fn at_url(&self, url: &str) -> Option<&RepositoryEntry> {
        self.entries.iter().find(|entry| same_url(&entry.url, url))
    }

    /// Puts `entry` in the place of the one with its name, or at the end.
    pub fn put(&mut self, entry: RepositoryEntry) {
        match self.entries.iter_mut().find(|known| known.name == entry.name) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }

    /// Changes the file under Helm's lock: what `change` makes of what is there is written.
    ///
    /// # Errors
    /// What `change` returns, or [`RepositoriesError`].
    pub fn edit<T, E: From<RepositoriesError>>(
        path: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let _lock = lock(path)?;
        let mut repositories = Self::load(path)?;
        let before = repositories.clone();
        let outcome = change(&mut repositories)?;
        if repositories != before || !path.exists() {
            repositories.save(path)?;
        }
        Ok(outcome)
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, RepositoriesError> {
        let shape = |reason: &str| RepositoriesError::Shape {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let tree = ironhelm_yaml::decode(bytes).map_err(|source| RepositoriesError::Yaml {
            path: path.to_owned(),
            source,
        })?;
        let mut repositories = Self::default();
        let fields = match tree {
            Value::Null => return Ok(repositories),
            Value::Object(fields) => fields,
            _ => return Err(shape("it is no map")),
        };
        for (key, value) in fields {
            match (key.as_str(), value) {
                ("apiVersion", Value::String(text)) => repositories.api_version = text,
                ("generated", Value::String(text)) => repositories.generated = text,
                ("repositories", Value::Array(items)) => {
                    for item in &items {
                        let fields = item.as_object().ok_or_else(|| shape("a repository is no map"))?;
                        repositories
                            .entries
                            .push(RepositoryEntry::from_json(fields).map_err(|reason| shape(&reason))?);
                    }
                }
                ("repositories", Value::Null) => {}
                ("repositories", _) => return Err(shape("`repositories` is no list")),
                _ => {}
            }
        }
        Ok(repositories)
    }
}

/// Helm: URLs are compared without regard to a trailing slash.
pub(crate) fn same_url(left: &str, right: &str) -> bool {
    fn parts(text: &str) -> Option<(String, String)> {
        let url = Url::parse(text).ok()?;
        let path = url.path().trim_end_matches('/').to_owned();
        Some((
            format!(
                "{}?{}",
                url.origin().ascii_serialization(),
                url.query().unwrap_or_default()
            ),
            path,
        ))
    }
    match (parts(left), parts(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left.trim_end_matches('/') == right.trim_end_matches('/'),
    }
}

/// Helm: the lock is a file of the same name that ends in `.lock`, locked as a whole.
fn lock(path: &Path) -> Result<File, RepositoriesError> {
    files::create_parent(path).map_err(Error::file("mkdir", path))?;
    let path = path.with_extension("lock");
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(Error::file("open", &path))?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if started.elapsed() < LOCK_TIMEOUT => {
                thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => return Err(RepositoriesError::Locked { path }),
            Err(TryLockError::Error(error)) => return Err(Error::file("flock", path)(error).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by helm 4.2.3.
    const HELM: &str = r#"apiVersion: ""
generated: "0001-01-01T00:00:00Z"
repositories:
- caFile: ""
  certFile: ""
  insecure_skip_tls_verify: false
  keyFile: ""
  name: r1
  pass_credentials_all: false
  password: ""
  url: http://127.0.0.1:18231/
  username: ""
"#;

    #[test]
    fn the_file_is_written_as_helm_writes_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("helm/repositories.yaml");
        let entry = RepositoryEntry {
            name: "r1".to_owned(),
            url: "http://127.0.0.1:18231/".to_owned(),
            ..RepositoryEntry::default()
        };
        Repositories::edit(&path, |repositories| {
            repositories.put(entry.clone());
            Ok::<_, RepositoriesError>(())
        })
        .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), HELM);
        assert_eq!(Repositories::load(&path).unwrap().named("r1"), Some(&entry));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(path.with_extension("lock").exists());
    }

    #[test]
    fn no_entries_are_an_empty_list() {
        let text = "apiVersion: \"\"\ngenerated: \"0001-01-01T00:00:00Z\"\nrepositories: []\n";
        assert_eq!(Repositories::default().encode(), text);
    }

    #[test]
    fn urls_are_the_same_with_and_without_a_slash() {
        assert!(same_url("http://a/b", "http://a/b/"));
        assert!(same_url("http://a:80/b", "http://A/b"));
        assert!(!same_url("http://a/b", "http://a/c"));
        assert!(!same_url("http://a/b", "https://a/b"));
    }

    /// CVE-2025-55198: values of the wrong kind are errors.
    #[test]
    fn other_shapes_are_refused() {
        for text in [
            "[]",
            "repositories: x",
            "repositories: [1]",
            "repositories: [{name: []}]",
            "a: [",
        ] {
            assert!(Repositories::parse(Path::new("r"), text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(
            Repositories::parse(Path::new("r"), b"").unwrap(),
            Repositories::default()
        );
    }
}
