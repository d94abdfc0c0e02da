//! What the environment says about synchronisations.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ironhelm::registry::CredentialStore;
use ironhelm::registry::transport::ProxyOptions;
use ironhelm::repository::Paths;

/// Credentials for a configuration, and where files of ours are.
#[derive(Debug, Clone, Default)]
pub struct DeliverySettings {
    /// The variables that override credentials of a configuration, by name.
    pub credentials: BTreeMap<String, String>,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// Where uploads that are under way are noted.
    pub state: PathBuf,
    /// The proxies.
    pub proxy: ProxyOptions,
    /// Logins to registries.
    pub logins: CredentialStore,
    /// Hosts of token servers that may have the credentials of registries elsewhere.
    pub trusted_realms: Vec<String>,
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
        // Go: the name in capitals is asked first.
        let proxy = |name: &str| env(name).or_else(|| env(&name.to_lowercase()));
        let docker = env("DOCKER_CONFIG").map(PathBuf::from);
        let docker = docker.or_else(|| home.as_ref().map(|home| home.join(".docker")));
        let realms = env("IRONHELM_TRUSTED_TOKEN_SERVERS").unwrap_or_default();
        Self {
            proxy: ProxyOptions {
                http: proxy("HTTP_PROXY"),
                https: proxy("HTTPS_PROXY"),
                no_proxy: proxy("NO_PROXY"),
            },
            logins: CredentialStore {
                path: Paths::from_environment(env).registry_config,
                fallback: docker.map(|folder| folder.join("config.json")),
                helper_directory: None,
            },
            trusted_realms: realms
                .split(',')
                .map(|host| host.trim().to_owned())
                .filter(|host| !host.is_empty())
                .collect(),
            credentials: names.filter_map(|name| env(&name).map(|value| (name, value))).collect(),
            home,
            state: state.join("ironhelm"),
        }
    }
}
