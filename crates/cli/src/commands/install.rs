//! `install`: a chart becomes a release.

use std::sync::Arc;

use ironhelm::chart::Chart;
use ironhelm::release::Namespace;
use ironhelm::render::Capabilities;
use ironhelm::{Applying, DryRun, InstallRequest, OnFailure, Outcome, Surroundings};

use crate::chart_args::ChartArgs;
use crate::commands::Usage;
use crate::context::{Context, Platform};
use crate::delivery::{SyncToArgs, chart_at_target};
use crate::failure::Failure;
use crate::flags::{ApplyArgs, DryRunArgs, Format, RecordArgs, RenderArgs, ResultArgs, ValuesArgs, WaitArgs};
use crate::offline::Offline;
use crate::page::Page;
use crate::report::Summary;
use crate::{inputs, release_output};

const USAGE: Usage = Usage {
    command: "install",
    arguments: "[NAME] [CHART]",
};

/// Flags of `install`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm install [NAME] [CHART] [flags]")]
pub(crate) struct Args {
    /// Make a name of the chart's name and the time
    #[arg(long, short = 'g')]
    pub(super) generate_name: bool,
    /// Make the name of a template; it has no values, but functions, env too
    #[arg(long, value_name = "TEMPLATE")]
    pub(super) name_template: Option<String>,
    /// Take over a name whose last revision failed or is uninstalled
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    pub(super) shared: Shared,
}

/// Flags of both `install` and `upgrade`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Shared {
    #[arg(hide = true)]
    pub(crate) arguments: Vec<String>,
    /// Create the namespace if it is absent
    #[arg(long)]
    create_namespace: bool,
    /// Take objects over that belong to others
    #[arg(long)]
    pub(crate) take_ownership: bool,
    /// Do not install what is in crds/
    #[arg(long)]
    skip_crds: bool,
    /// Run no hooks
    #[arg(long)]
    pub(crate) no_hooks: bool,
    /// When it fails, roll the upgrade back or uninstall what was installed; waits until everything is ready
    #[arg(long)]
    rollback_on_failure: bool,
    /// Bring the charts that the chart needs and lacks
    #[arg(long)]
    dependency_update: bool,
    #[command(flatten)]
    pub(crate) sync_to: SyncToArgs,
    #[command(flatten)]
    pub(crate) chart: ChartArgs,
    #[command(flatten)]
    pub(crate) values: ValuesArgs,
    #[command(flatten)]
    pub(crate) render: RenderArgs,
    #[command(flatten)]
    pub(crate) apply: ApplyArgs,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    #[command(flatten)]
    pub(crate) dry_run: DryRunArgs,
    #[command(flatten)]
    pub(crate) result: ResultArgs,
}

impl Shared {
    /// The chart that an argument names, to be rendered only.
    pub(crate) async fn chart_rendered<P>(&self, chart: &str, context: &Context<P>) -> Result<Arc<Chart>, Failure> {
        self.chart.chart(chart, self.dependency_update, context).await
    }

    /// The chart that an argument names, for a release; it is said which one that is.
    pub(crate) async fn chart_named<P>(&self, chart: &str, context: &Context<P>) -> Result<Arc<Chart>, Failure> {
        if let Some(place) = &self.sync_to.sync_to {
            let dry_run = self.dry_run.dry_run(&context.console).map_err(Failure::new)?;
            return chart_at_target(chart, place, dry_run == DryRun::Off, context).await;
        }
        self.chart
            .chart_for_release(chart, self.dependency_update, context)
            .await
    }

    pub(crate) fn on_failure(&self) -> OnFailure {
        if self.rollback_on_failure {
            OnFailure::RollBack
        } else {
            OnFailure::Leave
        }
    }
}

/// Installs, and prints the page about the release.
pub(crate) async fn run<P: Platform>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let Args {
        generate_name,
        name_template,
        replace,
        shared,
    } = args;
    let naming = Naming {
        generate: *generate_name,
        template: name_template.as_deref(),
        otherwise: None,
    };
    USAGE.some(&shared.arguments)?;
    let applying = shared.apply.applying_anew().map_err(Failure::new)?;
    let applying = Applying {
        take_ownership: shared.take_ownership,
        ..applying
    };
    let dry_run = shared.dry_run.dry_run(&context.console).map_err(Failure::new)?;
    let failed = |failure: Failure| failure.prefixed("INSTALLATION FAILED: ");
    let (name, chart) = name_and_chart(&shared.arguments, naming).map_err(failed)?;
    let wanted = Wanted {
        name,
        chart,
        applying,
        dry_run,
        replace: *replace,
    };
    let outcome = install(shared, wanted, context).await.map_err(failed)?;
    print(outcome, &shared.result, context);
    Ok(())
}

/// What an install is about, where `upgrade --install` says it too.
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) chart: String,
    pub(crate) applying: Applying,
    pub(crate) dry_run: DryRun,
    pub(crate) replace: bool,
}

