//! What the cross-crate tests share: the program under test, the real programs beside it, and real control planes.

mod control_plane;
mod json;
mod programs;

pub use control_plane::ControlPlane;
pub use json::{differences, scrub};
pub use programs::{Oracles, Output, Program, ironhelm, ironhelm_release, root};
