//! `ironhelm images load` on a node with a real containerd and a real docker (`cargo test --workspace --test node`).
//!
//! Whole processes are run, killed and run again. Needs root, containerd and docker.io; without them the reason is told.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may fail loudly and tells figures"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use ironhelm_image::Digest;
use ironhelm_tests::{DockerDaemon, Node, Output, entries, images_archive, ironhelm, root, wait_until};

const SAMPLE: &str = "crates/bundle/testdata/sample/skoala_0.14.0.bundle.tar";
const KILLS: u32 = 20;

/// A node, unless there can be none here.
fn node() -> Option<Node> {
    match Node::lacking() {
        None => Some(Node::start()),
        Some(reason) => {
            println!("skipped: {reason}");
            None
        }
    }
}

fn sample() -> String {
    root().join(SAMPLE).display().to_string()
}

fn load(bundle: &str, socket: &Path, more: &[&str]) -> Output {
    let socket = socket.display().to_string();
    let arguments = [&["images", "load", bundle, "--socket", &socket], more].concat();
    ironhelm().run(&arguments)
}

/// What was done for each name, for a load that has to succeed.
fn loaded(bundle: &str, socket: &Path, more: &[&str]) -> String {
    let output = load(bundle, socket, more);
    assert_eq!(output.code, 0, "{}", output.stderr);
    output.stdout
}

/// The large archive of the kill tests: two images.
fn large(node: &Node) -> String {
    let path = node.folder().join("images.tar");
    images_archive(
        &path,
        &[("r.example.io/a/one:1", &[24, 8]), ("r.example.io/b/two:1", &[24])],
    );
    path.display().to_string()
}

#[test]
fn names_are_relocated_and_a_second_load_sends_nothing() {
    let Some(node) = node() else { return };
    let docker = node.start_docker();
    let rules = [
        "--registry",
        "10.16.23.145",
        "--repository",
        "release.daocloud.io/skoala",
    ];
    for socket in [&docker.socket, &node.containerd_socket()] {
        let first = loaded(&sample(), socket, &rules);
        assert_eq!(first.matches("\tloaded").count(), 4, "{first}");
        let again = load(&sample(), socket, &rules);
        assert!(again.stderr.contains("all there, nothing sent"), "{}", again.stderr);
        assert_eq!(again.stdout.matches("\tpresent").count(), 4, "{}", again.stdout);
    }
    let name = "10.16.23.145/release.daocloud.io/skoala/hive:v0.14.0";
    assert!(docker.run(&["image", "inspect", name]).contains("sha256:9f456e2470ac"));
    assert!(node.ctr(&["images", "ls", "-q"]).lines().any(|line| line == name));
    assert_eq!(node.ctr(&["leases", "ls", "-q"]), "");
}

#[test]
fn unpacked_images_can_be_mounted() {
    let Some(node) = node() else { return };
    loaded(&sample(), &node.containerd_socket(), &["--snapshotter", "native"]);
    let place = node.folder().join("mounted");
    std::fs::create_dir(&place).unwrap();
    let at = place.display().to_string();
    let name = "release.daocloud.io/skoala/hive:v0.14.0";
    node.ctr(&["images", "mount", "--snapshotter", "native", name, &at]);
    let files = (place.join("etc/base").is_file(), place.join("bin/a").is_file());
    node.ctr(&["images", "unmount", &at]);
    assert_eq!(files, (true, true), "the files of both layers are there");
}

#[test]
fn what_either_runtime_saves_the_other_one_takes() {
    let Some(node) = node() else { return };
    let docker = node.start_docker();
    let socket = node.containerd_socket();
    loaded(&sample(), &docker.socket, &[]);
    let saved = node.folder().join("saved.tar").display().to_string();
    let (hive, sesame) = (
        "release.daocloud.io/skoala/hive:v0.14.0",
        "release.daocloud.io/skoala/sesame:v0.14.0",
    );
    docker.run(&["save", "-o", &saved, hive, sesame]);
    loaded(&saved, &socket, &[]);
    assert_complete(&node);
    let exported = node.folder().join("exported.tar").display().to_string();
    node.ctr(&["images", "export", &exported, hive, sesame]);
    docker.run(&["rmi", hive, sesame]);
    loaded(&exported, &docker.socket, &[]);
    assert!(docker.run(&["image", "inspect", hive]).contains("sha256:9f456e2470ac"));
}

