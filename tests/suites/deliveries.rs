//! Offline bundles into a real registry (`cargo test --workspace --test deliveries`).
//!
//! Needs the programs `docker-registry` and `htpasswd`; everything they keep is in folders of their own.

#![allow(clippy::print_stdout, reason = "what is skipped and what was measured is said")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use ironhelm_image::Digest;
use ironhelm_registry::reference::Target;
use ironhelm_registry::{Registry, RegistryOptions, Transport, TransportOptions};
use ironhelm_tests::{Line, LocalRegistry, MadeUp, Output, Program, ironhelm, root};

/// A folder to work in, a registry, and ironhelm that knows nothing else.
struct Site {
    folder: tempfile::TempDir,
    registry: LocalRegistry,
    ironhelm: Program,
}

impl Site {
    fn start(logins: bool) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        match LocalRegistry::start(folder.path(), logins) {
            Ok(registry) => {
                let ironhelm = ironhelm().with("HOME", folder.path()).in_folder(folder.path());
                Some(Self {
                    folder,
                    registry,
                    ironhelm,
                })
            }
            Err(reason) => {
                println!("skipped: {reason}");
                None
            }
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The configuration of the guide, with charts in a directory.
    fn configure(&self, host: &str, target: &str, auth: &str) {
        let text = format!(
            "source:\n  intermediateBundlesPath: bundles\ntarget:\n  containerRegistry: {host}\n  {target}\n  repo:\n    \
             kind: LOCAL\n    path: ./local-repo\n{auth}"
        );
        fs::write(self.path("load-image.yaml"), text).unwrap();
    }

    fn sample(&self) {
        fs::create_dir_all(self.path("bundles")).unwrap();
        let name = "skoala_0.14.0.bundle.tar";
        fs::copy(sample(name), self.path("bundles").join(name)).unwrap();
    }

    fn made_up(&self, bundle: &MadeUp) -> PathBuf {
        fs::create_dir_all(self.path("bundles")).unwrap();
        let path = self.path("bundles").join("app_1.0.0.bundle.tar");
        bundle.write(&path).unwrap();
        path
    }

    fn sync(&self, more: &[&str]) -> Output {
        let arguments: Vec<&str> = ["sync", "--config", "load-image.yaml"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        self.ironhelm.run(&arguments)
    }

    /// Fails with this exit code and one line that says so much.
    fn fails(&self, more: &[&str], code: i32, text: &str) {
        let output = self.sync(more);
        assert_eq!(output.code, code, "{}", output.stderr);
        let errors: Vec<&str> = output
            .stderr
            .lines()
            .filter(|line| line.starts_with("Error: "))
            .collect();
        assert_eq!(errors.len(), 1, "{}", output.stderr);
        assert!(errors[0].contains(text), "{}", output.stderr);
    }

    fn client(&self) -> Registry {
        let options = RegistryOptions {
            plain_http: true,
            ..RegistryOptions::default()
        };
        Registry::new(
            &self.registry.host,
            Transport::new(&TransportOptions::default()).unwrap(),
            options,
        )
        .unwrap()
    }
}

fn sample(name: &str) -> PathBuf {
    root().join("crates/bundle/testdata/sample").join(name)
}

const GUIDE: &str = "containerRepository: release.daocloud.io/skoala";

#[tokio::test]
async fn what_is_pushed_is_what_charts_syncer_pushed() {
    let Some(site) = Site::start(false) else { return };
    site.sample();
    site.configure(&site.registry.host, GUIDE, "");
    let planned = site.sync(&["--dry-run", "-o", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&planned.stdout).unwrap();
    assert_eq!(plan["images"][0]["action"]["do"], "push");
    assert_eq!(
        (site.registry.count("POST"), site.path("local-repo").exists()),
        (0, false),
        "a dry run sends nothing"
    );

    let sent = site.sync(&[]);
    assert_eq!(sent.code, 0, "{}", sent.stderr);
    for name in ["hive", "sesame"] {
        let repository = format!("release.daocloud.io/skoala/{name}");
        let target = Target::Tag("v0.14.0".parse().unwrap());
        let found = site.client().manifest(&repository, &target).await.unwrap();
        assert_eq!(
            found.bytes,
            fs::read(sample(&format!("expected/manifest-{name}.json"))).unwrap(),
            "{name}"
        );
    }
    same_chart_but_for_what_was_wrong(&site);
    let posts = site.registry.count("POST");
    let again = site.sync(&[]);
    assert_eq!(
        (again.code, site.registry.count("POST")),
        (0, posts),
        "a second run sends no blob"
    );
    assert!(again.stdout.contains("skip (already there)"), "{}", again.stdout);
}

/// Where the original rewrites, the rewritten values are the same.
fn same_chart_but_for_what_was_wrong(site: &Site) {
    let ours = unpacked(&site.path("local-repo/skoala-0.14.0.tgz"));
    let recorded = unpacked(&sample("expected/skoala-0.14.0.relocated.tgz"));
    assert_eq!(ours.keys().collect::<Vec<_>>(), recorded.keys().collect::<Vec<_>>());
    for (name, text) in &recorded {
        let expected = match name.as_str() {
            // Written anew by the original, comments and order lost; the same tree.
            "skoala/Chart.yaml" => {
                let tree = |text: &str| ironhelm_yaml::decode(text.as_bytes()).unwrap();
                assert_eq!(tree(&ours[name]), tree(text));
                continue;
            }
            // The original forgets the values of subcharts.
            "skoala/charts/sesame/values.yaml" => text
                .replace(
                    "registry: release.daocloud.io",
                    &format!("registry: {}", site.registry.host),
                )
                .replace(
                    "repository: skoala/sesame",
                    "repository: release.daocloud.io/skoala/sesame",
                ),
            _ => text.replace("10.16.23.145", &site.registry.host),
        };
        assert_eq!(ours[name], expected, "{name}");
    }
}

fn unpacked(path: &Path) -> BTreeMap<String, String> {
    let mut archive = tar::Archive::new(GzDecoder::new(fs::File::open(path).unwrap()));
    let mut files = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        files.insert(entry.path().unwrap().display().to_string(), text);
    }
    files
}

#[test]
fn images_alone_are_pushed_under_chosen_names() {
    let Some(site) = Site::start(true) else { return };
    site.sample();
    let to = format!("{}/mirror", site.registry.host);
    let push = |password: &str| {
        let arguments = [
            "images",
            "push",
            "bundles",
            "--to",
            &to,
            "--username",
            LocalRegistry::USER,
            "--password",
            password,
        ];
        site.ironhelm.run(&arguments)
    };
    let refused = push("wrong");
    assert_eq!(refused.code, 7, "{}", refused.stderr);
    assert!(refused.stderr.contains("401 Unauthorized"), "{}", refused.stderr);
    let pushed = push(LocalRegistry::PASSWORD);
    assert_eq!(pushed.code, 0, "{}", pushed.stderr);
    assert!(pushed.stdout.contains("/mirror/hive:v0.14.0"), "{}", pushed.stdout);
}

#[test]
fn what_is_wrong_is_told_in_one_line_before_anything_is_pushed() {
    let Some(site) = Site::start(true) else { return };
    let (host, rest) = (site.registry.host.clone(), "containerRepository: mirror");
    let auth = |password: &str| {
        format!(
            "  containers:\n    auth: {{username: {}, password: {password}}}\n",
            LocalRegistry::USER
        )
    };
    let good = auth(LocalRegistry::PASSWORD);
    site.configure(&host, rest, &good);
    site.fails(&[], 3, "cannot read bundles");
    fs::create_dir(site.path("bundles")).unwrap();
    site.fails(&[], 3, "no bundle in bundles");

    let bundle = site.made_up(&MadeUp {
        images: 3,
        shared: vec![(1, 3_000_000)],
        own: 2_000_000,
        seed: 7,
    });
    site.configure(&host, rest, &auth("wrong"));
    site.fails(&[], 7, "401 Unauthorized");
    site.configure("127.0.0.1:1", rest, &good);
    site.fails(&[], 6, "cannot reach");

    site.configure(&host, rest, &good);
    let whole = fs::metadata(&bundle).unwrap().len();
    let mut file = fs::File::options().read(true).write(true).open(&bundle).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(whole / 2)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(whole / 2)).unwrap();
    file.write_all(&[byte[0] ^ 4]).unwrap();
    site.fails(&["--verify"], 4, "has the digest");
    site.fails(&[], 4, "is damaged");
    assert_eq!(stored_blobs(&site.registry), Vec::<String>::new(), "nothing is let in");
    file.set_len(whole * 2 / 3).unwrap();
    site.fails(&[], 4, "bundles/app_1.0.0.bundle.tar");
    assert_eq!(stored_blobs(&site.registry), Vec::<String>::new());
    assert!(!site.path("local-repo").exists());
}

#[test]
fn two_images_that_would_get_one_name_are_a_conflict() {
    let Some(site) = Site::start(false) else { return };
    fs::create_dir(site.path("bundles")).unwrap();
    let two = |folder: &str, seed| {
        let made = MadeUp {
            images: 1,
            shared: Vec::new(),
            own: 5000,
            seed,
        };
        made.write(&site.path("bundles").join(folder)).unwrap();
    };
    two("one.bundle.tar", 1);
    two("two.bundle.tar", 2);
    site.configure(&site.registry.host, "containerRepository: mirror", "");
    site.fails(&[], 5, "would both become");
    assert_eq!(site.registry.count("POST"), 0);
}

fn stored_blobs(registry: &LocalRegistry) -> Vec<String> {
    let top = registry.data().join("docker/registry/v2/blobs/sha256");
    let folders = fs::read_dir(top).into_iter().flatten().flatten();
    let blobs = folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
    blobs
        .map(|blob| blob.file_name().to_string_lossy().into_owned())
        .collect()
}

#[tokio::test]
async fn a_killed_push_goes_on_where_it_ended() {
    let Some(site) = Site::start(false) else { return };
    let bundle = site.made_up(&MadeUp {
        images: 24,
        shared: vec![(4, 4_000_000)],
        own: 3_000_000,
        seed: 11,
    });
    let line = Line::to(&site.registry.host, u64::MAX);
    site.configure(&line.host, "containerRepository: mirror", "");
    let kills = 20;
    let mut random = 88_172_645_463_325_252_u64;
    let mut killed = 0;
    for _ in 0..kills {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        killed += u32::from(site.killed_after(Duration::from_millis(60 + random % 700)));
    }
    let done = site.sync(&[]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let (size, passed) = (fs::metadata(&bundle).unwrap().len(), line.passed());
    println!("deliveries: {killed} of {kills} runs were killed; a bundle of {size} bytes took {passed} bytes");
    // What was sent completely before a run was killed is not sent again; of what was on its way, this registry forgets
    // the beginning, so that blobs are the chunks.
    let chunk = 4 << 20;
    assert!(passed < size + u64::from(killed) * 6 * chunk, "{passed}");
    site.all_blobs_are_right().await;
}

#[tokio::test]
async fn a_registry_that_drops_connections_gets_everything() {
    let Some(site) = Site::start(false) else { return };
    let bundle = site.made_up(&MadeUp {
        images: 4,
        shared: vec![(1, 30_000_000)],
        own: 9_000_000,
        seed: 13,
    });
    let line = Line::to(&site.registry.host, 7 << 20);
    site.configure(&line.host, "containerRepository: mirror", "");
    let done = site.sync(&[]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    println!(
        "deliveries: over a line of which every third connection is cut after 7 MiB, a bundle of {} bytes took {} bytes",
        fs::metadata(&bundle).unwrap().len(),
        line.passed()
    );
    site.all_blobs_are_right().await;
}

impl Site {
    /// Runs a synchronisation and kills it after so long; whether it still ran.
    fn killed_after(&self, time: Duration) -> bool {
        let started = Instant::now();
        let mut process = Command::new(self.ironhelm.path())
            .args(["sync", "--config", "load-image.yaml"])
            .env("HOME", self.folder.path())
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(time.saturating_sub(started.elapsed()));
        process.kill().unwrap();
        process.wait().unwrap().signal().is_some()
    }

    /// Every image is there, and every blob is what it is called.
    async fn all_blobs_are_right(&self) {
        let client = self.client();
        let images = self.sync(&["--print-images"]).stdout;
        assert!(!images.is_empty());
        for image in images.lines() {
            let (name, tag) = image.rsplit_once('/').unwrap().1.split_once(':').unwrap();
            let repository = format!("mirror/{name}");
            let found = client
                .manifest(&repository, &Target::Tag(tag.parse().unwrap()))
                .await
                .unwrap();
            let ironhelm_image::Manifest::Image(manifest) = found.manifest else {
                panic!("{image} is no image");
            };
            for blob in manifest.layers.iter().chain([&manifest.config]) {
                let bytes = client.blob_bytes(&repository, blob, 1 << 30).await.unwrap();
                assert_eq!(Digest::sha256(&bytes), blob.digest);
            }
        }
    }
}
