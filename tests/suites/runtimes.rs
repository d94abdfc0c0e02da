//! A real containerd and a real docker take the images of bundles (`cargo test --workspace --test runtimes`).
//!
//! Needs root and the programs `containerd`, `ctr`, `dockerd` and `docker`; everything they keep is in a folder of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ironhelm_image::tar::{Limits, index};
use ironhelm_image::{FileAt, ImageArchive, Reference, Window};
use ironhelm_runtime::{
    BlobSource, Error, LoadOptions, LoadOutcome, LoadPlan, LoadResult, Progress, Runtime, Selection, Surroundings,
    node_platform,
};
use ironhelm_tests::{Node, images_archive, root, wait_until};

/// Manifests of the sample bundle, as the original tool pushes them.
const HIVE: &str = "sha256:f688fa3b7b6d73170ac59510e0699f8b53efe94f1bd1491c4eeac9c82461cd58";
const SESAME: &str = "sha256:a0343a62b86e32c7deee9edc4893d9772d5da0193adb2cf1e3aed4356126b5c4";
/// Tells the child of a kill test what to load where.
const CHILD_SOCKET: &str = "IRONHELM_TEST_SOCKET";
const CHILD_ARCHIVE: &str = "IRONHELM_TEST_ARCHIVE";
const MIB: u64 = 1 << 20;

#[tokio::test]
async fn containerd_takes_a_bundle_once() {
    let node = Node::start();
    let runtime = find(&node.containerd_socket()).await;
    assert_eq!(runtime.name(), "containerd");
    let selection = sample();
    let options = LoadOptions {
        pin: true,
        ..LoadOptions::default()
    };

    let plan = runtime.plan(&selection.images, &options).await.unwrap();
    assert_eq!(plan.images.len(), 2);
    assert_eq!(
        plan.missing().len(),
        7,
        "two configs, three layers of which one is shared, two manifests"
    );
    assert_eq!(node.ctr(&["namespaces", "ls", "-q"]), "", "a plan writes nothing");
    let outcome = load(&runtime, &plan, &selection.source, &options).await;
    assert!(outcome.images.iter().all(|image| image.result == LoadResult::Loaded));

    let images = node.ctr(&["images", "ls"]);
    for name in [
        "release.daocloud.io/skoala/hive:v0.14.0",
        "10.16.23.145/skoala/hive:v0.14.0",
    ] {
        let line = images.lines().find(|line| line.starts_with(name)).expect(name);
        assert!(
            line.contains(HIVE) && line.contains("io.cri-containerd.image=managed"),
            "{line}"
        );
        assert!(line.contains("io.cri-containerd.pinned=pinned"), "{line}");
    }
    assert!(
        images.contains(&format!("release.daocloud.io/skoala/sesame@{SESAME}")),
        "{images}"
    );
    assert!(images.contains(&selection.images[0].config.digest), "{images}");
    assert_eq!(node.ctr(&["content", "ls", "-q"]).lines().count(), 7);
    assert_eq!(node.ctr(&["leases", "ls", "-q"]), "", "the lease is given back");
    let check = node.ctr(&["images", "check"]);
    assert_eq!(check.matches("complete").count(), images.lines().count() - 1, "{check}");

    assert_second_load_writes_nothing(&node, &runtime, &selection, &options).await;
}

async fn assert_second_load_writes_nothing(
    node: &Node,
    runtime: &Runtime,
    selection: &Selection,
    options: &LoadOptions,
) {
    let before = (node.writes(), node.ctr(&["images", "ls"]), node.ctr(&["content", "ls"]));
    let plan = runtime.plan(&selection.images, options).await.unwrap();
    assert!(plan.is_empty());
    let outcome = load(runtime, &plan, &unreadable(), options).await;
    assert!(outcome.images.iter().all(|image| image.result == LoadResult::Present));
    let after = (node.writes(), node.ctr(&["images", "ls"]), node.ctr(&["content", "ls"]));
    assert_eq!(before.0, after.0, "no write stream was opened");
    assert_eq!((before.1, before.2).0, after.1);
}

