//! Our time and helm's on the same work, side by side, in turns: `cargo bench -p ironhelm-tests`.
//!
//! Whole processes are timed; the figures are minimum and median of the runs, and the ratio of the medians. Machines are
//! noisy: only the ratio means something.

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ironhelm_tests::{ControlPlane, Oracles, Program, ironhelm_release, root};

const RUNS: usize = 7;

fn main() {
    let oracles = match Oracles::find() {
        Ok(oracles) => oracles,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let ours = ironhelm_release();
    println!(
        "{:<44} {:>19} {:>19} {:>8}",
        "work", "ironhelm min/median", "helm min/median", "ratio"
    );
    for chart in charts() {
        let name = chart.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = chart.to_string_lossy().into_owned();
        let arguments = ["template", "bench", &path, "--kube-version", "1.34.0"];
        pair(&format!("template {name}"), &ours, &oracles.helm4, &arguments);
    }
    match ControlPlane::get("IRONHELM_TEST_KUBECONFIG", &oracles) {
        Ok(plane) => live(&plane.with(&ours), &plane.with(&oracles.helm4)),
        Err(reason) => println!("skipped the work on a cluster: {reason}"),
    }
}

/// The demo chart, and what `IRONHELM_CORPUS` has of these.
fn charts() -> Vec<PathBuf> {
    let mut charts = vec![root().join("testdata/demo/skoala-0.14.0")];
    let corpus = std::env::var_os("IRONHELM_CORPUS").map(|folder| PathBuf::from(folder).join("charts"));
    let mut found: Vec<PathBuf> = corpus
        .iter()
        .flat_map(std::fs::read_dir)
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    found.sort();
    charts.extend(found.into_iter().filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        ["ingress-nginx-4", "argo-cd-1", "kube-prometheus-stack-8"]
            .iter()
            .any(|start| name.starts_with(start))
    }));
    charts
}

fn live(ours: &Program, helm: &Program) {
    let chart = root()
        .join("testdata/demo/skoala-0.14.0")
        .to_string_lossy()
        .into_owned();
    let _ = helm.succeed(&["install", "bench", &chart, "-n", "bench", "--create-namespace"]);
    pair(
        "upgrade that changes nothing",
        ours,
        helm,
        &["upgrade", "bench", &chart, "-n", "bench", "--no-hooks"],
    );
    pair("history", ours, helm, &["history", "bench", "-n", "bench"]);
    pair("get values", ours, helm, &["get", "values", "bench", "-n", "bench"]);
    pair("list", ours, helm, &["list", "-n", "bench"]);
    let _ = helm.run(&["uninstall", "bench", "-n", "bench"]);
}

fn pair(work: &str, ours: &Program, helm: &Program, arguments: &[&str]) {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        for (program, times) in [ours, helm].into_iter().zip(&mut times) {
            let start = Instant::now();
            let output = program.run(arguments);
            times.push(start.elapsed());
            if output.code != 0 {
                return println!("{work:<44} failed: {}", output.stderr.trim());
            }
        }
    }
    let [ours, helm] = times.map(figures);
    let ratio = helm.1.as_secs_f64() / ours.1.as_secs_f64().max(1e-6);
    println!("{work:<44} {:>19} {:>19} {ratio:>7.1}x", shown(ours), shown(helm));
}

fn figures(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[0], times[times.len() / 2])
}

fn shown((min, median): (Duration, Duration)) -> String {
    format!("{} / {} ms", min.as_millis(), median.as_millis())
}
