//! One tree laid over another.
//!
//! [`merge_maps`] is how several values files become one. [`coalesce_tables`] and
//! [`merge_tables`] fill what a table of higher priority lacks from one of lower priority; they
//! differ in what a null of the former means: it removes the value below it, or it stays.

use std::fmt;

use ironhelm_golang::strconv::quote;
use serde_json::Value;

use crate::Values;
use crate::gofmt::value_text;

/// What Helm prints while it lays trees over each other; the text is Helm's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// The user gave a table where the chart's default is none; the table wins.
    NotATable {
        /// Names of the enclosing charts and of the keys, joined by dots.
        path: String,
    },
    /// The value of higher priority is no table where the other one is; it wins.
    TableNotOverwritten {
        /// Names of the enclosing charts and of the keys, joined by dots.
        path: String,
        /// The table that is ignored, as Go prints it.
        table: String,
    },
    /// The value of higher priority is a table where the other one is none; it wins.
    NonTableIgnored {
        /// Names of the enclosing charts and of the keys, joined by dots.
        path: String,
        /// The value that is ignored, as Go prints it.
        value: String,
    },
    /// `global` of a subchart's values is no table: no globals reach that subchart.
    GlobalDestinationNotATable,
    /// `global` of a chart's values is no table: no globals reach its subcharts.
    GlobalSourceNotATable,
    /// A global is a table in the chart and none in its subchart.
    GlobalConflict {
        /// The key below `global`.
        key: String,
    },
    /// A global is a table in the subchart and none in the chart.
    GlobalIsTable {
        /// The key below `global`.
        key: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotATable { path } => write!(f, "warning: skipped value for {path}: Not a table."),
            Self::TableNotOverwritten { path, table } => {
                write!(f, "warning: cannot overwrite table with non table for {path} ({table})")
            }
            Self::NonTableIgnored { path, value } => {
                write!(
                    f,
                    "warning: destination for {path} is a table. Ignoring non-table value ({value})"
                )
            }
            Self::GlobalDestinationNotATable => {
                f.write_str("warning: skipping globals because destination global is not a table.")
            }
            Self::GlobalSourceNotATable => {
                f.write_str("warning: skipping globals because source global is not a table.")
            }
            Self::GlobalConflict { key } => {
                write!(
                    f,
                    "Conflict: cannot merge map onto non-map for {}. Skipping.",
                    quote(key.as_bytes())
                )
            }
            Self::GlobalIsTable { key } => write!(f, "key {key} is table. Skipping"),
        }
    }
}

/// What a null of the table of higher priority means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// It removes the value below it; nulls that only the table of lower priority has are copied.
    Delete,
    /// It removes the value below it; the table of lower priority counts as if it had no nulls.
    DeleteAll,
    /// It stays, to remove a value in a later step.
    Keep,
}

/// Lays `over` over `base`: tables are merged deeply, all else (null too) replaces.
pub fn merge_maps(base: &mut Values, over: Values) {
    let mut pending = vec![(base, over)];
    while let Some((base, mut over)) = pending.pop() {
        let mut tables = Values::new();
        over.retain(|key, value| {
            let both = value.is_object() && base.get(key).is_some_and(Value::is_object);
            if both {
                tables.insert(key.clone(), value.take());
            }
            !both
        });
        base.append(&mut over);
        if tables.is_empty() {
            continue;
        }
        for (key, value) in base.iter_mut() {
            if let (Value::Object(base), Some(Value::Object(over))) = (value, tables.remove(key)) {
                pending.push((base, over));
            }
        }
    }
}

/// Fills what `dst` lacks from `src`; a null in `dst` removes the value that `src` has for it.
pub fn coalesce_tables(dst: &mut Values, src: &Values) -> Vec<Warning> {
    let mut warnings = Vec::new();
    fill_table(dst, src, "", Nulls::Delete, &mut warnings);
    warnings
}

/// Fills what `dst` lacks from `src`; a null in `dst` stays.
pub fn merge_tables(dst: &mut Values, src: &Values) -> Vec<Warning> {
    let mut warnings = Vec::new();
    fill_table(dst, src, "", Nulls::Keep, &mut warnings);
    warnings
}

pub(crate) fn fill_table(dst: &mut Values, src: &Values, path: &str, nulls: Nulls, warnings: &mut Vec<Warning>) {
    let mut pending = vec![(dst, src, path.to_owned())];
    while let Some((dst, src, path)) = pending.pop() {
        fill_missing(dst, src, nulls);
        for (key, own) in dst.iter_mut() {
            let Some(other) = src.get(key) else { continue };
            match (own, other) {
                (Value::Object(own), Value::Object(other)) => pending.push((own, other, join(&path, key))),
                (Value::Object(_), Value::Null) => {}
                (Value::Object(_), other) => warnings.push(Warning::NonTableIgnored {
                    path: join(&path, key),
                    value: value_text(other),
                }),
                (own, Value::Object(_)) if !own.is_null() => warnings.push(Warning::TableNotOverwritten {
                    path: join(&path, key),
                    table: ignored_text(other, nulls),
                }),
                _ => {}
            }
        }
    }
}

/// The keys of `src` that `dst` lacks, and those that a null in `dst` removes.
fn fill_missing(dst: &mut Values, src: &Values, nulls: Nulls) {
    for (key, value) in src {
        match dst.get(key) {
            None if nulls == Nulls::DeleteAll => insert_without_nulls(dst, key, value),
            None => {
                dst.insert(key.clone(), value.clone());
            }
            Some(Value::Null) if nulls != Nulls::Keep && !value.is_null() => {
                dst.remove(key);
            }
            Some(_) => {}
        }
    }
}

fn ignored_text(table: &Value, nulls: Nulls) -> String {
    match nulls {
        Nulls::DeleteAll => value_text(&without_nulls(table)),
        Nulls::Delete | Nulls::Keep => value_text(table),
    }
}

/// Helm: the nulls of a default are not copied, unless they stand in a list.
pub(crate) fn insert_without_nulls(dst: &mut Values, key: &str, value: &Value) {
    if !value.is_null() {
        dst.insert(key.to_owned(), without_nulls(value));
    }
}

fn without_nulls(value: &Value) -> Value {
    let mut value = value.clone();
    let mut pending: Vec<_> = value.as_object_mut().into_iter().collect();
    while let Some(table) = pending.pop() {
        table.retain(|_, value| !value.is_null());
        pending.extend(table.values_mut().filter_map(Value::as_object_mut));
    }
    value
}

pub(crate) fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() {
        return key.to_owned();
    }
    format!("{prefix}.{key}")
}
