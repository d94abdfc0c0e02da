//! The part that install, upgrade and rollback share: from the base's objects to the wanted ones, with hooks around.

use std::collections::BTreeSet;
use std::sync::Arc;

use ironhelm_plan::ownership::stamp;
use ironhelm_plan::{
    Address, ManifestError, Object, ObjectKey, ObjectPlan, Owner, Ownership, Placed, PlanError, Policy, UnknownKind,
    aggregate, parse_manifest, place, place_known, plan_changes,
};
use ironhelm_release::{HookEvent, Namespace, Release, ReleaseName};

use crate::definitions::{discover_with, is_definition};
use crate::events::Event;
use crate::execute::{Applied, ExecuteError, Mode, execute};
use crate::hooks::{HookError, HookRun, run_hooks};
use crate::observe::{ObserveError, observe, observe_what_answers};
use crate::ports::{Cluster, ClusterError, Discovery, Events, Ports, Releases};
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
    /// It was wished that the verb end early.
    #[error(transparent)]
    Cancelled(ClusterError),
}

/// A transition that did not reach its end.
pub(crate) struct Broken {
    pub(crate) reason: TransitionError,
    /// The objects that are there now and were not before.
    pub(crate) created: Vec<Address>,
}

impl Transition<'_> {
    /// Looks at the live objects and plans the way.
    pub(crate) async fn plan<C: Cluster>(&self, cluster: &C, events: &dyn Events) -> Result<ObjectPlan, NoPlan> {
        self.plan_as(&self.policy, cluster, events).await
    }

    async fn plan_as<C: Cluster>(
        &self,
        policy: &Policy,
        cluster: &C,
        events: &dyn Events,
    ) -> Result<ObjectPlan, NoPlan> {
        self.wanted.iter().try_for_each(check_name)?;
        let mut live = observe(cluster, self.addresses()).await?;
        live.extend(observe_what_answers(cluster, self.leaving(), events).await);
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
    ) -> Result<Applied, Broken> {
        let mut applied = Applied::default();
        let Err(reason) = self.phases(plan, release, &mut applied, ports).await else {
            return Ok(applied);
        };
        let cancelled = ports.cancellation.is_wished();
        Err(Broken {
            reason: if cancelled {
                TransitionError::Cancelled(ClusterError::Cancelled)
            } else {
                reason
            },
            created: applied.created().cloned().collect(),
        })
    }

    async fn phases<C: Cluster, R: Releases>(
        &self,
        plan: ObjectPlan,
        release: &mut Release,
        applied: &mut Applied,
        ports: &Ports<'_, C, R>,
    ) -> Result<(), TransitionError> {
        let hooks_ran = self
            .hooks(self.before, self.discovery, release, ports)
            .await
            .map_err(TransitionError::Before)?;
        let plan = if hooks_ran { self.plan_again(ports).await? } else { plan };
        ports.events.tell(Event::Phase("applying objects"));
        let executed = execute(plan, &self.policy, self.mode, ports.cluster, ports.events).await;
        applied.clone_from(executed.as_ref().unwrap_or_else(|error| &error.applied));
        executed?;
        wait_ready(self.addresses(), &self.waiting, ports).await?;
        let defined = self.with_own_kinds(ports).await?;
        let discovery = defined.as_deref().unwrap_or(self.discovery);
        self.hooks(self.after, discovery, release, ports)
            .await
            .map_err(TransitionError::After)?;
        Ok(())
    }

    /// What the cluster serves now, if the release brings definitions: hooks may create objects of these kinds.
    async fn with_own_kinds<C: Cluster, R: Releases>(
        &self,
        ports: &Ports<'_, C, R>,
    ) -> Result<Option<Arc<Discovery>>, TransitionError> {
        let definitions = self
            .wanted
            .iter()
            .map(|placed| &placed.object)
            .filter(|object| is_definition(object));
        let definitions: Vec<Object> = definitions.cloned().collect();
        if definitions.is_empty() || !self.run_hooks {
            return Ok(None);
        }
        let discovered = discover_with(&definitions, self.waiting.timeout, ports).await;
        discovered
            .map(Some)
            .map_err(|error| TransitionError::Look(error.to_string()))
    }

    /// Hooks may have changed what is live. Who owns the objects was settled before they ran.
    async fn plan_again<C: Cluster, R: Releases>(
        &self,
        ports: &Ports<'_, C, R>,
    ) -> Result<ObjectPlan, TransitionError> {
        let ownership = match self.policy.ownership {
            Ownership::Check => Ownership::Settled,
            settled => settled,
        };
        let policy = Policy {
            ownership,
            ..self.policy
        };
        self.plan_as(&policy, ports.cluster, ports.events)
            .await
            .map_err(|error| TransitionError::Look(error.to_string()))
    }

    async fn hooks<C: Cluster, R: Releases>(
        &self,
        event: HookEvent,
        discovery: &Discovery,
        release: &mut Release,
        ports: &Ports<'_, C, R>,
    ) -> Result<bool, HookError> {
        if !self.run_hooks {
            return Ok(false);
        }
        let run = HookRun {
            event,
            kinds: &discovery.kinds,
            server_side: self.policy.server_side,
            timeout: self.waiting.timeout,
            wait_for_deletion: self.waiting.for_what != WaitFor::Hooks,
        };
        run_hooks(release, &run, ports).await
    }

    /// Where the objects live that the new manifest does not name any more.
    fn leaving(&self) -> Vec<Address> {
        let kept: BTreeSet<ObjectKey> = self.wanted.iter().map(|placed| placed.address.key()).collect();
        let leaving = self.original.iter().map(|placed| &placed.address);
        leaving
            .filter(|address| !kept.contains(&address.key()))
            .cloned()
            .collect()
    }

    fn addresses(&self) -> Vec<Address> {
        self.wanted.iter().map(|placed| placed.address.clone()).collect()
    }
}

