//! Verbs on a cluster and a store that stumble.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::executor::block_on;
use ironhelm::chart::{Chart, File, LoadOptions, load_files};
use ironhelm::plan::{Address, Change, Object, ResourceKind};
use ironhelm::release::{Header, History, Release, ReleaseError, ReleaseName, Revision, Status};
use ironhelm::{
    Cluster, ClusterError, Discovery, Done, Engine, InstallRequest, Releases, RollbackRequest, Sandbox,
    SandboxReleases, Seen, UpgradeRequest, WaitFor, Which, full_text,
};
use serde_json::{Value, json};

const NAMESPACE: &str = "default";

#[test]
fn a_server_that_stumbles_while_objects_are_waited_for_is_asked_again() {
    for fault in [api(503), api(429), api(500), silent()] {
        let cluster = Stumbling::default();
        cluster.script().get_faults = vec![fault.clone(); 3];
        let waited = install(&cluster, &[DEPLOYMENT], 30);
        assert_eq!(waited, Ok(Status::Deployed), "{fault}");
        assert!(cluster.script().get_faults.is_empty(), "{fault}");
    }
}

#[test]
fn what_a_server_refuses_for_good_ends_the_wait() {
    let cluster = Stumbling::default();
    cluster.script().get_faults = vec![api(403)];
    assert_eq!(install(&cluster, &[DEPLOYMENT], 30), Err("HTTP 403".to_owned()));
}

#[test]
fn a_server_that_does_not_come_back_ends_the_wait_at_the_deadline() {
    let cluster = Stumbling::default();
    cluster.script().get_faults = vec![silent(); 10_000];
    let failure = install(&cluster, &[DEPLOYMENT], 1).expect_err("it never answers");
    assert_eq!(
        failure,
        "resource Deployment/default/web not ready. status: InProgress, message: kubernetes cluster unreachable: \
         connection reset\ncontext deadline exceeded"
    );
}

#[test]
fn a_server_that_stumbles_while_a_hook_runs_is_asked_again() {
    let cluster = Stumbling::default();
    cluster.script().follow_faults = vec![silent(), api(500)];
    assert_eq!(install(&cluster, &[HOOK], 30), Ok(Status::Deployed));
    assert!(cluster.script().follow_faults.is_empty());
}

#[test]
fn an_object_that_has_failed_may_recover_as_long_as_others_progress() {
    let (failed, progressing) = (
        json!({ "observedGeneration": 1, "conditions": [{ "type": "Progressing", "reason": "ProgressDeadlineExceeded" }] }),
        json!({ "observedGeneration": 1, "replicas": 0 }),
    );
    let ready = json!({
        "observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
        "conditions": [{ "type": "Available", "status": "True" }],
    });
    let lost = "resource Deployment/default/web not ready. status: Failed, message: Progress deadline exceeded";
    let cases = [
        (
            [&failed, &failed, &ready],
            [&progressing, &progressing, &ready],
            Ok(Status::Deployed),
        ),
        (
            [&failed, &failed, &failed],
            [&progressing, &progressing, &ready],
            Err(lost.to_owned()),
        ),
        (
            [&failed, &failed, &failed],
            [&ready, &ready, &ready],
            Err(lost.to_owned()),
        ),
    ];
    for (web, other, expected) in cases {
        let cluster = Stumbling::default();
        let states = |states: [&Value; 3]| states.into_iter().cloned().collect::<VecDeque<_>>();
        cluster.script().states = [("web".to_owned(), states(web)), ("other".to_owned(), states(other))].into();
        assert_eq!(install(&cluster, &[DEPLOYMENT, OTHER], 30), expected);
    }
}

#[test]
fn a_store_that_refuses_once_is_asked_again() {
    let (engine, refusals) = refusing();
    install_on(&engine, DEPLOYMENT).expect("it installs");
    *refusals.lock().expect("nobody panicked") = 2;
    block_on(engine.upgrade(&UpgradeRequest::new(name(), chart(&[OTHER])))).expect("it upgrades");
    assert_eq!(statuses(&engine), [Status::Superseded, Status::Deployed]);
}

