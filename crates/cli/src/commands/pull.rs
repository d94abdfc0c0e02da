//! `pull`: charts into directories.

use std::path::PathBuf;

use ironhelm::repository::Verification;
use ironhelm::repository::pull::{PullOptions, Pulled, pull};

use crate::chart_args::ChartArgs;
use crate::commands::Usage;
use crate::commands::push;
use crate::context::Context;
use crate::failure::Failure;

/// Flags of `pull`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm pull [chart URL | repo/chartname] [...] [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    charts: Vec<String>,
    /// Write into this directory
    #[arg(long, short, default_value = ".", value_name = "DIR")]
    destination: PathBuf,
    /// Unpack the chart
    #[arg(long)]
    untar: bool,
    /// With --untar: into this directory below the destination
    #[arg(long, default_value = ".", value_name = "DIR")]
    untardir: PathBuf,
    /// Fetch the provenance file too, but do not check it
    #[arg(long)]
    prov: bool,
    #[command(flatten)]
    chart: ChartArgs,
}

/// Pulls each chart.
pub(crate) async fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let usage = Usage {
        command: "pull",
        arguments: "[chart URL | repo/chartname] [...]",
    };
    let sources = context.settings.network.sources(args.chart.server.plain_http);
    let options = options(args, context);
    for chart in usage.some(&args.charts)? {
        let pulled = pull(&args.chart.reference(chart), &options, &sources.paths, &sources.remote).await;
        let pulled = pulled.map_err(|error| Failure::pull(&error, chart))?;
        pulled.warnings.iter().for_each(|warning| context.console.warn(warning));
        context.console.data(&told(&pulled, chart));
    }
    Ok(())
}

fn options<P>(args: &Args, context: &Context<P>) -> PullOptions {
    let verification = match args.chart.verification(context) {
        Verification::None if args.prov => Verification::Bring,
        verification => verification,
    };
    PullOptions {
        destination: args.destination.clone(),
        untar: args.untar.then(|| args.untardir.clone()),
        verification,
    }
}

/// What Helm prints.
fn told(pulled: &Pulled, chart: &str) -> String {
    let mut text = String::new();
    if let Some((reference, digest)) = &pulled.downloaded.pulled {
        text += &push::told("Pulled", reference, digest);
    }
    if let Some(verified) = &pulled.downloaded.verified {
        text.extend(verified.lines().iter().map(|line| format!("{line}\n")));
    }
    if let Some(reason) = &pulled.downloaded.missing_provenance {
        text += &format!("WARNING: Verification not found for {chart}: {reason}\n");
    }
    text
}
