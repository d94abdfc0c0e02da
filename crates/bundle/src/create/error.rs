//! Why a bundle cannot be written.

use std::io;

/// Why a bundle cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Writing fails.
    #[error("cannot write the bundle")]
    Write {
        /// What writing gives.
        #[from]
        source: io::Error,
    },
    /// A layer or configuration cannot be read, or is damaged.
    #[error("cannot read {member}")]
    Read {
        /// Its name in the bundle.
        member: String,
        /// What reading gives.
        source: io::Error,
    },
    /// `manifest.json` cannot be made.
    #[error("cannot write manifest.json")]
    Json {
        /// What is wrong.
        source: serde_json::Error,
    },
}
