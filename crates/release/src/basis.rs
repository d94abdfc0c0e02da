//! The situation in which a verb finds a release, by name.
//!
//! Each verb asks its basis once and then knows what it starts from, what it writes next, or why it must not start.

use crate::history::{History, Record};
use crate::{ReleaseError, ReleaseName, Revision, Status};

/// What an upgrade starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpgradeBasis<'h, R> {
    /// The newest revision is deployed.
    Deployed {
        /// The newest revision.
        current: &'h R,
    },
    /// The newest revision is not deployed, but an earlier one is.
    DeployedBefore {
        /// The newest deployed revision: what the cluster should hold.
        current: &'h R,
        /// The newest revision.
        last: &'h R,
    },
    /// No revision is deployed; the newest one failed.
    FailedOnly {
        /// The newest revision.
        last: &'h R,
    },
    /// No revision is deployed; the newest one is superseded.
    SupersededOnly {
        /// The newest revision.
        last: &'h R,
    },
}

impl<'h, R: Record> UpgradeBasis<'h, R> {
    /// Names the situation of a release that is to be upgraded.
    ///
    /// # Errors
    /// [`ReleaseError::Pending`] if an operation is under way, [`ReleaseError::NoDeployedReleases`] if there is nothing to
    /// start from.
    pub fn of(name: &ReleaseName, history: &'h History<R>) -> Result<Self, ReleaseError> {
        let nothing = || ReleaseError::NoDeployedReleases { name: name.clone() };
        let last = history.last().ok_or_else(nothing)?;
        let status = last.status();
        if status.is_pending() {
            return Err(ReleaseError::Pending {
                revision: last.revision(),
                status,
            });
        }
        match (status, history.deployed()) {
            (Status::Deployed, _) => Ok(Self::Deployed { current: last }),
            (_, Some(current)) => Ok(Self::DeployedBefore { current, last }),
            (Status::Failed, None) => Ok(Self::FailedOnly { last }),
            (Status::Superseded, None) => Ok(Self::SupersededOnly { last }),
            _ => Err(nothing()),
        }
    }

    /// The revision that the upgrade compares with, whose values and labels it carries over.
    pub fn current(&self) -> &'h R {
        match *self {
            Self::Deployed { current } | Self::DeployedBefore { current, .. } => current,
            Self::FailedOnly { last } | Self::SupersededOnly { last } => last,
        }
    }

    /// The newest revision.
    pub fn last(&self) -> &'h R {
        match *self {
            Self::Deployed { current: last }
            | Self::DeployedBefore { last, .. }
            | Self::FailedOnly { last }
            | Self::SupersededOnly { last } => last,
        }
    }

    /// The revision that the upgrade writes.
    pub fn next_revision(&self) -> Revision {
        self.last().revision().next()
    }
}

/// What an install starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallBasis<'h, R> {
    /// The name was never used.
    Free,
    /// `--replace`: the history goes on after a failed revision.
    AfterFailed {
        /// The newest revision; it stays as it is.
        last: &'h R,
    },
    /// `--replace`: the history goes on after an uninstalled revision.
    AfterUninstalled {
        /// The newest revision; it becomes superseded, [`SUPERSEDED_BY_NEW`](Self::SUPERSEDED_BY_NEW).
        last: &'h R,
    },
}

impl<'h, R: Record> InstallBasis<'h, R> {
    /// The description of a revision that an install replaced.
    pub const SUPERSEDED_BY_NEW: &'static str = "superseded by new release";

    /// Names the situation of a release that is to be installed.
    ///
    /// # Errors
    /// [`ReleaseError::NameInUse`] if a revision is stored; with `replace`, if the newest one neither failed nor is
    /// uninstalled.
    pub fn of(history: &'h History<R>, replace: bool) -> Result<Self, ReleaseError> {
        let Some(last) = history.last() else {
            return Ok(Self::Free);
        };
        match last.status() {
            Status::Failed if replace => Ok(Self::AfterFailed { last }),
            Status::Uninstalled if replace => Ok(Self::AfterUninstalled { last }),
            _ => Err(ReleaseError::NameInUse),
        }
    }

    /// The revision that the install writes.
    pub fn next_revision(&self) -> Revision {
        match self {
            Self::Free => Revision::FIRST,
            Self::AfterFailed { last } | Self::AfterUninstalled { last } => last.revision().next(),
        }
    }
}

/// What a rollback goes from and to. A pending revision is no obstacle: rolling back is the way out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RollbackBasis<'h, R> {
    /// The newest revision, whatever its state.
    pub current: &'h R,
    /// The revision to go back to.
    pub target: &'h R,
}

