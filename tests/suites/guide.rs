//! The guide to offline upgrades from top to bottom, both ways of every choice, with ironhelm alone: bundles into a registry and
//! a chart repository, into a directory and into the runtimes of a node, then upgrades of what real helm installed
//! (`cargo test --workspace --test guide`).
//!
//! Needs `docker-registry` and `htpasswd`, real helm and a control plane; docker and containerd with root. What is missing is told.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may fail loudly and tells what it did"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ironhelm_registry::reference::Target;
use ironhelm_registry::{Credentials, Registry, RegistryOptions, Transport, TransportOptions};
use ironhelm_tests::{
    ControlPlane, Harbor, LocalRegistry, Museum, Node, Oracles, Output, Program, Web, images_archive, ironhelm, root,
};
use serde_json::Value;

/// The guide's configuration, its mistake included: the password stands beside `auth`, not under it.
const HARBOR: &str = r#"source:
  intermediateBundlesPath: skoala-offline # The relative path to execute the charts-syncer command, not the relative path between this YAML file and the offline bundle
target:
  containerRegistry: REGISTRY # need to be changed to your container registry url
  containerRepository: release.daocloud.io/skoala # need to be changed to your container registry
  repo:
    kind: HARBOR # Can also be any other supported Helm Chart repository class
    url: http://REPOSITORY/chartrepo/release.daocloud.io # need to change to chart repo url
    auth:
    username: "admin" # Your container registry username
    password: "Harbor12345" # Your container registry password
  containers:
    auth:
      username: "admin" # Your container registry username
      password: "Harbor12345" # Your container registry password
"#;

/// The same where no chart repository is installed.
const LOCAL: &str = r#"source:
  intermediateBundlesPath: skoala-offline # The relative path to execute the charts-syncer command, not the relative path between this YAML file and the offline bundle
target:
  containerRegistry: REGISTRY # need to be changed to your container registry url
  containerRepository: release.daocloud.io/skoala # need to be changed to your container registry
  repo:
    kind: LOCAL
    path: ./local-repo # chart local path
  containers:
    auth:
      username: "admin" # Your container registry username
      password: "Harbor12345" # Your container registry password
"#;

/// What names the images of the chart.
const HINTS: &str = "---\n\
    - \"{{ .global.imageRegistry }}/{{ .image.repository }}:{{ .image.tag }}\"\n\
    - \"{{ .global.imageRegistry }}/{{ .hive.image.repository }}:{{ .hive.image.tag }}\"\n\
    - \"{{ .global.imageRegistry }}/{{ .sesame.image.repository }}:{{ .sesame.image.tag }}\"\n";

/// The images of the chart without registry and repository.
const IMAGES: [&str; 3] = ["hive:v1.5.0", "operator:v0.14.0", "sesame:v1.5.0"];

const NAMESPACE: &str = "skoala-system";

#[test]
fn both_ways_to_synchronise_serve_helm() {
    let Some(site) = Site::start() else { return };
    let Some(oracles) = oracles() else { return };
    site.sync_to_harbor();
    site.sync_to_directory();
    let helm = site.home(&oracles.helm4, "helm");
    let served = Web::files(site.path("local-repo"), None);
    for (name, url) in [("skoala-release", site.repository()), ("local", served.url())] {
        let _ = helm.succeed(&["repo", "add", name, &url]);
        let chart = format!("{name}/skoala");
        let found = helm.succeed(&["search", "repo", &chart, "--versions"]).stdout;
        assert!(found.contains("0.14.0"), "{found}");
        site.serves(&helm, &[&chart]);
    }
    println!("guide: what was synchronised to HARBOR and LOCAL, helm finds and renders with the new images");
}