/// Refuses an object that no request could name, before anything is stored or sent.
fn check_name(placed: &Placed) -> Result<(), ObserveError> {
    let Placed { address, object } = placed;
    // Helm: what the server is to name passes here.
    let nameless = address.name.is_empty() && object.generate_name().is_none();
    let empty = nameless.then(|| "resource name may not be empty".to_owned());
    let Some(message) = address.flaw().or(empty) else {
        return Ok(());
    };
    Err(ObserveError {
        address: Box::new(address.clone()),
        source: ClusterError::Api {
            code: 400,
            reason: "BadRequest".to_owned(),
            message,
        },
    })
}

/// Why a manifest could not be turned into objects.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The text is no manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Kinds that the cluster does not serve.
    #[error("{}", aggregate(.0.iter().map(ToString::to_string).collect()))]
    Unknown(Vec<UnknownKind>),
    /// Kinds whose API server does not answer at the moment.
    #[error("the API server of {} does not answer; try again when it does", api_versions(.0))]
    Unreachable(Vec<UnknownKind>),
}

fn api_versions(unknown: &[UnknownKind]) -> String {
    let names: std::collections::BTreeSet<&str> = unknown.iter().map(|unknown| unknown.api_version.as_str()).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// The objects of a new manifest, each with Helm's ownership marks.
pub(crate) fn build_wanted(release: &Release, discovery: &Discovery) -> Result<Vec<Placed>, BuildError> {
    let owner = Owner {
        release: release.name.as_str(),
        namespace: release.namespace.as_str(),
    };
    let mut objects = parse_manifest(&release.manifest)?;
    for object in &mut objects {
        stamp(object, owner);
    }
    place(objects, &discovery.kinds, owner.namespace).map_err(BuildError::Unknown)
}

/// The objects of a stored manifest; those of kinds that the cluster has stopped serving are gone already, and told.
///
/// # Errors
/// An object of a kind whose API server is not reachable at the moment: it may well be there.
pub(crate) fn build_stored(
    manifest: &str,
    discovery: &Discovery,
    namespace: &str,
    events: &dyn Events,
) -> Result<Vec<Placed>, BuildError> {
    let objects: Vec<Object> = parse_manifest(manifest)?;
    let (placed, unknown) = place_known(objects, &discovery.kinds, namespace);
    let (unreachable, gone): (Vec<_>, Vec<_>) = unknown
        .into_iter()
        .partition(|unknown| discovery.unreachable.contains(&unknown.api_version));
    if !unreachable.is_empty() {
        return Err(BuildError::Unreachable(unreachable));
    }
    for UnknownKind {
        kind,
        api_version,
        name,
        ..
    } in gone
    {
        let text =
            format!("the cluster no longer serves {api_version} {kind}; {name:?} of the release is taken as gone");
        events.tell(Event::Warning(&text));
    }
    Ok(placed)
}
