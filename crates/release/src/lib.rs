//! The release record, its history and states, and Helm's wire format.
//!
//! A [`Release`] is one revision of one installation: the chart it came from, the values of the user, the manifest that
//! was applied and the hooks beside it. Helm keeps each revision as one object in the cluster; this crate turns that
//! object's payload into a [`Release`] and back ([`wire`]), names and labels it ([`labels`]), and decides from the list
//! of revisions in which situation a release is ([`History`], [`basis`]).
//!
//! Nothing here talks to a cluster or reads a clock: times come in as [`Time`], bytes as text.

mod hook;
mod name;
mod record;
mod status;
mod stored_chart;
mod time;

pub use hook::{DeletePolicy, Hook, HookEvent, HookPhase, LastRun, OutputLogPolicy};
pub use name::{InvalidReleaseName, Namespace, ReleaseName, Revision};
pub use record::{Extra, Info, Release, Values};
pub use status::{ApplyMethod, Status};
pub use stored_chart::{ChartSummary, StoredChart};
pub use time::Time;
