//! Archives of images: by charts-syncer's rules, by skopeo (`*-skopeo.tar`), with several platforms, damaged and hostile.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::io::Write as _;
use std::ops::ControlFlow;

use flate2::write::GzEncoder;
use ironhelm_image::tar::{END, Header};
use ironhelm_image::{
    ArchiveError, ArchiveKind, Content, Digest, ImageArchive, MediaType, Stamp, VerifyError, VerifyOptions, Window,
    verify,
};
use serde_json::json;

const DOCKER: &[u8] = include_bytes!("../testdata/docker-archive.tar");
const SKOPEO_DOCKER: &[u8] = include_bytes!("../testdata/docker-skopeo.tar");
const SKOPEO_OCI: &[u8] = include_bytes!("../testdata/oci-skopeo.tar");
const MULTI: &[u8] = include_bytes!("../testdata/oci-multi.tar");

fn open(bytes: &[u8]) -> Result<ImageArchive, ArchiveError> {
    ImageArchive::open(Window::from_bytes(bytes))
}

fn check(archive: &ImageArchive) -> Result<(), String> {
    let stamp = Stamp {
        size: 1,
        modified: (1, 1),
    };
    let options = VerifyOptions {
        threads: 1,
        contents: true,
    };
    let verified = verify(archive, stamp, &options, &|_| ControlFlow::Continue(()));
    let verified = verified.map_err(|error| error.to_string())?;
    assert!(verified.covers(archive, stamp));
    assert!(!verified.covers(archive, Stamp { size: 2, ..stamp }));
    let kept: ironhelm_image::VerifiedIndex = serde_json::from_str(&serde_json::to_string(&verified).unwrap()).unwrap();
    assert!(kept.covers(archive, stamp) && kept.has_contents());
    Ok(())
}

fn tar(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, data) in members {
        bytes.extend(Header::new(name, data.len() as u64).into_bytes());
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.extend(END);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A docker archive of one image with these layers: (name, stored bytes, contents).
fn docker(layers: &[(String, Vec<u8>, &[u8])]) -> Vec<u8> {
    let diff_ids: Vec<Digest> = layers.iter().map(|(_, _, contents)| Digest::sha256(contents)).collect();
    let config = json!({"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": diff_ids}}).to_string();
    let names: Vec<&String> = layers.iter().map(|(name, ..)| name).collect();
    let manifest = json!([{"Config": "config.json", "RepoTags": ["r.io/a:1"], "Layers": names}]).to_string();
    let mut members = vec![("manifest.json".to_owned(), manifest.into_bytes())];
    members.extend(layers.iter().map(|(name, stored, _)| (name.clone(), stored.clone())));
    members.push(("config.json".to_owned(), config.into_bytes()));
    tar(&members)
}

#[test]
fn a_docker_archive_gets_the_manifests_that_charts_syncer_pushes() {
    let archive = open(DOCKER).unwrap();
    assert_eq!(archive.kind(), ArchiveKind::Docker);
    let found = archive
        .find(&"release.example.io/demo/sesame:v1".parse().unwrap())
        .unwrap();
    let Content::Image(image) = found.content() else {
        panic!("an index")
    };
    assert_eq!(image.manifest.media_type, MediaType::DOCKER_MANIFEST);
    assert_eq!(Digest::sha256(&image.manifest_bytes), image.manifest.digest);
    assert_eq!(image.platform.to_string(), "linux/amd64");
    assert_eq!((archive.images().len(), archive.blobs().len()), (2, 5));
    check(&archive).unwrap();
}

#[test]
fn archives_of_skopeo_are_read() {
    let docker = open(SKOPEO_DOCKER).unwrap();
    let oci = open(SKOPEO_OCI).unwrap();
    assert_eq!(oci.kind(), ArchiveKind::OciLayout);
    for archive in [&docker, &oci] {
        assert_eq!(archive.entries()[0].names(), ["release.example.io/demo/hive:v1"]);
        assert!(archive.warnings().is_empty());
        check(archive).unwrap();
    }
    let (docker, oci) = (docker.images(), oci.images());
    assert_eq!(docker[0].diff_ids, oci[0].diff_ids);
    assert_eq!(*docker[0].layers[0].media_type(), MediaType::DOCKER_LAYER);
    assert_eq!(docker[0].layers[0].digest(), &docker[0].diff_ids[0]);
    assert_eq!(oci[0].manifest.media_type, MediaType::OCI_MANIFEST);
    let digest = "sha256:8482c56db5b80673296ab779a5c31cd29502246113626ca5734939670e771df5";
    assert_eq!(oci[0].manifest.digest.as_str(), digest);
}

