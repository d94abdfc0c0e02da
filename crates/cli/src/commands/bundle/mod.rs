//! `bundle`: offline bundles.

mod create;

use crate::context::Context;
use crate::failure::Failure;

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Write a bundle of a chart and its images
    Create(create::Args),
}

/// Does it.
pub(crate) fn run<P>(command: &Command, context: &Context<P>) -> Result<(), Failure> {
    match command {
        Command::Create(args) => create::run(args, context),
    }
}
