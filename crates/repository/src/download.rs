//! Charts through Helm's content cache.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ironhelm_provenance::{Keyring, Provenance, Verified};
use sha2::{Digest, Sha256};
use url::Url;

use crate::error::Error;
use crate::files;
use crate::paths::Paths;
use crate::remote::{Access, Remote, RemoteError, Request};
use crate::resolve::Location;
use crate::text::is_safe_segment;

/// The most bytes of a chart's archive. Helm's charts inflate to at most as much.
const MAX_ARCHIVE: u64 = 100 << 20;
/// The most bytes of a provenance file.
const MAX_PROVENANCE: u64 = 5 << 20;

/// What is asked of a chart's provenance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Verification {
    /// Nothing.
    #[default]
    None,
    /// Bring it if there is one: `pull --prov`.
    Bring,
    /// It must be there and be right: `--verify`.
    Required {
        /// The keyring.
        keyring: PathBuf,
    },
}

/// Brings charts.
#[derive(Clone, Copy)]
pub struct Downloads<'d> {
    /// Where the cache is.
    pub paths: &'d Paths,
    /// The network.
    pub remote: &'d dyn Remote,
}

/// A chart that was brought.
#[derive(Debug, Clone)]
pub struct Downloaded {
    /// The archive.
    pub archive: Vec<u8>,
    /// How the archive is called, one safe component of a path.
    pub file_name: String,
    /// Where it is in the cache.
    pub cached: PathBuf,
    /// The provenance file.
    pub provenance: Option<Vec<u8>>,
    /// What verifying found.
    pub verified: Option<Verified>,
    /// For charts from registries: the reference pulled and its digest, which Helm prints.
    pub pulled: Option<(String, String)>,
    /// Why there is no provenance, where one was only to be brought.
    pub missing_provenance: Option<String>,
}

