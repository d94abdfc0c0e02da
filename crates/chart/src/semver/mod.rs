//! Versions and constraints, by the rules that charts are written against.
//!
//! A [`Version`] is a semantic version that may lack its minor and patch numbers or start with `v`; a
//! [`Constraint`] is a set of ranges such as `^1.2 || >=2.0 <3`. The rules are those of Masterminds' Go library,
//! which differ from Cargo's: a bare version is exact, parts left out are wildcards, and a pre-release
//! satisfies a group only if a term of the group names one.

mod constraint;
mod version;

pub use constraint::{Constraint, ConstraintError};
pub use version::{Version, VersionError};

/// Does `version` satisfy `constraint`? Texts that cannot be read satisfy nothing.
#[must_use]
pub fn is_compatible(constraint: &str, version: &str) -> bool {
    match (Version::parse(version), Constraint::parse(constraint)) {
        (Ok(version), Ok(constraint)) => constraint.check(&version),
        _ => false,
    }
}
