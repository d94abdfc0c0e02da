//! Writing the history: what all verbs share about release records.

use std::collections::BTreeMap;

use ironhelm_release::{
    ApplyMethod, Header, History, Namespace, Release, ReleaseError, ReleaseName, Revision, Status, StoredChart, labels,
};

use ironhelm_render::Rendered;

use crate::compose::Prepared;
use crate::deadline::Backoff;
use crate::error::full_text;
use crate::events::Event;
use crate::ports::{Cluster, Ports, Releases};

/// A release that has never been stored, made of what was prepared.
pub(crate) fn new_release(name: &ReleaseName, namespace: Namespace, prepared: &Prepared) -> Release {
    let chart = StoredChart::from_chart(&prepared.chart);
    let mut release = Release::new(name.clone(), namespace, Revision::FIRST, chart);
    // Helm: without user values the field is left out.
    release.config = (!prepared.config.is_empty()).then(|| prepared.config.clone());
    release
}

/// Writes what was rendered into the record.
pub(crate) fn fill(release: &mut Release, rendered: Rendered) {
    release.manifest = rendered.manifest_text();
    release.hooks = rendered.hooks;
    release.info.notes = rendered.notes;
}

/// How the record says that a revision was applied.
pub(crate) fn apply_method(server_side: bool) -> ApplyMethod {
    if server_side {
        ApplyMethod::ServerSide
    } else {
        ApplyMethod::ClientSide
    }
}

/// The labels of a revision after `before`: its own without those that the store writes, and over them the user's.
pub(crate) fn labels_after(
    before: &BTreeMap<String, String>,
    user: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    labels::carry_over(&labels::without_system(before), user)
}

/// Stores a new revision. Helm: old ones are removed first, so that there are never more than the limit.
pub(crate) async fn store_new<R: Releases>(
    release: &Release,
    history: &History<Header>,
    history_max: u32,
    releases: &R,
) -> Result<(), ReleaseError> {
    for revision in history.prune(history_max) {
        releases.delete(&release.name, revision).await?;
    }
    releases.create(release).await
}

/// How often the last word about a revision is tried to be written.
const ATTEMPTS: usize = 4;

/// A revision whose last state could not be written: it is still stored as pending.
#[derive(Debug, thiserror::Error)]
#[error(
    "revision {revision} of release {name} is stored as {stored} although it is {status}, for the record could not be \
     written; `{mends}` ends that state"
)]
pub struct Unrecorded {
    /// The release.
    pub name: ReleaseName,
    /// The revision.
    pub revision: Revision,
    /// What the store says.
    pub stored: Status,
    /// What is true.
    pub status: Status,
    /// The command that mends it.
    pub mends: String,
    /// What the store said at last.
    pub source: ReleaseError,
}

/// Writes the last state of a revision; a store that refuses is asked again.
///
/// # Errors
/// The store refuses to the end. `mends` is the command that clears the way then.
pub(crate) async fn record<C: Cluster, R: Releases>(
    release: &Release,
    stored: Status,
    mends: impl FnOnce() -> String,
    ports: &Ports<'_, C, R>,
) -> Result<(), Unrecorded> {
    let mut backoff = Backoff::default();
    for attempt in 1.. {
        match ports.releases.update(release).await {
            Ok(()) => break,
            Err(_) if attempt < ATTEMPTS => ports.cluster.changed(&[], backoff.next()).await,
            Err(source) => {
                return Err(Unrecorded {
                    name: release.name.clone(),
                    revision: release.revision,
                    stored,
                    status: release.info.status,
                    mends: mends(),
                    source,
                });
            }
        }
    }
    Ok(())
}

/// Rewrites a record where the work is done and only the record lags behind; a refusal is told, not fatal.
pub(crate) async fn update_or_tell<C: Cluster, R: Releases>(release: &Release, ports: &Ports<'_, C, R>) {
    if let Err(error) = ports.releases.update(release).await {
        let text = format!(
            "the record of revision {} could not be written: {}",
            release.revision,
            full_text(&error)
        );
        ports.events.tell(Event::Warning(&text));
    }
}

/// Marks these revisions as history. One that cannot be read (pruned, or broken) is told and left: the release goes on.
pub(crate) async fn supersede<'h, C: Cluster, R: Releases>(
    deployed: impl Iterator<Item = &'h Header>,
    ports: &Ports<'_, C, R>,
) {
    for header in deployed {
        match ports.releases.read(header).await {
            Ok(mut release) => {
                release.info.status = Status::Superseded;
                update_or_tell(&release, ports).await;
            }
            Err(ReleaseError::NotFound) => {}
            Err(error) => {
                let text = format!("revision {} stays as it is: {}", header.revision, full_text(&error));
                ports.events.tell(Event::Warning(&text));
            }
        }
    }
}
