//! What makes metadata acceptable.

use std::collections::BTreeSet;

use ironhelm_golang::{strconv, unicode};

use crate::decode::Draft;
use crate::metadata::{Dependency, Metadata};
use crate::semver::Version;

/// Why metadata is refused; the text is Helm's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValidationError {
    /// A field that must be there is not.
    #[error("chart.metadata.{field} is required")]
    Required {
        /// The field.
        field: &'static str,
    },
    /// A name that would mean a directory.
    #[error("chart.metadata.name {} is not allowed", strconv::quote(.name.as_bytes()))]
    NameNotAllowed {
        /// The name.
        name: String,
    },
    /// A name with a path separator, or a version that is none.
    #[error("chart.metadata.{field} {} is invalid", strconv::quote(.value.as_bytes()))]
    Invalid {
        /// The field.
        field: &'static str,
        /// What it holds.
        value: String,
    },
    /// A type that is not known.
    #[error("chart.metadata.type must be application or library")]
    Kind,
    /// A list with a `null` inside.
    #[error("{list} must not contain empty or null nodes")]
    NullNode {
        /// The list.
        list: &'static str,
    },
    /// An alias that could escape from its place.
    #[error("dependency {} has disallowed characters in the alias", strconv::quote(.dependency.as_bytes()))]
    Alias {
        /// The name of the dependency.
        dependency: String,
    },
    /// Two dependencies that would be known by the same name.
    #[error("more than one dependency with name or alias {}", strconv::quote(.name.as_bytes()))]
    Duplicate {
        /// The name.
        name: String,
    },
}

impl Draft {
    /// Sanitises and checks what was read.
    pub(crate) fn finish(mut self) -> Result<Metadata, ValidationError> {
        self.metadata.sanitize();
        check_identity(&self.metadata)?;
        if self.has_null_maintainer {
            return Err(ValidationError::NullNode { list: "maintainers" });
        }
        if self.has_null_dependency {
            return Err(ValidationError::NullNode { list: "dependencies" });
        }
        check_dependencies(self.metadata.dependencies())?;
        Ok(self.metadata)
    }
}

impl Metadata {
    /// Makes the texts fit for one line of a terminal: white space becomes spaces, what does not print goes.
    pub fn sanitize(&mut self) {
        sanitize_metadata(self);
    }

    /// Checks what can be checked without the file that this was read from.
    ///
    /// # Errors
    /// [`ValidationError`], whose text is Helm's.
    pub fn validate(&self) -> Result<(), ValidationError> {
        check_identity(self)?;
        check_dependencies(self.dependencies())
    }
}

fn sanitize_metadata(metadata: &mut Metadata) {
    let Metadata {
        name,
        home,
        description,
        icon,
        condition,
        tags,
        app_version,
        kube_version,
        ..
    } = metadata;
    let fields = [
        name,
        home,
        description,
        icon,
        condition,
        tags,
        app_version,
        kube_version,
    ];
    fields
        .into_iter()
        .chain(&mut metadata.sources)
        .chain(&mut metadata.keywords)
        .for_each(sanitize);
    for maintainer in &mut metadata.maintainers {
        [&mut maintainer.name, &mut maintainer.email, &mut maintainer.url]
            .into_iter()
            .for_each(sanitize);
    }
    for dependency in metadata.dependencies.iter_mut().flatten() {
        let Dependency {
            name,
            version,
            repository,
            condition,
            tags,
            ..
        } = dependency;
        [name, version, repository, condition]
            .into_iter()
            .chain(tags)
            .for_each(sanitize);
    }
}

/// White space becomes spaces, what does not print goes.
fn sanitize(text: &mut String) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return;
    }
    let clean = |letter: char| match letter {
        letter if unicode::is_space(letter) => Some(' '),
        letter => unicode::is_print(letter).then_some(letter),
    };
    *text = text.chars().filter_map(clean).collect();
}

fn check_identity(metadata: &Metadata) -> Result<(), ValidationError> {
    let name = &metadata.name;
    let required = |field, value: &str| {
        if value.is_empty() {
            Err(ValidationError::Required { field })
        } else {
            Ok(())
        }
    };
    required("apiVersion", &metadata.api_version)?;
    required("name", name)?;
    if name == "." || name == ".." {
        return Err(ValidationError::NameNotAllowed { name: name.clone() });
    }
    if name.contains('/') {
        return Err(ValidationError::Invalid {
            field: "name",
            value: name.clone(),
        });
    }
    required("version", &metadata.version)?;
    if Version::parse(&metadata.version).is_err() {
        return Err(ValidationError::Invalid {
            field: "version",
            value: metadata.version.clone(),
        });
    }
    if !matches!(metadata.kind.as_str(), "" | "application" | "library") {
        return Err(ValidationError::Kind);
    }
    Ok(())
}

fn check_dependencies(dependencies: &[Dependency]) -> Result<(), ValidationError> {
    let mut known = BTreeSet::new();
    for dependency in dependencies {
        if !dependency
            .alias
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        {
            return Err(ValidationError::Alias {
                dependency: dependency.name.clone(),
            });
        }
        let name = if dependency.alias.is_empty() {
            &dependency.name
        } else {
            &dependency.alias
        };
        if !known.insert(name) {
            return Err(ValidationError::Duplicate { name: name.clone() });
        }
    }
    Ok(())
}
