//! `repo`: chart repositories.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ironhelm::repository::index::{GenerateOptions, generate};
use ironhelm::repository::{
    AddOptions, Added, HttpRemote, RepositoryEntry, UpdateEvent, add, list, remove, select, update,
};
use serde_json::json;

use crate::commands::Usage;
use crate::context::Context;
use crate::failure::Failure;
use crate::flags::{Format, OutputArgs, parse_span};
use crate::network::TlsArgs;
use crate::release_output;
use crate::table::Table;
use crate::{clock, prompt};

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Add a repository
    Add(AddArgs),
    /// Write the index of a directory with chart archives
    Index(IndexArgs),
    /// List the repositories
    #[command(alias = "ls")]
    List(ListArgs),
    /// Remove repositories
    #[command(alias = "rm")]
    Remove(NamesArgs),
    /// Fetch the indexes of repositories anew
    #[command(alias = "up")]
    Update(UpdateArgs),
}

/// Flags of `repo add`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct AddArgs {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// User name at the repository
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Password at the repository
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Replace a repository of this name
    #[arg(long)]
    force_update: bool,
    #[command(flatten)]
    tls: TlsArgs,
    /// Do not check the server's certificate
    #[arg(long)]
    insecure_skip_tls_verify: bool,
    /// Show user and password to every server that the index names
    #[arg(long)]
    pass_credentials: bool,
    /// Take the addresses of charts that have moved long ago
    #[arg(long)]
    allow_deprecated_repos: bool,
    #[command(flatten)]
    time: TimeArgs,
}

/// Flags of `repo update`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct UpdateArgs {
    #[arg(hide = true)]
    names: Vec<String>,
    #[command(flatten)]
    time: TimeArgs,
}

/// How long servers are waited for.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct TimeArgs {
    /// How long to wait for a server that says nothing
    #[arg(long, default_value = "2m0s", value_parser = parse_span, value_name = "DURATION")]
    timeout: Duration,
}

/// Flags of `repo list`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct ListArgs {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// Without the first line
    #[arg(long)]
    no_headers: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Flags of `repo remove`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct NamesArgs {
    #[arg(hide = true)]
    names: Vec<String>,
}

/// Flags of `repo index`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct IndexArgs {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// URL that the archives will be below
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Keep the entries of this index too
    #[arg(long, value_name = "FILE")]
    merge: Option<String>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// Does it.
pub(crate) async fn run<P>(command: &Command, context: &Context<P>) -> Result<(), Failure> {
    match command {
        Command::Add(args) => run_add(args, context).await,
        Command::Index(args) => run_index(args),
        Command::List(args) => run_list(args, context),
        Command::Remove(args) => run_remove(args, context),
        Command::Update(args) => run_update(args, context).await,
    }
}

async fn run_add<P>(args: &AddArgs, context: &Context<P>) -> Result<(), Failure> {
    let usage = Usage {
        command: "repo add",
        arguments: "[NAME] [URL]",
    };
    let [name, url] = usage.exactly::<2>(&args.arguments)?;
    let entry = entry(name, url, args, context)?;
    let options = AddOptions {
        force_update: args.force_update,
        allow_deprecated: args.allow_deprecated_repos,
    };
    let added = add(
        &context.settings.network.paths,
        entry,
        options,
        &args.time.remote(context),
    )
    .await;
    let told = match added.map_err(|error| Failure::add_repository(&error))? {
        Added::New => format!("{name:?} has been added to your repositories\n"),
        Added::Unchanged => format!("{name:?} already exists with the same configuration, skipping\n"),
    };
    context.console.data(&told);
    Ok(())
}

