//! What verbs leave behind when they fail half way, or are cancelled.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::channel::oneshot;
use futures::executor::block_on;
use ironhelm::chart::{Chart, File, LoadOptions, load_files};
use ironhelm::release::{Release, ReleaseName, Status};
use ironhelm::{
    Cancellation, Engine, Event, Events, InstallError, InstallRequest, OnFailure, Outcome, RollbackRequest, Sandbox,
    SandboxReleases, ServerSide, UpgradeError, UpgradeRequest, WaitFor, full_text,
};

type Memory = Engine<Sandbox, SandboxReleases>;

const NAMESPACE: &str = "shop";
const LOST: &str = "failed to create resource: server-side apply failed for object nowhere/z /v1, Kind=Service: \
                    namespaces \"nowhere\" not found";

#[test]
fn an_upgrade_is_rolled_back_to_the_newest_revision_that_worked() {
    let engine = installed();
    upgrade(&engine, &broken("2"), OnFailure::Leave).expect_err("it is broken");
    let failure = upgrade(&engine, &broken("3"), OnFailure::RollBack).expect_err("it is broken");
    assert_eq!(
        full_text(&failure),
        format!("release web failed, and has been rolled back due to rollback-on-failure being set: {LOST}")
    );
    let failed = format!("Upgrade \"web\" failed: {LOST}");
    assert_eq!(
        history(&engine),
        [
            (Status::Superseded, "Install complete".to_owned()),
            (Status::Failed, failed.clone()),
            (Status::Failed, failed),
            (Status::Deployed, "Rollback to 1".to_owned()),
        ]
    );
    assert_eq!(config_maps(&engine), [("a".to_owned(), "1".to_owned())]);
}

#[test]
fn without_a_revision_that_worked_there_is_no_way_back() {
    let engine = empty();
    let failure = install(&engine, &broken("1"), OnFailure::Leave).expect_err("it is broken");
    assert!(
        !full_text(&failure).contains("failed to create"),
        "{}",
        full_text(&failure)
    );
    let failure = upgrade(&engine, &broken("2"), OnFailure::RollBack).expect_err("it is broken");
    assert_eq!(
        full_text(&failure),
        format!(
            "unable to find a previously successful release when attempting to rollback. original upgrade error: {LOST}"
        )
    );
    assert_eq!(statuses(&engine), [Status::Failed, Status::Failed]);
}

#[test]
fn a_way_back_that_is_blocked_is_told_with_both_reasons() {
    let engine = installed();
    let mut request = UpgradeRequest::new(name(), broken("2"));
    request.applying.server_side = ServerSide::Off;
    block_on(engine.upgrade(&request)).expect_err("it is broken");
    request.applying.server_side = ServerSide::Auto;
    request.applying.force_replace = true;
    request.on_failure = OnFailure::RollBack;
    let failure = block_on(engine.upgrade(&request)).expect_err("it is broken");
    assert_eq!(
        full_text(&failure),
        "an error occurred while rolling back the release. original upgrade error: failed to create resource: \
         namespaces \"nowhere\" not found: invalid operation: cannot use server-side apply and force replace together"
    );
    assert_eq!(statuses(&engine), [Status::Deployed, Status::Failed, Status::Failed]);
}

#[test]
fn a_failed_install_is_uninstalled() {
    let engine = empty();
    let failure = install(&engine, &broken("1"), OnFailure::RollBack).expect_err("it is broken");
    let lost = LOST.trim_start_matches("failed to create resource: ");
    assert_eq!(
        full_text(&failure),
        format!("release web failed, and has been uninstalled due to rollback-on-failure being set: {lost}")
    );
    assert!(history(&engine).is_empty());
    assert!(config_maps(&engine).is_empty());
}

#[test]
fn whoever_would_roll_back_waits_until_everything_is_ready() {
    let engine = installed();
    let mut request = UpgradeRequest::new(name(), chart(&[&config_map("new", "x"), UNREADY]));
    request.waiting.timeout = Duration::from_millis(1);
    block_on(engine.upgrade(&request)).expect("nobody waits");
    block_on(engine.rollback(&RollbackRequest::new(name()))).expect("it rolls back");
    request.on_failure = OnFailure::RollBack;
    let failure = block_on(engine.upgrade(&request)).expect_err("it never gets ready");
    assert!(
        full_text(&failure).starts_with(
            "release web failed, and has been rolled back due to rollback-on-failure being set: resource Service/shop/u \
             not ready. status: InProgress, message: "
        ),
        "{}",
        full_text(&failure)
    );
    assert_eq!(statuses(&engine)[3..], [Status::Failed, Status::Deployed]);
    assert_eq!(config_maps(&engine), [("a".to_owned(), "1".to_owned())]);
}

