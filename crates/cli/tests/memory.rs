//! Whole commands on a cluster in memory, held against what helm 4.2.3 printed.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ironhelm::release::{Release, wire};
use ironhelm::{Releases, Sandbox};
use ironhelm_cli::{Console, InMemory, Printed, run};

const NAMESPACE: &str = "shop";

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

/// Runs `line` and tells whether it succeeded and what it printed.
async fn ironhelm(line: &[&str], sandbox: &Sandbox) -> (bool, Printed) {
    let console = Console::memory();
    let arguments: Vec<String> = line
        .iter()
        .map(|&word| word.to_owned())
        .chain(["-n".to_owned(), NAMESPACE.to_owned()])
        .collect();
    let code = run(&arguments, &|_| None, console.clone(), InMemory(sandbox.clone())).await;
    (code == ExitCode::SUCCESS, console.take())
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// A cluster with the namespace and, if wanted, the recorded releases.
async fn cluster(with_records: bool) -> Sandbox {
    let sandbox = Sandbox::new();
    let charts = testdata().join("demo/skoala-0.13.0");
    let chart = charts.to_str().unwrap();
    let (made, printed) = ironhelm(&["install", "x", chart, "--create-namespace", "--no-hooks"], &sandbox).await;
    assert!(made, "{}", printed.talk);
    ironhelm(&["uninstall", "x", "--no-hooks"], &sandbox).await;
    if with_records {
        let store = sandbox.releases(NAMESPACE);
        for record in ["m.v1", "web.v1", "web.v2"] {
            store.create(&recorded(record)).await.unwrap();
        }
    }
    sandbox
}

fn recorded(name: &str) -> Release {
    let text = std::fs::read_to_string(testdata().join("cli/records").join(name)).unwrap();
    let (labels, payload) = text.split_once("\n\n").unwrap();
    let mut release = wire::decode(payload.as_bytes()).unwrap();
    let pairs = labels.lines().map(|line| line.split_once('=').unwrap());
    release.labels = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    release
}

#[tokio::test]
async fn outputs_are_those_of_helm() {
    let sandbox = cluster(true).await;
    let charts = testdata().join("demo");
    let mut count = 0;
    for entry in std::fs::read_dir(testdata().join("cli/outputs")).unwrap() {
        let entry = entry.unwrap();
        let line = entry.file_name().to_str().unwrap().replace('_', " ").replace('+', "/");
        let expected = std::fs::read_to_string(entry.path()).unwrap();
        let in_charts = |word: &&str| word.starts_with("skoala-");
        let paths: Vec<String> = words(&line)
            .iter()
            .map(|word| {
                if in_charts(word) {
                    charts.join(word).display().to_string()
                } else {
                    (*word).to_owned()
                }
            })
            .collect();
        let arguments: Vec<&str> = paths.iter().map(String::as_str).collect();
        let (succeeded, printed) = ironhelm(&arguments, &sandbox).await;
        assert!(succeeded, "{line}: {}", printed.talk);
        assert_eq!(printed.data, expected, "{line}");
        count += 1;
    }
    assert!(count > 40, "{count}");
}

#[tokio::test]
async fn errors_are_those_of_helm() {
    let sandbox = cluster(true).await;
    let here = testdata().join("demo/skoala-0.14.0");
    let here = here.to_str().unwrap();
    let text = std::fs::read_to_string(testdata().join("cli/errors.txt")).unwrap();
    let cases = text.strip_prefix("$ ").unwrap().split("\n$ ");
    for (line, expected) in cases.map(|case| case.split_once('\n').unwrap()) {
        let arguments: Vec<&str> = words(line)
            .into_iter()
            .map(|word| if word == "." { here } else { word })
            .collect();
        let (succeeded, printed) = ironhelm(&arguments, &sandbox).await;
        let without_hint = printed.talk.split("hint: ").next().unwrap_or_default();
        assert!(!succeeded, "{line}");
        assert_eq!(without_hint.trim_end(), expected.trim_end(), "{line}");
    }
}

#[tokio::test]
async fn a_release_lives_from_install_to_uninstall() {
    let sandbox = cluster(false).await;
    let charts = testdata().join("demo");
    let path = |name: &str| charts.join(name).display().to_string();
    let (old, new) = (path("skoala-0.13.0"), path("skoala-0.14.0"));
    let says = async |line: &[&str]| ironhelm(line, &sandbox).await.1;
    let installed = says(&["upgrade", "-i", "skoala", &old]).await;
    assert!(
        installed
            .data
            .starts_with("Release \"skoala\" does not exist. Installing it now.\nNAME: skoala\n")
    );
    let upgraded = says(&["upgrade", "skoala", &new, "--set", "global.imageRegistry=10.16.23.145"]).await;
    assert!(
        upgraded
            .data
            .starts_with("Release \"skoala\" has been upgraded. Happy Helming!\n"),
        "{}",
        upgraded.talk
    );
    assert!(upgraded.data.ends_with("images come from 10.16.23.145.\n"));
    let status = says(&["status", "skoala"]).await.data;
    assert!(
        status.contains("==> v1alpha1/Gateway\nNAME             AGE\nskoala-default   0s\n"),
        "{status}"
    );
    assert_eq!(
        says(&["rollback", "skoala"]).await.data,
        "Rollback was a success! Happy Helming!\n"
    );
    let history = says(&["history", "skoala"]).await.data;
    assert!(
        history
            .lines()
            .last()
            .is_some_and(|line| line.contains("Rollback to 1")),
        "{history}"
    );
    let kept = "These resources were kept due to the resource policy:\n[ConfigMap] skoala-registry-data\n\n";
    assert_eq!(
        says(&["uninstall", "skoala"]).await.data,
        format!("{kept}release \"skoala\" uninstalled\n")
    );
}

#[tokio::test]
async fn hints_say_what_to_do() {
    let sandbox = cluster(true).await;
    let chart = testdata().join("demo/skoala-0.14.0").display().to_string();
    let mut pending = recorded("web.v2");
    pending.revision = ironhelm::release::Revision::new(3);
    pending.set_status(ironhelm::release::Status::PendingUpgrade, "Preparing upgrade");
    sandbox.releases(NAMESPACE).create(&pending).await.unwrap();
    let (_, printed) = ironhelm(&["upgrade", "web", &chart], &sandbox).await;
    assert_eq!(
        printed.talk.lines().next(),
        Some("Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress")
    );
    assert!(
        printed
            .talk
            .contains("hint: revision 3 has been pending-upgrade since 20"),
        "{}",
        printed.talk
    );
    assert!(
        printed.talk.ends_with("`ironhelm rollback web 2` ends it\n"),
        "{}",
        printed.talk
    );

    ironhelm(&["install", "one", &chart], &sandbox).await;
    let (_, printed) = ironhelm(&["install", "two", &chart, "--set", "replicas=0"], &sandbox).await;
    assert!(
        printed.talk.contains("hint: --skip-schema-validation"),
        "{}",
        printed.talk
    );
    let (_, printed) = ironhelm(&["upgrade", "web", "charts/skoala"], &sandbox).await;
    assert_eq!(
        printed.talk,
        "Error: repo charts not found\n\
         hint: there is no file \"charts/skoala\" either; `ironhelm repo list` shows the repositories, `ironhelm repo add \
         charts URL` adds one\n"
    );
}

#[tokio::test]
async fn the_demonstration_runs_from_the_binary_alone() {
    let (succeeded, printed) = ironhelm(&["demo"], &Sandbox::new()).await;
    assert!(succeeded, "{}", printed.talk);
    for line in [
        "hook Job/skoala-migrate succeeded",
        "  created Service/skoala-metrics",
        "  unchanged ServiceAccount/skoala-operator",
        "  deleted ConfigMap/skoala-legacy-config",
        "  kept ConfigMap/skoala-registry-data",
        "image: 10.16.23.145/skoala/operator:v0.14.0",
    ] {
        assert!(printed.data.contains(line), "{line} is not in\n{}", printed.data);
    }
}
