//! `uninstall`: the end of a release.

use std::time::Duration;

use ironhelm_plan::{Action, Address, Placed, Propagation, Step, plan_removal};
use ironhelm_release::{Header, History, HookEvent, Release, ReleaseError, ReleaseName, Status, Time, UninstallBasis};
use ironhelm_render::kind_order;

use crate::error::full_text;
use crate::events::Event;
use crate::hooks::{HookError, HookRun, run_hooks};
use crate::outcome::UninstallError;
use crate::ports::{Cluster, Discovery, Events, Ports, Releases};
use crate::record::{supersede, update_or_tell};
use crate::transition::build_stored;
use crate::wait::{WaitFor, Waiting, wait_gone};

/// What is asked of an uninstall.
#[derive(Debug, Clone)]
pub struct UninstallRequest {
    /// The release.
    pub name: ReleaseName,
    /// Keep the records.
    pub keep_history: bool,
    /// What happens to what the deleted objects own.
    pub propagation: Propagation,
    /// What is waited for.
    pub waiting: Waiting,
    /// Whether hooks run.
    pub hooks: bool,
    /// The description of the record that is kept, in place of the usual one.
    pub description: Option<String>,
    /// Only look whether there is something to uninstall.
    pub dry_run: bool,
}

impl UninstallRequest {
    /// Helm's defaults.
    #[must_use]
    pub fn new(name: ReleaseName) -> Self {
        Self {
            name,
            keep_history: false,
            propagation: Propagation::Background,
            waiting: Waiting::default(),
            hooks: true,
            description: None,
            dry_run: false,
        }
    }
}

/// What an uninstall did.
#[derive(Debug)]
pub struct Uninstalled {
    /// The newest record; `None` when only the history was left.
    pub release: Option<Release>,
    /// The objects that their resource policy kept.
    pub kept: Vec<Address>,
}

/// Uninstalls a release.
///
/// # Errors
/// [`UninstallError`].
pub async fn uninstall<C: Cluster, R: Releases>(
    request: &UninstallRequest,
    ports: &Ports<'_, C, R>,
) -> Result<Uninstalled, UninstallError> {
    let discovery = ports.cluster.discover().await.map_err(UninstallError::Cluster)?;
    let history = ports.releases.history(&request.name).await?;
    let last = match UninstallBasis::of(&request.name, &history, request.keep_history)? {
        UninstallBasis::HistoryOnly { .. } if !request.dry_run => {
            purge(&request.name, &history, ports.releases).await?;
            return Ok(Uninstalled {
                release: None,
                kept: Vec::new(),
            });
        }
        UninstallBasis::HistoryOnly { last } | UninstallBasis::Present { last } => last,
    };
    let mut release = ports.releases.read(last).await?;
    if request.dry_run {
        return Ok(Uninstalled {
            release: Some(release),
            kept: Vec::new(),
        });
    }
    begin(&mut release, ports);
    hooks(request, HookEvent::PreDelete, &mut release, &discovery, ports)
        .await
        .map_err(UninstallError::Before)?;
    update_or_tell(&release, ports).await;
    let steps = plan_removal(
        &in_uninstall_order(&release, &discovery, ports.events)?,
        request.propagation,
    );
    let kept = delete_all(&release.name, &steps, ports).await?;
    let mut failures = Vec::new();
    if request.waiting.for_what != WaitFor::Hooks {
        let gone = steps
            .iter()
            .filter(|step| step.action == Action::Delete)
            .map(|step| step.address.clone())
            .collect();
        failures.extend(wait(gone, request.waiting.timeout, ports).await);
    }
    let after = hooks(request, HookEvent::PostDelete, &mut release, &discovery, ports).await;
    failures.extend(after.err().map(|error| full_text(&error)));
    failures.extend(
        finish(request, &mut release, &history, ports)
            .await
            .err()
            .map(|error| full_text(&error)),
    );
    if failures.is_empty() {
        Ok(Uninstalled {
            release: Some(release),
            kept,
        })
    } else {
        Err(UninstallError::After(failures))
    }
}

fn begin<C: Cluster, R: Releases>(release: &mut Release, ports: &Ports<'_, C, R>) {
    release.info.deleted = Some(Time::from(ports.surroundings.now()));
    release.set_status(Status::Uninstalling, "Deletion in progress (or silently failed)");
}

async fn hooks<C: Cluster, R: Releases>(
    request: &UninstallRequest,
    event: HookEvent,
    release: &mut Release,
    discovery: &Discovery,
    ports: &Ports<'_, C, R>,
) -> Result<(), HookError> {
    if !request.hooks {
        return Ok(());
    }
    let run = HookRun {
        event,
        kinds: &discovery.kinds,
        // Helm: an uninstall always applies its hooks server-side.
        server_side: true,
        timeout: request.waiting.timeout,
        wait_for_deletion: request.waiting.for_what != WaitFor::Hooks,
    };
    run_hooks(release, &run, ports).await.map(|_| ())
}

fn in_uninstall_order(
    release: &Release,
    discovery: &Discovery,
    events: &dyn Events,
) -> Result<Vec<Placed>, UninstallError> {
    let namespace = release.namespace.as_str();
    let mut placed = build_stored(&release.manifest, discovery, namespace, events).map_err(UninstallError::Manifest)?;
    placed.sort_by(|a, b| kind_order::uninstall(a.object.kind(), b.object.kind()));
    Ok(placed)
}

/// Deletes everything, and goes on where something cannot be deleted. Returns what was kept.
async fn delete_all<C: Cluster, R: Releases>(
    name: &ReleaseName,
    steps: &[Step],
    ports: &Ports<'_, C, R>,
) -> Result<Vec<Address>, UninstallError> {
    let (mut kept, mut reasons) = (Vec::new(), Vec::new());
    for step in steps {
        for change in &step.changes {
            match ports.cluster.change(&step.address, change).await {
                Err(error) if !error.is_not_found() => reasons.push(format!("{}: {}", step.address, full_text(&error))),
                _ => ports.events.tell(Event::Object {
                    address: &step.address,
                    action: step.action,
                }),
            }
        }
        if step.action == Action::Keep {
            kept.push(step.address.clone());
        }
    }
    if reasons.is_empty() {
        Ok(kept)
    } else {
        Err(UninstallError::Objects {
            name: name.to_string(),
            reasons,
        })
    }
}

async fn wait<C: Cluster, R: Releases>(
    gone: Vec<Address>,
    timeout: Duration,
    ports: &Ports<'_, C, R>,
) -> Option<String> {
    wait_gone(gone, timeout, ports)
        .await
        .err()
        .map(|error| full_text(&error))
}

async fn finish<C: Cluster, R: Releases>(
    request: &UninstallRequest,
    release: &mut Release,
    history: &History<Header>,
    ports: &Ports<'_, C, R>,
) -> Result<(), ReleaseError> {
    if !request.keep_history {
        return purge(&request.name, history, ports.releases).await;
    }
    let description = request
        .description
        .clone()
        .unwrap_or_else(|| "Uninstallation complete".to_owned());
    release.set_status(Status::Uninstalled, description);
    update_or_tell(release, ports).await;
    let kept = release.revision;
    supersede(history.all_deployed().filter(|header| header.revision != kept), ports).await;
    Ok(())
}

async fn purge<R: Releases>(name: &ReleaseName, history: &History<Header>, releases: &R) -> Result<(), ReleaseError> {
    for header in history.revisions() {
        releases.delete(name, header.revision).await?;
    }
    Ok(())
}
