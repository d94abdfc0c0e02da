//! Writing the history: what all verbs share about release records.

use std::collections::BTreeMap;

use ironhelm_release::{
    Header, History, Namespace, Release, ReleaseError, ReleaseName, Revision, Status, StoredChart, labels,
};

use ironhelm_render::Rendered;

use crate::compose::Prepared;
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
