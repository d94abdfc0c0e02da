//! The verbs on a cluster in memory.

use std::sync::{Arc, Mutex};

use futures::executor::block_on;
use ironhelm::chart::{Chart, File, LoadOptions, load_files};
use ironhelm::plan::Action;
use ironhelm::release::{Release, ReleaseName, Status};
use ironhelm::{
    Engine, Event, Events, InstallRequest, Objects, Outcome, RollbackRequest, Sandbox, SandboxReleases,
    UninstallRequest, UpgradeRequest, full_text,
};
use serde_json::json;

type Memory = Engine<Sandbox, SandboxReleases>;

const NAMESPACE: &str = "shop";

#[test]
fn a_release_lives_through_install_upgrade_and_rollback() {
    let engine = engine();
    install(
        &engine,
        &chart("1.0.0", &[("a.yaml", &config_map("a", "{{ .Values.color }}"))]),
    )
    .expect("it installs");
    let upgraded = upgrade(
        &engine,
        &chart("1.1.0", &[("a.yaml", &config_map("a", "{{ .Values.color }}!"))]),
        &[("color", "blue")],
    );
    assert_eq!(upgraded.expect("it upgrades").release.revision.number(), 2);
    assert_eq!(live(&engine, "a")["data"]["text"], "blue!");
    block_on(engine.rollback(&RollbackRequest::new(name()))).expect("it rolls back");
    assert_eq!(live(&engine, "a")["data"]["text"], "red");
    let history: Vec<(u32, Status, String)> = records(&engine)
        .into_iter()
        .map(|release| (release.revision.number(), release.info.status, release.info.description))
        .collect();
    assert_eq!(
        history,
        [
            (1, Status::Superseded, "Install complete".to_owned()),
            (2, Status::Superseded, "Upgrade complete".to_owned()),
            (3, Status::Deployed, "Rollback to 1".to_owned()),
        ]
    );
}

#[test]
fn what_leaves_the_chart_is_deleted_unless_its_policy_keeps_it() {
    let engine = engine();
    let kept = config_map("kept", "x").replace(
        "name: kept",
        "name: kept\n  annotations: {helm.sh/resource-policy: keep}",
    );
    let old = chart(
        "1.0.0",
        &[
            ("gone.yaml", &config_map("gone", "x")),
            ("kept.yaml", &kept),
            ("a.yaml", &config_map("a", "x")),
        ],
    );
    install(&engine, &old).expect("it installs");
    let outcome = upgrade(&engine, &chart("1.1.0", &[("a.yaml", &config_map("a", "x"))]), &[]).expect("it upgrades");
    assert_eq!(
        actions(&outcome),
        [
            ("a".to_owned(), Action::Update),
            ("gone".to_owned(), Action::Delete),
            ("kept".to_owned(), Action::Keep),
        ]
    );
    assert!(live(&engine, "gone").is_null());
    assert!(!live(&engine, "kept").is_null());
}

#[test]
fn client_side_an_object_that_does_not_change_is_not_sent() {
    let engine = engine();
    let chart = chart("1.0.0", &[("a.yaml", &config_map("a", "x"))]);
    let mut request = InstallRequest::new(name(), NAMESPACE.into(), Arc::clone(&chart));
    request.create_namespace = true;
    request.applying.server_side = ironhelm::ServerSide::Off;
    block_on(engine.install(&request)).expect("it installs");
    let outcome = upgrade(&engine, &chart, &[]).expect("it upgrades");
    assert_eq!(actions(&outcome), [("a".to_owned(), Action::Unchanged)]);
}

#[test]
fn an_object_of_somebody_else_stops_the_install_before_anything_is_stored() {
    let engine = engine();
    install(&engine, &chart("1.0.0", &[("a.yaml", &config_map("a", "x"))])).expect("it installs");
    let mut other = InstallRequest::new(
        "other".parse().expect("a good name"),
        NAMESPACE.into(),
        chart("1.0.0", &[("a.yaml", &config_map("a", "y"))]),
    );
    let failure = block_on(engine.install(&other)).expect_err("the object has an owner");
    assert_eq!(
        full_text(&failure),
        "unable to continue with install: ConfigMap \"a\" in namespace \"shop\" exists and cannot be imported into the current \
         release: invalid ownership metadata; annotation validation error: key \"meta.helm.sh/release-name\" must equal \
         \"other\": current value is \"web\""
    );
    assert!(
        block_on(engine.history(&other.name))
            .expect("the store answers")
            .is_empty()
    );
    other.applying.take_ownership = true;
    block_on(engine.install(&other)).expect("it takes the object over");
    assert_eq!(
        live(&engine, "a")["metadata"]["annotations"]["meta.helm.sh/release-name"],
        "other"
    );
}