fn entry<P>(name: &str, url: &str, args: &AddArgs, context: &Context<P>) -> Result<RepositoryEntry, Failure> {
    let text = |flag: &Option<String>| flag.clone().unwrap_or_default();
    let username = text(&args.username);
    let mut password = text(&args.password);
    if args.password_stdin && !username.is_empty() {
        password = prompt::password_from_stdin()?;
    } else if !username.is_empty() && password.is_empty() {
        password = prompt::password(&context.console)?;
    }
    let file = |flag: &Option<String>| {
        flag.as_ref()
            .filter(|path| !path.is_empty())
            .map_or_else(String::new, |path| whole(path))
    };
    Ok(RepositoryEntry {
        name: name.to_owned(),
        url: url.to_owned(),
        username,
        password,
        cert_file: file(&args.tls.cert_file),
        key_file: file(&args.tls.key_file),
        ca_file: file(&args.tls.ca_file),
        insecure_skip_tls_verify: args.insecure_skip_tls_verify,
        pass_credentials_all: args.pass_credentials,
    })
}

/// A file that will be named in a configuration, from wherever that is read.
fn whole(path: &str) -> String {
    std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.display().to_string())
}

impl TimeArgs {
    fn remote<P>(&self, context: &Context<P>) -> HttpRemote {
        let mut remote = context.settings.network.remote(false);
        if !self.timeout.is_zero() {
            remote.transport.connect_timeout = remote.transport.connect_timeout.min(self.timeout);
            remote.transport.stall_timeout = self.timeout;
        }
        remote
    }
}

fn run_list<P>(args: &ListArgs, context: &Context<P>) -> Result<(), Failure> {
    let usage = Usage {
        command: "repo list",
        arguments: "",
    };
    usage.exactly::<0>(&args.arguments)?;
    let entries = list(&context.settings.network.paths).map_err(|error| Failure::of(&error))?;
    let format = args.output.output;
    if format != Format::Table {
        let listed = entries
            .iter()
            .map(|entry| json!({ "name": entry.name, "url": entry.url }));
        context.console.data(&release_output::tree(&listed.collect(), format));
        return Ok(());
    }
    if entries.is_empty() {
        context.console.talk("no repositories to show");
        return Ok(());
    }
    let mut table = Table::new(&["NAME", "URL"]);
    for entry in entries {
        table.row(vec![entry.name, entry.url]);
    }
    let table = if args.no_headers {
        table.without_headers()
    } else {
        table
    };
    context.console.data(&table.text());
    Ok(())
}

fn run_remove<P>(args: &NamesArgs, context: &Context<P>) -> Result<(), Failure> {
    let usage = Usage {
        command: "repo remove",
        arguments: "[REPO1 [REPO2 ...]]",
    };
    for name in usage.some(&args.names)? {
        remove(&context.settings.network.paths, name).map_err(|error| Failure::of(&error))?;
        context
            .console
            .data(&format!("{name:?} has been removed from your repositories\n"));
    }
    Ok(())
}

async fn run_update<P>(args: &UpdateArgs, context: &Context<P>) -> Result<(), Failure> {
    let paths = &context.settings.network.paths;
    let entries = select(paths, &args.names).map_err(|error| Failure::update_repositories(&error))?;
    let console = &context.console;
    let say = |text: &str| console.data(text);
    say("Hang tight while we grab the latest from your chart repositories...\n");
    let tell = |event: UpdateEvent| say(&format!("{}\n", told(&event)));
    let updated = update(paths, &entries, &args.time.remote(context), &tell).await;
    updated.map_err(|error| Failure::update_repositories(&error))?;
    say("Update Complete. ⎈Happy Helming!⎈\n");
    Ok(())
}

fn told(event: &UpdateEvent) -> String {
    match event {
        UpdateEvent::Updated { name } => format!("...Successfully got an update from the {name:?} chart repository"),
        UpdateEvent::Failed { name, url, reason } => {
            format!("...Unable to get an update from the {name:?} chart repository ({url}):\n\t{reason}")
        }
    }
}

fn run_index(args: &IndexArgs) -> Result<(), Failure> {
    let usage = Usage {
        command: "repo index",
        arguments: "[DIR]",
    };
    let [directory] = usage.exactly::<1>(&args.arguments)?;
    let directory = std::path::absolute(Path::new(directory)).unwrap_or_default();
    let options = GenerateOptions {
        url: args.url.clone().unwrap_or_default(),
        merge: args.merge.as_ref().filter(|path| !path.is_empty()).map(PathBuf::from),
        json: args.json,
        now: clock::go_timestamp(),
    };
    generate(&directory, &options).map_err(|error| Failure::of(&error))
}
