//! A cluster in memory: the ports of `ironhelm-action` over one object store.
//!
//! It is honest about what it is. Objects have uids, resource versions and generations; creating what is there and
//! replacing what has moved on are refused as a server refuses them; patches are applied by the same code that the
//! planner uses. What it does not do: validation, defaults, admission, garbage collection, conflicts between field
//! managers (server-side apply is a three-way merge with what was last applied, and no object has `managedFields`). Workloads are ready as soon as they
//! are stored: Jobs complete, Pods succeed.

mod builtin;
mod store;
mod workload;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::select;
use ironhelm_action::{Cluster, ClusterError, Discovery, Done, Releases, Seen, Which};
use ironhelm_plan::{Address, Change, Object, ResourceKind};
use ironhelm_release::{Header, History, Release, ReleaseError, ReleaseName, Revision, storage_key};
use serde_json::{Value, json};

use crate::store::{Store, not_found};

/// A cluster in memory. Clones are the same cluster.
#[derive(Clone, Default)]
pub struct Sandbox {
    store: Arc<Mutex<Store>>,
}

impl Sandbox {
    /// A cluster with the built-in kinds, the usual namespaces, and nothing else.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The release store of one namespace.
    #[must_use]
    pub fn releases(&self, namespace: &str) -> SandboxReleases {
        SandboxReleases {
            sandbox: self.clone(),
            namespace: namespace.to_owned(),
        }
    }

