//! Loading a bundle into real docker and containerd, beside what `docker load` and `ctr images import` take for its `images.tar`:
//! `cargo bench -p ironhelm-tests --bench node_load`. Time and peak memory of the whole client process, in turns.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the figures are what it is run for"
)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ironhelm_tests::{Node, images_archive, ironhelm_release};

const RUNS: usize = 3;

fn main() {
    if let Some(reason) = Node::lacking() {
        return println!("skipped: {reason}");
    }
    let ours = ironhelm_release();
    let node = Node::start();
    let docker = node.start_docker();
    let path = node.folder().join("images.tar").display().to_string();
    let images: Vec<(String, [u64; 2])> = (0..8)
        .map(|at| (format!("r.example.io/app/i{at}:1"), [52, 8]))
        .collect();
    let images: Vec<(&str, &[u64])> = images.iter().map(|(name, sizes)| (name.as_str(), &sizes[..])).collect();
    images_archive(path.as_ref(), &images);
    let containerd = node.containerd_socket().display().to_string();
    let host = format!("unix://{}", docker.socket.display());
    for _ in 0..RUNS {
        for socket in [&containerd, &host] {
            let arguments = ["images", "load", &path, "--socket", socket];
            told(
                &format!("ironhelm images load, {}", name(socket)),
                ours.command(&arguments),
            );
            told("  again", ours.command(&arguments));
            clear(&node, &docker);
        }
        let mut import = Command::new("ctr");
        import.args([
            "-a",
            &containerd,
            "-n",
            "k8s.io",
            "images",
            "import",
            "--no-unpack",
            &path,
        ]);
        told("ctr images import --no-unpack", import);
        let mut load = Command::new("docker");
        load.args(["-H", &host, "load", "-q", "-i", &path]);
        told("docker load", load);
        clear(&node, &docker);
    }
}

fn name(socket: &str) -> &'static str {
    if socket.starts_with("unix:") {
        "docker"
    } else {
        "containerd"
    }
}

fn clear(node: &Node, docker: &ironhelm_tests::DockerDaemon) {
    for name in node.ctr(&["images", "ls", "-q"]).lines() {
        node.ctr(&["images", "rm", "--sync", name]);
    }
    for id in docker.run(&["images", "-q"]).lines() {
        docker.run(&["rmi", "-f", id]);
    }
}

fn told(what: &str, mut command: Command) {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_memory(child.id()).unwrap_or(0));
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    println!("{what:<36} {seconds:>7.2} s {:>6} KiB {status}", peak);
}

/// The most memory that a process has had, in KiB.
fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
