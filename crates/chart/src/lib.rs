//! A chart as data: files in, [`Chart`] out.
//!
//! What comes in is a directory, an archive or the bytes of one; what goes out is a [`Chart`] that owns its
//! files, with its subcharts inside. Nothing here renders, downloads or writes charts.
//!
//! - [`load`] reads a chart, within [`Budgets`], by the rules of `.helmignore` and of Helm's archive reader;
//! - [`process_dependencies`] settles which subcharts take part, and under which names;
//! - [`semver`] knows versions and constraints as charts write them.

mod decode;
mod dependencies;
mod glob;
mod ignore;
mod kube_version;
mod load;
mod lock;
mod metadata;
mod model;
mod pack;
mod scaffold;
pub mod semver;
mod timestamp;
mod validate;
mod warning;
mod wire;

pub use decode::DecodeError;
pub use dependencies::{DependencyError, MissingDependencies, Processed, check_dependencies, process_dependencies};
pub use ignore::{IgnoreError, Rules as IgnoreRules};
pub use kube_version::{IncompatibleKubernetes, check_kube_version};
pub use load::{
    ArchiveError, Budgets, DirectoryError, DocumentError, LoadError, LoadOptions, Loaded, PathError, ReadFiles,
    SourcedChart, Symlinks, load, load_archive, load_files, load_sources, load_with, read_files,
};
pub use lock::Lock;
pub use metadata::{Dependency, Maintainer, Metadata};
pub use model::{Bytes, Chart, Crd, File};
pub use pack::{PACK_TIME, PackError, chart_yaml, pack};
pub use scaffold::{CHART_NAME, ScaffoldError, check_name, scaffold};
pub use validate::ValidationError;
pub use warning::Warning;
