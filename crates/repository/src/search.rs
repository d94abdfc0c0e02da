//! `search repo`: which charts of the local indexes a keyword means, in Helm's order.

use std::cmp::Ordering;
use std::collections::HashSet;

use ironhelm_chart::semver::{Constraint, ConstraintError, Version};
use ironhelm_golang::{json, regexp};
use serde_json::{Value, json};

use crate::index::{self, Budgets, Entry, Index, IndexError};
use crate::paths::Paths;
use crate::repositories::Repositories;

/// Helm: separates the fields of the line that is searched; a match counts the less the more of them come before it.
const SEPARATOR: char = '\u{b}';
/// Helm: a match in a later field does not count.
const MAX_SCORE: usize = 25;

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// The words, joined by spaces; `None` for every chart.
    pub term: Option<String>,
    /// The term is a regular expression.
    pub regexp: bool,
    /// Every version, not the highest alone.
    pub versions: bool,
    /// Pre-releases as well.
    pub devel: bool,
    /// A constraint on the version; empty for stable ones.
    pub version: String,
}

/// A chart that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// `repository/chart`.
    pub name: String,
    /// The chart's version.
    pub version: String,
    /// The version of what it installs.
    pub app_version: String,
    /// One line about it.
    pub description: String,
}

/// What a search brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The charts, best first.
    pub hits: Vec<Hit>,
    /// What to tell the user on the way.
    pub warnings: Vec<Warning>,
}

/// What is odd about a local index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// The index of a repository cannot be used. Helm: `repo is corrupt or missing`.
    Repository {
        /// The repository.
        name: String,
        /// Why.
        error: String,
    },
    /// A version was left out of an index.
    Entry {
        /// Helm's message.
        message: String,
    },
}

/// Why a search cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// There is nothing to search.
    #[error("no repositories configured")]
    NoRepositories,
    /// Not a regular expression.
    #[error(transparent)]
    Regexp(#[from] regexp::Error),
    /// Not a constraint.
    #[error("an invalid version/constraint format: {0}")]
    Constraint(#[from] ConstraintError),
}

impl Hit {
    /// What `-o json` and `-o yaml` show of this chart.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "version": self.version,
            "app_version": self.app_version,
            "description": self.description,
        })
    }

    /// Writes the JSON that `-o json` shows, fields in Helm's order.
    pub fn write_json(&self, json: &mut json::Writer<'_>) {
        json.begin_object();
        for (key, value) in [
            ("name", &self.name),
            ("version", &self.version),
            ("app_version", &self.app_version),
            ("description", &self.description),
        ] {
            json.key(key);
            json.string(value);
        }
        json.end_object();
    }
}

/// Searches the local indexes of all repositories.
///
/// # Errors
/// [`SearchError`]; a repository whose index cannot be used is a warning.
pub fn search(repositories: &Repositories, paths: &Paths, query: &Query) -> Result<Found, SearchError> {
    if repositories.entries.is_empty() {
        return Err(SearchError::NoRepositories);
    }
    let matcher = Matcher::new(query)?;
    let constraint = Constraint::parse(effective_version(query))?;
    let mut found = Found::default();
    let mut matches = Vec::new();
    let budgets = Budgets::default();
    for entry in &repositories.entries {
        let name = &entry.name;
        match index::load(&paths.index_of(name), &paths.compact_index_of(name), budgets) {
            Ok(index) => {
                collect(name, &index, &matcher, &mut matches);
                let warnings = index.warnings.into_iter();
                found
                    .warnings
                    .extend(warnings.map(|message| Warning::Entry { message }));
            }
            Err(error) => found.warnings.push(corrupt(name, &error)),
        }
    }
    matches.sort_by(Match::compare);
    found.hits = select(matches, &constraint, query.versions);
    Ok(found)
}

fn corrupt(name: &str, error: &IndexError) -> Warning {
    Warning::Repository {
        name: name.to_owned(),
        error: error.to_string(),
    }
}

/// Helm: without a constraint, what is above zero and stable.
fn effective_version(query: &Query) -> &str {
    match query.version.as_str() {
        "" if query.devel => ">0.0.0-0",
        "" => ">0.0.0",
        version => version,
    }
}

/// How a line is judged.
enum Matcher {
    All,
    Literal(String),
    Regexp(regexp::Regexp),
}

impl Matcher {
    fn new(query: &Query) -> Result<Self, SearchError> {
        Ok(match &query.term {
            None => Self::All,
            Some(term) if query.regexp => Self::Regexp(regexp::Regexp::new(term)?),
            Some(term) => Self::Literal(term.to_lowercase()),
        })
    }

    /// Helm: words are compared in lower case, regular expressions with the text as it is.
    fn ignores_case(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    /// How far from the front the match is; `None` for no match.
    fn score(&self, line: &str) -> Option<usize> {
        let at = match self {
            Self::All => return Some(0),
            Self::Literal(term) => line.find(term.as_str())?,
            Self::Regexp(pattern) => {
                let found = pattern.find(line.as_bytes())?;
                found.as_ptr() as usize - line.as_ptr() as usize
            }
        };
        let before = line.char_indices().filter(|(_, letter)| *letter == SEPARATOR);
        Some(before.take_while(|(position, _)| *position < at).count())
    }
}

/// A version that matches.
struct Match {
    score: usize,
    name: String,
    version: Option<Version>,
    hit: Hit,
}

impl Match {
    /// Helm: the better score, then the name, then the higher version.
    fn compare(left: &Self, right: &Self) -> Ordering {
        let by_name = left.score.cmp(&right.score).then_with(|| left.name.cmp(&right.name));
        by_name.then_with(|| right.version.cmp(&left.version))
    }
}

fn collect(repository: &str, index: &Index, matcher: &Matcher, matches: &mut Vec<Match>) {
    let mut line = String::new();
    for (chart, entries) in index.charts() {
        let name = ironhelm_golang::filepath::join([repository, chart]);
        // Helm: of several entries with the same version the last one counts.
        let mut versions = HashSet::new();
        for entry in entries.iter().rev().filter(|entry| versions.insert(entry.version)) {
            write_line(&mut line, repository, entry, matcher.ignores_case());
            if let Some(score) = matcher.score(&line).filter(|score| *score <= MAX_SCORE) {
                matches.push(Match {
                    score,
                    name: name.clone(),
                    version: Version::parse(entry.version).ok(),
                    hit: hit(&name, entry),
                });
            }
        }
    }
}

/// The line that is searched.
fn write_line(line: &mut String, repository: &str, entry: &Entry<'_>, lower_case: bool) {
    line.clear();
    let fields = [
        entry.name,
        "\u{b}",
        repository,
        "/",
        entry.name,
        "\u{b}",
        entry.description,
        "\u{b}",
        entry.keywords,
    ];
    for field in fields {
        if !lower_case {
            line.push_str(field);
        } else if field.is_ascii() {
            line.extend(field.chars().map(|letter| letter.to_ascii_lowercase()));
        } else {
            line.push_str(&field.to_lowercase());
        }
    }
}

fn hit(name: &str, entry: &Entry<'_>) -> Hit {
    Hit {
        name: name.to_owned(),
        version: entry.version.to_owned(),
        app_version: entry.app_version.to_owned(),
        description: entry.description.to_owned(),
    }
}

fn select(matches: Vec<Match>, constraint: &Constraint, all_versions: bool) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    let mut known = HashSet::new();
    for found in matches {
        let fits = found.version.is_some_and(|version| constraint.check(&version));
        if fits && (known.insert(found.name) || all_versions) {
            hits.push(found.hit);
        }
    }
    hits
}
