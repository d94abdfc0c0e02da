//! `rollback`: a new revision that is a copy of an old one.

use ironhelm_plan::{Ownership, Policy};
use ironhelm_release::{ApplyMethod, HookEvent, Release, ReleaseName, Revision, RollbackBasis, Status, Time};

use crate::error::full_text;
use crate::execute::Mode;
use crate::outcome::{Outcome, RollbackError};
use crate::ports::{Cluster, Discovery, Events, Ports, Releases};
use crate::record::{apply_method, labels_after, record, store_new, supersede, update_or_tell};
use crate::recovery::after_rollback;
use crate::request::{Applying, DryRun};
use crate::transition::{Transition, TransitionError, build_stored, build_wanted};
use crate::wait::Waiting;

/// What is asked of a rollback.
#[derive(Debug, Clone)]
pub struct RollbackRequest {
    /// The release.
    pub name: ReleaseName,
    /// The revision to return to; `None` for the one before the last.
    pub to: Option<Revision>,
    /// How objects reach the cluster.
    pub applying: Applying,
    /// What is waited for.
    pub waiting: Waiting,
    /// How many revisions are kept; 0 keeps all.
    pub history_max: u32,
    /// Whether hooks run.
    pub hooks: bool,
    /// Delete what it has created when it fails.
    pub cleanup_on_fail: bool,
    /// Whether anything changes.
    pub dry_run: DryRun,
}

impl RollbackRequest {
    /// Helm's defaults: back to the revision before the last.
    #[must_use]
    pub fn new(name: ReleaseName) -> Self {
        Self {
            name,
            to: None,
            applying: Applying::default(),
            waiting: Waiting::default(),
            history_max: 10,
            hooks: true,
            cleanup_on_fail: false,
            dry_run: DryRun::default(),
        }
    }
}

/// Rolls a release back.
///
/// # Errors
/// [`RollbackError`]; once the new record is stored, a failure of the objects is also written into it.
pub async fn rollback<C: Cluster, R: Releases>(
    request: &RollbackRequest,
    undisturbed: &Ports<'_, C, R>,
) -> Result<Outcome, RollbackError> {
    let cluster = undisturbed.interruptible();
    let ports = &undisturbed.on(&cluster);
    let discovery = ports.cluster.discover().await.map_err(RollbackError::Cluster)?;
    let history = ports.releases.history(&request.name).await?;
    let basis = RollbackBasis::of(&history, request.to)?;
    let current = ports.releases.read(basis.current).await?;
    let target = ports.releases.read(basis.target).await?;
    let server_side = request.applying.server_side.resolve(target.applied_with());
    request.applying.check(server_side)?;
    let mut release = begin(&current, target, server_side, ports);
    let transition = transition(request, &current, &release, &discovery, ports.events)?;
    let plan = transition.plan(ports.cluster, ports.events).await?;
    if request.dry_run.is_on() {
        return Ok(Outcome::planned(release, plan, Vec::new()));
    }
    store_new(&release, &history, request.history_max, ports.releases).await?;
    let applied = match transition.carry_out(plan, &mut release, ports).await {
        Ok(applied) => applied,
        Err(broken) => {
            let failure = fail(broken.reason, release, current, ports).await;
            return Err(after_rollback(request, failure, &broken.created, undisturbed).await);
        }
    };
    supersede(history.all_deployed(), ports).await;
    release.info.status = Status::Deployed;
    record(&release, Status::PendingRollback, || again(&release), ports)
        .await
        .map_err(|error| RollbackError::Unrecorded(Box::new(error)))?;
    Ok(Outcome::applied(release, applied, Vec::new()))
}

/// The new revision: chart, values, manifest, hooks, notes and labels of the target.
fn begin<C: Cluster, R: Releases>(
    current: &Release,
    target: Release,
    server_side: bool,
    ports: &Ports<'_, C, R>,
) -> Release {
    let description = format!("Rollback to {}", target.revision);
    let mut release = target;
    release.revision = current.revision.next();
    release.namespace = current.namespace.clone();
    release.apply_method = Some(apply_method(server_side));
    release.labels = labels_after(&release.labels, &std::collections::BTreeMap::new());
    release.info.first_deployed.clone_from(&current.info.first_deployed);
    release.info.last_deployed = Some(Time::from(ports.surroundings.now()));
    release.info.deleted = None;
    release.set_status(Status::PendingRollback, description);
    release
}

fn transition<'a>(
    request: &RollbackRequest,
    current: &Release,
    release: &Release,
    discovery: &'a Discovery,
    events: &dyn Events,
) -> Result<Transition<'a>, RollbackError> {
    let namespace = release.namespace.as_str();
    let server_side = release.applied_with() == ApplyMethod::ServerSide;
    let wanted = build_wanted(release, discovery).map_err(RollbackError::NewManifest)?;
    let original = build_stored(&current.manifest, discovery, namespace, events).map_err(RollbackError::OldManifest)?;
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
            // Helm: a rollback never asks who owns an object, and always looks for fields to hand over.
            migrate_to_server_side: server_side,
            ownership: Ownership::Ignore,
        },
        mode: Mode::Update,
        before: HookEvent::PreRollback,
        after: HookEvent::PostRollback,
        run_hooks: request.hooks,
        waiting: request.waiting,
    })
}

/// Helm leaves the record pending when a hook fails, which blocks the next upgrade; we write that it failed.
async fn fail<C: Cluster, R: Releases>(
    failure: TransitionError,
    mut release: Release,
    mut current: Release,
    ports: &Ports<'_, C, R>,
) -> RollbackError {
    let name = release.name.to_string();
    let error = match failure {
        TransitionError::Before(error) | TransitionError::After(error) => RollbackError::Hook(error),
        TransitionError::Waiting(source) => RollbackError::Waiting {
            name: name.clone(),
            source,
        },
        // Nobody can tell how far it came; what was deployed stays what the next upgrade compares with.
        cancelled @ TransitionError::Cancelled(_) => RollbackError::Objects(Box::new(cancelled)),
        other => {
            current.info.status = Status::Superseded;
            update_or_tell(&current, ports).await;
            RollbackError::Objects(Box::new(other))
        }
    };
    let text = match &error {
        RollbackError::Waiting { source, .. } => format!("Release \"{name}\" failed: {}", full_text(source)),
        other => format!("Rollback \"{name}\" failed: {}", full_text(other)),
    };
    release.set_status(Status::Failed, text);
    match record(&release, Status::PendingRollback, || again(&release), ports).await {
        Ok(()) => error,
        Err(source) => RollbackError::FailedUnrecorded {
            original: Box::new(error),
            source: Box::new(source),
        },
    }
}

/// The command that ends a pending rollback: the same one once more.
fn again(release: &Release) -> String {
    let description = &release.info.description;
    let to = description.strip_prefix("Rollback to ").unwrap_or_default();
    format!("rollback {} {to}", release.name).trim_end().to_owned()
}
