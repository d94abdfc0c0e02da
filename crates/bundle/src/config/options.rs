//! What is said on the command line, not in the file.

/// What to do with a tag or a chart version that the target has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overwrite {
    /// Leave it, and say so if it is not the same.
    Never,
    /// Replace it if it is not the same.
    #[default]
    IfDifferent,
    /// Send it again, even if it is the same.
    Always,
}

/// The flags of a synchronisation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Options {
    /// Create projects and repositories that the target lacks (`--auto-create-repository`).
    pub auto_create_repository: bool,
    /// Move charts only (`--skip-images`).
    pub skip_images: bool,
    /// The operating system and architecture of images (`--platform os/arch`).
    pub platform: Option<String>,
    /// Only the highest version of each chart (`--latest-version-only`).
    pub latest_version_only: bool,
    /// Only charts published since this day (`--from-date YYYY-MM-DD`).
    pub from_date: Option<String>,
    /// Plan and tell, but change nothing.
    pub dry_run: bool,
    /// Compare the target with the bundles, and change nothing.
    pub verify: bool,
    /// What to do with what is there already.
    pub overwrite: Overwrite,
}
