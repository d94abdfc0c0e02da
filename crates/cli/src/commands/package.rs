//! `package`: charts become archives.

use std::path::{Path, PathBuf};

use ironhelm::chart::semver::Version;
use ironhelm::chart::{LoadOptions, PACK_TIME, SourcedChart, load_sources, pack};
use ironhelm::full_text;

use crate::context::Context;
use crate::failure::Failure;
use crate::flags::IdleDownloadArgs;
use crate::inputs;

/// Flags of `package`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm package [CHART_PATH] [...] [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    paths: Vec<String>,
    /// Set the chart's version
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Set the version of what the chart installs
    #[arg(long, value_name = "VERSION")]
    app_version: Option<String>,
    /// Write the archives into this directory
    #[arg(long, short, default_value = ".", value_name = "DIR")]
    destination: PathBuf,
    #[command(flatten)]
    _idle: IdleDownloadArgs,
}

/// Writes an archive for each chart.
pub(crate) fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    if args.paths.is_empty() {
        return Err(Failure::new("need at least one argument, the path to the chart"));
    }
    for path in &args.paths {
        let mut source = load(path)?;
        change(&mut source, args)?;
        check_dependencies(&source)?;
        let modified = context.settings.source_date_epoch.unwrap_or(PACK_TIME);
        let archive = pack(&source, modified).map_err(|error| Failure::of(&error).prefixed("failed to save: "))?;
        let metadata = &source.chart.metadata;
        let file = format!("{}-{}.tgz", metadata.name, metadata.version);
        let written = write(&args.destination, &file, &archive)?;
        let told = format!("Successfully packaged chart and saved it to: {}\n", written.display());
        context.console.data(&told);
    }
    Ok(())
}

fn load(path: &str) -> Result<SourcedChart, Failure> {
    let whole = Path::new(path);
    if let Err(error) = std::fs::metadata(whole) {
        return Err(Failure::new(format!("stat {path}: {}", inputs::reason(&error))));
    }
    let whole = std::path::absolute(whole).unwrap_or_default();
    if !whole.is_dir() {
        let chart_yaml = whole.join("Chart.yaml");
        let chart_yaml = chart_yaml.display();
        return Err(Failure::new(format!(
            "unable to detect chart at {chart_yaml}: open {chart_yaml}: not a directory"
        )));
    }
    let options = LoadOptions::default();
    // Helm: the API version must be one that can be installed.
    let sources = ironhelm::chart::load_with(&whole, &options).and_then(|_| load_sources(&whole, &options));
    sources.map_err(|error| Failure::new(full_text(&error)))
}

fn change(source: &mut SourcedChart, args: &Args) -> Result<(), Failure> {
    let metadata = &mut source.chart.metadata;
    if let Some(version) = args.version.as_ref().filter(|version| !version.is_empty()) {
        metadata.version.clone_from(version);
    }
    if let Some(version) = args.app_version.as_ref().filter(|version| !version.is_empty()) {
        metadata.app_version.clone_from(version);
    }
    Version::parse(&metadata.version)
        .map(drop)
        .map_err(|error| Failure::of(&error))
}

fn check_dependencies(source: &SourcedChart) -> Result<(), Failure> {
    ironhelm::chart::check_dependencies(&source.chart).map_err(|missing| {
        Failure::new(format!(
            "found in Chart.yaml, but missing in charts/ directory: {}",
            missing.names.join(", ")
        ))
        .hint("put the missing charts into the chart's charts/ directory")
    })
}

fn write(directory: &Path, file: &str, archive: &[u8]) -> Result<PathBuf, Failure> {
    let directory = if directory == Path::new(".") {
        std::env::current_dir().unwrap_or_default()
    } else {
        directory.to_owned()
    };
    let path = directory.join(file);
    std::fs::create_dir_all(&directory)
        .and_then(|()| std::fs::write(&path, archive))
        .map_err(|error| {
            Failure::new(format!(
                "failed to save: open {}: {}",
                path.display(),
                inputs::reason(&error)
            ))
        })?;
    Ok(path)
}
