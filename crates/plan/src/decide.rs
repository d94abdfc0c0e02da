//! From what was, what is wanted and what is live to the changes that bring one to the other.
//!
//! Everything here is a pure function on plain data; nothing asks the cluster. [`plan_changes`] is the heart of
//! install, upgrade and rollback, [`plan_removal`] that of uninstall.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::kinds::{Address, Placed};
use crate::managed_fields;
use crate::merge_patch;
use crate::object::{Object, ObjectKey};
use crate::ownership::{self, Claim, Owner, OwnershipError, Removal};
use crate::schema::Schema;
use crate::strategic;

/// What is live, by identity; an object that is absent here is absent in the cluster.
pub type Live = BTreeMap<ObjectKey, Object>;

/// How objects are brought to the cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// Server-side apply instead of patches that are computed here.
    pub server_side: bool,
    /// Take fields over from other field managers (server-side apply only).
    pub force_conflicts: bool,
    /// Replace live objects as a whole (client-side only).
    pub force_replace: bool,
    /// The original was applied client-side: hand its fields over to server-side apply first.
    pub migrate_to_server_side: bool,
    /// What is asked about live objects that are new to the release.
    pub ownership: Ownership,
}

/// What is asked about live objects that are new to the release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ownership {
    /// They must carry the release's marks; then they are adopted.
    #[default]
    Check,
    /// They are adopted, whoever owns them.
    TakeOver,
    /// They are adopted: the question was settled by an earlier plan of the same change.
    Settled,
    /// Nothing: a rollback returns to what was, and takes the live object as what it starts from.
    Ignore,
}

/// One request that changes an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Create it; it must not be there.
    Create(Object),
    /// Server-side apply.
    Apply {
        /// The whole object as it is wanted.
        object: Object,
        /// Take fields over from other managers.
        force: bool,
    },
    /// A strategic merge patch.
    StrategicPatch(Map<String, Value>),
    /// A JSON merge patch (RFC 7386).
    MergePatch(Map<String, Value>),
    /// A JSON patch (RFC 6902).
    JsonPatch(Value),
    /// Put the whole object in place of the live one.
    Replace(Object),
    /// Delete it.
    Delete(Propagation),
}

impl Change {
    /// What the request does, in a word or two.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Apply { .. } => "server-side apply",
            Self::StrategicPatch(_) => "strategic merge patch",
            Self::MergePatch(_) => "merge patch",
            Self::JsonPatch(_) => "json patch",
            Self::Replace(_) => "replace",
            Self::Delete(_) => "delete",
        }
    }
}

/// What happens to what a deleted object owns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Propagation {
    /// Dependents are deleted afterwards, by the cluster.
    #[default]
    Background,
    /// Dependents first.
    Foreground,
    /// Dependents stay.
    Orphan,
}

/// What a step means to a reader of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The object is not there and will be.
    Create,
    /// The object is there and will change.
    Update,
    /// The object is as it is wanted; no request is sent.
    Unchanged,
    /// The object is no longer wanted and will be deleted.
    Delete,
    /// The object is no longer wanted, but its resource policy keeps it.
    Keep,
}

/// What is done to one object.
#[derive(Debug, Clone)]
pub struct Step {
    /// The object.
    pub address: Address,
    /// What it means.
    pub action: Action,
    /// The requests, in order; empty for [`Action::Unchanged`] and [`Action::Keep`].
    pub changes: Vec<Change>,
}

/// What is wanted of one object, with all that a second decision needs after somebody else has changed it.
#[derive(Debug, Clone)]
pub struct Target {
    /// The object as it is wanted, with Helm's ownership marks.
    pub wanted: Placed,
    /// What the base manifest said of it; `None` where it is new.
    pub original: Option<Object>,
}

/// Steps to take, in order: targets first (in manifest order), then deletions.
#[derive(Debug, Clone, Default)]
pub struct ObjectPlan {
    /// The wanted objects, index by index with the first steps.
    pub targets: Vec<Target>,
    /// The steps for `targets`.
    pub steps: Vec<Step>,
    /// What left the manifest.
    pub removals: Vec<Step>,
}

