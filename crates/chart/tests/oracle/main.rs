//! What Helm 4.2.3 makes of charts, held against what this crate makes of them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archives;
mod dependencies;
mod directories;
mod metadata;
mod semver;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

/// A file or directory of this crate's test data.
fn testdata(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/chart")
        .join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(testdata(name)).unwrap()
}

/// Rows of two columns: JSON text and what Helm made of it.
fn rows(name: &str) -> Vec<(String, String)> {
    let row = |line: &str| {
        let (input, expected) = line.split_once('\t').unwrap();
        (
            serde_json::from_str(input).unwrap_or_else(|_| input.to_owned()),
            expected.to_owned(),
        )
    };
    read(name).lines().map(row).collect()
}

/// The error and its sources, as the command line prints them.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// Fails with all differences at once.
fn assert_none(failures: &[String]) {
    assert!(
        failures.is_empty(),
        "{} differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
