//! Bundles that charts-syncer wrote (`testdata/sample`), in all the shapes in which people have them, damaged and hostile.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use ironhelm_bundle::create::{NewBundle, NewImage, file_name, write_images};
use ironhelm_bundle::source::{Bundle, OpenError, OpenOptions, Opened, open};
use ironhelm_chart::File;
use ironhelm_image::Digest;
use ironhelm_image::tar::{END, Header};
use tempfile::TempDir;

const SAMPLE: &[u8] = include_bytes!("../testdata/sample/skoala_0.14.0.bundle.tar");
const NAME: &str = "skoala_0.14.0.bundle.tar";

fn opened(path: &Path) -> Result<Opened, OpenError> {
    open(path, &OpenOptions::default())
}

/// Opens what is written under `name`.
fn open_bytes(name: &str, bytes: &[u8]) -> Result<Opened, OpenError> {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, bytes).unwrap();
    opened(&path)
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

fn fault(bytes: &[u8]) -> String {
    match open_bytes("x.bundle.tar", bytes) {
        Ok(opened) => format!("taken: {:?}", opened.bundles),
        Err(error) => chain(&error),
    }
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, data) in members {
        bytes.extend(Header::new(name, data.len() as u64).into_bytes());
        bytes.extend(*data);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.extend(END);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn unpack(bytes: &[u8], to: &Path) {
    tar::Archive::new(bytes).unpack(to).unwrap();
}

fn is_sample(bundle: &Bundle) {
    assert_eq!(
        (bundle.name(), bundle.version()),
        (Some("skoala"), Some("0.14.0")),
        "{}",
        bundle.place
    );
    let chart = bundle.chart.as_ref().unwrap();
    assert_eq!(chart.files.len(), 8);
    assert_eq!(chart.loaded.chart.subcharts.len(), 1);
    assert!(bundle.hints.as_ref().unwrap().starts_with(b"---\n- \"{{"));
    let images = &bundle.images.as_ref().unwrap().archive;
    for (name, manifest) in [
        (
            "hive",
            include_bytes!("../testdata/sample/expected/manifest-hive.json").as_slice(),
        ),
        (
            "sesame",
            include_bytes!("../testdata/sample/expected/manifest-sesame.json"),
        ),
    ] {
        let reference = format!("release.daocloud.io/skoala/{name}:v0.14.0").parse().unwrap();
        let content = images.find(&reference).unwrap().content();
        assert_eq!(&**content.bytes(), manifest);
        assert_eq!(content.descriptor().digest, Digest::sha256(manifest));
    }
}

fn one(opened: Result<Opened, OpenError>) -> Bundle {
    let mut opened = opened.unwrap();
    assert_eq!((opened.bundles.len(), opened.broken.len()), (1, 0), "{opened:?}");
    opened.bundles.remove(0)
}

#[test]
fn a_bundle_may_have_any_name_and_compression() {
    for name in [NAME, "skoala.bundle.tar", "skoala-0.14.0.bundle.tar", "x.tar", "x"] {
        let bundle = one(open_bytes(name, SAMPLE));
        is_sample(&bundle);
        assert_eq!(bundle.named().is_some(), name == NAME);
        assert!(bundle.images.as_ref().unwrap().file.is_some());
    }
    let zipped = one(open_bytes("x.tar.gz", &gzip(SAMPLE)));
    is_sample(&zipped);
    assert!(zipped.images.unwrap().file.is_none());
}

#[test]
fn a_large_compressed_bundle_is_inflated_where_it_is_allowed() {
    let big = vec![b'x'; 17 << 20];
    let padded = tar(&[
        ("hints.yaml", b""),
        (
            "original-chart/Chart.yaml",
            b"apiVersion: v2\nname: a\nversion: 1.0.0\n",
        ),
        ("other", &big),
    ]);
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a.tar.gz");
    fs::write(&path, gzip(&padded)).unwrap();
    let text = chain(&opened(&path).unwrap_err());
    assert!(
        text.ends_with(
            "is compressed and cannot be read in place: unpack it, or name a directory for an inflated copy"
        ),
        "{text}"
    );
    let scratch = Some(directory.path().to_owned());
    let options = OpenOptions {
        scratch: scratch.clone(),
        ..OpenOptions::default()
    };
    assert_eq!(one(open(&path, &options)).name(), Some("a"));
    let options = OpenOptions {
        scratch,
        max_inflated: 17 << 20,
        ..OpenOptions::default()
    };
    assert!(chain(&open(&path, &options).unwrap_err()).contains("bytes when it is inflated"));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no copy is left");
}

#[test]
fn downloads_hold_bundles() {
    let outer = tar(&[
        ("skoala_0.14.0_amd64/readme.md", b"x"),
        ("skoala_0.14.0_amd64/skoala_0.14.0.bundle.tar", SAMPLE),
    ]);
    let bundle = one(open_bytes("skoala_0.14.0_amd64.tar", &outer));
    is_sample(&bundle);
    assert_eq!(bundle.named(), Some(("skoala".to_owned(), "0.14.0".to_owned())));
    assert!(
        bundle
            .place
            .ends_with("skoala_0.14.0_amd64.tar: skoala_0.14.0_amd64/skoala_0.14.0.bundle.tar"),
        "{}",
        bundle.place
    );
    is_sample(&one(open_bytes("x.tgz", &gzip(&outer))));
    let inner = tar(&[
        ("./dir/./hints.yaml", b""),
        ("./dir/original-chart/Chart.yaml", b"name: a\nversion: 1.0.0\n"),
    ]);
    assert_eq!(one(open_bytes("x.tar", &inner)).name(), Some("a"));
}

#[test]
fn directories_hold_bundles_packed_and_unpacked() {
    let directory = TempDir::new().unwrap();
    let root = directory.path();
    unpack(SAMPLE, &root.join("unpacked"));
    is_sample(&one(opened(&root.join("unpacked"))));
    fs::write(root.join(NAME), SAMPLE).unwrap();
    fs::write(root.join("foreign.tar"), b"no archive").unwrap();
    fs::write(root.join("notes.txt"), b"x").unwrap();
    fs::write(root.join("other.tar"), tar(&[("a", b"b")])).unwrap();
    let all = opened(root).unwrap();
    assert_eq!(
        (all.bundles.len(), all.broken.len(), all.skipped.len()),
        (2, 0, 2),
        "{all:?}"
    );
    all.bundles.iter().for_each(is_sample);
    fs::write(root.join("cut_1.0.0.bundle.tar"), &SAMPLE[..9000]).unwrap();
    let all = opened(root).unwrap();
    assert_eq!((all.bundles.len(), all.broken.len()), (2, 1));
    let text = chain(&all.broken[0]);
    assert!(
        text.contains("cut_1.0.0.bundle.tar is no usable archive: truncated: "),
        "{text}"
    );
}

#[test]
fn parts_of_bundles_are_opened_too() {
    let directory = TempDir::new().unwrap();
    unpack(SAMPLE, directory.path());
    let images = one(opened(&directory.path().join("images.tar")));
    assert!(images.chart.is_none() && images.images.unwrap().archive.entries().len() == 2);
    let chart = one(opened(&directory.path().join("original-chart")));
    assert_eq!(
        (chart.name(), chart.images.is_none(), chart.hints.is_some()),
        (Some("skoala"), true, true)
    );
}

#[test]
fn nothing_is_an_error() {
    let directory = TempDir::new().unwrap();
    let text = chain(&opened(directory.path()).unwrap_err());
    assert!(text.starts_with("no bundle in /"), "{text}");
    assert!(chain(&opened(&directory.path().join("none")).unwrap_err()).starts_with("cannot read /"));
    assert!(fault(b"no archive at all").contains("is no usable archive: not a tar archive"));
    assert!(fault(b"").contains("not a tar archive"));
    assert!(fault(&tar(&[("a", b"b")])).contains("no bundle in"));
    assert!(fault(&tar(&[("hints.yaml", b""), ("images.tar", b"")])).contains("has no original-chart/Chart.yaml"));
    assert!(
        fault(&tar(&[
            ("hints.yaml", b""),
            ("original-chart-x/Chart.yaml", b"name: a")
        ]))
        .contains("no bundle in")
    );
}

#[test]
fn every_truncation_is_one_clear_line() {
    let end = SAMPLE.len() - 1024;
    for length in (0..=end).step_by(512) {
        let text = fault(&SAMPLE[..length]);
        let is_clear = text.contains("truncated: ") || (length == 0 && text.contains("not a tar archive"));
        assert!(is_clear && !text.contains('\n'), "{length}: {text}");
    }
    let text = fault(&SAMPLE[..12000]);
    assert!(text.contains("truncated: images.tar needs 7680 bytes"), "{text}");
}

#[test]
fn what_honest_bundles_never_hold_is_refused() {
    let chart = (
        "original-chart/Chart.yaml",
        b"apiVersion: v2\nname: a\nversion: 1.0.0\n".as_slice(),
    );
    for name in [
        "original-chart/../../x",
        "/original-chart/x",
        "original-chart/a\\..\\x",
        "./original-chart/..",
    ] {
        let text = fault(&tar(&[("hints.yaml", b""), chart, (name, b"x")]));
        assert!(
            text.contains("is refused") && text.ends_with("a path out of the archive"),
            "{name}: {text}"
        );
    }
    for twice in ["hints.yaml", "./original-chart/Chart.yaml", "images.tar"] {
        let text = fault(&tar(&[("hints.yaml", b""), chart, ("images.tar", b""), (twice, b"x")]));
        assert!(text.ends_with("is there twice"), "{twice}: {text}");
    }
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link] {
        let mut builder = tar::Builder::new(tar(&[("hints.yaml", b""), chart]));
        let length = builder.get_ref().len() - END.len();
        builder.get_mut().truncate(length);
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(0);
        builder
            .append_link(&mut header, "original-chart/values.yaml", "/etc/passwd")
            .unwrap();
        let text = fault(&builder.into_inner().unwrap());
        assert!(text.ends_with("original-chart/values.yaml is a link"), "{text}");
    }
    let large = vec![b'#'; 6 << 20];
    assert!(fault(&tar(&[chart, ("original-chart/values.yaml", &large)])).contains("has more than 5242880 bytes"));
    assert!(fault(&tar(&[("original-chart/Chart.yaml", b"name: [")])).contains("the chart of "));
    let zeros = gzip(&vec![0; 64 << 20]);
    assert!(fault(&zeros).contains("cannot be read in place"));
    let mut cut = gzip(SAMPLE);
    cut.truncate(cut.len() / 2);
    assert!(fault(&cut).contains("cannot inflate"));
}

