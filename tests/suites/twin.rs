//! The same release life on two real control planes: on the left ironhelm takes turns with helm 3 and 4, on the right helm 4
//! does it all. After each turn every live object (managed fields included) and every record must be equal.
//!
//! Charts: the demo charts of `testdata/`, and those of `IRONHELM_CORPUS` (a folder of chart archives) that the table names.

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ironhelm_tests::{ControlPlane, Oracles, Program, differences, ironhelm, root, scrub};
use serde_json::Value;

const RELEASE: &str = "rel";
const NAMESPACE: &str = "twin";

/// One life: what is installed first, and what the upgrade changes.
struct Life {
    install: PathBuf,
    upgrade: PathBuf,
    first: &'static str,
    /// What is set from the beginning; what the upgrade sets besides.
    set: [Vec<String>; 2],
}

struct Side {
    plane: ControlPlane,
    upgrader: Program,
    helm4: Program,
    helm3: Program,
}

#[test]
fn both_clusters_hold_the_same_after_every_turn() {
    let oracles = match Oracles::find() {
        Ok(oracles) => oracles,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let planes = ControlPlane::get("IRONHELM_TEST_KUBECONFIG", &oracles)
        .and_then(|left| Ok((left, ControlPlane::get("IRONHELM_TEST_KUBECONFIG_TWIN", &oracles)?)));
    let (left, right) = match planes {
        Ok(planes) => planes,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let left = side(left, &ironhelm(), &oracles);
    let right = side(right, &oracles.helm4, &oracles);
    let mut found = Vec::new();
    for life in lives() {
        let label = format!(
            "{} first {}",
            life.upgrade.file_name().unwrap_or_default().to_string_lossy(),
            life.first
        );
        let before = found.len();
        live(&life, &left, &right, &mut found);
        println!("twin: {label}: differences {}", found.len() - before);
    }
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

fn lives() -> Vec<Life> {
    let demo = |version: &str| root().join(format!("testdata/demo/skoala-{version}"));
    let mut lives = Vec::new();
    let wanted = std::env::var("IRONHELM_TWIN").unwrap_or_default();
    for first in firsts() {
        let set = [Vec::new(), vec!["global.imageRegistry=10.16.23.145".to_owned()]];
        lives.push(Life {
            install: demo("0.13.0"),
            upgrade: demo("0.14.0"),
            first,
            set,
        });
        for (archive, set) in corpus_charts() {
            let set = set.map(|set| set.split_whitespace().map(str::to_owned).collect());
            lives.push(Life {
                install: archive.clone(),
                upgrade: archive,
                first,
                set,
            });
        }
    }
    lives.retain(|life| life.upgrade.to_string_lossy().contains(&wanted));
    lives
}

/// Who installs first: helm 4, helm 3 and we (helm 4 on the right), or the one that `IRONHELM_TWIN_FIRST` names.
fn firsts() -> Vec<&'static str> {
    let wanted = std::env::var("IRONHELM_TWIN_FIRST").unwrap_or_default();
    ["helm4", "helm3", "ironhelm"]
        .into_iter()
        .filter(|first| first.contains(&wanted))
        .collect()
}

/// The archives of the corpus whose names start with one of these, with what is set at first and by the upgrade.
fn corpus_charts() -> Vec<(PathBuf, [&'static str; 2])> {
    const WANTED: &[(&str, [&str; 2])] = &[
        (
            "ingress-nginx-",
            ["", "controller.replicaCount=2 controller.service.type=NodePort"],
        ),
        ("cert-manager-", ["", "replicaCount=2"]),
        (
            "argo-cd-",
            ["", "server.replicas=2 configs.params.server\\.insecure=true"],
        ),
        // Without the password both clusters would get a random one, each its own.
        (
            "kube-prometheus-stack-",
            ["grafana.adminPassword=twin", "prometheus.prometheusSpec.replicas=2"],
        ),
        ("vertical-pod-autoscaler-", ["", "recommender.replicaCount=2"]),
        // Custom resources of kinds that its crds/ define.
        (
            "traefik-",
            [
                "ingressRoute.dashboard.enabled=true",
                "deployment.replicas=2 ingressRoute.dashboard.entryPoints={web,websecure}",
            ],
        ),
    ];
    let Some(folder) = corpus() else {
        println!("skipped the public charts: IRONHELM_CORPUS names no folder of chart archives");
        return Vec::new();
    };
    let mut archives: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    archives.sort();
    let named = |archive: &Path, prefix: &str| {
        let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == 'v'))
    };
    WANTED
        .iter()
        .filter_map(|(prefix, set)| {
            archives
                .iter()
                .find(|archive| named(archive, prefix))
                .map(|a| (a.clone(), *set))
        })
        .collect()
}

fn corpus() -> Option<PathBuf> {
    let given = std::env::var_os("IRONHELM_CORPUS").map(|folder| PathBuf::from(folder).join("charts"));
    given.filter(|folder| folder.is_dir())
}

fn side(plane: ControlPlane, upgrader: &Program, oracles: &Oracles) -> Side {
    Side {
        upgrader: plane.with(upgrader),
        helm4: plane.with(&oracles.helm4),
        helm3: plane.with(&oracles.helm3),
        plane,
    }
}

fn live(life: &Life, left: &Side, right: &Side, found: &mut Vec<String>) {
    for side in [left, right] {
        clean(side);
        let chart = life.install.to_string_lossy();
        let first = match life.first {
            "helm3" => &side.helm3,
            "helm4" => &side.helm4,
            _ => &side.upgrader,
        };
        let arguments = ["install", RELEASE, &chart, "-n", NAMESPACE, "--create-namespace"];
        let _ = first.succeed(&[&arguments[..], &sets(&life.set[..1])].concat());
    }
    compare("installed", left, right, found);
    let bak = std::env::temp_dir().join(format!("ironhelm-twin-{}.yaml", std::process::id()));
    let ours = left
        .upgrader
        .succeed(&["get", "values", RELEASE, "-n", NAMESPACE, "-o", "yaml"])
        .stdout;
    let helms = left
        .helm4
        .succeed(&["get", "values", RELEASE, "-n", NAMESPACE, "-o", "yaml"])
        .stdout;
    if ours != helms {
        found.push("get values differs".to_owned());
    }
    std::fs::write(&bak, ours).expect("the temporary folder can be written");
    for side in [left, right] {
        upgrade(life, &bak, side);
    }
    compare("upgraded", left, right, found);
    read(left, found);
    for side in [left, right] {
        let _ = side.helm4.succeed(&["rollback", RELEASE, "1", "-n", NAMESPACE]);
    }
    compare("rolled back by helm 4", left, right, found);
    for side in [left, right] {
        upgrade(life, &bak, side);
    }
    compare("upgraded again", left, right, found);
    for side in [left, right] {
        let _ = side.helm3.succeed(&["rollback", RELEASE, "2", "-n", NAMESPACE]);
    }
    compare("rolled back by helm 3", left, right, found);
    for side in [left, right] {
        let _ = side.upgrader.succeed(&["rollback", RELEASE, "1", "-n", NAMESPACE]);
    }
    compare("rolled back by us", left, right, found);
    for side in [left, right] {
        let _ = side
            .upgrader
            .succeed(&["uninstall", RELEASE, "-n", NAMESPACE, "--keep-history"]);
    }
    compare("uninstalled by us, history kept", left, right, found);
    for side in [left, right] {
        let _ = side.upgrader.succeed(&["uninstall", RELEASE, "-n", NAMESPACE]);
    }
    compare("history uninstalled by us", left, right, found);
}

fn clean(side: &Side) {
    let _ = side.helm4.run(&["uninstall", RELEASE, "-n", NAMESPACE]);
    let kubectl = side.plane.kubectl();
    let _ = kubectl.run(&[
        "delete",
        "ns",
        NAMESPACE,
        "--wait=true",
        "--ignore-not-found",
        "--timeout=60s",
    ]);
    if side.plane.is_ours() {
        let _ = kubectl.run(&["delete", "crd", "--all", "--wait=true", "--timeout=60s"]);
    }
}

fn upgrade(life: &Life, bak: &Path, side: &Side) {
    let (chart, bak) = (life.upgrade.to_string_lossy(), bak.to_string_lossy());
    let arguments = ["upgrade", RELEASE, &chart, "-n", NAMESPACE, "-f", &bak];
    let _ = side.upgrader.succeed(&[&arguments[..], &sets(&life.set)].concat());
}

fn sets(values: &[Vec<String>]) -> Vec<&str> {
    values.iter().flatten().flat_map(|value| ["--set", value]).collect()
}

/// Helm 3, helm 4 and we read the release without complaint, and what we print is what helm 4 prints.
fn read(left: &Side, found: &mut Vec<String>) {
    for program in [&left.helm4, &left.helm3, &left.upgrader] {
        for verb in [["history"].as_slice(), &["get", "all"], &["status"]] {
            let _ = program.succeed(&[verb, &[RELEASE, "-n", NAMESPACE]].concat());
        }
    }
    let reads: [&[&str]; 8] = [
        &["history", RELEASE, "-o", "json"],
        &["history", RELEASE],
        &["get", "manifest", RELEASE],
        &["get", "notes", RELEASE],
        &["get", "hooks", RELEASE],
        &["get", "values", RELEASE, "--all"],
        &["get", "metadata", RELEASE, "-o", "yaml"],
        &["list", "-o", "json"],
    ];
    for arguments in reads {
        let arguments = [arguments, &["-n", NAMESPACE]].concat();
        if left.upgrader.succeed(&arguments).stdout != left.helm4.succeed(&arguments).stdout {
            found.push(format!("output differs: {arguments:?}"));
        }
    }
}

fn compare(turn: &str, left: &Side, right: &Side, found: &mut Vec<String>) {
    let both = [left, right].map(|side| dump(side));
    let differences = differences(&both[0], &both[1]);
    println!(
        "  {turn}: {} objects, {} differences",
        both[1].as_object().map_or(0, serde_json::Map::len),
        differences.len()
    );
    found.extend(differences.into_iter().map(|line| format!("{turn}: {line}")));
}

/// Everything that belongs to the release, by kind, namespace and name; records are decoded.
fn dump(side: &Side) -> Value {
    let mut objects = BTreeMap::new();
    for mut object in side.plane.objects(&side.plane.kinds()) {
        if !belongs(&object) {
            continue;
        }
        if object["type"] == "helm.sh/release.v1" {
            object = record(&object);
        } else {
            scrub(&mut object);
        }
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        objects.insert(
            format!("{} {}/{}", object["kind"], text("namespace"), text("name")),
            object,
        );
    }
    objects.into_iter().collect()
}

/// Whether it is the release's. A Job that expires by itself may be gone on one side already.
fn belongs(object: &Value) -> bool {
    const SYSTEM: &[&str] = &["kube-system", "kube-public", "kube-node-lease", "default"];
    if object["spec"]["ttlSecondsAfterFinished"].is_number() {
        return false;
    }
    let metadata = &object["metadata"];
    let name = metadata["name"].as_str().unwrap_or_default();
    match metadata["namespace"].as_str() {
        Some(namespace) => !SYSTEM.contains(&namespace) && name != "kube-root-ca.crt",
        None if SYSTEM.contains(&name) || name.starts_with("system:") => false,
        None => {
            metadata["annotations"]["meta.helm.sh/release-name"].is_string()
                || object["kind"] == "CustomResourceDefinition"
        }
    }
}

/// Whether something happened stays to be seen, when it did does not.
fn mask_times(record: &mut Value, times: &[&str]) {
    for time in times {
        if let Some(Value::String(text)) = record.get_mut(*time)
            && !text.is_empty()
            && !text.starts_with("0001-01-01")
        {
            "then".clone_into(text);
        }
    }
}

/// A record with everything but its times and the label that holds one.
fn record(secret: &Value) -> Value {
    let decoded = secret["data"]["release"]
        .as_str()
        .and_then(|data| STANDARD.decode(data).ok())
        .unwrap_or_default();
    let inner = STANDARD.decode(decoded).unwrap_or_default();
    let mut json = String::new();
    let _ = std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(inner.as_slice()), &mut json);
    let mut release: Value = serde_json::from_str(&json).unwrap_or_default();
    if let Some(info) = release.get_mut("info") {
        mask_times(info, &["first_deployed", "last_deployed", "deleted"]);
    }
    let hooks = release["hooks"].as_array_mut().into_iter().flatten();
    for run in hooks.filter_map(|hook| hook.get_mut("last_run")) {
        mask_times(run, &["started_at", "completed_at"]);
    }
    let mut labels = secret["metadata"]["labels"].clone();
    labels.as_object_mut().map(|labels| labels.remove("modifiedAt"));
    serde_json::json!({
        "kind": "Release", "type": secret["type"], "release": release,
        "metadata": { "namespace": secret["metadata"]["namespace"], "name": secret["metadata"]["name"], "labels": labels },
    })
}
