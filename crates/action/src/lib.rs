//! The verbs: install, upgrade, rollback, uninstall.
//!
//! Each verb is one story: look at the history, name the situation, compose what is wanted, observe what is live, plan,
//! and carry the plan out. What has effects comes in through the traits of [`ports`]; nothing here starts a runtime,
//! reads a clock or prints.

mod cancel;
mod compose;
mod deadline;
mod definitions;
mod error;
mod events;
mod execute;
mod hooks;
mod install;
mod observe;
mod outcome;
mod ports;
mod readiness;
mod record;
mod recovery;
mod request;
mod rollback;
mod transition;
mod uninstall;
mod upgrade;
mod wait;

pub use cancel::Cancellation;
pub use compose::{
    ComposeError, Prepared, Rendering, capabilities, prepare, release_context, render_live, render_offline,
};
pub use error::full_text;
pub use events::Event;
pub use execute::{Applied, ExecuteError};
pub use hooks::HookError;
pub use install::{InstallRequest, install};
pub use observe::ObserveError;
pub use outcome::{InstallError, Objects, Outcome, RollbackError, UninstallError, UpgradeError};
pub use ports::{Cluster, ClusterError, Discovery, Done, Events, Ports, Releases, Seen, Silence, Surroundings, Which};
pub use readiness::{Readiness, readiness};
pub use record::Unrecorded;
pub use recovery::CleanupError;
pub use request::{Applying, DryRun, OnFailure, OptionClash, Recording, ServerSide};
pub use rollback::{RollbackRequest, rollback};
pub use transition::{BuildError, TransitionError};
pub use uninstall::{UninstallRequest, Uninstalled, uninstall};
pub use upgrade::{UpgradeRequest, upgrade};
pub use wait::{WaitError, WaitFor, Waiting};