#[test]
fn a_store_that_refuses_for_good_is_told_with_the_command_that_mends_it() {
    let (engine, refusals) = refusing();
    let forever = || *refusals.lock().expect("nobody panicked") = 1000;
    let never = || *refusals.lock().expect("nobody panicked") = 0;
    let broken = "apiVersion: v1\nkind: Service\nmetadata: {name: z, namespace: nowhere}\n";
    let text = |revision, stored, status, mends| {
        format!(
            "revision {revision} of release web is stored as {stored} although it is {status}, for the record could \
             not be written; `{mends}` ends that state: update: failed to update: no space left"
        )
    };
    forever();
    let failure = install_on(&engine, DEPLOYMENT).expect_err("the store refuses");
    assert_eq!(failure, text(1, "pending-install", "deployed", "uninstall web"));
    never();
    block_on(engine.uninstall(&ironhelm::UninstallRequest::new(name()))).expect("that mends it");
    install_on(&engine, DEPLOYMENT).expect("it installs");
    forever();
    let upgrade = |manifest| block_on(engine.upgrade(&UpgradeRequest::new(name(), chart(&[manifest]))));
    let failure = full_text(&upgrade(OTHER).expect_err("the store refuses"));
    assert_eq!(failure, text(2, "pending-upgrade", "deployed", "rollback web 1"));
    let rollback = || {
        let request = RollbackRequest {
            to: Some(Revision::FIRST),
            ..RollbackRequest::new(name())
        };
        block_on(engine.rollback(&request))
    };
    let failure = full_text(&rollback().expect_err("the store refuses"));
    assert_eq!(failure, text(3, "pending-rollback", "deployed", "rollback web 1"));
    never();
    rollback().expect("that mends it");
    forever();
    let failure = full_text(&upgrade(broken).expect_err("the store refuses"));
    assert!(failure.starts_with("failed to create resource: "), "{failure}");
    assert!(
        failure.ends_with(&text(5, "pending-upgrade", "failed", "rollback web 4")),
        "{failure}"
    );
}

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1}\n";
const OTHER: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\nspec: {replicas: 1}\n";
const HOOK: &str =
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: pre-install}}\nspec: {}\n";

fn api(code: u16) -> ClusterError {
    ClusterError::Api {
        code,
        reason: "Test".to_owned(),
        message: format!("HTTP {code}"),
    }
}

fn silent() -> ClusterError {
    ClusterError::Unreachable {
        reason: "connection reset".to_owned(),
    }
}

/// What goes wrong once something has been changed.
#[derive(Default)]
struct Script {
    changed: bool,
    get_faults: Vec<ClusterError>,
    follow_faults: Vec<ClusterError>,
    /// By name, the states that are shown one after the other; the last one stays.
    states: BTreeMap<String, VecDeque<Value>>,
}

#[derive(Clone, Default)]
struct Stumbling {
    sandbox: Sandbox,
    script: Arc<Mutex<Script>>,
}

impl Stumbling {
    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().expect("nobody panicked")
    }
}

impl Cluster for Stumbling {
    async fn discover(&self) -> Result<Arc<Discovery>, ClusterError> {
        self.sandbox.discover().await
    }

    fn forget(&self) {}

    async fn get(&self, address: &Address) -> Result<Option<Object>, ClusterError> {
        let state = {
            let mut script = self.script();
            if script.changed
                && let Some(fault) = script.get_faults.pop()
            {
                return Err(fault);
            }
            let states = script.states.get_mut(&address.name);
            states.and_then(|states| {
                if states.len() > 1 {
                    states.pop_front()
                } else {
                    states.front().cloned()
                }
            })
        };
        let mut live = self.sandbox.get(address).await?;
        if let (Some(live), Some(state)) = (&mut live, state) {
            live.fields_mut().insert("status".to_owned(), state);
        }
        Ok(live)
    }

    async fn list(&self, kind: &ResourceKind, namespace: Option<&str>, s: Option<&str>) -> Result<Value, ClusterError> {
        self.sandbox.list(kind, namespace, s).await
    }

