//! How a command fails: the text in Helm's words, and a hint where we can help.

use std::error::Error;
use std::fmt::Display;

use ironhelm::plan::PlanError;
use ironhelm::release::{InvalidReleaseName, Release, ReleaseError, Revision, Status};
use ironhelm::repository::pull::PullError;
use ironhelm::repository::search::SearchError;
use ironhelm::repository::{AddError, DownloadError, ResolveError, UpdateError};
use ironhelm::{
    ChartError, ClusterError, ComposeError, FindError, InstallError, RollbackError, UninstallError, UpgradeError,
    full_text,
};

use crate::output::Console;
use crate::settings::Settings;

/// Why a command ends with another exit code than 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    text: String,
    hint: Option<String>,
    exit: Exit,
}

/// The exit codes. Helm has 1 for everything; what only ironhelm does tells more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Anything else.
    Failed = 1,
    /// There is no bundle where one was named.
    NoBundle = 3,
    /// A bundle is damaged.
    Damaged = 4,
    /// What is wanted contradicts itself or what is there: names that collide.
    Conflict = 5,
    /// Where the images are to go cannot be reached.
    Unreachable = 6,
    /// Where the images are to go, they were refused: no space, no permission.
    Refused = 7,
}

impl Failure {
    /// A failure in these words.
    pub(crate) fn new(text: impl Display) -> Self {
        Self {
            text: text.to_string(),
            hint: None,
            exit: Exit::Failed,
        }
    }

    /// An error and its causes.
    pub(crate) fn of(error: &dyn Error) -> Self {
        Self::new(full_text(error))
    }

    /// The same failure with something before its text.
    pub(crate) fn prefixed(self, prefix: &str) -> Self {
        Self {
            text: format!("{prefix}{}", self.text),
            ..self
        }
    }

    /// The same failure with advice.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// The same failure with this exit code.
    pub(crate) fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// What the exit code tells.
    pub(crate) fn exit_code(&self) -> Exit {
        self.exit
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        self.exit as u8
    }

    /// Tells it on standard error.
    pub(crate) fn print(&self, console: &Console) {
        console.talk(&format!("Error: {}", self.text));
        if let Some(hint) = &self.hint {
            console.talk(&format!("hint: {hint}"));
        }
    }

    /// There is no connection.
    pub(crate) fn no_cluster(reason: &str, settings: &Settings) -> Self {
        Self::new(format!("kubernetes cluster unreachable: {reason}")).hint(reach_hint(settings))
    }

    /// Records that a command could not read.
    pub(crate) fn store(error: &ReleaseError, settings: &Settings) -> Self {
        let cause = error.source().and_then(|cause| cause.downcast_ref::<ClusterError>());
        match cause {
            // Helm: whether the cluster answers is asked first, so the store is not blamed.
            Some(cause @ ClusterError::Unreachable { .. }) => Self::of(cause).hint(reach_hint(settings)),
            Some(cause) => Self::of(error).maybe(cluster_hint(cause, settings)),
            None => Self::of(error),
        }
    }

    /// A name that no release can have, as commands that read say it.
    pub(crate) fn unreadable_name(error: &InvalidReleaseName) -> Self {
        Self::new(format!("releaseContent: Release name is invalid: {}", error.name()))
    }

    /// A failed install.
    pub(crate) fn install(error: &InstallError, settings: &Settings) -> Self {
        let failure = Self::of(error);
        match error {
            InstallError::Cluster(cause) => failure.maybe(cluster_hint(cause, settings)),
            InstallError::Name(ReleaseError::NameInUse) => {
                failure.hint("`ironhelm upgrade --install` goes on with the release that has the name")
            }
            InstallError::Plan(plan) => failure.maybe(plan_hint(plan)),
            InstallError::Compose(compose) => failure.maybe(compose_hint(compose)),
            _ => failure,
        }
    }

    /// A failed upgrade.
    pub(crate) fn upgrade(error: &UpgradeError, settings: &Settings) -> Self {
        let failure = Self::of(error);
        match error {
            UpgradeError::Cluster(cause) => failure.maybe(cluster_hint(cause, settings)),
            UpgradeError::History(ReleaseError::NoDeployedReleases { .. }) => failure
                .hint("`ironhelm list -A` shows what is there; with --install a release that is absent is installed"),
            UpgradeError::Plan(plan) => failure.maybe(plan_hint(plan)),
            UpgradeError::Compose(compose) => failure.maybe(compose_hint(compose)),
            _ => failure,
        }
    }