/// Why a chart does not come.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The network.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// A file.
    #[error(transparent)]
    File(#[from] Error),
    /// A local chart where one from elsewhere is wanted.
    #[error("{} is on this machine", .path.display())]
    Local {
        /// The path.
        path: PathBuf,
    },
    /// The archive is not the one that the index names.
    #[error("the digest of {url} is sha256:{found}, but the index of its repository says {expected}")]
    DigestMismatch {
        /// Where it came from.
        url: String,
        /// The digest of the index.
        expected: String,
        /// That of what came.
        found: String,
    },
    /// The name of the archive leads out of a directory.
    #[error("{name:?} cannot be used as the name of a chart archive")]
    UnsafeName {
        /// The name.
        name: String,
    },
    /// There is no provenance file.
    #[error("failed to fetch provenance {url:?}")]
    NoProvenance {
        /// Where it should be.
        url: String,
    },
    /// The provenance is not right.
    #[error(transparent)]
    Provenance(#[from] ironhelm_provenance::Error),
}

impl Downloads<'_> {
    /// Brings the chart at `location`, from the cache where it is there.
    ///
    /// # Errors
    /// [`DownloadError`].
    pub async fn fetch(&self, location: &Location, verification: &Verification) -> Result<Downloaded, DownloadError> {
        let mut downloaded = match location {
            Location::Local { path } => return Err(DownloadError::Local { path: path.clone() }),
            Location::Archive { url, digest, access } => self.fetch_archive(url, digest, access, verification).await?,
            Location::Oci {
                reference,
                version,
                access,
            } => self.fetch_oci(reference, version, access, verification).await?,
        };
        if let Verification::Required { keyring } = verification {
            let text = downloaded.provenance.as_deref().unwrap_or_default();
            downloaded.verified = Some(verify(&downloaded.archive, &downloaded.file_name, text, keyring)?);
        }
        Ok(downloaded)
    }

    async fn fetch_archive(
        &self,
        url: &Url,
        digest: &str,
        access: &Access,
        verification: &Verification,
    ) -> Result<Downloaded, DownloadError> {
        let segment = url
            .path_segments()
            .and_then(|mut segments| segments.next_back())
            .unwrap_or_default();
        let file_name = safe_name(&percent_decoded(segment))?;
        let archive = match self.cached(digest) {
            Some(archive) => archive,
            None => {
                let request = Request {
                    url: url.clone(),
                    access: access.clone(),
                    limit: MAX_ARCHIVE,
                };
                let archive = self.remote.get(&request).await?.body;
                check_digest(url.as_str(), digest, &archive)?;
                archive
            }
        };
        let mut downloaded = self.store(archive, file_name)?;
        if *verification != Verification::None {
            self.fetch_provenance(&mut downloaded, url, access, verification)
                .await?;
        }
        self.store_provenance(&downloaded)?;
        Ok(downloaded)
    }

    async fn fetch_provenance(
        &self,
        downloaded: &mut Downloaded,
        url: &Url,
        access: &Access,
        verification: &Verification,
    ) -> Result<(), DownloadError> {
        let mut url = url.clone();
        url.set_path(&format!("{}.prov", url.path()));
        let request = Request {
            url,
            access: access.clone(),
            limit: MAX_PROVENANCE,
        };
        match (self.remote.get(&request).await, verification) {
            (Ok(fetched), _) => downloaded.provenance = Some(fetched.body),
            (Err(error), Verification::Bring) => downloaded.missing_provenance = Some(error.to_string()),
            (Err(_), _) => {
                return Err(DownloadError::NoProvenance {
                    url: request.url.to_string(),
                });
            }
        }
        Ok(())
    }

    async fn fetch_oci(
        &self,
        reference: &str,
        version: &str,
        access: &Access,
        verification: &Verification,
    ) -> Result<Downloaded, DownloadError> {
        let wants_provenance = *verification != Verification::None;
        let pulled = self.remote.pull(reference, access).await?;
        let name = reference.rsplit('/').next().unwrap_or_default();
        let name = name.split(['@', ':']).next().unwrap_or_default();
        // Helm: a chart that only a digest names is called by that.
        let file_name = if version.is_empty() {
            format!("{name}@{}.tgz", pulled.digest.replace(':', "-"))
        } else {
            format!("{name}-{version}.tgz")
        };
        let file_name = safe_name(&file_name)?;
        let mut downloaded = self.store(pulled.chart, file_name)?;
        downloaded.pulled = Some((reference.to_owned(), pulled.digest));
        downloaded.provenance = pulled.provenance.filter(|_| wants_provenance);
        if wants_provenance && downloaded.provenance.is_none() {
            let url = format!("oci://{reference}.prov");
            if *verification != Verification::Bring {
                return Err(DownloadError::NoProvenance { url });
            }
            downloaded.missing_provenance = Some(format!(
                "manifest does not contain a layer with mediatype {}",
                ironhelm_registry::chart::PROVENANCE
            ));
        }
        self.store_provenance(&downloaded)?;
        Ok(downloaded)
    }

    /// What the cache has under a digest of the index, if it is still that.
    fn cached(&self, digest: &str) -> Option<Vec<u8>> {
        let digest = plain_digest(digest)?;
        let archive = files::read_limited(&self.cache_path(&digest, "chart"), MAX_ARCHIVE).ok()?;
        (sha256(&archive) == digest).then_some(archive)
    }

    /// Helm: `<content cache>/<first two digits>/<digest>.chart`.
    fn cache_path(&self, digest: &str, extension: &str) -> PathBuf {
        let directory = self.paths.content_cache.join(digest.get(..2).unwrap_or_default());
        directory.join(format!("{digest}.{extension}"))
    }

    fn store(&self, archive: Vec<u8>, file_name: String) -> Result<Downloaded, DownloadError> {
        let cached = self.cache_path(&sha256(&archive), "chart");
        write_cached(&cached, &archive)?;
        Ok(Downloaded {
            archive,
            file_name,
            cached,
            provenance: None,
            verified: None,
            pulled: None,
            missing_provenance: None,
        })
    }

    fn store_provenance(&self, downloaded: &Downloaded) -> Result<(), DownloadError> {
        match &downloaded.provenance {
            Some(text) => Ok(write_cached(&downloaded.cached.with_extension("prov"), text)?),
            None => Ok(()),
        }
    }
}