/// Installs `wanted`.
pub(crate) async fn install<P: Platform>(
    args: &Shared,
    wanted: Wanted,
    context: &Context<P>,
) -> Result<Outcome, Failure> {
    let chart = args.chart_named(&wanted.chart, context).await?;
    let values = inputs::values(&args.values)?;
    if args.result.hide_secret && !wanted.dry_run.is_on() {
        return Err(Failure::new("hiding Kubernetes secrets requires a dry-run mode"));
    }
    let name = wanted
        .name
        .parse()
        .map_err(|error| Failure::of(&error).prefixed("release name check failed: "))?;
    let recording = args.record.recording(0);
    ironhelm::release::labels::check_user_labels(&recording.labels).map_err(|error| Failure::of(&error))?;
    let mut request = InstallRequest::new(name, Namespace::default(), chart);
    request.values = values;
    request.rendering = args.render.rendering();
    request.applying = wanted.applying;
    request.on_failure = args.on_failure();
    request.waiting = args.wait.waiting_with(request.on_failure, &context.console);
    request.recording = recording;
    request.hooks = !args.no_hooks;
    request.skip_crds = args.skip_crds;
    request.create_namespace = args.create_namespace;
    request.replace = wanted.replace;
    request.dry_run = wanted.dry_run;
    let surroundings = args.render.surroundings(&context.settings)?;
    send(request, surroundings, context).await
}

async fn send<P: Platform>(
    mut request: InstallRequest,
    surroundings: Arc<dyn Surroundings>,
    context: &Context<P>,
) -> Result<Outcome, Failure> {
    if request.dry_run == DryRun::Client {
        return render_only(request, surroundings, context).await;
    }
    context.check_namespace()?;
    let connected = context
        .connect_for(request.name.as_str())
        .await
        .map_err(|failure| failure.prefixed("cluster reachability check failed: "))?;
    request.namespace = Namespace::from(connected.namespace.as_str());
    warn_of_definitions(&request, context);
    let engine = connected.engine.with_surroundings(surroundings);
    let installed = engine.install(&request).await;
    installed.map_err(|error| Failure::install(&error, &context.settings))
}

/// A dry run on the server does not define what is in crds/.
pub(super) fn warn_of_definitions<P>(request: &InstallRequest, context: &Context<P>) {
    if request.dry_run == DryRun::Server && !request.chart.crds().is_empty() {
        let text = "This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.";
        context.console.warn(text);
    }
}

/// Helm: a dry run on the client needs no cluster.
async fn render_only<P: Platform>(
    request: InstallRequest,
    surroundings: Arc<dyn Surroundings>,
    context: &Context<P>,
) -> Result<Outcome, Failure> {
    let offline = Offline {
        name: request.name,
        namespace: context.offline_namespace().await,
        chart: request.chart,
        values: request.values,
        rendering: request.rendering,
        capabilities: Capabilities::default(),
        is_upgrade: false,
        labels: request.recording.labels,
        surroundings,
        after_failure: "",
    };
    let mut release = offline.release(&context.console)?;
    if let Some(description) = request.recording.description {
        release.info.description = description;
    }
    let objects = ironhelm::Objects::Planned(ironhelm::plan::ObjectPlan::default());
    Ok(Outcome {
        release,
        objects,
        warnings: Vec::new(),
    })
}

/// How a release gets a name that is not an argument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Naming<'a> {
    pub(crate) generate: bool,
    pub(crate) template: Option<&'a str>,
    pub(crate) otherwise: Option<&'a str>,
}

/// Tells the release's name from the chart.
pub(crate) fn name_and_chart(arguments: &[String], naming: Naming<'_>) -> Result<(String, String), Failure> {
    let template = naming.template.filter(|template| !template.is_empty());
    match arguments {
        [_, _, rest @ ..] if !rest.is_empty() => Err(Failure::new(format!(
            "expected at most two arguments, unexpected arguments: {}",
            rest.join(", ")
        ))),
        [_, _, ..] if naming.generate => Err(Failure::new("cannot set --generate-name and also specify a name")),
        [_, _, ..] if template.is_some() => Err(Failure::new("cannot set --name-template and also specify a name")),
        [name, chart, ..] => Ok((name.clone(), chart.clone())),
        [chart] => match (template, naming.otherwise) {
            (Some(template), _) => Ok((templated_name(template)?, chart.clone())),
            // Helm: a name that is set beforehand stays, even where one shall be made.
            (None, Some(name)) => Ok((name.to_owned(), chart.clone())),
            (None, None) if naming.generate => Ok((generated_name(chart), chart.clone())),
            (None, None) => Err(Failure::new("must either provide a name or specify --generate-name")),
        },
        [] => Err(Failure::new("must either provide a name or specify --generate-name")),
    }
}

fn templated_name(template: &str) -> Result<String, Failure> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let environment = std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .collect();
    ironhelm::release_name_from_template(template, &environment).map_err(Failure::new)
}

/// Helm: the chart's file name up to its first dot, and the Unix time.
fn generated_name(chart: &str) -> String {
    let base = ironhelm_golang::filepath::base(chart);
    let base = base.split('.').next().unwrap_or_default();
    let base = if base.is_empty() { "chart" } else { base };
    format!("{base}-{}", jiff::Timestamp::now().as_second())
}

/// Prints what an install or an upgrade did.
pub(crate) fn print<P: Platform>(mut outcome: Outcome, result: &ResultArgs, context: &Context<P>) {
    outcome
        .warnings
        .iter()
        .for_each(|warning| context.console.warn(warning));
    if result.hide_secret {
        outcome.release.manifest = release_output::without_secrets(&outcome.release.manifest);
    }
    let text = match result.output.output {
        Format::Table => {
            let page = Page {
                all: context.settings.debug,
                hide_notes: result.hide_notes,
                fresh: true,
                ..Page::default()
            };
            page.text(&outcome.release)
        }
        machine => release_output::record(&outcome.release, machine),
    };
    context.console.data(&text);
    let summary = Summary::of(&outcome);
    if context.console.is_watched() && !summary.line().is_empty() {
        context.console.talk(summary.line());
    }
}
