//! Looking at what is live.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use ironhelm_plan::{Address, Live};

use crate::ports::{Cluster, ClusterError};

/// How many requests are under way at once; the server's own flow control does the rest.
pub(crate) const IN_PARALLEL: usize = 16;

/// An object could not be looked at.
#[derive(Debug, thiserror::Error)]
#[error("could not get information about the resource {address}")]
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
        .filter(|address| !address.name.is_empty())
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
