//! `show`: what is in a chart.

use ironhelm::chart::{Bytes, Chart, LoadOptions, SourcedChart, chart_yaml, load_sources};
use serde_json::Value;

use crate::chart_args::ChartArgs;
use crate::commands::Usage;
use crate::context::Context;
use crate::failure::Failure;
use crate::jsonpath;

/// What is shown.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show everything
    All(Args),
    /// Show Chart.yaml
    Chart(Args),
    /// Show the custom resource definitions
    Crds(Args),
    /// Show the README
    Readme(Args),
    /// Show the default values
    Values(ValuesArgs),
}

/// Flags of all of them.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    #[command(flatten)]
    chart: ChartArgs,
}

/// Flags of `show values`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct ValuesArgs {
    #[command(flatten)]
    shared: Args,
    /// Print what a JSONPath template makes of the values
    #[arg(long, value_name = "TEMPLATE")]
    jsonpath: Option<String>,
}

/// Prints the part that is asked for.
pub(crate) async fn run<P>(command: &Command, context: &Context<P>) -> Result<(), Failure> {
    let (args, name) = match command {
        Command::All(args) => (args, "show all"),
        Command::Chart(args) => (args, "show chart"),
        Command::Crds(args) => (args, "show crds"),
        Command::Readme(args) => (args, "show readme"),
        Command::Values(args) => (&args.shared, "show values"),
    };
    let usage = Usage {
        command: name,
        arguments: "[CHART]",
    };
    let [argument] = usage.exactly(&args.arguments)?;
    let path = args.chart.find(argument, context).await?.path;
    let source = load_sources(&path, &LoadOptions::default()).map_err(|error| Failure::of(&error))?;
    let text = match command {
        Command::All(_) => all(&source),
        Command::Chart(_) => format!("{}\n", metadata(&source.chart)),
        Command::Crds(_) => crds(&source.chart),
        Command::Readme(_) => readme(&source.chart).map(text).unwrap_or_default(),
        Command::Values(args) => values(&source, args.jsonpath.as_deref())?,
    };
    context.console.data(&text);
    Ok(())
}

fn all(source: &SourcedChart) -> String {
    let parts = [source.values.as_ref(), readme(&source.chart)];
    let texts = parts.into_iter().flatten().map(|data| format!("---\n{}", text(data)));
    format!(
        "{}\n{}{}",
        metadata(&source.chart),
        texts.collect::<String>(),
        crds(&source.chart)
    )
}

/// Helm: the metadata as it was read, dependencies of any API version with it.
fn metadata(chart: &Chart) -> String {
    let tree = ironhelm_golang::json::decode(chart.metadata.to_json().as_bytes());
    tree.map_or_else(|_| chart_yaml(&chart.metadata), |tree| ironhelm_yaml::encode(&tree))
}

fn readme(chart: &Chart) -> Option<&Bytes> {
    let is_readme = |name: &str| ["readme.md", "readme.txt", "readme"].contains(&name.to_lowercase().as_str());
    chart
        .files
        .iter()
        .find(|file| is_readme(&file.name))
        .map(|file| &file.data)
}

fn text(data: &Bytes) -> String {
    format!("{}\n", String::from_utf8_lossy(data))
}

fn crds(chart: &Chart) -> String {
    let one = |data: &Bytes| {
        let mark = if data.starts_with(b"---") { "" } else { "---\n" };
        format!("{mark}{}", text(data))
    };
    chart.crds().iter().map(|crd| one(&crd.file.data)).collect()
}

fn values(source: &SourcedChart, template: Option<&str>) -> Result<String, Failure> {
    match (template, &source.values) {
        (Some(template), Some(_)) if !template.is_empty() => {
            let values = Value::Object(source.chart.values.clone().unwrap_or_default());
            jsonpath::evaluate(template, &values).map_err(Failure::new)
        }
        (_, values) => Ok(values.as_ref().map(text).unwrap_or_default()),
    }
}
