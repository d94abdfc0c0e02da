//! placeholder
/// Oldest.
pub const OLDEST_API: &str = "1.24";
