//! Carrying out a plan of object changes: the one executor that all verbs share.
//!
//! Neighbouring steps on objects of one kind run at the same time; a change of kind waits for the group before it.

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use ironhelm_plan::{Action, Address, Change, ObjectPlan, PlanError, Policy, Step, Target, decide};

use crate::error::full_text;
use crate::events::Event;
use crate::observe::in_parallel;
use crate::ports::{Cluster, ClusterError, Events};

/// How often an object is decided upon anew because somebody else changed it in between.
const ATTEMPTS: usize = 5;

/// What was really done.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// What happened to each object, in the order of the plan.
    pub outcomes: Vec<(Address, Action)>,
}

impl Applied {
    /// The objects that were created.
    pub fn created(&self) -> impl Iterator<Item = &Address> {
        self.outcomes
            .iter()
            .filter(|(_, action)| *action == Action::Create)
            .map(|(address, _)| address)
    }
}

/// Why a plan was not carried out to its end.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub struct ExecuteError {
    failures: Vec<StepError>,
    separator: &'static str,
    /// What was done nevertheless.
    pub applied: Applied,
}

impl ExecuteError {
    fn text(&self) -> String {
        self.failures
            .iter()
            .map(|failure| full_text(failure))
            .collect::<Vec<_>>()
            .join(self.separator)
    }
}

/// Why one step failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    #[error(transparent)]
    Create { source: ClusterError },
    #[error("failed to create resource")]
    CreateInUpdate { source: ClusterError },
    #[error("failed to create resource: {}", apply_failure(address, source))]
    ApplyNewInUpdate {
        address: Box<Address>,
        source: ClusterError,
    },
    #[error("cannot patch \"{}\" with kind {}", address.name, address.resource.gvk.kind)]
    Patch {
        address: Box<Address>,
        source: ClusterError,
    },
    #[error("{}", apply_failure(address, source))]
    Apply {
        address: Box<Address>,
        source: ClusterError,
    },
    #[error("failed to replace object")]
    Replace { source: ClusterError },
    #[error("failed to delete resource namespace={}, name={}, kind={}", address.namespace.as_deref().unwrap_or_default(), address.name, address.resource.gvk.kind)]
    Delete {
        address: Box<Address>,
        source: ClusterError,
    },
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("could not get information about the resource")]
    Look(#[source] ClusterError),
}

/// Helm: the words of a refused server-side apply, which differ for conflicts with other field managers.
fn apply_failure(address: &Address, error: &ClusterError) -> String {
    let gvk = &address.resource.gvk;
    let object = format!(
        "{}/{} {}/{}, Kind={}",
        address.namespace.as_deref().unwrap_or_default(),
        address.name,
        gvk.group,
        gvk.version,
        gvk.kind
    );
    if error.is_conflict() {
        format!("conflict occurred while applying object {object}")
    } else {
        format!("server-side apply failed for object {object}")
    }
}

/// Which verb's rules for failures hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Everything is new: each object is tried, all failures are told.
    Install,
    /// Helm: a failed creation ends the run at once, failed patches are collected, and then nothing is deleted.
    Update,
}

/// Carries the plan out.
pub(crate) async fn execute<C: Cluster>(
    plan: ObjectPlan,
    policy: &Policy,
    mode: Mode,
    cluster: &C,
    events: &dyn Events,
) -> Result<Applied, ExecuteError> {
    let run = Run {
        policy,
        mode,
        cluster,
        events,
    };
    let mut applied = Applied::default();
    let mut failures = Vec::new();
    let pairs: Vec<(Target, Step)> = plan.targets.into_iter().zip(plan.steps).collect();
    for group in pairs.chunk_by(|(_, a), (_, b)| a.address.resource == b.address.resource) {
        run.group(group, &mut applied, &mut failures).await;
        if mode == Mode::Update && failures.iter().any(StepError::ends_an_update) {
            // Helm: only the failure that ended the run is told.
            failures.retain(StepError::ends_an_update);
            break;
        }
    }
    if failures.is_empty() {
        run.removals(&plan.removals, &mut applied, &mut failures).await;
    }
    if failures.is_empty() {
        return Ok(applied);
    }
    let separator = if mode == Mode::Install { "\n" } else { " && " };
    Err(ExecuteError {
        failures,
        separator,
        applied,
    })
}

