//! What the verbs have in common in what is asked of them. Every `Default` is Helm's default.

use std::collections::BTreeMap;

use crate::wait::{WaitFor, Waiting};

use ironhelm_plan::Ownership;

/// How objects are brought to the cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applying {
    /// Server-side apply, or patches that are computed here.
    pub server_side: ServerSide,
    /// Take fields over from other field managers (server-side apply only).
    pub force_conflicts: bool,
    /// Replace live objects as a whole instead of patching them (client-side only).
    pub force_replace: bool,
    /// Adopt objects that exist already, whoever owns them.
    pub take_ownership: bool,
}

/// Which side computes the change of an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ServerSide {
    /// As the release was applied before; the server for a new release.
    #[default]
    Auto,
    /// The server.
    On,
    /// We, by a three-way merge.
    Off,
}

impl ServerSide {
    /// The choice, given how the revision that is built upon was applied.
    #[must_use]
    pub(crate) fn resolve(self, before: ironhelm_release::ApplyMethod) -> bool {
        match self {
            Self::Auto => before == ironhelm_release::ApplyMethod::ServerSide,
            Self::On => true,
            Self::Off => false,
        }
    }
}

/// What is written into the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The description on success, in place of the usual one.
    pub description: Option<String>,
    /// Labels of the record; the value `null` removes a label that the revision before had.
    pub labels: BTreeMap<String, String>,
    /// How many revisions are kept; 0 keeps all.
    pub history_max: u32,
}

impl Default for Recording {
    fn default() -> Self {
        Self {
            description: None,
            labels: BTreeMap::new(),
            history_max: 10,
        }
    }
}

impl Recording {
    /// The description that was asked for, or the usual one.
    pub(crate) fn description_or(&self, usual: &str) -> String {
        self.description.clone().unwrap_or_else(|| usual.to_owned())
    }
}

/// Whether anything is changed at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DryRun {
    /// Everything is done.
    #[default]
    Off,
    /// Nothing is changed and templates cannot look at the cluster.
    Client,
    /// Nothing is changed; templates look at the cluster and the plan is made against what is live.
    Server,
}

impl DryRun {
    /// Is nothing changed?
    #[must_use]
    pub fn is_on(self) -> bool {
        self != Self::Off
    }
}

/// What is done when an install or an upgrade fails half way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// Nothing: everything stays as it is then.
    #[default]
    Leave,
    /// An upgrade is rolled back to the newest revision that once worked, an install is uninstalled. Objects that do not
    /// become ready count as a failure, so they are always waited for.
    RollBack,
}

impl OnFailure {
    /// What is waited for, given what is asked for.
    #[must_use]
    pub fn waiting(self, asked: Waiting) -> Waiting {
        match (self, asked.for_what) {
            (Self::RollBack, WaitFor::Hooks) => Waiting {
                for_what: WaitFor::Ready { jobs: false },
                ..asked
            },
            _ => asked,
        }
    }
}

/// Options that clash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionClash {
    /// Server-side apply never replaces.
    #[error("invalid operation: cannot use server-side apply and force replace together")]
    ServerSideReplace,
    /// There are no field managers to take from without server-side apply.
    #[error("invalid client update option(s): forceConflicts enabled when serverSideApply disabled")]
    ConflictsWithoutServerSide,
}

impl Applying {
    pub(crate) fn ownership(&self) -> Ownership {
        if self.take_ownership {
            Ownership::TakeOver
        } else {
            Ownership::Check
        }
    }

    /// Checks that the options fit together once it is known which side applies.
    pub(crate) fn check(&self, server_side: bool) -> Result<(), OptionClash> {
        match (server_side, self.force_replace, self.force_conflicts) {
            (true, true, _) => Err(OptionClash::ServerSideReplace),
            (false, _, true) => Err(OptionClash::ConflictsWithoutServerSide),
            _ => Ok(()),
        }
    }
}
