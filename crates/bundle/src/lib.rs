//! Offline bundles: reading, planning a relocation, pushing images and charts, writing bundles.

pub mod config;
pub mod create;
mod edit;
pub mod hints;
mod layout;
pub mod merged;
mod outline;
pub mod package;
pub mod plan;
pub mod relocate;
pub mod rewrite;
pub mod source;