#[tokio::test]
async fn content_survives_garbage_collection_and_a_moved_name_is_reported() {
    let node = Node::start();
    let runtime = find(&node.containerd_socket()).await;
    let selection = sample();
    let options = LoadOptions::default();
    load_all(&runtime, &selection, &options).await;
    let (hive, sesame) = (&selection.images[0].names[0], &selection.images[1].names[0]);
    node.ctr(&["images", "tag", "--force", sesame, hive]);
    // Removing a record synchronously collects what nothing refers to.
    node.ctr(&["images", "rm", "--sync", &selection.images[1].names[1]]);
    let plan = runtime.plan(&selection.images, &options).await.unwrap();
    assert!(plan.missing().is_empty(), "{:?}", plan.missing());
    let changed: Vec<String> = plan
        .images
        .iter()
        .flat_map(|image| image.changed_names())
        .map(|name| format!("{} {:?}", name.name, name.action))
        .collect();
    assert_eq!(changed.len(), 2, "{changed:?}");
    assert!(
        changed[0].contains("Move") && changed[1].contains("Create"),
        "{changed:?}"
    );
    let outcome = load(&runtime, &plan, &unreadable(), &options).await;
    assert_eq!(outcome.images[0].result, LoadResult::Completed);
    assert!(runtime.plan(&selection.images, &options).await.unwrap().is_empty());
}

#[tokio::test]
async fn containerd_unpacks_when_asked() {
    let node = Node::start();
    let runtime = find(&node.containerd_socket()).await;
    let selection = sample();
    load_all(&runtime, &selection, &LoadOptions::default()).await;
    let options = LoadOptions {
        unpack: true,
        snapshotter: Some("native".to_owned()),
        ..LoadOptions::default()
    };
    let plan = runtime.plan(&selection.images, &options).await.unwrap();
    assert!(plan.missing().is_empty() && plan.images.iter().all(|image| image.unpack));
    load(&runtime, &plan, &unreadable(), &options).await;
    let snapshots = node.ctr(&["snapshots", "--snapshotter", "native", "ls"]);
    assert!(snapshots.contains(&selection.images[0].diff_ids[0]), "{snapshots}");
    assert!(runtime.plan(&selection.images, &options).await.unwrap().is_empty());
}

