//! How verbs end.

use ironhelm_plan::{ObjectPlan, PlanError};
use ironhelm_release::{Release, ReleaseError, StoredChartError};
use ironhelm_values::ReuseError;

use crate::compose::ComposeError;
use crate::error::full_text;
use crate::execute::Applied;
use crate::hooks::HookError;
use crate::observe::ObserveError;
use crate::ports::ClusterError;
use crate::record::Unrecorded;
use crate::recovery::CleanupError;
use crate::request::OptionClash;
use crate::transition::{BuildError, NoPlan, TransitionError};

/// What a verb did, or would do.
#[derive(Debug)]
pub struct Outcome {
    /// The record as it is stored now, or (for a dry run) as it would be stored first.
    pub release: Release,
    /// What happened to the objects, or is planned.
    pub objects: Objects,
    /// What was odd on the way.
    pub warnings: Vec<String>,
}

/// The objects of an [`Outcome`].
#[derive(Debug)]
pub enum Objects {
    /// A dry run's plan.
    Planned(ObjectPlan),
    /// What was done.
    Applied(Applied),
}

impl Outcome {
    pub(crate) fn planned(release: Release, plan: ObjectPlan, warnings: Vec<String>) -> Self {
        Self {
            release,
            objects: Objects::Planned(plan),
            warnings,
        }
    }

    pub(crate) fn applied(release: Release, applied: Applied, warnings: Vec<String>) -> Self {
        Self {
            release,
            objects: Objects::Applied(applied),
            warnings,
        }
    }
}

