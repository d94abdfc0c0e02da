//! A node's real container runtimes, each with everything that it keeps in a folder of its own, and images to load.

#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "what helps tests fails loudly"
)]

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use ironhelm_image::Digest;
use ironhelm_image::tar::{END, Header, padding};
use ironhelm_runtime::node_platform;
use tempfile::TempDir;

const MIB: u64 = 1 << 20;

/// Writes an archive of images, each with layers of so many MiB that do not compress.
pub fn images_archive(path: &Path, images: &[(&str, &[u64])]) {
    let mut file = File::create(path).unwrap();
    let (mut records, mut seed) = (Vec::new(), 0);
    for (tag, sizes) in images {
        let mut names = Vec::new();
        let mut digests = Vec::new();
        for mib in *sizes {
            seed += 1;
            let layer = layer(seed, mib * MIB);
            let digest = Digest::sha256(&layer);
            let name = format!("{}.tar.gz", digest.hex());
            append(&mut file, &name, &layer);
            names.push(name);
            digests.push(digest);
        }
        let config = config(&digests);
        let config_name = Digest::sha256(&config).to_string();
        append(&mut file, &config_name, &config);
        records.push(serde_json::json!({"Config": config_name, "RepoTags": [tag], "Layers": names}));
    }
    append(&mut file, "manifest.json", &serde_json::to_vec(&records).unwrap());
    file.write_all(&END).unwrap();
}

fn config(diff_ids: &[Digest]) -> Vec<u8> {
    let platform = node_platform();
    let config = serde_json::json!({
        "architecture": platform.architecture,
        "os": platform.os,
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    });
    serde_json::to_vec(&config).unwrap()
}

/// A layer with one file of noise.
fn layer(seed: u64, size: u64) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Header::new(&format!("noise-{seed}"), size).into_bytes();
    for _ in 0..size / 8 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.extend_from_slice(&END);
    bytes
}

fn append(file: &mut File, name: &str, bytes: &[u8]) {
    let size = bytes.len() as u64;
    file.write_all(&Header::new(name, size).into_bytes()).unwrap();
    file.write_all(bytes).unwrap();
    let zeroes = usize::try_from(padding(size)).unwrap();
    file.write_all(&END[..zeroes]).unwrap();
}

/// A containerd of its own.
#[derive(Debug)]
pub struct Node {
    containerd: Child,
    folder: TempDir,
    is_mounted: bool,
}

/// A docker of its own on top of a node's containerd.
#[derive(Debug)]
pub struct DockerDaemon {
    process: Child,
    /// Its socket.
    pub socket: PathBuf,
}

impl Node {
    /// Why there can be none on this machine.
    #[must_use]
    pub fn lacking() -> Option<String> {
        let starts = |program: &&str| Command::new(program).arg("--version").output().is_ok();
        let missing = ["containerd", "ctr", "dockerd", "docker"]
            .into_iter()
            .find(|program| !starts(program));
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
        match missing {
            Some(program) => Some(format!("{program} is not installed")),
            None => (!is_root).then(|| "runtimes start for root only".to_owned()),
        }
    }

    /// Starts one.
    #[must_use]
    pub fn start() -> Self {
        Self::start_in(tempfile::Builder::new().prefix("ihrt").tempdir().unwrap(), false)
    }

