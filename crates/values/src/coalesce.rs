//! The user's tree laid over the defaults of a chart and of its subcharts.

use serde_json::Value;

use crate::Values;
use crate::gofmt::bool_verb_text;
use crate::merge::{Nulls, Warning, fill_table, insert_without_nulls, join};

const GLOBAL: &str = "global";

/// Charts nest a few levels; deeper ones are an attack on the stack.
pub(crate) const MAX_CHART_DEPTH: usize = 256;

/// What this crate needs to know of a chart.
pub trait ChartValues {
    /// The name (or alias) under which the enclosing chart knows it.
    fn name(&self) -> &str;

    /// The chart's default values, `None` if it has none.
    fn values(&self) -> Option<&Values>;

    /// The charts that it encloses, in order.
    fn subcharts(&self) -> Vec<&dyn ChartValues>;

    /// The text of `values.schema.json`, if the chart has one.
    fn schema(&self) -> Option<&[u8]> {
        None
    }
}

/// A tree and what there is to say about how it came to be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Coalesced {
    /// The tree.
    pub values: Values,
    /// What Helm would print meanwhile.
    pub warnings: Vec<Warning>,
}

/// Why values cannot be laid over a chart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoalesceError {
    /// The value under a subchart's name is no table.
    #[error("type mismatch on {subchart}: {found}")]
    SubchartNotATable {
        /// The subchart's name.
        subchart: String,
        /// The value, as Go prints it with `%t`.
        found: String,
    },
    /// Charts enclose charts beyond reason.
    #[error("charts are nested more than {limit} levels deep")]
    TooDeep {
        /// The deepest level allowed.
        limit: usize,
    },
}

/// Lays `user` over the defaults of `chart` and its subcharts; a null removes a default.
///
/// This is the tree that templates see.
///
/// # Errors
/// If the value under a subchart's name is no table.
pub fn coalesce_values(chart: &dyn ChartValues, user: Values) -> Result<Coalesced, CoalesceError> {
    lay_over(chart, user, Nulls::DeleteAll)
}

/// Lays `user` over the defaults of `chart` and its subcharts; nulls stay in the tree.
///
/// This is the tree from which the processing of dependencies takes imported values, so that a
/// null can still remove a default later.
///
/// # Errors
/// If the value under a subchart's name is no table.
pub fn merge_values(chart: &dyn ChartValues, user: Values) -> Result<Coalesced, CoalesceError> {
    lay_over(chart, user, Nulls::Keep)
}

fn lay_over(chart: &dyn ChartValues, user: Values, nulls: Nulls) -> Result<Coalesced, CoalesceError> {
    let mut values = user;
    let mut layers = Layers {
        nulls,
        warnings: Vec::new(),
    };
    layers.chart(chart, &mut values, "", 0)?;
    spread_globals(chart, &mut values);
    Ok(Coalesced {
        values,
        warnings: layers.warnings,
    })
}

struct Layers {
    nulls: Nulls,
    warnings: Vec<Warning>,
}

impl Layers {
    fn chart(
        &mut self,
        chart: &dyn ChartValues,
        dst: &mut Values,
        prefix: &str,
        depth: usize,
    ) -> Result<(), CoalesceError> {
        if depth > MAX_CHART_DEPTH {
            return Err(CoalesceError::TooDeep { limit: MAX_CHART_DEPTH });
        }
        let path = join(prefix, chart.name());
        let subcharts = chart.subcharts();
        if let Some(defaults) = chart.values() {
            self.defaults(dst, defaults, &subcharts, &path);
        }
        for subchart in subcharts {
            let mut table = take_subchart_table(dst, subchart.name())?;
            self.globals(dst.get(GLOBAL), &mut table, &path);
            self.chart(subchart, &mut table, &path, depth + 1)?;
            share_globals(table.get(GLOBAL), dst.get_mut(GLOBAL));
            dst.insert(subchart.name().to_owned(), Value::Object(table));
        }
        Ok(())
    }

