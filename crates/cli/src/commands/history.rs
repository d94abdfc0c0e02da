//! `history`: the revisions of a release.

use ironhelm::release::Release;
use ironhelm_golang::json::{Style, Writer};

use crate::commands::Usage;
use crate::context::{Context, Platform};
use crate::failure::Failure;
use crate::flags::{Format, OutputArgs, parse_int};
use crate::page::ansic;
use crate::release_output;
use crate::table::Table;

const USAGE: Usage = Usage {
    command: "history",
    arguments: "RELEASE_NAME",
};

/// Flags of `history`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm history RELEASE_NAME [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// How many revisions are shown at most
    #[arg(long, default_value = "256", value_parser = parse_int, value_name = "INT")]
    max: i64,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the newest revisions, oldest first.
pub(crate) async fn run<P: Platform>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let [name] = USAGE.exactly::<1>(&args.arguments)?;
    let name = name
        .parse()
        .map_err(|_| Failure::new(format!("release name is invalid: {name}")))?;
    let engine = context.connect().await?.engine;
    let history = engine
        .history(&name)
        .await
        .map_err(|error| Failure::store(&error, &context.settings))?;
    if history.is_empty() {
        return Err(Failure::new("release: not found"));
    }
    let headers = history.revisions();
    let shown = usize::try_from(args.max).unwrap_or(0).min(headers.len());
    let newest = &headers[headers.len() - shown..];
    let revisions = engine
        .read(newest)
        .await
        .map_err(|error| Failure::store(&error, &context.settings))?;
    let text = match args.output.output {
        Format::Table => table(&revisions),
        Format::Json => json(&revisions) + "\n",
        Format::Yaml => release_output::json_as_yaml(&json(&revisions)),
    };
    context.console.data(&text);
    Ok(())
}

pub(super) fn table(revisions: &[Release]) -> String {
    let mut table = Table::new(&["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION", "DESCRIPTION"]);
    for release in revisions {
        let metadata = release.chart.metadata().cloned().unwrap_or_default();
        table.row(vec![
            release.revision.to_string(),
            release.info.last_deployed.as_ref().map(ansic).unwrap_or_default(),
            release.info.status.to_string(),
            chart_name(release),
            metadata.app_version,
            release.info.description.clone(),
        ]);
    }
    table.text()
}

fn json(revisions: &[Release]) -> String {
    let mut json = Writer::new(Style::default());
    json.begin_array();
    for release in revisions {
        let metadata = release.chart.metadata().cloned().unwrap_or_default();
        json.begin_object();
        json.key("revision");
        json.integer(release.revision.number().into());
        json.key("updated");
        json.string(release.info.last_deployed.as_ref().map_or("", |time| time.as_str()));
        let rest = [
            ("status", release.info.status.to_string()),
            ("chart", chart_name(release)),
            ("app_version", metadata.app_version),
            ("description", release.info.description.clone()),
        ];
        for (key, value) in rest {
            json.key(key);
            json.string(&value);
        }
        json.end_object();
    }
    json.end_array();
    json.finish()
}

/// Name and version of a release's chart. Helm: a record that has lost its chart says `MISSING`.
pub(super) fn chart_name(release: &Release) -> String {
    match release.chart.metadata() {
        Ok(metadata) if !release.chart.is_null() => format!("{}-{}", metadata.name, metadata.version),
        _ => "MISSING".to_owned(),
    }
}
