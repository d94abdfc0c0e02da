//! `dependency`: the charts that a chart needs.

use std::path::{Path, PathBuf};

use ironhelm::chart::semver::{Constraint, Version};
use ironhelm::chart::{Chart, Dependency, LoadOptions, load_files, read_files};
use ironhelm::full_text;
use ironhelm::repository::Verification;

use crate::context::Context;
use crate::dependencies;
use crate::failure::Failure;
use crate::flags::parse_int;
use crate::network::ServerArgs;
use crate::table::Table;

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Bring the charts that Chart.lock names
    Build(BringArgs),
    /// Bring the newest charts that Chart.yaml allows, and write Chart.lock
    #[command(alias = "up")]
    Update(BringArgs),
    /// List what a chart needs, and whether it is there
    #[command(alias = "ls")]
    List(Args),
}

/// Flags of `dependency list`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// How wide a column is at most; 0 for any width
    #[arg(long, default_value = "80", value_parser = parse_int, value_name = "INT")]
    max_col_width: i64,
}

/// Flags of `dependency build` and `dependency update`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct BringArgs {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// Check the charts against their provenance files
    #[arg(long)]
    verify: bool,
    /// Keyring with the public keys to check with
    #[arg(long, value_name = "FILE")]
    keyring: Option<String>,
    /// Take the indexes of repositories as they are
    #[arg(long)]
    skip_refresh: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// Does it.
pub(crate) async fn run<P>(command: &Command, context: &Context<P>) -> Result<(), Failure> {
    let (args, name) = match command {
        Command::List(args) => return list(args, context),
        Command::Build(args) => (args, "build"),
        Command::Update(args) => (args, "update"),
    };
    let path = Path::new(chart_path(&args.arguments, name)?);
    let options = dependencies::Options {
        verification: args.verification(context),
        skip_refresh: args.skip_refresh,
    };
    let console = &context.console;
    let tell = |line: String| console.data(&format!("{line}\n"));
    match command {
        Command::Build(_) => dependencies::build(path, &options, &args.server, context, &tell).await,
        _ => dependencies::update(path, &options, &args.server, context, &tell).await,
    }
}

impl BringArgs {
    fn verification<P>(&self, context: &Context<P>) -> Verification {
        if self.verify {
            let keyring = context.settings.network.keyring(self.keyring.as_ref());
            Verification::Required { keyring }
        } else {
            Verification::None
        }
    }
}

fn chart_path<'a>(arguments: &'a [String], command: &str) -> Result<&'a str, Failure> {
    match arguments {
        [] => Ok("."),
        [path] => Ok(path),
        _ => Err(Failure::new(format!(
            "\"ironhelm dependency {command}\" accepts at most 1 argument\n\nUsage:  ironhelm dependency {command} CHART [flags]",
        ))),
    }
}

fn list<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let root = Path::new(chart_path(&args.arguments, "list")?);
    let chart = load(root).map_err(Failure::new)?;
    let charts = clean(&root.join("charts"));
    let Some(needed) = &chart.metadata.dependencies else {
        let charts = charts.display();
        context.console.data(&format!("WARNING: no dependencies at {charts}\n"));
        return Ok(());
    };
    let width = usize::try_from(args.max_col_width).unwrap_or(0);
    let mut table = Table::new(&["NAME", "VERSION", "REPOSITORY", "STATUS"]).at_most(width);
    for entry in needed {
        let status = status(&charts, entry, &chart);
        let Dependency {
            name,
            version,
            repository,
            ..
        } = entry.clone();
        table.row(vec![name, version, repository, status.to_owned()]);
    }
    let text = format!("{}\n{}", table.text(), strangers(&charts, needed));
    context.console.data(&text);
    Ok(())
}

/// Helm: any API version will do here.
fn load(path: &Path) -> Result<Chart, String> {
    let options = LoadOptions::default();
    let loaded = read_files(path, &options).and_then(|read| load_files(read.files, &options));
    loaded.map(|loaded| loaded.chart).map_err(|error| full_text(&error))
}

/// The path without a `.` at its start.
fn clean(path: &Path) -> PathBuf {
    path.strip_prefix(".").map_or_else(|_| path.to_owned(), Path::to_owned)
}

/// Whether a dependency is there. Helm: an archive is asked first.
fn status(charts: &Path, entry: &Dependency, chart: &Chart) -> &'static str {
    let prefix = format!("{}-", entry.name);
    let mut archives: Vec<(PathBuf, String)> = entries(charts)
        .into_iter()
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?;
            let version = name.strip_prefix(&prefix)?.strip_suffix(".tgz")?.to_owned();
            Some((path, version))
        })
        .collect();
    if archives.len() > 1 {
        archives.retain(|(_, version)| Version::parse_strict(version).is_ok());
    }
    match &archives[..] {
        [(archive, _)] => archive_status(archive, entry),
        [_, _, ..] => "too many matches",
        [] => match chart.subcharts.iter().find(|subchart| subchart.name() == entry.name) {
            None => "missing",
            Some(subchart) => version_fault(&subchart.metadata.version, entry).unwrap_or("unpacked"),
        },
    }
}

fn archive_status(archive: &Path, entry: &Dependency) -> &'static str {
    match load(archive) {
        Err(_) => "corrupt",
        Ok(chart) if chart.name() != entry.name => "misnamed",
        Ok(chart) => version_fault(&chart.metadata.version, entry).unwrap_or("ok"),
    }
}

fn version_fault(version: &str, entry: &Dependency) -> Option<&'static str> {
    if version == entry.version {
        return None;
    }
    let (Ok(wanted), Ok(version)) = (Constraint::parse(&entry.version), Version::parse(version)) else {
        return Some("invalid version");
    };
    (!wanted.check(&version)).then_some("wrong version")
}

/// What lies in `charts/` and is no dependency.
fn strangers(charts: &Path, needed: &[Dependency]) -> String {
    let may_be_chart = |path: &PathBuf| path.is_dir() || path.extension().is_some_and(|extension| extension == "tgz");
    let told = entries(charts).into_iter().filter(may_be_chart).filter_map(|path| {
        let shown = format!("{:?}", path.display().to_string());
        match load(&path) {
            Err(_) => Some(format!("WARNING: {shown} is not a chart.\n")),
            Ok(chart) if needed.iter().any(|entry| entry.name == chart.name()) => None,
            Ok(_) => Some(format!("WARNING: {shown} is not in Chart.yaml.\n")),
        }
    });
    told.collect()
}

/// The entries of a directory, sorted; none if there is no such directory.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = listed.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