    /// A failed rollback.
    pub(crate) fn rollback(error: &RollbackError, settings: &Settings) -> Self {
        let failure = Self::of(error);
        match error {
            RollbackError::Cluster(cause) => failure.maybe(cluster_hint(cause, settings)),
            RollbackError::History(ReleaseError::NoSuchVersion { .. }) => {
                failure.hint("`ironhelm history NAME` shows the revisions that are kept")
            }
            _ => failure,
        }
    }

    /// A failed uninstall.
    pub(crate) fn uninstall(error: &UninstallError, name: &str, settings: &Settings) -> Self {
        match error {
            UninstallError::Cluster(cause) => Self::of(error).maybe(cluster_hint(cause, settings)),
            UninstallError::History(ReleaseError::NotFound | ReleaseError::Query { .. }) => {
                Self::of(error).prefixed(&format!("uninstall: Release not loaded: {name}: "))
            }
            _ => Self::of(error),
        }
    }

    /// A chart that is not found, or does not come.
    pub(crate) fn find(error: &FindError, chart: &str) -> Self {
        let failure = Self::of(error);
        match error {
            FindError::Resolve(error) => failure.maybe(resolve_hint(error, chart)),
            FindError::Download(error) => failure.maybe(Self::download_hint(error)),
            FindError::Provenance(_) | FindError::Chart(_) => failure,
        }
    }

    /// A chart that is not pulled.
    pub(crate) fn pull(error: &PullError, chart: &str) -> Self {
        let failure = Self::of(error);
        match error {
            PullError::Resolve(error) => failure.maybe(resolve_hint(error, chart)),
            PullError::Download(error) => failure.maybe(Self::download_hint(error)),
            _ => failure,
        }
    }

    /// A repository that is not added.
    pub(crate) fn add_repository(error: &AddError) -> Self {
        let failure = Self::of(error);
        match error {
            AddError::NotARepository { reason, .. } => failure.maybe(reason.hint.clone()),
            AddError::NameTaken { .. } => failure.hint("--force-update replaces it"),
            _ => failure,
        }
    }

    /// Repositories that are not updated.
    pub(crate) fn update_repositories(error: &UpdateError) -> Self {
        let failure = Self::of(error);
        match error {
            UpdateError::NoRepositories => failure.hint("`ironhelm repo add NAME URL` adds one"),
            UpdateError::NotFound { .. } => failure.hint("`ironhelm repo list` shows those that were added"),
            UpdateError::Failed { .. } | UpdateError::Repositories(_) => failure,
        }
    }

    /// A search that cannot be done.
    pub(crate) fn search(error: &SearchError) -> Self {
        let failure = Self::of(error);
        match error {
            SearchError::NoRepositories => failure.hint("`ironhelm repo add NAME URL` adds one"),
            SearchError::Regexp(_) | SearchError::Constraint(_) => failure,
        }
    }

    /// A registry that does not do what it is asked.
    pub(crate) fn registry(error: &ironhelm::registry::Error) -> Self {
        let failure = Self::of(error);
        match error {
            ironhelm::registry::Error::UntrustedRealm { realm, .. } => failure.hint(format!(
                "if {realm} belongs to the registry, put its host into IRONHELM_TRUSTED_TOKEN_SERVERS"
            )),
            error => failure.maybe(error.hint()),
        }
    }

