//! What the cross-crate tests share: the program under test, the real programs beside it, and real control planes.

mod bundles;
mod control_plane;
mod harbor;
mod json;
mod node;
mod programs;
mod registry;
mod web;

pub use bundles::MadeUp;
pub use control_plane::ControlPlane;
pub use harbor::Harbor;
pub use json::{differences, scrub};
pub use node::{DockerDaemon, Node, entries, images_archive, wait_until};
pub use programs::{Oracles, Output, Program, ironhelm, ironhelm_release, root};
pub use registry::{Line, LocalRegistry, USER, tls};
pub use web::{Answer, Asked, Museum, Web, recorded_museum};
