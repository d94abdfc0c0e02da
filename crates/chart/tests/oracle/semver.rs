use ironhelm_chart::semver::{Constraint, Version};
use serde_json::Value;

use crate::{assert_none, read};

fn data() -> Value {
    serde_json::from_str(&read("semver.json")).unwrap()
}

fn check_table(constraints: &Value, versions: &Value) -> Vec<String> {
    let versions: Vec<Version> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|text| Version::parse(text.as_str().unwrap()).unwrap())
        .collect();
    let row = |row: &Value| {
        let text = row[0].as_str().unwrap();
        let bits = |constraint: Constraint| -> String {
            versions
                .iter()
                .map(|version| if constraint.check(version) { '1' } else { '0' })
                .collect()
        };
        let found = Constraint::parse(text).ok().map(bits);
        (found.as_deref() != row[1].as_str()).then(|| format!("{text:?}\n  found {found:?}\n  helm  {}", row[1]))
    };
    constraints.as_array().unwrap().iter().filter_map(row).collect()
}

#[test]
fn constraints_admit_what_they_admit_in_helm() {
    let data = data();
    assert_none(&check_table(&data["constraints"], &data["versions"]));
    assert_none(&check_table(&data["more_constraints"], &data["more_versions"]));
}

fn check_errors(expected: &Value, error: impl Fn(&str) -> String) -> Vec<String> {
    let differs = |(text, helm): (&String, &Value)| {
        let found = error(text);
        (found != *helm).then(|| format!("{text:?}: found {found:?}, helm {helm}"))
    };
    expected.as_object().unwrap().iter().filter_map(differs).collect()
}

#[test]
fn constraints_are_refused_in_the_words_of_helm() {
    let error = |text: &str| Constraint::parse(text).map_or_else(|error| error.to_string(), |_| String::new());
    assert_none(&check_errors(&data()["constraint_errors"], error));
}

#[test]
fn versions_are_refused_in_the_words_of_helm() {
    let error = |text: &str| Version::parse(text).map_or_else(|error| error.to_string(), |_| String::new());
    assert_none(&check_errors(&data()["version_errors"], error));
}
