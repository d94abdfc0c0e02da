//! What `helm lint` finds in a chart: the rules, their order and their words.
//!
//! What comes in is a [`Subject`], which is what somebody has read of a chart's directory, and [`Options`]; what goes out is a
//! [`Report`]. Reading files and printing are the caller's part.

mod addresses;
mod chart_yaml;
mod crds;
mod dependencies;
mod deprecated;
mod finding;
mod head;
mod names;
mod templates;
mod values;

use std::sync::Arc;

use ironhelm_chart::{Bytes, Chart};
use ironhelm_render::{Forgiven, KubeVersion, World};
use ironhelm_values::Values;

pub use finding::{Finding, Severity};

/// What is at one place of a chart's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Nothing.
    Missing,
    /// A directory.
    Directory,
    /// A file with these contents.
    File(Bytes),
}

/// A chart as it was found, good or not.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The chart's directory, as findings name it.
    pub path: String,
    /// `Chart.yaml`.
    pub chart_yaml: Entry,
    /// `values.yaml`.
    pub values: Entry,
    /// `values.schema.json`.
    pub schema: Entry,
    /// `templates`; the contents do not matter.
    pub templates: Entry,
    /// `crds`; the contents do not matter.
    pub crds: Entry,
    /// The chart, or why it cannot be loaded.
    pub chart: Result<Arc<Chart>, String>,
}

/// How to look at a chart.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The user's values.
    pub values: Values,
    /// The namespace that templates are told.
    pub namespace: String,
    /// The version of Kubernetes that templates are told and that deprecations are judged by.
    pub kube_version: Option<KubeVersion>,
    /// Skip the checks against `values.schema.json`.
    pub skip_schema_validation: bool,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The findings, in the order of the rules.
    pub findings: Vec<Finding>,
    /// What templates complained of with `fail` and `required`.
    pub forgiven: Vec<Forgiven>,
    /// What was odd about dependencies and values.
    pub warnings: Vec<String>,
}

impl Report {
    /// Is there a finding of `severity` or worse?
    #[must_use]
    pub fn has(&self, severity: Severity) -> bool {
        self.findings.iter().any(|finding| finding.severity >= severity)
    }

    fn add(&mut self, severity: Severity, path: &str, message: impl ToString) {
        self.findings.push(Finding {
            severity,
            path: path.to_owned(),
            message: message.to_string(),
        });
    }

    fn info(&mut self, path: &str, message: impl ToString) {
        self.add(Severity::Info, path, message);
    }

    fn warn(&mut self, path: &str, message: impl ToString) {
        self.add(Severity::Warning, path, message);
    }

    fn error(&mut self, path: &str, message: impl ToString) {
        self.add(Severity::Error, path, message);
    }
}

/// Applies all rules to a chart.
pub fn lint(subject: &Subject, options: &Options, world: &dyn World) -> Report {
    let mut report = Report::default();
    chart_yaml::check(subject, &mut report);
    values::check(subject, options, &mut report);
    templates::check(subject, options, world, &mut report);
    dependencies::check(subject, &mut report);
    crds::check(subject, &mut report);
    report
}
