//! Following one object through its states.

use std::time::Duration;

use futures::future::{self, BoxFuture};
use futures::{FutureExt, TryStreamExt};
use http::Request;
use ironhelm_action::{ClusterError, Seen};
use ironhelm_plan::{Address, Object};
use kube::Client;
use kube::core::WatchEvent;
use serde_json::Value;

use crate::wire::{Call, cluster_error};

/// How many objects are watched at once; the others are looked at now and then.
const WATCHED: usize = 32;

/// How long the server keeps one watch open; then the next one goes on where it ended.
const WATCH_SECONDS: u32 = 240;

/// Time before a watch that broke is opened again.
const PAUSE: Duration = Duration::from_millis(200);

/// Where a watch ended.
enum End {
    Done,
    /// The server closed it; the next one starts after this version.
    Closed(String),
    /// The version that it was to start from is too old.
    Expired,
}

pub(crate) async fn follow(
    client: &Client,
    address: &Address,
    since: Option<&str>,
    done: &mut (dyn FnMut(Option<&Object>) -> bool + Send),
) -> Result<(), ClusterError> {
    let mut from = since.map(str::to_owned);
    loop {
        let version = match from.take() {
            Some(version) => version,
            None => match present(client, address, done).await? {
                Some(version) => version,
                None => return Ok(()),
            },
        };
        match watch(client, address, version, done).await? {
            End::Done => return Ok(()),
            End::Closed(version) => from = Some(version),
            End::Expired => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Shows the present state; the version to go on from, or nothing when that was enough.
async fn present(
    client: &Client,
    address: &Address,
    done: &mut (dyn FnMut(Option<&Object>) -> bool + Send),
) -> Result<Option<String>, ClusterError> {
    let list = selected(address).json(client).await?;
    let live = list["items"].as_array().and_then(|items| items.first()).cloned();
    let live = live.and_then(|item| Object::try_from(item).ok());
    let version = list["metadata"]["resourceVersion"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    Ok(if done(live.as_ref()) { None } else { Some(version) })
}

/// Returns when one of these objects has another state than the one that was seen.
pub(crate) async fn first_change(client: &Client, seen: &[Seen<'_>]) {
    let watches: Vec<BoxFuture<'_, ()>> = seen
        .iter()
        .take(WATCHED)
        .map(|seen| one_change(client, *seen).boxed())
        .collect();
    future::select_all(watches).await;
}

/// A watch that is refused or breaks tells nothing: who waits for a change looks again after a while.
async fn one_change(client: &Client, seen: Seen<'_>) {
    let call = selected(seen.address)
        .query("watch", "true")
        .query("timeoutSeconds", WATCH_SECONDS.to_string());
    let call = match seen.version {
        Some(version) => call.query("resourceVersion", version),
        None => call,
    };
    if let Ok(request) = call.request()
        && let Ok(events) = client.request_events::<Value>(request).await
    {
        futures::pin_mut!(events);
        while let Ok(Some(event)) = events.try_next().await {
            if !matches!(event, WatchEvent::Bookmark(_)) {
                return;
            }
        }
    }
    future::pending().await
}

async fn watch(
    client: &Client,
    address: &Address,
    mut version: String,
    done: &mut (dyn FnMut(Option<&Object>) -> bool + Send),
) -> Result<End, ClusterError> {
    let request: Request<Vec<u8>> = selected(address)
        .query("watch", "true")
        .query("timeoutSeconds", WATCH_SECONDS.to_string())
        .query("resourceVersion", version.clone())
        .request()?;
    let stream = match client
        .request_events::<Value>(request)
        .await
        .map_err(|error| cluster_error(&error))
    {
        Ok(stream) => stream,
        Err(ClusterError::Api { code: 410, .. }) => return Ok(End::Expired),
        Err(error) => return Err(error),
    };
    futures::pin_mut!(stream);
    loop {
        let state = match stream.try_next().await {
            Ok(Some(WatchEvent::Added(value) | WatchEvent::Modified(value))) => Object::try_from(value).ok(),
            Ok(Some(WatchEvent::Deleted(_))) => None,
            Ok(Some(WatchEvent::Error(_))) => return Ok(End::Expired),
            Ok(Some(WatchEvent::Bookmark(_))) => continue,
            // A watch that breaks is opened again: what matters is the object, not the connection.
            Ok(None) | Err(_) => return Ok(End::Closed(version)),
        };
        if let Some(newer) = state.as_ref().and_then(Object::resource_version) {
            newer.clone_into(&mut version);
        }
        if done(state.as_ref()) {
            return Ok(End::Done);
        }
    }
}

fn selected(address: &Address) -> Call {
    Call::get(address.collection()).query("fieldSelector", format!("metadata.name={}", address.name))
}
