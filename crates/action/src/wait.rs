//! Waiting until a release's objects are ready, or gone.
//!
//! What the cluster does not answer in between is asked again: only the deadline ends a wait.

use std::pin::pin;
use std::time::Duration;

use futures::future::{BoxFuture, Either, select};
use futures::{FutureExt, StreamExt};
use ironhelm_plan::{Address, Object};

use crate::deadline::{Backoff, Deadline};
use crate::events::Event;
use crate::observe::in_parallel;
use crate::ports::{Cluster, ClusterError, Ports, Releases, Seen};
use crate::readiness::{Readiness, readiness};

/// The longest time between two looks: some objects fail because time goes by, and nothing tells of that.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

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
/// Helm: an object that has failed is looked at again as long as others progress, for it may recover; and one that was
/// ready may cease to be.
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
    let mut open: Vec<Address> = addresses.clone();
    let mut backoff = Backoff::default();
    loop {
        let mut states = look(&open, jobs, deadline, ports).await?;
        if open.len() < total && !states.iter().any(Sight::progresses) {
            states = look(&addresses, jobs, deadline, ports).await?;
        }
        states.retain(|sight| sight.state != Readiness::Ready);
        let Some(first) = states.iter().find(|sight| sight.progresses()) else {
            return verdict(&states, false);
        };
        ports.events.tell(Event::Waiting {
            ready: total - states.len(),
            total,
            next: &format!("{}: {}", first.address, first.state.message()),
        });
        if deadline.is_over(ports) {
            return verdict(&states, true);
        }
        let seen: Option<Vec<Seen<'_>>> = states.iter().map(Sight::seen).collect();
        rest(seen, &mut backoff, deadline, ports).await;
        open = states.into_iter().map(|sight| sight.address).collect();
    }
}

fn verdict(unready: &[Sight], late: bool) -> Result<(), WaitError> {
    let (progressing, failed): (Vec<_>, Vec<_>) = unready.iter().partition(|sight| sight.progresses());
    let failed = failed.into_iter().map(|sight| sight.line("Failed"));
    let progressing = progressing.into_iter().map(|sight| sight.line("InProgress"));
    let mut lines: Vec<String> = failed.chain(progressing).collect();
    if late {
        lines.push("context deadline exceeded".to_owned());
    }
    if lines.is_empty() {
        Ok(())
    } else {
        Err(WaitError::NotReady { lines })
    }
}

/// Helm: the line about an object that is not ready.
pub(crate) fn not_ready(address: &Address, status: &str, message: &str) -> String {
    format!(
        "resource {} not ready. status: {status}, message: {message}",
        path(address)
    )
}

fn path(address: &Address) -> String {
    let namespace = address.namespace.as_deref().unwrap_or_default();
    format!("{}/{namespace}/{}", address.resource.gvk.kind, address.name)
}

/// Waits until none of these objects is there any more.
pub(crate) async fn wait_gone<C: Cluster, R: Releases>(
    mut open: Vec<Address>,
    timeout: Duration,
    ports: &Ports<'_, C, R>,
) -> Result<(), WaitError> {
    let deadline = Deadline::after(timeout, ports);
    let mut backoff = Backoff::default();
    loop {
        let mut there = Vec::new();
        for address in open {
            match get(&address, deadline, ports).await {
                Ok(None) => {}
                Ok(Some(live)) => there.push((address, Some(live))),
                // Without an answer the object is taken to be there still.
                Err(error) if error.may_pass() => there.push((address, None)),
                Err(error) => return Err(error.into()),
            }
        }
        if there.is_empty() {
            return Ok(());
        }
        if deadline.is_over(ports) {
            let mut lines: Vec<String> = there.iter().map(|(address, _)| still_there(address)).collect();
            lines.push("context deadline exceeded".to_owned());
            return Err(WaitError::NotReady { lines });
        }
        let seen: Option<Vec<Seen<'_>>> = there
            .iter()
            .map(|(address, live)| live.as_ref().map(|live| Seen::new(address, Some(live))))
            .collect();
        rest(seen, &mut backoff, deadline, ports).await;
        open = there.into_iter().map(|(address, _)| address).collect();
    }
}

/// Waits until another look is worth while: after a change, or after a growing pause where the server did not answer.
async fn rest<C: Cluster, R: Releases>(
    seen: Option<Vec<Seen<'_>>>,
    backoff: &mut Backoff,
    deadline: Deadline,
    ports: &Ports<'_, C, R>,
) {
    let left = deadline.left(ports);
    match seen {
        Some(seen) => {
            *backoff = Backoff::default();
            ports.cluster.changed(&seen, left.min(LOOK_AGAIN)).await;
        }
        None => ports.cluster.changed(&[], backoff.next().min(left)).await,
    }
}

fn still_there(address: &Address) -> String {
    format!(
        "resource {} still exists. status: Terminating, message: Resource scheduled for deletion",
        path(address)
    )
}

/// An object as it was seen last.
struct Sight {
    address: Address,
    /// The object's version, if there was an answer, and an object.
    version: Result<Option<String>, NoAnswer>,
    state: Readiness,
}

/// The server did not answer.
struct NoAnswer;

impl Sight {
    fn progresses(&self) -> bool {
        matches!(self.state, Readiness::Progressing(_))
    }

    fn line(&self, status: &str) -> String {
        not_ready(&self.address, status, self.state.message())
    }

    /// What was seen of it; `None` when the server did not answer.
    fn seen(&self) -> Option<Seen<'_>> {
        let version = self.version.as_ref().ok()?;
        Some(Seen {
            address: &self.address,
            version: version.as_deref(),
        })
    }
}

async fn look<C: Cluster, R: Releases>(
    open: &[Address],
    jobs: bool,
    deadline: Deadline,
    ports: &Ports<'_, C, R>,
) -> Result<Vec<Sight>, ClusterError> {
    let looks: Vec<BoxFuture<'_, _>> = open
        .iter()
        .map(|address| look_at(address, jobs, deadline, ports).boxed())
        .collect();
    let mut looks = in_parallel(looks);
    let mut seen = Vec::with_capacity(open.len());
    while let Some(sight) = looks.next().await {
        seen.push(sight?);
    }
    Ok(seen)
}

async fn look_at<C: Cluster, R: Releases>(
    address: &Address,
    jobs: bool,
    deadline: Deadline,
    ports: &Ports<'_, C, R>,
) -> Result<Sight, ClusterError> {
    let (version, state) = match get(address, deadline, ports).await {
        Ok(live) => (
            Ok(live.as_ref().and_then(Object::resource_version).map(str::to_owned)),
            readiness(live.as_ref(), jobs, ports.surroundings.now()),
        ),
        Err(error) if error.may_pass() => (Err(NoAnswer), Readiness::Progressing(error.to_string())),
        Err(error) => return Err(error),
    };
    Ok(Sight {
        address: address.clone(),
        version,
        state,
    })
}

/// A live object; a server that does not answer is not waited for longer than up to the deadline.
async fn get<C: Cluster, R: Releases>(
    address: &Address,
    deadline: Deadline,
    ports: &Ports<'_, C, R>,
) -> Result<Option<Object>, ClusterError> {
    // At the deadline there is one last look; it may take a moment.
    let patience = deadline.left(ports).max(Duration::from_secs(1));
    let answer = pin!(ports.cluster.get(address));
    let alarm = pin!(ports.cluster.changed(&[], patience));
    match select(answer, alarm).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), _)) => Err(ClusterError::Unreachable {
            reason: format!("no answer within {}s", patience.as_secs()),
        }),
    }
}
