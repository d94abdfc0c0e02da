//! Which subcharts take part, under which name, and what their parents take over of their values.
//!
//! `Chart.yaml` lists what a chart depends on; `charts/` holds what it comes with. [`process_dependencies`] brings
//! the two together for given user values: aliases make copies, tags and conditions switch off, `import-values`
//! copies tables upwards. The result is the chart that is rendered and stored.

use std::collections::BTreeSet;
use std::sync::Arc;

use ironhelm_values::{ChartValues, CoalesceError, Coalesced, Values, coalesce_values, merge_tables, merge_values};
use serde_json::{Value, json};

use crate::metadata::Dependency;
use crate::model::Chart;
use crate::semver::is_compatible;
use crate::warning::Warning;

/// A chart whose dependencies are settled.
#[derive(Debug, Clone)]
pub struct Processed {
    /// The chart as it is rendered and stored.
    pub chart: Arc<Chart>,
    /// What to tell the user.
    pub warnings: Vec<Warning>,
}

/// Why the dependencies of a chart cannot be settled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DependencyError {
    /// The user's values do not fit the chart.
    #[error(transparent)]
    Values(#[from] CoalesceError),
}

/// Dependencies that the chart does not come with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch \
     missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
    .names.join(", ")
)]
pub struct MissingDependencies {
    /// Their names in `Chart.yaml`, in its order.
    pub names: Vec<String>,
}

/// Checks that for each dependency in `Chart.yaml` there is a subchart of that name, whatever its version.
///
/// # Errors
/// [`MissingDependencies`] with the names of those that are not there.
pub fn check_dependencies(chart: &Chart) -> Result<(), MissingDependencies> {
    let present: BTreeSet<&str> = chart.subcharts.iter().map(|subchart| subchart.name()).collect();
    let required = chart.metadata.dependencies().iter().map(|dependency| &dependency.name);
    let names: Vec<String> = required
        .filter(|name| !present.contains(name.as_str()))
        .cloned()
        .collect();
    if names.is_empty() {
        Ok(())
    } else {
        Err(MissingDependencies { names })
    }
}

/// Settles the dependencies of `chart` and of its subcharts under the user's values.
///
/// A chart without dependencies comes back as it is, not copied.
///
/// # Errors
/// [`DependencyError`] where the values do not fit the chart.
pub fn process_dependencies(chart: &Arc<Chart>, user: &Values) -> Result<Processed, DependencyError> {
    let mut chart = Arc::clone(chart);
    let mut warnings = Vec::new();
    if has_dependencies(&chart) {
        let root = Arc::make_mut(&mut chart);
        enable(root, user, "", &mut warnings)?;
        import_values(root, &mut warnings)?;
    }
    Ok(Processed { chart, warnings })
}

impl ChartValues for Chart {
    fn name(&self) -> &str {
        self.name()
    }

    fn values(&self) -> Option<&Values> {
        self.values.as_ref()
    }

    fn subcharts(&self) -> Vec<&dyn ChartValues> {
        self.subcharts
            .iter()
            .map(|subchart| &**subchart as &dyn ChartValues)
            .collect()
    }

    fn schema(&self) -> Option<&[u8]> {
        self.schema.as_deref()
    }
}

fn has_dependencies(chart: &Chart) -> bool {
    chart.metadata.dependencies.is_some() || chart.subcharts.iter().any(|subchart| has_dependencies(subchart))
}

/// Keeps the subcharts that take part, under their aliases; `path` is that of the chart in the values.
fn enable(chart: &mut Chart, user: &Values, path: &str, warnings: &mut Vec<Warning>) -> Result<(), DependencyError> {
    let Some(mut entries) = chart.metadata.dependencies.take() else {
        return Ok(());
    };
    chart.subcharts = instantiate(&chart.subcharts, &mut entries);
    let values = collect(coalesce_values(chart, user.clone())?, warnings);
    apply_tags(&mut entries, &values, warnings);
    apply_conditions(&mut entries, &values, path, warnings);
    let (enabled, disabled): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.enabled);
    chart
        .subcharts
        .retain(|subchart| disabled.iter().all(|entry| entry.name != subchart.name()));
    for subchart in chart
        .subcharts
        .iter_mut()
        .filter(|subchart| subchart.metadata.dependencies.is_some())
    {
        let path = format!("{path}{}.", subchart.name());
        // Helm: the values of the parent, not of the subchart, go down; only paths are prefixed.
        enable(Arc::make_mut(subchart), &values, &path, warnings)?;
    }
    chart.metadata.dependencies = Some(enabled).filter(|enabled| !enabled.is_empty());
    Ok(())
}

/// The subcharts that no entry asks for, and for each entry the first one that fits, renamed to the alias.
fn instantiate(subcharts: &[Arc<Chart>], entries: &mut [Dependency]) -> Vec<Arc<Chart>> {
    let unasked = subcharts
        .iter()
        .filter(|subchart| !entries.iter().any(|entry| fits(entry, subchart)));
    let mut chosen: Vec<Arc<Chart>> = unasked.cloned().collect();
    for entry in entries {
        let mut found = subcharts.iter().find(|subchart| fits(entry, subchart)).cloned();
        if !entry.alias.is_empty() {
            entry.name.clone_from(&entry.alias);
            if let Some(subchart) = &mut found {
                Arc::make_mut(subchart).metadata.name.clone_from(&entry.alias);
            }
        }
        entry.enabled = true;
        chosen.extend(found);
    }
    chosen
}

