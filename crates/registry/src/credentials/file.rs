//! The configuration file: read leniently, written so that nothing else in it changes.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::layout;
use crate::text::clean;
use crate::{Credentials, Error};

type Fields = BTreeMap<String, Box<RawValue>>;

/// No configuration file is larger than this.
const MAX_SIZE: u64 = 16 << 20;

/// One `config.json`; a missing file is an empty one.
pub(super) struct ConfigFile {
    path: PathBuf,
    fields: Fields,
    auths: Fields,
    helpers: BTreeMap<String, String>,
    store: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    auth: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    identitytoken: String,
    #[serde(default)]
    registrytoken: String,
}

impl ConfigFile {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let text = match fs::metadata(path).and_then(|about| {
            if about.len() > MAX_SIZE {
                Err(io::ErrorKind::FileTooLarge.into())
            } else {
                fs::read(path)
            }
        }) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed("read", path, &error.to_string())),
        };
        let parse = |error: serde_json::Error| failed("parse", path, &error.to_string());
        let fields: Fields = if text.trim_ascii().is_empty() {
            Fields::new()
        } else {
            serde_json::from_slice(&text).map_err(parse)?
        };
        Ok(Self {
            path: path.to_owned(),
            auths: field(&fields, "auths").map_err(parse)?.unwrap_or_default(),
            helpers: field(&fields, "credHelpers").map_err(parse)?.unwrap_or_default(),
            store: field(&fields, "credsStore")
                .map_err(parse)?
                .filter(|store: &String| !store.is_empty()),
            fields,
        })
    }

    /// The helper that keeps the credentials of a server.
    pub(super) fn helper(&self, server: &str) -> Option<&str> {
        let own = self.helpers.get(server).filter(|helper| !helper.is_empty());
        own.or(self.store.as_ref()).map(String::as_str)
    }

    /// The credentials in the file itself.
    pub(super) fn credentials(&self, registry: &str) -> Result<Option<Credentials>, Error> {
        let server = super::server_address(registry);
        // Docker: old files have keys with a scheme and a path.
        let same_host = |key: &&String| hostname(key) == registry;
        let entry = self
            .auths
            .get(server)
            .or_else(|| self.auths.keys().find(same_host).and_then(|key| self.auths.get(key)));
        let Some(entry) = entry else { return Ok(None) };
        let parse = |reason: String| {
            failed(
                "parse",
                &self.path,
                &format!("credentials of {}: {reason}", clean(registry)),
            )
        };
        let entry: Entry = serde_json::from_str(entry.get()).map_err(|error| parse(error.to_string()))?;
        entry.credentials().map_err(|reason| parse(reason.to_owned()))
    }

    pub(super) fn set(&mut self, server: &str, credentials: &Credentials) {
        let entry = match credentials {
            Credentials::Basic { username, password } => {
                serde_json::json!({ "auth": STANDARD.encode(format!("{username}:{password}")) })
            }
            Credentials::IdentityToken(token) => serde_json::json!({ "identitytoken": token }),
            Credentials::AccessToken(token) => serde_json::json!({ "registrytoken": token }),
        };
        if let Ok(entry) = serde_json::value::to_raw_value(&entry) {
            self.auths.insert(server.to_owned(), entry);
        }
    }

    pub(super) fn remove(&mut self, server: &str) -> bool {
        self.auths.remove(server).is_some()
    }

    /// Replaces the file: a temporary file next to it, mode 0600, renamed over whatever was there, links included.
    pub(super) fn write(mut self) -> Result<(), Error> {
        let text = self
            .text()
            .map_err(|error| failed("write", &self.path, &error.to_string()))?;
        replace(&self.path, text.as_bytes()).map_err(|error| failed("write", &self.path, &error.to_string()))
    }

    fn text(&mut self) -> Result<String, serde_json::Error> {
        self.fields
            .insert("auths".to_owned(), serde_json::value::to_raw_value(&self.auths)?);
        Ok(layout::indented(&serde_json::to_string(&self.fields)?))
    }
}

impl Entry {
    fn credentials(self) -> Result<Option<Credentials>, &'static str> {
        if !self.identitytoken.is_empty() {
            return Ok(Some(Credentials::IdentityToken(self.identitytoken)));
        }
        if !self.registrytoken.is_empty() {
            return Ok(Some(Credentials::AccessToken(self.registrytoken)));
        }
        let (username, password) = if self.auth.is_empty() {
            (self.username, self.password)
        } else {
            decode(&self.auth)?
        };
        if username.is_empty() && password.is_empty() {
            return Ok(None);
        }
        Ok(Some(Credentials::Basic { username, password }))
    }
}

fn decode(auth: &str) -> Result<(String, String), &'static str> {
    let bytes = STANDARD.decode(auth.trim()).map_err(|_| "auth is not base64")?;
    let text = String::from_utf8(bytes).map_err(|_| "auth is not text")?;
    let (username, password) = text.split_once(':').ok_or("auth is not user:password")?;
    Ok((username.to_owned(), password.trim_matches('\0').to_owned()))
}

fn field<T: serde::de::DeserializeOwned>(fields: &Fields, name: &str) -> Result<Option<T>, serde_json::Error> {
    fields.get(name).map_or(Ok(None), |raw| serde_json::from_str(raw.get()))
}

fn hostname(key: &str) -> &str {
    let rest = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"))
        .unwrap_or(key);
    rest.split('/').next().unwrap_or_default()
}

fn failed(action: &'static str, path: &Path, reason: &str) -> Error {
    Error::CredentialsFile {
        action,
        path: path.to_owned(),
        reason: clean(reason),
    }
}

fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unique = std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), std::process::id());
    let temporary = directory.join(format!(".{name}.{unique:016x}"));
    let written = write_new(&temporary, text).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one that matters.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text)?;
    file.sync_all()
}