#[test]
fn an_index_has_an_image_for_each_platform() {
    let archive = open(MULTI).unwrap();
    let entry = archive.find(&"hive:v1".parse().unwrap()).unwrap();
    let Content::Index(index) = entry.content() else {
        panic!("no index")
    };
    assert_eq!((index.children.len(), index.missing.len()), (2, 1));
    assert!(!entry.content().is_complete());
    let arm = entry.content().image_for(&"linux/arm64".parse().unwrap()).unwrap();
    assert_eq!(arm.platform.architecture, "arm64");
    assert!(entry.content().image_for(&"linux/s390x".parse().unwrap()).is_none());
    let by_digest = format!("hive@{}", index.descriptor.digest).parse().unwrap();
    assert!(archive.find(&by_digest).is_some());
    check(&archive).unwrap();
}

#[test]
fn every_truncation_is_noticed_when_an_archive_is_opened() {
    for bytes in [DOCKER, SKOPEO_DOCKER, SKOPEO_OCI, MULTI] {
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        for length in (0..end.next_multiple_of(512) + 512).step_by(128) {
            assert!(open(&bytes[..length]).is_err(), "{length}");
        }
    }
}

/// What a name is may change with a byte of `manifest.json`; what is under it may not.
#[test]
fn a_damaged_byte_is_noticed_or_without_effect() {
    for bytes in [DOCKER, SKOPEO_OCI] {
        let right: Vec<Digest> = open(bytes)
            .unwrap()
            .images()
            .iter()
            .map(|image| image.manifest.digest.clone())
            .collect();
        for at in (0..bytes.len()).step_by(11) {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 1 << (at % 8);
            let Ok(archive) = open(&damaged) else { continue };
            if check(&archive).is_ok() {
                let digests = archive.images().into_iter().map(|image| image.manifest.digest.clone());
                assert!(digests.into_iter().all(|digest| right.contains(&digest)), "{at}");
            }
        }
    }
}

#[test]
fn damage_is_told_with_the_image() {
    let layer = gzip(b"contents");
    let mut damaged = layer.clone();
    damaged[9] ^= 1;
    let name = format!("{}.tar.gz", Digest::sha256(&layer).hex());
    let archive = open(&docker(&[(name, damaged, b"contents")])).unwrap();
    let text = check(&archive).unwrap_err();
    let wanted = format!("damaged: {} of r.io/a:1 has the digest sha256:", Digest::sha256(&layer));
    assert!(text.starts_with(&wanted), "{text}");
}

#[test]
fn contents_are_compared_in_any_compression() {
    let zstd = ruzstd::encoding::compress_to_vec(b"two".as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
    let frames = [zstd.as_slice(), &[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]].concat();
    let layers = |second: &'static [u8]| {
        [
            ("a/layer.tar".to_owned(), gzip(b"one"), b"one".as_slice()),
            ("b/layer.tar".to_owned(), frames.clone(), second),
        ]
    };
    check(&open(&docker(&layers(b"two"))).unwrap()).unwrap();
    let text = check(&open(&docker(&layers(b"other"))).unwrap()).unwrap_err();
    assert!(text.contains("has contents of the digest"), "{text}");
    let mut cut = gzip(b"one");
    cut.truncate(12);
    let text = check(&open(&docker(&[("a/layer.tar".to_owned(), cut, b"one")])).unwrap()).unwrap_err();
    assert!(text.contains("cannot be inflated"), "{text}");
}

