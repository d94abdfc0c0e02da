//! Running a release's hooks.
//!
//! Helm's order: by weight, then by name. Each hook's record is stored before the hook object is created, so that a
//! reader of the history sees where a run was interrupted.

use std::time::Duration;

use ironhelm_plan::{
    Address, Change, GroupVersionKind, Kinds, Object, Placed, Policy, Propagation, creation, parse_manifest, place,
};
use ironhelm_release::{
    DeletePolicy, Hook, HookEvent, HookPhase, LastRun, OutputLogPolicy, Release, ReleaseError, Time,
};

use crate::deadline::{Backoff, Deadline};
use crate::error::full_text;
use crate::events::Event;
use crate::execute::StepError;
use crate::ports::{Cluster, ClusterError, Ports, Releases};
use crate::readiness::{Readiness, hook_readiness};
use crate::transition::BuildError;
use crate::wait::{not_ready, wait_gone};

/// Whether hooks run, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HookRun<'a> {
    pub(crate) event: HookEvent,
    pub(crate) kinds: &'a Kinds,
    pub(crate) server_side: bool,
    pub(crate) timeout: Duration,
    /// Helm's default strategy does not wait for deletions; `--wait` does.
    pub(crate) wait_for_deletion: bool,
}

/// Why hooks failed.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The manifest of a hook cannot be turned into objects.
    #[error("unable to build kubernetes object for {purpose} hook {path}")]
    Build {
        /// The event that it runs at, or `deleting`.
        purpose: String,
        /// The template it came from.
        path: String,
        /// What is wrong.
        source: BuildError,
    },
    /// The hook object was refused.
    #[error("warning: Hook {event} {path} failed")]
    Create {
        /// Why it ran.
        event: HookEvent,
        /// The template it came from.
        path: String,
        /// The refusal, in Helm's words.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A hook object could not be deleted.
    #[error(transparent)]
    Delete(ClusterError),
    /// The hook ran and did not end well.
    #[error("{0}")]
    Failed(String),
    /// The record could not be stored.
    #[error(transparent)]
    Record(ReleaseError),
}

/// What a hook is read for when it is to go.
const DELETING: &str = "deleting";

/// Runs the hooks of one event; how each went is written into the release. Returns whether there were any.
pub(crate) async fn run_hooks<C: Cluster, R: Releases>(
    release: &mut Release,
    run: &HookRun<'_>,
    ports: &Ports<'_, C, R>,
) -> Result<bool, HookError> {
    let order = execution_order(&release.hooks, run.event);
    let mut succeeded = Vec::with_capacity(order.len());
    for &index in &order {
        release.hooks[index].set_default_delete_policy();
        match run_one(release, index, run, ports).await {
            Ok(()) => succeeded.push(index),
            Err(failure) => {
                release.hooks[index].last_run.completed_at = Some(Time::from(ports.surroundings.now()));
                release.hooks[index].last_run.phase = Some(HookPhase::Failed);
                after_failure(&release.hooks[index], &failure, release.namespace.as_str(), run, ports).await;
                delete_succeeded(release, &succeeded, run, ports).await;
                return Err(failure);
            }
        }
    }
    succeeded.reverse();
    after_success(release, &succeeded, run, ports).await?;
    Ok(!order.is_empty())
}

/// The indexes of the hooks of this event, by weight, then by name.
fn execution_order(hooks: &[Hook], event: HookEvent) -> Vec<usize> {
    let mut order: Vec<usize> = (0..hooks.len()).filter(|&index| hooks[index].runs_at(event)).collect();
    order.sort_by(|&a, &b| (hooks[a].weight, &hooks[a].name).cmp(&(hooks[b].weight, &hooks[b].name)));
    order
}

async fn run_one<C: Cluster, R: Releases>(
    release: &mut Release,
    index: usize,
    run: &HookRun<'_>,
    ports: &Ports<'_, C, R>,
) -> Result<(), HookError> {
    let hook = &release.hooks[index];
    ports.events.tell(Event::HookStarted { hook, event: run.event });
    if hook.deletes(&DeletePolicy::BeforeHookCreation) {
        delete(hook, release.namespace.as_str(), run, ports).await?;
        wait_until_gone(hook, release.namespace.as_str(), run, ports).await?;
    }
    let placed = build(
        &release.hooks[index],
        release.namespace.as_str(),
        run,
        run.event.as_str(),
    )?;
    let started_at = Some(Time::from(ports.surroundings.now()));
    release.hooks[index].last_run = LastRun {
        started_at,
        completed_at: None,
        phase: Some(HookPhase::Running),
    };
    ports.releases.update(release).await.map_err(HookError::Record)?;
    let hook = &mut release.hooks[index];
    hook.last_run.phase = Some(HookPhase::Unknown);
    let created = create(hook, &placed, run, ports).await?;
    wait(&created, run, ports).await?;
    hook.last_run.completed_at = Some(Time::from(ports.surroundings.now()));
    hook.last_run.phase = Some(HookPhase::Succeeded);
    ports.events.tell(Event::HookSucceeded { hook, event: run.event });
    Ok(())
}

