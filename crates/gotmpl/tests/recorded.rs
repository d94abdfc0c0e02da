//! Templates whose output or error Go itself recorded.

#![allow(clippy::unwrap_used, reason = "a broken test file is to fail the test")]

use std::fmt::Write as _;
use std::path::Path;

use ironhelm_gotmpl::{Map, Value};
use serde_json::Value as Json;

mod harness;

fn testdata(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/gotmpl")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Runs one case on a stack as small as a thread of a server has.
fn check(data: &Json, case: &Json, expected: &Json) -> Option<String> {
    let map: Map = match harness::value(data) {
        Value::Map(map) => map,
        _ => Map::new(),
    };
    harness::add_extras(&map, &case["extra"]);
    let text = case["tmpl"].as_str().unwrap();
    let (out, error) = harness::run(text, map.into(), case["mk"].as_str().unwrap_or_default());
    let got = (hex(&out), error.as_ref().map(|(_, text)| text.as_str()));
    let want = (
        expected["raw"].as_str().unwrap_or_default().to_owned(),
        expected["err"].as_str(),
    );
    (got != want).then(|| format!("{}: {text:?}\n  got  {got:?}\n  want {want:?}", case["name"]))
}

fn check_all(data: &Json, cases: &[Json], expected: &[Json]) {
    assert_eq!(cases.len(), expected.len());
    let failures: Vec<_> = cases
        .iter()
        .zip(expected)
        .filter_map(|(case, expected)| check(data, case, expected))
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} fail:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

fn lines(text: &str) -> Vec<Json> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn go_1_27_agrees() {
    let file: Json = serde_json::from_str(&testdata("gotmpl-cases.json")).unwrap();
    let expected = lines(&testdata("gotmpl-go127.jsonl"));
    check_all(&file["data"], file["cases"].as_array().unwrap(), &expected);
}

#[test]
fn go_1_26_agrees() {
    let file: Json = serde_json::from_str(&testdata("gotmpl-cases.json")).unwrap();
    let cases = lines(&testdata("cases-go1.26.jsonl"));
    check_all(&file["data"], &cases, &cases);
}
