//! The command line: global flags and commands.

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    bundle, completion, create, dependency, env, get, history, images, install, lint, list, package, pull, push,
    registry, repo, rollback, search, show, status, sync, template, uninstall, upgrade, verify, version,
};

/// Installs and upgrades Helm charts.
#[derive(Debug, Parser)]
#[command(
    name = "ironhelm",
    about = "Installs and upgrades Helm charts",
    args_override_self = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    subcommand_required = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Install a chart
    Install(install::Args),
    /// Upgrade a release
    Upgrade(upgrade::Args),
    /// Roll a release back to a previous revision
    Rollback(rollback::Args),
    /// Uninstall releases
    #[command(aliases = ["del", "delete", "un"])]
    Uninstall(uninstall::Args),
    /// Render a chart locally
    Template(template::Args),
    /// Tell what is wrong with charts
    Lint(lint::Args),
    /// Show what is in a chart
    #[command(subcommand, alias = "inspect", arg_required_else_help = true)]
    Show(show::Command),
    /// Make archives of charts
    Package(package::Args),
    /// Check an archive against its provenance file
    Verify(verify::Args),
    /// Look after chart repositories
    #[command(subcommand, arg_required_else_help = true)]
    Repo(repo::Command),
    /// Search for charts
    #[command(subcommand, arg_required_else_help = true)]
    Search(search::Command),
    /// Fetch charts into a directory
    #[command(alias = "fetch")]
    Pull(pull::Args),
    /// Put an archive into a registry
    Push(push::Args),
    /// Log in to registries and out of them
    #[command(subcommand, arg_required_else_help = true)]
    Registry(registry::Command),
    /// Lay out a new chart
    Create(create::Args),
    /// Look after the charts that a chart needs
    #[command(subcommand, aliases = ["dep", "dependencies"], arg_required_else_help = true)]
    Dependency(dependency::Command),
    /// Show what is stored of a release
    #[command(subcommand, arg_required_else_help = true)]
    Get(get::Command),
    /// Show the revisions of a release
    #[command(alias = "hist")]
    History(history::Args),
    /// Show the state of a release
    Status(status::Args),
    /// List releases
    #[command(alias = "ls")]
    List(list::Args),
    /// Make offline bundles
    #[command(subcommand, arg_required_else_help = true)]
    Bundle(bundle::Command),
    /// Send the charts and images of offline bundles to a registry and a chart repository
    Sync(sync::Args),
    /// Look after the images of offline bundles
    #[command(subcommand, alias = "image", arg_required_else_help = true)]
    Images(images::Command),
    /// Print the settings of the environment
    Env(env::Args),
    /// Print a script for a shell that completes command lines
    #[command(subcommand, arg_required_else_help = true)]
    Completion(completion::Command),
    /// Print the version
    Version(version::Args),
    /// Show an upgrade on a cluster in memory
    Demo,
}

/// Flags of every command.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
#[command(next_help_heading = "Global Flags")]
pub(crate) struct GlobalArgs {
    /// Namespace of the release
    #[arg(long, short = 'n', global = true)]
    pub(crate) namespace: Option<String>,
    /// Tell on stderr what is done
    #[arg(long, global = true)]
    pub(crate) debug: bool,
    /// Kubeconfig file
    #[arg(long, global = true)]
    pub(crate) kubeconfig: Option<String>,
    /// Context of the kubeconfig
    #[arg(long, global = true)]
    pub(crate) kube_context: Option<String>,
    /// Address of the API server
    #[arg(long, global = true)]
    pub(crate) kube_apiserver: Option<String>,
    /// Bearer token
    #[arg(long, global = true)]
    pub(crate) kube_token: Option<String>,
    /// User to act as
    #[arg(long, global = true)]
    pub(crate) kube_as_user: Option<String>,
    /// Group to act as; may be repeated
    #[arg(long, global = true)]
    pub(crate) kube_as_group: Vec<String>,
    /// File with the certificate authority of the API server
    #[arg(long, global = true)]
    pub(crate) kube_ca_file: Option<String>,
    /// Name to expect in the API server's certificate
    #[arg(long, global = true)]
    pub(crate) kube_tls_server_name: Option<String>,
    /// Do not check the API server's certificate
    #[arg(long, global = true)]
    pub(crate) kube_insecure_skip_tls_verify: bool,
    /// Directory of downloaded charts
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) content_cache: Option<String>,
    /// File with the logins to registries
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) registry_config: Option<String>,
    /// Directory of downloaded indexes
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) repository_cache: Option<String>,
    /// File with the repositories
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) repository_config: Option<String>,
    #[command(flatten)]
    pub(crate) _idle: IdleGlobalArgs,
}

impl GlobalArgs {
    /// The value of the flag that stands for an environment variable about files.
    pub(crate) fn path(&self, variable: &str) -> Option<String> {
        let flag = match variable {
            "HELM_CONTENT_CACHE" => &self.content_cache,
            "HELM_REGISTRY_CONFIG" => &self.registry_config,
            "HELM_REPOSITORY_CACHE" => &self.repository_cache,
            "HELM_REPOSITORY_CONFIG" => &self.repository_config,
            _ => &None,
        };
        flag.clone().filter(|path| !path.is_empty())
    }
}

/// Helm's global flags that mean nothing here: there is no client-side rate limit and no colour.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
#[allow(dead_code, reason = "taken so that command lines for Helm work")]
pub(crate) struct IdleGlobalArgs {
    #[arg(long, global = true, hide = true)]
    pub(crate) burst_limit: Option<String>,
    #[arg(long, global = true, hide = true)]
    pub(crate) qps: Option<String>,
    #[arg(long, global = true, hide = true)]
    color: Option<String>,
    #[arg(long, global = true, hide = true)]
    colour: Option<String>,
}
