//! From a kubeconfig to a connection.

use std::path::PathBuf;
use std::time::Duration;

use ironhelm_action::full_text;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use crate::kubernetes::KubeCluster;

/// How long the connection to a server may take.
const CONNECTING: Duration = Duration::from_secs(10);

/// What a caller may say about the cluster. The default is the current context of the kubeconfig that kubectl uses.
#[derive(Clone, Default)]
pub struct Overrides {
    /// Kubeconfig files, the first one wins; empty for kubectl's rule (`KUBECONFIG`, then `~/.kube/config`).
    pub kubeconfig: Vec<PathBuf>,
    /// The context, in place of the current one.
    pub context: Option<String>,
    /// The API server's address.
    pub server: Option<String>,
    /// A bearer token.
    pub token: Option<String>,
    /// The user to act as.
    pub as_user: Option<String>,
    /// The groups to act as.
    pub as_groups: Vec<String>,
    /// A file with the certificate authorities to trust.
    pub certificate_authority: Option<PathBuf>,
    /// The name to expect in the server's certificate.
    pub tls_server_name: Option<String>,
    /// Do not check the server's certificate.
    pub insecure: bool,
}

/// The token stays out of logs.
impl std::fmt::Debug for Overrides {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Overrides")
            .field("kubeconfig", &self.kubeconfig)
            .field("context", &self.context)
            .field("server", &self.server)
            .field("token", &self.token.as_ref().map(|_| "…"))
            .field("as_user", &self.as_user)
            .finish_non_exhaustive()
    }
}

/// A cluster, and the namespace that its context names.
#[derive(Clone)]
pub struct Connection {
    /// The cluster.
    pub cluster: KubeCluster,
    /// The namespace of the context; `default` when it has none.
    pub namespace: String,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The kubeconfig cannot be used.
    #[error("{reason}")]
    Kubeconfig {
        /// What is wrong with which file or context.
        reason: String,
    },
    /// An override makes no sense.
    #[error("invalid {what} {value:?}")]
    Override {
        /// Which one.
        what: &'static str,
        /// What was given.
        value: String,
    },
    /// No client can be made of what was given.
    #[error("cannot talk to the cluster: {reason}")]
    Client {
        /// Why.
        reason: String,
    },
}

/// Connects; no request is sent yet.
///
/// # Errors
/// [`ConnectionError`] when the kubeconfig, the context or an override cannot be used.
pub async fn connect(overrides: &Overrides) -> Result<Connection, ConnectionError> {
    let mut config = load(overrides).await?;
    apply(&mut config, overrides)?;
    config.connect_timeout = Some(CONNECTING);
    let namespace = config.default_namespace.clone();
    let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    // The provider is process-wide in rustls; whoever embeds us may have chosen one already, and that is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::try_from(config).map_err(|error| ConnectionError::Client {
        reason: full_text(&error),
    })?;
    Ok(Connection {
        cluster: KubeCluster::new(client, server),
        namespace,
    })
}

async fn load(overrides: &Overrides) -> Result<Config, ConnectionError> {
    let options = KubeConfigOptions {
        context: overrides.context.clone(),
        ..KubeConfigOptions::default()
    };
    let found = match read(overrides) {
        Ok(found) => found,
        Err(error) if overrides.server.is_none() => return from_nothing(overrides, &error),
        Err(_) => return Ok(Config::new(http::Uri::from_static("https://localhost"))),
    };
    Config::from_custom_kubeconfig(found, &options)
        .await
        .map_err(|error| bad_kubeconfig(overrides, &error))
}

fn read(overrides: &Overrides) -> Result<Kubeconfig, KubeconfigError> {
    let mut merged: Option<Kubeconfig> = None;
    for path in overrides
        .kubeconfig
        .iter()
        .filter(|path| overrides.kubeconfig.len() == 1 || path.exists())
    {
        let next = Kubeconfig::read_from(path)?;
        merged = Some(match merged {
            Some(before) => before.merge(next)?,
            None => next,
        });
    }
    match merged {
        Some(merged) => Ok(merged),
        // Files that were named are not replaced by others in silence.
        None if !overrides.kubeconfig.is_empty() => Kubeconfig::read_from(&overrides.kubeconfig[0]),
        None => Kubeconfig::read(),
    }
}

/// Without a kubeconfig: the service account of the pod that we run in, if we do.
fn from_nothing(overrides: &Overrides, error: &KubeconfigError) -> Result<Config, ConnectionError> {
    if overrides.context.is_some() || !overrides.kubeconfig.is_empty() {
        return Err(bad_kubeconfig(overrides, error));
    }
    // A kubeconfig that is there and cannot be read is no reason to look elsewhere.
    if matches!(error, KubeconfigError::Parse(_)) {
        return Err(bad_kubeconfig(overrides, error));
    }
    Config::incluster().map_err(|_| ConnectionError::Kubeconfig {
        reason: format!(
            "no cluster is configured: {}; set KUBECONFIG or give --kubeconfig FILE",
            full_text(error)
        ),
    })
}

fn bad_kubeconfig(overrides: &Overrides, error: &KubeconfigError) -> ConnectionError {
    let reason = match (&overrides.context, error) {
        (Some(context), KubeconfigError::LoadContext(_)) => format!("context {context:?} does not exist"),
        // The library shows the neighbourhood of the error, which may be somebody's key.
        (_, KubeconfigError::Parse(error)) => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default().trim().trim_end_matches(':');
            format!("the kubeconfig is not valid YAML: {line}")
        }
        _ => full_text(error),
    };
    ConnectionError::Kubeconfig { reason }
}

fn apply(config: &mut Config, overrides: &Overrides) -> Result<(), ConnectionError> {
    let uri = |text: &str| text.parse::<http::Uri>().ok().filter(|uri| uri.host().is_some());
    if let Some(server) = &overrides.server {
        config.cluster_url = uri(server).ok_or_else(|| ConnectionError::Override {
            what: "API server address",
            value: server.clone(),
        })?;
    }
    if let Some(token) = &overrides.token {
        config.auth_info = kube::config::AuthInfo {
            token: Some(token.clone().into()),
            ..Default::default()
        };
    }
    if overrides.as_user.is_some() {
        config.auth_info.impersonate.clone_from(&overrides.as_user);
    }
    if !overrides.as_groups.is_empty() {
        config.auth_info.impersonate_groups = Some(overrides.as_groups.clone());
    }
    if let Some(path) = &overrides.certificate_authority {
        config.root_cert_file = Some(path.clone());
    }
    if overrides.tls_server_name.is_some() {
        config.tls_server_name.clone_from(&overrides.tls_server_name);
    }
    config.accept_invalid_certs |= overrides.insecure;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_that_is_no_yaml_is_told_in_one_line_without_its_contents() {
        let text = "apiVersion: v1\nusers: [{name: a, user: {token: secret-token}}\nclusters: {a: [}\n";
        let error = Kubeconfig::from_yaml(text).expect_err("it is no YAML");
        let reason = bad_kubeconfig(&Overrides::default(), &error).to_string();
        assert!(reason.starts_with("the kubeconfig is not valid YAML: "), "{reason}");
        assert!(!reason.contains('\n') && !reason.contains("secret-token"), "{reason}");
    }
}
