//! The part that install, upgrade and rollback share: from the base's objects to the wanted ones, with hooks around.

use ironhelm_plan::ownership::stamp;
use ironhelm_plan::{
    Address, ManifestError, Object, ObjectPlan, Owner, Placed, PlanError, Policy, UnknownKind, parse_manifest, place,
    place_known, plan_changes,
};
use ironhelm_release::{HookEvent, Namespace, Release, ReleaseName};

use crate::events::Event;
use crate::execute::{Applied, ExecuteError, Mode, execute};
use crate::hooks::{HookError, HookRun, run_hooks};
use crate::observe::{ObserveError, observe};
use crate::ports::{Cluster, Discovery, Ports, Releases};
use crate::wait::{WaitError, WaitFor, Waiting, wait_ready};

/// A release's objects on their way from one state to the next.
pub(crate) struct Transition<'a> {
    pub(crate) discovery: &'a Discovery,
    /// What the base manifest says; empty for an install.
    pub(crate) original: Vec<Placed>,
    /// What the new manifest says, with Helm's ownership marks.
    pub(crate) wanted: Vec<Placed>,
    /// Who will own the objects.
    pub(crate) name: ReleaseName,
    pub(crate) namespace: Namespace,
    pub(crate) policy: Policy,
    pub(crate) mode: Mode,
    pub(crate) before: HookEvent,
    pub(crate) after: HookEvent,
    pub(crate) run_hooks: bool,
    pub(crate) waiting: Waiting,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoPlan {
    #[error(transparent)]
    Observe(#[from] ObserveError),
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// In which phase a transition failed.
#[derive(Debug, thiserror::Error)]
pub enum TransitionError {
    /// Hooks before the objects.
    #[error(transparent)]
    Before(HookError),
    /// The objects.
    #[error(transparent)]
    Objects(#[from] ExecuteError),
    /// The objects could not be looked at again after the hooks.
    #[error("{0}")]
    Look(String),
    /// Waiting for the objects.
    #[error(transparent)]
    Waiting(#[from] WaitError),
    /// Hooks after the objects.
    #[error(transparent)]
    After(HookError),
}

impl Transition<'_> {
    /// Looks at the live objects and plans the way.
    pub(crate) async fn plan<C: Cluster>(&self, cluster: &C) -> Result<ObjectPlan, NoPlan> {
        self.plan_as(&self.policy, cluster).await
    }

    async fn plan_as<C: Cluster>(&self, policy: &Policy, cluster: &C) -> Result<ObjectPlan, NoPlan> {
        let addresses = self
            .original
            .iter()
            .chain(&self.wanted)
            .map(|placed| placed.address.clone())
            .collect();
        let live = observe(cluster, addresses).await?;
        let owner = Owner {
            release: self.name.as_str(),
            namespace: self.namespace.as_str(),
        };
        Ok(plan_changes(&self.original, self.wanted.clone(), &live, owner, policy)?)
    }

    /// Hooks, objects, readiness, hooks.
    pub(crate) async fn carry_out<C: Cluster, R: Releases>(
        &self,
        plan: ObjectPlan,
        release: &mut Release,
        ports: &Ports<'_, C, R>,
    ) -> Result<Applied, TransitionError> {
        let hooks_ran = self
            .hooks(self.before, release, ports)
            .await
            .map_err(TransitionError::Before)?;
        let plan = if hooks_ran {
            self.plan_again(ports.cluster).await?
        } else {
            plan
        };
        ports.events.tell(Event::Phase("applying objects"));
        let applied = execute(plan, &self.policy, self.mode, ports.cluster, ports.events).await?;
        wait_ready(self.addresses(), &self.waiting, ports).await?;
        self.hooks(self.after, release, ports)
            .await
            .map_err(TransitionError::After)?;
        Ok(applied)
    }

    /// Hooks may have changed what is live. Who owns the objects was settled before they ran.
    async fn plan_again<C: Cluster>(&self, cluster: &C) -> Result<ObjectPlan, TransitionError> {
        let policy = Policy {
            take_ownership: true,
            ..self.policy
        };
        self.plan_as(&policy, cluster)
            .await
            .map_err(|error| TransitionError::Look(error.to_string()))
    }

    async fn hooks<C: Cluster, R: Releases>(
        &self,
        event: HookEvent,
        release: &mut Release,
        ports: &Ports<'_, C, R>,
    ) -> Result<bool, HookError> {
        if !self.run_hooks {
            return Ok(false);
        }
        let run = HookRun {
            event,
            kinds: &self.discovery.kinds,
            server_side: self.policy.server_side,
            timeout: self.waiting.timeout,
            wait_for_deletion: self.waiting.for_what != WaitFor::Hooks,
        };
        run_hooks(release, &run, ports).await
    }

    fn addresses(&self) -> Vec<Address> {
        self.wanted.iter().map(|placed| placed.address.clone()).collect()
    }
}

/// Why a manifest could not be turned into objects.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The text is no manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Kinds that the cluster does not serve.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Unknown(Vec<UnknownKind>),
}

/// The objects of a new manifest, each with Helm's ownership marks.
pub(crate) fn build_wanted(manifest: &str, discovery: &Discovery, owner: Owner<'_>) -> Result<Vec<Placed>, BuildError> {
    let mut objects = parse_manifest(manifest)?;
    for object in &mut objects {
        stamp(object, owner);
    }
    place(objects, &discovery.kinds, owner.namespace).map_err(BuildError::Unknown)
}

/// The objects of a stored manifest; those of kinds that the cluster has stopped serving are gone already.
pub(crate) fn build_stored(
    manifest: &str,
    discovery: &Discovery,
    namespace: &str,
) -> Result<(Vec<Placed>, Vec<UnknownKind>), BuildError> {
    let objects: Vec<Object> = parse_manifest(manifest)?;
    Ok(place_known(objects, &discovery.kinds, namespace))
}
