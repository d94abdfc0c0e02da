//! Labels of the objects that store records.
//!
//! Storage is searched by labels alone, so they must say the same as the record.

use std::collections::BTreeMap;

use crate::{Release, ReleaseName, Time};

/// Label with the name of the release.
pub const NAME: &str = "name";
/// Label with the owner of the record, always [`HELM`].
pub const OWNER: &str = "owner";
/// Label with the status.
pub const STATUS: &str = "status";
/// Label with the revision.
pub const VERSION: &str = "version";
/// Label with the time of creation, in Unix seconds.
pub const CREATED_AT: &str = "createdAt";
/// Label with the time of the last change, in Unix seconds.
pub const MODIFIED_AT: &str = "modifiedAt";
/// The owner of every record.
pub const HELM: &str = "helm";

/// The labels that belong to Helm.
pub const SYSTEM: [&str; 6] = [NAME, OWNER, STATUS, VERSION, CREATED_AT, MODIFIED_AT];

/// Selects every record.
pub const SELECT_ALL: &str = "owner=helm";

/// Selects every revision of a release.
pub fn select_release(name: &ReleaseName) -> String {
    format!("name={name},owner=helm")
}

/// Selects the deployed revisions of a release.
pub fn select_deployed(name: &ReleaseName) -> String {
    format!("name={name},owner=helm,status=deployed")
}

/// Which write the labels are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp<'a> {
    /// The record is created at this time.
    Created(&'a Time),
    /// The record is replaced at this time.
    Modified(&'a Time),
}

/// The labels to store a record with.
///
/// Helm: labels that the release carries win over the fresh time stamp, so a `modifiedAt` copied from the revision before
/// stays as it was, and a replaced record loses `createdAt` unless it carries one.
pub fn for_record(release: &Release, stamp: Stamp<'_>) -> BTreeMap<String, String> {
    let (key, time) = match stamp {
        Stamp::Created(time) => (CREATED_AT, time),
        Stamp::Modified(time) => (MODIFIED_AT, time),
    };
    let mut labels = BTreeMap::from([(key.to_owned(), time.instant().as_second().to_string())]);
    labels.extend(release.labels.iter().map(|(key, value)| (key.clone(), value.clone())));
    labels.insert(NAME.to_owned(), release.name.to_string());
    labels.insert(OWNER.to_owned(), HELM.to_owned());
    labels.insert(STATUS.to_owned(), release.info.status.to_string());
    labels.insert(VERSION.to_owned(), release.revision.to_string());
    labels
}

/// A label given by the user has a key that belongs to Helm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("user supplied labels contains system reserved label name. System labels: [{}]", SYSTEM.join(" "))]
pub struct ReservedLabel {
    /// The first such key.
    pub key: String,
}

/// Checks that no label given by the user belongs to Helm.
///
/// # Errors
/// One does.
pub fn check_user_labels(labels: &BTreeMap<String, String>) -> Result<(), ReservedLabel> {
    match labels.keys().find(|key| is_system(key)) {
        Some(key) => Err(ReservedLabel { key: key.clone() }),
        None => Ok(()),
    }
}

/// The labels of an upgraded release: those of the revision before, and over them the user's. The value `null` takes a
/// label away.
pub fn carry_over(previous: &BTreeMap<String, String>, user: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut labels = previous.clone();
    for (key, value) in user {
        if value == "null" {
            labels.remove(key);
        } else {
            labels.insert(key.clone(), value.clone());
        }
    }
    labels
}

/// The labels without those that belong to Helm.
pub fn without_system(labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    labels
        .iter()
        .filter(|(key, _)| !is_system(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn is_system(key: &str) -> bool {
    SYSTEM.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Namespace, Revision, Status, StoredChart};

    fn release(labels: &[(&str, &str)]) -> Release {
        let chart = StoredChart::from_json("null");
        let mut release = Release::new("web".parse().unwrap(), Namespace::default(), Revision::new(2), chart);
        release.info.status = Status::Deployed;
        release.labels = table(labels);
        release
    }

    fn table(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
        labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn carried_labels_win_over_the_time_stamp_and_lose_to_the_record() {
        let now: Time = "2026-11-24T11:27:20.5Z".parse().unwrap();
        let carried = [("modifiedAt", "1"), ("status", "failed"), ("team", "x")];
        let stored = for_record(&release(&carried), Stamp::Modified(&now));
        let expected = [
            ("modifiedAt", "1"),
            ("name", "web"),
            ("owner", "helm"),
            ("status", "deployed"),
            ("team", "x"),
            ("version", "2"),
        ];
        assert_eq!(stored, table(&expected));
        assert_eq!(
            for_record(&release(&[]), Stamp::Created(&now))["createdAt"],
            "1795519640"
        );
    }

    #[test]
    fn null_takes_a_label_away() {
        let previous = table(&[("a", "1"), ("b", "2")]);
        assert_eq!(
            carry_over(&previous, &table(&[("a", "null"), ("c", "3")])),
            table(&[("b", "2"), ("c", "3")])
        );
    }

    #[test]
    fn labels_of_helm_are_refused() {
        assert_eq!(
            check_user_labels(&table(&[("owner", "b")])).unwrap_err().to_string(),
            "user supplied labels contains system reserved label name. System labels: \
             [name owner status version createdAt modifiedAt]"
        );
        assert_eq!(check_user_labels(&table(&[("team", "b")])), Ok(()));
        assert_eq!(
            without_system(&table(&[("team", "b"), ("version", "1")])),
            table(&[("team", "b")])
        );
    }
}