/// Why no plan could be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A live object belongs to somebody else.
    #[error(transparent)]
    Ownership(#[from] OwnershipError),
    /// A patch could not be computed.
    #[error("cannot patch \"{name}\" with kind {kind}: failed to create patch: {reason}")]
    Patch {
        /// The object's name.
        name: String,
        /// The object's kind.
        kind: String,
        /// What is wrong.
        reason: String,
    },
}

/// Plans the way from the base manifest (`original`; empty for an install) to `wanted`.
///
/// # Errors
/// [`PlanError::Ownership`] for the first object that is new to the release, live, and owned by somebody else.
pub fn plan_changes(
    original: &[Placed],
    wanted: Vec<Placed>,
    live: &Live,
    owner: Owner<'_>,
    policy: &Policy,
) -> Result<ObjectPlan, PlanError> {
    let adopted = adopted(original, &wanted, live, owner, policy)?;
    let removals = plan_removals(original, &wanted, live);
    let originals: BTreeMap<ObjectKey, &Object> = original.iter().map(|o| (o.address.key(), &o.object)).collect();
    let targets: Vec<Target> = wanted
        .into_iter()
        .map(|wanted| target(wanted, &originals, &adopted))
        .collect();
    let steps = targets
        .iter()
        .map(|target| decide(target, live.get(&target.wanted.address.key()), policy))
        .collect::<Result<_, _>>()?;
    Ok(ObjectPlan {
        targets,
        steps,
        removals,
    })
}

/// Helm: an adopted object counts as if the base manifest had said of it what the new one says, so that what only the
/// live object has stays.
fn target(wanted: Placed, originals: &BTreeMap<ObjectKey, &Object>, adopted: &BTreeSet<ObjectKey>) -> Target {
    let key = wanted.address.key();
    let original = match originals.get(&key) {
        Some(original) => Some((*original).clone()),
        None => adopted.contains(&key).then(|| wanted.object.clone()),
    };
    Target { wanted, original }
}

/// Decides what one wanted object needs, given what is live.
///
/// # Errors
/// [`PlanError::Patch`] where no patch can be computed between the three states.
pub fn decide(target: &Target, live: Option<&Object>, policy: &Policy) -> Result<Step, PlanError> {
    let address = target.wanted.address.clone();
    let Some(live) = live else {
        return Ok(Step {
            address,
            action: Action::Create,
            changes: vec![creation(&target.wanted.object, policy)],
        });
    };
    let changes = if policy.server_side {
        server_side_changes(&target.wanted.object, live, policy)?
    } else if policy.force_replace {
        vec![Change::Replace(replacement(&target.wanted.object, live))]
    } else {
        client_side_changes(target, live, policy)?
    };
    let action = if changes.is_empty() {
        Action::Unchanged
    } else {
        Action::Update
    };
    Ok(Step {
        address,
        action,
        changes,
    })
}

/// Plans the deletion of a release's objects, in the order given.
///
/// Helm: any value of the resource policy annotation protects an object from an uninstall, and only `keep` is listed.
#[must_use]
pub fn plan_removal(objects: &[Placed], propagation: Propagation) -> Vec<Step> {
    objects
        .iter()
        .map(|placed| {
            let (action, changes) = match ownership::removal_on_uninstall(&placed.object) {
                Removal::Delete => (Action::Delete, vec![Change::Delete(propagation)]),
                Removal::Keep => (Action::Keep, Vec::new()),
                Removal::Ignore => (Action::Unchanged, Vec::new()),
            };
            Step {
                address: placed.address.clone(),
                action,
                changes,
            }
        })
        .collect()
}

/// The change that makes an absent object present.
#[must_use]
pub fn creation(object: &Object, policy: &Policy) -> Change {
    if policy.server_side {
        Change::Apply {
            object: object.clone(),
            force: policy.force_conflicts,
        }
    } else {
        Change::Create(object.clone())
    }
}