/// Why an upgrade failed.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// No cluster.
    #[error(transparent)]
    Cluster(ClusterError),
    /// The history does not allow it, or cannot be read or written.
    #[error(transparent)]
    History(#[from] ReleaseError),
    /// The chart of the release before cannot be read.
    #[error("failed to rebuild old values")]
    OldChart(#[source] StoredChartError),
    /// The values before cannot be continued.
    #[error(transparent)]
    Reuse(#[from] ReuseError),
    /// Chart and values do not make manifests.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// Options clash.
    #[error(transparent)]
    Options(#[from] OptionClash),
    /// The new manifest does not make objects.
    #[error("unable to build kubernetes objects from new release manifest")]
    NewManifest(#[source] BuildError),
    /// The stored manifest does not make objects.
    #[error("unable to build kubernetes objects from current release manifest")]
    OldManifest(#[source] BuildError),
    /// The live objects cannot be looked at.
    #[error("unable to continue with update")]
    Observe(#[source] ObserveError),
    /// There is no way from here to there.
    #[error("unable to continue with update")]
    Plan(#[source] PlanError),
    /// A hook before the objects.
    #[error("pre-upgrade hooks failed")]
    Before(#[source] HookError),
    /// The objects, or waiting for them.
    #[error(transparent)]
    Objects(Box<TransitionError>),
    /// A hook after the objects.
    #[error("post-upgrade hooks failed")]
    After(#[source] HookError),
    /// It failed, and not all new objects could be deleted again.
    #[error(
        "an error occurred while cleaning up resources. original upgrade error: {}",
        full_text(original)
    )]
    NotCleanedUp {
        /// Why the upgrade failed.
        original: Box<Self>,
        /// Why objects are still there.
        source: CleanupError,
    },
    /// It is done, and the record still says pending.
    #[error(transparent)]
    Unrecorded(Box<Unrecorded>),
    /// It failed, and the record still says pending.
    #[error("{}", full_text(original))]
    FailedUnrecorded {
        /// Why the upgrade failed.
        original: Box<Self>,
        /// Why that is not recorded.
        source: Box<Unrecorded>,
    },
    /// It failed and was rolled back.
    #[error("release {name} failed, and has been rolled back due to rollback-on-failure being set")]
    RolledBack {
        /// The release.
        name: String,
        /// Why the upgrade failed.
        source: Box<Self>,
    },
    /// It failed, and there is no revision that once worked.
    #[error("unable to find a previously successful release when attempting to rollback. original upgrade error")]
    NothingToRollBackTo(#[source] Box<Self>),
    /// It failed, and so did the rollback.
    #[error(
        "an error occurred while rolling back the release. original upgrade error: {}",
        full_text(original)
    )]
    NotRolledBack {
        /// Why the upgrade failed.
        original: Box<Self>,
        /// Why the rollback failed.
        source: Box<RollbackError>,
    },
}

impl From<TransitionError> for UpgradeError {
    fn from(failure: TransitionError) -> Self {
        match failure {
            TransitionError::Before(error) => Self::Before(error),
            TransitionError::After(error) => Self::After(error),
            other => Self::Objects(Box::new(other)),
        }
    }
}

/// Why an install failed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// No cluster.
    #[error("cluster reachability check failed")]
    Cluster(#[source] ClusterError),
    /// The name is taken.
    #[error("release name check failed")]
    Name(#[source] ReleaseError),
    /// The history cannot be read or written.
    #[error(transparent)]
    History(#[from] ReleaseError),
    /// The chart is no application.
    #[error("library charts are not installable")]
    Library,
    /// A custom resource definition was refused.
    #[error("failed to install CRD {path}: {reason}")]
    Crd {
        /// Its file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The chart's dependencies cannot be settled.
    #[error("chart dependencies processing failed")]
    Dependencies(#[source] ComposeError),
    /// Chart and values do not make manifests.
    #[error(transparent)]
    Compose(ComposeError),
    /// Options clash.
    #[error(transparent)]
    Options(#[from] OptionClash),
    /// The namespace cannot be created.
    #[error("failed to create namespace {namespace}")]
    Namespace {
        /// Its name.
        namespace: String,
        /// Why.
        source: ClusterError,
    },
    /// The manifest does not make objects.
    #[error("unable to build kubernetes objects from release manifest")]
    Manifest(#[source] BuildError),
    /// The live objects cannot be looked at.
    #[error("unable to continue with install")]
    Observe(#[source] ObserveError),
    /// There is no way from here to there.
    #[error("unable to continue with install")]
    Plan(#[source] PlanError),
    /// A hook before the objects.
    #[error("failed pre-install")]
    Before(#[source] HookError),
    /// The objects, or waiting for them.
    #[error(transparent)]
    Objects(Box<TransitionError>),
    /// A hook after the objects.
    #[error("failed post-install")]
    After(#[source] HookError),
    /// It is done, and the record still says pending.
    #[error(transparent)]
    Unrecorded(Box<Unrecorded>),
    /// It failed, and the record still says pending.
    #[error("{}", full_text(original))]
    FailedUnrecorded {
        /// Why the install failed.
        original: Box<Self>,
        /// Why that is not recorded.
        source: Box<Unrecorded>,
    },
    /// It failed and was uninstalled.
    #[error("release {name} failed, and has been uninstalled due to rollback-on-failure being set")]
    Uninstalled {
        /// The release.
        name: String,
        /// Why the install failed.
        source: Box<Self>,
    },
    /// It failed, and so did the uninstall.
    #[error(
        "an error occurred while uninstalling the release. original install error: {}",
        full_text(original)
    )]
    NotUninstalled {
        /// Why the install failed.
        original: Box<Self>,
        /// Why the uninstall failed.
        source: Box<UninstallError>,
    },
}

/// Helm: an install says that it was the dependencies, an upgrade does not.
impl From<ComposeError> for InstallError {
    fn from(error: ComposeError) -> Self {
        match error {
            error @ ComposeError::Dependencies(_) => Self::Dependencies(error),
            error => Self::Compose(error),
        }
    }
}

impl From<TransitionError> for InstallError {
    fn from(failure: TransitionError) -> Self {
        match failure {
            TransitionError::Before(error) => Self::Before(error),
            TransitionError::After(error) => Self::After(error),
            other => Self::Objects(Box::new(other)),
        }
    }
}

/// Why a rollback failed.
#[derive(Debug, thiserror::Error)]
pub enum RollbackError {
    /// No cluster.
    #[error(transparent)]
    Cluster(ClusterError),
    /// The history does not allow it, or cannot be read or written.
    #[error(transparent)]
    History(#[from] ReleaseError),
    /// Options clash.
    #[error(transparent)]
    Options(#[from] OptionClash),
    /// The manifest to return to does not make objects.
    #[error("unable to build kubernetes objects from new release manifest")]
    NewManifest(#[source] BuildError),
    /// The stored manifest does not make objects.
    #[error("unable to build kubernetes objects from current release manifest")]
    OldManifest(#[source] BuildError),
    /// The live objects cannot be looked at.
    #[error(transparent)]
    Observe(ObserveError),
    /// There is no way from here to there.
    #[error(transparent)]
    Plan(PlanError),
    /// A hook.
    #[error(transparent)]
    Hook(HookError),
    /// The objects.
    #[error(transparent)]
    Objects(Box<TransitionError>),
    /// Waiting for the objects.
    #[error("release {name} failed")]
    Waiting {
        /// The release.
        name: String,
        /// What is not ready.
        source: crate::wait::WaitError,
    },
    /// It is done, and the record still says pending.
    #[error(transparent)]
    Unrecorded(Box<Unrecorded>),
    /// It failed, and the record still says pending.
    #[error("{}", full_text(original))]
    FailedUnrecorded {
        /// Why the rollback failed.
        original: Box<Self>,
        /// Why that is not recorded.
        source: Box<Unrecorded>,
    },
    /// It failed, and not all new objects could be deleted again.
    #[error(
        "an error occurred while cleaning up resources. original rollback error: {}",
        full_text(original)
    )]
    NotCleanedUp {
        /// Why the rollback failed.
        original: Box<Self>,
        /// Why objects are still there.
        source: CleanupError,
    },
}

/// Why an uninstall failed.
#[derive(Debug, thiserror::Error)]
pub enum UninstallError {
    /// No cluster.
    #[error(transparent)]
    Cluster(ClusterError),
    /// The history does not allow it, or cannot be read or written.
    #[error(transparent)]
    History(#[from] ReleaseError),
    /// The stored manifest does not make objects.
    #[error("corrupted release record. You must manually delete the resources")]
    Manifest(#[source] BuildError),
    /// A hook before the objects.
    #[error(transparent)]
    Before(HookError),
    /// Objects could not be deleted.
    #[error("failed to delete release: {name}: {}", reasons.join("; "))]
    Objects {
        /// The release.
        name: String,
        /// Why, object by object.
        reasons: Vec<String>,
    },
    /// Objects are gone or going, but something after that failed.
    #[error("uninstallation completed with {} error(s): {}", .0.len(), .0.join("; "))]
    After(Vec<String>),
}

impl From<NoPlan> for InstallError {
    fn from(reason: NoPlan) -> Self {
        match reason {
            NoPlan::Observe(error) => Self::Observe(error),
            NoPlan::Plan(error) => Self::Plan(error),
        }
    }
}

impl From<NoPlan> for UpgradeError {
    fn from(reason: NoPlan) -> Self {
        match reason {
            NoPlan::Observe(error) => Self::Observe(error),
            NoPlan::Plan(error) => Self::Plan(error),
        }
    }
}

impl From<NoPlan> for RollbackError {
    fn from(reason: NoPlan) -> Self {
        match reason {
            NoPlan::Observe(error) => Self::Observe(error),
            NoPlan::Plan(error) => Self::Plan(error),
        }
    }
}
