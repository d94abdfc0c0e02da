//! Ironhelm for programs: load a chart, render it, install and upgrade releases.
//!
//! An [`Engine`] joins a cluster, a release store, the machine and an audience; its methods are the verbs. Nothing here
//! is global, prints, or starts a runtime, and the environment is read only to find a kubeconfig that nobody named; many engines may work side by side in one process.
//!
//! ```
//! use ironhelm::{Engine, InstallRequest, UpgradeRequest, load_chart};
//!
//! # #[derive(Debug)] struct Never;
//! # async fn example(path: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::in_memory("shop");
//! let chart = load_chart(path)?.chart;
//! let mut request = UpgradeRequest::new("web".parse()?, chart);
//! request.values.insert("replicas".to_owned(), 3.into());
//! let outcome = engine.upgrade(&request).await?;
//! println!("{} is {}", outcome.release.name, outcome.release.info.status);
//! # Ok(())
//! # }
//! ```

mod bundling;
mod charts;
mod engine;
mod linting;
mod node_images;
mod sources;
mod system;

pub use bundling::{BundlingError, images_for_bundle};
pub use charts::{ChartError, LoadedChart, load_chart};
pub use engine::{Engine, ReleaseQuery};
pub use ironhelm_action::{
    Applied, Applying, Cancellation, CleanupError, Cluster, ClusterError, ComposeError, Discovery, Done, DryRun, Event,
    Events, InstallError, InstallRequest, Objects, OnFailure, Outcome, Prepared, Recording, Releases, Rendering,
    RollbackError, RollbackRequest, Seen, ServerSide, Silence, Surroundings, UninstallError, UninstallRequest,
    Uninstalled, Unrecorded, UpgradeError, UpgradeRequest, WaitError, WaitFor, Waiting, Which, capabilities, full_text,
    prepare, render_offline,
};
pub use ironhelm_bundle as bundle;
pub use ironhelm_chart as chart;
pub use ironhelm_cluster::{
    Connection, ConnectionError, Driver, KubeCluster, Overrides, Storage, UnknownDriver, connect,
};
pub use ironhelm_image as image;
pub use ironhelm_lint as lint;
pub use ironhelm_plan as plan;
pub use ironhelm_provenance as provenance;
pub use ironhelm_registry as registry;
pub use ironhelm_release as release;
pub use ironhelm_render as render;
pub use ironhelm_repository as repository;
pub use ironhelm_runtime as runtime;
pub use ironhelm_sandbox::{Sandbox, SandboxReleases};
pub use ironhelm_values as values;
pub use linting::{LintError, lint_chart};
pub use node_images::{NodeLoad, NodeLoadError, NodeLoadRequest, prepare_node_load, renamed};
pub use sources::{ChartSources, FindError, FoundChart};
pub use system::{System, release_name_from_template};
