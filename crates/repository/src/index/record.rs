//! The compact records of an index.
//!
//! A buffer is a sequence of charts. A chart is its key, the number of its versions and the versions, highest first;
//! a version is its texts and URLs. Lengths and numbers are LEB128.

use std::collections::BTreeSet;

use ironhelm_chart::semver::Version;

use super::{Budgets, ContentError};

/// The charts of a repository, sorted by name, and their versions, highest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// What was skipped, in Helm's words.
    pub warnings: Vec<String>,
    pub(super) buffer: Vec<u8>,
}

/// One version of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry<'i> {
    /// `name`.
    pub name: &'i str,
    /// `version`.
    pub version: &'i str,
    /// `appVersion`.
    pub app_version: &'i str,
    /// `description`.
    pub description: &'i str,
    /// `keywords`, joined by spaces.
    pub keywords: &'i str,
    /// `digest`: the hash of the archive, with or without `sha256:`; empty where the index has none.
    pub digest: &'i str,
    /// `deprecated`.
    pub deprecated: bool,
    /// `urls`: absolute, or relative to the repository.
    pub urls: Vec<&'i str>,
}

impl Index {
    /// The charts with their versions, by name.
    pub fn charts(&self) -> impl Iterator<Item = (&str, Vec<Entry<'_>>)> {
        let mut reader = Reader { rest: &self.buffer };
        std::iter::from_fn(move || {
            let name = reader.text()?;
            let count = reader.number()?;
            let entries: Option<Vec<_>> = (0..count).map(|_| reader.entry()).collect();
            Some((name, entries?))
        })
    }

    /// The versions of one chart, highest first; `None` where the index does not have it.
    #[must_use]
    pub fn versions(&self, chart: &str) -> Option<Vec<Entry<'_>>> {
        self.charts()
            .find_map(|(name, entries)| (name == chart).then_some(entries))
    }

    /// The names of the charts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.charts().map(|(name, _)| name)
    }
}

/// Reads records where they lie; `None` where they end.
struct Reader<'i> {
    rest: &'i [u8],
}

impl<'i> Reader<'i> {
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_usize;
        for shift in (0..63).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'i str> {
        let length = self.number()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }

    fn entry(&mut self) -> Option<Entry<'i>> {
        Some(Entry {
            name: self.text()?,
            version: self.text()?,
            app_version: self.text()?,
            description: self.text()?,
            keywords: self.text()?,
            digest: self.text()?,
            deprecated: self.number()? != 0,
            urls: {
                let count = self.number()?;
                (0..count).map(|_| self.text()).collect::<Option<_>>()?
            },
        })
    }
}

fn push_number(buffer: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        buffer.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    buffer.push(number as u8);
}

fn push_text(buffer: &mut Vec<u8>, text: &str) {
    push_number(buffer, text.len());
    buffer.extend_from_slice(text.as_bytes());
}

fn push_entry(buffer: &mut Vec<u8>, entry: &Entry<'_>) {
    for text in [
        entry.name,
        entry.version,
        entry.app_version,
        entry.description,
        entry.keywords,
        entry.digest,
    ] {
        push_text(buffer, text);
    }
    push_number(buffer, usize::from(entry.deprecated));
    push_number(buffer, entry.urls.len());
    entry.urls.iter().for_each(|url| push_text(buffer, url));
}

/// Takes charts in any order and makes an index of them.
#[derive(Debug)]
pub(super) struct Builder {
    budgets: Budgets,
    entries: usize,
    /// The finished charts: name and records.
    charts: Vec<(String, Vec<u8>)>,
    names: BTreeSet<String>,
    versions: Vec<(Version, Vec<u8>)>,
    pub(super) warnings: Vec<String>,
}

impl Builder {
    pub(super) fn new(budgets: Budgets) -> Self {
        Self {
            budgets,
            entries: 0,
            charts: Vec::new(),
            names: BTreeSet::new(),
            versions: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Takes one version of the chart that [`finish_chart`](Self::finish_chart) will name.
    pub(super) fn push(&mut self, version: Version, entry: &Entry<'_>) -> Result<(), ContentError> {
        self.entries += 1;
        if self.entries > self.budgets.entries {
            return Err(ContentError::OverBudget {
                limit: self.budgets.entries as u64,
                unit: "chart versions",
            });
        }
        let mut record = Vec::with_capacity(256);
        push_entry(&mut record, entry);
        self.versions.push((version, record));
        Ok(())
    }

    /// Sorts the versions taken since the last chart and files them under `name`; false where the name is taken.
    pub(super) fn finish_chart(&mut self, name: &str) -> bool {
        self.versions.sort_by(|left, right| right.0.cmp(&left.0));
        let size = self.versions.iter().map(|(_, record)| record.len()).sum::<usize>();
        let mut chart = Vec::with_capacity(size + name.len() + 8);
        push_text(&mut chart, name);
        push_number(&mut chart, self.versions.len());
        for (_, record) in self.versions.drain(..) {
            chart.extend_from_slice(&record);
        }
        self.charts.push((name.to_owned(), chart));
        self.names.insert(name.to_owned())
    }

    pub(super) fn finish(mut self) -> Index {
        self.charts.sort_by(|left, right| left.0.cmp(&right.0));
        let mut buffer = Vec::with_capacity(self.charts.iter().map(|(_, chart)| chart.len()).sum());
        for (_, chart) in &self.charts {
            buffer.extend_from_slice(chart);
        }
        Index {
            warnings: self.warnings,
            buffer,
        }
    }
}