#[tokio::test]
async fn docker_takes_a_bundle_once() {
    let node = Node::start();
    let docker = node.start_docker();
    let runtime = find(&docker.socket).await;
    assert_eq!(runtime.name(), "docker");
    let selection = sample();
    load_all(&runtime, &selection, &LoadOptions::default()).await;

    let images = docker.run(&["images", "--format", "{{.Repository}}:{{.Tag}}"]);
    for name in [
        "release.daocloud.io/skoala/hive:v0.14.0",
        "10.16.23.145/skoala/sesame:v0.14.0",
    ] {
        assert!(images.lines().any(|line| line == name), "{images}");
    }
    let hive = &selection.images[0];
    let id = docker.run(&["inspect", "--format", "{{.Id}}", "10.16.23.145/skoala/hive:v0.14.0"]);
    assert_eq!(id.trim(), hive.config.digest);

    let plan = runtime.plan(&selection.images, &LoadOptions::default()).await.unwrap();
    assert!(plan.is_empty());

    // A name that is gone comes back without an upload; a name that was moved is moved back.
    docker.run(&["rmi", "10.16.23.145/skoala/hive:v0.14.0"]);
    docker.run(&["tag", &hive.names[0], &selection.images[1].names[0]]);
    let plan = runtime.plan(&selection.images, &LoadOptions::default()).await.unwrap();
    assert_eq!(plan.bytes(), 0);
    assert_eq!(plan.images.iter().flat_map(|image| image.changed_names()).count(), 2);
    load(&runtime, &plan, &unreadable(), &LoadOptions::default()).await;
    assert!(
        runtime
            .plan(&selection.images, &LoadOptions::default())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn what_docker_refuses_is_a_failure() {
    let node = Node::start();
    let docker = node.start_docker();
    let runtime = find(&docker.socket).await;
    let selection = sample();
    let plan = runtime.plan(&selection.images, &LoadOptions::default()).await.unwrap();
    let garbage: Arc<dyn BlobSource> = Arc::new(Garbled(Arc::clone(&selection.source)));
    let failed = runtime
        .load(&plan, &garbage, &LoadOptions::default(), &Watch::default())
        .await;
    let error = failed.unwrap_err();
    assert!(
        matches!(error, Error::DockerLoad { .. } | Error::Docker { .. }),
        "{error:?}"
    );
    assert_eq!(docker.run(&["images", "-q"]), "");
}

#[tokio::test]
async fn damaged_content_never_gets_into_containerd() {
    let node = Node::start();
    let runtime = find(&node.containerd_socket()).await;
    let selection = sample();
    let options = LoadOptions::default();
    let plan = runtime.plan(&selection.images, &options).await.unwrap();
    let garbage: Arc<dyn BlobSource> = Arc::new(Garbled(Arc::clone(&selection.source)));
    let error = runtime
        .load(&plan, &garbage, &options, &Watch::default())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert_eq!(node.ctr(&["images", "ls", "-q"]), "");
    load_all(&runtime, &selection, &options).await;
}

#[tokio::test]
async fn containerd_goes_on_after_a_kill() {
    let node = Node::start();
    let archive = large_archive(&node);
    let selection = select(&[open(&archive)]);
    let mut child = spawn_child(&node.containerd_socket(), &archive);
    wait_until("40 MiB have arrived", || node.arrived() > 40 * MIB);
    child.kill().unwrap();
    child.wait().unwrap();
    let arrived = node.arrived();

    let runtime = find(&node.containerd_socket()).await;
    let options = LoadOptions::default();
    let plan = runtime.plan(&selection.images, &options).await.unwrap();
    let read = Arc::new(Counting::new(&selection));
    let counted: Arc<dyn BlobSource> = read.clone();
    let started = Instant::now();
    load(&runtime, &plan, &counted, &options).await;
    let read = read.bytes.load(Ordering::Relaxed);
    println!(
        "total {} arrived before the kill {arrived}, read again {read}, {:?}",
        plan.bytes(),
        started.elapsed()
    );
    assert!(
        read + arrived <= plan.bytes() + 4 * MIB,
        "{read} + {arrived} of {}",
        plan.bytes()
    );
    assert!(runtime.plan(&selection.images, &options).await.unwrap().is_empty());
    assert!(node.ctr(&["images", "check"]).contains("complete"));
}

#[tokio::test]
async fn docker_is_loaded_again_after_a_kill() {
    let node = Node::start();
    let docker = node.start_docker();
    let archive = large_archive(&node);
    let selection = select(&[open(&archive)]);
    let mut child = spawn_child(&docker.socket, &archive);
    std::thread::sleep(Duration::from_millis(700));
    assert!(child.try_wait().unwrap().is_none(), "the child still loads");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(docker.run(&["images", "-q"]), "");
    let runtime = find(&docker.socket).await;
    load_all(&runtime, &selection, &LoadOptions::default()).await;
    assert!(docker.run(&["images"]).contains("large.example.io/big"));
}

/// Not a test of its own: what [`spawn_child`] runs, and what is killed.
#[tokio::test]
#[ignore = "the child of the kill tests"]
async fn child() {
    let (Ok(socket), Ok(archive)) = (std::env::var(CHILD_SOCKET), std::env::var(CHILD_ARCHIVE)) else {
        return;
    };
    let selection = select(&[open(Path::new(&archive))]);
    let slow: Arc<dyn BlobSource> = Arc::new(Slow(Arc::clone(&selection.source)));
    let runtime = find(Path::new(&socket)).await;
    let plan = runtime.plan(&selection.images, &LoadOptions::default()).await.unwrap();
    load(&runtime, &plan, &slow, &LoadOptions::default()).await;
}

fn spawn_child(socket: &Path, archive: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored"])
        .env(CHILD_SOCKET, socket)
        .env(CHILD_ARCHIVE, archive)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

async fn find(socket: &Path) -> Runtime {
    let surroundings = Surroundings {
        socket: Some(socket.display().to_string()),
        ..Surroundings::default()
    };
    Runtime::find(&surroundings).await.unwrap()
}

async fn load_all(runtime: &Runtime, selection: &Selection, options: &LoadOptions) {
    let plan = runtime.plan(&selection.images, options).await.unwrap();
    load(runtime, &plan, &selection.source, options).await;
    assert!(runtime.plan(&selection.images, options).await.unwrap().is_empty());
}

/// Loads, and checks that progress never ran backwards and came to its end.
async fn load(runtime: &Runtime, plan: &LoadPlan, source: &Arc<dyn BlobSource>, options: &LoadOptions) -> LoadOutcome {
    let watch = Watch::default();
    let outcome = runtime.load(plan, source, options, &watch).await.unwrap();
    let seen = watch.0.into_inner().unwrap();
    assert!(seen.is_sorted(), "{seen:?}");
    assert_eq!(seen.last().copied().unwrap_or(0), plan.bytes());
    outcome
}

#[derive(Default)]
struct Watch(Mutex<Vec<u64>>);

impl Progress for Watch {
    fn bytes(&self, done: u64, _total: u64) {
        self.0.lock().unwrap().push(done);
    }
}

/// Sources that are not what they should be.
struct Garbled(Arc<dyn BlobSource>);
struct Slow(Arc<dyn BlobSource>);
struct Counting {
    source: Arc<dyn BlobSource>,
    bytes: AtomicU64,
}
struct Unreadable;

impl Counting {
    fn new(selection: &Selection) -> Self {
        Self {
            source: Arc::clone(&selection.source),
            bytes: AtomicU64::new(0),
        }
    }
}

impl BlobSource for Garbled {
    fn read_at(&self, digest: &str, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read_at(digest, offset, buffer)?;
        buffer[..count].reverse();
        Ok(count)
    }
}

impl BlobSource for Slow {
    fn read_at(&self, digest: &str, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        std::thread::sleep(Duration::from_millis(20));
        self.0.read_at(digest, offset, buffer)
    }
}

impl BlobSource for Counting {
    fn read_at(&self, digest: &str, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read_at(digest, offset, buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl BlobSource for Unreadable {
    fn read_at(&self, digest: &str, _offset: u64, _buffer: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other(format!("{digest} must not be read")))
    }
}

fn unreadable() -> Arc<dyn BlobSource> {
    Arc::new(Unreadable)
}

/// The images of the sample bundle, each with a name in another registry besides its own.
fn sample() -> Selection {
    let bundle = Window::new(FileAt::new(File::open(root().join(SAMPLE)).unwrap()).unwrap());
    let members = index(&bundle, &Limits::default()).unwrap();
    let images = members.iter().find(|member| member.name == "images.tar").unwrap();
    let images = bundle.slice(images.offset, images.size).unwrap();
    select(&[ImageArchive::open(images).unwrap()])
}

const SAMPLE: &str = "crates/bundle/testdata/sample/skoala_0.14.0.bundle.tar";

fn select(archives: &[ImageArchive]) -> Selection {
    let selection = Selection::of(archives, &node_platform(), |name| {
        let last = name.repository().rsplit('/').next().unwrap_or_default();
        let tag = name.tag_meant().unwrap_or_default();
        let relocated: Result<Reference, _> = format!("10.16.23.145/skoala/{last}:{tag}").parse();
        relocated.into_iter().collect()
    });
    assert_eq!(selection.skipped, []);
    selection
}

fn open(archive: &Path) -> ImageArchive {
    ImageArchive::open(Window::new(FileAt::new(File::open(archive).unwrap()).unwrap())).unwrap()
}

/// An archive with one image of 200 MiB in two layers that do not compress.
fn large_archive(node: &Node) -> PathBuf {
    let path = node.folder().join("images.tar");
    images_archive(&path, &[("large.example.io/big:1", &[120, 80])]);
    path
}
