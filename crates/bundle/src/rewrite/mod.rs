//! New names for images, written into the values of a chart.
//!
//! [`relocation`] says for one hint what its image becomes and which values make it so; [`rewrite`] writes these values
//! where they really come from (the subchart's file, the parent's override, the alias), renders all hints again over the
//! new chart and lets only the right names pass. Where a subchart's file cannot be edited, or is shared by two aliases
//! that want different values, the values of the outermost chart override it.

mod apply;
mod metadata;

use std::collections::BTreeMap;

use ironhelm_image::{Digest, Reference, ReferenceError};
use serde::Serialize;

use crate::edit::EditError;
use crate::hints::{Hint, HintError, Name, ValuePath};
use crate::merged::{ImageError, OpenChart, OpenError};
use crate::package::{Address, Package};
use crate::relocate::{Location, Rules};

pub use apply::rewrite;

/// What becomes of the image of one hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageMove {
    /// The hint.
    pub hint: Hint,
    /// The image as the chart names it.
    pub from: Reference,
    /// The image as the rewritten chart names it.
    pub to: Reference,
    /// The values that must change.
    pub values: BTreeMap<ValuePath, String>,
}

/// A rewritten chart.
#[derive(Debug)]
pub struct Rewritten {
    /// Its files.
    pub package: Package,
    /// The values that changed, by file.
    pub values: Vec<ValueChange>,
}

/// A value that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueChange {
    /// The file, below the chart's root.
    pub file: String,
    /// The path of its keys in the file.
    pub path: String,
    /// What the chart had.
    pub old: String,
    /// What it has now.
    pub new: String,
}

/// Why a chart cannot be rewritten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RewriteError {
    /// A hint leads to no image.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A hint fixes a part of the name that would have to change.
    #[error("hint \"{hint}\" fixes \"{fixed}\", but the image has to become \"{wanted}\"")]
    Fixed {
        /// The hint.
        hint: String,
        /// The text that is not in a placeholder.
        fixed: String,
        /// The new name without tag and digest.
        wanted: String,
    },
    /// A hint without placeholders for tag and digest needs the digest of its image, which is not known.
    #[error("hint \"{hint}\" needs the digest of {image}, which is not in the bundle")]
    NoDigest {
        /// The hint.
        hint: String,
        /// The image.
        image: String,
    },
    /// The new name is no name.
    #[error("hint \"{hint}\" would give \"{text}\"")]
    NewName {
        /// The hint.
        hint: String,
        /// The new name.
        text: String,
        /// What is wrong with it.
        source: ReferenceError,
    },
    /// Two images need different texts in the same place.
    #[error("\"{path}\" would have to be \"{first}\" for one image and \"{second}\" for another one")]
    Contradiction {
        /// The path in the chart's values.
        path: ValuePath,
        /// What one image needs.
        first: String,
        /// What the other one needs.
        second: String,
    },
    /// A file cannot be edited.
    #[error("{file} cannot be edited")]
    Edit {
        /// The file.
        file: Address,
        /// Why.
        source: EditError,
    },
    /// The rewritten chart cannot be read.
    #[error("the rewritten chart cannot be read")]
    Reopen {
        /// Why.
        source: OpenError,
    },
    /// The new values have no effect.
    #[error("hint \"{hint}\" gives \"{found}\" after the rewrite instead of \"{expected}\"")]
    NoEffect {
        /// The hint.
        hint: String,
        /// What it should give.
        expected: String,
        /// What it gives.
        found: String,
    },
}

impl From<HintError> for RewriteError {
    fn from(error: HintError) -> Self {
        Self::Image(ImageError::Hint(error))
    }
}

/// Where an image is, in the words of the rules.
#[must_use]
pub fn location(reference: &Reference) -> Location {
    let registry = match reference.registry() {
        "docker.io" => "index.docker.io",
        registry => registry,
    };
    Location {
        registry: registry.to_owned(),
        repository: reference.repository().to_owned(),
    }
}

/// What `rules` make of the image of `hint`; `digest` is that of its manifest.
///
/// # Errors
/// [`RewriteError`], which names the hint.
pub fn relocation(
    chart: &OpenChart,
    hint: &Hint,
    rules: &Rules,
    digest: Option<&Digest>,
) -> Result<ImageMove, RewriteError> {
    let from = chart.image(hint)?;
    let origin = location(&from);
    let mut moved = rules.relocate(&origin);
    if !hint.is_versioned() {
        moved.repository.push_str(&version_of(hint, &from, digest)?);
    }
    let values = new_values(hint, &origin, &moved)?;
    let text = hint.render(|path| match values.get(path) {
        Some(text) => Ok(text.clone()),
        None => chart.text(hint, path),
    })?;
    let to = text.parse().map_err(|source| RewriteError::NewName {
        hint: hint.text().to_owned(),
        text,
        source,
    })?;
    let hint = hint.clone();
    Ok(ImageMove { hint, from, to, values })
}

/// What stands behind a name without placeholders for tag and digest: the digest, as it pins what was moved.
fn version_of(hint: &Hint, from: &Reference, digest: Option<&Digest>) -> Result<String, RewriteError> {
    digest
        .or(from.digest())
        .map(|digest| format!("@{digest}"))
        .ok_or_else(|| RewriteError::NoDigest {
            hint: hint.text().to_owned(),
            image: from.as_written().to_owned(),
        })
}

fn new_values(hint: &Hint, origin: &Location, moved: &Location) -> Result<BTreeMap<ValuePath, String>, RewriteError> {
    let mut values = BTreeMap::new();
    match hint.name() {
        Name::Whole { .. } if moved == origin => {}
        Name::Whole { path, before, after } => {
            let wanted = format!("{}/{}", moved.registry, moved.repository);
            let inner = wanted
                .strip_prefix(before.as_str())
                .and_then(|text| text.strip_suffix(after.as_str()));
            let Some(text) = inner else {
                return Err(RewriteError::Fixed {
                    hint: hint.text().to_owned(),
                    fixed: format!("{before}{after}"),
                    wanted,
                });
            };
            if !same_registry(&moved.registry, &origin.registry) || moved.repository != origin.repository {
                values.insert(path.clone(), text.to_owned());
            }
        }
        Name::Split { registry, repository } => {
            if !same_registry(&moved.registry, &origin.registry) {
                values.insert(registry.clone(), moved.registry.clone());
            }
            if moved.repository != origin.repository {
                values.insert(repository.clone(), moved.repository.clone());
            }
        }
    }
    Ok(values)
}

/// Docker Hub has two names.
fn same_registry(a: &str, b: &str) -> bool {
    let long = |name: &str| {
        if name == "docker.io" {
            "index.docker.io".to_owned()
        } else {
            name.to_owned()
        }
    };
    long(a) == long(b)
}

#[cfg(test)]
mod tests;
