//! What the environment and the global flags say; flags win.

use std::path::PathBuf;

use ironhelm::Overrides;
use ironhelm::repository::Paths;
use ironhelm_golang::strconv::parse_bool;

use crate::cli::GlobalArgs;
use crate::delivery::DeliverySettings;
use crate::network::Network;

/// Where to work and how much to tell.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// How to reach the cluster.
    pub cluster: Overrides,
    /// The namespace; `None` for the one of the context.
    pub namespace: Option<String>,
    /// The word of `HELM_DRIVER`.
    pub driver: String,
    /// How many revisions are kept unless a flag says otherwise.
    pub max_history: u32,
    /// Tell everything.
    pub debug: bool,
    /// Helm's directories.
    pub homes: Homes,
    /// Repositories, registries and the way to them.
    pub network: Network,
    /// Synchronisations.
    pub delivery: DeliverySettings,
    /// `SOURCE_DATE_EPOCH`: the time of what is built, in seconds since 1970.
    pub source_date_epoch: Option<u64>,
    /// This machine.
    pub node: Node,
    /// Other settings, as `env` prints them.
    pub(crate) others: Vec<(&'static str, String)>,
}

/// What the environment tells of this machine.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// `CONTAINERD_ADDRESS`.
    pub containerd_address: Option<String>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<String>,
    /// The namespace that a flag names: the one of containerd, where that is what a command is about.
    pub namespace: Option<String>,
    /// Where large files may be for a while: `TMPDIR`, else `/var/tmp`, which is on a disk.
    pub scratch: PathBuf,
}

impl Node {
    fn new(flags: &GlobalArgs, env: &dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            docker_host: env("DOCKER_HOST"),
            containerd_address: env("CONTAINERD_ADDRESS"),
            runtime_dir: env("XDG_RUNTIME_DIR"),
            namespace: flags.namespace.clone().filter(|name| !name.is_empty()),
            scratch: env("TMPDIR").map_or_else(|| PathBuf::from("/var/tmp"), PathBuf::from),
        }
    }
}

/// Where Helm keeps its files.
#[derive(Debug, Clone, Default)]
pub struct Homes {
    /// Configuration.
    pub config: PathBuf,
    /// What can be fetched again.
    pub cache: PathBuf,
    /// Plugins and starters.
    pub data: PathBuf,
    /// Directories of plugins.
    pub plugins: PathBuf,
}

impl Homes {
    fn new(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let user = PathBuf::from(env("HOME").unwrap_or_default());
        let place = |own: &str, shared: &str, below: &str| match (env(own), env(shared)) {
            (Some(own), _) => PathBuf::from(own),
            (None, Some(shared)) => PathBuf::from(shared).join("helm"),
            (None, None) => user.join(below).join("helm"),
        };
        let data = place("HELM_DATA_HOME", "XDG_DATA_HOME", ".local/share");
        Self {
            config: place("HELM_CONFIG_HOME", "XDG_CONFIG_HOME", ".config"),
            cache: place("HELM_CACHE_HOME", "XDG_CACHE_HOME", ".cache"),
            plugins: env("HELM_PLUGINS").map_or_else(|| data.join("plugins"), PathBuf::from),
            data,
        }
    }
}

/// Helm's default of `HELM_MAX_HISTORY`.
const MAX_HISTORY: u32 = 10;

impl Settings {
    /// Settings of these flags over this environment.
    pub(crate) fn new(flags: &GlobalArgs, environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let env = |name: &str| environment(name).filter(|value| !value.is_empty());
        let or_env =
            |flag: &Option<String>, name: &str| flag.clone().filter(|value| !value.is_empty()).or_else(|| env(name));
        let is_set = |name: &str| env(name).is_some_and(|value| parse_bool(&value).unwrap_or(false));
        Self {
            cluster: Overrides {
                kubeconfig: or_env(&flags.kubeconfig, "KUBECONFIG")
                    .map(|list| paths(&list))
                    .unwrap_or_default(),
                context: or_env(&flags.kube_context, "HELM_KUBECONTEXT"),
                server: or_env(&flags.kube_apiserver, "HELM_KUBEAPISERVER"),
                token: or_env(&flags.kube_token, "HELM_KUBETOKEN"),
                as_user: or_env(&flags.kube_as_user, "HELM_KUBEASUSER"),
                as_groups: groups(&flags.kube_as_group, env("HELM_KUBEASGROUPS")),
                certificate_authority: or_env(&flags.kube_ca_file, "HELM_KUBECAFILE").map(PathBuf::from),
                tls_server_name: or_env(&flags.kube_tls_server_name, "HELM_KUBETLS_SERVER_NAME"),
                insecure: flags.kube_insecure_skip_tls_verify || is_set("HELM_KUBEINSECURE_SKIP_TLS_VERIFY"),
            },
            namespace: or_env(&flags.namespace, "HELM_NAMESPACE"),
            driver: env("HELM_DRIVER").unwrap_or_default(),
            max_history: env("HELM_MAX_HISTORY")
                .and_then(|number| number.parse().ok())
                .unwrap_or(MAX_HISTORY),
            debug: flags.debug || is_set("HELM_DEBUG"),
            source_date_epoch: env("SOURCE_DATE_EPOCH").and_then(|seconds| seconds.parse().ok()),
            node: Node::new(flags, &env),
            others: others(flags, &env),
            homes: Homes::new(&env),
            network: Network::new(flags, &env),
            delivery: DeliverySettings::new(&env),
        }
    }