#[cfg(unix)]
#[test]
fn links_and_pipes_in_directories_are_not_followed() {
    let directory = TempDir::new().unwrap();
    unpack(SAMPLE, directory.path());
    let chart = directory.path().join("original-chart");
    std::os::unix::fs::symlink("/etc/hostname", chart.join("templates/link.yaml")).unwrap();
    let text = chain(&opened(directory.path()).unwrap_err());
    assert!(text.ends_with("original-chart/templates/link.yaml is a link"), "{text}");
}

#[test]
fn damaged_bundles_never_panic() {
    for at in (0..SAMPLE.len()).step_by(61) {
        let mut damaged = SAMPLE.to_vec();
        damaged[at] ^= 0x41;
        let _ = open_bytes("x.tar", &damaged);
    }
}

fn chart_source() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/sample/chart-src/skoala");
    let (mut pending, mut files) = (vec![root.clone()], Vec::new());
    while let Some(directory) = pending.pop() {
        let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        let (directories, paths): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
        pending.extend(directories);
        files.extend(paths.into_iter().map(|path| File {
            name: path.strip_prefix(&root).unwrap().display().to_string(),
            data: fs::read(&path).unwrap().into(),
            modified: None,
        }));
    }
    files
}

#[test]
fn a_bundle_is_written_as_charts_syncer_does() {
    let bundle = one(open_bytes(NAME, SAMPLE));
    let archive = bundle.images.unwrap().archive;
    let mut images: Vec<NewImage> = Vec::new();
    for entry in archive.entries() {
        let image = entry.content().images().remove(0);
        images.push(NewImage {
            name: entry.references().next().unwrap(),
            image,
        });
    }
    // charts-syncer writes images in any order; those of the sample lie so.
    images.sort_by_key(|image| image.image.config.window().start());
    let hints =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/sample/chart-src/skoala/.relok8s-images.yaml"));
    let (hints, chart) = (hints.unwrap(), chart_source());
    let mut written = Vec::new();
    let size = NewBundle {
        hints: &hints,
        chart: &chart,
        images: Some(&images),
    }
    .write(&mut written)
    .unwrap();
    assert_eq!((written.as_slice() == SAMPLE, size), (true, SAMPLE.len() as u64));
    assert_eq!(file_name("skoala", "0.14.0"), NAME);
    is_sample(&one(open_bytes("again.tar", &written)));
}

#[test]
fn a_damaged_layer_ends_the_writing() {
    let mut bytes = SAMPLE.to_vec();
    let bundle = one(open_bytes(NAME, SAMPLE));
    let archive = bundle.images.unwrap().archive;
    let layer = archive.images()[0].layers[0].window().start();
    bytes[usize::try_from(layer).unwrap() + 30] ^= 1;
    let archive = one(open_bytes(NAME, &bytes)).images.unwrap().archive;
    let image = archive.images().remove(0);
    let images = [NewImage {
        name: "a:1".parse().unwrap(),
        image,
    }];
    let text = chain(&write_images(&images, &mut Vec::new()).unwrap_err());
    assert!(
        text.starts_with("cannot read d6d0ad17") && text.contains("is damaged"),
        "{text}"
    );
}