#[test]
fn what_a_failed_upgrade_created_is_deleted_on_request() {
    for (cleanup_on_fail, left) in [(false, ["a", "new"].as_slice()), (true, &["a"])] {
        let engine = installed();
        let request = UpgradeRequest {
            cleanup_on_fail,
            ..UpgradeRequest::new(name(), broken("2"))
        };
        let failure = block_on(engine.upgrade(&request)).expect_err("it is broken");
        assert_eq!(full_text(&failure), LOST);
        assert_eq!(names(&engine), left);
        assert_eq!(statuses(&engine), [Status::Deployed, Status::Failed]);
    }
}

#[test]
fn what_a_failed_rollback_created_is_deleted_on_request() {
    let engine = installed();
    let mut first = UpgradeRequest::new(name(), broken("2"));
    first.cleanup_on_fail = true;
    block_on(engine.upgrade(&first)).expect_err("it is broken");
    for (cleanup_on_fail, left) in [(true, ["a"].as_slice()), (false, &["a", "new"])] {
        let request = RollbackRequest {
            to: records(&engine).get(1).map(|release| release.revision),
            cleanup_on_fail,
            ..RollbackRequest::new(name())
        };
        let failure = block_on(engine.rollback(&request)).expect_err("it is broken");
        assert_eq!(full_text(&failure), LOST);
        assert_eq!(names(&engine), left);
        let last = history(&engine).pop().expect("there is a record");
        assert_eq!(last, (Status::Failed, format!("Rollback \"web\" failed: {LOST}")));
    }
}

#[test]
fn a_cancelled_upgrade_sends_nothing_more_and_is_recorded() {
    let engine = installed();
    let cancelled = engine.clone().cancelled_at("ConfigMap");
    let failure = upgrade(&cancelled, &two_kinds(), OnFailure::Leave).expect_err("it is cancelled");
    assert_eq!(full_text(&failure), "context canceled");
    assert_eq!(config_maps(&engine), [("a".to_owned(), "2".to_owned())]);
    assert!(
        !engine
            .cluster()
            .objects()
            .keys()
            .any(|path| path.contains("/services/"))
    );
    assert_eq!(
        history(&engine),
        [
            (Status::Deployed, "Install complete".to_owned()),
            (Status::Failed, "Upgrade \"web\" failed: context canceled".to_owned()),
        ]
    );
    upgrade(&engine, &two_kinds(), OnFailure::Leave).expect("nothing is pending");
}

#[test]
fn a_cancelled_upgrade_is_rolled_back_on_request() {
    let engine = installed();
    let cancelled = engine.clone().cancelled_at("ConfigMap");
    let failure = upgrade(&cancelled, &two_kinds(), OnFailure::RollBack).expect_err("it is cancelled");
    assert_eq!(
        full_text(&failure),
        "release web failed, and has been rolled back due to rollback-on-failure being set: context canceled"
    );
    assert_eq!(
        statuses(&engine),
        [Status::Superseded, Status::Failed, Status::Deployed]
    );
    assert_eq!(config_maps(&engine), [("a".to_owned(), "1".to_owned())]);
}

#[test]
fn a_cancelled_wait_ends_at_once() {
    let engine = installed();
    let cancelled = engine.clone().cancelled_at("Service");
    let mut request = UpgradeRequest::new(name(), chart(&[UNREADY]));
    request.waiting.for_what = WaitFor::Ready { jobs: false };
    let failure = block_on(cancelled.upgrade(&request)).expect_err("it is cancelled");
    assert_eq!(full_text(&failure), "context canceled");
    assert_eq!(statuses(&engine), [Status::Deployed, Status::Failed]);
}

#[test]
fn a_cancelled_install_is_recorded() {
    let engine = empty();
    let cancelled = engine.clone().cancelled_at("ConfigMap");
    let failure = install(&cancelled, &two_kinds(), OnFailure::Leave).expect_err("it is cancelled");
    assert_eq!(full_text(&failure), "context canceled");
    assert_eq!(
        history(&engine),
        [(Status::Failed, "Release \"web\" failed: context canceled".to_owned())]
    );
}

#[test]
fn a_cancelled_rollback_is_recorded_and_what_was_deployed_stays_so() {
    let engine = installed();
    upgrade(&engine, &chart(&[&config_map("b", "2")]), OnFailure::Leave).expect("it upgrades");
    upgrade(&engine, &two_kinds(), OnFailure::Leave).expect("it upgrades");
    upgrade(&engine, &chart(&[&config_map("b", "3")]), OnFailure::Leave).expect("it upgrades");
    let request = RollbackRequest::new(name());
    let cancelled = engine.clone().cancelled_at("ConfigMap");
    let failure = block_on(cancelled.rollback(&request)).expect_err("it is cancelled");
    assert_eq!(full_text(&failure), "context canceled");
    assert_eq!(
        history(&engine)[3..],
        [
            (Status::Deployed, "Upgrade complete".to_owned()),
            (Status::Failed, "Rollback \"web\" failed: context canceled".to_owned()),
        ]
    );
}