#[test]
fn a_watcher_can_break_off() {
    let archive = open(DOCKER).unwrap();
    let stamp = Stamp {
        size: 0,
        modified: (0, 0),
    };
    let error = verify(&archive, stamp, &VerifyOptions::default(), &|_| ControlFlow::Break(())).unwrap_err();
    assert!(matches!(error, VerifyError::Interrupted));
    let verified = verify(&archive, stamp, &VerifyOptions::default(), &|_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(
        !verified.covers(&archive, stamp),
        "a file of unknown time is never the same"
    );
}

fn text(members: &[(&str, &str)]) -> String {
    let members: Vec<_> = members
        .iter()
        .map(|(name, data)| ((*name).to_owned(), data.as_bytes().to_vec()))
        .collect();
    open(&tar(&members)).map_or_else(|error| error.to_string(), |archive| format!("taken: {archive:?}"))
}

#[test]
fn hostile_archives_are_refused() {
    let record = |config: &str| format!(r#"[{{"Config":"{config}","RepoTags":["a:1"],"Layers":["x"]}}]"#);
    assert!(text(&[]).contains("holds no images"));
    assert!(text(&[("repositories", "{}")]).contains("older than 1.10"));
    assert!(text(&[("manifest.json", "{")]).contains("manifest.json is damaged"));
    assert!(text(&[("manifest.json", &"[".repeat(1 << 20))]).contains("manifest.json is damaged"));
    assert!(text(&[("manifest.json", &" ".repeat(21 << 20))]).contains("the most is"));
    assert!(text(&[("manifest.json", "[]"), ("manifest.json", "[]")]).contains("there twice"));
    assert!(text(&[("manifest.json", &record("../../etc/passwd"))]).contains("a path out of the archive"));
    assert!(text(&[("manifest.json", &record("c"))]).contains("c is missing, which manifest.json needs"));
    assert!(text(&[("manifest.json", &record("c")), ("c", "{}")]).contains("has 1 layers, its configuration says 0"));
    assert!(text(&[("manifest.json", &record("c")), ("c", "null")]).contains("c cannot be used"));
    let named = format!("sha256:{}", "0".repeat(64));
    assert!(
        text(&[("manifest.json", &record(&named)), (&named, "{}")]).contains("is damaged: its bytes have the digest")
    );
    let mark = ("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    assert!(text(&[("oci-layout", r#"{"imageLayoutVersion":"2"}"#), ("index.json", "{}")]).contains("version \"2\""));
    assert!(text(&[mark, ("index.json", r#"{"manifests":[],"layers":[]}"#)]).contains("index.json cannot be used"));
    let bad = r#"{"manifests":[{"mediaType":"a/b","size":1,"digest":"sha256:../../x"}]}"#;
    assert!(text(&[mark, ("index.json", bad)]).contains("index.json is damaged"));
}

#[test]
fn odd_names_are_told_and_not_used() {
    let config = json!({"rootfs": {"diff_ids": []}}).to_string().into_bytes();
    let manifest = json!([
        {"Config": "c", "RepoTags": ["UPPER\u{1b}[31m:1", "a:1"], "Layers": null},
        {"Config": "d", "RepoTags": ["docker.io/library/a:1"]},
        {"Config": "c", "RepoTags": null},
    ]);
    let other = json!({"os": "linux", "rootfs": null}).to_string().into_bytes();
    let members = [
        ("c", config),
        ("d", other),
        ("manifest.json", manifest.to_string().into_bytes()),
    ];
    let archive = open(&tar(&members.map(|(name, data)| (name.to_owned(), data)))).unwrap();
    assert_eq!(archive.entries().len(), 3);
    assert_eq!(archive.warnings().len(), 2, "{:?}", archive.warnings());
    assert!(archive.warnings().iter().all(|warning| !warning.contains('\u{1b}')));
    let first = archive.find(&"a:1".parse().unwrap()).unwrap();
    assert_eq!(
        first.content().descriptor(),
        archive.entries()[0].content().descriptor()
    );
}

#[test]
fn links_of_docker_save_are_followed() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut add = |name: &str, data: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_cksum();
        builder.append_data(&mut header, name, data).unwrap();
    };
    let diff_id = Digest::sha256(b"layer");
    let config = json!({"os": "linux", "rootfs": {"diff_ids": [diff_id, diff_id]}}).to_string();
    add("one/layer.tar", b"layer");
    add("c.json", config.as_bytes());
    add(
        "manifest.json",
        br#"[{"Config":"c.json","RepoTags":["a:1"],"Layers":["one/layer.tar","two/layer.tar"]}]"#,
    );
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder
        .append_link(&mut header, "two/layer.tar", "../one/layer.tar")
        .unwrap();
    let archive = open(&builder.into_inner().unwrap()).unwrap();
    assert_eq!((archive.images()[0].layers.len(), archive.blobs().len()), (2, 2));
    check(&archive).unwrap();
}
