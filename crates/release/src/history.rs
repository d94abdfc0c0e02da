//! The stored revisions of one release.

use crate::stored::{Header, Stored};
use crate::{Release, Revision, Status};

/// Something that stands for a revision: the record itself, or only what its labels say.
pub trait Record {
    /// Which revision it is.
    fn revision(&self) -> Revision;
    /// Its state.
    fn status(&self) -> Status;
}

impl Record for Release {
    fn revision(&self) -> Revision {
        self.revision
    }

    fn status(&self) -> Status {
        self.info.status
    }
}

impl Record for Header {
    fn revision(&self) -> Revision {
        self.revision
    }

    fn status(&self) -> Status {
        self.status
    }
}

impl Record for Stored {
    fn revision(&self) -> Revision {
        self.header.revision
    }

    fn status(&self) -> Status {
        self.header.status
    }
}

/// The stored revisions of one release, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct History<R = Release> {
    revisions: Vec<R>,
}

impl<R> Default for History<R> {
    fn default() -> Self {
        Self { revisions: Vec::new() }
    }
}

/// Why `upgrade --install` installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// No revision is stored.
    NeverInstalled,
    /// The newest revision is uninstalled, its history kept: the install replaces it.
    Uninstalled,
}

impl<R: Record> History<R> {
    /// A history of these revisions, in any order.
    pub fn new(mut revisions: Vec<R>) -> Self {
        revisions.sort_by_key(Record::revision);
        Self { revisions }
    }

    /// The revisions, oldest first.
    pub fn revisions(&self) -> &[R] {
        &self.revisions
    }

    /// The revisions, oldest first, for the taking.
    pub fn into_revisions(self) -> Vec<R> {
        self.revisions
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.revisions.is_empty()
    }

    /// The newest revision.
    pub fn last(&self) -> Option<&R> {
        self.revisions.last()
    }

    /// The newest deployed revision.
    pub fn deployed(&self) -> Option<&R> {
        self.newest(|status| status == Status::Deployed)
    }

    /// Every deployed revision, oldest first; there may be several after a crash.
    pub fn all_deployed(&self) -> impl Iterator<Item = &R> {
        self.revisions
            .iter()
            .filter(|record| record.status() == Status::Deployed)
    }

    /// The newest revision that once worked: deployed or superseded. A failed upgrade is rolled back to it.
    pub fn last_successful(&self) -> Option<&R> {
        self.newest(|status| matches!(status, Status::Deployed | Status::Superseded))
    }

    /// The revision with this number.
    pub fn find(&self, revision: Revision) -> Option<&R> {
        self.revisions.iter().find(|record| record.revision() == revision)
    }

    /// The revision that is written next.
    pub fn next_revision(&self) -> Revision {
        self.last().map_or(Revision::FIRST, |last| last.revision().next())
    }

    /// Whether `upgrade --install` has to install, and why.
    pub fn absence(&self) -> Option<Absence> {
        match self.last().map(Record::status) {
            None => Some(Absence::NeverInstalled),
            Some(Status::Uninstalled) => Some(Absence::Uninstalled),
            Some(_) => None,
        }
    }

    /// The revisions to delete before one more is written, so that at most `max` remain (0: no limit), oldest first.
    ///
    /// Helm: the newest deployed revision is never deleted, even if then more than `max` remain.
    pub fn prune(&self, max: u32) -> Vec<Revision> {
        if max == 0 {
            return Vec::new();
        }
        let room = usize::try_from(max - 1).unwrap_or(usize::MAX);
        let kept = self.deployed().map(Record::revision);
        let candidates = self
            .revisions
            .iter()
            .map(Record::revision)
            .filter(|revision| Some(*revision) != kept);
        candidates.take(self.revisions.len().saturating_sub(room)).collect()
    }

    fn newest(&self, wanted: impl Fn(Status) -> bool) -> Option<&R> {
        self.revisions.iter().rev().find(|record| wanted(record.status()))
    }
}

impl<R: Record> FromIterator<R> for History<R> {
    fn from_iter<I: IntoIterator<Item = R>>(revisions: I) -> Self {
        Self::new(revisions.into_iter().collect())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A history written as one letter for each revision.
    pub(crate) fn history(letters: &str) -> History<Header> {
        let numbered = (1..).zip(letters.chars());
        numbered.map(|(number, letter)| header(number, letter)).collect()
    }

    fn header(number: u32, letter: char) -> Header {
        let status = match letter {
            'd' => Status::Deployed,
            's' => Status::Superseded,
            'f' => Status::Failed,
            'u' => Status::Uninstalled,
            'p' => Status::PendingUpgrade,
            _ => Status::Unknown,
        };
        let (name, labels) = ("web".parse().unwrap(), std::collections::BTreeMap::new());
        Header {
            name,
            namespace: "ns".into(),
            revision: Revision::new(number),
            status,
            labels,
        }
    }

    fn pruned(letters: &str, max: u32) -> Vec<u32> {
        history(letters).prune(max).into_iter().map(Revision::number).collect()
    }

    #[test]
    fn pruning_leaves_room_for_one_more() {
        assert_eq!(pruned("sssd", 0), [0; 0]);
        assert_eq!(pruned("sssd", 5), [0; 0]);
        assert_eq!(pruned("sssd", 4), [1]);
        assert_eq!(pruned("sssd", 1), [1, 2, 3]);
    }

    #[test]
    fn pruning_spares_the_newest_deployed_revision() {
        assert_eq!(pruned("sdff", 2), [1, 3, 4]);
        assert_eq!(pruned("ddff", 3), [1, 3]);
        assert_eq!(pruned("ffff", 1), [1, 2, 3, 4]);
    }

    #[test]
    fn revisions_are_sorted() {
        let reversed: Vec<Header> = history("sfd").into_revisions().into_iter().rev().collect();
        let sorted = History::new(reversed);
        assert_eq!(sorted, history("sfd"));
        assert_eq!(sorted.next_revision(), Revision::new(4));
        assert_eq!(sorted.last_successful().map(Record::revision), Some(Revision::new(3)));
    }

    #[test]
    fn upgrade_installs_what_is_absent() {
        assert_eq!(history("").absence(), Some(Absence::NeverInstalled));
        assert_eq!(history("su").absence(), Some(Absence::Uninstalled));
        assert_eq!(history("f").absence(), None);
    }
}
