//! `registry`: logins to OCI registries.

use ironhelm::registry::login::{login, logout};
use ironhelm::registry::{Credentials, RegistryOptions};

use crate::commands::Usage;
use crate::context::Context;
use crate::failure::Failure;
use crate::network::TlsArgs;
use crate::prompt;

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Log in to a registry
    Login(LoginArgs),
    /// Forget the login to a registry
    Logout(LogoutArgs),
}

/// Flags of `registry login`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct LoginArgs {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// User name
    #[arg(long, short, value_name = "NAME")]
    username: Option<String>,
    /// Password or identity token
    #[arg(long, short, value_name = "PASSWORD")]
    password: Option<String>,
    /// Read the password or identity token from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Do not check the registry's certificate
    #[arg(long)]
    insecure: bool,
    #[command(flatten)]
    tls: TlsArgs,
    /// Speak http with the registry
    #[arg(long)]
    plain_http: bool,
}

/// Flags of `registry logout`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct LogoutArgs {
    #[arg(hide = true)]
    arguments: Vec<String>,
}

/// Does it.
pub(crate) async fn run<P>(command: &Command, context: &Context<P>) -> Result<(), Failure> {
    match command {
        Command::Login(args) => log_in(args, context).await,
        Command::Logout(args) => log_out(args, context).await,
    }
}

async fn log_in<P>(args: &LoginArgs, context: &Context<P>) -> Result<(), Failure> {
    let host = host(&args.arguments, "registry login")?;
    let credentials = credentials(args, context)?;
    warn_of_path(host, context);
    let remote = context.settings.network.remote(args.plain_http);
    let failed =
        |error: ironhelm::registry::Error| Failure::registry(&error).prefixed(&format!("authenticating to {host:?}: "));
    let transport = remote.transport(&args.tls.tls(args.insecure)).map_err(failed)?;
    let options = RegistryOptions {
        plain_http: args.plain_http,
        ..remote.registry
    };
    login(&remote.logins, host, credentials, transport, options)
        .await
        .map_err(failed)?;
    context.console.data("Login Succeeded\n");
    Ok(())
}

fn host<'a>(arguments: &'a [String], command: &'static str) -> Result<&'a str, Failure> {
    let usage = Usage {
        command,
        arguments: "[host]",
    };
    usage.some(arguments).map(|arguments| arguments[0].as_str())
}

fn credentials<P>(args: &LoginArgs, context: &Context<P>) -> Result<Credentials, Failure> {
    let console = &context.console;
    let given = |flag: &Option<String>| flag.clone().filter(|text| !text.is_empty());
    if args.password_stdin {
        let password = prompt::password_from_stdin()?;
        let username = given(&args.username).unwrap_or_default();
        return Ok(token_or_password(username, password));
    }
    if let Some(password) = given(&args.password) {
        console.warn("using --password via the CLI is insecure. Use --password-stdin");
        let username = given(&args.username).unwrap_or_default();
        return Ok(token_or_password(username, password));
    }
    let username = match given(&args.username) {
        Some(username) => username,
        None => prompt::line("Username: ", console)?,
    };
    let question = if username.is_empty() { "Token: " } else { "Password: " };
    let password = prompt::secret(question, console)?;
    if password.is_empty() {
        return Err(Failure::new(if username.is_empty() {
            "token required"
        } else {
            "password required"
        }));
    }
    Ok(token_or_password(username, password))
}

/// Helm: a password without a user is an identity token.
fn token_or_password(username: String, password: String) -> Credentials {
    if username.is_empty() {
        Credentials::IdentityToken(password)
    } else {
        Credentials::basic(username, password)
    }
}

/// Helm: a path is taken and said to be of no use.
fn warn_of_path<P>(host: &str, context: &Context<P>) {
    if let Some((suggested, _)) = host.split_once('/') {
        let text = "registry login currently only supports registry hostname, not a repository path";
        context
            .console
            .warn_of(text, &[("host", host), ("suggested", suggested)]);
    }
}

async fn log_out<P>(args: &LogoutArgs, context: &Context<P>) -> Result<(), Failure> {
    let host = host(&args.arguments, "registry logout")?;
    context
        .console
        .data(&format!("Removing login credentials for {host}\n"));
    let logins = context.settings.network.logins();
    logout(&logins, host).await.map_err(|error| Failure::registry(&error))
}
