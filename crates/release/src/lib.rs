//! The release record, its history and states, and Helm's wire format.
//!
//! A [`Release`] is one revision of one installation: the chart it came from, the values of the user, the manifest that
//! was applied and the hooks beside it. Helm keeps each revision as one object in the cluster; this crate turns that
//! object's payload into a [`Release`] and back ([`wire`]), names and labels it ([`labels`]), and decides from the list
//! of revisions in which situation a release is ([`History`], [`UpgradeBasis`] and its siblings).
//!
//! Nothing here talks to a cluster or reads a clock: times come in as [`Time`], bytes as text.

mod basis;
mod error;
mod history;
mod hook;
pub mod labels;
mod name;
mod record;
mod status;
mod stored;
mod stored_chart;
mod time;
pub mod wire;

pub use basis::{InstallBasis, RollbackBasis, UninstallBasis, UpgradeBasis};
pub use error::{Cause, ReleaseError};
pub use history::{Absence, History, Record};
pub use hook::{DeletePolicy, Hook, HookEvent, HookPhase, LastRun, OutputLogPolicy};
pub use name::{InvalidReleaseName, InvalidRevision, Namespace, ReleaseName, Revision};
pub use record::{Extra, Info, Release, Values};
pub use status::{ApplyMethod, Status};
pub use stored::{Header, Stored, storage_key};
pub use stored_chart::{StoredChart, StoredChartError};
pub use time::Time;
