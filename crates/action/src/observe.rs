//! Looking at what is live.

use std::collections::BTreeMap;
use std::vec::IntoIter;

use futures::future::BoxFuture;
use futures::stream::{Buffered, Iter};
use futures::{FutureExt, StreamExt, stream};
use ironhelm_plan::{Address, Live, Object};

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
    let mut looks = look_at_all(cluster, distinct.into_values());
    let mut live = Live::new();
    while let Some((address, found)) = looks.next().await {
        match found {
            Ok(found) => live.extend(found.map(|object| (address.key(), object))),
            Err(source) => {
                let address = Box::new(address);
                return Err(ObserveError { address, source });
            }
        }
    }
    Ok(live)
}

/// Runs these requests, a limited number at a time; the outcomes come in their order.
///
/// The requests are boxed: that a verb may be sent between threads could not be proved through closures.
pub(crate) fn in_parallel<'a, T>(requests: Vec<BoxFuture<'a, T>>) -> Buffered<Iter<IntoIter<BoxFuture<'a, T>>>> {
    stream::iter(requests).buffered(IN_PARALLEL)
}

type Look = (Address, Result<Option<Object>, ClusterError>);

fn look_at_all<C: Cluster>(
    cluster: &C,
    addresses: impl Iterator<Item = Address>,
) -> Buffered<Iter<IntoIter<BoxFuture<'_, Look>>>> {
    let looks = addresses.map(|address| look_at(cluster, address).boxed());
    in_parallel(looks.collect())
}

async fn look_at<C: Cluster>(cluster: &C, address: Address) -> Look {
    let found = cluster.get(&address).await;
    (address, found)
}

/// Like [`observe`], for objects that are to go: Helm passes over those that the cluster does not show.
pub(crate) async fn observe_what_answers<C: Cluster>(
    cluster: &C,
    addresses: Vec<Address>,
    events: &dyn Events,
) -> Live {
    let mut looks = look_at_all(cluster, addresses.into_iter().filter(Address::names_an_object));
    let mut live = Live::new();
    while let Some((address, found)) = looks.next().await {
        match found {
            Ok(found) => live.extend(found.map(|object| (address.key(), object))),
            Err(error) => events.tell(Event::Warning(&format!(
                "{address} left the chart and cannot be looked at: {error}"
            ))),
        }
    }
    live
}
