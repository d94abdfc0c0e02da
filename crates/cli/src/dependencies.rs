//! Bringing what a chart depends on, for the commands that do so.

use std::collections::BTreeSet;
use std::path::Path;

use ironhelm::chart::{Chart, LoadOptions, load_with};
use ironhelm::repository::dependency::{self, DependencyError};
use ironhelm::repository::{HttpRemote, Verification};

use crate::clock;
use crate::context::Context;
use crate::failure::Failure;
use crate::network::ServerArgs;

/// How dependencies are brought.
pub(crate) struct Options {
    pub(crate) verification: Verification,
    pub(crate) skip_refresh: bool,
}

/// Resolves the dependencies of the chart at `path`, brings them and writes the lock.
pub(crate) async fn update<P>(
    path: &Path,
    options: &Options,
    server: &ServerArgs,
    context: &Context<P>,
    tell: &(dyn Fn(String) + Send + Sync),
) -> Result<(), Failure> {
    let remote = remote(path, server, context)?;
    let paths = &context.settings.network.paths;
    let done = dependency::update(path, &options.for_library(), paths, &remote, &|event| {
        tell(event.to_string())
    })
    .await;
    done.map_err(|error| explain(&error))
}

/// Brings the dependencies that the lock of the chart at `path` names.
pub(crate) async fn build<P>(
    path: &Path,
    options: &Options,
    server: &ServerArgs,
    context: &Context<P>,
    tell: &(dyn Fn(String) + Send + Sync),
) -> Result<(), Failure> {
    let remote = remote(path, server, context)?;
    let paths = &context.settings.network.paths;
    let done = dependency::build(path, &options.for_library(), paths, &remote, &|event| {
        tell(event.to_string())
    })
    .await;
    done.map_err(|error| explain(&error))
}

impl Options {
    fn for_library(&self) -> dependency::Options {
        dependency::Options {
            skip_refresh: self.skip_refresh,
            verification: self.verification.clone(),
            now: clock::go_timestamp(),
        }
    }
}

fn explain(error: &DependencyError) -> Failure {
    Failure::of(error).maybe(match error {
        DependencyError::Download { source, .. } => Failure::download_hint(source),
        DependencyError::Resolve(error) => Failure::resolve_hint(error),
        _ => None,
    })
}

/// User and password are for one registry: with dependencies from several, nobody knows for which.
fn remote<P>(path: &Path, server: &ServerArgs, context: &Context<P>) -> Result<HttpRemote, Failure> {
    let hosts = if server.credentials().is_some() {
        registries(path)
    } else {
        BTreeSet::new()
    };
    if hosts.len() > 1 {
        let hosts = hosts.into_iter().collect::<Vec<_>>().join(", ");
        return Err(Failure::new(format!(
            "--username and --password are for one registry, but the dependencies come from {hosts}"
        ))
        .hint("`ironhelm registry login HOST` for each of them"));
    }
    Ok(server.applied_to(context.settings.network.remote(server.plain_http)))
}

fn registries(path: &Path) -> BTreeSet<String> {
    let Ok(loaded) = load_with(path, &LoadOptions::default()) else {
        return BTreeSet::new();
    };
    let Chart { metadata, lock, .. } = &loaded.chart;
    let locked = lock.iter().flat_map(|lock| lock.dependencies.iter().flatten());
    let repositories = metadata
        .dependencies()
        .iter()
        .chain(locked)
        .map(|entry| &entry.repository);
    let host = |repository: &String| Some(repository.strip_prefix("oci://")?.split('/').next()?.to_owned());
    repositories.filter_map(host).collect()
}
