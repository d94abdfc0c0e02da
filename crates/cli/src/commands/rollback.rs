//! `rollback`: back to an old revision.

use ironhelm::RollbackRequest;
use ironhelm::release::Revision;

use crate::commands::Usage;
use crate::context::{Context, Platform};
use crate::failure::Failure;
use crate::flags::{ApplyArgs, DryRunArgs, HistoryArgs, WaitArgs};

const USAGE: Usage = Usage {
    command: "rollback",
    arguments: "<RELEASE> [REVISION]",
};

/// Flags of `rollback`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm rollback <RELEASE> [REVISION] [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// Run no hooks
    #[arg(long)]
    no_hooks: bool,
    /// When it fails, delete what it has created
    #[arg(long)]
    cleanup_on_fail: bool,
    #[command(flatten)]
    apply: ApplyArgs,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
}

/// Rolls back.
pub(crate) async fn run<P: Platform>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let arguments = USAGE.some(&args.arguments)?;
    let to = match arguments.get(1) {
        Some(text) => Revision::parse_target(text).map_err(|error| Failure::of(&error))?,
        None => None,
    };
    let bad_name = |name: &str| Failure::new(format!("prepareRollback: Release name is invalid: {name}"));
    let name = arguments[0].parse().map_err(|_| bad_name(&arguments[0]))?;
    let mut request = RollbackRequest::new(name);
    request.to = to;
    request.applying = args.apply.applying().map_err(Failure::new)?;
    request.waiting = args.wait.waiting(&context.console);
    request.history_max = args.history.max(context.settings.max_history);
    request.hooks = !args.no_hooks;
    request.dry_run = args.dry_run.dry_run(&context.console).map_err(Failure::new)?;
    request.cleanup_on_fail = args.cleanup_on_fail;
    let engine = context.connect_for(request.name.as_str()).await?.engine;
    engine
        .rollback(&request)
        .await
        .map_err(|error| Failure::rollback(&error, &context.settings))?;
    context.console.data("Rollback was a success! Happy Helming!\n");
    Ok(())
}
