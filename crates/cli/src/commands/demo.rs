//! `demo`: an upgrade on a cluster in memory.

use crate::failure::Failure;
use crate::output::Console;

/// Shows it.
pub(crate) async fn run(console: &Console) -> Result<(), Failure> {
    console.data("");
    Ok(())
}
