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
    let cyclic = [
        r##"{"$ref": "#"}"##,
        r##"{"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}}"##,
        r##"{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}"##,
        r##"{"not": {"$ref": "#"}}"##,
        r##"{"anyOf": [{"$ref": "#"}, {"required": ["z"]}]}"##,
        r##"{"oneOf": [{"$ref": "#"}, {"$ref": "#"}]}"##,
        r##"{"if": {"$ref": "#"}, "then": {"$ref": "#"}, "required": ["z"]}"##,
        r##"{"$dynamicAnchor": "n", "allOf": [{"$dynamicRef": "#n"}], "required": ["z"]}"##,
        r##"{"$schema": "https://json-schema.org/draft/2019-09/schema", "allOf": [{"$recursiveRef": "#"}]}"##,
        r##"{"dependentSchemas": {"a": {"$ref": "#"}}, "unevaluatedProperties": {"$ref": "#"}, "required": ["z"]}"##,
        r##"{"$anchor": "x", "allOf": [{"$ref": "#x"}], "unevaluatedProperties": false}"##,
    ];
    let one = floats(r#"{"a": 1}"#);
    for schema in cyclic.into_iter().chain([deep.as_str()]) {
        check(&Chart(schema.as_bytes().to_vec()), one.as_object().unwrap()).unwrap();
    }
    let tree = r##"{"additionalProperties": {"$ref": "#"}, "anyOf": [{"type": "object"}, {"type": "number"}]}"##;
    let values = floats(&format!("{}1{}", r#"{"a":"#.repeat(190), "}".repeat(190)));
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

struct Nested(&'static str, &'static str, Vec<Self>);

impl ChartValues for Nested {
    fn name(&self) -> &str {
        self.0
    }

    fn values(&self) -> Option<&Values> {
        None
    }

    fn subcharts(&self) -> Vec<&dyn ChartValues> {
        self.2.iter().map(|chart| chart as &dyn ChartValues).collect()
    }

    fn schema(&self) -> Option<&[u8]> {
        Some(self.1.as_bytes())
    }
}

#[test]
fn subcharts_follow_their_chart() {
    let text = r#"{"properties": {"v": {"type": "string"}}}"#;
    let charts = vec![
        Nested("s1", text, vec![Nested("ss", text, vec![])]),
        Nested("s2", r#"{"properties":"#, vec![]),
    ];
    let values = floats(r#"{"v": 1, "s1": {"v": 2, "ss": {"v": 3}}, "s2": {}}"#);
    let checked = check(&Nested("p", text, charts), values.as_object().unwrap()).unwrap();
    // As Helm 4.2.3 prints it for these charts.
    let helms = "values don't meet the specifications of the schema(s) in the following chart(s):\n\
        p:\n- at '/v': got number, want string\n\
        s1:\n- at '/v': got number, want string\n\
        ss:\n- at '/v': got number, want string\n\
        s2:\nunexpected EOF";
    assert_eq!(checked.into_result().unwrap_err().to_string(), helms);
}
