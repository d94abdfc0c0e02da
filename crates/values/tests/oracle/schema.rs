use ironhelm_values::schema::check;
use ironhelm_values::{ChartValues, Values};

use crate::{assert_none, floats, rows};

struct Chart(Vec<u8>);

impl ChartValues for Chart {
    fn name(&self) -> &str {
        "x"
    }

    fn values(&self) -> Option<&Values> {
        None
    }

    fn subcharts(&self) -> Vec<&dyn ChartValues> {
        Vec::new()
    }

    fn schema(&self) -> Option<&[u8]> {
        Some(&self.0)
    }
}

/// Helm walks over maps in random order: lines are compared as sets, and so are the names of a line.
fn unordered(text: &str) -> Vec<String> {
    let mut lines: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with("level="))
        .map(ordered_names)
        .collect();
    lines.sort();
    lines
}

fn ordered_names(line: &str) -> String {
    let Some((start, names)) = line.split_once("additional properties ") else {
        return line.to_owned();
    };
    let mut names: Vec<_> = names.trim_end_matches(" not allowed").split(", ").collect();
    names.sort_unstable();
    format!("{start}additional properties {} not allowed", names.join(", "))
}

#[test]
fn verdicts_are_helms() {
    let rows = rows("schema-verdict.tsv");
    for row in &rows {
        let chart = Chart(serde_json::from_str::<String>(&row[0]).unwrap().into_bytes());
        let values = floats(&row[1]);
        let checked = check(&chart, values.as_object().unwrap()).unwrap();
        assert_eq!(checked.failures.is_empty(), row[2] == "ok", "{}", row[0]);
    }
}

#[test]
fn references_that_lead_out_are_never_followed() {
    for reference in [
        "http://127.0.0.1:9/x.json",
        "https://example.com/a#/b",
        "urn:foo:bar",
        "file:///etc/passwd",
        "x.json",
    ] {
        let schema = format!(r#"{{"properties": {{"a": {{"$ref": "{reference}"}}}}, "required": ["b"]}}"#);
        let checked = check(&Chart(schema.into_bytes()), floats(r#"{"a": 1}"#).as_object().unwrap()).unwrap();
        assert_eq!(checked.warnings[0].reference, reference);
        assert_eq!(checked.failures[0].text, "- at '': missing property 'b'\n");
    }
}

#[test]
fn deep_and_cyclic_schemas_are_survived() {
    let deep = format!("{}{{}}{}", r#"{"not":"#.repeat(900), "}".repeat(900));
    let cyclic = r##"{"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}}"##;
    for schema in [deep.as_str(), cyclic, r##"{"$ref": "#"}"##] {
        check(&Chart(schema.as_bytes().to_vec()), &Values::new()).unwrap();
    }
    let tree = r##"{"additionalProperties": {"$ref": "#"}, "anyOf": [{"type": "object"}, {"type": "number"}]}"##;
    let values = floats(&format!("{}1{}", r#"{"a":"#.repeat(120), "}".repeat(120)));
    let checked = check(&Chart(tree.as_bytes().to_vec()), values.as_object().unwrap()).unwrap();
    assert_eq!(checked.failures, []);
}

#[test]
fn schemas_judge_as_helm_does() {
    let rows = rows("schema.tsv");
    let mut failures = Vec::new();
    for row in &rows {
        let chart = Chart(serde_json::from_str::<String>(&row[0]).unwrap().into_bytes());
        let values = floats(&row[1]);
        let result = check(&chart, values.as_object().unwrap()).unwrap().into_result();
        let ours = result.map_or_else(|error| format!("Error: {error}\n"), |_| String::new());
        let helms: String = serde_json::from_str(&row[3]).unwrap();
        if unordered(&ours) != unordered(&helms) {
            failures.push(format!("{} {}\n--- helm: {helms}\n--- ours: {ours}", row[0], row[1]));
        }
    }
    assert_none(failures, rows.len());
}
