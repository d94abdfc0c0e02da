use std::fs;
use std::sync::Arc;

use ironhelm_chart::{
    Budgets, Chart, LoadOptions, check_dependencies, check_kube_version, load_archive, process_dependencies,
};
use ironhelm_values::Values;

use crate::{assert_none, chain, rows, testdata};

/// What `helm template` does before it renders, as far as the chart alone can make it fail.
fn outcome(name: &str) -> Result<Chart, String> {
    let file = format!("{name}.tgz");
    let bytes = fs::read(testdata("archives").join(&file)).unwrap();
    let loaded = load_archive(&file, &bytes, &LoadOptions::default()).map_err(|error| chain(&error))?;
    if loaded.chart.is_library() {
        return Err("library charts are not installable".to_owned());
    }
    check_dependencies(&loaded.chart).map_err(|error| chain(&error))?;
    let processed = process_dependencies(&Arc::new(loaded.chart), &Values::new());
    let chart = processed
        .map_err(|error| format!("chart dependencies processing failed: {}", chain(&error)))?
        .chart;
    check_kube_version(&chart.metadata, "v1.34.0").map_err(|error| chain(&error))?;
    Ok(Arc::unwrap_or_clone(chart))
}

#[test]
fn archives_load_or_fail_as_in_helm() {
    let mut failures = Vec::new();
    for (name, expected) in rows("archives/expected.tsv") {
        let found = outcome(&name).err().unwrap_or_default();
        // Helm keeps the cause of this one to itself.
        let same = found == expected || expected == "unable to load chart archive" && found.starts_with(&expected);
        if !same {
            failures.push(format!("{name}\n  found {found:?}\n  helm  {expected:?}"));
        }
    }
    assert_none(&failures);
}

#[test]
fn causes_of_broken_archives_are_told() {
    let causes = [
        ("arc-emptytar", "no files in chart archive"),
        ("arc-truncated", "unexpected EOF"),
        (
            "arc-rootfiles",
            "chart illegally contains content outside the base directory: \"Chart.yaml\"",
        ),
        ("arc-traversal", "chart illegally references parent directory"),
        ("arc-drive", "chart contains illegally named files"),
        (
            "arc-bigfile",
            "decompressed chart file \"x/files/big.bin\" is larger than the maximum file size 5242880",
        ),
        (
            "arc-bigtotal",
            "decompressed chart is larger than the maximum size 104857600",
        ),
    ];
    for (name, cause) in causes {
        assert_eq!(
            outcome(name).unwrap_err(),
            format!("unable to load chart archive: {cause}"),
            "{name}"
        );
    }
}

#[test]
fn files_go_where_their_names_say() {
    let chart = outcome("arc-symlink").unwrap();
    assert_eq!((chart.files[0].name.as_str(), chart.files[0].data.len()), ("link", 0));
    let chart = outcome("arc-hardlink").unwrap();
    assert_eq!(
        (chart.templates[1].name.as_str(), chart.templates[1].data.len()),
        ("templates/l.yaml", 0)
    );
    assert_eq!(outcome("arc-dupentry").unwrap().templates.len(), 2);
    assert_eq!(outcome("arc-nested-tgz").unwrap().subcharts[0].name(), "sub");
}

#[test]
fn budgets_hold_across_archives_in_archives() {
    let bytes = fs::read(testdata("archives/arc-nested-tgz.tgz")).unwrap();
    let budgets = Budgets {
        files: 3,
        ..Budgets::default()
    };
    let options = LoadOptions {
        budgets,
        ..LoadOptions::default()
    };
    let error = load_archive("x.tgz", &bytes, &options).unwrap_err();
    assert!(chain(&error).contains("budget"), "{}", chain(&error));
    let budgets = Budgets {
        depth: 0,
        ..Budgets::default()
    };
    let options = LoadOptions {
        budgets,
        ..LoadOptions::default()
    };
    let error = load_archive("x.tgz", &bytes, &options).unwrap_err();
    assert_eq!(
        chain(&error),
        "error unpacking subchart sub-0.1.0.tgz in x: charts are nested more than 0 levels deep"
    );
}

#[test]
fn broken_archives_never_panic() {
    let whole = fs::read(testdata("archives/arc-nested-tgz.tgz")).unwrap();
    for length in 0..whole.len() {
        let _ = load_archive("x.tgz", &whole[..length], &LoadOptions::default());
        let mut flipped = whole.clone();
        flipped[length] ^= 0x55;
        let _ = load_archive("x.tgz", &flipped, &LoadOptions::default());
    }
}
