//! Flags that give images new names.

use ironhelm::bundle::relocate::Rules;

/// The rules of a configuration's `target`, as flags.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub(crate) struct RelocationArgs {
    /// New registry of the images
    #[arg(long, value_name = "HOST")]
    registry: Option<String>,
    /// Goes in front of the last part of each image's repository, in place of what is there
    #[arg(long, value_name = "PATH")]
    repository: Option<String>,
    /// New registry of the images; the old one becomes the first part of the repository
    #[arg(long, value_name = "HOST")]
    prefix_registry: Option<String>,
    /// Goes in front of each image's whole repository
    #[arg(long, value_name = "PATH")]
    prefix_repository: Option<String>,
}

impl RelocationArgs {
    /// The rules.
    pub(crate) fn rules(&self) -> Rules {
        let text = |flag: &Option<String>| flag.as_deref().unwrap_or_default().trim_end_matches('/').to_owned();
        Rules {
            registry: text(&self.registry),
            repository: text(&self.repository),
            prefix_registry: text(&self.prefix_registry),
            prefix_repository: text(&self.prefix_repository),
            append_origin_registry: false,
        }
    }
}
