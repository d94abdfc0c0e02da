//! What is done about a failure after it is recorded: new objects are deleted, the release is rolled back or uninstalled.
//!
//! A recovery runs to its end, also when it was a cancellation that made it necessary.

use ironhelm_plan::{Action, Address, Change, Propagation};
use ironhelm_release::{Header, ReleaseError, ReleaseName, Revision};

use crate::cancel::Cancellation;
use crate::error::full_text;
use crate::events::Event;
use crate::install::InstallRequest;
use crate::outcome::{InstallError, RollbackError, UpgradeError};
use crate::ports::{Cluster, Ports, Releases};
use crate::request::OnFailure;
use crate::rollback::{RollbackRequest, rollback};
use crate::uninstall::{UninstallRequest, uninstall};
use crate::upgrade::UpgradeRequest;

/// New objects that could not be deleted again.
#[derive(Debug, thiserror::Error)]
#[error("unable to cleanup resources: {}", .0.join(", "))]
pub struct CleanupError(Vec<String>);

/// What an upgrade asks to be done about its failure; the failure as it is told then.
pub(crate) async fn after_upgrade<C: Cluster, R: Releases>(
    request: &UpgradeRequest,
    failure: UpgradeError,
    created: &[Address],
    ports: &Ports<'_, C, R>,
) -> UpgradeError {
    let failure = match clean_up(request.cleanup_on_fail, created, ports).await {
        Ok(()) => failure,
        Err(source) => UpgradeError::NotCleanedUp {
            original: Box::new(failure),
            source,
        },
    };
    match request.on_failure {
        OnFailure::Leave => failure,
        // What could not be cleaned up is no reason to stay: the rollback deletes the same objects.
        OnFailure::RollBack => roll_back(request, failure, ports).await,
    }
}

async fn roll_back<C: Cluster, R: Releases>(
    request: &UpgradeRequest,
    failure: UpgradeError,
    ports: &Ports<'_, C, R>,
) -> UpgradeError {
    let original = Box::new(failure);
    let name = request.name.to_string();
    let to = match last_successful(&request.name, ports.releases).await {
        Ok(Some(revision)) => revision,
        Ok(None) => return UpgradeError::NothingToRollBackTo(original),
        Err(error) => {
            let source = Box::new(RollbackError::History(error));
            return UpgradeError::NotRolledBack { original, source };
        }
    };
    ports.events.tell(Event::Phase("rolling back"));
    let back = RollbackRequest {
        to: Some(to),
        applying: request.applying,
        waiting: request.on_failure.waiting(request.waiting),
        // Helm: the limit of the history is left to the next upgrade.
        history_max: 0,
        hooks: request.hooks,
        ..RollbackRequest::new(request.name.clone())
    };
    let never = Cancellation::default();
    match rollback(&back, &ports.undisturbed(&never)).await {
        Ok(_) => UpgradeError::RolledBack { name, source: original },
        Err(error) => UpgradeError::NotRolledBack {
            original,
            source: Box::new(error),
        },
    }
}

async fn last_successful<R: Releases>(name: &ReleaseName, releases: &R) -> Result<Option<Revision>, ReleaseError> {
    let history = releases.history(name).await?;
    Ok(history.last_successful().map(|header: &Header| header.revision))
}

/// What an install asks to be done about its failure; the failure as it is told then.
pub(crate) async fn after_install<C: Cluster, R: Releases>(
    request: &InstallRequest,
    failure: InstallError,
    ports: &Ports<'_, C, R>,
) -> InstallError {
    if request.on_failure == OnFailure::Leave {
        return failure;
    }
    ports.events.tell(Event::Phase("uninstalling"));
    let away = UninstallRequest {
        waiting: request.on_failure.waiting(request.waiting),
        hooks: request.hooks,
        ..UninstallRequest::new(request.name.clone())
    };
    let original = Box::new(failure);
    match uninstall(&away, ports).await {
        Ok(_) => InstallError::Uninstalled {
            name: request.name.to_string(),
            source: original,
        },
        Err(error) => InstallError::NotUninstalled {
            original,
            source: Box::new(error),
        },
    }
}

/// What a rollback asks to be done about its failure; the failure as it is told then.
pub(crate) async fn after_rollback<C: Cluster, R: Releases>(
    request: &RollbackRequest,
    failure: RollbackError,
    created: &[Address],
    ports: &Ports<'_, C, R>,
) -> RollbackError {
    match clean_up(request.cleanup_on_fail, created, ports).await {
        Ok(()) => failure,
        Err(source) => RollbackError::NotCleanedUp {
            original: Box::new(failure),
            source,
        },
    }
}

/// Deletes what was created, if that is `wanted`, and goes on where something cannot be deleted.
async fn clean_up<C: Cluster, R: Releases>(
    wanted: bool,
    created: &[Address],
    ports: &Ports<'_, C, R>,
) -> Result<(), CleanupError> {
    let mut reasons = Vec::new();
    for address in created.iter().filter(|_| wanted) {
        let change = Change::Delete(Propagation::Background);
        match ports.cluster.change(address, &change).await {
            Err(error) if !error.is_not_found() => reasons.push(full_text(&error)),
            _ => ports.events.tell(Event::Object {
                address,
                action: Action::Delete,
            }),
        }
    }
    if reasons.is_empty() {
        Ok(())
    } else {
        Err(CleanupError(reasons))
    }
}
