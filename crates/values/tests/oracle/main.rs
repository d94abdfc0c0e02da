//! Runs the tables under `testdata/values`, which Helm 4.2.3 has filled.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod coalesce;
mod files;
mod reuse;
mod schema;
mod set;

use std::error::Error;
use std::path::PathBuf;

use ironhelm_golang::json;
use ironhelm_values::Value;

/// The lines of a table, cut into cells; lines that start with `#` explain it.
fn rows(table: &str) -> Vec<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/values")
        .join(table);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

/// An error and its causes, as the command line prints them.
fn full_text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Numbers compare as what they count: Helm's own text of them is JSON's.
fn same(ours: &Value, helms: &Value) -> bool {
    match (ours, helms) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((ka, a), (kb, b))| ka == kb && same(a, b))
        }
        (a, b) => a == b,
    }
}

/// The tree of a values file: its numbers are floats.
fn floats(text: &str) -> Value {
    let mut value = json::decode(text.as_bytes()).unwrap();
    json::to_float64(&mut value);
    value
}

/// Fails with the first differences.
fn assert_none(failures: Vec<String>, cases: usize) {
    let shown: Vec<_> = failures.iter().take(10).cloned().collect();
    assert!(
        failures.is_empty(),
        "{} of {cases} differ:\n{}",
        failures.len(),
        shown.join("\n")
    );
}
