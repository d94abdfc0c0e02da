//! `env`: the settings that come from the environment.

use crate::context::{Context, Platform};
use crate::failure::Failure;

/// Arguments of `env`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm env [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    names: Vec<String>,
}

/// Prints all settings, or the one that is named.
pub(crate) async fn run<P: Platform>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    if args.names.len() > 1 {
        return Err(Failure::new(
            "\"ironhelm env\" accepts at most 1 argument\n\nUsage:  ironhelm env [flags]",
        ));
    }
    let namespace = context.offline_namespace().await;
    let settings = context.settings.environment(&namespace);
    let text: String = match args.names.first() {
        None => settings
            .iter()
            .map(|(name, value)| format!("{name}=\"{value}\"\n"))
            .collect(),
        Some(wanted) => {
            let found = settings.iter().find(|(name, _)| name == wanted);
            format!("{}\n", found.map_or("", |(_, value)| value.as_str()))
        }
    };
    context.console.data(&text);
    Ok(())
}
