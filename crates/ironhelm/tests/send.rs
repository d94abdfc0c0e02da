//! Verbs may be spawned: their futures can be sent between threads, on every kind of engine.

use ironhelm::{
    Cluster, Engine, InstallRequest, KubeCluster, Releases, RollbackRequest, Sandbox, SandboxReleases, Storage,
    UninstallRequest, UpgradeRequest,
};

fn is_send<T: Send>(_: T) {}

/// For any ports at all; compiling this is the test.
#[allow(dead_code, reason = "it is compiled, not run")]
fn verbs_of_any_engine<C: Cluster, R: Releases>(
    engine: &Engine<C, R>,
    (install, upgrade): (&InstallRequest, &UpgradeRequest),
    (rollback, uninstall): (&RollbackRequest, &UninstallRequest),
) {
    is_send(engine.install(install));
    is_send(engine.upgrade(upgrade));
    is_send(engine.rollback(rollback));
    is_send(engine.uninstall(uninstall));
    is_send(engine.history(&upgrade.name));
    is_send(engine.release(&upgrade.name, None));
    is_send(engine.read(&[]));
}

#[allow(dead_code, reason = "it is compiled, not run")]
fn spawned(engine: Engine<KubeCluster, Storage>, request: UpgradeRequest) {
    is_send(async move { engine.upgrade(&request).await });
}

#[test]
fn verbs_can_be_spawned() {
    let _ = verbs_of_any_engine::<Sandbox, SandboxReleases>;
    let _ = verbs_of_any_engine::<KubeCluster, Storage>;
    let _ = spawned;
}
