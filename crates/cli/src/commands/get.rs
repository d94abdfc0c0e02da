//! `get`: what is stored of a release.

use std::collections::BTreeMap;

use ironhelm::release::{ApplyMethod, Release};
use ironhelm_golang::json::{Style, Writer};
use ironhelm_golang::time::{RFC3339, format};
use serde_json::Value;

use crate::commands::{Usage, release_name};
use crate::context::{Context, Platform};
use crate::failure::Failure;
use crate::flags::{Format, OutputArgs, RevisionArgs};
use crate::page::{Page, computed_values, go_time, hooks};
use crate::release_output::{self, tree};

/// What can be got.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// The user's values
    Values(ValuesArgs),
    /// The manifest
    Manifest(ReleaseArgs),
    /// The notes
    Notes(ReleaseArgs),
    /// The hooks
    Hooks(ReleaseArgs),
    /// Name, chart, labels, times
    Metadata(MetadataArgs),
    /// Everything
    All(ReleaseArgs),
}

/// Which revision of which release.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct ReleaseArgs {
    #[arg(hide = true)]
    arguments: Vec<String>,
    #[command(flatten)]
    revision: RevisionArgs,
}

/// Flags of `get values`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct ValuesArgs {
    #[command(flatten)]
    release: ReleaseArgs,
    /// The defaults of the chart too
    #[arg(long, short)]
    all: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Flags of `get metadata`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct MetadataArgs {
    #[command(flatten)]
    release: ReleaseArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl Command {
    fn release(&self) -> (&'static str, &ReleaseArgs) {
        match self {
            Self::Values(args) => ("get values", &args.release),
            Self::Manifest(args) => ("get manifest", args),
            Self::Notes(args) => ("get notes", args),
            Self::Hooks(args) => ("get hooks", args),
            Self::Metadata(args) => ("get metadata", &args.release),
            Self::All(args) => ("get all", args),
        }
    }
}

/// Prints a part of a record.
pub(crate) async fn run<P: Platform>(command: &Command, context: &Context<P>) -> Result<(), Failure> {
    let (title, args) = command.release();
    let [name] = Usage {
        command: title,
        arguments: "RELEASE_NAME",
    }
    .exactly::<1>(&args.arguments)?;
    let name = release_name(name)?;
    let engine = context.connect().await?.engine;
    let release = engine
        .release(&name, args.revision.revision())
        .await
        .map_err(|error| Failure::store(&error, &context.settings))?;
    let text = match command {
        Command::Values(args) => values(args, &release),
        Command::Manifest(_) => format!("{}\n", release.manifest),
        Command::Notes(_) if release.info.notes.is_empty() => String::new(),
        Command::Notes(_) => format!("NOTES:\n{}\n", release.info.notes),
        Command::Hooks(_) => hooks(&release.hooks),
        Command::Metadata(args) => metadata(&release, args.output.output),
        Command::All(_) => Page {
            all: true,
            chart: true,
            ..Page::default()
        }
        .text(&release),
    };
    context.console.data(&text);
    Ok(())
}

fn values(args: &ValuesArgs, release: &Release) -> String {
    let values = match (&release.config, args.all) {
        (_, true) => computed_values(release),
        (Some(config), false) => Value::Object(config.clone()),
        (None, false) => Value::Null,
    };
    match (args.output.output, args.all) {
        (Format::Table, true) => format!("COMPUTED VALUES:\n{}", ironhelm_yaml::encode(&values)),
        (Format::Table, false) => format!("USER-SUPPLIED VALUES:\n{}", ironhelm_yaml::encode(&values)),
        (machine, _) => tree(&values, machine),
    }
}

/// What `get metadata` tells, in Helm's order.
struct Facts<'r> {
    release: &'r Release,
    chart: ironhelm::chart::Metadata,
    deployed_at: String,
}

fn metadata(release: &Release, output: Format) -> String {
    let time = release.info.last_deployed.as_ref();
    let facts = Facts {
        release,
        chart: release.chart.metadata().cloned().unwrap_or_default(),
        deployed_at: time.map_or("0001-01-01T00:00:00Z".to_owned(), |time| {
            format(&go_time(time), RFC3339)
        }),
    };
    match output {
        Format::Table => facts.lines(),
        Format::Json => facts.json() + "\n",
        Format::Yaml => release_output::json_as_yaml(&facts.json()),
    }
}

impl Facts<'_> {
    fn lines(&self) -> String {
        let Facts {
            release,
            chart,
            deployed_at,
        } = self;
        let mut dependencies: Vec<&str> = chart.dependencies().iter().map(|one| one.name.as_str()).collect();
        dependencies.sort_unstable();
        let lines = [
            ("NAME", release.name.to_string()),
            ("CHART", chart.name.clone()),
            ("VERSION", chart.version.clone()),
            ("APP_VERSION", chart.app_version.clone()),
            ("ANNOTATIONS", pairs(&chart.annotations)),
            ("LABELS", pairs(&release.labels)),
            ("DEPENDENCIES", dependencies.join(",")),
            ("NAMESPACE", release.namespace.to_string()),
            ("REVISION", release.revision.to_string()),
            ("STATUS", release.info.status.to_string()),
            ("DEPLOYED_AT", deployed_at.clone()),
            ("APPLY_METHOD", method(release).to_owned()),
        ];
        lines.iter().map(|(key, value)| format!("{key}: {value}\n")).collect()
    }

    fn json(&self) -> String {
        let Facts {
            release,
            chart,
            deployed_at,
        } = self;
        let mut json = Writer::new(Style::default());
        json.begin_object();
        text(&mut json, "name", release.name.as_str());
        text(&mut json, "chart", &chart.name);
        text(&mut json, "version", &chart.version);
        text(&mut json, "appVersion", &chart.app_version);
        table(&mut json, "annotations", &chart.annotations);
        table(&mut json, "labels", &release.labels);
        if !chart.dependencies().is_empty() {
            json.key("dependencies");
            json.begin_array();
            chart
                .dependencies()
                .iter()
                .for_each(|dependency| dependency.write_json(&mut json));
            json.end_array();
        }
        text(&mut json, "namespace", release.namespace.as_str());
        json.key("revision");
        json.integer(release.revision.number().into());
        text(&mut json, "status", release.info.status.as_str());
        text(&mut json, "deployedAt", deployed_at);
        if let Some(method) = release.apply_method {
            text(&mut json, "applyMethod", method.as_str());
        }
        json.end_object();
        json.finish()
    }
}

fn text(json: &mut Writer<'_>, key: &str, value: &str) {
    json.key(key);
    json.string(value);
}

fn table(json: &mut Writer<'_>, key: &str, entries: &BTreeMap<String, String>) {
    if entries.is_empty() {
        return;
    }
    json.key(key);
    json.begin_object();
    entries.iter().for_each(|(key, value)| text(json, key, value));
    json.end_object();
}

fn pairs(entries: &BTreeMap<String, String>) -> String {
    entries
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect::<Vec<_>>()
        .join(",")
}

fn method(release: &Release) -> &'static str {
    match release.apply_method {
        Some(ApplyMethod::ServerSide) => "server-side apply",
        Some(ApplyMethod::ClientSide) => "client-side apply",
        None => "client-side apply (defaulted)",
    }
}
