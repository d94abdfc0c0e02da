//! `version`: of this program.

use ironhelm::render::HelmVersion;

use crate::commands::Usage;
use crate::context::Context;
use crate::failure::Failure;

const USAGE: Usage = Usage {
    command: "version",
    arguments: "",
};
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Flags of `version`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm version [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// The number only
    #[arg(long)]
    short: bool,
    #[arg(long, short = 'c', hide = true)]
    client: bool,
}

/// Prints our version, and the one of Helm that we behave as.
pub(crate) fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    USAGE.exactly::<0>(&args.arguments)?;
    let helm = HelmVersion::default().version;
    let text = if args.short {
        format!("v{VERSION}\n")
    } else {
        format!("ironhelm v{VERSION} (compatible with Helm {helm})\n")
    };
    context.console.data(&text);
    Ok(())
}
