//! Helm's use of templates: a chart and its values become manifests, hooks and notes.
//!
//! Comes in: a chart whose dependencies are settled, the coalesced values, what the release is called, what the cluster
//! can do, and a [`World`] to ask. Goes out: [`Rendered`], plain data. Checking values against schemas and coalescing them
//! happen before; building and applying objects happen after.
//!
//! Templates run synchronously. When one looks up an object that the [`World`] does not know yet
//! ([`LookupAnswer::Missing`]), rendering goes on with an empty answer and reports the [`Lookup`]; the caller fetches it
//! and renders again.

mod capabilities;
mod chart_object;
mod document;
mod engine;
mod error;
mod files;
mod functions;
mod glob;
mod head;
mod hooks;
pub mod kind_order;
mod name;
mod outside;
mod post;
mod render;
mod split;
mod values_type;
mod world;

pub use capabilities::{Capabilities, HelmVersion, KubeVersion, KubeVersionError};
pub use document::{Crd, Document, Head, Rendered};
pub use error::RenderError;
pub use ironhelm_gotmpl::Budget;
pub use name::name_from_template;
pub use render::{Forgiven, Leniently, ReleaseContext, RenderOptions, render, render_leniently};
pub use split::{SourcedDocument, split_documents, split_manifest};
pub use world::{Lookup, LookupAnswer, World};
