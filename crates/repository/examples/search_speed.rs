//! How fast a large index is searched: writes one of 30,000 chart versions, then searches it cold and warm.
//!
//! `cargo run --release -p ironhelm-repository --example search_speed -- DIRECTORY [search]`; with `search`, an index that is
//! there is searched once, so that the whole process can be measured beside `helm search repo`.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Instant;

use ironhelm_repository::search::{Query, search};
use ironhelm_repository::{Paths, Repositories, RepositoryEntry};

const CHARTS: usize = 600;
const VERSIONS: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("a directory is wanted")?;
    let root = Path::new(&directory);
    let paths = Paths::from_environment(|name| match name {
        "HELM_CONFIG_HOME" => Some(format!("{directory}/config")),
        "HELM_CACHE_HOME" => Some(format!("{directory}/cache")),
        _ => None,
    });
    let once = arguments.next().is_some();
    if !once {
        prepare(root, &paths)?;
    }
    let repositories = Repositories::load(&paths.repository_config)?;
    let query = Query {
        term: Some("postgres".to_owned()),
        ..Query::default()
    };
    for name in if once { &["once"][..] } else { &["cold", "warm"] } {
        let started = Instant::now();
        let found = search(&repositories, &paths, &query)?;
        println!(
            "{name}: {} hits in {:?}, peak {}",
            found.hits.len(),
            started.elapsed(),
            peak()
        );
    }
    Ok(())
}

fn prepare(root: &Path, paths: &Paths) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(root)?;
    fs::create_dir_all(&paths.repository_cache)?;
    let mut repositories = Repositories::default();
    repositories.put(RepositoryEntry {
        name: "big".to_owned(),
        url: "http://127.0.0.1:1".to_owned(),
        ..RepositoryEntry::default()
    });
    repositories.save(&paths.repository_config)?;
    let text = index();
    println!("index: {} bytes, {} versions", text.len(), CHARTS * VERSIONS);
    fs::write(paths.index_of("big"), text)?;
    Ok(())
}

fn index() -> String {
    let mut text = String::from("apiVersion: v1\nentries:\n");
    for chart in 0..CHARTS {
        let kind = ["postgres", "redis", "kafka", "nginx", "grafana"][chart % 5];
        let _ = writeln!(text, "  {kind}-{chart:04}:");
        for version in (0..VERSIONS).rev() {
            version_entry(&mut text, &format!("{kind}-{chart:04}"), version);
        }
    }
    text.push_str("generated: \"2026-11-24T15:28:52.124495681Z\"\n");
    text
}

fn version_entry(text: &mut String, name: &str, version: usize) {
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

/// The most memory that this process had, as the kernel tells it.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("unknown").trim().to_owned()
}
