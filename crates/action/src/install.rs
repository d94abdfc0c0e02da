//! `install`: the first revision of a release.

use std::sync::Arc;

use ironhelm_chart::Chart;
use ironhelm_plan::{Address, Change, GroupVersionKind, Object, Policy, aggregate, creation, parse_manifest, place};
use ironhelm_release::{
    Header, History, HookEvent, InstallBasis, Namespace, Release, ReleaseName, Revision, Status, Time,
};
use ironhelm_values::Values;
use serde_json::json;

use crate::compose::{Prepared, Rendering, prepare, release_context, render_live};
use crate::definitions::discover_with;
use crate::error::full_text;
use crate::events::Event;
use crate::execute::Mode;
use crate::outcome::{InstallError, Outcome};
use crate::ports::{Cluster, Discovery, Ports, Releases};
use crate::record::{Unrecorded, apply_method, fill, labels_after, new_release, record};
use crate::recovery::after_install;
use crate::request::{Applying, DryRun, OnFailure, Recording, ServerSide};
use crate::transition::{Transition, build_wanted};
use crate::wait::{WaitFor, Waiting, wait_ready};

/// What is asked of an install.
#[derive(Debug, Clone)]
pub struct InstallRequest {
    /// The release.
    pub name: ReleaseName,
    /// The namespace to install into.
    pub namespace: Namespace,
    /// The chart.
    pub chart: Arc<Chart>,
    /// The user's values.
    pub values: Values,
    /// How templates are run.
    pub rendering: Rendering,
    /// How objects reach the cluster.
    pub applying: Applying,
    /// What is waited for.
    pub waiting: Waiting,
    /// What is written into the record.
    pub recording: Recording,
    /// Whether hooks run.
    pub hooks: bool,
    /// What is done when it fails half way.
    pub on_failure: OnFailure,
    /// Leave the chart's `crds/` alone.
    pub skip_crds: bool,
    /// Create the namespace first.
    pub create_namespace: bool,
    /// Take a name over whose last revision is uninstalled or failed.
    pub replace: bool,
    /// Whether anything changes.
    pub dry_run: DryRun,
}

impl InstallRequest {
    /// Helm's defaults for everything but the name, the namespace and the chart.
    #[must_use]
    pub fn new(name: ReleaseName, namespace: Namespace, chart: Arc<Chart>) -> Self {
        Self {
            name,
            namespace,
            chart,
            values: Values::new(),
            rendering: Rendering::default(),
            applying: Applying::default(),
            waiting: Waiting::default(),
            recording: Recording::default(),
            hooks: true,
            on_failure: OnFailure::default(),
            skip_crds: false,
            create_namespace: false,
            replace: false,
            dry_run: DryRun::default(),
        }
    }

    fn server_side(&self) -> bool {
        self.applying.server_side != ServerSide::Off
    }
}

/// Installs a release.
///
/// # Errors
/// [`InstallError`]; once the record is stored, a failure is also written into it.
pub async fn install<C: Cluster, R: Releases>(
    request: &InstallRequest,
    undisturbed: &Ports<'_, C, R>,
) -> Result<Outcome, InstallError> {
    let cluster = undisturbed.interruptible();
    let ports = &undisturbed.on(&cluster);
    let discovery = ports.cluster.discover().await.map_err(InstallError::Cluster)?;
    let history = ports.releases.history(&request.name).await?;
    let basis = basis(request, &history)?;
    let prepared = prepare_chart(request)?;
    let discovery = define_kinds(request, &prepared, discovery, ports).await?;
    let mut release = compose(request, &prepared, basis.next_revision(), &discovery, ports).await?;
    let transition = transition(request, &release, &discovery)?;
    let plan = transition.plan(ports.cluster, ports.events).await?;
    if request.dry_run.is_on() {
        release.info.description = request.recording.description_or("Dry run complete");
        return Ok(Outcome::planned(release, plan, prepared.warnings));
    }
    create_namespace(request, &discovery, ports).await?;
    supersede_replaced(&basis, ports).await?;
    ports.releases.create(&release).await?;
    let applied = transition
        .carry_out(plan, &mut release, ports)
        .await
        .map_err(|broken| InstallError::from(broken.reason));
    let recorded = conclude(request, &mut release, applied.as_ref().err(), ports).await;
    match (applied, recorded) {
        (Ok(applied), Ok(())) => Ok(Outcome::applied(release, applied, prepared.warnings)),
        (Ok(_), Err(error)) => Err(InstallError::Unrecorded(Box::new(error))),
        (Err(failure), recorded) => {
            let failure = match recorded {
                Ok(()) => failure,
                Err(source) => InstallError::FailedUnrecorded {
                    original: Box::new(failure),
                    source: Box::new(source),
                },
            };
            Err(after_install(request, failure, undisturbed).await)
        }
    }
}