#[test]
fn what_is_cancelled_before_it_begins_leaves_no_trace() {
    let engine = installed();
    let before = engine.cluster().objects();
    let cancelled = engine.clone().with_cancellation(Cancellation::when(async {}));
    let failure = upgrade(&cancelled, &two_kinds(), OnFailure::RollBack).expect_err("it is cancelled");
    assert_eq!(full_text(&failure), "context canceled");
    assert_eq!(engine.cluster().objects(), before);
    assert_eq!(statuses(&engine), [Status::Deployed]);
}

/// Cancels as soon as an object of one kind is brought to the cluster.
struct Impatient {
    kind: &'static str,
    signal: Mutex<Option<oneshot::Sender<()>>>,
}

impl Events for Impatient {
    fn tell(&self, event: Event<'_>) {
        if let Event::Object { address, .. } = event
            && address.resource.gvk.kind == self.kind
            && let Some(signal) = self.signal.lock().expect("nobody panicked").take()
        {
            signal.send(()).expect("somebody listens");
        }
    }
}

trait CancelledAt {
    fn cancelled_at(self, kind: &'static str) -> Self;
}

impl CancelledAt for Memory {
    fn cancelled_at(self, kind: &'static str) -> Self {
        let (signal, signalled) = oneshot::channel();
        let signal = Mutex::new(Some(signal));
        self.with_events(Arc::new(Impatient { kind, signal }))
            .with_cancellation(Cancellation::when(async move {
                signalled.await.expect("the sender lives");
            }))
    }
}

/// A Service that waits for an address that nobody gives it.
const UNREADY: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: u}\nspec: {type: LoadBalancer}\n";

fn empty() -> Memory {
    Engine::in_memory(NAMESPACE)
}

fn installed() -> Memory {
    let engine = empty();
    install(&engine, &chart(&[&config_map("a", "1")]), OnFailure::Leave).expect("it installs");
    engine
}

fn name() -> ReleaseName {
    "web".parse().expect("a good name")
}

fn chart(manifests: &[&str]) -> Arc<Chart> {
    let file = |name: &str, text: &str| File {
        name: name.to_owned(),
        data: text.as_bytes().into(),
        modified: None,
    };
    let files = vec![
        file("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        file("templates/all.yaml", &manifests.join("---\n")),
    ];
    Arc::new(load_files(files, &LoadOptions::default()).expect("a good chart").chart)
}

/// Two ConfigMaps, and then a Service that cannot be created.
fn broken(text: &str) -> Arc<Chart> {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: z, namespace: nowhere}\n";
    chart(&[&config_map("a", text), &config_map("new", "x"), service])
}

fn two_kinds() -> Arc<Chart> {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n";
    chart(&[&config_map("a", "2"), &config_map("new", "x"), service])
}

fn config_map(name: &str, text: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{text: '{text}'}}\n")
}

fn install(engine: &Memory, chart: &Arc<Chart>, on_failure: OnFailure) -> Result<Outcome, InstallError> {
    let request = InstallRequest {
        create_namespace: true,
        on_failure,
        ..InstallRequest::new(name(), NAMESPACE.into(), Arc::clone(chart))
    };
    block_on(engine.install(&request))
}

fn upgrade(engine: &Memory, chart: &Arc<Chart>, on_failure: OnFailure) -> Result<Outcome, UpgradeError> {
    let request = UpgradeRequest {
        on_failure,
        ..UpgradeRequest::new(name(), Arc::clone(chart))
    };
    block_on(engine.upgrade(&request))
}

fn records(engine: &Memory) -> Vec<Release> {
    let history = block_on(engine.history(&name())).expect("the store answers");
    block_on(engine.read(history.revisions())).expect("the records are good")
}

fn history(engine: &Memory) -> Vec<(Status, String)> {
    let records = records(engine).into_iter();
    records
        .map(|release| (release.info.status, release.info.description))
        .collect()
}

fn statuses(engine: &Memory) -> Vec<Status> {
    history(engine).into_iter().map(|(status, _)| status).collect()
}

/// Names and texts of the ConfigMaps that are there.
fn config_maps(engine: &Memory) -> Vec<(String, String)> {
    let objects = engine.cluster().objects();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let found = objects.iter().filter(|(path, _)| path.contains("/shop/configmaps/"));
    found
        .map(|(_, object)| (text(&object["metadata"]["name"]), text(&object["data"]["text"])))
        .collect()
}

fn names(engine: &Memory) -> Vec<String> {
    config_maps(engine).into_iter().map(|(name, _)| name).collect()
}
