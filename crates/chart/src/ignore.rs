//! `.helmignore`.
//!
//! The rules look like those of git and are not: the first rule that matches decides, and a negated rule
//! excludes everything that it does not match.

use crate::glob::Pattern;

/// The rules of one `.helmignore`, and the one that always holds.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    rules: Vec<Rule>,
}

/// Why a `.helmignore` cannot be read; the text is Helm's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreError {
    /// A pattern with `**`.
    #[error("double-star (**) syntax is not supported")]
    DoubleStar,
    /// A pattern that is none.
    #[error("syntax error in pattern")]
    Pattern,
}

/// Hidden files among the templates are never part of a chart.
const ALWAYS: &str = "templates/.?*";

impl Rules {
    /// Reads the lines of a `.helmignore`.
    ///
    /// # Errors
    /// [`IgnoreError`] for a line that is no rule.
    pub fn parse(text: &str) -> Result<Self, IgnoreError> {
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        Ok(Self {
            rules: lines.chain([ALWAYS]).map(Rule::parse).collect::<Result<_, _>>()?,
        })
    }

    /// Is the entry at `path`, relative to the chart's root, no part of the chart?
    #[must_use]
    pub fn ignores(&self, path: &str, is_directory: bool) -> bool {
        for rule in &self.rules {
            let applies = is_directory || !rule.directories_only;
            // Helm: what a negated rule does not match is ignored, and what it matches goes on to the next rule.
            let ignored = if rule.negated {
                !applies || !rule.matches(path)
            } else {
                applies && rule.matches(path)
            };
            if ignored {
                return true;
            }
        }
        false
    }
}

#[derive(Debug, Clone)]
struct Rule {
    pattern: Pattern,
    scope: Scope,
    negated: bool,
    directories_only: bool,
}

/// What a pattern is held against.
#[derive(Debug, Clone, Copy)]
enum Scope {
    /// The whole path below the chart's root.
    Path,
    /// The last part of the path.
    BaseName,
}

impl Rule {
    fn parse(line: &str) -> Result<Self, IgnoreError> {
        if line.contains("**") {
            return Err(IgnoreError::DoubleStar);
        }
        Pattern::parse(line).map_err(|_| IgnoreError::Pattern)?;
        let (line, negated) = line.strip_prefix('!').map_or((line, false), |rest| (rest, true));
        let (line, directories_only) = line.strip_suffix('/').map_or((line, false), |rest| (rest, true));
        let scope = if line.contains('/') {
            Scope::Path
        } else {
            Scope::BaseName
        };
        let pattern = Pattern::parse(line.strip_prefix('/').unwrap_or(line)).map_err(|_| IgnoreError::Pattern)?;
        Ok(Self {
            pattern,
            scope,
            negated,
            directories_only,
        })
    }

    fn matches(&self, path: &str) -> bool {
        let subject = match self.scope {
            Scope::Path => path,
            Scope::BaseName => path.rsplit('/').next().unwrap_or(path),
        };
        self.pattern.matches(subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(rules: &str, path: &str, is_directory: bool) -> bool {
        Rules::parse(rules).unwrap().ignores(path, is_directory)
    }

    #[test]
    fn patterns_match_names_or_paths() {
        assert!(ignored("*.bak", "a/b.bak", false));
        assert!(ignored("sub/f", "sub/f", false));
        assert!(!ignored("sub/f", "x/sub/f", false));
        assert!(ignored("/top", "top", false));
        assert!(!ignored("/top", "sub/top", false));
        assert!(ignored("  docs/  \n", "docs", true));
        assert!(!ignored("docs/", "docs", false));
    }

    #[test]
    fn a_negated_rule_excludes_what_it_does_not_match() {
        assert!(ignored("!keep.txt", "Chart.yaml", false));
        assert!(!ignored("!keep.txt", "keep.txt", false));
        assert!(ignored("!dir/", "dir", false));
    }

    #[test]
    fn hidden_templates_are_always_ignored() {
        assert!(ignored("", "templates/.swp", false));
        assert!(!ignored("", "templates/a.yaml", false));
    }

    #[test]
    fn lines_that_are_no_rules_are_refused() {
        assert_eq!(Rules::parse("a/**").unwrap_err(), IgnoreError::DoubleStar);
        assert_eq!(Rules::parse("[a").unwrap_err(), IgnoreError::Pattern);
    }
}
