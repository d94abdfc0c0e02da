//! From a chart and the user's values to what the release shall be: everything before the cluster is touched.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use ironhelm_chart::{Chart, check_dependencies, process_dependencies};
use ironhelm_plan::{Address, GroupVersionKind};
use ironhelm_release::Release;
use ironhelm_render::{
    Capabilities, Lookup, LookupAnswer, ReleaseContext, RenderError, RenderOptions, Rendered, World, render,
};
use ironhelm_values::{Values, coalesce_values};

use crate::observe::in_parallel;
use crate::ports::{Cluster, ClusterError, Discovery, Ports, Surroundings};
use crate::request::DryRun;

/// How many times templates run at most until nothing that they look up is missing.
const MAX_ROUNDS: usize = 32;

/// How templates are run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rendering {
    /// Skip the check against `values.schema.json`.
    pub skip_schema_validation: bool,
    /// Render the notes of subcharts too.
    pub subchart_notes: bool,
    /// Let `getHostByName` resolve names.
    pub enable_dns: bool,
    /// How much work and memory templates may take.
    pub budget: ironhelm_render::Budget,
}

/// A chart whose dependencies are settled, with the values that its templates will see.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The chart as it will be stored: disabled dependencies gone, aliases applied, defaults folded in.
    pub chart: Arc<Chart>,
    /// The user's values as they will be stored.
    pub config: Values,
    /// The tree that templates see.
    pub values: Values,
    /// What was odd on the way.
    pub warnings: Vec<String>,
}

