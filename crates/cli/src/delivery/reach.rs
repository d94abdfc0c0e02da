//! The way to the registries and repositories that things are delivered to.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use ironhelm::bundle::config::{Auth, Kind, Repository};
use ironhelm::bundle::plan::SyncPlan;
use ironhelm::bundle::sync::Targets;
use ironhelm::bundle::upload::projects::Projects;
use ironhelm::bundle::upload::{ChartTarget, Connection, OpenedTarget};
use ironhelm::registry::oci::RetryPolicy;
use ironhelm::registry::transport::{Pem, TlsOptions};
use ironhelm::registry::{
    Access, Credentials, Error, Registry, RegistryOptions, TlsProblem, Transport, TransportOptions,
};

use crate::context::Context;
use crate::failure::Failure;

/// How servers are reached.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub(crate) struct ReachArgs {
    /// Accept any certificate, and plain http
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Speak http with the registry
    #[arg(long)]
    pub(crate) plain_http: bool,
    /// File with the certificate authorities to trust
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<String>,
    /// How many requests are under way at once
    #[arg(long, default_value_t = 6, value_parser = parse_connections, value_name = "NUMBER")]
    pub(crate) connections: usize,
    /// Bytes in one request at most, for proxies that limit them; 0 for no limit
    #[arg(long, default_value_t = 0, value_name = "BYTES")]
    pub(crate) chunk_size: u64,
}

fn parse_connections(text: &str) -> Result<usize, &'static str> {
    let number = text.parse().ok().filter(|number| (1..=64).contains(number));
    number.ok_or("must be a number from 1 to 64")
}

/// The way there, with what the configuration says on top of the flags.
pub(crate) struct Reach<'r, P> {
    pub(crate) args: &'r ReachArgs,
    pub(crate) context: &'r Context<P>,
    /// Credentials for image registries by host.
    pub(crate) credentials: BTreeMap<String, Auth>,
    /// Hosts that the configuration itself reaches by http.
    pub(crate) plain_hosts: Vec<String>,
}

/// How long a server may take to say which protocol it speaks.
const PROBE: Duration = Duration::from_secs(10);

impl<P> Reach<'_, P> {
    /// Connects to everything that the plan speaks of, and shows the credentials once.
    pub(crate) async fn targets(&self, plan: &mut SyncPlan, charts: Option<&Repository>) -> Result<Targets, Failure> {
        let transport = self.transport(TransportOptions::default())?;
        let mut targets = Targets::default();
        let hosts: Vec<String> = plan.images.iter().map(|image| image.registry.clone()).collect();
        for host in hosts {
            if targets.registries.contains_key(&host) {
                continue;
            }
            let registry = self.registry(&host, &transport).await?;
            let home = format!("{}://{host}", registry.origin().scheme());
            let access = access(&home, self.known_credentials(&host).await?);
            let projects = Projects::new(&home, transport.clone(), access).map_err(|error| Failure::upload(&error))?;
            targets.projects.insert(host.clone(), projects);
            targets.registries.insert(host, registry);
        }
        if let Some(repository) = charts {
            let opened = self.chart_target(repository, &transport, plan, &mut targets).await?;
            targets.charts = Some(opened);
        }
        Ok(targets)
    }

    async fn chart_target(
        &self,
        repository: &Repository,
        transport: &Transport,
        plan: &mut SyncPlan,
        targets: &mut Targets,
    ) -> Result<ChartTarget, Failure> {
        let host = host_of(&repository.url).to_owned();
        let own = repository
            .auth
            .as_ref()
            .filter(|auth| !auth.username.is_empty() && !auth.password.is_empty());
        let credentials = match own {
            Some(auth) => Some(Credentials::basic(&auth.username, &auth.password)),
            None if repository.kind == Kind::Oci => self.known_credentials(&host).await?,
            None => None,
        };
        let is_open = repository.kind == Kind::Oci && !repository.url.starts_with("http");
        let plain_http = is_open && self.speaks_http(&host).await?;
        let connection = Connection {
            transport: transport.clone(),
            access: access(&repository.url, credentials.clone()),
            registry: RegistryOptions {
                plain_http,
                credentials: credentials.clone(),
                ..self.registry_options()
            },
            now: jiff::Timestamp::now().to_string(),
        };
        let OpenedTarget { target, notice } = ChartTarget::open(repository, connection)
            .await
            .map_err(|error| Failure::upload(&error))?;
        notice.iter().for_each(|notice| self.context.console.warn(notice));
        if let (Kind::Harbor, Some(project)) = (repository.kind, project_of(&repository.url)) {
            let access = access(&repository.url, credentials);
            if let Ok(projects) = Projects::new(&repository.url, transport.clone(), access) {
                plan.need_project(&host, project);
                targets.projects.entry(host).or_insert(projects);
            }
        }
        Ok(target)
    }

    /// The registry at `host`, which knows us.
    async fn registry(&self, host: &str, transport: &Transport) -> Result<Registry, Failure> {
        let options = RegistryOptions {
            plain_http: self.speaks_http(host).await?,
            credentials: self.known_credentials(host).await?,
            ..self.registry_options()
        };
        let registry = Registry::new(host, transport.clone(), options).map_err(|error| Failure::destination(&error))?;
        registry.ping().await.map_err(|error| Failure::destination(&error))?;
        Ok(registry)
    }

    fn registry_options(&self) -> RegistryOptions {
        RegistryOptions {
            trusted_realms: self.context.settings.network.trusted_realms.clone(),
            chunk_size: Some(self.args.chunk_size).filter(|size| *size > 0),
            ..RegistryOptions::default()
        }
    }

    fn transport(&self, options: TransportOptions) -> Result<Transport, Failure> {
        let ca = self.args.ca_file.as_ref().filter(|path| !path.is_empty());
        let options = TransportOptions {
            tls: TlsOptions {
                ca: ca.map(|path| Pem::File(path.into())),
                identity: None,
                insecure_skip_verify: self.args.insecure,
            },
            proxy: self.context.settings.network.proxy.clone(),
            ..options
        };
        Transport::new(&options).map_err(|error| Failure::destination(&error))
    }

    /// The credentials for a registry: those of the command, else those of a login.
    async fn known_credentials(&self, host: &str) -> Result<Option<Credentials>, Failure> {
        let own = self.credentials.iter().find(|(known, _)| same_host(known, host));
        match own {
            Some((_, auth)) => Ok(Some(Credentials::basic(&auth.username, &auth.password))),
            None => {
                let logins = self.context.settings.network.logins();
                logins.find(host).await.map_err(|error| Failure::destination(&error))
            }
        }
    }

    /// Whether http has to be spoken. Credentials are not shown before this is known.
    async fn speaks_http(&self, host: &str) -> Result<bool, Failure> {
        if self.args.plain_http || self.plain_hosts.iter().any(|plain| plain == host) {
            return Ok(true);
        }
        if !(self.args.insecure || is_private(host)) {
            return Ok(false);
        }
        let transport = self.transport(TransportOptions {
            connect_timeout: PROBE,
            stall_timeout: PROBE,
            ..TransportOptions::default()
        })?;
        if !is_unspoken(&probe(host, &transport, false).await) {
            return Ok(false);
        }
        let is_plain = !is_unspoken(&probe(host, &transport, true).await);
        if is_plain && !is_loopback(host) {
            self.context.console.warn(&format!(
                "registry {host} speaks plain http: passwords can be read on the way; --plain-http says that this is meant"
            ));
        }
        Ok(is_plain)
    }
}

