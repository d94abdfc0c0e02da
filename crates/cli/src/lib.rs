//! The command line: arguments in, verbs called, results printed, exit codes out.
//!
//! Flags, environment, outputs and exit codes are Helm's. [`main`] is the whole program; [`run`] is one command on a
//! [`Platform`] of choice, which is how tests drive it on a cluster in memory.

mod arguments;
mod bundles;
mod chart_args;
mod cli;
mod clock;
mod commands;
mod context;
mod delivery;
mod demo_charts;
mod dependencies;
mod failure;
mod failure_bundles;
mod flags;
mod inputs;
mod jsonpath;
mod network;
mod offline;
mod output;
mod page;
mod post_renderer;
mod progress;
mod prompt;
mod release_output;
mod relocation;
mod report;
mod resources;
mod selector;
mod settings;
mod signals;
mod suggest;
mod table;
mod transfer;
mod unsupported;

use std::error::Error;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};

use crate::arguments::{CommandLine, shown, understand};
use crate::cli::Cli;
pub use crate::context::{Connected, Context, InMemory, Kubernetes, Platform};
pub use crate::failure::Failure;
pub use crate::network::Network;
pub use crate::output::{Console, Printed};
pub use crate::settings::Settings;

/// The program: runs the command of the process's arguments on the cluster that its environment names.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let environment = |name: &str| std::env::var(name).ok();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            Failure::of(&error).print(&Console::process());
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(run(&arguments, &environment, Console::process(), Kubernetes))
}

/// Runs one command.
pub async fn run<P: Platform>(
    arguments: &[String],
    environment: &dyn Fn(&str) -> Option<String>,
    console: Console,
    platform: P,
) -> ExitCode {
    let cli = match parse(arguments, &console) {
        Ok(Some(cli)) => cli,
        Ok(None) => return ExitCode::SUCCESS,
        Err(failure) => {
            failure.print(&console);
            return ExitCode::FAILURE;
        }
    };
    let settings = Settings::new(&cli.global, environment);
    if settings.debug {
        log_to_stderr();
    }
    let context = Context {
        settings,
        console,
        platform,
    };
    // The futures of a verb are large; on the heap they do not burden the stack.
    let outcome = Box::pin(commands::run(&cli.command, &context)).await;
    let lost = context
        .console
        .lost()
        .map(|reason| Failure::new(format!("unable to write the output: {reason}")));
    match outcome.and(lost.map_or(Ok(()), Err)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print(&context.console);
            ExitCode::from(failure.code())
        }
    }
}

/// Reads the command line; `None` when help was asked for and has been printed.
fn parse(arguments: &[String], console: &Console) -> Result<Option<Cli>, Failure> {
    let mut root = Cli::command();
    root.build();
    let CommandLine { argv, notes } = understand(&root, arguments).map_err(|error| Failure::of(&error))?;
    notes.iter().for_each(|note| console.talk(note));
    let program = std::iter::once("ironhelm".to_owned());
    let matches = Cli::command().try_get_matches_from(program.chain(argv));
    match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => Ok(Some(cli)),
        Err(error) if is_help(error.kind()) => {
            console.data(&error.render().to_string());
            Ok(None)
        }
        Err(error) => Err(Failure::new(argument_text(&error, &root))),
    }
}

fn is_help(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    )
}

/// A wrong value in pflag's words.
fn argument_text(error: &clap::Error, root: &clap::Command) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let (Some(flag), Some(value)) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue)) else {
        return error.to_string().trim_start_matches("error: ").trim_end().to_owned();
    };
    let long = flag
        .trim_start_matches("--")
        .split([' ', '=', '['])
        .next()
        .unwrap_or_default();
    let flag = find_flag(root, long).map_or_else(|| format!("--{long}"), shown);
    let reason = error.source().map(ToString::to_string).unwrap_or_default();
    format!("invalid argument {value:?} for \"{flag}\" flag: {reason}")
}

fn find_flag<'c>(command: &'c clap::Command, long: &str) -> Option<&'c clap::Arg> {
    let own = command.get_arguments().find(|flag| flag.get_long() == Some(long));
    own.or_else(|| command.get_subcommands().find_map(|command| find_flag(command, long)))
}

fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::new("ironhelm=debug,ironhelm_action=debug,ironhelm_cluster=debug");
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .with_ansi(false)
        .log_internal_errors(false);
    // Whoever embeds us may have a subscriber already.
    drop(log.try_init());
}