#[test]
fn any_other_kind_of_repository_serves_helm() {
    let Some(site) = Site::start() else { return };
    let Some(oracles) = oracles() else { return };
    let helm = site.home(&oracles.helm4, "helm");
    let museum = Museum::start(site.folder.path(), &[], true);
    let kind = if museum.is_real() { "real" } else { "a stand-in" };
    let _ = site.sync(&repository("CHARTMUSEUM", &museum.url, "secret"));
    let _ = helm.succeed(&["repo", "add", "museum", &museum.url]);
    site.serves(&helm, &["museum/skoala"]);
    println!("guide: ChartMuseum is {kind}; helm renders what was synchronised to it");

    let host = &site.registry.host;
    let _ = site.sync(&repository(
        "OCI",
        &format!("http://{host}/charts"),
        LocalRegistry::PASSWORD,
    ));
    let _ = helm.succeed(&login(host));
    let chart = format!("oci://{host}/charts/skoala");
    site.serves(&helm, &[&chart, "--version", "0.14.0", "--plain-http"]);
    println!("guide: helm renders what was synchronised to an OCI registry");
}

#[test]
fn both_runtimes_get_the_images_of_the_unpacked_bundle() {
    let Some(site) = Site::start() else { return };
    let Some(node) = node() else { return };
    let docker = node.start_docker();
    for socket in [docker.socket.clone(), node.containerd_socket()] {
        site.load(&site.unpack().join("images.tar"), &socket);
    }
    let names = site.relocated("skoala");
    for name in &names {
        docker.run(&["image", "inspect", name]);
    }
    assert_eq!(missing(&names, &in_containerd(&node)), Vec::<&String>::new());
    println!("guide: docker and containerd have {names:?}");
}

#[test]
fn both_ways_to_upgrade_what_helm_installed() {
    let Some(site) = Site::start() else { return };
    let Some(cluster) = Cluster::start(&site) else { return };
    site.sync_to_harbor();
    site.sync_to_directory();
    cluster.install_older();
    cluster.by_repository();
    cluster.by_local_charts();
    cluster.by_unpacked_bundle();
    cluster.by_one_command();
    let _ = cluster.helm.succeed(&["uninstall", "skoala", "-n", NAMESPACE]);
}

/// A folder to work in, a registry, a chart repository, a bundle in `skoala-offline`, and ironhelm that knows nothing else.
struct Site {
    folder: tempfile::TempDir,
    registry: LocalRegistry,
    harbor: Harbor,
    ironhelm: Program,
}

impl Site {
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let registry = match LocalRegistry::start(folder.path(), true) {
            Ok(registry) => registry,
            Err(reason) => return skipped(&reason),
        };
        let mut site = Self {
            harbor: Harbor::start(folder.path()),
            ironhelm: ironhelm().in_folder(folder.path()),
            folder,
            registry,
        };
        site.ironhelm = site.home(&site.ironhelm, "home");
        site.bundle();
        Some(site)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `program` with a home of its own.
    fn home(&self, program: &Program, name: &str) -> Program {
        let below = |part: &str| self.path(name).join(part);
        let program = program.clone().with("HOME", self.path(name));
        ["CONFIG", "CACHE", "DATA"].into_iter().fold(program, |program, part| {
            program.with(&format!("HELM_{part}_HOME"), below(&part.to_lowercase()))
        })
    }

    /// What is downloaded: the chart 0.14.0 and its images in `skoala-offline/skoala.bundle.tar`.
    fn bundle(&self) {
        let chart = self.path("made/skoala");
        copy(&root().join("testdata/demo/skoala-0.14.0"), &chart);
        fs::write(chart.join(".relok8s-images.yaml"), HINTS).unwrap();
        let saved = self.path("made/saved.tar");
        let names = IMAGES.map(|image| format!("docker.io/skoala/{image}"));
        images_archive(&saved, &[0, 1, 2].map(|index| (names[index].as_str(), &[1, 2][..])));
        let saved = saved.display().to_string();
        let _ = self
            .ironhelm
            .succeed(&["bundle", "create", "made/skoala", "--images", &saved, "-d", "made"]);
        fs::create_dir(self.path("skoala-offline")).unwrap();
        let bundle = self.path("skoala-offline/skoala.bundle.tar");
        fs::rename(self.path("made/skoala_0.14.0.bundle.tar"), bundle).unwrap();
    }

    /// Real helm renders this chart with the new images.
    fn serves(&self, helm: &Program, chart: &[&str]) {
        let rendered = helm.succeed(&[&["template", "skoala"], chart].concat()).stdout;
        for image in self.relocated("release.daocloud.io/skoala") {
            assert!(rendered.contains(&format!("image: {image}")), "{image}\n{rendered}");
        }
    }

