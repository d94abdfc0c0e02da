//! `upgrade`: a new revision of a release that is there.

use std::sync::Arc;

use ironhelm_chart::Chart;
use ironhelm_plan::Policy;
use ironhelm_release::{
    ApplyMethod, Header, HookEvent, Release, ReleaseError, ReleaseName, Status, Time, UpgradeBasis,
};
use ironhelm_values::{Carried, Previous, Reuse, Values, carry_over};

use crate::compose::{Prepared, Rendering, prepare, release_context, render_live};
use crate::error::full_text;
use crate::execute::Mode;
use crate::outcome::{Outcome, UpgradeError};
use crate::ports::{Cluster, Discovery, Ports, Releases};
use crate::record::{apply_method, fill, labels_after, new_release, record, store_new, update_or_tell};
use crate::recovery::after_upgrade;
use crate::request::{Applying, DryRun, OnFailure, Recording};
use crate::transition::{Transition, TransitionError, build_stored, build_wanted};
use crate::wait::Waiting;

/// What is asked of an upgrade.
#[derive(Debug, Clone)]
pub struct UpgradeRequest {
    /// The release.
    pub name: ReleaseName,
    /// The chart to upgrade to.
    pub chart: Arc<Chart>,
    /// The user's values.
    pub values: Values,
    /// What is kept of the values before.
    pub reuse: Reuse,
    /// How templates are run.
    pub rendering: Rendering,
    /// How objects reach the cluster.
    pub applying: Applying,
    /// What is waited for.
    pub waiting: Waiting,
    /// What is written into the record.
    pub recording: Recording,
    /// Whether hooks run.
    pub hooks: bool,
    /// What is done when it fails half way.
    pub on_failure: OnFailure,
    /// Delete what it has created when it fails.
    pub cleanup_on_fail: bool,
    /// Whether anything changes.
    pub dry_run: DryRun,
}

impl UpgradeRequest {
    /// Helm's defaults for everything but the name and the chart.
    #[must_use]
    pub fn new(name: ReleaseName, chart: Arc<Chart>) -> Self {
        Self {
            name,
            chart,
            values: Values::new(),
            reuse: Reuse::default(),
            rendering: Rendering::default(),
            applying: Applying::default(),
            waiting: Waiting::default(),
            recording: Recording::default(),
            hooks: true,
            on_failure: OnFailure::default(),
            cleanup_on_fail: false,
            dry_run: DryRun::default(),
        }
    }
}

/// Upgrades a release.
///
/// # Errors
/// [`UpgradeError`]; once the new record is stored, a failure is also written into it.
pub async fn upgrade<C: Cluster, R: Releases>(
    request: &UpgradeRequest,
    undisturbed: &Ports<'_, C, R>,
) -> Result<Outcome, UpgradeError> {
    let cluster = undisturbed.interruptible();
    let ports = &undisturbed.on(&cluster);
    let discovery = ports.cluster.discover().await.map_err(UpgradeError::Cluster)?;
    let history = ports.releases.history(&request.name).await?;
    let basis = UpgradeBasis::of(&request.name, &history)?;
    let (last, mut base) = read_both(&basis, ports.releases).await?;
    let server_side = request.applying.server_side.resolve(last.applied_with());
    request.applying.check(server_side)?;
    let prepared = prepare_values(request, &base)?;
    let mut release = begin(request, &prepared, &last, server_side, ports);
    let context = release_context(&release, true);
    let (rendering, dry_run) = (&request.rendering, request.dry_run);
    let rendered = render_live(&prepared, &context, &discovery, rendering, dry_run, ports).await?;
    fill(&mut release, rendered);
    let transition = transition(request, &base, &release, &discovery, ports)?;
    let plan = transition.plan(ports.cluster, ports.events).await?;
    if dry_run.is_on() {
        release.info.description = request.recording.description_or("Dry run complete");
        return Ok(Outcome::planned(release, plan, prepared.warnings));
    }
    store_new(&release, &history, request.recording.history_max, ports.releases).await?;
    let applied = match transition.carry_out(plan, &mut release, ports).await {
        Ok(applied) => applied,
        Err(broken) => {
            let failure = fail(broken.reason, release, &base, ports).await;
            return Err(after_upgrade(request, failure, &broken.created, undisturbed).await);
        }
    };
    finish(request, &mut release, &mut base, ports).await?;
    Ok(Outcome::applied(release, applied, prepared.warnings))
}

/// The newest revision, and the one that the upgrade starts from: mostly the same one.
async fn read_both<R: Releases>(
    basis: &UpgradeBasis<'_, Header>,
    releases: &R,
) -> Result<(Release, Release), ReleaseError> {
    let last = releases.read(basis.last()).await?;
    let same = basis.current().revision == basis.last().revision;
    let base = if same {
        last.clone()
    } else {
        releases.read(basis.current()).await?
    };
    Ok((last, base))
}