/// The live objects that become the release's own by this plan.
fn adopted(
    original: &[Placed],
    wanted: &[Placed],
    live: &Live,
    owner: Owner<'_>,
    policy: &Policy,
) -> Result<BTreeSet<ObjectKey>, OwnershipError> {
    let mut adopted = BTreeSet::new();
    if policy.ownership == Ownership::Ignore {
        return Ok(adopted);
    }
    // Helm: for the question whether an object is new, the version counts too.
    let known: BTreeSet<&Address> = original.iter().map(|placed| &placed.address).collect();
    for placed in wanted.iter().filter(|placed| !known.contains(&placed.address)) {
        let key = placed.address.key();
        let take_over = matches!(policy.ownership, Ownership::TakeOver | Ownership::Settled);
        if ownership::claim(&placed.object, live.get(&key), owner, take_over)? == Claim::Adopt {
            adopted.insert(key);
        }
    }
    Ok(adopted)
}

fn plan_removals(original: &[Placed], wanted: &[Placed], live: &Live) -> Vec<Step> {
    let kept: BTreeSet<ObjectKey> = wanted.iter().map(|placed| placed.address.key()).collect();
    original
        .iter()
        .filter(|placed| !kept.contains(&placed.address.key()))
        .filter_map(|placed| {
            live.get(&placed.address.key())
                .map(|found| removal(&placed.address, found))
        })
        .collect()
}

/// Helm: on an upgrade the annotation of the live object decides, not that of the stored manifest.
fn removal(address: &Address, live: &Object) -> Step {
    if ownership::kept_on_upgrade(live) {
        Step {
            address: address.clone(),
            action: Action::Keep,
            changes: Vec::new(),
        }
    } else {
        let changes = vec![Change::Delete(Propagation::Background)];
        Step {
            address: address.clone(),
            action: Action::Delete,
            changes,
        }
    }
}

fn server_side_changes(wanted: &Object, live: &Object, policy: &Policy) -> Result<Vec<Change>, PlanError> {
    let migration = if policy.migrate_to_server_side {
        managed_fields::migration_patch(live).map_err(|error| patch_error(wanted, &error))?
    } else {
        None
    };
    if migration.is_none() && managed_fields::apply_is_noop(wanted, live) {
        return Ok(Vec::new());
    }
    let apply = Change::Apply {
        object: wanted.clone(),
        force: policy.force_conflicts,
    };
    Ok(migration.map(Change::JsonPatch).into_iter().chain([apply]).collect())
}

fn replacement(wanted: &Object, live: &Object) -> Object {
    let mut object = wanted.clone();
    if let Some(version) = live.resource_version() {
        object.set_metadata("resourceVersion", Value::from(version));
    }
    object
}

/// Helm: built-in kinds get a three-way strategic merge patch, all others a two-way JSON merge patch from the base
/// manifest; an object without a counterpart in the base manifest takes the live object as its base.
fn client_side_changes(target: &Target, live: &Object, policy: &Policy) -> Result<Vec<Change>, PlanError> {
    let wanted = &target.wanted.object;
    let original = target.original.as_ref().unwrap_or(live);
    // Helm: an object that does not convert to its Go type is patched like a custom resource.
    if let Some(schema) = Schema::of(&wanted.gvk()).filter(|schema| schema.accepts(wanted.fields())) {
        let patch = strategic::create_three_way(original.fields(), wanted.fields(), live.fields(), schema)
            .map_err(|error| patch_error(wanted, &error))?;
        return Ok(if patch.is_empty() {
            Vec::new()
        } else {
            vec![Change::StrategicPatch(patch)]
        });
    }
    let patch = if policy.ownership == Ownership::TakeOver {
        // Helm: what is taken over is brought to what is wanted; otherwise drift of custom resources is not looked at.
        merge_patch::create_three_way(original.fields(), wanted.fields(), live.fields())
            .map_err(|error| patch_error(wanted, &error))?
    } else {
        merge_patch::create(original.fields(), wanted.fields())
    };
    let mut patched = live.fields().clone();
    merge_patch::apply(&mut patched, patch.clone());
    Ok(if patched == *live.fields() {
        Vec::new()
    } else {
        vec![Change::MergePatch(patch)]
    })
}

fn patch_error(wanted: &Object, error: &dyn std::fmt::Display) -> PlanError {
    PlanError::Patch {
        name: wanted.name().to_owned(),
        kind: wanted.kind().to_owned(),
        reason: error.to_string(),
    }
}
