//! Tar archives: where their members lie, and how to write some.
//!
//! Reading means headers only ([`index`]): members are skipped, so that it takes one small read for each, whatever they weigh. It takes
//! USTAR, PAX, GNU and old headers. Writing ([`Header`]) makes the headers that charts-syncer's bundles have.

mod header;
mod pax;
mod read;
mod write;

pub use read::{Limits, Member, MemberKind, TarError, TarFault, index, safe_path};
pub use write::{BLOCK, END, Header, padding};
