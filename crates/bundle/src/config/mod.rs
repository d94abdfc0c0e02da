//! The configuration file of a synchronisation (`load-image.yaml`).
//!
//! What comes in is the text of the file and the environment variables that may override it; what goes out is a
//! [`Config`] that is complete and checked, and [`Notice`]s. Every spelling that charts-syncer reads is read here,
//! with its words for what is wrong; what it leaves the user to guess (which line, which key was meant) is told.

mod decode;
mod environment;
mod error;
mod options;
mod section;
mod validate;

use std::collections::BTreeMap;
use std::fmt;

pub use error::ConfigError;
pub use options::{Options, Overwrite};

use crate::relocate::Rules;

/// A synchronisation: from where, to where, and what.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// Where charts and images come from.
    pub source: Source,
    /// Where they go.
    pub target: Target,
    /// The charts to synchronise; all if there are none.
    pub charts: Vec<ChartFilter>,
    /// The names of charts to leave out.
    pub skip_charts: Vec<String>,
    /// Whether images move along between two repositories; with bundles they always do.
    pub relocate_container_images: bool,
}

/// A chart repository or a directory of bundles.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A chart repository.
    Repository(Box<Repository>),
    /// A directory of bundles, as written: relative to the working directory of the process.
    Bundles(String),
}

/// Where charts and images come from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Source {
    /// The charts.
    pub place: Option<Place>,
    /// The registry of the images.
    pub containers: Option<Containers>,
}

/// Where charts and images go.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Target {
    /// The charts.
    pub place: Option<Place>,
    /// How images are renamed.
    pub rules: Rules,
    /// The name by which a rewritten README tells users to add the repository.
    pub repo_name: String,
    /// The registry of the images.
    pub containers: Option<Containers>,
}

/// A chart repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repository {
    /// Its URL.
    pub url: String,
    /// What it is.
    pub kind: Kind,
    /// User and password.
    pub auth: Option<Auth>,
    /// The directory of a local one, relative to the working directory of the process.
    pub path: String,
    /// The index of an OCI source.
    pub charts_index: String,
    /// Without effect.
    pub use_charts_index: bool,
    /// Whether an OCI source is read without its index.
    pub disable_charts_index: bool,
}

/// What kind of repository or registry something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kind {
    #[default]
    Unknown,
    Helm,
    ChartMuseum,
    Harbor,
    Oci,
    Local,
    JFrog,
}

impl Kind {
    /// All kinds by their names in the file; the index is the number that may stand for the name.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("UNKNOWN", Self::Unknown),
        ("HELM", Self::Helm),
        ("CHARTMUSEUM", Self::ChartMuseum),
        ("HARBOR", Self::Harbor),
        ("OCI", Self::Oci),
        ("LOCAL", Self::Local),
        ("JFROG", Self::JFrog),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|known| known.0 == name).map(|known| known.1)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|known| known.1 == *self);
        f.write_str(name.map_or("UNKNOWN", |known| known.0))
    }
}

/// The registry of images.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Containers {
    /// User and password.
    pub auth: Option<Auth>,
    /// What the registry is; decides whether projects can be created in it.
    pub kind: Kind,
}

/// A user and a password.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Auth {
    /// The user.
    pub username: String,
    /// The password.
    pub password: String,
    /// The registry that they are for.
    pub registry: String,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Auth");
        shown
            .field("username", &self.username)
            .field("registry", &self.registry);
        shown.finish_non_exhaustive()
    }
}

/// A chart to synchronise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChartFilter {
    /// Its name.
    pub name: String,
    /// Its versions; all if there are none.
    pub versions: Vec<String>,
    /// Whether its images stay where they are.
    pub skip_images: bool,
}

/// Something that the user should know about the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The line (from one) that it is about.
    pub line: Option<usize>,
    /// What it is.
    pub text: String,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// A configuration and what there is to say about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// What the user should know.
    pub notices: Vec<Notice>,
}

impl Config {
    /// Reads the text of a configuration file; credentials in `environment` override those of the file.
    ///
    /// ```
    /// let text = b"source: {intermediateBundlesPath: bundles}\ntarget: {repo: {kind: LOCAL, path: ./charts}}\n";
    /// let loaded = ironhelm_bundle::config::Config::load(text, &Default::default()).unwrap();
    /// assert!(loaded.notices.is_empty());
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`], which names lines and keys.
    pub fn load(text: &[u8], environment: &BTreeMap<String, String>) -> Result<Loaded, ConfigError> {
        let (mut config, notices) = decode::decode(text)?;
        environment::apply(&mut config, environment);
        validate::check(&config)?;
        Ok(Loaded { config, notices })
    }
}

#[cfg(test)]
mod tests;