/// Why a chart could not be turned into manifests.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The chart comes without something that it needs.
    #[error(transparent)]
    Missing(#[from] ironhelm_chart::MissingDependencies),
    /// The chart's dependencies cannot be settled.
    #[error(transparent)]
    Dependencies(#[from] ironhelm_chart::DependencyError),
    /// The values do not fit the chart.
    #[error(transparent)]
    Values(#[from] ironhelm_values::CoalesceError),
    /// The values break the chart's schema.
    #[error(transparent)]
    Schema(#[from] ironhelm_values::SchemaError),
    /// A template failed.
    #[error(transparent)]
    Render(#[from] Box<RenderError>),
    /// What templates look up depends on what they look up, without end.
    #[error("templates look up something new in each of {MAX_ROUNDS} rounds")]
    EndlessLookups,
    /// The cluster refused a `lookup`.
    #[error(transparent)]
    Lookup(#[from] ClusterError),
}

/// Settles dependencies, lays the values over the defaults and checks them against the schemas.
///
/// # Errors
/// [`ComposeError`], for the first thing that does not fit.
pub fn prepare(chart: &Arc<Chart>, config: Values, rendering: &Rendering) -> Result<Prepared, ComposeError> {
    check_dependencies(chart)?;
    let processed = process_dependencies(chart, &config)?;
    let coalesced = coalesce_values(&*processed.chart, config.clone())?;
    let mut warnings: Vec<String> = processed.warnings.iter().map(ToString::to_string).collect();
    warnings.extend(coalesced.warnings.iter().map(ToString::to_string));
    if !rendering.skip_schema_validation {
        let notes = ironhelm_values::schema::check(&*processed.chart, &coalesced.values)?.into_result()?;
        warnings.extend(notes.iter().map(ToString::to_string));
    }
    Ok(Prepared {
        chart: processed.chart,
        config,
        values: coalesced.values,
        warnings,
    })
}

/// Renders without a cluster: `lookup` finds nothing.
///
/// # Errors
/// [`ComposeError::Render`] when a template fails.
pub fn render_offline(
    prepared: &Prepared,
    release: &ReleaseContext,
    capabilities: &Capabilities,
    rendering: &Rendering,
    surroundings: &dyn Surroundings,
) -> Result<Rendered, ComposeError> {
    let tape = Tape::new(surroundings);
    let world = RenderWorld::new(&tape, surroundings, rendering, None);
    Ok(render(
        &prepared.chart,
        &prepared.values,
        release,
        capabilities,
        &world,
        &options(rendering),
    )
    .map_err(Box::new)?)
}

/// Renders with a cluster behind `lookup`.
///
/// Templates run synchronously; what they look up and nobody has fetched yet is collected, fetched in parallel, and
/// the templates run again, until nothing is missing. Charts that look nothing up run once.
///
/// # Errors
/// [`ComposeError::Render`] when a template fails, [`ComposeError::Lookup`] when the cluster refuses a lookup.
pub async fn render_live<C: Cluster, R: Sync>(
    prepared: &Prepared,
    release: &ReleaseContext,
    discovery: &Discovery,
    rendering: &Rendering,
    dry_run: DryRun,
    ports: &Ports<'_, C, R>,
) -> Result<Rendered, ComposeError> {
    let capabilities = capabilities(discovery);
    let mut answers = BTreeMap::new();
    let tape = Tape::new(ports.surroundings);
    for _ in 0..MAX_ROUNDS {
        let outcome = {
            // Helm: a client-side dry run knows the cluster's version and kinds, and looks nothing up.
            let known = (dry_run != DryRun::Client).then_some(&answers);
            let world = RenderWorld::new(&tape, ports.surroundings, rendering, known);
            render(
                &prepared.chart,
                &prepared.values,
                release,
                &capabilities,
                &world,
                &options(rendering),
            )
        };
        let missing = match &outcome {
            Ok(rendered) => rendered.missing_lookups.clone(),
            Err(error) => error.missing_lookups().to_vec(),
        };
        if missing.is_empty() {
            return Ok(outcome.map_err(Box::new)?);
        }
        tracing::debug!(lookups = missing.len(), "fetching what templates look up");
        answers.extend(fetch(missing, discovery, ports.cluster).await?);
        tape.rewind();
    }
    Err(ComposeError::EndlessLookups)
}

/// The capabilities of a live cluster, as templates see them.
#[must_use]
pub fn capabilities(discovery: &Discovery) -> Capabilities {
    Capabilities::live(
        &discovery.git_version,
        &discovery.major,
        &discovery.minor,
        discovery.api_versions.iter().cloned(),
    )
}

fn options(rendering: &Rendering) -> RenderOptions {
    RenderOptions {
        subchart_notes: rendering.subchart_notes,
        budget: rendering.budget,
    }
}

type Answers = BTreeMap<Lookup, LookupAnswer>;

async fn fetch<C: Cluster>(missing: Vec<Lookup>, discovery: &Discovery, cluster: &C) -> Result<Answers, ClusterError> {
    let requests: Vec<BoxFuture<'_, _>> = missing
        .iter()
        .map(|lookup| look_up(lookup, discovery, cluster).boxed())
        .collect();
    let found: Vec<_> = in_parallel(requests).try_collect().await?;
    Ok(missing.into_iter().zip(found).collect())
}

/// Helm: an absent object and an unknown kind are an empty map; without a name the answer is the list.
async fn look_up<C: Cluster>(
    lookup: &Lookup,
    discovery: &Discovery,
    cluster: &C,
) -> Result<LookupAnswer, ClusterError> {
    let gvk = GroupVersionKind::new(&lookup.api_version, &lookup.kind);
    let Some(resource) = discovery.kinds.find(&gvk) else {
        return Ok(LookupAnswer::nothing());
    };
    let namespace = (resource.namespaced && !lookup.namespace.is_empty()).then(|| lookup.namespace.clone());
    let found = if lookup.name.is_empty() {
        cluster.list(resource, namespace.as_deref(), None).await.map(Some)
    } else {
        let address = Address {
            resource: resource.clone(),
            namespace,
            name: lookup.name.clone(),
        };
        cluster
            .get(&address)
            .await
            .map(|found| found.map(ironhelm_plan::Object::into_value))
    };
    match found {
        Ok(Some(value)) => Ok(LookupAnswer::Known(value)),
        Ok(None) => Ok(LookupAnswer::nothing()),
        Err(error) if error.is_not_found() => Ok(LookupAnswer::nothing()),
        Err(error) => Err(error),
    }
}

/// The time and the randomness of one composition: every round of templates sees the same, or what they look up by a
/// random name would be missing for ever.
struct Tape {
    now: jiff::Timestamp,
    drawn: RefCell<Vec<u8>>,
    position: Cell<usize>,
}

impl Tape {
    fn new(surroundings: &dyn Surroundings) -> Self {
        Self {
            now: surroundings.now(),
            drawn: RefCell::default(),
            position: Cell::default(),
        }
    }

    fn rewind(&self) {
        self.position.set(0);
    }

    fn play(&self, bytes: &mut [u8], surroundings: &dyn Surroundings) {
        let mut drawn = self.drawn.borrow_mut();
        let (start, end) = (self.position.get(), self.position.get() + bytes.len());
        if let Some(missing) = end.checked_sub(drawn.len()).filter(|&missing| missing > 0) {
            let mut fresh = vec![0; missing];
            surroundings.random(&mut fresh);
            drawn.extend(fresh);
        }
        bytes.copy_from_slice(&drawn[start..end]);
        self.position.set(end);
    }
}

/// What templates may ask, answered from the surroundings and from what was fetched.
struct RenderWorld<'a> {
    tape: &'a Tape,
    surroundings: &'a dyn Surroundings,
    enable_dns: bool,
    answers: Option<&'a Answers>,
}

impl<'a> RenderWorld<'a> {
    fn new(
        tape: &'a Tape,
        surroundings: &'a dyn Surroundings,
        rendering: &Rendering,
        answers: Option<&'a Answers>,
    ) -> Self {
        Self {
            tape,
            surroundings,
            enable_dns: rendering.enable_dns,
            answers,
        }
    }
}

impl World for RenderWorld<'_> {
    fn lookup(&self, lookup: &Lookup) -> LookupAnswer {
        match self.answers {
            None => LookupAnswer::Offline,
            Some(answers) => answers.get(lookup).cloned().unwrap_or(LookupAnswer::Missing),
        }
    }

    fn now(&self) -> jiff::Timestamp {
        self.tape.now
    }

    fn random(&self, bytes: &mut [u8]) {
        self.tape.play(bytes, self.surroundings);
    }

    fn resolve_host(&self, name: &str) -> Option<String> {
        if self.enable_dns {
            self.surroundings.resolve_host(name)
        } else {
            None
        }
    }

    fn post_renders(&self) -> bool {
        self.surroundings.post_renders()
    }

    fn post_render(&self, documents: &str) -> Result<String, String> {
        self.surroundings.post_render(documents)
    }
}

/// The release context that templates see.
#[must_use]
pub fn release_context(release: &Release, upgrade: bool) -> ReleaseContext {
    ReleaseContext {
        name: release.name.to_string(),
        namespace: release.namespace.to_string(),
        revision: release.revision.number(),
        is_install: !upgrade,
        is_upgrade: upgrade,
    }
}
