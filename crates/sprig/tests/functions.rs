//! Expressions that real Helm evaluated: type, text, JSON and error texts must be the same, byte for byte.
//!
//! `testdata/sprig/*.jsonl` names the Helm version and the template in its first line; each further line is one
//! expression with what Helm made of it. Where a function is random only the type is recorded.

#![allow(clippy::unwrap_used, reason = "a broken test file is to fail the test")]

use std::path::Path;
use std::rc::Rc;

use base64::prelude::{BASE64_STANDARD, Engine};
use ironhelm_gotmpl::{MissingKey, Templates, Value};
use ironhelm_sprig::convert::from_json_as_floats;
use serde_json::Value as Json;

mod world;

const FILE: &str = "c/templates/t.yaml";

fn testdata(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/sprig")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

fn data() -> Value {
    let values = from_json_as_floats(&serde_json::from_str(&testdata("values.json")).unwrap());
    values.as_map().unwrap().insert("i", Value::int64(7));
    Value::map([("Values", values)])
}

fn render(templates: &mut Templates, text: &str) -> Result<Vec<u8>, String> {
    templates
        .parse(FILE, text.as_bytes())
        .map_err(|error| error.to_string())?;
    templates
        .execute(FILE.as_bytes(), data())
        .map_err(|error| error.to_string())
}

/// The decoded values behind `x: ` and `j: `.
fn outputs(rendered: &[u8]) -> Vec<Vec<u8>> {
    let lines = std::str::from_utf8(rendered).unwrap().lines();
    let decode = |line: &str| BASE64_STANDARD.decode(line[3..].trim_matches('"')).unwrap();
    lines.map(decode).collect()
}

fn expected(case: &Json, field: &str) -> Vec<u8> {
    match case[format!("{field}_base64")].as_str() {
        Some(encoded) => BASE64_STANDARD.decode(encoded).unwrap(),
        None => case[field].as_str().unwrap().as_bytes().to_vec(),
    }
}

fn check(templates: &mut Templates, case: &Json) -> Option<String> {
    let expression = case["expr"].as_str().unwrap();
    let printed = match case["type"].is_string() {
        true => r#"printf "%T" $x"#,
        false => r#"printf "%T|%v" $x $x"#,
    };
    let text =
        format!("{{{{ $x := {expression} }}}}x: {{{{ {printed} | b64enc }}}}\nj: {{{{ toJson $x | b64enc }}}}\n");
    let got = render(templates, &text);
    let want = match case["error"].as_str() {
        Some(error) => Err(error.to_owned()),
        None if case["type"].is_string() => Ok(vec![expected(case, "type")]),
        None => Ok(vec![expected(case, "print"), expected(case, "json")]),
    };
    let got = got.map(|rendered| {
        let mut outputs = outputs(&rendered);
        outputs.truncate(want.as_ref().map_or(2, Vec::len));
        outputs
    });
    let shown = |result: &Result<Vec<Vec<u8>>, String>| match result {
        Ok(outputs) => format!(
            "{:?}",
            outputs
                .iter()
                .map(|text| String::from_utf8_lossy(text))
                .collect::<Vec<_>>()
        ),
        Err(error) => error.clone(),
    };
    (got != want).then(|| format!("{expression}\n  got  {}\n  want {}", shown(&got), shown(&want)))
}

/// Where we are not Helm yet: the words of TOML syntax errors, what a number out of range leaves of its map, and the
/// plain style of times in `toYamlPretty`.
fn is_known_difference(case: &Json) -> bool {
    let expression = case["expr"].as_str().unwrap();
    let result = case["print"].as_str().unwrap_or_default();
    expression.starts_with("fromToml") && result.contains("map[Error:toml: line ")
        || expression.starts_with("fromJson") && result.contains("cannot unmarshal number")
        || expression.starts_with("toYamlPretty (toDate")
}

/// Threads that the cases are dealt out to.
const SHARES: usize = 4;

fn check_share(share: usize, cases: &[Json]) -> Vec<String> {
    let functions = ironhelm_sprig::functions(Rc::new(world::Seeded::default()));
    let mut templates = Templates::new("gotpl", functions).missing_key(MissingKey::Zero);
    let cases = cases.iter().skip(share).step_by(SHARES);
    cases.filter_map(|case| check(&mut templates, case)).collect()
}

fn check_file(name: &str) {
    let text = testdata(name);
    let cases = text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap());
    let cases: Vec<Json> = cases.filter(|case| !is_known_difference(case)).collect();
    let failures: Vec<String> = std::thread::scope(|scope| {
        let cases = cases.as_slice();
        let shares: Vec<_> = (0..SHARES)
            .map(|share| scope.spawn(move || check_share(share, cases)))
            .collect();
        shares.into_iter().flat_map(|share| share.join().unwrap()).collect()
    });
    assert!(
        failures.is_empty(),
        "{} of {} fail:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

#[test]
fn functions_are_helms() {
    check_file("functions.jsonl");
}
