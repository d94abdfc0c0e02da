//! The layer table of ARCHITECTURE.md, enforced: which crate may depend on which, and who may know which heavy crate.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Crate (its folder), then the crates of ours that it may depend on.
const ALLOWED: &[(&str, &str)] = &[
    ("golang", ""),
    ("yaml", "golang"),
    ("values", "golang yaml"),
    ("chart", "golang yaml values"),
    ("release", "golang values chart"),
    ("gotmpl", "golang"),
    ("sprig", "golang gotmpl yaml chart"),
    ("render", "golang yaml values chart release gotmpl sprig"),
    ("plan", "golang yaml values release render"),
    ("action", "golang yaml values chart release render plan"),
    ("cluster", "action plan release render"),
    ("sandbox", "action plan release render"),
    ("image", ""),
    ("provenance", "golang yaml"),
    ("lint", "golang yaml values chart render"),
    ("registry", "golang image"),
    ("repository", "golang yaml chart provenance registry"),
    ("runtime", "image"),
    ("bundle", "golang yaml values chart image registry repository"),
    (
        "ironhelm",
        "yaml values chart release render plan lint action cluster sandbox image provenance registry repository runtime bundle",
    ),
    ("cli", "ironhelm golang yaml"),
];

/// A heavy crate, then the crates of ours that may know it.
const KNOWN_ONLY_TO: &[(&str, &str)] = &[
    ("kube", "cluster"),
    ("k8s-openapi", "cluster"),
    ("rustls", "cluster registry"),
    ("http", "cluster runtime"),
    ("reqwest", "registry"),
    ("hyper", "runtime"),
    ("tonic", "runtime"),
    ("pgp", "provenance"),
    ("yaml-edit", "bundle"),
    ("tokio", "cluster registry repository runtime bundle cli"),
    ("clap", "cli"),
    ("handlebars", "cli"),
    ("serde_yaml", "cli bundle"),
    ("tracing-subscriber", "cli"),
    ("tar", "chart image bundle"),
    ("jsonschema", "values"),
    ("json-patch", "sandbox"),
];

#[test]
fn every_dependency_goes_down_the_layer_table() {
    let crates = workspace();
    let mut wrong = Vec::new();
    for (name, dependencies) in &crates {
        let allowed = row(ALLOWED, name).unwrap_or_else(|| panic!("{name} is missing in the layer table"));
        for dependency in dependencies.iter().filter_map(|dependency| own(dependency)) {
            if !allowed.contains(&dependency) {
                wrong.push(format!("{name} -> {dependency}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "dependencies that the layer table does not have: {wrong:?}"
    );
}

#[test]
fn heavy_crates_are_known_only_where_the_table_says() {
    let crates = workspace();
    let mut wrong = Vec::new();
    for (name, dependencies) in &crates {
        for dependency in dependencies {
            if row(KNOWN_ONLY_TO, dependency).is_some_and(|knowers| !knowers.contains(&name.as_str())) {
                wrong.push(format!("{name} -> {dependency}"));
            }
        }
    }
    assert!(wrong.is_empty(), "crates that should not be known there: {wrong:?}");
}

fn row<'a>(table: &[(&str, &'a str)], name: &str) -> Option<Vec<&'a str>> {
    table
        .iter()
        .find(|(key, _)| *key == name)
        .map(|(_, values)| values.split_whitespace().collect())
}

/// The folder of a crate of ours, by its package name.
fn own(package: &str) -> Option<&str> {
    if package == "ironhelm" {
        Some("ironhelm")
    } else {
        package.strip_prefix("ironhelm-")
    }
}

/// Each crate of the workspace (by folder; the tests left out) with its normal dependencies.
fn workspace() -> BTreeMap<String, Vec<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    packages
        .iter()
        .filter_map(|package| Some((own(package["name"].as_str()?)?.to_owned(), normal_dependencies(package))))
        .filter(|(name, _)| name != "tests")
        .collect()
}

fn normal_dependencies(package: &Value) -> Vec<String> {
    let dependencies = package["dependencies"].as_array().expect("dependencies are a list");
    dependencies
        .iter()
        .filter(|dependency| dependency["kind"].is_null())
        .map(|dependency| {
            dependency["rename"]
                .as_str()
                .or(dependency["name"].as_str())
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}
