//! `lint`: what is wrong with charts.

use std::path::{Path, PathBuf};

use ironhelm::lint::{Options, Report, Severity};
use ironhelm::render::{Forgiven, KubeVersion};
use ironhelm::{full_text, lint_chart};

use crate::commands::Usage;
use crate::context::{Context, Platform};
use crate::failure::Failure;
use crate::flags::ValuesArgs;
use crate::inputs;
use crate::output::Console;

const USAGE: Usage = Usage {
    command: "lint",
    arguments: "PATH",
};

/// Flags of `lint`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm lint PATH [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    paths: Vec<String>,
    /// Version of Kubernetes that templates are told and deprecations are judged by
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// Print warnings and errors only
    #[arg(long)]
    quiet: bool,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
    /// Lint the charts in charts/ too
    #[arg(long)]
    with_subcharts: bool,
    /// Do not check the values against values.schema.json
    #[arg(long)]
    skip_schema_validation: bool,
    #[command(flatten)]
    values: ValuesArgs,
}

/// Prints what is wrong; fails when something would make a chart fail.
pub(crate) async fn run<P: Platform>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let mut paths = USAGE.some(&args.paths)?.to_vec();
    if args.with_subcharts {
        paths.extend(
            args.paths
                .iter()
                .flat_map(|path| subcharts(&Path::new(path).join("charts"))),
        );
    }
    let options = Options {
        values: inputs::values(&args.values)?,
        namespace: context.offline_namespace().await,
        kube_version: kube_version(args.kube_version.as_deref())?,
        skip_schema_validation: args.skip_schema_validation,
    };
    let (mut text, mut failed, mut noteworthy) = (String::new(), 0, 0);
    for path in &paths {
        let linted = Linted::new(path, &options, args);
        linted.tell(&context.console);
        failed += usize::from(linted.failed);
        noteworthy += usize::from(linted.noteworthy);
        text.push_str(&linted.text);
    }
    context.console.data(&text);
    let summary = format!("{} chart(s) linted, {failed} chart(s) failed", paths.len());
    if failed > 0 {
        return Err(Failure::new(summary));
    }
    if !args.quiet || noteworthy > 0 {
        context.console.data(&format!("{summary}\n"));
    }
    Ok(())
}

/// The version that `--kube-version` names; an empty one names none.
pub(crate) fn kube_version(text: Option<&str>) -> Result<Option<KubeVersion>, Failure> {
    let parse = |text| KubeVersion::parse(text).map_err(|error| Failure::of(&error));
    text.filter(|text| !text.is_empty()).map(parse).transpose()
}

/// What is printed about one chart.
struct Linted {
    report: Report,
    text: String,
    failed: bool,
    noteworthy: bool,
}

impl Linted {
    fn new(path: &str, options: &Options, args: &Args) -> Self {
        let worst = if args.strict {
            Severity::Warning
        } else {
            Severity::Error
        };
        let (report, error) = match lint_chart(Path::new(path), options) {
            Ok(report) => (report, None),
            Err(error) => (Report::default(), Some(full_text(&error))),
        };
        let failed = error.is_some() || report.has(worst);
        let noteworthy = error.is_some() || report.has(Severity::Warning);
        let mut text = String::new();
        if !args.quiet || noteworthy {
            let least = if args.quiet { Severity::Warning } else { Severity::Info };
            let findings = report.findings.iter().filter(|finding| finding.severity >= least);
            let lines = findings
                .map(ToString::to_string)
                .chain(error.map(|error| format!("Error {error}")));
            text = format!(
                "==> Linting {path}\n{}\n",
                lines.map(|line| line + "\n").collect::<String>()
            );
        }
        Self {
            report,
            text,
            failed,
            noteworthy,
        }
    }

    fn tell(&self, console: &Console) {
        self.report.warnings.iter().for_each(|warning| console.warn(warning));
        for forgiven in &self.report.forgiven {
            match forgiven {
                Forgiven::Missing(message) => console.log("WARN", "missing required value", message),
                Forgiven::Empty(message) => console.log("WARN", "missing required values", message),
                Forgiven::Failed(message) => console.log("INFO", "funcMap fail", message),
            }
        }
    }
}

/// The directories and archives of charts below `directory`, in the order of a sorted walk.
fn subcharts(directory: &Path) -> Vec<String> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(directory)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        // Links are not followed, so that a walk ends.
        if entry.is_dir() && !entry.is_symlink() {
            found.extend(subcharts(&entry));
        } else if name == "Chart.yaml" {
            found.push(directory.display().to_string());
        } else if name.ends_with(".tgz") || name.ends_with(".tar.gz") {
            found.push(entry.display().to_string());
        }
    }
    found
}
