//! Waiting until a release's objects are ready, or gone.

use std::time::Duration;

use futures::{StreamExt, stream};
use ironhelm_plan::Address;

use crate::events::Event;
use crate::hooks::{Deadline, not_ready};
use crate::observe::IN_PARALLEL;
use crate::ports::{Cluster, ClusterError, Ports, Releases};
use crate::readiness::{Readiness, readiness};

/// What is waited for after the objects are applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WaitFor {
    /// Hooks only: Helm's default.
    #[default]
    Hooks,
    /// Every object is ready.
    Ready {
        /// A Job counts as ready only when it is complete.
        jobs: bool,
    },
}

/// How long and for what to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// What is waited for.
    pub for_what: WaitFor,
    /// How long each wait may take (each hook, and the objects together).
    pub timeout: Duration,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            for_what: WaitFor::Hooks,
            timeout: Duration::from_secs(300),
        }
    }
}

/// Why waiting ended without success.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// Objects that are not ready: one line each.
    #[error("{}", lines.join("\n"))]
    NotReady {
        /// What Helm says of each, and of the deadline.
        lines: Vec<String>,
    },
    /// The cluster refused to show an object.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

/// Waits as `waiting` says.
///
/// # Errors
/// When an object has failed, or is not ready at the deadline.
pub(crate) async fn wait_ready<C: Cluster, R: Releases>(
    addresses: Vec<Address>,
    waiting: &Waiting,
    ports: &Ports<'_, C, R>,
) -> Result<(), WaitError> {
    let WaitFor::Ready { jobs } = waiting.for_what else {
        return Ok(());
    };
    let deadline = Deadline::after(waiting.timeout, ports);
    let total = addresses.len();
    let (mut open, mut failed) = (addresses, Vec::new());
    loop {
        let mut progressing = Vec::new();
        for (address, state) in look(&open, jobs, ports).await? {
            match state {
                Readiness::Ready => {}
                Readiness::Failed(message) => failed.push(not_ready(&address, "Failed", &message)),
                Readiness::Progressing(message) => progressing.push((address, message)),
            }
        }
        let Some((first, message)) = progressing.first() else {
            break;
        };
        let next = format!("{first}: {message}");
        ports.events.tell(Event::Waiting {
            ready: total - progressing.len() - failed.len(),
            total,
            next: &next,
        });
        if deadline.is_over(ports) {
            let late = progressing
                .iter()
                .map(|(address, message)| not_ready(address, "InProgress", message));
            failed.extend(late.chain(["context deadline exceeded".to_owned()]));
            break;
        }
        open = progressing.into_iter().map(|(address, _)| address).collect();
        ports.cluster.changed(&open, deadline.left(ports)).await;
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(WaitError::NotReady { lines: failed })
    }
}

/// Waits until none of these objects is there any more.
pub(crate) async fn wait_gone<C: Cluster, R: Releases>(
    mut open: Vec<Address>,
    timeout: Duration,
    ports: &Ports<'_, C, R>,
) -> Result<(), WaitError> {
    let deadline = Deadline::after(timeout, ports);
    loop {
        let mut there = Vec::new();
        for address in open {
            if ports.cluster.get(&address).await?.is_some() {
                there.push(address);
            }
        }
        if there.is_empty() {
            return Ok(());
        }
        if deadline.is_over(ports) {
            let mut lines: Vec<String> = there.iter().map(still_there).collect();
            lines.push("context deadline exceeded".to_owned());
            return Err(WaitError::NotReady { lines });
        }
        open = there;
        ports.cluster.changed(&open, deadline.left(ports)).await;
    }
}

fn still_there(address: &Address) -> String {
    let (kind, namespace) = (
        &address.resource.gvk.kind,
        address.namespace.as_deref().unwrap_or_default(),
    );
    format!(
        "resource {kind}/{namespace}/{} still exists. status: Terminating, message: Resource scheduled for deletion",
        address.name
    )
}

async fn look<C: Cluster, R: Releases>(
    open: &[Address],
    jobs: bool,
    ports: &Ports<'_, C, R>,
) -> Result<Vec<(Address, Readiness)>, ClusterError> {
    let mut states = stream::iter(open.iter().cloned())
        .map(async |address| {
            let live = ports.cluster.get(&address).await?;
            let state = readiness(live.as_ref(), jobs);
            Ok::<_, ClusterError>((address, state))
        })
        .buffered(IN_PARALLEL);
    let mut seen = Vec::with_capacity(open.len());
    while let Some(state) = states.next().await {
        seen.push(state?);
    }
    Ok(seen)
}
