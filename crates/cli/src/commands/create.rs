//! `create`: a new chart in a new directory.

use std::path::{Path, PathBuf};

use ironhelm::chart::{CHART_NAME, LoadOptions, Metadata, PACK_TIME, chart_yaml, load_sources, pack, scaffold};
use ironhelm::full_text;

use crate::commands::Usage;
use crate::context::Context;
use crate::failure::Failure;
use crate::inputs;
use crate::output::Console;

const USAGE: Usage = Usage {
    command: "create",
    arguments: "NAME",
};

/// Flags of `create`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm create NAME [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// Begin with this chart: its name among the starters, or its absolute path
    #[arg(long, short = 'p', value_name = "CHART")]
    starter: Option<String>,
}

/// Writes the files of a new chart.
pub(crate) fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let [path] = USAGE.exactly(&args.arguments)?;
    context.console.data(&format!("Creating {path}\n"));
    let name = ironhelm_golang::filepath::base(path);
    let files = match args.starter.as_deref().filter(|starter| !starter.is_empty()) {
        None => {
            let files = scaffold(name).map_err(|error| Failure::of(&error))?;
            files
                .into_iter()
                .map(|(path, text)| (path.to_owned(), text.into_bytes()))
                .collect()
        }
        Some(starter) => from_starter(name, starter, &context.settings.homes.data.join("starters"))?,
    };
    let root = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    write(&root, &files, args.starter.is_none(), &context.console)
}

type Files = Vec<(String, Vec<u8>)>;

/// The files of a starter for a chart called `name`, which is filled into templates and values; its subcharts become
/// archives.
fn from_starter(name: &str, starter: &str, starters: &Path) -> Result<Files, Failure> {
    ironhelm::chart::check_name(name).map_err(|error| Failure::of(&error))?;
    // An absolute path stands for itself.
    let path = starters.join(starter);
    let source = load_sources(&path, &LoadOptions::default())
        .map_err(|error| Failure::new(format!("could not load {}: {}", path.display(), full_text(&error))))?;
    let metadata = Metadata {
        name: name.to_owned(),
        description: "A Helm chart for Kubernetes".to_owned(),
        kind: "application".to_owned(),
        version: "0.1.0".to_owned(),
        app_version: "0.1.0".to_owned(),
        api_version: "v2".to_owned(),
        ..Metadata::default()
    };
    let fill = |data: &[u8]| String::from_utf8_lossy(data).replace(CHART_NAME, name).into_bytes();
    let chart = &source.chart;
    let mut files = vec![("Chart.yaml".to_owned(), chart_yaml(&metadata).into_bytes())];
    let values = source.values.iter();
    files.extend(values.map(|values| ("values.yaml".to_owned(), fill(values))));
    let schema = chart.schema.iter();
    files.extend(schema.map(|schema| ("values.schema.json".to_owned(), schema.to_vec())));
    files.extend(chart.templates.iter().map(|file| (file.name.clone(), fill(&file.data))));
    files.extend(chart.files.iter().map(|file| (file.name.clone(), file.data.to_vec())));
    for subchart in &source.subcharts {
        let Metadata { name, version, .. } = &subchart.chart.metadata;
        let archive = pack(subchart, PACK_TIME).map_err(|error| Failure::of(&error))?;
        files.push((format!("charts/{name}-{version}.tgz"), archive));
    }
    Ok(files)
}

fn write(root: &Path, files: &Files, with_charts: bool, console: &Console) -> Result<(), Failure> {
    let parent = root.parent().unwrap_or(root);
    if let Err(error) = std::fs::metadata(parent) {
        return Err(failed("stat", parent, &error));
    }
    if root.exists() && !root.is_dir() {
        let root = root.display();
        return Err(Failure::new(format!(
            "file {root} already exists and is not a directory"
        )));
    }
    for (name, text) in files {
        let path = root.join(name);
        if with_charts && path.exists() {
            console.talk(&format!(
                "WARNING: File \"{}\" already exists. Overwriting.",
                path.display()
            ));
        }
        write_file(&path, text)?;
    }
    if with_charts {
        let charts = root.join("charts");
        std::fs::create_dir_all(&charts).map_err(|error| failed("mkdir", &charts, &error))?;
    }
    Ok(())
}

fn write_file(path: &Path, text: &[u8]) -> Result<(), Failure> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(|error| failed("mkdir", directory, &error))?;
    }
    std::fs::write(path, text).map_err(|error| failed("open", path, &error))
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{what} {}: {}", path.display(), inputs::reason(error)))
}