fn prepare_chart(request: &InstallRequest) -> Result<Prepared, InstallError> {
    if request.chart.is_library() {
        return Err(InstallError::Library);
    }
    Ok(prepare(&request.chart, request.values.clone(), &request.rendering)?)
}

/// The record as it is stored first: rendered, and nothing of it applied.
async fn compose<C: Cluster, R: Releases>(
    request: &InstallRequest,
    prepared: &Prepared,
    revision: Revision,
    discovery: &Discovery,
    ports: &Ports<'_, C, R>,
) -> Result<Release, InstallError> {
    let mut release = begin(request, prepared, ports);
    release.revision = revision;
    let context = release_context(&release, false);
    let rendered = render_live(
        prepared,
        &context,
        discovery,
        &request.rendering,
        request.dry_run,
        ports,
    )
    .await?;
    fill(&mut release, rendered);
    Ok(release)
}

/// Writes into the record how it went.
async fn conclude<C: Cluster, R: Releases>(
    request: &InstallRequest,
    release: &mut Release,
    failure: Option<&InstallError>,
    ports: &Ports<'_, C, R>,
) -> Result<(), Unrecorded> {
    match failure {
        None => release.set_status(Status::Deployed, request.recording.description_or("Install complete")),
        Some(error) => {
            let text = format!("Release \"{}\" failed: {}", release.name, full_text(error));
            release.set_status(Status::Failed, text);
        }
    }
    let mends = || format!("uninstall {}", release.name);
    record(release, Status::PendingInstall, mends, ports).await
}

/// Helm: a dry run does not mind a name that is taken.
fn basis<'h>(request: &InstallRequest, history: &'h History<Header>) -> Result<InstallBasis<'h, Header>, InstallError> {
    if request.dry_run.is_on() {
        return Ok(InstallBasis::Free);
    }
    InstallBasis::of(history, request.replace).map_err(InstallError::Name)
}

fn begin<C: Cluster, R: Releases>(request: &InstallRequest, prepared: &Prepared, ports: &Ports<'_, C, R>) -> Release {
    let now = Time::from(ports.surroundings.now());
    let mut release = new_release(&request.name, request.namespace.clone(), prepared);
    release.apply_method = Some(apply_method(request.server_side()));
    release.labels = labels_after(&std::collections::BTreeMap::new(), &request.recording.labels);
    release.info.first_deployed = Some(now.clone());
    release.info.last_deployed = Some(now);
    release.set_status(Status::PendingInstall, "Initial install underway");
    release
}

fn transition<'a>(
    request: &InstallRequest,
    release: &Release,
    discovery: &'a Discovery,
) -> Result<Transition<'a>, InstallError> {
    let wanted = build_wanted(release, discovery).map_err(InstallError::Manifest)?;
    let server_side = request.server_side();
    Ok(Transition {
        discovery,
        original: Vec::new(),
        wanted,
        name: release.name.clone(),
        namespace: release.namespace.clone(),
        policy: Policy {
            server_side,
            force_conflicts: request.applying.force_conflicts,
            force_replace: request.applying.force_replace,
            // Helm: an object that an install adopts may have been applied client-side before.
            migrate_to_server_side: server_side,
            ownership: request.applying.ownership(),
        },
        mode: Mode::Install,
        before: HookEvent::PreInstall,
        after: HookEvent::PostInstall,
        run_hooks: request.hooks,
        waiting: request.on_failure.waiting(request.waiting),
    })
}

