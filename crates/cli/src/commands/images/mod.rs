//! `images`: what is in bundles, and where it goes.

mod list;
mod load;
mod push;
mod verify;

use crate::context::Context;
use crate::failure::Failure;

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the images of bundles
    #[command(alias = "ls")]
    List(list::Args),
    /// Read all images of bundles and tell which are damaged
    Verify(verify::Args),
    /// Load the images of bundles into the container runtime of this node
    Load(load::Args),
    /// Push the images of bundles to a registry
    Push(push::Args),
}

/// Does it.
pub(crate) async fn run<P>(command: &Command, context: &Context<P>) -> Result<(), Failure> {
    match command {
        Command::List(args) => list::run(args, context),
        Command::Verify(args) => verify::run(args, context),
        Command::Load(args) => load::run(args, context).await,
        Command::Push(args) => push::run(args, context).await,
    }
}
