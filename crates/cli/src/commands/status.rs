//! `status`: a release and its live objects.

use std::sync::Arc;

use ironhelm::release::StoredChart;

use crate::commands::{Usage, release_name};
use crate::context::{Context, Platform};
use crate::failure::Failure;
use crate::flags::{Format, OutputArgs, RevisionArgs};
use crate::page::Page;
use crate::{release_output, resources};

const USAGE: Usage = Usage {
    command: "status",
    arguments: "RELEASE_NAME",
};

/// Flags of `status`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm status RELEASE_NAME [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    revision: RevisionArgs,
}

/// Prints the page about a release.
pub(crate) async fn run<P: Platform>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let [name] = USAGE.exactly::<1>(&args.arguments)?;
    let name = release_name(name)?;
    let engine = context.connect().await?.engine;
    let release = engine.release(&name, args.revision.revision()).await;
    let mut release = release.map_err(|error| Failure::store(&error, &context.settings))?;
    let unreachable = |error| Failure::of(&error);
    let text = match args.output.output {
        Format::Table => {
            let resources = resources::tables(&release, engine.cluster())
                .await
                .map_err(unreachable)?;
            Page {
                all: context.settings.debug,
                resources,
                ..Page::default()
            }
            .text(&release)
        }
        machine => {
            let objects = resources::objects(&release, engine.cluster())
                .await
                .map_err(unreachable)?;
            let objects = ironhelm_golang::json::encode(&objects);
            release.info.extra.insert("resources".to_owned(), Arc::from(objects));
            // Helm: the chart is left out.
            release.chart = StoredChart::from_json("null");
            release_output::record(&release, machine)
        }
    };
    context.console.data(&text);
    Ok(())
}