    /// Every object, by path; for tests and for people who are curious.
    #[must_use]
    pub fn objects(&self) -> BTreeMap<String, Value> {
        self.store().objects().clone()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cluster for Sandbox {
    async fn discover(&self) -> Result<Arc<Discovery>, ClusterError> {
        Ok(Arc::new(self.store().discovery()))
    }

    fn forget(&self) {}

    async fn get(&self, address: &Address) -> Result<Option<Object>, ClusterError> {
        Ok(self.store().get(address))
    }

    async fn list(
        &self,
        resource: &ResourceKind,
        namespace: Option<&str>,
        label_selector: Option<&str>,
    ) -> Result<Value, ClusterError> {
        Ok(self.store().list(resource, namespace, label_selector))
    }

    async fn table(
        &self,
        resource: &ResourceKind,
        namespace: Option<&str>,
        which: Which<'_>,
    ) -> Result<Value, ClusterError> {
        let store = self.store();
        match which {
            Which::Labelled(selector) => Ok(table(&store.list(resource, namespace, Some(selector))["items"])),
            Which::Named(name) => {
                let (resource, namespace) = (resource.clone(), namespace.map(str::to_owned));
                let address = Address {
                    resource,
                    namespace,
                    name: name.to_owned(),
                };
                store
                    .get(&address)
                    .map(|object| table(&json!([object.to_value()])))
                    .ok_or_else(|| not_found(&address))
            }
        }
    }

    async fn change(&self, address: &Address, change: &Change) -> Result<Option<Object>, ClusterError> {
        self.store().change(address, change)
    }

    /// Nothing here changes by itself: there is one state to show.
    async fn follow(
        &self,
        address: &Address,
        _: Option<&str>,
        _: Duration,
        done: Done<'_>,
    ) -> Result<(), ClusterError> {
        let live = self.store().get(address);
        done(live.as_ref());
        Ok(())
    }

    async fn changed(&self, seen: &[Seen<'_>], at_most: Duration) {
        let change = {
            let mut store = self.store();
            let moved = |seen: &Seen<'_>| {
                let live = store.get(seen.address);
                live.as_ref().and_then(Object::resource_version) != seen.version
            };
            if seen.iter().any(moved) {
                return;
            }
            store.next_change()
        };
        let mut alarm = Alarm::after(at_most);
        if seen.is_empty() {
            let _ = (&mut alarm.rings).await;
        } else {
            select(&mut alarm.rings, change).await;
        }
    }

    async fn logs(&self, _: &str, _: &str, _: &str) -> Result<String, ClusterError> {
        Ok(String::new())
    }
}

/// A timer that needs no runtime: a thread, which ends with it.
struct Alarm {
    rings: oneshot::Receiver<()>,
    /// Dropped together with the alarm, which wakes the thread.
    _listener: mpsc::Sender<()>,
}

impl Alarm {
    fn after(pause: Duration) -> Self {
        let (ring, rings) = oneshot::channel();
        let (listener, listens) = mpsc::channel();
        // Where no thread can be had, the alarm rings at once: the sender is dropped with the closure.
        let _ = std::thread::Builder::new().spawn(move || {
            let _ = listens.recv_timeout(pause);
            let _ = ring.send(());
        });
        Self {
            rings,
            _listener: listener,
        }
    }
}

/// The least that a server prints of objects; time stands still here, so all of them are new.
fn table(objects: &Value) -> Value {
    let row = |object: &Value| json!({ "cells": [object["metadata"]["name"], "0s"], "object": object });
    let rows: Vec<Value> = objects.as_array().into_iter().flatten().map(row).collect();
    json!({
        "apiVersion": "meta.k8s.io/v1", "kind": "Table",
        "columnDefinitions": [{ "name": "Name", "priority": 0 }, { "name": "Age", "priority": 0 }],
        "rows": rows,
    })
}

/// The release records of one namespace of a [`Sandbox`].
#[derive(Clone)]
pub struct SandboxReleases {
    sandbox: Sandbox,
    namespace: String,
}

impl Releases for SandboxReleases {
    async fn history(&self, name: &ReleaseName) -> Result<History<Header>, ReleaseError> {
        let own = self.list(false).await?;
        Ok(own.into_iter().filter(|header| header.name == *name).collect())
    }

    async fn list(&self, everywhere: bool) -> Result<Vec<Header>, ReleaseError> {
        let namespace = (!everywhere).then_some(self.namespace.as_str());
        Ok(self.sandbox.store().record_headers(namespace))
    }

    async fn read(&self, header: &Header) -> Result<Release, ReleaseError> {
        self.sandbox.store().read_record(header)
    }

    async fn create(&self, release: &Release) -> Result<(), ReleaseError> {
        self.sandbox.store().create_record(&self.namespace, release)
    }

    async fn update(&self, release: &Release) -> Result<(), ReleaseError> {
        self.sandbox.store().update_record(&self.namespace, release)
    }

    async fn delete(&self, name: &ReleaseName, revision: Revision) -> Result<(), ReleaseError> {
        self.sandbox
            .store()
            .delete_record(&self.namespace, &storage_key(name, revision));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use futures::executor::block_on;
    use ironhelm_plan::GroupVersionKind;

    use super::*;

    #[test]
    fn who_waits_for_a_change_waits_for_it_or_for_the_time() {
        let sandbox = Sandbox::new();
        let namespace = |name: &str| Address {
            resource: ResourceKind {
                gvk: GroupVersionKind::new("v1", "Namespace"),
                plural: "namespaces".to_owned(),
                namespaced: false,
            },
            namespace: None,
            name: name.to_owned(),
        };
        let waited = |seen: Option<&str>, at_most: u64| {
            let (address, start) = (namespace("shop"), Instant::now());
            let seen = Seen {
                address: &address,
                version: seen,
            };
            block_on(sandbox.changed(&[seen], Duration::from_millis(at_most)));
            start.elapsed()
        };
        assert!(waited(None, 50) >= Duration::from_millis(50));
        let (other, address) = (sandbox.clone(), namespace("shop"));
        let change = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            let object = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } });
            let object = Object::try_from(object).expect("an object");
            block_on(other.change(&address, &Change::Create(object))).expect("it is created");
        });
        assert!(waited(None, 60_000) < Duration::from_secs(30));
        change.join().expect("it ran");
        assert!(waited(Some("1"), 60_000) < Duration::from_secs(30), "it has moved on");
    }
}