#[test]
fn an_upgrade_that_fails_half_way_is_recorded_and_repaired_by_the_next() {
    let engine = engine();
    install(&engine, &chart("1.0.0", &[("a.yaml", &config_map("a", "1"))])).expect("it installs");
    let lost = config_map("z", "x").replace("name: z", "name: z\n  namespace: nowhere");
    let broken = chart("1.1.0", &[("a.yaml", &config_map("a", "2")), ("z.yaml", &lost)]);
    let failure = upgrade(&engine, &broken, &[]).expect_err("the namespace is not there");
    assert!(
        full_text(&failure).contains("namespaces \"nowhere\" not found"),
        "{}",
        full_text(&failure)
    );
    let last = records(&engine).pop().expect("there is a record");
    assert_eq!((last.revision.number(), last.info.status), (2, Status::Failed));
    assert!(
        last.info.description.starts_with("Upgrade \"web\" failed: "),
        "{}",
        last.info.description
    );
    upgrade(&engine, &chart("1.2.0", &[("a.yaml", &config_map("a", "3"))]), &[]).expect("the next one repairs it");
    assert_eq!(live(&engine, "a")["data"]["text"], "3");
}

#[test]
fn hooks_run_by_weight_and_their_runs_are_recorded() {
    let hook = |name: &str, weight: i32| {
        let annotations = format!("annotations: {{helm.sh/hook: pre-install, helm.sh/hook-weight: \"{weight}\"}}");
        format!("apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n  {annotations}\n")
    };
    let audience = Arc::new(Audience::default());
    let engine = engine().with_events(Arc::clone(&audience) as Arc<dyn Events>);
    let templates = [("first.yaml", hook("first", 5)), ("second.yaml", hook("second", -5))];
    let templates: Vec<(&str, &str)> = templates.iter().map(|(name, text)| (*name, text.as_str())).collect();
    install(&engine, &chart("1.0.0", &templates)).expect("it installs");
    assert_eq!(*audience.hooks.lock().expect("nobody panicked"), ["second", "first"]);
    let release = records(&engine).pop().expect("there is a record");
    assert!(release.hooks.iter().all(|hook| hook.last_run.completed_at.is_some()));
}

#[test]
fn templates_look_up_live_objects_and_again_what_these_name() {
    let engine = engine();
    install(
        &engine,
        &chart(
            "1.0.0",
            &[("a.yaml", &config_map("a", "b")), ("b.yaml", &config_map("b", "end"))],
        ),
    )
    .expect("it installs");
    let chained = "{{ $a := lookup \"v1\" \"ConfigMap\" .Release.Namespace \"a\" }}{{ $b := lookup \"v1\" \"ConfigMap\" \
                   .Release.Namespace (dig \"data\" \"text\" \"none\" $a) }}{{ dig \"data\" \"text\" \"nothing\" $b }}";
    let next = chart(
        "1.1.0",
        &[
            ("a.yaml", &config_map("a", "b")),
            ("b.yaml", &config_map("b", "end")),
            ("c.yaml", &config_map("c", chained)),
        ],
    );
    upgrade(&engine, &next, &[]).expect("it upgrades");
    assert_eq!(live(&engine, "c")["data"]["text"], "end");
}

#[test]
fn a_pending_revision_blocks_an_upgrade() {
    let engine = engine();
    let chart = chart("1.0.0", &[("a.yaml", &config_map("a", "x"))]);
    install(&engine, &chart).expect("it installs");
    let mut pending = records(&engine).pop().expect("there is a record");
    pending.info.status = Status::PendingUpgrade;
    block_on(ironhelm::Releases::update(
        &engine.cluster().releases(NAMESPACE),
        &pending,
    ))
    .expect("the store takes it");
    let failure = upgrade(&engine, &chart, &[]).expect_err("it is pending");
    assert_eq!(
        full_text(&failure),
        "another operation (install/upgrade/rollback) is in progress"
    );
}

#[test]
fn an_uninstall_leaves_nothing_but_what_is_kept() {
    let engine = engine();
    let kept = config_map("kept", "x").replace(
        "name: kept",
        "name: kept\n  annotations: {helm.sh/resource-policy: keep}",
    );
    install(
        &engine,
        &chart("1.0.0", &[("kept.yaml", &kept), ("a.yaml", &config_map("a", "x"))]),
    )
    .expect("it installs");
    let done = block_on(engine.uninstall(&UninstallRequest::new(name()))).expect("it uninstalls");
    assert_eq!(
        done.kept
            .iter()
            .map(|address| address.name.as_str())
            .collect::<Vec<_>>(),
        ["kept"]
    );
    assert!(live(&engine, "a").is_null());
    assert!(records(&engine).is_empty());
}

