//! Archives that mean harm: nothing of them is unpacked, nothing is left behind, and memory is bounded.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use futures::executor::block_on;
use futures::future::BoxFuture;
use ironhelm_repository::pull::{PullOptions, pull};
use ironhelm_repository::{Access, ChartReference, Fetched, OciChart, Paths, Remote, RemoteError, Request};
use tar::{EntryType, Header};

/// Answers everything with one archive.
struct One(Vec<u8>);

impl Remote for One {
    fn get<'a>(&'a self, _: &'a Request) -> BoxFuture<'a, Result<Fetched, RemoteError>> {
        Box::pin(async {
            Ok(Fetched {
                body: self.0.clone(),
                content_type: String::new(),
            })
        })
    }

    fn tags<'a>(&'a self, _: &'a str, _: &'a Access) -> BoxFuture<'a, Result<Vec<String>, RemoteError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn pull<'a>(&'a self, _: &'a str, _: &'a Access) -> BoxFuture<'a, Result<OciChart, RemoteError>> {
        Box::pin(async {
            Ok(OciChart {
                chart: self.0.clone(),
                provenance: None,
                digest: format!("sha256:{}", "a".repeat(64)),
            })
        })
    }
}

/// A member of an archive: its path as it stands, its kind, where it leads to, and its bytes.
type Member<'m> = (&'m str, EntryType, &'m str, &'m [u8]);

fn archive(metadata: &str, members: &[Member<'_>]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let chart_yaml: Member<'_> = ("demo/Chart.yaml", EntryType::Regular, "", metadata.as_bytes());
    for (path, kind, target, bytes) in std::iter::once(&chart_yaml).chain(members) {
        let mut header = Header::new_gnu();
        // Straight into the header: the library would refuse some of these paths.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o4777);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// What unpacking the archive comes to, and which files lie below the directory then.
fn unpacked(archive: Vec<u8>) -> (Result<(), String>, Vec<String>) {
    let home = tempfile::tempdir().unwrap();
    let below = |name: &str| home.path().join(name).display().to_string();
    let paths = Paths::from_environment(|name| (name == "HELM_CACHE_HOME").then(|| below("cache")));
    std::fs::create_dir(home.path().join("work")).unwrap();
    let options = PullOptions {
        destination: home.path().join("work"),
        untar: Some(".".into()),
        ..PullOptions::default()
    };
    let reference = ChartReference {
        chart: "oci://registry.example/demo".to_owned(),
        version: "1.0.0".to_owned(),
        ..ChartReference::default()
    };
    let pulled = block_on(pull(&reference, &options, &paths, &One(archive)));
    let mut files = Vec::new();
    list(&home.path().join("work"), home.path(), &mut files);
    files.sort();
    (pulled.map(drop).map_err(|error| error.to_string()), files)
}

fn list(directory: &Path, root: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let metadata = std::fs::symlink_metadata(entry.path()).unwrap();
        assert!(!metadata.is_symlink(), "{}", entry.path().display());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(metadata.permissions().mode() & 0o7000, 0, "{}", entry.path().display());
        }
        if metadata.is_dir() {
            list(&entry.path(), root, files);
        } else {
            files.push(entry.path().strip_prefix(root).unwrap().display().to_string());
        }
    }
}

const CHART: &str = "apiVersion: v2\nname: demo\nversion: 1.0.0\n";

/// CVE-2019-1000008, CVE-2026-29064, CVE-2026-40090: paths that lead out of the chart.
#[test]
fn paths_that_lead_out_are_refused() {
    for path in [
        "demo/../../x",
        "../x",
        "/etc/x",
        "demo/C:/x",
        "demo/a\\..\\..\\x",
        "demo/a/../../../x",
    ] {
        let (outcome, files) = unpacked(archive(CHART, &[(path, EntryType::Regular, "", b"x")]));
        let inside = files.iter().all(|file| file.starts_with("work/demo/"));
        assert!(inside, "{path}: {files:?}");
        assert!(
            outcome.is_err() || !files.iter().any(|file| file.contains("..")),
            "{path}"
        );
    }
}

/// CVE-2026-50162, CVE-2026-50163, CVE-2021-32760: links, hard or symbolic, devices and set-user-id bits.
#[test]
fn links_and_devices_are_not_unpacked() {
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Fifo] {
        let members: [Member<'_>; 2] = [
            ("demo/link", kind, "/etc", b""),
            ("demo/link/passwd", EntryType::Regular, "", b"x"),
        ];
        let (_, files) = unpacked(archive(CHART, &members));
        let inside = files.iter().all(|file| file.starts_with("work/demo/"));
        assert!(inside, "{kind:?}: {files:?}");
    }
}

/// CVE-2025-32386, CVE-2026-54448: archives that inflate without end.
#[test]
fn archives_that_inflate_without_end_are_refused() {
    let zeros = vec![0; 16 << 20];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let mut builder = tar::Builder::new(&mut encoder);
    for number in 0..16 {
        let mut header = Header::new_gnu();
        header.set_size(zeros.len() as u64);
        header.set_path(format!("demo/files/{number}")).unwrap();
        header.set_cksum();
        builder.append(&header, zeros.as_slice()).unwrap();
    }
    drop(builder);
    encoder.flush().unwrap();
    let (outcome, files) = unpacked(encoder.finish().unwrap());
    assert!(outcome.is_err());
    assert!(files.is_empty(), "{files:?}");
}

/// CVE-2020-15184, CVE-2020-15187, CVE-2024-25620, CVE-2024-26147, CVE-2025-55198, CVE-2026-35206: metadata that lie.
#[test]
fn charts_with_bad_metadata_are_not_unpacked() {
    for metadata in [
        "",
        "null",
        "[]",
        "apiVersion: v2\nname: null\nversion: 1.0.0\n",
        "apiVersion: v2\nname: ..\nversion: 1.0.0\n",
        "apiVersion: v2\nname: .\nversion: 1.0.0\n",
        "apiVersion: v2\nname: a/../b\nversion: 1.0.0\n",
        "apiVersion: v2\nname: demo\nversion: [1]\n",
        "apiVersion: v2\nname: demo\nversion: 1.0.0\ndependencies: [null]\n",
        "apiVersion: v2\nname: demo\nversion: 1.0.0\ndependencies: [{name: a, version: 1.0.0, alias: ../x}]\n",
    ] {
        let (outcome, files) = unpacked(archive(metadata, &[]));
        assert!(outcome.is_err(), "{metadata:?}");
        assert!(files.is_empty(), "{metadata:?}: {files:?}");
    }
    let (outcome, files) = unpacked(archive(CHART, &[]));
    assert_eq!((outcome, files.len()), (Ok(()), 1));
}