fn fits(entry: &Dependency, subchart: &Chart) -> bool {
    subchart.name() == entry.name && is_compatible(&entry.version, &subchart.metadata.version)
}

/// An entry with tags that are all false is out.
fn apply_tags(entries: &mut [Dependency], values: &Values, warnings: &mut Vec<Warning>) {
    let Some(tags) = values.get("tags").and_then(Value::as_object) else {
        return;
    };
    for entry in entries {
        let mut settings = Vec::new();
        for tag in &entry.tags {
            match tags.get(tag) {
                Some(Value::Bool(setting)) => settings.push(*setting),
                Some(_) => warnings.push(Warning::NonBooleanTag {
                    tag: tag.clone(),
                    chart: entry.name.clone(),
                }),
                None => {}
            }
        }
        entry.enabled = settings.is_empty() || settings.contains(&true);
    }
}

/// The first condition that leads to a boolean decides.
fn apply_conditions(entries: &mut [Dependency], values: &Values, prefix: &str, warnings: &mut Vec<Warning>) {
    for entry in entries {
        // Helm: the list is trimmed, its elements are not.
        for path in entry.condition.trim().split(',').filter(|path| !path.is_empty()) {
            match scalar(values, &format!("{prefix}{path}")) {
                Some(Value::Bool(setting)) => {
                    entry.enabled = *setting;
                    break;
                }
                Some(_) => {
                    let (path, chart) = (path.to_owned(), entry.name.clone());
                    warnings.push(Warning::NonBooleanCondition { path, chart });
                }
                None => {}
            }
        }
    }
}

/// What `path` leads to, unless it is a table.
fn scalar<'v>(values: &'v Values, path: &str) -> Option<&'v Value> {
    let (holder, key) = match path.rsplit_once('.') {
        Some((holder, key)) => (table(values, holder).ok()?, key),
        None => (values, path),
    };
    holder.get(key).filter(|value| !value.is_object())
}

/// The table that `path` leads to, or the part of the path that leads to none.
fn table<'v>(values: &'v Values, path: &str) -> Result<&'v Values, String> {
    let mut parts = path.split('.');
    parts.try_fold(values, |values, part| {
        values
            .get(part)
            .and_then(Value::as_object)
            .ok_or_else(|| part.to_owned())
    })
}

/// Takes over what each chart imports of its subcharts' values, the innermost charts first.
fn import_values(chart: &mut Chart, warnings: &mut Vec<Warning>) -> Result<(), DependencyError> {
    for subchart in chart.subcharts.iter_mut().filter(|subchart| has_dependencies(subchart)) {
        import_values(Arc::make_mut(subchart), warnings)?;
    }
    if chart.metadata.dependencies.is_none() {
        return Ok(());
    }
    let mut values = collect(merge_values(chart, Values::new())?, warnings);
    let mut imported = Values::new();
    for entry in chart.metadata.dependencies.iter_mut().flatten() {
        import_from(entry, &values, &mut imported, warnings);
    }
    warnings.extend(merge_tables(&mut values, &imported).into_iter().map(Warning::Values));
    chart.values = Some(values);
    Ok(())
}

/// Collects the tables of one entry; those collected before win.
fn import_from(entry: &mut Dependency, values: &Values, imported: &mut Values, warnings: &mut Vec<Warning>) {
    let imports: Vec<Import> = entry.import_values.iter().filter_map(Import::parse).collect();
    for import in &imports {
        match table(values, &format!("{}.{}", entry.name, import.child)) {
            Ok(found) => {
                let clashes = merge_tables(imported, &nest(&import.parent, found.clone()));
                warnings.extend(clashes.into_iter().map(Warning::Values));
            }
            Err(name) => {
                let chart = import.names_parent.then(|| entry.name.clone());
                warnings.push(Warning::MissingImport { chart, name });
            }
        }
    }
    // Helm: the stored chart has all imports in their long form.
    entry.import_values = imports.into_iter().map(Import::into_value).collect();
}

/// One item of `import-values`.
struct Import {
    child: String,
    parent: String,
    /// It was written in its long form.
    names_parent: bool,
}

impl Import {
    fn parse(item: &Value) -> Option<Self> {
        match item {
            Value::String(name) => Some(Self {
                child: format!("exports.{name}"),
                parent: ".".to_owned(),
                names_parent: false,
            }),
            Value::Object(item) => {
                let path = |key| item.get(key).map_or_else(|| "<nil>".to_owned(), plain_text);
                Some(Self {
                    child: path("child"),
                    parent: path("parent"),
                    names_parent: true,
                })
            }
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        json!({ "child": self.child, "parent": self.parent })
    }
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        other => ironhelm_golang::json::encode_plain(other),
    }
}

/// `table` as seen from the end of `path` upwards; `.` is the place itself.
fn nest(path: &str, table: Values) -> Values {
    if path == "." {
        return table;
    }
    let wrap = |inner: Values, part: &str| Values::from_iter([(part.to_owned(), Value::Object(inner))]);
    path.rsplit('.').fold(table, wrap)
}

fn collect(coalesced: Coalesced, warnings: &mut Vec<Warning>) -> Values {
    warnings.extend(coalesced.warnings.into_iter().map(Warning::Values));
    coalesced.values
}
