//! A chart as data: files in, [`Chart`] out.
//!
//! What comes in is a directory, an archive or the bytes of one; what goes out is a [`Chart`] that owns its
//! files, with its subcharts inside. Nothing here renders, downloads or writes charts.

mod lock;
mod metadata;
mod model;
mod wire;

pub use lock::Lock;
pub use metadata::{Dependency, Maintainer, Metadata};
pub use model::{Bytes, Chart, Crd, File};
