//! The values of a chart against its `values.schema.json`.
//!
//! The verdict is the `jsonschema` crate's; the report has the layout and the words of Helm's: a
//! tree of what failed where. `$schema` selects the draft, 2020-12 if there is none. Nothing is ever
//! fetched: a reference that leads out of the schema is dropped with a warning, so that this part
//! of the schema allows everything.

mod compile;
mod tree;
mod wording;

use std::fmt;

use serde_json::Value;

use crate::coalesce::ChartValues;
use crate::gofmt::type_name;
use crate::{CoalesceError, Values};
use compile::Compiled;

/// Deeper values and schemas are refused: validating them is recursive.
pub const MAX_DEPTH: usize = 200;

/// What the schemas of a chart and its subcharts say of the values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// References that were dropped.
    pub warnings: Vec<SchemaWarning>,
    /// The charts that the values do not fit, outermost first.
    pub failures: Vec<ChartFailure>,
}

/// A reference that leads out of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaWarning {
    /// The chart with the schema.
    pub chart: String,
    /// The reference as it is written.
    pub reference: String,
}

impl fmt::Display for SchemaWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.reference.starts_with("urn:") {
            "URN reference"
        } else {
            "reference"
        };
        write!(
            f,
            "unresolved {kind} ignored; using permissive schema: {} (chart {})",
            self.reference, self.chart
        )
    }
}

/// Why values do not fit a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartFailure {
    /// The chart's name.
    pub chart: String,
    /// What is wrong. A text about the values ends with a newline, one about the schema does not:
    /// Helm prints them back to back.
    pub text: String,
}

/// The values do not fit the schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaError {
    /// The charts that the values do not fit, outermost first.
    pub failures: Vec<ChartFailure>,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("values don't meet the specifications of the schema(s) in the following chart(s):\n")?;
        self.failures
            .iter()
            .try_for_each(|failure| write!(f, "{}:\n{}", failure.chart, failure.text))
    }
}

impl std::error::Error for SchemaError {}

impl Checked {
    /// The warnings, if the values fit.
    ///
    /// # Errors
    /// [`SchemaError`], if they do not.
    pub fn into_result(self) -> Result<Vec<SchemaWarning>, SchemaError> {
        if self.failures.is_empty() {
            Ok(self.warnings)
        } else {
            Err(SchemaError {
                failures: self.failures,
            })
        }
    }
}

/// Checks the coalesced `values` of `chart` against its schema, and those of its subcharts against
/// theirs.
///
/// # Errors
/// If charts are nested beyond reason.
pub fn check(chart: &dyn ChartValues, values: &Values) -> Result<Checked, CoalesceError> {
    let mut checked = Checked::default();
    let root = with_integers(values);
    let mut pending = vec![(chart, &root, 0)];
    while let Some((chart, values, depth)) = pending.pop() {
        if depth > crate::coalesce::MAX_CHART_DEPTH {
            return Err(CoalesceError::TooDeep {
                limit: crate::coalesce::MAX_CHART_DEPTH,
            });
        }
        if !values.is_object() {
            let found = type_name(values);
            let text = format!("invalid type for values: expected object (map), got {found}\n");
            checked.failures.push(ChartFailure {
                chart: chart.name().to_owned(),
                text,
            });
            continue;
        }
        if let Some(schema) = chart.schema() {
            checked.chart(chart.name(), schema, values);
        }
        let subcharts = chart.subcharts().into_iter().rev();
        pending.extend(subcharts.filter_map(|subchart| {
            let values = values.get(subchart.name()).filter(|values| !values.is_null())?;
            Some((subchart, values, depth + 1))
        }));
    }
    Ok(checked)
}

impl Checked {
    fn chart(&mut self, name: &str, schema: &[u8], values: &Value) {
        let text = match Compiled::new(schema) {
            Ok(compiled) => {
                let warn = |reference| SchemaWarning {
                    chart: name.to_owned(),
                    reference,
                };
                self.warnings.extend(compiled.dropped.iter().cloned().map(warn));
                compiled.complaints(values)
            }
            Err(text) => Some(text),
        };
        self.failures.extend(text.map(|text| ChartFailure {
            chart: name.to_owned(),
            text,
        }));
    }
}

/// Helm: a float without a fraction is an integer for all drafts.
fn with_integers(values: &Values) -> Value {
    let mut root = Value::Object(values.clone());
    let mut pending = vec![&mut root];
    while let Some(value) = pending.pop() {
        match value {
            Value::Number(number) => {
                let float = number
                    .as_f64()
                    .filter(|float| float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0);
                if let Some(float) = float {
                    *number = (float as i64).into();
                }
            }
            Value::Array(items) => pending.extend(items),
            Value::Object(table) => pending.extend(table.values_mut()),
            _ => {}
        }
    }
    root
}

/// The level of the deepest value, counted without recursion.
fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut pending = vec![(value, 1)];
    while let Some((value, level)) = pending.pop() {
        deepest = deepest.max(level);
        match value {
            Value::Array(items) => pending.extend(items.iter().map(|item| (item, level + 1))),
            Value::Object(table) => pending.extend(table.values().map(|item| (item, level + 1))),
            _ => {}
        }
    }
    deepest
}
