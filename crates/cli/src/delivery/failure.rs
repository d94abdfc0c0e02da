//! How deliveries fail.

use ironhelm::bundle::config::ConfigError;
use ironhelm::bundle::push::PushError;
use ironhelm::bundle::sync::{ChartError, SyncError};
use ironhelm::bundle::upload::UploadError;
use ironhelm::registry::Error;

use crate::failure::{Exit, Failure};

impl Failure {
    /// A registry that cannot be reached, or refuses.
    pub(crate) fn destination(error: &Error) -> Self {
        let failure = Self::of(error).exit(exit(error));
        match (error.status(), error.hint()) {
            (Some(401), _) => failure.hint(
                "check user and password: target.containers.auth of the configuration, or what `registry login` stored",
            ),
            (Some(507), _) => failure.hint("the registry has no space left"),
            (_, Some(hint)) => failure.hint(hint),
            (_, None) => failure,
        }
    }

    /// A chart that cannot be sent.
    pub(crate) fn upload(error: &UploadError) -> Self {
        let failure = Self::of(error);
        match error.transport() {
            Some(cause) => {
                let failure = failure.exit(exit(cause));
                match cause.hint() {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                }
            }
            None if matches!(error, UploadError::Exists { .. }) => failure.exit(Exit::Refused),
            None => failure,
        }
    }

    /// A synchronisation of which nothing was sent.
    pub(crate) fn sync(error: &SyncError) -> Self {
        match error {
            SyncError::Project { source, .. } => {
                let failure = Self::of(error);
                let cause = source.transport();
                failure.exit(cause.map_or(Exit::Refused, exit))
            }
            SyncError::Damaged(error) => Self::push(error),
            _ => Self::of(error),
        }
    }

    /// An image that is not at its target.
    pub(crate) fn push(error: &PushError) -> Self {
        let failure = Self::of(error);
        match error {
            PushError::Damaged { .. } => failure
                .prefixed("nothing was pushed: ")
                .exit(Exit::Damaged)
                .hint("fetch the bundle again; `ironhelm images verify` tells all that is damaged"),
            PushError::Conflict { .. } => failure.exit(Exit::Conflict),
            PushError::Registry { source, .. } => {
                let failure = failure.exit(exit(source));
                let again = "run the same command again: it goes on where this one ended";
                match source.hint() {
                    Some(hint) => failure.hint(format!("{hint}; then {again}")),
                    None => failure.hint(again),
                }
            }
            _ => failure,
        }
    }

    /// A chart that is not at its target.
    pub(crate) fn chart_delivery(error: &ChartError) -> Self {
        match error {
            ChartError::Upload { source, .. } => {
                let cause = Self::upload(source);
                Self::of(error).exit(cause.exit_code())
            }
            ChartError::HeldBack { .. } => Self::of(error).exit(Exit::Refused),
            _ => Self::of(error),
        }
    }

    /// A configuration that cannot be used.
    pub(crate) fn config(error: &ConfigError) -> Self {
        Self::of(error)
    }
}

fn exit(error: &Error) -> Exit {
    match error {
        Error::Status { .. } if !error.is_transient() => Exit::Refused,
        Error::UntrustedRealm { .. } => Exit::Refused,
        Error::Source { .. } => Exit::Damaged,
        Error::Settings { .. }
        | Error::Reference { .. }
        | Error::CredentialsFile { .. }
        | Error::CredentialHelper { .. } => Exit::Failed,
        _ => Exit::Unreachable,
    }
}
