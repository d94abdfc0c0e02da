//! Credentials as helm and docker keep them: `auths`, `credHelpers` and `credsStore` of a `config.json`.
//!
//! Reading asks helm's own file first and docker's second. Writing touches helm's file (or the helper that it names) only,
//! keeps fields that are not known here, and replaces the file atomically with mode 0600.

mod file;
mod helper;
mod layout;

use std::path::PathBuf;

use file::ConfigFile;
use helper::Helper;

use crate::{Credentials, Error};

/// The files where credentials are looked up and stored.
#[derive(Debug, Clone, Default)]
pub struct CredentialStore {
    /// Helm's `registry/config.json`; need not exist.
    pub path: PathBuf,
    /// Docker's `config.json`, asked when the first one has nothing.
    pub fallback: Option<PathBuf>,
    /// Where `docker-credential-*` programs are, besides the usual search path.
    pub helper_directory: Option<PathBuf>,
}

impl CredentialStore {
    /// The credentials for `registry` (`host[:port]`), if any are known.
    ///
    /// # Errors
    ///
    /// Files that cannot be read or parsed, helpers that fail. A broken docker file counts as empty.
    pub async fn find(&self, registry: &str) -> Result<Option<Credentials>, Error> {
        let own = ConfigFile::read(&self.path)?;
        if let Some(found) = self.find_in(&own, registry).await? {
            return Ok(Some(found));
        }
        let Some(path) = &self.fallback else { return Ok(None) };
        match ConfigFile::read(path) {
            Ok(docker) => self.find_in(&docker, registry).await,
            Err(error) => {
                tracing::warn!(%error, "docker's credentials are not used");
                Ok(None)
            }
        }
    }

    async fn find_in(&self, file: &ConfigFile, registry: &str) -> Result<Option<Credentials>, Error> {
        match self.helper(file, registry)? {
            Some(helper) => helper.get(server_address(registry)).await,
            None => file.credentials(registry),
        }
    }

    /// Stores `credentials` for `registry`.
    ///
    /// # Errors
    ///
    /// Files that cannot be read or written, helpers that fail.
    pub async fn store(&self, registry: &str, credentials: &Credentials) -> Result<(), Error> {
        let mut file = ConfigFile::read(&self.path)?;
        match self.helper(&file, registry)? {
            Some(helper) => helper.store(server_address(registry), credentials).await,
            None => {
                file.set(server_address(registry), credentials);
                file.write()
            }
        }
    }

    /// Forgets the credentials for `registry`; no credentials are no error.
    ///
    /// # Errors
    ///
    /// Files that cannot be read or written, helpers that fail.
    pub async fn erase(&self, registry: &str) -> Result<(), Error> {
        let mut file = ConfigFile::read(&self.path)?;
        match self.helper(&file, registry)? {
            Some(helper) => helper.erase(server_address(registry)).await,
            None if file.remove(server_address(registry)) => file.write(),
            None => Ok(()),
        }
    }

    fn helper(&self, file: &ConfigFile, registry: &str) -> Result<Option<Helper>, Error> {
        let name = file.helper(server_address(registry));
        name.map(|name| Helper::new(name, self.helper_directory.as_deref()))
            .transpose()
    }
}

/// The key that docker uses for a registry: the Hub has a historic one.
fn server_address(registry: &str) -> &str {
    match registry {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => "https://index.docker.io/v1/",
        other => other,
    }
}