/// Verifies an archive against the text of its provenance file.
pub(crate) fn verify(
    archive: &[u8],
    file_name: &str,
    text: &[u8],
    keyring: &Path,
) -> Result<Verified, ironhelm_provenance::Error> {
    let bytes = files::read_limited(keyring, MAX_ARCHIVE).map_err(|error| ironhelm_provenance::Error::Keyring {
        reason: files::go_error("open", keyring, &error),
    })?;
    let keyring = Keyring::parse(&bytes)?;
    Provenance::parse(text)?.verify(&keyring, file_name, archive)
}

fn write_cached(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() == bytes.len() as u64)
        && fs::read(path).is_ok_and(|there| there == bytes)
    {
        return Ok(());
    }
    files::create_parent(path).map_err(Error::file("mkdir", path))?;
    files::write(path, bytes, 0o644).map_err(Error::file("open", path))
}

fn check_digest(url: &str, expected: &str, archive: &[u8]) -> Result<(), DownloadError> {
    let found = sha256(archive);
    match plain_digest(expected) {
        Some(digest) if digest != found => Err(DownloadError::DigestMismatch {
            url: url.to_owned(),
            expected: expected.to_owned(),
            found,
        }),
        _ => Ok(()),
    }
}

/// The hexadecimal digits of a SHA-256 digest, `sha256:` or not. CVE-2024-3727: anything else is no part of a path.
fn plain_digest(digest: &str) -> Option<String> {
    let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
    let fits = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| digits.to_ascii_lowercase())
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn safe_name(name: &str) -> Result<String, DownloadError> {
    if is_safe_segment(name) {
        Ok(name.to_owned())
    } else {
        Err(DownloadError::UnsafeName {
            name: crate::text::foreign(name),
        })
    }
}

fn percent_decoded(segment: &str) -> String {
    let query = format!("x={}", segment.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(query.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Reads and verifies an archive on this machine: what `helm verify` does.
///
/// # Errors
/// [`ironhelm_provenance::Error`], also where the provenance file is missing.
pub fn verify_local(path: &Path, keyring: &Path) -> Result<Verified, ironhelm_provenance::Error> {
    use ironhelm_provenance::Error as Failure;
    let failure = |reason: String| Failure::File { reason };
    let metadata = fs::metadata(path).map_err(|error| failure(files::go_error("stat", path, &error)))?;
    if metadata.is_dir() {
        return Err(Failure::Unpacked);
    }
    if path.extension().is_none_or(|extension| extension != "tgz") {
        return Err(Failure::NoArchive);
    }
    let prov = PathBuf::from(format!("{}.prov", path.display()));
    let missing = |operation, error: &io::Error| Failure::Load {
        path: prov.display().to_string(),
        reason: files::go_error(operation, &prov, error),
    };
    fs::metadata(&prov).map_err(|error| missing("stat", &error))?;
    let text = files::read_limited(&prov, MAX_PROVENANCE).map_err(|error| missing("open", &error))?;
    let archive =
        files::read_limited(path, MAX_ARCHIVE).map_err(|error| failure(files::go_error("open", path, &error)))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    verify(&archive, &name, &text, keyring)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_that_are_none_never_get_into_a_path() {
        assert!(plain_digest("../../etc/passwd").is_none());
        assert!(plain_digest("sha256:abc").is_none());
        assert_eq!(
            plain_digest(&format!("sha256:{}", "A".repeat(64))),
            Some("a".repeat(64))
        );
    }

    #[test]
    fn archive_names_are_one_component() {
        assert_eq!(percent_decoded("a%2Fb+c.tgz"), "a/b+c.tgz");
        assert!(safe_name(&percent_decoded("..%2F..%2Fx.tgz")).is_err());
        assert!(safe_name("").is_err());
        assert!(safe_name("demo-1.0.0+b.tgz").is_ok());
    }
}
