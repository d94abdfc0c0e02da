//! The rules for what is under `crds/`.

use crate::head::heads;
use crate::{Entry, Report, Subject};

pub(crate) fn check(subject: &Subject, report: &mut Report) {
    match subject.crds {
        Entry::Missing => return,
        Entry::File(_) => return report.error("crds/", "not a directory"),
        Entry::Directory => {}
    }
    let chart = match &subject.chart {
        Ok(chart) => chart,
        Err(reason) => return report.error("crds/", reason),
    };
    for crd in chart.crds() {
        for head in heads(&String::from_utf8_lossy(&crd.file.data)) {
            let head = match head {
                Ok(head) => head,
                // Helm: one broken file ends the rules.
                Err(reason) => return report.error(&crd.file.name, format!("unable to parse YAML: {reason}")),
            };
            if !head.api_version.starts_with("apiextensions.k8s.io") {
                report.error(&crd.file.name, "apiVersion is not in 'apiextensions.k8s.io'");
            }
            if head.kind != "CustomResourceDefinition" {
                report.error(&crd.file.name, "object kind is not 'CustomResourceDefinition'");
            }
        }
    }
}
