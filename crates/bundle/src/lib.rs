//! Offline bundles: reading, planning a relocation, pushing images and charts, writing bundles.
//!
//! - [`config`]: the configuration file of a synchronisation;
//! - [`source`]: bundles as they lie on disk; [`create`]: bundles that are written;
//! - [`hints`], [`merged`], [`relocate`], [`rewrite`], [`package`]: a chart whose images get new names;
//! - [`plan`]: all that a synchronisation does, as data, before it does anything;
//! - [`select`]: which bundles are meant;
//! - [`push`]: images into registries; [`upload`]: charts into repositories; [`sync`]: both, in order.

pub mod config;
pub mod create;
mod edit;
pub mod hints;
mod layout;
pub mod merged;
mod outline;
pub mod package;
pub mod plan;
pub mod push;
pub mod relocate;
pub mod rewrite;
pub mod select;
pub mod source;
pub mod sync;
pub mod upload;

pub use edit::EditError;
