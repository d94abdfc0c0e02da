//! `template`: a chart rendered, and nothing more.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use ironhelm::release::{Hook, Namespace, Release};
use ironhelm::render::{Capabilities, split_manifest};
use ironhelm::{DryRun, InstallRequest, Surroundings};
use ironhelm_golang::filepath::match_pattern;

use crate::commands::install::{Naming, name_and_chart};
use crate::commands::lint::kube_version;
use crate::commands::{Usage, install};
use crate::context::{Context, Platform};
use crate::failure::Failure;
use crate::inputs;
use crate::offline::Offline;
use crate::output::Console;
use crate::release_output::documents;

const USAGE: Usage = Usage {
    command: "template",
    arguments: "[NAME] [CHART]",
};

/// Flags of `template`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm template [NAME] [CHART] [flags]")]
pub(crate) struct Args {
    /// Only these templates: paths below the chart, * and ? may be used
    #[arg(long, short = 's', value_name = "PATH")]
    show_only: Vec<String>,
    /// Write files into this directory
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// With --output-dir: put the release's name into the path
    #[arg(long)]
    release_name: bool,
    /// Print what is in crds/ too
    #[arg(long)]
    include_crds: bool,
    /// Leave tests out
    #[arg(long)]
    skip_tests: bool,
    /// Render as for an upgrade
    #[arg(long)]
    is_upgrade: bool,
    /// Version of Kubernetes that templates are told
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// More API versions that templates are told
    #[arg(long, short = 'a', value_delimiter = ',', value_name = "API")]
    api_versions: Vec<String>,
    #[arg(long, hide = true)]
    validate: bool,
    #[command(flatten)]
    install: install::Args,
}

/// Renders, and prints the manifest and the hooks.
pub(crate) async fn run<P: Platform>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let shared = &args.install.shared;
    USAGE.some(&shared.arguments)?;
    if args.validate {
        context
            .console
            .talk("Flag --validate has been deprecated, use '--dry-run=server' instead");
        if shared.dry_run.is_given() {
            return Err(Failure::new(
                "if any flags in the group [validate dry-run] are set none of the others can be; [dry-run validate] were all set",
            ));
        }
    }
    note_idle(shared, &context.console);
    if shared.dry_run.is_none() {
        return Err(Failure::new(
            "invalid dry-run value (\"none\"). Must be \"server\" or \"client\"",
        ));
    }
    let dry_run = shared.dry_run.dry_run(&context.console).map_err(Failure::new)?;
    let naming = Naming {
        generate: args.install.generate_name,
        template: args.install.name_template.as_deref(),
        otherwise: Some("release-name"),
    };
    let (name, chart) = name_and_chart(&shared.arguments, naming)?;
    let chart = shared.chart_rendered(&chart, context).await?;
    let name = name
        .parse()
        .map_err(|error| Failure::of(&error).prefixed("release name check failed: "))?;
    let mut request = InstallRequest::new(name, Namespace::default(), chart);
    request.values = inputs::values(&shared.values)?;
    request.rendering = shared.render.rendering();
    let surroundings = shared.render.surroundings(&context.settings)?;
    let crds = if args.include_crds { crds(&request) } else { Vec::new() };
    let release = if args.validate || dry_run == DryRun::Server {
        on_the_server(request, surroundings, context).await?
    } else {
        offline(args, request, surroundings, context).await?
    };
    let printed = Printed {
        crds,
        hooks: shown_hooks(args, &release),
        release,
    };
    context.console.data(&printed.text(args)?);
    Ok(())
}

/// Helm: two flags of an install are taken and mean nothing.
fn note_idle(shared: &install::Shared, console: &Console) {
    let idle = [
        ("hide-notes", shared.result.hide_notes),
        ("render-subchart-notes", shared.render.rendering().subchart_notes),
    ];
    for (flag, _) in idle.iter().filter(|(_, given)| *given) {
        console.talk(&format!(
            "Flag --{flag} has been deprecated, this flag has no effect for 'ironhelm template' and will be removed in Helm 5"
        ));
    }
}

async fn on_the_server<P: Platform>(
    mut request: InstallRequest,
    surroundings: Arc<dyn Surroundings>,
    context: &Context<P>,
) -> Result<Release, Failure> {
    let connected = context.connect().await?;
    request.namespace = Namespace::from(connected.namespace.as_str());
    request.dry_run = DryRun::Server;
    install::warn_of_definitions(&request, context);
    let engine = connected.engine.with_surroundings(surroundings);
    let outcome = engine.install(&request).await;
    Ok(outcome
        .map_err(|error| Failure::install(&error, &context.settings))?
        .release)
}