struct Run<'a, C> {
    policy: &'a Policy,
    mode: Mode,
    cluster: &'a C,
    events: &'a dyn Events,
}

impl<C: Cluster> Run<'_, C> {
    async fn group(&self, group: &[(Target, Step)], applied: &mut Applied, failures: &mut Vec<StepError>) {
        let requests: Vec<BoxFuture<'_, _>> = group
            .iter()
            .map(|(target, step)| self.reach(target, step).boxed())
            .collect();
        let mut outcomes = in_parallel(requests);
        let mut steps = group.iter();
        while let (Some(outcome), Some((_, Step { address, .. }))) = (outcomes.next().await, steps.next()) {
            match outcome {
                Ok(action) => {
                    self.events.tell(Event::Object { address, action });
                    applied.outcomes.push((address.clone(), action));
                }
                Err(failure) => failures.push(failure),
            }
        }
    }

    /// Brings one object to its target; where somebody else was faster, looks and decides again.
    async fn reach(&self, target: &Target, planned: &Step) -> Result<Action, StepError> {
        let mut step = planned.clone();
        for attempt in 1.. {
            let failure = match self.send(&step).await {
                Ok(()) => return Ok(step.action),
                Err(failure) => failure,
            };
            if attempt >= ATTEMPTS || !failure.may_pass_after_a_look(&step, self.mode) {
                return Err(failure);
            }
            let live = self.cluster.get(&step.address).await.map_err(StepError::Look)?;
            step = decide(target, live.as_ref(), self.policy)?;
        }
        Ok(step.action)
    }

    async fn send(&self, step: &Step) -> Result<(), StepError> {
        for change in &step.changes {
            tracing::debug!(object = %step.address, change = change.name(), "sending");
            if let Err(error) = self.cluster.change(&step.address, change).await {
                return Err(self.failure(step, change, error));
            }
        }
        Ok(())
    }

    fn failure(&self, step: &Step, change: &Change, source: ClusterError) -> StepError {
        let address = Box::new(step.address.clone());
        match change {
            Change::Delete(_) => StepError::Delete { address, source },
            Change::Replace(_) => StepError::Replace { source },
            Change::StrategicPatch(_) | Change::MergePatch(_) | Change::JsonPatch(_) => {
                StepError::Patch { address, source }
            }
            Change::Create(_) if self.mode == Mode::Install => StepError::Create { source },
            Change::Create(_) => StepError::CreateInUpdate { source },
            Change::Apply { .. } if self.mode == Mode::Update && step.action == Action::Create => {
                StepError::ApplyNewInUpdate { address, source }
            }
            Change::Apply { .. } => StepError::Apply { address, source },
        }
    }

    async fn removals(&self, removals: &[Step], applied: &mut Applied, failures: &mut Vec<StepError>) {
        for step in removals {
            match self.send(step).await {
                Err(StepError::Delete { source, .. }) if source.is_not_found() => {}
                Err(failure) => {
                    failures.push(failure);
                    continue;
                }
                Ok(()) => {}
            }
            self.events.tell(Event::Object {
                address: &step.address,
                action: step.action,
            });
            applied.outcomes.push((step.address.clone(), step.action));
        }
    }
}

impl StepError {
    fn ends_an_update(&self) -> bool {
        matches!(
            self,
            Self::CreateInUpdate { .. } | Self::ApplyNewInUpdate { .. } | Self::Look(_)
        )
    }

    /// A patch against an object that has gone, or against an older state of it, deserves a second look.
    fn may_pass_after_a_look(&self, step: &Step, mode: Mode) -> bool {
        let update = mode == Mode::Update;
        match self {
            Self::Patch { source, .. } | Self::Replace { source } => source.is_not_found() || source.is_conflict(),
            Self::Create { source } | Self::CreateInUpdate { source } => {
                step.action == Action::Create && (source.is_conflict() || update && source.is_already_there())
            }
            _ => false,
        }
    }
}
