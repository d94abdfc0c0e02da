//! What registries have before anything is sent.

use futures::future::join_all;
use ironhelm_registry::Error;
use tokio::sync::Semaphore;

use super::{Registries, target_of};
use crate::plan::{ImagePlan, Observations, SyncPlan, TagState};

/// Asks the registries what the names of the plan lead to.
pub async fn observe_images(plan: &SyncPlan, registries: &Registries, connections: usize) -> Observations {
    let permits = Semaphore::new(connections.max(1));
    let states = join_all(plan.images.iter().map(|image| async {
        // The semaphore is never closed.
        let _permit = permits.acquire().await.ok();
        (image.target.clone(), tag_state(image, registries).await)
    }));
    Observations {
        tags: states.await.into_iter().collect(),
        ..Observations::default()
    }
}

async fn tag_state(image: &ImagePlan, registries: &Registries) -> TagState {
    let unknown = |reason: String| TagState::Unknown { reason };
    let Some(registry) = registries.get(&image.registry) else {
        return unknown(format!("no connection to {} was set up", image.registry));
    };
    match resolve(image, registry).await {
        Ok(Some(digest)) => TagState::Present { digest },
        Ok(None) => TagState::Absent,
        // Harbor: a project that is not there is "not found" to some, "unauthorized" to others.
        Err(error) if error.status() == Some(404) => TagState::Absent,
        Err(error) => unknown(error.to_string()),
    }
}

async fn resolve(
    image: &ImagePlan,
    registry: &ironhelm_registry::Registry,
) -> Result<Option<ironhelm_image::Digest>, Error> {
    let target = target_of(image)?;
    let found = registry.resolve(&image.repository, &target).await?;
    Ok(found.map(|found| found.digest))
}
