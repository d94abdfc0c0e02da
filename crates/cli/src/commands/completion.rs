//! `completion`: scripts for shells.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::Cli;
use crate::context::Context;
use crate::failure::Failure;

/// The shells.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// For bash
    Bash(Args),
    /// For fish
    Fish(Args),
    /// For PowerShell
    Powershell(Args),
    /// For zsh
    Zsh(Args),
}

/// Flags of all of them.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// No descriptions
    #[arg(long, hide = true)]
    no_descriptions: bool,
}

/// Prints the script.
pub(crate) fn run<P>(command: &Command, context: &Context<P>) -> Result<(), Failure> {
    let shell = match command {
        Command::Bash(_) => Shell::Bash,
        Command::Fish(_) => Shell::Fish,
        Command::Powershell(_) => Shell::PowerShell,
        Command::Zsh(_) => Shell::Zsh,
    };
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "ironhelm", &mut script);
    context.console.data(&String::from_utf8_lossy(&script));
    Ok(())
}