/// All images of containerd are whole, and all content has the digest that it is called by.
fn assert_complete(node: &Node) {
    let check = node.ctr(&["images", "check"]);
    let images = check.lines().skip(1).count();
    assert!(images > 0 && check.matches("complete").count() == images, "{check}");
    for blob in entries(&node.folder().join("root/io.containerd.content.v1.content/blobs/sha256")) {
        let digest = Digest::sha256(&std::fs::read(&blob).unwrap());
        assert!(blob.ends_with(digest.hex()), "{} is corrupt", blob.display());
    }
}

/// Loads, killed at twenty points that are spread over a load, each followed by a load to the end, `check` and `clear`. A load that
/// ends before it can be killed does not count; the next ones are taken to be as quick.
fn kill_and_go_on(bundle: &str, socket: &Path, check: impl Fn(), clear: impl Fn()) {
    let started = Instant::now();
    loaded(bundle, socket, &[]);
    let mut whole = started.elapsed();
    clear();
    let (mut killed, mut early) = (0, 0);
    while killed < KILLS {
        let moment = whole.mul_f64((f64::from(killed) + noise()) / f64::from(KILLS));
        if is_killed(bundle, socket, moment) {
            killed += 1;
        } else {
            early += 1;
            whole = whole.mul_f64(0.9);
        }
        loaded(bundle, socket, &[]);
        check();
        clear();
        assert!(early < 2 * KILLS, "loads end before they can be killed");
    }
    println!("killed {killed} loads that take {whole:?} ({early} had ended before)");
}

/// Begins a load and kills it at the moment, unless it has ended.
fn is_killed(bundle: &str, socket: &Path, moment: Duration) -> bool {
    let at = socket.display().to_string();
    let mut child = ironhelm()
        .command(&["images", "load", bundle, "--socket", &at])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(moment);
    let is_running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    is_running
}

/// From 0 to 1.
fn noise() -> f64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    f64::from(now.subsec_nanos() % 1000) / 1000.0
}

#[test]
fn containerd_completes_after_twenty_kills() {
    let Some(node) = node() else { return };
    let bundle = large(&node);
    let clear = || {
        for name in node.ctr(&["images", "ls", "-q"]).lines() {
            node.ctr(&["images", "rm", "--sync", name]);
        }
        // What a killed load holds would be held for a day.
        for lease in node.ctr(&["leases", "ls", "-q"]).lines() {
            node.ctr(&["leases", "rm", "--sync", lease]);
        }
    };
    kill_and_go_on(&bundle, &node.containerd_socket(), || assert_complete(&node), clear);
}

#[test]
fn docker_completes_after_twenty_kills() {
    let Some(node) = node() else { return };
    let docker = node.start_docker();
    let bundle = large(&node);
    let names = ["r.example.io/a/one:1", "r.example.io/b/two:1"];
    let temporary = node.folder().join("docker/tmp");
    let check = || {
        assert_eq!(docker.run(&["images", "-q"]).lines().count(), 2, "nothing half is left");
        wait_until("docker has cleaned up", || entries(&temporary).is_empty());
        saved_whole(&docker, &node.folder().join("again.tar"), &names);
    };
    let clear = || drop(docker.run(&[&["rmi", "-f"], &names[..]].concat()));
    kill_and_go_on(&bundle, &docker.socket, check, clear);
}