    /// Starts one whose disk has so many MiB, for docker too.
    #[must_use]
    pub fn start_small(mib: u32) -> Self {
        let folder = tempfile::Builder::new().prefix("ihrt").tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mib}m"), "none"])
            .arg(folder.path())
            .status();
        assert!(mounted.unwrap().success(), "a tmpfs can be mounted");
        Self::start_in(folder, true)
    }

    fn start_in(folder: TempDir, is_mounted: bool) -> Self {
        let at = folder.path().display();
        let config = format!(
            "version = 2\nroot = \"{at}/root\"\nstate = \"{at}/state\"\n\
             disabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n\
             [grpc]\n  address = \"{at}/c.sock\"\n[debug]\n  level = \"debug\"\n\
             [plugins.\"io.containerd.internal.v1.opt\"]\n  path = \"{at}/opt\"\n"
        );
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        let containerd = spawn(
            Command::new("containerd")
                .arg("--config")
                .arg(folder.path().join("config.toml")),
            &folder.path().join("containerd.log"),
        );
        let node = Self {
            containerd,
            folder,
            is_mounted,
        };
        wait_until("containerd answers", || node.try_ctr(&["version"]).is_some());
        node
    }

    /// Where everything is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// containerd's socket.
    #[must_use]
    pub fn containerd_socket(&self) -> PathBuf {
        self.folder().join("c.sock")
    }

    /// What `ctr` prints about the kubelet's namespace.
    pub fn ctr(&self, arguments: &[&str]) -> String {
        self.try_ctr(arguments)
            .unwrap_or_else(|| panic!("ctr {arguments:?} failed"))
    }

    /// The same, if it succeeds.
    #[must_use]
    pub fn try_ctr(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new("ctr")
            .arg("-a")
            .arg(self.containerd_socket())
            .args(["-n", "k8s.io"])
            .args(arguments)
            .output()
            .unwrap();
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// How many write streams were opened so far.
    #[must_use]
    pub fn writes(&self) -> usize {
        let log = std::fs::read_to_string(self.folder().join("containerd.log")).unwrap();
        log.matches("(*service).Write started").count()
    }

    /// How many bytes lie in uncommitted and committed content.
    #[must_use]
    pub fn arrived(&self) -> u64 {
        let store = self.folder().join("root/io.containerd.content.v1.content");
        let uncommitted = entries(&store.join("ingest"))
            .into_iter()
            .map(|entry| entry.join("data"));
        uncommitted
            .chain(entries(&store.join("blobs/sha256")))
            .filter_map(|file| Some(std::fs::metadata(file).ok()?.len()))
            .sum()
    }

    /// Starts a docker on top of this containerd.
    #[must_use]
    pub fn start_docker(&self) -> DockerDaemon {
        let at = self.folder();
        let socket = at.join("d.sock");
        let mut command = Command::new("dockerd");
        command.args([
            "--iptables=false",
            "--ip6tables=false",
            "--bridge=none",
            "--storage-driver=vfs",
        ]);
        command.arg("--host").arg(format!("unix://{}", socket.display()));
        command.arg("--data-root").arg(at.join("docker"));
        command.arg("--exec-root").arg(at.join("exec"));
        command.arg("--pidfile").arg(at.join("docker.pid"));
        command.arg("--containerd").arg(self.containerd_socket());
        let process = spawn(&mut command, &at.join("dockerd.log"));
        let docker = DockerDaemon { process, socket };
        wait_until("docker answers", || docker.try_run(&["images"]).is_some());
        docker
    }
}

impl DockerDaemon {
    /// What `docker` prints.
    pub fn run(&self, arguments: &[&str]) -> String {
        self.try_run(arguments)
            .unwrap_or_else(|| panic!("docker {arguments:?} failed"))
    }

    /// The same, if it succeeds.
    #[must_use]
    pub fn try_run(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new("docker")
            .arg("--host")
            .arg(format!("unix://{}", self.socket.display()))
            .args(arguments)
            .output()
            .unwrap();
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        end(&mut self.containerd);
        if self.is_mounted {
            let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
        }
    }
}

impl Drop for DockerDaemon {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Asks a process to end, so that it cleans up; makes it end if it does not.
fn end(process: &mut Child) {
    let _ = Command::new("kill").arg(process.id().to_string()).status();
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if let Ok(Some(_)) = process.try_wait() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = process.kill();
    let _ = process.wait();
}

fn spawn(command: &mut Command, log: &Path) -> Child {
    let log = File::create(log).unwrap();
    command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

/// What is in a folder; nothing if it is not there.
#[must_use]
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Waits for a minute at most.
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < deadline, "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(10));
    }
}
