//! What the environment and the global flags say; flags win.

use std::path::PathBuf;

use ironhelm::Overrides;
use ironhelm_golang::strconv::parse_bool;

use crate::cli::GlobalArgs;

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
        }
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
