//! One file a command: its flags and what it does.

pub(crate) mod bundle;
pub(crate) mod completion;
pub(crate) mod create;
pub(crate) mod demo;
pub(crate) mod dependency;
pub(crate) mod env;
pub(crate) mod get;
pub(crate) mod history;
pub(crate) mod images;
pub(crate) mod install;
pub(crate) mod lint;
pub(crate) mod list;
pub(crate) mod package;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod registry;
pub(crate) mod repo;
pub(crate) mod rollback;
pub(crate) mod search;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod template;
pub(crate) mod uninstall;
pub(crate) mod upgrade;
pub(crate) mod verify;
pub(crate) mod version;

use ironhelm::release::ReleaseName;

use crate::cli::Command;
use crate::context::{Context, Platform};
use crate::failure::Failure;

/// Runs one command.
pub(crate) async fn run<P: Platform>(command: &Command, context: &Context<P>) -> Result<(), Failure> {
    match command {
        Command::Install(args) => install::run(args, context).await,
        Command::Upgrade(args) => upgrade::run(args, context).await,
        Command::Rollback(args) => rollback::run(args, context).await,
        Command::Uninstall(args) => uninstall::run(args, context).await,
        Command::Template(args) => template::run(args, context).await,
        Command::Lint(args) => lint::run(args, context).await,
        Command::Show(command) => show::run(command, context).await,
        Command::Package(args) => package::run(args, context).await,
        Command::Verify(args) => verify::run(args, context),
        Command::Repo(command) => repo::run(command, context).await,
        Command::Search(command) => search::run(command, context),
        Command::Pull(args) => pull::run(args, context).await,
        Command::Push(args) => push::run(args, context).await,
        Command::Registry(command) => registry::run(command, context).await,
        Command::Create(args) => create::run(args, context),
        Command::Bundle(command) => bundle::run(command, context),
        Command::Sync(args) => sync::run(args, context).await,
        Command::Images(command) => images::run(command, context).await,
        Command::Dependency(command) => dependency::run(command, context).await,
        Command::Env(args) => env::run(args, context).await,
        Command::Completion(command) => completion::run(command, context),
        Command::Get(command) => get::run(command, context).await,
        Command::History(args) => history::run(args, context).await,
        Command::Status(args) => status::run(args, context).await,
        Command::List(args) => list::run(args, context).await,
        Command::Version(args) => version::run(args, context),
        Command::Demo => demo::run(&context.console).await,
    }
}

/// How many arguments a command takes, and its usage line.
pub(crate) struct Usage {
    pub(crate) command: &'static str,
    pub(crate) arguments: &'static str,
}

impl Usage {
    /// The arguments, if there are exactly `N`.
    pub(crate) fn exactly<'a, const N: usize>(&self, given: &'a [String]) -> Result<&'a [String; N], Failure> {
        let wanted = match N {
            0 => "accepts no arguments".to_owned(),
            1 => "requires 1 argument".to_owned(),
            _ => format!("requires {N} arguments"),
        };
        given.try_into().map_err(|_| self.failure(&wanted))
    }

    /// The arguments, if there is at least one.
    pub(crate) fn some<'a>(&self, given: &'a [String]) -> Result<&'a [String], Failure> {
        if given.is_empty() {
            Err(self.failure("requires at least 1 argument"))
        } else {
            Ok(given)
        }
    }

    pub(crate) fn failure(&self, wanted: &str) -> Failure {
        let Self { command, arguments } = self;
        let spaced = if arguments.is_empty() { "" } else { " " };
        Failure::new(format!(
            "\"ironhelm {command}\" {wanted}\n\nUsage:  ironhelm {command}{spaced}{arguments} [flags]"
        ))
    }
}

/// The name of a release that is to be read.
fn release_name(text: &str) -> Result<ReleaseName, Failure> {
    text.parse().map_err(|error| Failure::unreadable_name(&error))
}