    fn sync(&self, configuration: &str) -> Output {
        let text = configuration
            .replace("REGISTRY", &self.registry.host)
            .replace("REPOSITORY", self.harbor.host());
        fs::write(self.path("load-image.yaml"), text).unwrap();
        self.ironhelm.succeed(&["sync", "--config", "load-image.yaml"])
    }

    fn sync_to_harbor(&self) {
        let output = self.sync(HARBOR);
        let warnings: Vec<&str> = output.stderr.lines().filter(|line| line.contains("WARN")).collect();
        assert_eq!(warnings.len(), 1, "{}", output.stderr);
        assert!(warnings[0].contains("taken as meant"), "{}", warnings[0]);
        println!("{}\n{}", warnings[0], output.stdout.trim_end());
        assert_eq!(self.harbor.uploads(), 1);
        self.has_images(&self.relocated("release.daocloud.io/skoala"));
    }

    fn sync_to_directory(&self) {
        let output = self.sync(LOCAL);
        assert!(!output.stderr.contains("WARN"), "{}", output.stderr);
        assert!(self.path("local-repo/skoala-0.14.0.tgz").is_file());
        self.has_images(&self.relocated("release.daocloud.io/skoala"));
    }

    /// `tar xvf skoala.bundle.tar`
    fn unpack(&self) -> PathBuf {
        let unpacked = self.path("unpacked");
        fs::create_dir_all(&unpacked).unwrap();
        let bundle = self.path("skoala-offline/skoala.bundle.tar");
        let tar = Command::new("tar")
            .arg("xf")
            .arg(bundle)
            .current_dir(&unpacked)
            .status();
        assert!(tar.unwrap().success());
        unpacked
    }

    /// Loads images under the names that the chart has with the registry of the cluster.
    fn load(&self, archive: &Path, socket: &Path) {
        let (archive, socket) = (archive.display().to_string(), socket.display().to_string());
        let arguments = [
            "images",
            "load",
            &archive,
            "--socket",
            &socket,
            "--registry",
            &self.registry.host,
        ];
        let loaded = self.ironhelm.succeed(&arguments);
        assert_eq!(
            loaded.stdout.matches("\tloaded").count(),
            2 * IMAGES.len(),
            "{}",
            loaded.stdout
        );
    }

    /// The images under their names in this repository of the registry.
    fn relocated(&self, repository: &str) -> BTreeSet<String> {
        let name = |image| format!("{}/{repository}/{image}", self.registry.host);
        IMAGES.iter().map(name).collect()
    }

    fn repository(&self) -> String {
        format!("http://{}/chartrepo/release.daocloud.io", self.harbor.host())
    }