    async fn table(&self, kind: &ResourceKind, namespace: Option<&str>, w: Which<'_>) -> Result<Value, ClusterError> {
        self.sandbox.table(kind, namespace, w).await
    }

    /// A hook's state is not told, so that it has to be followed.
    async fn change(&self, address: &Address, change: &Change) -> Result<Option<Object>, ClusterError> {
        self.script().changed = true;
        let changed = self.sandbox.change(address, change).await?;
        Ok(changed.filter(|object| object.kind() != "Job"))
    }

    async fn follow(
        &self,
        address: &Address,
        since: Option<&str>,
        at_most: Duration,
        done: Done<'_>,
    ) -> Result<(), ClusterError> {
        let fault = self.script().follow_faults.pop();
        match fault {
            Some(fault) => Err(fault),
            None => self.sandbox.follow(address, since, at_most, done).await,
        }
    }

    async fn changed(&self, seen: &[Seen<'_>], at_most: Duration) {
        self.sandbox.changed(seen, at_most.min(Duration::from_millis(20))).await;
    }

    async fn logs(&self, namespace: &str, pod: &str, container: &str) -> Result<String, ClusterError> {
        self.sandbox.logs(namespace, pod, container).await
    }
}

/// A store that refuses to rewrite records that are not pending.
#[derive(Clone)]
struct Refusing {
    store: SandboxReleases,
    refusals: Arc<Mutex<u32>>,
}

impl Releases for Refusing {
    async fn history(&self, name: &ReleaseName) -> Result<History<Header>, ReleaseError> {
        self.store.history(name).await
    }

    async fn list(&self, everywhere: bool) -> Result<Vec<Header>, ReleaseError> {
        self.store.list(everywhere).await
    }

    async fn read(&self, header: &Header) -> Result<Release, ReleaseError> {
        self.store.read(header).await
    }

    async fn create(&self, release: &Release) -> Result<(), ReleaseError> {
        self.store.create(release).await
    }

    async fn update(&self, release: &Release) -> Result<(), ReleaseError> {
        {
            let mut refusals = self.refusals.lock().expect("nobody panicked");
            let last_word = matches!(release.info.status, Status::Deployed | Status::Failed);
            if last_word && *refusals > 0 {
                *refusals -= 1;
                return Err(ReleaseError::Update {
                    source: "no space left".into(),
                });
            }
        }
        self.store.update(release).await
    }

    async fn delete(&self, name: &ReleaseName, revision: Revision) -> Result<(), ReleaseError> {
        self.store.delete(name, revision).await
    }
}

fn refusing() -> (Engine<Stumbling, Refusing>, Arc<Mutex<u32>>) {
    let cluster = Stumbling::default();
    let refusals = Arc::default();
    let store = Refusing {
        store: cluster.sandbox.releases(NAMESPACE),
        refusals: Arc::clone(&refusals),
    };
    (Engine::new(cluster, store), refusals)
}

fn install(cluster: &Stumbling, manifests: &[&str], seconds: u64) -> Result<Status, String> {
    let engine = Engine::new(cluster.clone(), cluster.sandbox.releases(NAMESPACE));
    let mut request = InstallRequest::new(name(), NAMESPACE.into(), chart(manifests));
    request.waiting.for_what = WaitFor::Ready { jobs: false };
    request.waiting.timeout = Duration::from_secs(seconds);
    let outcome = block_on(engine.install(&request)).map_err(|error| full_text(&error))?;
    Ok(outcome.release.info.status)
}

fn install_on<R: Releases>(engine: &Engine<Stumbling, R>, manifest: &str) -> Result<(), String> {
    let request = InstallRequest::new(name(), NAMESPACE.into(), chart(&[manifest]));
    let outcome = block_on(engine.install(&request));
    outcome.map(|_| ()).map_err(|error| full_text(&error))
}

fn statuses<R: Releases>(engine: &Engine<Stumbling, R>) -> Vec<Status> {
    let history = block_on(engine.history(&name())).expect("the store answers");
    let records = block_on(engine.read(history.revisions())).expect("the records are good");
    records.into_iter().map(|release| release.info.status).collect()
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
