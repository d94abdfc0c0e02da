//! Looking at what is live.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use ironhelm_plan::{Address, Live};

use crate::events::Event;
use crate::ports::{Cluster, ClusterError, Events};

/// How many requests are under way at once; the server's own flow control does the rest.
pub(crate) const IN_PARALLEL: usize = 16;

/// An object could not be looked at.
#[derive(Debug, thiserror::Error)]
#[error("could not get information about the resource {}", address.key())]
pub struct ObserveError {
    /// The object.
    pub address: Box<Address>,
    /// Why.
    #[source]
    pub source: ClusterError,
}

/// Fetches all these objects, in parallel, each once.
pub(crate) async fn observe<C: Cluster>(cluster: &C, addresses: Vec<Address>) -> Result<Live, ObserveError> {
    let distinct: BTreeMap<_, _> = addresses
        .into_iter()
        .filter(Address::names_an_object)
        .map(|address| (address.key(), address))
        .collect();
    tracing::debug!(objects = distinct.len(), "observing");
    stream::iter(distinct)
        .map(async |(key, address)| match cluster.get(&address).await {
            Ok(found) => Ok(found.map(|object| (key, object))),
            Err(source) => Err(ObserveError {
                address: Box::new(address),
                source,
            }),
        })
        .buffer_unordered(IN_PARALLEL)
        .try_filter_map(async |found| Ok(found))
        .try_collect()
        .await
}

/// Like [`observe`], for objects that are to go: Helm passes over those that the cluster does not show.
pub(crate) async fn observe_what_answers<C: Cluster>(
    cluster: &C,
    addresses: Vec<Address>,
    events: &dyn Events,
) -> Live {
    let mut looks = stream::iter(addresses.into_iter().filter(Address::names_an_object))
        .map(async |address| (cluster.get(&address).await, address))
        .buffer_unordered(IN_PARALLEL);
    let mut live = Live::new();
    while let Some((found, address)) = looks.next().await {
        match found {
            Ok(found) => live.extend(found.map(|object| (address.key(), object))),
            Err(error) => events.tell(Event::Warning(&format!(
                "{address} left the chart and cannot be looked at: {error}"
            ))),
        }
    }
    live
}
