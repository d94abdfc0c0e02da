//! `uninstall`: the end of releases.

use ironhelm::plan::{Address, Propagation};
use ironhelm::release::ReleaseError;
use ironhelm::{UninstallError, UninstallRequest};

use crate::commands::Usage;
use crate::context::{Context, Platform};
use crate::failure::Failure;
use crate::flags::WaitArgs;

const USAGE: Usage = Usage {
    command: "uninstall",
    arguments: "RELEASE_NAME [...]",
};

/// Flags of `uninstall`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm uninstall RELEASE_NAME [...] [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// Only look whether there is something to uninstall
    #[arg(long)]
    dry_run: bool,
    /// A release that is absent is no error
    #[arg(long)]
    ignore_not_found: bool,
    /// Keep the records
    #[arg(long)]
    keep_history: bool,
    /// Run no hooks
    #[arg(long)]
    no_hooks: bool,
    /// What happens to what the objects own: background, foreground or orphan
    #[arg(long, default_value = "background", value_name = "HOW")]
    cascade: String,
    /// Description of the record that is kept
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Uninstalls one release after the other.
pub(crate) async fn run<P: Platform>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let names = USAGE.some(&args.arguments)?;
    let propagation = propagation(&args.cascade)?;
    let waiting = args.wait.waiting(&context.console);
    let engine = context.connect().await?.engine;
    for name in names {
        let bad_name = |_| Failure::new(format!("uninstall: Release name is invalid: {name}"));
        let mut request = UninstallRequest::new(name.parse().map_err(bad_name)?);
        request.keep_history = args.keep_history;
        request.propagation = propagation;
        request.waiting = waiting;
        request.hooks = !args.no_hooks;
        request.description = args.description.clone().filter(|text| !text.is_empty());
        request.dry_run = args.dry_run;
        match engine.uninstall(&request).await {
            Ok(done) => context.console.data(&kept(&done.kept)),
            Err(UninstallError::History(ReleaseError::NotFound)) if args.ignore_not_found => {}
            Err(error) => return Err(Failure::uninstall(&error, name, &context.settings)),
        }
        context.console.data(&format!("release {name:?} uninstalled\n"));
    }
    Ok(())
}

fn propagation(word: &str) -> Result<Propagation, Failure> {
    match word {
        "background" => Ok(Propagation::Background),
        "foreground" => Ok(Propagation::Foreground),
        "orphan" => Ok(Propagation::Orphan),
        other => Err(Failure::new(format!(
            "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

fn kept(objects: &[Address]) -> String {
    if objects.is_empty() {
        return String::new();
    }
    let lines: String = objects
        .iter()
        .map(|address| format!("[{}] {}\n", address.resource.gvk.kind, address.name))
        .collect();
    format!("These resources were kept due to the resource policy:\n{lines}\n")
}
