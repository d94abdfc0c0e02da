//! Indexes as helm 4.2.3 takes them; expectations were taken from its output.

use std::fs;
use std::path::Path;

use super::*;

fn parsed(text: &str) -> Result<Index, ContentError> {
    parse(text.as_bytes(), Path::new("/cache/r-index.yaml"), Budgets::default())
}

fn error(text: &str) -> String {
    parsed(text)
        .map(|_| String::new())
        .unwrap_or_else(|error| error.to_string())
}

/// The scanner and the general reader agree wherever the scanner answers.
fn both(text: &str) -> (Option<Index>, Index) {
    let source = Path::new("/cache/r-index.yaml");
    let budgets = Budgets::default();
    let scanned = scan::scan(text.as_bytes(), budgets);
    (scanned, read::read(text.as_bytes(), source, budgets).unwrap())
}

#[test]
fn errors_are_those_of_helm() {
    let cases = [
        ("", "empty index.yaml file"),
        ("entries: {}\n", "no API version specified"),
        (
            "a: [\n",
            "error converting YAML to JSON: yaml: line 1: did not find expected node content",
        ),
        (
            "apiVersion: v1\nentries:\n  x:\n  - name: x\n    version: 1.0.0\n    bogus: 1\n",
            "error unmarshaling JSON: while decoding JSON: json: unknown field \"bogus\"",
        ),
        (
            "apiVersion: v1\nentries:\n  x:\n  - name: x\n    version: 1.0.0\n    version: 1.0.0\n",
            "error converting YAML to JSON: yaml: unmarshal errors:\n  line 6: key \"version\" already set in map",
        ),
        (
            "apiVersion: v1\nentries:\n  x:\n  - name: x\n    version: 1.0.0\n    appVersion: 1.10\n",
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go struct field \
             ChartVersion.entries.Metadata.appVersion of type string",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(error(text), expected, "{text}");
    }
}

/// CVE-2020-15185: a chart that is there twice is an error.
#[test]
fn duplicate_charts_are_refused() {
    let text =
        "apiVersion: v1\nentries:\n  x:\n  - name: x\n    version: 1.0.0\n  x:\n  - name: x\n    version: 1.0.0\n";
    assert!(
        error(text).ends_with("line 7: key \"x\" already set in map"),
        "{}",
        error(text)
    );
}

/// Harbor 2.8 and later answer with a page.
#[test]
fn web_pages_are_recognised() {
    for text in ["<!doctype html><html></html>", "\n <HTML>", "\u{feff}<!DOCTYPE html>"] {
        assert!(error(text).contains("oci://"), "{}", error(text));
    }
}

/// CVE-2022-23525: entries that are nothing, or not valid, are left out with a warning.
#[test]
fn invalid_entries_are_skipped_with_the_warning_of_helm() {
    let text =
        "apiVersion: v1\nentries:\n  x:\n  - name: x\n  - null\n  - name: x\n    version: 1.0.0\n  y: null\n  z: []\n";
    // `y` is true in YAML 1.1.
    let index = parsed(text).unwrap();
    assert_eq!(
        index.warnings,
        [
            "skipping loading invalid entry for chart \"x\" from /cache/r-index.yaml: empty entry",
            "skipping loading invalid entry for chart \"x\" \"\" from /cache/r-index.yaml: validation: \
             chart.metadata.version is required",
        ]
    );
    assert_eq!(index.names().collect::<Vec<_>>(), ["true", "x", "z"]);
    assert_eq!(index.versions("x").unwrap().len(), 1);
}

/// CVE-2025-55198: values of the wrong kind are errors, never a panic.
#[test]
fn wrong_kinds_are_refused() {
    for text in [
        "apiVersion: v1\nentries: []\n",
        "apiVersion: v1\nentries: {a: b}\n",
        "apiVersion: v1\nentries: {a: [b]}\n",
        "apiVersion: v1\nentries: {a: [{name: [a]}]}\n",
        "apiVersion: v1\nentries: {a: [{maintainers: {}}]}\n",
        "apiVersion: v1\nentries: {a: [{dependencies: [1]}]}\n",
        "apiVersion: v1\nentries: {a: [{urls: {}}]}\n",
        "[]\n",
        "x\n",
    ] {
        assert!(!error(text).is_empty(), "{text}");
    }
}

/// CVE-2024-29893: budgets hold.
#[test]
fn an_index_over_budget_is_refused() {
    let text = "apiVersion: v1\nentries:\n  x:\n  - name: x\n    version: 1.0.0\n  - name: x\n    version: 1.0.1\n";
    let limits = |bytes, entries| parse(text.as_bytes(), Path::new("x"), Budgets { bytes, entries });
    assert!(matches!(
        limits(10, 10),
        Err(ContentError::OverBudget { unit: "bytes", .. })
    ));
    assert!(matches!(limits(1000, 1), Err(ContentError::OverBudget { .. })));
    assert!(limits(1000, 2).is_ok());
}

#[test]
fn json_is_read_and_unknown_fields_are_skipped() {
    let text = r#"{"apiVersion":"v1","bogus":1,"entries":{"x":[{"name":"x","version":"1.0.0","bogus":3}]}}"#;
    assert_eq!(parsed(text).unwrap().versions("x").unwrap()[0].version, "1.0.0");
}

const COMMON: &str = r#"apiVersion: v1
entries:
  demo:
  - annotations:
      artifacthub.io/changes: |
        - kind: added
          description: "x: y"

        - more
      category: 'it''s'
      licenses: Apache-2.0
    apiVersion: v2
    appVersion: 1.16.0
    created: "2026-11-24T15:28:52.128280879Z"
    dependencies:
    - condition: a.enabled
      name: common
      repository: oci://h/x
      tags:
      - t
      version: 2.x.x
    description: A long description that was folded by the writer because it has more
      than eighty characters
    digest: 8e8a91163883e24a395eb7efc8fcef54c22018854b8e7bac020b6622261209cb
    keywords:
    - web
    - 3scale
    maintainers:
    - email: e@example.com
      name: mm
    - name: nn
    name: demo
    sources:
    - https://example.com/a#b
    type: application
    urls:
    - demo-1.0.0.tgz
    version: 1.0.0
  - apiVersion: v2
    deprecated: true
    description: 'quoted: it''s
      folded'
    name: demo
    urls:
    - demo-1.2.0.tgz
    version: 1.2.0
  - description: "escaped \u00e9 \
      line"
    name: demo
    urls: []
    version: "2"
  ünï:
  - name: ünï
    urls: [a.tgz, b.tgz]
    version: v0.1.0
    description: |-
      block
      text
generated: "2026-11-24T15:28:52.124495681Z"
serverInfo:
  contextPath: /chartrepo
"#;

#[test]
fn the_scanner_reads_what_the_general_reader_reads() {
    let (scanned, read) = both(COMMON);
    assert_eq!(scanned.as_ref(), Some(&read));
    let versions = read.versions("demo").unwrap();
    assert_eq!(
        versions.iter().map(|entry| entry.version).collect::<Vec<_>>(),
        ["2", "1.2.0", "1.0.0"]
    );
    assert_eq!(versions[1].description, "quoted: it's folded");
    assert_eq!(versions[2].keywords, "web 3scale");
}

/// Each line of a known text is bent in many ways; where the scanner answers, it must be right.
#[test]
fn the_scanner_never_disagrees_with_the_general_reader() {
    let lines: Vec<&str> = COMMON.lines().collect();
    let bends: [fn(&str) -> String; 12] = [
        |line| format!(" {line}"),
        |line| line.strip_prefix(' ').unwrap_or(line).to_owned(),
        |line| format!("{line} # c"),
        |line| format!("{line}: x"),
        |line| line.replace(": ", ": 1."),
        |line| line.replace(": ", ": yes"),
        |line| line.split(": ").next().unwrap_or_default().to_owned() + ":",
        |line| line.replace(": ", ":\n        "),
        |line| line.replace(": ", ": \""),
        |line| line.replace(": ", ": &a "),
        |line| format!("{line}\n{line}"),
        |_| String::new(),
    ];
    let source = Path::new("/cache/r-index.yaml");
    let mut answers = 0;
    for place in 0..lines.len() {
        for bend in bends {
            let mut bent: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            bent[place] = bend(lines[place]);
            let text = bent.join("\n") + "\n";
            let Some(scanned) = scan::scan(text.as_bytes(), Budgets::default()) else {
                continue;
            };
            answers += 1;
            let read = read::read(text.as_bytes(), source, Budgets::default());
            assert_eq!(Some(scanned), read.ok(), "{place}: {text}");
        }
    }
    assert!(answers > 100, "{answers}");
}

#[test]
fn versions_are_chosen_as_helm_chooses() {
    let versions = ["0.9.0", "1.0.0", "1.0.1", "1.2.3+build", "2.0.0", "2.1.0-rc.1"];
    let entries: String = versions
        .iter()
        .map(|version| format!("  - name: x\n    version: {version}\n    urls: [x.tgz]\n"))
        .collect();
    let index = parsed(&format!("apiVersion: v1\nentries:\n  x:\n{entries}")).unwrap();
    let chosen = |version: &str| index.choose("x", version).map(|chosen| chosen.entry.version.to_owned());
    for (asked, expected) in [
        ("", "2.0.0"),
        ("1", "1.2.3+build"),
        ("^1", "1.2.3+build"),
        ("<2", "1.2.3+build"),
        ("=1.0", "1.0.1"),
        (">0.0.0-0", "2.1.0-rc.1"),
        ("~2.1.0-0", "2.1.0-rc.1"),
        ("!=2.0.0", "1.2.3+build"),
        ("1.0.0", "1.0.0"),
    ] {
        assert_eq!(chosen(asked).as_deref(), Ok(expected), "{asked}");
    }
    assert_eq!(chosen("9").unwrap_err().to_string(), "no chart version found for x-9");
    assert_eq!(chosen("x y").unwrap_err().to_string(), "improper constraint: \"x y\"");
    assert_eq!(index.choose("y", "").unwrap_err(), ChooseError::NoChart);
}

#[test]
fn the_compact_form_is_used_while_it_fits_and_ignored_when_damaged() {
    let directory = tempfile::tempdir().unwrap();
    let (path, compact) = (
        directory.path().join("r-index.yaml"),
        directory.path().join("r-index.ironhelm"),
    );
    let budgets = Budgets::default();
    fs::write(&path, COMMON).unwrap();
    let first = load(&path, &compact, budgets).unwrap();
    assert_eq!(load(&path, &compact, budgets).unwrap(), first);
    let whole = fs::read(&compact).unwrap();
    for place in [0, 9, 20, 40, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x41;
        fs::write(&compact, &damaged).unwrap();
        assert_eq!(load(&path, &compact, budgets).unwrap(), first, "{place}");
    }
    fs::write(&compact, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(load(&path, &compact, budgets).unwrap(), first);
    fs::write(&path, COMMON.replace("1.2.0", "1.3.0")).unwrap();
    assert_ne!(load(&path, &compact, budgets).unwrap(), first);
}
