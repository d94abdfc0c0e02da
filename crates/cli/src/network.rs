//! The way to repositories and registries: what the environment says, and the flags of servers.

use std::path::{Path, PathBuf};

use clap::Args;
use ironhelm::ChartSources;
use ironhelm::registry::transport::{Identity, Pem, ProxyOptions, TlsOptions};
use ironhelm::registry::{CredentialStore, Credentials, RegistryOptions, TransportOptions};
use ironhelm::repository::{Access, HttpRemote, Paths, Tls};

use crate::cli::GlobalArgs;

/// Where Helm's files are and how servers are reached.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// Repositories, indexes, caches, logins.
    pub paths: Paths,
    /// The proxies.
    pub proxy: ProxyOptions,
    /// Docker's logins, asked after Helm's.
    pub docker_config: Option<PathBuf>,
    /// The keyring for provenance files.
    pub keyring: PathBuf,
    /// Hosts of token servers that may have the credentials of registries elsewhere.
    pub trusted_realms: Vec<String>,
}

impl Network {
    pub(crate) fn new(flags: &GlobalArgs, env: &dyn Fn(&str) -> Option<String>) -> Self {
        // Go: the name in capitals is asked first.
        let proxy = |name: &str| env(name).or_else(|| env(&name.to_lowercase()));
        let home = |own: &str, below: &str| {
            let user = || env("HOME").map(|home| Path::new(&home).join(below));
            env(own).map(PathBuf::from).or_else(user)
        };
        Self {
            paths: Paths::from_environment(|name| flags.path(name).or_else(|| env(name))),
            proxy: ProxyOptions {
                http: proxy("HTTP_PROXY"),
                https: proxy("HTTPS_PROXY"),
                no_proxy: proxy("NO_PROXY"),
            },
            docker_config: home("DOCKER_CONFIG", ".docker").map(|folder| folder.join("config.json")),
            keyring: home("GNUPGHOME", ".gnupg").unwrap_or_default().join("pubring.gpg"),
            trusted_realms: env("IRONHELM_TRUSTED_TOKEN_SERVERS")
                .map(|list| list.split(',').map(|host| host.trim().to_owned()).collect())
                .unwrap_or_default(),
        }
    }

    /// Charts from everywhere.
    pub(crate) fn sources(&self, plain_http: bool) -> ChartSources {
        ChartSources {
            paths: self.paths.clone(),
            remote: self.remote(plain_http),
        }
    }

    /// Everything that is not on this machine.
    pub(crate) fn remote(&self, plain_http: bool) -> HttpRemote {
        HttpRemote {
            transport: TransportOptions {
                proxy: self.proxy.clone(),
                ..TransportOptions::default()
            },
            registry: RegistryOptions {
                plain_http,
                trusted_realms: self.trusted_realms.clone(),
                ..RegistryOptions::default()
            },
            logins: self.logins(),
        }
    }

    /// The logins to registries.
    pub(crate) fn logins(&self) -> CredentialStore {
        CredentialStore {
            path: self.paths.registry_config.clone(),
            fallback: self.docker_config.clone(),
            helper_directory: None,
        }
    }

    /// The keyring of a flag, else the usual one.
    pub(crate) fn keyring(&self, flag: Option<&String>) -> PathBuf {
        flag.filter(|path| !path.is_empty())
            .map_or_else(|| self.keyring.clone(), PathBuf::from)
    }
}

/// Who we are to a server, and whom to trust.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(crate) struct ServerArgs {
    /// User name at the server
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Password at the server
    #[arg(long, value_name = "PASSWORD")]
    pub(crate) password: Option<String>,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    /// Do not check the server's certificate
    #[arg(long)]
    pub(crate) insecure_skip_tls_verify: bool,
    /// Speak http with registries
    #[arg(long)]
    pub(crate) plain_http: bool,
}

/// Certificates.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(crate) struct TlsArgs {
    /// File with the certificate authorities to trust
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<String>,
    /// File with the client's certificate
    #[arg(long, value_name = "FILE")]
    pub(crate) cert_file: Option<String>,
    /// File with the client's key
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<String>,
}

impl TlsArgs {
    pub(crate) fn tls(&self, insecure_skip_verify: bool) -> Tls {
        let text = |flag: &Option<String>| flag.clone().unwrap_or_default();
        Tls {
            ca_file: text(&self.ca_file),
            cert_file: text(&self.cert_file),
            key_file: text(&self.key_file),
            insecure_skip_verify,
        }
    }
}

impl ServerArgs {
    pub(crate) fn tls(&self) -> Tls {
        self.tls.tls(self.insecure_skip_tls_verify)
    }

    /// User and password, if either is given.
    pub(crate) fn credentials(&self) -> Option<Credentials> {
        let text = |flag: &Option<String>| flag.clone().unwrap_or_default();
        let (username, password) = (text(&self.username), text(&self.password));
        (!username.is_empty() || !password.is_empty()).then(|| Credentials::basic(username, password))
    }

    /// `remote` with these flags for every registry that it is asked of.
    pub(crate) fn applied_to(&self, mut remote: HttpRemote) -> HttpRemote {
        let file = |flag: &Option<String>| {
            flag.as_ref()
                .filter(|path| !path.is_empty())
                .map(|path| Pem::File(path.into()))
        };
        let identity = file(&self.tls.cert_file).zip(file(&self.tls.key_file));
        remote.transport.tls = TlsOptions {
            ca: file(&self.tls.ca_file),
            identity: identity.map(|(certificate, key)| Identity { certificate, key }),
            insecure_skip_verify: self.insecure_skip_tls_verify,
        };
        remote.registry.credentials = self.credentials();
        remote
    }

    /// Access to a registry by these flags alone.
    pub(crate) fn access(&self) -> Access {
        Access {
            credentials: None,
            tls: self.tls(),
        }
    }
}
