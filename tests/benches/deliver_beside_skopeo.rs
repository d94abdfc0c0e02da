//! A bundle of 2 GB into a local registry: ironhelm beside parallel `curl` (the ceiling) and `skopeo copy`
//! (`cargo bench -p ironhelm-tests --bench deliver_beside_skopeo`).
//!
//! Needs `docker-registry`, `curl` and `skopeo`, and 8 GB in the folder for temporary files. Every run has a registry of
//! its own.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ironhelm_tests::{LocalRegistry, MadeUp, Program, ironhelm_release};

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = MadeUp::two_gigabytes();
    let bundle = folder.path().join("app_1.0.0.bundle.tar");
    made.write(&bundle).expect("room for a bundle");
    let size = fs::metadata(&bundle).expect("the bundle").len();
    println!(
        "a bundle of {:.2} GB, {} images with shared layers",
        giga(size),
        made.images
    );
    let program = ironhelm_release();
    for round in 1..=rounds() {
        println!("round {round}");
        run(&folder, &program, &bundle, size, made.images);
    }
}

fn rounds() -> u32 {
    std::env::var("ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(1)
}

fn run(folder: &tempfile::TempDir, program: &Program, bundle: &Path, size: u64, images: usize) {
    let inner = folder.path().join("images.tar");
    cut_out(bundle, &inner).expect("room for the images");
    let ceiling = with_registry(folder.path(), |registry| curl(registry, &inner, folder.path()));
    println!("six parallel curl     {:6.2} s", ceiling.as_secs_f64());
    let (first, second) = with_registry(folder.path(), |registry| {
        let first = push(program, registry, bundle, folder.path());
        (first, push(program, registry, bundle, folder.path()))
    });
    for (name, run) in [("ironhelm images push", &first), ("the same again", &second)] {
        println!(
            "{name:21} {:6.2} s, {:5.1} MiB at most, {:.3} of the bundle read",
            run.time.as_secs_f64(),
            run.memory_kib as f64 / 1024.0,
            run.read as f64 / size as f64
        );
    }
    println!(
        "                      {:.0} % of the ceiling",
        100.0 * ceiling.as_secs_f64() / first.time.as_secs_f64()
    );
    if Command::new("skopeo")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        println!("skopeo is not installed");
        return;
    }
    let (slow, again) = with_registry(folder.path(), |registry| {
        (skopeo(registry, &inner, images), skopeo(registry, &inner, images))
    });
    println!(
        "skopeo, one by one    {:6.2} s, again {:6.2} s",
        slow.as_secs_f64(),
        again.as_secs_f64()
    );
    println!(
        "                      {:.1} times as fast, again {:.1} times",
        slow.as_secs_f64() / first.time.as_secs_f64(),
        again.as_secs_f64() / second.time.as_secs_f64()
    );
}

#[allow(clippy::cast_precision_loss, reason = "for people")]
fn giga(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}

fn with_registry<T>(folder: &Path, work: impl FnOnce(&LocalRegistry) -> T) -> T {
    let registry = LocalRegistry::start(folder, false).expect("docker-registry");
    work(&registry)
}

/// `images.tar` of a bundle as a file, for the tools that want one.
fn cut_out(bundle: &Path, inner: &Path) -> io::Result<()> {
    if inner.exists() {
        return Ok(());
    }
    let mut archive = tar::Archive::new(File::open(bundle)?);
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entry.path()?.ends_with("images.tar") {
            io::copy(&mut entry, &mut File::create(inner)?)?;
        }
    }
    Ok(())
}

struct Run {
    time: Duration,
    memory_kib: u64,
    read: u64,
}

fn push(program: &Program, registry: &LocalRegistry, bundle: &Path, home: &Path) -> Run {
    let started = Instant::now();
    let mut process = Command::new(program.path())
        .args([
            "images",
            "push",
            &bundle.display().to_string(),
            "--to",
            &format!("{}/mirror", registry.host),
        ])
        .env("HOME", home)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("ironhelm");
    let (mut memory_kib, mut read) = (0, 0);
    while process.try_wait().expect("a child").is_none() {
        memory_kib = memory_kib.max(field(&process, "status", "VmHWM:"));
        read = read.max(field(&process, "io", "rchar:"));
        std::thread::sleep(Duration::from_millis(5));
    }
    let time = started.elapsed();
    assert!(process.wait().expect("a child").success(), "ironhelm fails");
    Run { time, memory_kib, read }
}

/// A number in a file of `/proc`.
fn field(process: &Child, file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/{file}", process.id())).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// All blobs by six processes that take one after the other.
fn curl(registry: &LocalRegistry, inner: &Path, folder: &Path) -> Duration {
    let blobs = folder.join("blobs");
    let files = unpack(inner, &blobs).expect("room for the layers");
    let script = "loc=$(curl -s -o /dev/null -D - -X POST \"http://$0/v2/x/blobs/uploads/\" | tr -d '\\r' | sed -n 's/^Location: //p'); \
                  curl -s -f -o /dev/null -T \"$1\" -H 'Content-Type: application/octet-stream' \"$loc&digest=sha256:$(basename \"$1\")\"";
    let list = files
        .iter()
        .map(|file| file.display().to_string())
        .collect::<Vec<_>>()
        .join("\n");
    fs::write(folder.join("list"), list).expect("a list");
    let started = Instant::now();
    let status = Command::new("xargs")
        .args([
            "-a",
            &folder.join("list").display().to_string(),
            "-P",
            "6",
            "-n",
            "1",
            "bash",
            "-c",
            script,
            &registry.host,
        ])
        .status();
    assert!(status.expect("xargs").success(), "curl fails");
    let time = started.elapsed();
    fs::remove_dir_all(&blobs).expect("the layers");
    time
}

fn unpack(inner: &Path, folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)?;
    let mut archive = tar::Archive::new(File::open(inner)?);
    let mut files = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.display().to_string();
        let Some(name) = name.strip_suffix(".tar.gz").or_else(|| name.strip_prefix("sha256:")) else {
            continue;
        };
        let path = folder.join(name);
        io::copy(&mut entry, &mut File::create(&path)?)?;
        files.push((entry.size(), path));
    }
    files.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

fn skopeo(registry: &LocalRegistry, inner: &Path, images: usize) -> Duration {
    let started = Instant::now();
    for number in 0..images {
        let from = format!(
            "docker-archive:{}:source.example.com/apps/app{number}:v1",
            inner.display()
        );
        let to = format!("docker://{}/mirror/app{number}:v1", registry.host);
        let status = Command::new("skopeo")
            .args(["copy", "-q", "--insecure-policy", "--dest-tls-verify=false", &from, &to])
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("skopeo").success(), "skopeo fails");
    }
    started.elapsed()
}
