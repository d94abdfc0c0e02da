//! Images into the container runtimes of a node: docker and containerd.
//!
//! In comes what an offline bundle holds: images as data ([`LoadImage`]) and a place to read their bytes ([`BlobSource`]). A runtime first
//! says what it lacks ([`LoadPlan`], printable, changes nothing) and then takes exactly that ([`LoadOutcome`]). A second load of the
//! same images sends nothing. Nothing here reads the environment or prints: addresses come in as data, progress goes out through a trait.

mod chunks;
mod containerd;
mod docker;
mod error;
mod find;
mod images;
mod plan;
mod progress;
mod select;

pub use containerd::Containerd;
pub use docker::Docker;
pub use error::Error;
pub use find::{Candidate, Kind, Runtime, Surroundings, Tried, Wanted, candidates};
pub use images::{Blob, BlobSource, LoadImage};
pub use plan::{ImageOutcome, ImagePlan, LoadOptions, LoadOutcome, LoadPlan, LoadResult, NameAction, NamePlan};
pub use progress::{Progress, Silent};
pub use select::{Collision, Selection, Skipped, node_platform};
