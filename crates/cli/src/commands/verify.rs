//! `verify`: an archive against its provenance file.

use std::path::Path;

use ironhelm::repository::verify_local;

use crate::commands::Usage;
use crate::context::Context;
use crate::failure::Failure;

/// Flags of `verify`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm verify PATH [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// Keyring with the public keys to check with
    #[arg(long, value_name = "FILE")]
    keyring: Option<String>,
}

/// Verifies, and prints what was found.
pub(crate) fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let usage = Usage {
        command: "verify",
        arguments: "PATH",
    };
    let [path] = usage.exactly::<1>(&args.arguments)?;
    let keyring = context.settings.network.keyring(args.keyring.as_ref());
    let verified = verify_local(Path::new(path), &keyring).map_err(|error| Failure::of(&error))?;
    let lines = verified.lines().into_iter().map(|line| format!("{line}\n"));
    context.console.data(&lines.collect::<String>());
    Ok(())
}