fn build(hook: &Hook, namespace: &str, run: &HookRun<'_>, purpose: &str) -> Result<Vec<Placed>, HookError> {
    let failure = |source: BuildError| HookError::Build {
        purpose: purpose.to_owned(),
        path: hook.path.clone(),
        source,
    };
    let objects = parse_manifest(&hook.manifest).map_err(|error| failure(error.into()))?;
    let placed = place(objects, run.kinds, namespace).map_err(|unknown| failure(BuildError::Unknown(unknown)))?;
    match placed.iter().find(|placed| placed.address.flaw().is_some()) {
        Some(nameless) => Err(HookError::Delete(ClusterError::no_name(&nameless.address))),
        None => Ok(placed),
    }
}

/// Creates a hook's objects; each comes back as the server stored it.
async fn create<C: Cluster, R: Releases>(
    hook: &Hook,
    placed: &[Placed],
    run: &HookRun<'_>,
    ports: &Ports<'_, C, R>,
) -> Result<Vec<(Address, Option<Object>)>, HookError> {
    let mut created = Vec::with_capacity(placed.len());
    let policy = Policy {
        server_side: run.server_side,
        ..Policy::default()
    };
    for Placed { address, object } in placed {
        let change = creation(object, &policy);
        let outcome = ports.cluster.change(address, &change).await;
        let stored = outcome.map_err(|error| refusal(hook, run.event, address, &change, error))?;
        created.push((address.clone(), stored));
    }
    Ok(created)
}

fn refusal(hook: &Hook, event: HookEvent, address: &Address, change: &Change, error: ClusterError) -> HookError {
    let source: Box<dyn std::error::Error + Send + Sync> = match change {
        Change::Apply { .. } => Box::new(StepError::Apply {
            address: Box::new(address.clone()),
            source: error,
        }),
        _ => Box::new(error),
    };
    HookError::Create {
        event,
        path: hook.path.clone(),
        source,
    }
}

/// Waits until every object of a hook has done its work.
///
/// The object is followed from the state in which it was stored: a Job that is cleaned up as soon as it has completed
/// would be gone before anybody looks again.
async fn wait<C: Cluster, R: Releases>(
    created: &[(Address, Option<Object>)],
    run: &HookRun<'_>,
    ports: &Ports<'_, C, R>,
) -> Result<(), HookError> {
    let deadline = Deadline::after(run.timeout, ports);
    for (address, stored) in created {
        match follow(address, stored.as_ref(), deadline, ports).await? {
            Readiness::Ready => {}
            Readiness::Failed(message) => return Err(HookError::Failed(not_ready(address, "Failed", &message))),
            Readiness::Progressing(message) => {
                let line = not_ready(address, "InProgress", &message);
                return Err(HookError::Failed(format!("{line}\ncontext deadline exceeded")));
            }
        }
    }
    Ok(())
}

/// The last state of a hook's object before the deadline. A server that stumbles is asked again.
async fn follow<C: Cluster, R: Releases>(
    address: &Address,
    stored: Option<&Object>,
    deadline: Deadline,
    ports: &Ports<'_, C, R>,
) -> Result<Readiness, HookError> {
    let mut state = hook_readiness(address, stored);
    let mut since = stored.and_then(Object::resource_version).map(str::to_owned);
    let mut backoff = Backoff::default();
    while matches!(state, Readiness::Progressing(_)) && !deadline.is_over(ports) {
        let from = since.clone();
        let mut done = |live: Option<&Object>| {
            if let Some(version) = live.and_then(Object::resource_version) {
                since = Some(version.to_owned());
            }
            state = match live {
                // Helm 3: the end of a hook's object counts as its success.
                None => Readiness::Ready,
                live => hook_readiness(address, live),
            };
            !matches!(state, Readiness::Progressing(_))
        };
        let followed = ports
            .cluster
            .follow(address, from.as_deref(), deadline.left(ports), &mut done);
        match followed.await {
            Ok(()) => break,
            Err(error) if error.may_pass() => {
                let pause = backoff.next().min(deadline.left(ports));
                ports.cluster.changed(&[], pause).await;
            }
            Err(error) => return Err(HookError::Failed(error.to_string())),
        }
    }
    Ok(state)
}

/// What a failed hook asks for. That its remains cannot be removed is told; the failure to report is the hook's own.
async fn after_failure<C: Cluster, R: Releases>(
    hook: &Hook,
    failure: &HookError,
    namespace: &str,
    run: &HookRun<'_>,
    ports: &Ports<'_, C, R>,
) {
    if !matches!(failure, HookError::Failed(_)) {
        return;
    }
    if hook.logs(&OutputLogPolicy::HookFailed) {
        tell_logs(hook, namespace, run, ports).await;
    }
    if hook.deletes(&DeletePolicy::HookFailed) {
        delete_or_tell(hook, namespace, run, ports).await;
    }
}

