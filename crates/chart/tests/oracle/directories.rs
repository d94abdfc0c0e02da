use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use ironhelm_chart::{Chart, LoadOptions, Symlinks, Warning, load, load_with};

use crate::{assert_none, chain, rows};

const FILES: [&str; 21] = [
    "Chart.yaml",
    "README.md",
    "a.bak",
    "docs/x.md",
    "docs/deep/y.md",
    "sub/f",
    "sub/g",
    "templates/_h.tpl",
    "templates/.hidden",
    "templates/a.txt",
    "foo",
    "foo.txt",
    "#odd",
    "sp ace",
    "charts/s/Chart.yaml",
    "charts/s/README.md",
    "crds/a.yaml",
    "[x]",
    "b!c",
    ".dot",
    "templates/sub/.h",
];

/// A directory that goes away with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ironhelm-chart-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn files(chart: &Chart) -> Vec<String> {
    let own = chart.files.iter().map(|file| file.name.clone());
    let below = chart.subcharts.iter().flat_map(|subchart| {
        subchart
            .files
            .iter()
            .map(|file| format!("charts/{}/{}", subchart.name(), file.name))
    });
    let mut names: Vec<String> = own.chain(below).collect();
    names.sort();
    names
}

fn outcome(path: &Path) -> String {
    match load(path) {
        Ok(loaded) if loaded.chart.templates.iter().all(|file| file.name != "templates/a.txt") => {
            "(no template)".to_owned()
        }
        Ok(loaded) => serde_json::to_string(&files(&loaded.chart)).unwrap(),
        Err(error) => format!("Error: {}", chain(&error)),
    }
}

#[test]
fn helmignore_leaves_what_it_leaves_in_helm() {
    let scratch = Scratch::new("ignore");
    for name in FILES {
        scratch.write(name, "x");
    }
    scratch.write("Chart.yaml", "apiVersion: v2\nname: ig\nversion: 1.0.0\n");
    scratch.write("charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 1.0.0\n");
    let mut failures = Vec::new();
    for (rules, expected) in rows("directories.tsv") {
        scratch.write(".helmignore", &rules);
        let found = outcome(&scratch.0);
        if found != expected {
            failures.push(format!("{rules:?}\n  found {found}\n  helm  {expected}"));
        }
    }
    assert_none(&failures);
}

#[test]
fn links_are_followed_and_told() {
    let scratch = Scratch::new("links");
    scratch.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n");
    scratch.write("outside", "secret");
    symlink("../outside", scratch.0.join("c/link")).unwrap();
    let path = scratch.0.join("c");
    let loaded = load(&path).unwrap();
    assert_eq!(&*loaded.chart.files[0].data, b"secret");
    assert!(matches!(loaded.warnings[..], [Warning::SymbolicLink { .. }]));

    let confined = LoadOptions {
        symlinks: Symlinks::Confine,
        ..LoadOptions::default()
    };
    let error = load_with(&path, &confined).unwrap_err();
    assert!(chain(&error).contains("leads out of the chart"), "{error}");

    symlink("nowhere", path.join("dangling")).unwrap();
    let (dangling, nowhere) = (path.join("dangling"), path.join("nowhere"));
    let (dangling, nowhere) = (dangling.display(), nowhere.display());
    let expected = format!("Error: error evaluating symlink {dangling}: lstat {nowhere}: no such file or directory");
    assert_eq!(outcome(&path), expected);
}

#[test]
fn loops_devices_and_missing_charts_are_errors() {
    let scratch = Scratch::new("hostile");
    let path = scratch.0.join("none");
    fs::create_dir(&path).unwrap();
    let chart_yaml = path.join("Chart.yaml");
    let chart_yaml = chart_yaml.display();
    let expected =
        format!("Error: unable to detect chart at {chart_yaml}: open {chart_yaml}: no such file or directory");
    assert_eq!(outcome(&path), expected);

    scratch.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n");
    let path = scratch.0.join("c");
    symlink("/dev/zero", path.join("zero")).unwrap();
    let zero = path.join("zero");
    let expected = format!(
        "Error: cannot load irregular file {} as it has file mode type bits set",
        zero.display()
    );
    assert_eq!(outcome(&path), expected);
    fs::remove_file(zero).unwrap();
    symlink(".", path.join("loop")).unwrap();
    assert!(
        outcome(&path).ends_with("too many levels of symbolic links"),
        "{}",
        outcome(&path)
    );
    fs::remove_file(path.join("Chart.yaml")).unwrap();
    symlink("/dev/zero", path.join("Chart.yaml")).unwrap();
    assert!(outcome(&path).starts_with("Error: unable to detect chart"));
}

#[test]
fn big_files_are_refused() {
    let scratch = Scratch::new("big");
    scratch.write("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n");
    scratch.write("files/big", &"x".repeat((5 << 20) + 1));
    assert_eq!(
        outcome(&scratch.0),
        "Error: chart file \"big\" is larger than the maximum file size 5242880"
    );
}

#[test]
fn an_unpacked_bundle_is_its_original_chart() {
    let scratch = Scratch::new("bundle");
    scratch.write("hints.yaml", "");
    scratch.write(
        "original-chart/Chart.yaml",
        "\u{feff}apiVersion: v2\nname: skoala\nversion: 0.14.0\n",
    );
    assert_eq!(load(&scratch.0).unwrap().chart.name(), "skoala");
}
