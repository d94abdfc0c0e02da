//! Decides what a release needs from a cluster: which objects it wants, whether it may have them, and the patch that
//! turns each live object into the wanted one.
//!
//! Everything here is a pure function over plain `serde_json::Value` objects: no cluster, no clock, no files.
//!
//! * [`object`]: Kubernetes objects as data, their identity, and reading them from a manifest
//! * [`ownership`]: Helm's marks on the objects of a release, and who may take or keep an object
//! * [`strategic`]: strategic merge patches, made three-way and applied
//! * [`schema`]: how the lists and maps of the built-in kinds merge
//! * [`plan_changes`], [`plan_removal`]: from what was, what is wanted and what is live to the steps between them
//! * [`merge_patch`]: JSON merge patches (RFC 7386), made two-way and three-way, and applied
//! * [`managed_fields`]: field ownership of server-side apply: the migration from client-side updates, and the
//!   applies that change nothing

mod decide;
mod kinds;
pub mod managed_fields;
mod manifest;
pub mod merge_patch;
mod metadata;
pub mod object;
pub mod ownership;
pub mod schema;
pub mod strategic;

pub use decide::{
    Action, Change, Live, ObjectPlan, Ownership, PlanError, Policy, Propagation, Step, Target, creation, decide,
    plan_changes, plan_removal,
};
pub use kinds::{
    Address, Kinds, Placed, ResourceKind, UnknownKind, collection_path, namespace_flaw, place, place_known,
};
pub use manifest::parse_manifest;
pub use metadata::aggregate;
pub use object::{GroupVersionKind, ManifestError, Object, ObjectKey};
pub use ownership::Owner;
pub use schema::Schema;