    /// All settings that the environment can change, by name.
    pub(crate) fn environment(&self, namespace: &str) -> Vec<(&'static str, String)> {
        let Overrides {
            context,
            server,
            token,
            as_user,
            as_groups,
            certificate_authority,
            tls_server_name,
            insecure,
            ..
        } = &self.cluster;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let path = |path: &std::path::Path| path.display().to_string();
        let program = std::env::current_exe().unwrap_or_default();
        let mut settings = vec![
            ("HELM_BIN", path(&program)),
            ("HELM_CACHE_HOME", path(&self.homes.cache)),
            ("HELM_CONFIG_HOME", path(&self.homes.config)),
            ("HELM_DATA_HOME", path(&self.homes.data)),
            ("HELM_DEBUG", self.debug.to_string()),
            ("HELM_KUBEAPISERVER", text(server)),
            ("HELM_KUBEASGROUPS", as_groups.join(",")),
            ("HELM_KUBEASUSER", text(as_user)),
            (
                "HELM_KUBECAFILE",
                certificate_authority.as_deref().map(path).unwrap_or_default(),
            ),
            ("HELM_KUBECONTEXT", text(context)),
            ("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", insecure.to_string()),
            ("HELM_KUBETLS_SERVER_NAME", text(tls_server_name)),
            ("HELM_KUBETOKEN", text(token)),
            ("HELM_MAX_HISTORY", self.max_history.to_string()),
            ("HELM_NAMESPACE", namespace.to_owned()),
            ("HELM_PLUGINS", path(&self.homes.plugins)),
        ];
        settings.extend(self.others.iter().cloned());
        settings.sort();
        settings
    }

    /// Which cluster is meant, in words, for people who cannot reach it.
    pub(crate) fn cluster_in_words(&self) -> String {
        let files: Vec<String> = self
            .cluster
            .kubeconfig
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let file = if files.is_empty() {
            "~/.kube/config".to_owned()
        } else {
            files.join(":")
        };
        let context = self
            .cluster
            .context
            .as_deref()
            .map_or("its current context".to_owned(), |name| format!("context {name:?}"));
        match &self.cluster.server {
            Some(server) => format!("server {server}"),
            None => format!("kubeconfig {file}, {context}"),
        }
    }
}

/// Settings that mean nothing here and are told nevertheless, and those of files.
fn others(flags: &GlobalArgs, env: &dyn Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    let idle = &flags._idle;
    let value =
        |flag: &Option<String>, name: &str, default: String| flag.clone().or_else(|| env(name)).unwrap_or(default);
    let rate: f64 = value(&idle.qps, "HELM_QPS", String::new()).parse().unwrap_or(0.0);
    let Paths {
        content_cache,
        registry_config,
        repository_cache,
        repository_config,
        ..
    } = Network::new(flags, env).paths;
    let path = |path: PathBuf| path.display().to_string();
    vec![
        (
            "HELM_BURST_LIMIT",
            value(&idle.burst_limit, "HELM_BURST_LIMIT", "100".to_owned()),
        ),
        ("HELM_CONTENT_CACHE", path(content_cache)),
        ("HELM_QPS", format!("{rate:.2}")),
        ("HELM_REGISTRY_CONFIG", path(registry_config)),
        ("HELM_REPOSITORY_CACHE", path(repository_cache)),
        ("HELM_REPOSITORY_CONFIG", path(repository_config)),
    ]
}

fn paths(list: &str) -> Vec<PathBuf> {
    std::env::split_paths(list)
        .filter(|path| !path.as_os_str().is_empty())
        .collect()
}

fn groups(flags: &[String], list: Option<String>) -> Vec<String> {
    if !flags.is_empty() {
        return flags.to_vec();
    }
    list.into_iter()
        .flat_map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_environment() {
        let environment = |name: &str| match name {
            "HELM_NAMESPACE" => Some("env".to_owned()),
            "HELM_KUBEASGROUPS" => Some("a,b".to_owned()),
            "HELM_MAX_HISTORY" => Some("3".to_owned()),
            "KUBECONFIG" => Some("/a:/b".to_owned()),
            "HELM_DEBUG" => Some("true".to_owned()),
            _ => None,
        };
        let settings = Settings::new(&GlobalArgs::default(), &environment);
        assert_eq!(settings.namespace.as_deref(), Some("env"));
        assert_eq!(settings.cluster.as_groups, ["a", "b"]);
        assert_eq!((settings.max_history, settings.debug), (3, true));
        assert_eq!(settings.cluster_in_words(), "kubeconfig /a:/b, its current context");
        let flags = GlobalArgs {
            namespace: Some("flag".to_owned()),
            ..GlobalArgs::default()
        };
        assert_eq!(Settings::new(&flags, &environment).namespace.as_deref(), Some("flag"));
    }
}