impl<'h, R: Record> RollbackBasis<'h, R> {
    /// Finds the revision to go back to: the one given, else the one before the newest.
    ///
    /// # Errors
    /// [`ReleaseError::NotFound`] if nothing is stored, [`ReleaseError::NoSuchVersion`] if the target is not.
    pub fn of(history: &'h History<R>, to: Option<Revision>) -> Result<Self, ReleaseError> {
        let current = history.last().ok_or(ReleaseError::NotFound)?;
        let wanted = to.or_else(|| current.revision().previous());
        let target = wanted.and_then(|revision| history.find(revision));
        let missing = || ReleaseError::NoSuchVersion {
            revision: wanted.map_or(0, Revision::number),
        };
        Ok(Self {
            current,
            target: target.ok_or_else(missing)?,
        })
    }

    /// The revision that the rollback writes.
    pub fn next_revision(&self) -> Revision {
        self.current.revision().next()
    }
}

/// What an uninstall finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UninstallBasis<'h, R> {
    /// There is a release to delete.
    Present {
        /// The newest revision, whatever its state.
        last: &'h R,
    },
    /// It was uninstalled with its history kept: what is left to do is to delete the records.
    HistoryOnly {
        /// The newest revision.
        last: &'h R,
    },
}

impl<'h, R: Record> UninstallBasis<'h, R> {
    /// Names the situation of a release that is to be uninstalled.
    ///
    /// # Errors
    /// [`ReleaseError::NotFound`] if nothing is stored, [`ReleaseError::AlreadyDeleted`] if only its history is left and
    /// `keep_history` leaves nothing to do.
    pub fn of(name: &ReleaseName, history: &'h History<R>, keep_history: bool) -> Result<Self, ReleaseError> {
        let last = history.last().ok_or(ReleaseError::NotFound)?;
        match (last.status(), keep_history) {
            (Status::Uninstalled, true) => Err(ReleaseError::AlreadyDeleted { name: name.clone() }),
            (Status::Uninstalled, false) => Ok(Self::HistoryOnly { last }),
            _ => Ok(Self::Present { last }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::tests::history;

    fn name() -> ReleaseName {
        "web".parse().unwrap()
    }

    /// `current/next` of an upgrade, or its error.
    fn upgrade(letters: &str) -> String {
        match UpgradeBasis::of(&name(), &history(letters)) {
            Ok(basis) => format!("{}/{}", basis.current().revision(), basis.next_revision()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn upgrades_start_from_what_helm_starts_from() {
        let nothing = "\"web\" has no deployed releases";
        let pending = "another operation (install/upgrade/rollback) is in progress";
        let cases = [
            ("", nothing),
            ("d", "1/2"),
            ("sdf", "2/4"),
            ("ddu", "2/4"),
            ("sff", "3/4"),
            ("ss", "2/3"),
            ("su", nothing),
            ("s?", nothing),
            ("dp", pending),
        ];
        for (letters, expected) in cases {
            assert_eq!(upgrade(letters), expected, "{letters}");
        }
    }

    #[test]
    fn installs_need_a_free_name() {
        let next =
            |letters, replace| InstallBasis::of(&history(letters), replace).map(|basis| basis.next_revision().number());
        assert_eq!(next("", false).ok(), Some(1));
        assert_eq!(next("sf", true).ok(), Some(3));
        assert_eq!(next("u", true).ok(), Some(2));
        assert_eq!(
            next("d", true).unwrap_err().to_string(),
            "cannot reuse a name that is still in use"
        );
        assert!(next("u", false).is_err());
    }

    /// The revision that is gone back to, or the error.
    fn rollback(letters: &str, to: Option<u32>) -> String {
        match RollbackBasis::of(&history(letters), to.map(Revision::new)) {
            Ok(basis) => basis.target.revision().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn rollbacks_go_one_back_or_where_they_are_told() {
        assert_eq!(rollback("sdp", None), "2");
        assert_eq!(rollback("sdp", Some(1)), "1");
        assert_eq!(rollback("d", None), "release has no 0 version");
        assert_eq!(rollback("sd", Some(7)), "release has no 7 version");
        assert_eq!(rollback("", None), "release: not found");
    }

    #[test]
    fn uninstalls_know_what_is_left() {
        let found =
            |letters, keep| UninstallBasis::of(&name(), &history(letters), keep).map(|basis| format!("{basis:.0?}"));
        assert!(found("sp", true).unwrap().starts_with("Present"));
        assert!(found("su", false).unwrap().starts_with("HistoryOnly"));
        assert_eq!(
            found("su", true).unwrap_err().to_string(),
            "the release named \"web\" is already deleted"
        );
        assert_eq!(found("", true).unwrap_err().to_string(), "release: not found");
    }
}
