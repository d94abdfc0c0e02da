//! The rules for what `Chart.yaml` lists and what `charts/` holds.

use std::collections::BTreeSet;

use crate::{Report, Subject};

pub(crate) fn check(subject: &Subject, report: &mut Report) {
    let chart = match &subject.chart {
        Ok(chart) => chart,
        Err(reason) => return report.error("", format!("unable to load chart\n\t{reason}")),
    };
    let listed: Vec<&str> = chart
        .metadata
        .dependencies()
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    let present: Vec<&str> = chart.subcharts.iter().map(|subchart| subchart.name()).collect();
    let unlisted = without(&present, &listed);
    if !unlisted.is_empty() {
        report.error(
            &subject.path,
            format!("chart metadata is missing these dependencies: {unlisted}"),
        );
    }
    let absent = without(&listed, &present);
    if !absent.is_empty() {
        report.warn(
            &subject.path,
            format!("chart directory is missing these dependencies: {absent}"),
        );
    }
}

fn without(names: &[&str], others: &[&str]) -> String {
    let others: BTreeSet<&str> = others.iter().copied().collect();
    let left: Vec<&str> = names.iter().copied().filter(|name| !others.contains(name)).collect();
    left.join(",")
}
