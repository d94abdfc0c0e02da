//! Signals to the process while a verb runs. They reach everything in it, so this file holds one test.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use ironhelm::Sandbox;
use ironhelm_cli::{Console, InMemory, Printed, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_verb_that_is_interrupted_leaves_nothing_pending() {
    let (sandbox, charts) = (Sandbox::new(), tempdir());
    let (good, stuck) = (charts.join("good"), charts.join("stuck"));
    write_chart(&good, "kind: ConfigMap\nmetadata: {name: a}\n");
    write_chart(
        &stuck,
        "kind: Service\nmetadata: {name: u}\nspec: {type: LoadBalancer}\n",
    );
    let (good, stuck) = (good.to_str().unwrap(), stuck.to_str().unwrap());
    let cancelled = "Release web has been cancelled.\n";

    let printed = interrupted(
        "INT",
        &["install", "web", stuck, "--wait", "--create-namespace"],
        &sandbox,
    )
    .await;
    assert_eq!(printed.data, cancelled);
    assert_eq!(printed.talk, "Error: INSTALLATION FAILED: context canceled\n");
    assert_eq!(last(&sandbox).await, "failed Release \"web\" failed: context canceled");

    assert!(ironhelm(&["upgrade", "web", good], &sandbox).await.0);
    let printed = interrupted("TERM", &["upgrade", "web", stuck, "--wait"], &sandbox).await;
    assert_eq!(printed.data, cancelled);
    assert_eq!(printed.talk, "Error: UPGRADE FAILED: context canceled\n");
    assert_eq!(last(&sandbox).await, "failed Upgrade \"web\" failed: context canceled");

    let printed = interrupted("INT", &["rollback", "web", "1", "--wait"], &sandbox).await;
    assert_eq!(printed.data, cancelled);
    assert_eq!(printed.talk, "Error: context canceled\n");
    assert_eq!(last(&sandbox).await, "failed Rollback \"web\" failed: context canceled");

    let printed = interrupted("INT", &["upgrade", "web", stuck, "--rollback-on-failure"], &sandbox).await;
    assert_eq!(
        printed.talk,
        "Error: UPGRADE FAILED: release web failed, and has been rolled back due to rollback-on-failure being set: context \
         canceled\n"
    );
    assert_eq!(last(&sandbox).await, "deployed Rollback to 2");
    std::fs::remove_dir_all(charts).unwrap();
}

/// Runs `line`, which fails because this process gets a signal in the middle of it.
async fn interrupted(signal: &'static str, line: &[&str], sandbox: &Sandbox) -> Printed {
    let before = records(sandbox);
    let watched = sandbox.clone();
    let sender = tokio::task::spawn_blocking(move || {
        while records(&watched) == before {
            std::thread::sleep(Duration::from_millis(5));
        }
        let kill = format!("kill -{signal} $PPID");
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    });
    let (succeeded, printed) = ironhelm(line, sandbox).await;
    sender.await.unwrap();
    assert!(!succeeded, "{}", printed.data);
    printed
}

fn records(sandbox: &Sandbox) -> usize {
    let headers = futures::executor::block_on(ironhelm::Releases::list(&sandbox.releases("shop"), true));
    headers.unwrap().len()
}

async fn last(sandbox: &Sandbox) -> String {
    let (_, printed) = ironhelm(&["history", "web", "--max", "1", "-o", "json"], sandbox).await;
    let history: serde_json::Value = serde_json::from_str(&printed.data).unwrap();
    let text = |field: &str| history[0][field].as_str().unwrap().to_owned();
    format!("{} {}", text("status"), text("description"))
}

async fn ironhelm(line: &[&str], sandbox: &Sandbox) -> (bool, Printed) {
    let console = Console::memory();
    let words = line.iter().chain(&["-n", "shop"]).map(|&word| word.to_owned());
    let arguments: Vec<String> = words.collect();
    let code = run(&arguments, &|_| None, console.clone(), InMemory(sandbox.clone())).await;
    (code == ExitCode::SUCCESS, console.take())
}

fn write_chart(path: &Path, manifest: &str) {
    std::fs::create_dir_all(path.join("templates")).unwrap();
    std::fs::write(path.join("Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.0.0\n").unwrap();
    std::fs::write(path.join("templates/it.yaml"), format!("apiVersion: v1\n{manifest}")).unwrap();
}

fn tempdir() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("ironhelm-signals-{}", std::process::id()))
}