fn prepare_values(request: &UpgradeRequest, base: &Release) -> Result<Prepared, UpgradeError> {
    let nothing = Values::new();
    // The chart before is megabytes of text, and only one of the modes looks into it.
    let needed = request.reuse == Reuse::Reuse;
    let old_chart = if needed {
        base.chart.to_chart().map_err(UpgradeError::OldChart)?
    } else {
        Chart::default()
    };
    let previous = Previous {
        config: base.config.as_ref().unwrap_or(&nothing),
        chart: &old_chart,
    };
    let Carried {
        config, chart_values, ..
    } = carry_over(request.reuse, request.values.clone(), &previous)?;
    let mut chart = Arc::clone(&request.chart);
    if let Some(values) = chart_values {
        Arc::make_mut(&mut chart).values = Some(values);
    }
    Ok(prepare(&chart, config, &request.rendering)?)
}

/// The new revision as it is stored before anything is touched.
fn begin<C: Cluster, R: Releases>(
    request: &UpgradeRequest,
    prepared: &Prepared,
    last: &Release,
    server_side: bool,
    ports: &Ports<'_, C, R>,
) -> Release {
    let mut release = new_release(&request.name, last.namespace.clone(), prepared);
    release.revision = last.revision.next();
    release.apply_method = Some(apply_method(server_side));
    release.labels = labels_after(&last.labels, &request.recording.labels);
    release.info.first_deployed = last.info.first_deployed.clone();
    release.info.last_deployed = Some(Time::from(ports.surroundings.now()));
    release.set_status(Status::PendingUpgrade, "Preparing upgrade");
    release
}

fn transition<'a, C: Cluster, R: Releases>(
    request: &UpgradeRequest,
    base: &Release,
    release: &Release,
    discovery: &'a Discovery,
    ports: &Ports<'_, C, R>,
) -> Result<Transition<'a>, UpgradeError> {
    let namespace = release.namespace.as_str();
    let server_side = release.applied_with() == ApplyMethod::ServerSide;
    let wanted = build_wanted(release, discovery).map_err(UpgradeError::NewManifest)?;
    let original =
        build_stored(&base.manifest, discovery, namespace, ports.events).map_err(UpgradeError::OldManifest)?;
    Ok(Transition {
        discovery,
        original,
        wanted,
        name: release.name.clone(),
        namespace: release.namespace.clone(),
        policy: Policy {
            server_side,
            force_conflicts: request.applying.force_conflicts,
            force_replace: request.applying.force_replace,
            migrate_to_server_side: server_side && base.applied_with() == ApplyMethod::ClientSide,
            ownership: request.applying.ownership(),
        },
        mode: Mode::Update,
        before: HookEvent::PreUpgrade,
        after: HookEvent::PostUpgrade,
        run_hooks: request.hooks,
        waiting: request.on_failure.waiting(request.waiting),
    })
}

/// Helm: the new record says failed and why; the one before keeps its status and is written again.
async fn fail<C: Cluster, R: Releases>(
    failure: TransitionError,
    mut release: Release,
    base: &Release,
    ports: &Ports<'_, C, R>,
) -> UpgradeError {
    let rewrites_base = matches!(failure, TransitionError::Objects(_) | TransitionError::Waiting(_));
    let error = UpgradeError::from(failure);
    release.set_status(
        Status::Failed,
        format!("Upgrade \"{}\" failed: {}", release.name, full_text(&error)),
    );
    if rewrites_base {
        update_or_tell(base, ports).await;
    }
    match record(&release, Status::PendingUpgrade, || rollback_to(base), ports).await {
        Ok(()) => error,
        Err(source) => UpgradeError::FailedUnrecorded {
            original: Box::new(error),
            source: Box::new(source),
        },
    }
}

/// The command that ends a pending upgrade.
fn rollback_to(base: &Release) -> String {
    format!("rollback {} {}", base.name, base.revision)
}

async fn finish<C: Cluster, R: Releases>(
    request: &UpgradeRequest,
    release: &mut Release,
    base: &mut Release,
    ports: &Ports<'_, C, R>,
) -> Result<(), UpgradeError> {
    base.info.status = Status::Superseded;
    update_or_tell(base, ports).await;
    release.set_status(Status::Deployed, request.recording.description_or("Upgrade complete"));
    let recorded = record(release, Status::PendingUpgrade, || rollback_to(base), ports).await;
    recorded.map_err(|error| UpgradeError::Unrecorded(Box::new(error)))
}