async fn offline<P: Platform>(
    args: &Args,
    request: InstallRequest,
    surroundings: Arc<dyn Surroundings>,
    context: &Context<P>,
) -> Result<Release, Failure> {
    let version = kube_version(args.kube_version.as_deref())?.unwrap_or_default();
    let offline = Offline {
        name: request.name,
        namespace: context.offline_namespace().await,
        chart: request.chart,
        values: request.values,
        rendering: request.rendering,
        capabilities: Capabilities::offline(version, args.api_versions.iter().cloned()),
        is_upgrade: args.is_upgrade,
        labels: Default::default(),
        surroundings,
        after_failure: "\n\nUse --debug flag to render out invalid YAML",
    };
    offline.release(&context.console)
}

/// One document: the template it came from, and its text.
type Document = (String, String);

fn crds(request: &InstallRequest) -> Vec<Document> {
    let text = |data: &[u8]| String::from_utf8_lossy(data).into_owned();
    request
        .chart
        .crds()
        .into_iter()
        .map(|crd| (crd.path, text(&crd.file.data)))
        .collect()
}

fn shown_hooks(args: &Args, release: &Release) -> Vec<Document> {
    let shown = |hook: &&Hook| !(args.install.shared.no_hooks || args.skip_tests && hook.is_test());
    release
        .hooks
        .iter()
        .filter(shown)
        .map(|hook| (hook.path.clone(), hook.manifest.clone()))
        .collect()
}

/// What a rendering prints.
struct Printed {
    crds: Vec<Document>,
    release: Release,
    hooks: Vec<Document>,
}

impl Printed {
    fn text(&self, args: &Args) -> Result<String, Failure> {
        if let Some(directory) = &args.output_dir {
            return self.write(directory, args.release_name);
        }
        let manifest = format!("{}{}", joined(&self.crds), self.release.manifest);
        let text = format!("{}\n{}", manifest.trim(), joined(&self.hooks));
        if args.show_only.is_empty() {
            Ok(text)
        } else {
            only(&text, &args.show_only)
        }
    }

    /// Writes one file a template. Helm: definitions never stand below the release's name.
    fn write(&self, directory: &Path, with_name: bool) -> Result<String, Failure> {
        let named = if with_name {
            directory.join(self.release.name.as_str())
        } else {
            directory.to_owned()
        };
        let mut files = Files {
            written: BTreeSet::new(),
            told: String::new(),
        };
        for document in &self.crds {
            files.append(directory, document)?;
        }
        for (source, text) in documents(&self.release.manifest) {
            let text = text.strip_suffix('\n').unwrap_or(text);
            files.append(&named, &(source.to_owned(), text.to_owned()))?;
        }
        for document in &self.hooks {
            files.append(&named, document)?;
        }
        Ok(files.told + "\n")
    }
}

fn joined(documents: &[Document]) -> String {
    documents
        .iter()
        .map(|(source, text)| format!("---\n# Source: {source}\n{text}\n"))
        .collect()
}

/// The documents of the templates that are named, in the order of the flags.
fn only(text: &str, patterns: &[String]) -> Result<String, Failure> {
    let documents = split_manifest(text);
    let mut shown = String::new();
    for pattern in patterns {
        let before = shown.len();
        for document in &documents {
            let path = document
                .source
                .and_then(|source| source.split_once('/'))
                .map_or("", |(_, path)| path);
            if match_pattern(pattern, path).is_ok_and(|matches| matches) {
                shown.push_str(&format!("---\n{}\n", document.text));
            }
        }
        if shown.len() == before {
            return Err(Failure::new(format!("could not find template {pattern} in chart")));
        }
    }
    Ok(shown)
}

/// Files under way: the first document replaces what is there, the others are added.
struct Files {
    written: BTreeSet<PathBuf>,
    told: String,
}

impl Files {
    fn append(&mut self, directory: &Path, (source, text): &Document) -> Result<(), Failure> {
        if !Path::new(source)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(Failure::new(format!("{source}: not a path below the chart")));
        }
        let path = directory.join(source);
        let failed =
            |error: std::io::Error| Failure::new(format!("open {}: {}", path.display(), inputs::reason(&error)));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let document = format!("---\n# Source: {source}\n{text}\n");
        let new = self.written.insert(path.clone());
        let before = if new {
            String::new()
        } else {
            std::fs::read_to_string(&path).map_err(failed)?
        };
        std::fs::write(&path, before + &document).map_err(failed)?;
        self.told.push_str(&format!("wrote {}\n", path.display()));
        Ok(())
    }
}