/// Helm: what succeeded before in this run and asks to be deleted then is deleted also when a later hook fails.
async fn delete_succeeded<C: Cluster, R: Releases>(
    release: &Release,
    succeeded: &[usize],
    run: &HookRun<'_>,
    ports: &Ports<'_, C, R>,
) {
    for hook in succeeded.iter().map(|&index| &release.hooks[index]) {
        if hook.deletes(&DeletePolicy::HookSucceeded) {
            delete_or_tell(hook, release.namespace.as_str(), run, ports).await;
        }
    }
}

async fn delete_or_tell<C: Cluster, R: Releases>(
    hook: &Hook,
    namespace: &str,
    run: &HookRun<'_>,
    ports: &Ports<'_, C, R>,
) {
    if let Err(error) = delete(hook, namespace, run, ports).await {
        let text = format!("hook {} could not be deleted: {}", hook.path, full_text(&error));
        ports.events.tell(Event::Warning(&text));
    }
}

async fn after_success<C: Cluster, R: Releases>(
    release: &Release,
    succeeded: &[usize],
    run: &HookRun<'_>,
    ports: &Ports<'_, C, R>,
) -> Result<(), HookError> {
    for hook in succeeded.iter().map(|&index| &release.hooks[index]) {
        if hook.logs(&OutputLogPolicy::HookSucceeded) {
            tell_logs(hook, release.namespace.as_str(), run, ports).await;
        }
        if hook.deletes(&DeletePolicy::HookSucceeded) {
            delete(hook, release.namespace.as_str(), run, ports).await?;
        }
    }
    Ok(())
}

/// Deletes a hook's objects. Helm: custom resource definitions are never deleted, for their objects would go too.
async fn delete<C: Cluster, R: Releases>(
    hook: &Hook,
    namespace: &str,
    run: &HookRun<'_>,
    ports: &Ports<'_, C, R>,
) -> Result<(), HookError> {
    if hook.kind == "CustomResourceDefinition" {
        return Ok(());
    }
    for Placed { address, .. } in build(hook, namespace, run, DELETING)? {
        match ports
            .cluster
            .change(&address, &Change::Delete(Propagation::Background))
            .await
        {
            Ok(_) if run.wait_for_deletion => gone(&address, run, ports).await?,
            Ok(_) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(HookError::Delete(error)),
        }
    }
    Ok(())
}

/// Helm goes on at once and then applies onto an object that is still terminating: such a hook never runs.
async fn wait_until_gone<C: Cluster, R: Releases>(
    hook: &Hook,
    namespace: &str,
    run: &HookRun<'_>,
    ports: &Ports<'_, C, R>,
) -> Result<(), HookError> {
    if hook.kind == "CustomResourceDefinition" {
        return Ok(());
    }
    for Placed { address, .. } in build(hook, namespace, run, DELETING)? {
        gone(&address, run, ports).await?;
    }
    Ok(())
}

async fn gone<C: Cluster, R: Releases>(
    address: &Address,
    run: &HookRun<'_>,
    ports: &Ports<'_, C, R>,
) -> Result<(), HookError> {
    let waited = wait_gone(vec![address.clone()], run.timeout, ports).await;
    waited.map_err(|error| HookError::Failed(full_text(&error)))
}

/// Tells the logs of a hook's pods. Logs are a help for people: a failure to read them fails nothing.
async fn tell_logs<C: Cluster, R: Releases>(hook: &Hook, namespace: &str, run: &HookRun<'_>, ports: &Ports<'_, C, R>) {
    let Ok(placed) = build(hook, namespace, run, DELETING) else {
        return;
    };
    for Placed { address, object } in placed {
        for pod in pods_of(&address, &object, run.kinds, ports.cluster).await {
            for container in containers(&pod) {
                let namespace = pod.namespace().unwrap_or_default();
                if let Ok(log) = ports.cluster.logs(namespace, pod.name(), container).await {
                    ports.events.tell(Event::HookLog(&log));
                }
            }
        }
    }
}

async fn pods_of<C: Cluster>(address: &Address, object: &Object, kinds: &Kinds, cluster: &C) -> Vec<Object> {
    match object.kind() {
        "Pod" => cluster.get(address).await.ok().flatten().into_iter().collect(),
        "Job" => {
            let pod = GroupVersionKind::new("v1", "Pod");
            let Some(resource) = kinds.find(&pod) else {
                return Vec::new();
            };
            let selector = format!("job-name={}", object.name());
            match cluster
                .list(resource, address.namespace.as_deref(), Some(&selector))
                .await
            {
                Ok(list) => list["items"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .cloned()
                    .filter_map(|item| Object::try_from(item).ok())
                    .collect(),
                Err(_) => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

fn containers(pod: &Object) -> impl Iterator<Item = &str> {
    pod.field("spec")["containers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|c| c["name"].as_str())
}