/// docker gives the images back, and their contents are right.
fn saved_whole(docker: &DockerDaemon, to: &Path, names: &[&str]) {
    let path = to.display().to_string();
    docker.run(&[&["save", "-o", &path], names].concat());
    let verified = ironhelm().run(&["images", "verify", "--contents", &path]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    std::fs::remove_file(to).unwrap();
}

#[test]
fn what_goes_wrong_is_one_line_and_an_exit_code() {
    let Some(node) = node() else { return };
    let socket = node.containerd_socket();
    let folder = node.folder();
    let told = |output: Output, code: i32, text: &str| {
        assert_eq!(output.code, code, "{}", output.stderr);
        let error = output.stderr.lines().find(|line| line.starts_with("Error: "));
        assert!(
            error.is_some_and(|line| line.contains(text)),
            "{text}: {}",
            output.stderr
        );
    };
    told(
        load(&sample(), Path::new("/nowhere.sock"), &[]),
        6,
        "no usable container runtime",
    );
    let nowhere = load(&sample(), Path::new("/nowhere.sock"), &[]).stderr;
    assert!(
        nowhere.contains("/nowhere.sock (--socket): no such file") && nowhere.contains("hint: --socket"),
        "{nowhere}"
    );
    told(load("/nowhere", &socket, &[]), 3, "cannot read /nowhere");
    let empty = folder.join("empty");
    std::fs::create_dir(&empty).unwrap();
    told(load(&empty.display().to_string(), &socket, &[]), 3, "no bundle in");

    let bytes = std::fs::read(root().join(SAMPLE)).unwrap();
    let short = written(&folder.join("short.bundle.tar"), &bytes[..bytes.len() / 2]);
    told(load(&short, &socket, &[]), 4, "truncated");
    let layer = bytes.windows(3).rposition(|head| head == [0x1f, 0x8b, 8]).unwrap();
    let mut flipped = bytes.clone();
    flipped[layer + 40] ^= 1;
    let flipped = written(&folder.join("flipped.bundle.tar"), &flipped);
    told(load(&flipped, &socket, &[]), 4, "is damaged");
    told(ironhelm().run(&["images", "verify", &flipped]), 4, "is damaged");
    assert_eq!(node.ctr(&["content", "ls", "-q"]), "", "nothing was sent");

    let twins = folder.join("twins.tar");
    images_archive(&twins, &[("r.io/a/app:1", &[1]), ("r.io/b/app:1", &[1])]);
    let twins = twins.display().to_string();
    told(
        load(&twins, &socket, &["--repository", "x"]),
        5,
        "would both be called r.io/x/app:1",
    );
}

fn written(path: &Path, bytes: &[u8]) -> String {
    std::fs::write(path, bytes).unwrap();
    path.display().to_string()
}

#[test]
fn a_socket_without_permission_says_so() {
    let Some(node) = node() else { return };
    let ours = ironhelm();
    let socket = node.containerd_socket().display().to_string();
    let command = ours.command(&["images", "load", &sample(), "--socket", &socket]);
    let output = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(command.get_program())
        .args(command.get_args())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{text}");
    assert!(text.contains("permission denied: run as root"), "{text}");
}

#[test]
fn a_full_disk_of_the_runtime_is_told() {
    if let Some(reason) = Node::lacking() {
        return println!("skipped: {reason}");
    }
    let folder = tempfile::tempdir().unwrap();
    let bundle: PathBuf = folder.path().join("images.tar");
    images_archive(&bundle, &[("r.example.io/a/one:1", &[60, 60])]);
    let bundle = bundle.display().to_string();
    let node = Node::start_small(70);
    let docker = node.start_docker();
    for socket in [&docker.socket, &node.containerd_socket()] {
        let output = load(&bundle, socket, &[]);
        assert_eq!(output.code, 7, "{}", output.stderr);
        assert!(output.stderr.contains("no space left on device"), "{}", output.stderr);
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(docker.run(&["images", "-q"]), "");
    assert_eq!(node.ctr(&["images", "ls", "-q"]), "");
}
