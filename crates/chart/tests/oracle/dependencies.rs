use std::fs;
use std::path::Path;
use std::sync::Arc;

use ironhelm_chart::{check_dependencies, load, process_dependencies};
use ironhelm_golang::json;
use ironhelm_values::{Values, coalesce_values};
use serde_json::{Value, json as tree};

use crate::metadata::dependency;
use crate::{assert_none, chain, testdata};

fn outcome(case: &Path) -> (Value, Vec<String>) {
    let loaded = load(case.join("chart")).unwrap();
    check_dependencies(&loaded.chart).unwrap();
    let user = fs::read(case.join("values.yaml"))
        .map_or_else(|_| Values::new(), |text| ironhelm_values::load_values(&text).unwrap());
    let processed = match process_dependencies(&Arc::new(loaded.chart), &user) {
        Ok(processed) => processed,
        Err(error) => {
            let error = format!("chart dependencies processing failed: {}", chain(&error));
            return (tree!({ "error": error }), Vec::new());
        }
    };
    let chart = processed.chart;
    let subcharts: Values = chart
        .subcharts
        .iter()
        .map(|subchart| (subchart.name().to_owned(), subchart.metadata.version.clone().into()))
        .collect();
    let warnings = processed.warnings.iter().map(ToString::to_string).collect();
    let seen = tree!({
        "values": coalesce_values(&*chart, user).unwrap().values,
        "dependencies": chart.metadata.dependencies().iter().map(dependency).collect::<Vec<_>>(),
        "subcharts": subcharts,
    });
    (seen, warnings)
}

/// Helm's log lines without their level, quotes and escapes.
fn log_text(lines: &Value) -> Vec<String> {
    let lines = lines
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|line| line.as_str()?.strip_prefix("level=WARN msg=\""));
    lines
        .map(|line| {
            line.replacen("\" ", " ", 1)
                .replace("=\"\\\"", "=\"")
                .replace("\\\"", "\"")
                .trim_end_matches('"')
                .to_owned()
        })
        .collect()
}

#[test]
fn dependencies_settle_as_in_helm() {
    let mut failures = Vec::new();
    for case in fs::read_dir(testdata("dependencies")).unwrap() {
        let case = case.unwrap().path();
        let mut expected: Value = serde_json::from_slice(&fs::read(case.join("expected.json")).unwrap()).unwrap();
        let lines = log_text(&expected.as_object_mut().unwrap().remove("stderr").unwrap());
        let (found, warnings) = outcome(&case);
        let (found, expected) = (json::encode(&found), json::encode(&expected));
        if warnings != lines {
            failures.push(format!("{}\n  found {warnings:?}\n  helm  {lines:?}", case.display()));
        }
        if found != expected {
            failures.push(format!("{}\n  found {found}\n  helm  {expected}", case.display()));
        }
    }
    assert_none(&failures);
}

#[test]
fn a_chart_without_dependencies_is_not_copied() {
    let chart = Arc::new(load(testdata("dependencies/no-entries/chart")).unwrap().chart);
    let processed = process_dependencies(&chart, &Values::new()).unwrap();
    assert!(Arc::ptr_eq(&chart, &processed.chart));
}
