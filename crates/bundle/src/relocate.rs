//! How images are renamed.
//!
//! An image is where it is by its registry and its repository; [`Rules`] say where it goes. The names are those that
//! charts-syncer would give, so that either tool can go on where the other one stopped.

use serde::{Deserialize, Serialize};

/// The rules for new names; an empty text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rules {
    /// `containerRegistry`: the new registry.
    pub registry: String,
    /// `containerRepository`: goes in front of the last part of the repository; the rest of it is dropped.
    pub repository: String,
    /// `containerPrefixRegistry`: the new registry; the old one is kept as the first part of the name. Beats `registry`.
    pub prefix_registry: String,
    /// `containerPrefixRepository`: goes in front of the whole repository.
    pub prefix_repository: String,
    /// `appendOriginRegistry`: the old registry is kept in what the chart calls the registry, not the repository.
    pub append_origin_registry: bool,
}

/// Where an image is: a registry (Docker Hub is `index.docker.io`) and a repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// The registry; a new one may have a path.
    pub registry: String,
    /// The repository.
    pub repository: String,
}

impl Rules {
    /// Whether there is any rule at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            registry,
            repository,
            prefix_registry,
            prefix_repository,
            ..
        } = self;
        [registry, repository, prefix_registry, prefix_repository]
            .iter()
            .all(|rule| rule.is_empty())
    }

    /// The registry that images go to, empty if they stay in theirs.
    #[must_use]
    pub fn target_registry(&self) -> &str {
        if self.prefix_registry.is_empty() {
            &self.registry
        } else {
            &self.prefix_registry
        }
    }

    /// Where the image at `origin` goes.
    ///
    /// ```
    /// use ironhelm_bundle::relocate::{Location, Rules};
    /// let rules = Rules { registry: "10.16.23.145".into(), repository: "mirror/apps".into(), ..Rules::default() };
    /// let origin = Location { registry: "docker.io".into(), repository: "bitnami/nginx".into() };
    /// let moved = rules.relocate(&origin);
    /// assert_eq!((&*moved.registry, &*moved.repository), ("10.16.23.145", "mirror/apps/nginx"));
    /// ```
    #[must_use]
    pub fn relocate(&self, origin: &Location) -> Location {
        Location {
            registry: self.new_registry(&origin.registry),
            repository: self.new_repository(origin),
        }
    }

    fn new_registry(&self, origin: &str) -> String {
        match (self.prefix_registry.as_str(), self.registry.as_str()) {
            ("", "") => origin.to_owned(),
            ("", registry) => registry.to_owned(),
            (prefix, _) if self.append_origin_registry => format!("{prefix}/{origin}"),
            (prefix, _) => prefix.to_owned(),
        }
    }

    fn new_repository(&self, Location { registry, repository }: &Location) -> String {
        if !self.repository.is_empty() {
            let last = repository.rsplit('/').next().unwrap_or_default();
            return format!("{}/{last}", self.repository);
        }
        let (prefix, prefixed) = (&self.prefix_repository, !self.prefix_registry.is_empty());
        match (self.append_origin_registry, prefixed, prefix.is_empty()) {
            (true, true, _) | (_, false, true) => repository.clone(),
            (_, false, false) => format!("{prefix}/{repository}"),
            (false, true, false) => format!("{registry}/{prefix}/{repository}"),
            (false, true, true) => format!("{registry}/{repository}"),
        }
    }
}