    fn defaults(&mut self, dst: &mut Values, defaults: &Values, subcharts: &[&dyn ChartValues], path: &str) {
        for (key, default) in defaults {
            match (dst.get_mut(key), default) {
                (None, _) if self.nulls == Nulls::DeleteAll => insert_without_nulls(dst, key, default),
                (None, _) => {
                    dst.insert(key.clone(), default.clone());
                }
                (Some(Value::Null), _) if self.nulls == Nulls::DeleteAll => {
                    dst.remove(key);
                }
                (Some(Value::Object(own)), Value::Object(default)) => {
                    let nulls = if is_subchart(subcharts, key) {
                        Nulls::Keep
                    } else {
                        self.nulls
                    };
                    fill_table(own, default, &join(path, key), nulls, &mut self.warnings);
                }
                (Some(Value::Object(_)), default) if !default.is_null() => {
                    self.warnings.push(Warning::NotATable { path: join(path, key) });
                }
                _ => {}
            }
        }
    }

    /// Globals flow down: what the enclosing chart has wins over what the subchart has.
    fn globals(&mut self, source: Option<&Value>, subchart: &mut Values, path: &str) {
        if subchart.get(GLOBAL).is_some_and(|own| !own.is_object()) {
            self.warnings.push(Warning::GlobalDestinationNotATable);
            return;
        }
        if source.is_some_and(|source| !source.is_object()) {
            self.warnings.push(Warning::GlobalSourceNotATable);
            return;
        }
        let own = subchart.entry(GLOBAL).or_insert_with(|| Value::Object(Values::new()));
        if let (Value::Object(own), Some(Value::Object(source))) = (own, source) {
            for (key, value) in source {
                self.global(own, key, value, path);
            }
        }
    }

    fn global(&mut self, destination: &mut Values, key: &str, value: &Value, path: &str) {
        match (destination.get_mut(key), value) {
            (Some(Value::Object(own)), Value::Object(table)) => {
                let mut merged = table.clone();
                fill_table(&mut merged, own, &join(path, key), Nulls::Keep, &mut self.warnings);
                *own = merged;
            }
            (Some(_), Value::Object(_)) => self.warnings.push(Warning::GlobalConflict { key: key.to_owned() }),
            (Some(Value::Object(_)), _) => self.warnings.push(Warning::GlobalIsTable { key: key.to_owned() }),
            _ => {
                destination.insert(key.to_owned(), value.clone());
            }
        }
    }
}

/// Helm: tables two levels below `global` are one object for a chart and its subcharts, so that what
/// one of them adds is seen by all. Brings the state of such tables from `from` to `to`.
fn share_globals(from: Option<&Value>, to: Option<&mut Value>) {
    let (Some(Value::Object(from)), Some(Value::Object(to))) = (from, to) else {
        return;
    };
    for (key, own) in to.iter_mut() {
        let (Value::Object(own), Some(Value::Object(other))) = (own, from.get(key)) else {
            continue;
        };
        for (key, own) in own.iter_mut().filter(|(_, own)| own.is_object()) {
            if let Some(other) = other.get(key).filter(|other| other.is_object() && *other != own) {
                own.clone_from(other);
            }
        }
    }
}

/// Brings the final state of the shared tables to all subcharts.
fn spread_globals(chart: &dyn ChartValues, values: &mut Values) {
    let global = values.remove(GLOBAL);
    for subchart in chart.subcharts() {
        if let Some(Value::Object(table)) = values.get_mut(subchart.name()) {
            share_globals(global.as_ref(), table.get_mut(GLOBAL));
            spread_globals(subchart, table);
        }
    }
    values.extend(global.map(|global| (GLOBAL.to_owned(), global)));
}

fn is_subchart(subcharts: &[&dyn ChartValues], name: &str) -> bool {
    subcharts.iter().any(|subchart| subchart.name() == name)
}

/// Takes the table of a subchart out of its parent's tree; the caller puts it back.
fn take_subchart_table(parent: &mut Values, name: &str) -> Result<Values, CoalesceError> {
    match parent.get_mut(name) {
        None => Ok(Values::new()),
        Some(Value::Object(table)) => Ok(std::mem::take(table)),
        Some(other) => Err(CoalesceError::SubchartNotATable {
            subchart: name.to_owned(),
            found: bool_verb_text(other),
        }),
    }
}