#[test]
fn a_dry_run_changes_nothing() {
    let engine = engine();
    let chart = chart("1.0.0", &[("a.yaml", &config_map("a", "x"))]);
    install(&engine, &chart).expect("it installs");
    let before = engine.cluster().objects();
    let mut request = UpgradeRequest::new(name(), chart);
    request.values.insert("color".to_owned(), json!("green"));
    request.dry_run = ironhelm::DryRun::Server;
    let outcome = block_on(engine.upgrade(&request)).expect("it is planned");
    assert!(matches!(outcome.objects, Objects::Planned(_)));
    assert_eq!(engine.cluster().objects(), before);
}

#[test]
fn a_hook_without_a_name_deletes_nothing() {
    let engine = engine();
    install(&engine, &chart("1.0.0", &[("a.yaml", &config_map("a", "x"))])).expect("it installs");
    let hook =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: h-\n  annotations: {helm.sh/hook: pre-upgrade}\n";
    let next = chart("1.1.0", &[("a.yaml", &config_map("a", "x")), ("h.yaml", hook)]);
    let failure = upgrade(&engine, &next, &[]).expect_err("server-side apply needs a name");
    assert!(
        full_text(&failure).contains("resource name may not be empty"),
        "{}",
        full_text(&failure)
    );
    assert!(!live(&engine, "a").is_null());
}

#[test]
fn an_adopted_object_keeps_what_only_the_cluster_knows() {
    let engine = engine();
    let chart = chart("1.0.0", &[("a.yaml", &config_map("a", "new"))]);
    install(&engine, &chart).expect("it installs");
    let mut first = records(&engine).pop().expect("there is a record");
    first.manifest = String::new();
    first.apply_method = None;
    block_on(ironhelm::Releases::update(
        &engine.cluster().releases(NAMESPACE),
        &first,
    ))
    .expect("the store takes it");
    let before = live(&engine, "a");
    upgrade(&engine, &chart, &[]).expect("it upgrades");
    assert_eq!(live(&engine, "a"), before);
}

#[derive(Default)]
struct Audience {
    hooks: Mutex<Vec<String>>,
}

impl Events for Audience {
    fn tell(&self, event: Event<'_>) {
        if let Event::HookSucceeded { hook, .. } = event {
            self.hooks.lock().expect("nobody panicked").push(hook.name.clone());
        }
    }
}

fn engine() -> Memory {
    Engine::in_memory(NAMESPACE)
}

fn name() -> ReleaseName {
    "web".parse().expect("a good name")
}

fn chart(version: &str, templates: &[(&str, &str)]) -> Arc<Chart> {
    let file = |name: String, text: &str| File {
        name,
        data: text.as_bytes().into(),
        modified: None,
    };
    let mut files = vec![
        file(
            "Chart.yaml".to_owned(),
            &format!("apiVersion: v2\nname: web\nversion: {version}\n"),
        ),
        file("values.yaml".to_owned(), "color: red\n"),
    ];
    files.extend(
        templates
            .iter()
            .map(|(name, text)| file(format!("templates/{name}"), text)),
    );
    Arc::new(load_files(files, &LoadOptions::default()).expect("a good chart").chart)
}

/// A ConfigMap with this text, which may hold template actions.
fn config_map(name: &str, text: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  text: '{text}'\n")
}

fn install(engine: &Memory, chart: &Arc<Chart>) -> Result<Outcome, ironhelm::InstallError> {
    let mut request = InstallRequest::new(name(), NAMESPACE.into(), Arc::clone(chart));
    request.create_namespace = true;
    block_on(engine.install(&request))
}

fn upgrade(engine: &Memory, chart: &Arc<Chart>, values: &[(&str, &str)]) -> Result<Outcome, ironhelm::UpgradeError> {
    let mut request = UpgradeRequest::new(name(), Arc::clone(chart));
    request
        .values
        .extend(values.iter().map(|(key, value)| ((*key).to_owned(), json!(value))));
    block_on(engine.upgrade(&request))
}

fn live(engine: &Memory, name: &str) -> serde_json::Value {
    let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps/{name}");
    engine.cluster().objects().get(&path).cloned().unwrap_or_default()
}

fn records(engine: &Memory) -> Vec<Release> {
    let history = block_on(engine.history(&name())).expect("the store answers");
    block_on(engine.read(history.revisions())).expect("the records are good")
}

fn actions(outcome: &Outcome) -> Vec<(String, Action)> {
    match &outcome.objects {
        Objects::Applied(applied) => applied
            .outcomes
            .iter()
            .map(|(address, action)| (address.name.clone(), *action))
            .collect(),
        Objects::Planned(_) => Vec::new(),
    }
}
