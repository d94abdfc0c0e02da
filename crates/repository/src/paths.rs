//! Where Helm keeps its files, from an environment that the caller looks up.

use std::path::{Path, PathBuf};

/// Helm's directories and files.
///
/// ```
/// # use ironhelm_repository::Paths;
/// let paths = Paths::from_environment(|name| (name == "HOME").then(|| "/home/u".to_owned()));
/// assert_eq!(paths.repository_config.to_str(), Some("/home/u/.config/helm/repositories.yaml"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paths {
    /// Configuration: `HELM_CONFIG_HOME`.
    pub config: PathBuf,
    /// Caches: `HELM_CACHE_HOME`.
    pub cache: PathBuf,
    /// Data: `HELM_DATA_HOME`.
    pub data: PathBuf,
    /// `repositories.yaml`: `HELM_REPOSITORY_CONFIG`.
    pub repository_config: PathBuf,
    /// The downloaded indexes: `HELM_REPOSITORY_CACHE`.
    pub repository_cache: PathBuf,
    /// The downloaded charts by digest: `HELM_CONTENT_CACHE`.
    pub content_cache: PathBuf,
    /// The logins to OCI registries: `HELM_REGISTRY_CONFIG`.
    pub registry_config: PathBuf,
}

impl Paths {
    /// The paths for the environment variables that `lookup` knows; an empty variable counts as none.
    #[must_use]
    pub fn from_environment(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = variable("HOME").unwrap_or_default();
        let base = |helm: &str, xdg: &str, default: &str| {
            variable(helm).unwrap_or_else(|| variable(xdg).unwrap_or_else(|| home.join(default)).join("helm"))
        };
        let config = base("HELM_CONFIG_HOME", "XDG_CONFIG_HOME", ".config");
        let cache = base("HELM_CACHE_HOME", "XDG_CACHE_HOME", ".cache");
        let data = base("HELM_DATA_HOME", "XDG_DATA_HOME", ".local/share");
        let or = |name: &str, parent: &Path, default: &str| variable(name).unwrap_or_else(|| parent.join(default));
        Self {
            repository_config: or("HELM_REPOSITORY_CONFIG", &config, "repositories.yaml"),
            repository_cache: or("HELM_REPOSITORY_CACHE", &cache, "repository"),
            content_cache: or("HELM_CONTENT_CACHE", &cache, "content"),
            registry_config: or("HELM_REGISTRY_CONFIG", &config, "registry/config.json"),
            config,
            cache,
            data,
        }
    }

    /// The downloaded index of a repository.
    #[must_use]
    pub fn index_of(&self, repository: &str) -> PathBuf {
        self.repository_cache.join(format!("{repository}-index.yaml"))
    }

    /// The names of the charts of a repository, for shell completion.
    #[must_use]
    pub fn charts_of(&self, repository: &str) -> PathBuf {
        self.repository_cache.join(format!("{repository}-charts.txt"))
    }

    /// The compact form of a repository's index.
    #[must_use]
    pub fn compact_index_of(&self, repository: &str) -> PathBuf {
        self.repository_cache.join(format!("{repository}-index.ironhelm"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helm_variables_win_over_xdg_and_xdg_over_home() {
        let paths = Paths::from_environment(|name| match name {
            "HELM_CACHE_HOME" => Some("/hc".to_owned()),
            "XDG_CONFIG_HOME" => Some("/xc".to_owned()),
            "XDG_CACHE_HOME" => Some("/ignored".to_owned()),
            "HELM_CONTENT_CACHE" => Some("/content".to_owned()),
            "HOME" => Some("/root".to_owned()),
            _ => None,
        });
        assert_eq!(paths.repository_cache, Path::new("/hc/repository"));
        assert_eq!(paths.repository_config, Path::new("/xc/helm/repositories.yaml"));
        assert_eq!(paths.content_cache, Path::new("/content"));
        assert_eq!(paths.data, Path::new("/root/.local/share/helm"));
        assert_eq!(paths.index_of("a"), Path::new("/hc/repository/a-index.yaml"));
    }
}
