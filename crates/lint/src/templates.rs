//! The rules for what is under `templates/`, and for what it renders.

use std::sync::Arc;

use ironhelm_chart::{Chart, process_dependencies};
use ironhelm_golang::strconv::quote;
use ironhelm_render::{Capabilities, KubeVersion, Leniently, ReleaseContext, World, render_leniently};
use ironhelm_values::{Values, coalesce_values, schema};
use serde_json::Value;

use crate::head::{Head, heads};
use crate::{Entry, Options, Report, Subject, deprecated, names};

const DIRECTORY: &str = "templates/";
const RESOURCE_POLICY: &str = "helm.sh/resource-policy";

pub(crate) fn check(subject: &Subject, options: &Options, world: &dyn World, report: &mut Report) {
    match subject.templates {
        Entry::Missing => return report.warn(DIRECTORY, "directory does not exist"),
        Entry::File(_) => return report.error(DIRECTORY, "not a directory"),
        Entry::Directory => {}
    }
    let chart = match &subject.chart {
        Ok(chart) => chart,
        Err(reason) => return report.error(DIRECTORY, reason),
    };
    // Helm: dependencies and values that do not fit together are not a matter of these rules.
    let Some((chart, values)) = settle(chart, options, report) else {
        return;
    };
    if !options.skip_schema_validation
        && let Err(fault) = fits_schema(&chart, &values)
    {
        return report.error(DIRECTORY, fault);
    }
    let kube_version = options.kube_version.clone().unwrap_or_default();
    let rendered = render(&chart, &values, &kube_version, options, world);
    report.forgiven = rendered.forgiven;
    match rendered.texts {
        Err(error) => report.error(DIRECTORY, error),
        Ok(texts) => {
            let mut files = chart.templates.iter().map(|file| file.name.as_str());
            // Helm: the first file that is no YAML ends the rules.
            let _complete = files.all(|name| {
                let text = texts.get(&format!("{}/{name}", chart.name()));
                check_file(name, text.map_or("", String::as_str), &kube_version, report)
            });
        }
    }
}

fn settle(chart: &Arc<Chart>, options: &Options, report: &mut Report) -> Option<(Arc<Chart>, Values)> {
    let processed = process_dependencies(chart, &options.values).ok()?;
    report
        .warnings
        .extend(processed.warnings.iter().map(ToString::to_string));
    let coalesced = coalesce_values(&*processed.chart, options.values.clone()).ok()?;
    report
        .warnings
        .extend(coalesced.warnings.iter().map(ToString::to_string));
    Some((processed.chart, coalesced.values))
}

fn fits_schema(chart: &Chart, values: &Values) -> Result<(), String> {
    let checked = schema::check(chart, values).map_err(|error| error.to_string())?;
    checked.into_result().map(drop).map_err(|error| error.to_string())
}

fn render(
    chart: &Chart,
    values: &Values,
    kube_version: &KubeVersion,
    options: &Options,
    world: &dyn World,
) -> Leniently {
    let release = ReleaseContext {
        name: "test-release".to_owned(),
        namespace: options.namespace.clone(),
        // Helm: the release of a lint has no revision and is neither installed nor upgraded.
        revision: 0,
        is_install: false,
        is_upgrade: false,
    };
    let capabilities = Capabilities::offline(kube_version.clone(), []);
    render_leniently(chart, values, &release, &capabilities, world)
}

/// Checks one file; `false` when it is no YAML.
fn check_file(name: &str, text: &str, kube_version: &KubeVersion, report: &mut Report) -> bool {
    let extension = extension(name);
    if !matches!(extension, ".yaml" | ".yml" | ".tpl" | ".txt") {
        let told = format!("file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt");
        report.error(name, told);
    }
    if !["yaml", "yml"]
        .iter()
        .any(|yaml| extension[extension.len().min(1)..].eq_ignore_ascii_case(yaml))
    {
        return true;
    }
    if text.trim().is_empty() {
        return true;
    }
    if let Some(line) = indented_start(text) {
        let line = quote(line.as_bytes());
        report.warn(
            name,
            format!("document starts with an illegal indent: {line}, which may cause parsing problems"),
        );
    }
    for head in heads(text) {
        match head {
            Ok(head) => check_object(name, &head, text, kube_version, report),
            Err(reason) => {
                report.error(name, format!("unable to parse YAML: {reason}"));
                return false;
            }
        }
    }
    true
}

/// Go's `path.Ext`.
fn extension(name: &str) -> &str {
    let base = name.rsplit('/').next().unwrap_or(name);
    base.rfind('.').map_or("", |dot| &base[dot..])
}

/// The first line that says something, if it is indented.
fn indented_start(text: &str) -> Option<&str> {
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    first.starts_with([' ', '\t']).then_some(first)
}

fn check_object(file: &str, head: &Head, text: &str, kube_version: &KubeVersion, report: &mut Report) {
    let (kind, name) = (head.kind.as_str(), quote(head.name.as_bytes()));
    if let Some(fault) = names::fault(kind, &head.name) {
        report.warn(
            file,
            format!("object name does not conform to Kubernetes naming requirements: {name}: {fault}"),
        );
    }
    if let Some(notice) = deprecated::notice(head, kube_version) {
        report.warn(file, notice);
    }
    // Helm: it is enough that some object of the file has a selector.
    let selects = matches!(kind, "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet");
    if selects && !text.contains("matchLabels") && !text.contains("matchExpressions") {
        report.error(
            file,
            format!("a {kind} must contain matchLabels or matchExpressions, and {name} does not"),
        );
    }
    if kind == "List" && keeps_items(text) {
        report.error(
            file,
            format!("annotation '{RESOURCE_POLICY}' within List objects are ignored"),
        );
    }
}

/// Has an item of the list that `text` begins with a resource policy?
fn keeps_items(text: &str) -> bool {
    let tree = ironhelm_yaml::decode(text.as_bytes()).unwrap_or_default();
    let items = tree["items"].as_array().map_or(&[][..], Vec::as_slice);
    items.iter().any(|item| {
        item["metadata"]["annotations"]
            .get(RESOURCE_POLICY)
            .is_some_and(|policy| *policy != Value::Null)
    })
}
