//! What the environment says about synchronisations.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Credentials for a configuration, and where files of ours are.
#[derive(Debug, Clone, Default)]
pub struct DeliverySettings {
    /// The variables that override credentials of a configuration, by name.
    pub credentials: BTreeMap<String, String>,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// Where uploads that are under way are noted.
    pub state: PathBuf,
}

/// charts-syncer: `SOURCE_REPO_AUTH_USERNAME` and its like.
const SIDES: [&str; 2] = ["SOURCE", "TARGET"];
const PARTS: [&str; 7] = [
    "REPO_AUTH_USERNAME",
    "REPO_AUTH_PASSWORD",
    "AUTH_USERNAME",
    "AUTH_PASSWORD",
    "CONTAINERS_AUTH_REGISTRY",
    "CONTAINERS_AUTH_USERNAME",
    "CONTAINERS_AUTH_PASSWORD",
];

impl DeliverySettings {
    pub(crate) fn new(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let names = SIDES
            .iter()
            .flat_map(|side| PARTS.iter().map(move |part| format!("{side}_{part}")));
        let home = env("HOME").map(PathBuf::from);
        let state = env("XDG_STATE_HOME").map(PathBuf::from);
        let state = state.unwrap_or_else(|| home.clone().unwrap_or_default().join(".local/state"));
        Self {
            credentials: names.filter_map(|name| env(&name).map(|value| (name, value))).collect(),
            home,
            state: state.join("ironhelm"),
        }
    }
}
