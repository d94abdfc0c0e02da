//! What is odd about a chart without being wrong.

use std::fmt;
use std::path::PathBuf;

/// Something to tell the user while a chart is loaded or its dependencies are settled; the text is Helm's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A symbolic link was followed.
    SymbolicLink {
        /// The link.
        path: PathBuf,
        /// What it leads to in the end.
        target: PathBuf,
    },
    /// `requirements.yaml` in a chart that is not of API version 1.
    RequirementsYaml,
    /// `requirements.lock` in a chart that is not of API version 1.
    RequirementsLock,
    /// A tag of a dependency is set to something else than a boolean.
    NonBooleanTag {
        /// The tag.
        tag: String,
        /// The dependency.
        chart: String,
    },
    /// A condition of a dependency leads to something else than a boolean.
    NonBooleanCondition {
        /// The path in the values.
        path: String,
        /// The dependency.
        chart: String,
    },
    /// A table to import is not there, or is no table.
    MissingImport {
        /// The dependency, where the import names child and parent.
        chart: Option<String>,
        /// The name that was looked for.
        name: String,
    },
    /// The defaults of charts clash.
    Values(ironhelm_values::Warning),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SymbolicLink { path, target } => {
                f.write_str("found symbolic link in path. Contents of linked file included and used")?;
                write!(f, " path={} resolved={}", path.display(), target.display())
            }
            Self::RequirementsYaml => f.write_str(
                "Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". \
                 We recommend migrating dependencies to Chart.yaml.",
            ),
            Self::RequirementsLock => f.write_str(
                "Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". \
                 We recommend migrating to Chart.lock.",
            ),
            Self::NonBooleanTag { tag, chart } => write!(f, "returned non-bool value tag={tag} chart={chart}"),
            Self::NonBooleanCondition { path, chart } => write!(f, "returned non-bool value path={path} chart={chart}"),
            Self::MissingImport {
                chart: Some(chart),
                name,
            } => {
                write!(
                    f,
                    "ImportValues missing table from chart chart={chart} error={name:?} is not a table"
                )
            }
            Self::MissingImport { chart: None, name } => {
                write!(f, "ImportValues missing table error={name:?} is not a table")
            }
            Self::Values(warning) => warning.fmt(f),
        }
    }
}
