//! `search`: charts by keyword.

use ironhelm::repository::Repositories;
use ironhelm::repository::search::{Found, Query, Warning, search};
use ironhelm_golang::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::flags::{Format, OutputArgs, parse_int};
use crate::release_output;
use crate::table::Table;

/// Where to search.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Search the repositories that were added
    Repo(RepoArgs),
    /// Not here: search Artifact Hub
    #[command(hide = true)]
    Hub(HubArgs),
}

/// Flags of `search repo`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct RepoArgs {
    #[arg(hide = true)]
    words: Vec<String>,
    /// The words are a regular expression
    #[arg(long, short)]
    regexp: bool,
    /// Show every version
    #[arg(long, short = 'l')]
    versions: bool,
    /// Versions under development too: --version '>0.0.0-0'; has no effect with --version
    #[arg(long)]
    devel: bool,
    /// Only versions in this range
    #[arg(long, value_name = "RANGE")]
    version: Option<String>,
    /// How wide a column is at most; 0 for any width
    #[arg(long, default_value = "50", value_parser = parse_int, value_name = "INT")]
    max_col_width: i64,
    /// Fail if nothing is found
    #[arg(long)]
    fail_on_no_result: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Flags of `search hub`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[allow(dead_code, reason = "taken so that the refusal is about the command")]
pub(crate) struct HubArgs {
    words: Vec<String>,
    #[arg(long)]
    endpoint: Option<String>,
    #[arg(long)]
    list_repo_url: bool,
    #[arg(long)]
    max_col_width: Option<String>,
    #[arg(long)]
    fail_on_no_result: bool,
    #[arg(long, short)]
    output: Option<String>,
}

/// Searches.
pub(crate) fn run<P>(command: &Command, context: &Context<P>) -> Result<(), Failure> {
    match command {
        Command::Repo(args) => in_repositories(args, context),
        Command::Hub(_) => Err(Failure::new("search hub: Artifact Hub is not asked from here").hint(
            "look at https://artifacthub.io, `ironhelm repo add NAME URL` what you find, then `ironhelm search repo`",
        )),
    }
}

fn in_repositories<P>(args: &RepoArgs, context: &Context<P>) -> Result<(), Failure> {
    let paths = &context.settings.network.paths;
    let repositories = Repositories::load(&paths.repository_config).map_err(|error| Failure::of(&error))?;
    let query = Query {
        term: (!args.words.is_empty()).then(|| args.words.join(" ")),
        regexp: args.regexp,
        versions: args.versions,
        devel: args.devel,
        version: args.version.clone().unwrap_or_default(),
    };
    let found = search(&repositories, paths, &query).map_err(|error| Failure::search(&error))?;
    warn(&found, context);
    if found.hits.is_empty() && args.fail_on_no_result {
        return Err(Failure::new("no results found"));
    }
    let text = match args.output.output {
        Format::Table => table(&found, args.max_col_width),
        Format::Json => listed(&found),
        Format::Yaml => release_output::json_as_yaml(&listed(&found)),
    };
    context.console.data(&text);
    Ok(())
}

fn warn<P>(found: &Found, context: &Context<P>) {
    for warning in &found.warnings {
        match warning {
            Warning::Repository { name, error } => {
                context
                    .console
                    .warn_of("repo is corrupt or missing", &[("repo", name), ("error", error)]);
            }
            Warning::Entry { message } => context.console.warn(message),
        }
    }
}

fn table(found: &Found, width: i64) -> String {
    if found.hits.is_empty() {
        return "No results found\n".to_owned();
    }
    let headers = ["NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION"];
    let mut table = Table::new(&headers).at_most(usize::try_from(width).unwrap_or(0));
    for hit in &found.hits {
        let cells = [&hit.name, &hit.version, &hit.app_version, &hit.description];
        table.row(cells.map(Clone::clone).to_vec());
    }
    table.text()
}

fn listed(found: &Found) -> String {
    let mut json = json::Writer::new(json::Style::default());
    json.begin_array();
    found.hits.iter().for_each(|hit| hit.write_json(&mut json));
    json.end_array();
    json.finish() + "\n"
}
