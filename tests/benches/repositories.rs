//! `search repo` and `repo update` with an index of 20 MB, beside helm: `cargo bench -p ironhelm-tests --bench repositories`.
//!
//! Whole processes are timed, in turns; `cold` means that the compact index is not there and has to be made. The peak memory
//! is the kernel's, by `/usr/bin/time`, and is left out where that is not installed.

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use ironhelm_tests::{Oracles, Program, Web, ironhelm_release};

const CHARTS: usize = 600;
const VERSIONS: usize = 50;
const RUNS: usize = 5;

fn main() {
    let oracles = match Oracles::find() {
        Ok(oracles) => oracles,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let served = folder.path().join("served");
    std::fs::create_dir_all(&served).expect("a writable folder");
    let text = index();
    println!("index: {} bytes, {} versions", text.len(), CHARTS * VERSIONS);
    std::fs::write(served.join("index.yaml"), text).expect("a writable folder");
    let web = Web::files(served, None);
    let [ours, helm] = [("ours", ironhelm_release()), ("helm", oracles.helm4)].map(|(name, program)| {
        let home = folder.path().join(name);
        let program = program.with("HELM_CONFIG_HOME", home.join("config"));
        let program = program.with("HELM_CACHE_HOME", home.join("cache"));
        let _ = program.succeed(&["repo", "add", "big", &web.url()]);
        program
    });
    let compact = folder.path().join("ours/cache/repository/big-index.ironhelm");
    let search = ["search", "repo", "postgres", "-o", "json"];
    assert_eq!(
        ours.succeed(&search).stdout,
        helm.succeed(&search).stdout,
        "both find the same"
    );
    println!(
        "{:<24} {:>12} {:>12} {:>8} {:>16}",
        "work", "ironhelm", "helm", "ratio", "ironhelm's peak"
    );
    report("search repo, warm", [&ours, &helm], &search, None);
    report("search repo, cold", [&ours, &helm], &search, Some(&compact));
    report("repo update", [&ours, &helm], &["repo", "update"], None);
}

fn report(work: &str, [ours, helm]: [&Program; 2], arguments: &[&str], remove: Option<&Path>) {
    let forget = || {
        if let Some(path) = remove {
            let _ = std::fs::remove_file(path);
        }
    };
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        forget();
        times[0].push(timed(ours, arguments));
        times[1].push(timed(helm, arguments));
    }
    forget();
    let peak = ours
        .peak_memory(arguments)
        .map_or_else(|| "unknown".to_owned(), |kilobytes| format!("{} MiB", kilobytes / 1024));
    let [ours, helm] = times.map(median);
    let ratio = helm.as_secs_f64() / ours.as_secs_f64();
    println!("{work:<24} {ours:>12.1?} {helm:>12.1?} {ratio:>7.1}x {peak:>16}");
}

fn timed(program: &Program, arguments: &[&str]) -> Duration {
    let started = Instant::now();
    let _ = program.succeed(arguments);
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn index() -> String {
    let mut text = String::from("apiVersion: v1\nentries:\n");
    for chart in 0..CHARTS {
        let name = format!(
            "{}-{chart:04}",
            ["postgres", "redis", "kafka", "nginx", "grafana"][chart % 5]
        );
        let _ = writeln!(text, "  {name}:");
        (0..VERSIONS).rev().for_each(|version| entry(&mut text, &name, version));
    }
    text + "generated: \"2026-11-24T15:28:52.124495681Z\"\n"
}

fn entry(text: &mut String, name: &str, version: usize) {
    let _ = write!(
        text,
        "  - annotations:\n      category: Database\n      licenses: Apache-2.0\n    apiVersion: v2\n    appVersion: {version}.4.1\n    \
         created: \"2026-11-24T15:28:52.{version:09}Z\"\n    dependencies:\n    - name: common\n      \
         repository: oci://registry.example.com/charts\n      tags:\n      - common\n      version: 2.x.x\n    \
         description: {name} is an open source system, known for reliability and data integrity, that\n      is packaged here \
         for Kubernetes.\n    digest: 8e8a91163883e24a395eb7efc8fcef54c22018854b8e7bac020b{version:012}\n    \
         home: https://example.com/{name}\n    icon: https://example.com/{name}.svg\n    keywords:\n    - {name}\n    - database\n    \
         - sql\n    maintainers:\n    - name: Example\n      url: https://example.com\n    name: {name}\n    sources:\n    \
         - https://github.com/example/charts\n    urls:\n    - https://charts.example.com/{name}-1.{version}.0.tgz\n    \
         version: 1.{version}.0\n"
    );
}
