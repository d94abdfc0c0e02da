//! `upgrade`: a release gets a new revision.

use ironhelm::release::labels::check_user_labels;
use ironhelm::release::{Absence, ReleaseError, ReleaseName};
use ironhelm::values::Reuse;
use ironhelm::{Applying, Cluster, DryRun, Engine, Outcome, Releases, ServerSide, UpgradeError, UpgradeRequest};

use crate::commands::install::Shared;
use crate::commands::{Usage, install};
use crate::context::{Connected, Context, Platform};
use crate::failure::{Failure, pending_hint};
use crate::flags::{Format, HistoryArgs};
use crate::inputs;

const USAGE: Usage = Usage {
    command: "upgrade",
    arguments: "[RELEASE] [CHART]",
};

/// Flags of `upgrade`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm upgrade [RELEASE] [CHART] [flags]")]
pub(crate) struct Args {
    /// Install the release if it is absent
    #[arg(long, short)]
    install: bool,
    /// Keep the values of the release and of its chart, and set the new ones over them
    #[arg(long)]
    reuse_values: bool,
    /// Take the values of the new chart, and set the new ones over them
    #[arg(long)]
    reset_values: bool,
    /// Take the values of the new chart, and set those of the release and the new ones over them
    #[arg(long)]
    reset_then_reuse_values: bool,
    /// When it fails, delete what it has created
    #[arg(long)]
    cleanup_on_fail: bool,
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    shared: Shared,
}

/// Upgrades, or installs what is absent, and prints the page about the release.
pub(crate) async fn run<P: Platform>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let Shared { arguments, result, .. } = &args.shared;
    let [name, chart] = USAGE.exactly::<2>(arguments)?;
    let dry_run = args.shared.dry_run.dry_run(&context.console).map_err(Failure::new)?;
    let say = |text: String| {
        if result.output.output == Format::Table {
            context.console.data(&text);
        }
    };
    let outcome = match absence(args, name, context).await? {
        Some(absence) => {
            say(format!("Release {name:?} does not exist. Installing it now.\n"));
            let wanted = installation(args, [name, chart], absence, dry_run)?;
            install::install(&args.shared, wanted, context).await?
        }
        None => {
            let outcome = upgrade(args, [name, chart], dry_run, context).await?;
            say(format!("Release {name:?} has been upgraded. Happy Helming!\n"));
            outcome
        }
    };
    install::print(outcome, result, context);
    Ok(())
}

/// With `--install`: whether the release has to be installed.
async fn absence<P: Platform>(args: &Args, name: &str, context: &Context<P>) -> Result<Option<Absence>, Failure> {
    let (true, Ok(name)) = (args.install, name.parse::<ReleaseName>()) else {
        return Ok(None);
    };
    let history = context.connect().await?.engine.history(&name).await;
    Ok(history
        .map_err(|error| Failure::store(&error, &context.settings))?
        .absence())
}

/// Helm: the install applies on the server unless the upgrade was told not to.
fn installation(
    args: &Args,
    [name, chart]: [&String; 2],
    absence: Absence,
    dry_run: DryRun,
) -> Result<install::Wanted, Failure> {
    let mut applying = applying(args)?;
    if applying.server_side == ServerSide::Auto {
        applying.server_side = ServerSide::On;
    }
    let replace = absence == Absence::Uninstalled;
    Ok(install::Wanted {
        name: name.clone(),
        chart: chart.clone(),
        applying,
        dry_run,
        replace,
    })
}

async fn upgrade<P: Platform>(
    args: &Args,
    [name, chart]: [&String; 2],
    dry_run: DryRun,
    context: &Context<P>,
) -> Result<Outcome, Failure> {
    let chart = args.shared.chart_named(chart, context).await?;
    let values = inputs::values(&args.shared.values)?;
    let failed = |failure: Failure| failure.prefixed("UPGRADE FAILED: ");
    let name = name
        .parse::<ReleaseName>()
        .map_err(|error| failed(Failure::new(error.short())))?;
    let mut request = UpgradeRequest::new(name, chart);
    request.values = values;
    request.reuse = reuse(args);
    request.rendering = args.shared.render.rendering();
    request.applying = applying(args).map_err(failed)?;
    request.on_failure = args.shared.on_failure();
    request.cleanup_on_fail = args.cleanup_on_fail;
    request.waiting = args.shared.wait.waiting_with(request.on_failure, &context.console);
    request.recording = args
        .shared
        .record
        .recording(args.history.max(context.settings.max_history));
    request.hooks = !args.shared.no_hooks;
    request.dry_run = dry_run;
    let surroundings = args.shared.render.surroundings(&context.settings).map_err(failed)?;
    check_user_labels(&request.recording.labels).map_err(|error| failed(Failure::of(&error)))?;
    let connected = context.connect_for(request.name.as_str()).await;
    let Connected { engine, .. } = connected.map_err(failed)?;
    let engine = engine.with_surroundings(surroundings);
    match engine.upgrade(&request).await {
        Ok(outcome) => Ok(outcome),
        Err(error) => Err(failed(explain(&error, &request.name, &engine, context).await)),
    }
}

fn reuse(args: &Args) -> Reuse {
    match (args.reset_values, args.reuse_values, args.reset_then_reuse_values) {
        (true, ..) => Reuse::Reset,
        (_, true, _) => Reuse::Reuse,
        (.., true) => Reuse::ResetThenReuse,
        _ => Reuse::Default,
    }
}

fn applying(args: &Args) -> Result<Applying, Failure> {
    let applying = args.shared.apply.applying().map_err(Failure::new)?;
    Ok(Applying {
        take_ownership: args.shared.take_ownership,
        ..applying
    })
}

/// A failed upgrade, with what is known about the revision that stands in the way.
async fn explain<C: Cluster, R: Releases, P>(
    error: &UpgradeError,
    name: &ReleaseName,
    engine: &Engine<C, R>,
    context: &Context<P>,
) -> Failure {
    let failure = Failure::upgrade(error, &context.settings);
    let UpgradeError::History(ReleaseError::Pending { revision, status }) = error else {
        return failure;
    };
    let Ok(record) = engine.release(name, Some(*revision)).await else {
        return failure;
    };
    let history = engine.history(name).await.unwrap_or_default();
    let back_to = history.last_successful().map(|record| record.revision);
    failure.hint(pending_hint(&record, *status, back_to))
}
