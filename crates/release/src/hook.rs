//! Hooks: objects that are not part of the manifest but run at a point of a release's life.

use crate::{Extra, Time};

/// One hook of a release: an object, when it runs, and what became of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hook {
    /// Name of the object (`metadata.name`).
    pub name: String,
    /// Kind of the object.
    pub kind: String,
    /// Template that the object came from, `chart/templates/file.yaml`.
    pub path: String,
    /// The rendered document, as text.
    pub manifest: String,
    /// When the hook runs.
    pub events: Vec<HookEvent>,
    /// Events of a record that this version does not know; they never fire and stay in the record.
    pub foreign_events: Vec<String>,
    /// The last time the hook ran.
    pub last_run: LastRun,
    /// Order among the hooks of one event, lowest first.
    pub weight: i64,
    /// When the object is deleted; empty means that nothing was said (see [`Hook::set_default_delete_policy`]).
    pub delete_policies: Vec<DeletePolicy>,
    /// When the log of the hook's containers is printed.
    pub output_log_policies: Vec<OutputLogPolicy>,
    /// Fields of a record that this version does not know.
    pub extra: Extra,
}

impl Hook {
    /// Whether the hook runs at `event`.
    pub fn runs_at(&self, event: HookEvent) -> bool {
        self.events.contains(&event)
    }

    /// Whether the hook is a test (`helm test` runs it; install and upgrade do not).
    pub fn is_test(&self) -> bool {
        self.runs_at(HookEvent::Test)
    }

    /// Whether the hook's object is deleted at the moment named by `policy`.
    pub fn deletes(&self, policy: &DeletePolicy) -> bool {
        self.delete_policies.contains(policy)
    }

    /// Whether the hook's log is printed at the moment named by `policy`.
    pub fn logs(&self, policy: &OutputLogPolicy) -> bool {
        self.output_log_policies.contains(policy)
    }

    /// Fills in `before-hook-creation` where the chart names no delete policy.
    ///
    /// Helm: happens when the hook first runs, and the filled-in policy is stored with the record.
    pub fn set_default_delete_policy(&mut self) {
        if self.delete_policies.is_empty() {
            self.delete_policies.push(DeletePolicy::BeforeHookCreation);
        }
    }
}

/// The last execution of a hook.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LastRun {
    /// When it was started.
    pub started_at: Option<Time>,
    /// When it ended, well or badly.
    pub completed_at: Option<Time>,
    /// How far it came; `None` before the first run.
    pub phase: Option<HookPhase>,
}

/// A point of a release's life at which hooks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum HookEvent {
    PreInstall,
    PostInstall,
    PreDelete,
    PostDelete,
    PreUpgrade,
    PostUpgrade,
    PreRollback,
    PostRollback,
    /// Run by `helm test` only.
    Test,
}

impl HookEvent {
    /// Every event.
    pub const ALL: [Self; 9] = [
        Self::PreInstall,
        Self::PostInstall,
        Self::PreDelete,
        Self::PostDelete,
        Self::PreUpgrade,
        Self::PostUpgrade,
        Self::PreRollback,
        Self::PostRollback,
        Self::Test,
    ];

    /// The event as the record and the annotation `helm.sh/hook` spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PreInstall => "pre-install",
            Self::PostInstall => "post-install",
            Self::PreDelete => "pre-delete",
            Self::PostDelete => "post-delete",
            Self::PreUpgrade => "pre-upgrade",
            Self::PostUpgrade => "post-upgrade",
            Self::PreRollback => "pre-rollback",
            Self::PostRollback => "post-rollback",
            Self::Test => "test",
        }
    }

    /// The event with this name in a record.
    pub fn from_record(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == text)
    }

    /// The event named by one element of the annotation `helm.sh/hook`, already trimmed and in lower case.
    ///
    /// Helm: `test-success` is another word for `test`.
    pub fn from_annotation(element: &str) -> Option<Self> {
        if element == "test-success" {
            Some(Self::Test)
        } else {
            Self::from_record(element)
        }
    }
}

impl std::fmt::Display for HookEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// How far a hook came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum HookPhase {
    Unknown,
    Running,
    Succeeded,
    Failed,
}

impl HookPhase {
    /// The phase as the record spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }

    /// The phase of a record: `None` for an empty text, `Unknown` for a word this version does not know.
    pub fn from_record(text: &str) -> Option<Self> {
        match text {
            "" => None,
            "Running" => Some(Self::Running),
            "Succeeded" => Some(Self::Succeeded),
            "Failed" => Some(Self::Failed),
            _ => Some(Self::Unknown),
        }
    }
}

impl std::fmt::Display for HookPhase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// When the object of a hook is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeletePolicy {
    /// Before the hook is created again.
    BeforeHookCreation,
    /// After the hook succeeded.
    HookSucceeded,
    /// After the hook failed.
    HookFailed,
    /// Any other word of the chart. Helm: kept in the record, without effect.
    Other(String),
}

impl DeletePolicy {
    /// The policy as record and annotation spell it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::BeforeHookCreation => "before-hook-creation",
            Self::HookSucceeded => "hook-succeeded",
            Self::HookFailed => "hook-failed",
            Self::Other(text) => text,
        }
    }
}

impl From<&str> for DeletePolicy {
    fn from(text: &str) -> Self {
        match text {
            "before-hook-creation" => Self::BeforeHookCreation,
            "hook-succeeded" => Self::HookSucceeded,
            "hook-failed" => Self::HookFailed,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// When the log of a hook is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputLogPolicy {
    /// After the hook succeeded.
    HookSucceeded,
    /// After the hook failed.
    HookFailed,
    /// Any other word of the chart. Helm: kept in the record, without effect.
    Other(String),
}

impl OutputLogPolicy {
    /// The policy as record and annotation spell it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::HookSucceeded => "hook-succeeded",
            Self::HookFailed => "hook-failed",
            Self::Other(text) => text,
        }
    }
}

impl From<&str> for OutputLogPolicy {
    fn from(text: &str) -> Self {
        match text {
            "hook-succeeded" => Self::HookSucceeded,
            "hook-failed" => Self::HookFailed,
            other => Self::Other(other.to_owned()),
        }
    }
}
