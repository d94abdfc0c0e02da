//! What a synchronisation will do, complete before the first byte is sent.
//!
//! [`build`] turns bundles and rules into a [`SyncPlan`] of plain data and the [`Contents`] that it speaks of. What the
//! targets have is asked elsewhere and comes in as [`Observations`]; [`SyncPlan::decide`] turns these into actions.
//! A dry run prints the plan; the executor carries out the same one.

mod build;
mod decide;
mod images;
mod rows;

use std::collections::BTreeMap;

use ironhelm_image::Digest;
use serde::Serialize;

pub use build::{BundleInput, Contents, PlannedChart, build};
pub use decide::{ChartState, Observations, ProjectState, Question, TagState};
pub use images::build_images;

use crate::rewrite::ValueChange;

/// All that a synchronisation does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncPlan {
    /// The charts, in the order in which they are sent.
    pub charts: Vec<ChartPlan>,
    /// The images, each target once.
    pub images: Vec<ImagePlan>,
    /// The blobs of these images, each once.
    pub blobs: Vec<BlobPlan>,
    /// The projects (first parts of repositories) that images go to, by registry and name.
    pub projects: Vec<ProjectPlan>,
    /// What stands in the way, and what is odd.
    pub problems: Vec<Problem>,
}

/// A chart to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChartPlan {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The bundle that it comes from.
    pub bundle: String,
    /// The digest of the archive that is sent.
    pub digest: Option<Digest>,
    /// The size of that archive.
    pub size: u64,
    /// The values that were rewritten.
    pub values: Vec<ValueChange>,
    /// The names of its images at the target.
    pub images: Vec<String>,
    /// What happens to it.
    pub action: Action,
}

/// An image to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImagePlan {
    /// The name in the bundle.
    pub source: String,
    /// The name at the target, in full.
    pub target: String,
    /// The registry of `target`.
    pub registry: String,
    /// The repository of `target`.
    pub repository: String,
    /// The tag of `target`; none if the image goes by its digest alone.
    pub tag: Option<String>,
    /// The digest of the manifest.
    pub digest: Digest,
    /// The size of the manifest and all blobs.
    pub size: u64,
    /// The platforms.
    pub platforms: Vec<String>,
    /// The digests of configurations and layers.
    pub blobs: Vec<Digest>,
    /// What happens to it.
    pub action: Action,
    /// Whether another image goes to the same name.
    #[serde(skip)]
    pub(crate) collides: bool,
}

/// A blob to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobPlan {
    /// Its digest.
    pub digest: Digest,
    /// Its size.
    pub size: u64,
    /// Where it goes, registry and repository; it is uploaded to the first and mounted from there in the others of that
    /// registry.
    pub repositories: Vec<String>,
}

/// A project of a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectPlan {
    /// The registry.
    pub registry: String,
    /// The first part of the repositories in it.
    pub name: String,
    /// Bytes of all blobs that go there.
    pub size: u64,
    /// What happens to it: it is there, or has to be created.
    pub action: Action,
}

/// What happens to something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// It is sent; the target does not have it, or was not asked.
    Push,
    /// It is sent over something else.
    Replace {
        /// What the target has, if it tells.
        found: Option<Digest>,
    },
    /// It is not sent.
    Skip {
        /// Why.
        reason: String,
    },
    /// It is created at the target.
    Create,
    /// It cannot be sent; a problem tells why.
    Conflict,
}

impl Action {
    /// Whether nothing is sent because it is there already.
    #[must_use]
    pub fn is_there(&self) -> bool {
        matches!(self, Self::Skip { reason } if reason == ALREADY_THERE)
    }
}

/// Why most things are skipped.
pub(crate) const ALREADY_THERE: &str = "already there";

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Warning,
    /// The thing it is about is not sent.
    Error,
}

/// Something in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about: a bundle, a chart, an image.
    pub about: String,
    /// What it is, its causes included.
    pub text: String,
    /// Whether it came up when the targets were asked.
    #[serde(skip)]
    pub(crate) observed: bool,
}

impl Problem {
    pub(crate) fn error(about: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            about: about.into(),
            text: text.into(),
            observed: false,
        }
    }

    pub(crate) fn warning(about: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(about, text)
        }
    }
}

impl SyncPlan {
    /// Asks for a project that no image goes to.
    pub fn need_project(&mut self, registry: &str, name: &str) {
        let is_known = |known: &ProjectPlan| known.registry == registry && known.name == name;
        if !self.projects.iter().any(is_known) {
            self.projects.push(ProjectPlan {
                registry: registry.to_owned(),
                name: name.to_owned(),
                size: 0,
                action: Action::Skip {
                    reason: "not asked".to_owned(),
                },
            });
        }
    }

    /// Whether anything stands in the way.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Whether there is anything to send.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let idle = |action: &Action| matches!(action, Action::Skip { .. } | Action::Conflict);
        self.images.iter().all(|image| idle(&image.action)) && self.charts.iter().all(|chart| idle(&chart.action))
    }

    /// The bytes of all blobs of images that are sent, each blob once; the target may have some of them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let sent: BTreeMap<&str, ()> = self
            .images
            .iter()
            .filter(|image| matches!(image.action, Action::Push | Action::Replace { .. }))
            .flat_map(|image| image.blobs.iter().map(|digest| (digest.as_str(), ())))
            .collect();
        let wanted = self.blobs.iter().filter(|blob| sent.contains_key(blob.digest.as_str()));
        wanted.map(|blob| blob.size).sum()
    }
}

#[cfg(test)]
mod tests;
