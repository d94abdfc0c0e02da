//! One repository of `repositories.yaml`.

use std::fmt;

use serde_json::{Map, Value, json};
use url::Url;

use crate::remote::{Access, Credentials, Tls};

/// A configured chart repository.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct RepositoryEntry {
    /// The name that chart references begin with.
    pub name: String,
    /// Where `index.yaml` is.
    pub url: String,
    /// User name for basic authentication; empty for none.
    pub username: String,
    /// Password for basic authentication.
    pub password: String,
    /// PEM file of the client's certificate; empty for none.
    pub cert_file: String,
    /// PEM file of the client's key; empty for none.
    pub key_file: String,
    /// PEM file of the authorities to trust; empty for the system's.
    pub ca_file: String,
    /// Accept any certificate.
    pub insecure_skip_tls_verify: bool,
    /// Send the credentials to every host that the repository's index names.
    pub pass_credentials_all: bool,
}

impl RepositoryEntry {
    /// How to talk to this repository.
    #[must_use]
    pub fn access(&self) -> Access {
        let credentials = (!self.username.is_empty() || !self.password.is_empty()).then(|| Credentials {
            username: self.username.clone(),
            password: self.password.clone(),
            origin: Url::parse(&self.url).ok(),
            pass_to_all: self.pass_credentials_all,
        });
        Access {
            credentials,
            tls: Tls {
                ca_file: self.ca_file.clone(),
                cert_file: self.cert_file.clone(),
                key_file: self.key_file.clone(),
                insecure_skip_verify: self.insecure_skip_tls_verify,
            },
        }
    }

    pub(crate) fn from_json(fields: &Map<String, Value>) -> Result<Self, String> {
        let text = |key: &str| match fields.get(key) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Bool(value)) => Ok(value.to_string()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(_) => Err(format!("the field {key} of a repository is no text")),
        };
        let flag = |key: &str| match fields.get(key) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(value)) => Ok(*value),
            Some(_) => Err(format!("the field {key} of a repository is neither true nor false")),
        };
        Ok(Self {
            name: text("name")?,
            url: text("url")?,
            username: text("username")?,
            password: text("password")?,
            cert_file: text("certFile")?,
            key_file: text("keyFile")?,
            ca_file: text("caFile")?,
            insecure_skip_tls_verify: flag("insecure_skip_tls_verify")?,
            pass_credentials_all: flag("pass_credentials_all")?,
        })
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "url": self.url,
            "username": self.username,
            "password": self.password,
            "certFile": self.cert_file,
            "keyFile": self.key_file,
            "caFile": self.ca_file,
            "insecure_skip_tls_verify": self.insecure_skip_tls_verify,
            "pass_credentials_all": self.pass_credentials_all,
        })
    }
}

impl fmt::Debug for RepositoryEntry {
    /// The password stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RepositoryEntry")
            .field("name", &self.name)
            .field("url", &self.url)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}