/// One request without credentials.
async fn probe(host: &str, transport: &Transport, plain_http: bool) -> Result<(), Error> {
    let options = RegistryOptions {
        plain_http,
        retry: RetryPolicy::never(),
        ..RegistryOptions::default()
    };
    Registry::new(host, transport.clone(), options)?.ping().await
}

/// Whether the server does not speak the protocol at all.
fn is_unspoken(answer: &Result<(), Error>) -> bool {
    matches!(
        answer,
        Err(Error::Unreachable { .. }
            | Error::Stalled { .. }
            | Error::Truncated { .. }
            | Error::Tls {
                problem: TlsProblem::NotTls,
                ..
            })
    )
}

/// charts-syncer: hosts that may be reached by http without being asked for it.
fn is_private(host: &str) -> bool {
    let name = name_of(host);
    match name.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_loopback(),
        Ok(IpAddr::V6(address)) => address.is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".local") || name.ends_with(".localhost"),
    }
}

fn is_loopback(host: &str) -> bool {
    let name = name_of(host);
    let address: Option<IpAddr> = name.trim_matches(['[', ']']).parse().ok();
    address.map_or(name == "localhost", |address| address.is_loopback())
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// Docker Hub has three names.
fn same_host(a: &str, b: &str) -> bool {
    let is_hub = |host: &str| matches!(host, "docker.io" | "index.docker.io" | "registry-1.docker.io");
    a == b || is_hub(a) && is_hub(b)
}

/// `host[:port]` of an address.
pub(crate) fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    host.rsplit_once('@').map_or(host, |(_, host)| host)
}

/// charts-syncer: the project is the last part of the address.
fn project_of(url: &str) -> Option<&str> {
    let path = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest)
        .trim_end_matches('/');
    let (_, project) = path.rsplit_once('/')?;
    Some(project).filter(|project| !project.is_empty())
}

fn access(url: &str, credentials: Option<Credentials>) -> Access {
    match (ironhelm::registry::Origin::parse(url), credentials) {
        (Some(origin), Some(credentials)) => Access::new(origin, credentials),
        _ => Access::anonymous(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_hosts_may_speak_http() {
        for host in [
            "10.16.23.145",
            "192.168.1.1:5000",
            "localhost:5000",
            "127.0.0.1:80",
            "[::1]:5000",
            "r.local",
        ] {
            assert!(is_private(host), "{host}");
        }
        for host in ["8.8.8.8", "registry.example.com:5000", "localhost.example.com"] {
            assert!(!is_private(host), "{host}");
        }
    }

    #[test]
    fn addresses_tell_host_and_project() {
        let url = "http://u:p@10.16.23.145:80/chartrepo/shop/";
        assert_eq!((host_of(url), project_of(url)), ("10.16.23.145:80", Some("shop")));
    }
}