    /// What to do about a chart that does not come.
    pub(crate) fn download_hint(error: &DownloadError) -> Option<String> {
        match error {
            DownloadError::Remote(error) => error.hint().map(str::to_owned),
            DownloadError::DigestMismatch { .. } => Some(
                "`ironhelm repo update` fetches the index anew; if that does not help, the archive was replaced"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// What to do about a chart that is not found.
    pub(crate) fn resolve_hint(error: &ResolveError) -> Option<String> {
        match error {
            ResolveError::NotARepository { reason, .. } => reason.hint.clone(),
            ResolveError::Remote(error) => error.hint().map(str::to_owned),
            _ => None,
        }
    }

    /// The same failure with this advice, if there is one.
    pub(crate) fn maybe(self, hint: Option<String>) -> Self {
        Self {
            hint: hint.or(self.hint),
            ..self
        }
    }
}

impl From<ChartError> for Failure {
    fn from(error: ChartError) -> Self {
        Self::of(&error)
    }
}

/// What to do about a release on which somebody else works, or has died.
pub(crate) fn pending_hint(record: &Release, status: Status, back_to: Option<Revision>) -> String {
    let since = record
        .info
        .last_deployed
        .as_ref()
        .map_or("an unknown time", |time| time.as_str());
    let (name, revision) = (&record.name, record.revision);
    let first = format!("revision {revision} has been {status} since {since}; if nobody works on it any more, ");
    match back_to {
        Some(back_to) => format!("{first}`ironhelm rollback {name} {back_to}` ends it"),
        None => format!("{first}`ironhelm uninstall {name}` clears the way"),
    }
}

fn cluster_hint(error: &ClusterError, settings: &Settings) -> Option<String> {
    match error {
        ClusterError::Unreachable { .. } => Some(reach_hint(settings)),
        ClusterError::Api { code: 401 | 403, .. } => {
            Some(format!("the user of {} may not do this", settings.cluster_in_words()))
        }
        ClusterError::Api { .. } | ClusterError::Cancelled => None,
    }
}

fn reach_hint(settings: &Settings) -> String {
    format!(
        "used {}; check KUBECONFIG, --kubeconfig and --kube-context, and that the API server answers",
        settings.cluster_in_words()
    )
}

fn plan_hint(error: &PlanError) -> Option<String> {
    let PlanError::Ownership(ownership) = error else {
        return None;
    };
    Some(format!(
        "{}; --take-ownership takes it over",
        whose(&ownership.mismatches)
    ))
}

/// Whose object it is, by its marks that differ from ours.
fn whose(mismatches: &str) -> String {
    let owner = |key: &str| current_value(mismatches, key);
    match (
        owner("meta.helm.sh/release-name"),
        owner("meta.helm.sh/release-namespace"),
    ) {
        (Some(name), Some(namespace)) => format!("it belongs to release {name:?} in namespace {namespace:?}"),
        (Some(name), None) => format!("it belongs to release {name:?} in the same namespace"),
        (None, Some(namespace)) => format!("it belongs to a release of this name in namespace {namespace:?}"),
        (None, None) => "it was made by something other than Helm".to_owned(),
    }
}

/// The value that a mark of ownership has now, out of `… key "K" must equal "a": current value is "b"`.
fn current_value<'t>(mismatches: &'t str, key: &str) -> Option<&'t str> {
    let mismatch = mismatches
        .split("; ")
        .find(|mismatch| mismatch.contains(&format!("\"{key}\"")))?;
    let (_, current) = mismatch.split_once("current value is \"")?;
    current.split('"').next()
}

fn compose_hint(error: &ComposeError) -> Option<String> {
    match error {
        ComposeError::Missing(_) => Some("put the missing charts into the chart's charts/ directory".to_owned()),
        ComposeError::Schema(_) => Some("--skip-schema-validation goes on without this check".to_owned()),
        _ => None,
    }
}

fn resolve_hint(error: &ResolveError, chart: &str) -> Option<String> {
    match error {
        ResolveError::NoRepository { .. } => Some(
            "there is no such directory or archive; charts of repositories are named repository/chart, those of \
             registries oci://host/path/chart"
                .to_owned(),
        ),
        ResolveError::RepositoryNotFound { name } => Some(format!(
            "there is no file {chart:?} either; `ironhelm repo list` shows the repositories, `ironhelm repo add {name} \
             URL` adds one"
        )),
        ResolveError::NoIndex { .. } => Some("`ironhelm repo update` fetches it".to_owned()),
        ResolveError::NotInIndex { repository, .. } => Some(format!(
            "`ironhelm repo update {repository}` fetches the newest index, `ironhelm search repo {repository}/ --versions` \
             shows what it has"
        )),
        error => Failure::resolve_hint(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_found_in_the_text() {
        let text =
            "annotation validation error: key \"meta.helm.sh/release-name\" must equal \"b\": current value is \"a\"";
        assert_eq!(current_value(text, "meta.helm.sh/release-name"), Some("a"));
        assert_eq!(current_value(text, "meta.helm.sh/release-namespace"), None);
    }

    #[test]
    fn an_owner_is_told_by_the_marks_that_differ() {
        let name =
            "annotation validation error: key \"meta.helm.sh/release-name\" must equal \"b\": current value is \"a\"";
        let namespace = "annotation validation error: key \"meta.helm.sh/release-namespace\" must equal \"x\": current value is \"y\"";
        let label = "label validation error: missing key \"app.kubernetes.io/managed-by\": must be set to \"Helm\"";
        let cases = [
            (name.to_owned(), "it belongs to release \"a\" in the same namespace"),
            (
                namespace.to_owned(),
                "it belongs to a release of this name in namespace \"y\"",
            ),
            (
                format!("{name}; {namespace}"),
                "it belongs to release \"a\" in namespace \"y\"",
            ),
            (label.to_owned(), "it was made by something other than Helm"),
        ];
        for (mismatches, expected) in cases {
            assert_eq!(whose(&mismatches), expected);
        }
    }
}
