//! Chart repositories as Helm keeps them, and the charts that references name.
//!
//! What comes in are plain settings ([`Paths`], [`RepositoryEntry`], options) and a [`Remote`] that fetches bytes; what goes out
//! are data and events in Helm's words. Files are Helm's own (`repositories.yaml`, `<name>-index.yaml`, the content
//! cache, `Chart.lock`), so that both tools can take turns on one home directory. Nothing here prints, reads the
//! environment or starts a runtime.
//!
//! - [`Repositories`] is `repositories.yaml`; [`add`], [`remove`] and [`update`] are the verbs on it;
//! - [`index`] reads `index.yaml` in one pass and keeps what is searched in a compact file next to it; [`generate`](index::generate)
//!   writes one;
//! - [`search`] ranks charts as `helm search repo` does;
//! - [`resolve`] finds where a chart's bytes are and [`Downloads`] brings them, through Helm's content cache;
//! - [`dependency`] lists, updates and builds what a chart needs; [`pull`] puts charts into directories.

pub mod dependency;
mod download;
mod entry;
mod error;
mod files;
mod http;
pub mod index;
mod manage;
mod paths;
pub mod pull;
mod remote;
mod repositories;
mod resolve;
pub mod search;
mod text;

pub use download::{DownloadError, Downloaded, Downloads, Verification, verify_local};
pub use entry::RepositoryEntry;
pub use error::Error;
pub use http::HttpRemote;
pub use manage::{
    AddError, AddOptions, Added, RemoveError, UpdateError, UpdateEvent, add, list, remove, select, update,
};
pub use paths::Paths;
pub use remote::{Access, Credentials, Fetched, OciChart, Reason, Remote, RemoteError, Request, Tls};
pub use repositories::{Repositories, RepositoriesError};
pub use resolve::{ChartReference, Location, ResolveError, Resolved, resolve, resolve_remote};
pub use url::Url;