/// Installs what is in `crds/`; what the cluster serves from then on.
async fn define_kinds<C: Cluster, R: Releases>(
    request: &InstallRequest,
    prepared: &Prepared,
    discovery: Arc<Discovery>,
    ports: &Ports<'_, C, R>,
) -> Result<Arc<Discovery>, InstallError> {
    let crds = prepared.chart.crds();
    if request.skip_crds || crds.is_empty() || request.dry_run.is_on() {
        return Ok(discovery);
    }
    ports
        .events
        .tell(Event::Phase("installing custom resource definitions"));
    let (mut addresses, mut defined) = (Vec::new(), Vec::new());
    for crd in &crds {
        let failure = |reason: String| InstallError::Crd {
            path: crd.file.name.clone(),
            reason,
        };
        let text = String::from_utf8_lossy(&crd.file.data);
        let objects = parse_manifest(&text).map_err(|error| failure(error.to_string()))?;
        if objects.is_empty() {
            return Err(failure("resources are empty".to_owned()));
        }
        let placed = place(objects, &discovery.kinds, request.namespace.as_str())
            .map_err(|unknown| failure(aggregate(unknown.iter().map(ToString::to_string).collect())))?;
        if let Some(flaw) = placed.iter().find_map(|placed| placed.address.flaw()) {
            return Err(failure(flaw));
        }
        for crd in placed {
            define(request, &crd.address, &crd.object, ports)
                .await
                .map_err(failure)?;
            addresses.push(crd.address);
            defined.push(crd.object);
        }
    }
    // Helm: by default it goes on at once, and the first custom resource may come too early.
    let until_established = Waiting {
        for_what: WaitFor::Ready { jobs: false },
        timeout: request.waiting.timeout,
    };
    let waited = wait_ready(addresses, &until_established, ports).await;
    waited.map_err(|error| InstallError::Crd {
        path: "crds/".to_owned(),
        reason: full_text(&error),
    })?;
    let discovered = discover_with(&defined, request.waiting.timeout, ports).await;
    discovered.map_err(InstallError::Cluster)
}

/// Helm: applied server-side, a definition that is there is updated; created client-side, it is left as it is.
async fn define<C: Cluster, R: Releases>(
    request: &InstallRequest,
    address: &Address,
    object: &Object,
    ports: &Ports<'_, C, R>,
) -> Result<(), String> {
    let policy = Policy {
        server_side: request.server_side(),
        force_conflicts: request.applying.force_conflicts,
        ..Policy::default()
    };
    let change = creation(object, &policy);
    match ports.cluster.change(address, &change).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_already_there() => Ok(()),
        Err(error) if matches!(change, Change::Apply { .. }) => Err(full_text(&crate::execute::StepError::Apply {
            address: Box::new(address.clone()),
            source: error,
        })),
        Err(error) => Err(error.to_string()),
    }
}

/// Helm: the namespace carries its name as a label and is no part of the release.
async fn create_namespace<C: Cluster, R: Releases>(
    request: &InstallRequest,
    discovery: &Discovery,
    ports: &Ports<'_, C, R>,
) -> Result<(), InstallError> {
    let kind = GroupVersionKind::new("v1", "Namespace");
    let (true, Some(resource)) = (request.create_namespace, discovery.kinds.find(&kind)) else {
        return Ok(());
    };
    let name = request.namespace.as_str();
    let metadata = json!({ "name": name, "labels": { "name": name } });
    let object = Object::try_from(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata }));
    let Ok(object) = object else { return Ok(()) };
    let address = Address {
        resource: resource.clone(),
        namespace: None,
        name: name.to_owned(),
    };
    let policy = Policy {
        server_side: request.server_side(),
        ..Policy::default()
    };
    match ports.cluster.change(&address, &creation(&object, &policy)).await {
        Err(error) if !error.is_already_there() => Err(InstallError::Namespace {
            namespace: name.to_owned(),
            source: error,
        }),
        _ => Ok(()),
    }
}

/// `--replace`: the revision whose name is taken over becomes history.
async fn supersede_replaced<C: Cluster, R: Releases>(
    basis: &InstallBasis<'_, Header>,
    ports: &Ports<'_, C, R>,
) -> Result<(), InstallError> {
    let InstallBasis::AfterUninstalled { last } = basis else {
        return Ok(());
    };
    let mut release = ports.releases.read(last).await?;
    release.set_status(Status::Superseded, InstallBasis::<Header>::SUPERSEDED_BY_NEW);
    Ok(ports.releases.update(&release).await?)
}