    /// The registry has every one of these images.
    fn has_images(&self, names: &BTreeSet<String>) {
        let options = RegistryOptions {
            plain_http: true,
            credentials: Some(Credentials::basic(LocalRegistry::USER, LocalRegistry::PASSWORD)),
            ..RegistryOptions::default()
        };
        let transport = Transport::new(&TransportOptions::default()).unwrap();
        let client = Registry::new(&self.registry.host, transport, options).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        for name in names {
            let path = name.strip_prefix(&format!("{}/", self.registry.host));
            let path = path.unwrap_or_else(|| panic!("{name} is not of {}", self.registry.host));
            let (repository, tag) = path.rsplit_once(':').unwrap();
            let target = Target::Tag(tag.parse().unwrap());
            let manifest = client.manifest(repository, &target);
            runtime
                .block_on(manifest)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

/// A control plane with real helm beside ironhelm.
struct Cluster<'s> {
    site: &'s Site,
    plane: ControlPlane,
    ironhelm: Program,
    helm: Program,
}

impl<'s> Cluster<'s> {
    fn start(site: &'s Site) -> Option<Self> {
        let oracles = oracles()?;
        let plane = match ControlPlane::get("IRONHELM_TEST_KUBECONFIG", &oracles) {
            Ok(plane) => plane,
            Err(reason) => return skipped(&reason),
        };
        Some(Self {
            site,
            ironhelm: plane.with(&site.ironhelm),
            helm: plane.with(&site.home(&oracles.helm4, "helm")),
            plane,
        })
    }

    fn install_older(&self) {
        let _ = self.helm.run(&["uninstall", "skoala", "-n", NAMESPACE]);
        let older = root().join("testdata/demo/skoala-0.13.0").display().to_string();
        let install = ["install", "skoala", &older, "-n", NAMESPACE, "--create-namespace"];
        let set = ["--set", "replicas=2", "--set", "logLevel=debug"];
        let _ = self.helm.succeed(&[&install[..], &set].concat());
    }

    /// Upgrade via helm repo.
    fn by_repository(&self) {
        let nothing = |program: &Program| {
            let listed = program.run(&["repo", "list"]);
            assert!(listed.stdout.is_empty(), "{}", listed.stdout);
            (listed.code, listed.stderr)
        };
        let said = nothing(&self.ironhelm);
        assert!(said.1.contains("no repositories to show"), "{}", said.1);
        assert_eq!(said, nothing(&self.helm));
        let url = self.site.repository();
        let _ = self.ironhelm.succeed(&["repo", "add", "skoala-release", &url]);
        let listed = self.ironhelm.succeed(&["repo", "list"]).stdout;
        assert!(listed.contains("skoala-release"), "{listed}");
        let _ = self.ironhelm.succeed(&["repo", "update", "skoala-release"]);
        let found = self
            .ironhelm
            .succeed(&["search", "repo", "skoala-release/skoala", "--versions"]);
        let row: Vec<&str> = found
            .stdout
            .lines()
            .nth(1)
            .unwrap_or_default()
            .split('\t')
            .map(str::trim)
            .collect();
        assert_eq!(&row[..2], ["skoala-release/skoala", "0.14.0"], "{}", found.stdout);
        let chart = ["skoala-release/skoala", "--version", "0.14.0"];
        let images = self.upgrade(self.site.folder.path(), &chart);
        self.site.has_images(&images);
        self.helm_takes_it_back("the chart repository");
    }

    /// Upgrade via chart package: the archive that was written for this, and its contents.
    fn by_local_charts(&self) {
        let local = self.site.path("local-repo");
        let tar = Command::new("tar")
            .args(["xzf", "skoala-0.14.0.tgz"])
            .current_dir(&local)
            .status();
        assert!(tar.unwrap().success());
        for (folder, chart) in [(local.clone(), "./skoala-0.14.0.tgz"), (local.join("skoala"), ".")] {
            let images = self.upgrade(&folder, &[chart]);
            self.site.has_images(&images);
            self.helm_takes_it_back(chart);
        }
    }

    /// Upgrade via chart package: the chart in the bundle, with images that were loaded on the node.
    fn by_unpacked_bundle(&self) {
        let unpacked = self.site.unpack();
        let loaded = node().map(|node| {
            self.site.load(&unpacked.join("images.tar"), &node.containerd_socket());
            in_containerd(&node)
        });
        for (folder, chart) in [
            (unpacked.join("original-chart"), "."),
            (self.site.path("skoala-offline"), "skoala.bundle.tar"),
        ] {
            let images = self.upgrade(&folder, &[chart]);
            if let Some(loaded) = &loaded {
                assert_eq!(missing(&images, loaded), Vec::<&String>::new());
            }
            self.helm_takes_it_back(&format!("the bundle's chart as {chart}"));
        }
    }

    /// The bundle alone: its images are pushed on the way.
    fn by_one_command(&self) {
        let (folder, host) = (self.site.path("skoala-offline"), &self.site.registry.host);
        let _ = self.ironhelm.succeed(&login(host));
        let mirror = format!("{host}/mirror");
        let images = self.upgrade(&folder, &["skoala.bundle.tar", "--sync-to", &mirror]);
        assert_eq!(images, self.site.relocated("mirror"));
        self.site.has_images(&images);
        self.helm_takes_it_back("the bundle, its images sent on the way");
    }

    /// The last two steps of the guide, in this folder; the images that then are named in the cluster.
    fn upgrade(&self, folder: &Path, chart: &[&str]) -> BTreeSet<String> {
        let ironhelm = self.ironhelm.clone().in_folder(folder);
        let values = ironhelm.succeed(&["get", "values", "skoala", "-n", NAMESPACE, "-o", "yaml"]);
        assert_eq!(values.stdout, "logLevel: debug\nreplicas: 2\n");
        fs::write(folder.join("bak.yaml"), values.stdout).unwrap();
        let registry = format!("global.imageRegistry={}", self.site.registry.host);
        let upgrade = [&["upgrade", "skoala"], chart].concat();
        let flags = ["-n", NAMESPACE, "-f", "./bak.yaml", "--set", &registry];
        let said = ironhelm.succeed(&[&upgrade[..], &flags].concat()).stdout;
        assert!(said.contains("STATUS: deployed"), "{said}");
        self.images()
    }

    /// The images that workloads in the cluster and the release's hooks name.
    fn images(&self) -> BTreeSet<String> {
        let kinds = "deployments,statefulsets,daemonsets";
        let listed = self
            .plane
            .kubectl()
            .succeed(&["get", kinds, "-n", NAMESPACE, "-o", "json"]);
        let mut images = BTreeSet::new();
        named_images(&serde_json::from_str(&listed.stdout).unwrap(), &mut images);
        let hooks = self.helm.succeed(&["get", "hooks", "skoala", "-n", NAMESPACE]).stdout;
        let hooks = hooks.lines().filter_map(|line| line.trim().strip_prefix("image: "));
        images.extend(hooks.map(str::to_owned));
        assert_eq!(images.len(), IMAGES.len(), "{images:?}");
        images
    }

    /// Real helm reads what was written, and goes back to the older version.
    fn helm_takes_it_back(&self, from: &str) {
        let history = self.helm.succeed(&["history", "skoala", "-n", NAMESPACE]).stdout;
        let last = history.lines().last().unwrap_or_default();
        assert!(last.contains("skoala-0.14.0") && last.contains("deployed"), "{history}");
        let all = self.helm.succeed(&["get", "all", "skoala", "-n", NAMESPACE]).stdout;
        assert!(
            all.contains(&format!("imageRegistry: {}", self.site.registry.host)),
            "{all}"
        );
        let _ = self.helm.succeed(&["rollback", "skoala", "-n", NAMESPACE]);
        let images: Vec<String> = self
            .images()
            .into_iter()
            .filter(|image| image.contains("operator"))
            .collect();
        assert_eq!(images, ["docker.io/skoala/operator:v0.13.0"]);
        println!(
            "guide: upgraded from {from}; helm reads it and rolls back: {}",
            last.trim()
        );
    }
}

/// The guide's configuration with another repository, and the password where it belongs.
fn repository(kind: &str, url: &str, password: &str) -> String {
    HARBOR
        .replace("kind: HARBOR", &format!("kind: {kind}"))
        .replace("http://REPOSITORY/chartrepo/release.daocloud.io", url)
        .replace("    username:", "      username:")
        .replacen(
            "    password: \"Harbor12345\"",
            &format!("      password: \"{password}\""),
            1,
        )
        .replace("        username:", "      username:")
}

fn skipped<T>(reason: &str) -> Option<T> {
    println!("skipped: {reason}");
    None
}

fn oracles() -> Option<Oracles> {
    Oracles::find().map_or_else(|reason| skipped(&reason), Some)
}

fn node() -> Option<Node> {
    match Node::lacking() {
        None => Some(Node::start()),
        Some(reason) => skipped(&reason),
    }
}

fn in_containerd(node: &Node) -> BTreeSet<String> {
    node.ctr(&["images", "ls", "-q"]).lines().map(str::to_owned).collect()
}

fn missing<'n>(names: &'n BTreeSet<String>, found: &'n BTreeSet<String>) -> Vec<&'n String> {
    names.difference(found).collect()
}

/// The values of all keys `image`.
fn named_images(tree: &Value, found: &mut BTreeSet<String>) {
    match tree {
        Value::Object(map) => {
            found.extend(map.get("image").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| named_images(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| named_images(value, found)),
        _ => {}
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            fs::copy(&source, &target).unwrap();
        }
    }
}

/// What helm and we type to log in at the registry.
fn login(host: &str) -> [&str; 8] {
    let (user, password) = (LocalRegistry::USER, LocalRegistry::PASSWORD);
    ["registry", "login", host, "-u", user, "-p", password, "--plain-http"]
}
