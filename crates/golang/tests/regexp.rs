//! Patterns against the answers of Go 1.26.8 (`regexp.jsonl`) and of Helm 4.2.3's `mustRegexFindAll`
//! (`regexp-sprig.json`) in `testdata/golang/`.

#![allow(clippy::unwrap_used, reason = "a test may stop at a broken oracle")]

use ironhelm_golang::regexp::Regexp;
use serde_json::Value;

fn oracle(name: &str) -> String {
    let path = format!("{}/../../testdata/golang/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).expect(&path)
}

fn bytes(value: &Value) -> Vec<u8> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|byte| byte.as_u64().unwrap() as u8)
        .collect()
}

fn assert_none(failures: Vec<String>) {
    assert!(
        failures.is_empty(),
        "{} failures\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn patterns_compile_match_and_fail_as_in_go() {
    let text = oracle("regexp.jsonl");
    let mut rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let texts: Vec<Vec<u8>> = rows.next().unwrap()["texts"]
        .as_array()
        .unwrap()
        .iter()
        .map(bytes)
        .collect();
    let mut failures = Vec::new();
    for row in rows {
        let pattern = row["p"].as_str().unwrap();
        match (Regexp::new(pattern), row["err"].as_str()) {
            (Err(error), Some(want)) if error.to_string() == want => {}
            (Ok(regexp), None) => {
                for (text, want) in texts.iter().zip(row["res"].as_array().unwrap()) {
                    failures.extend(difference(&regexp, text, want));
                }
            }
            (got, want) => failures.push(format!("{pattern}: want {want:?} got {got:?}")),
        }
    }
    assert_none(failures);
}

fn difference(regexp: &Regexp, text: &[u8], want: &Value) -> Option<String> {
    let ranges = want["all"].as_array()?;
    let places = |at: &Value| at.as_u64().unwrap() as usize;
    let all: Vec<&[u8]> = ranges
        .iter()
        .map(|range| &text[places(&range[0])..places(&range[1])])
        .collect();
    let got = regexp.find_all(text, -1);
    let same_places = got.iter().zip(&all).all(|(got, want)| got.as_ptr() == want.as_ptr());
    let split: Vec<Vec<u8>> = want["split"].as_array()?.iter().map(bytes).collect();
    let template = b"<$1|${n}|$0x>$$";
    let checks = [
        ("find_all", got == all && same_places),
        (
            "is_match",
            regexp.is_match(text) != all.is_empty() && regexp.find(text) == all.first().copied(),
        ),
        ("split", regexp.split(text, -1) == split),
        ("replace_all", regexp.replace_all(text, template) == bytes(&want["rep"])),
        (
            "replace_all_literal",
            regexp.replace_all_literal(text, b"$1") == bytes(&want["lit"]),
        ),
    ];
    let (failed, _) = checks.iter().find(|(_, same)| !same)?;
    Some(format!(
        "{} on {:?}: {failed}",
        regexp.as_str(),
        String::from_utf8_lossy(text)
    ))
}

#[test]
fn patterns_behave_as_in_helm_templates() {
    let oracle: Value = serde_json::from_str(&oracle("regexp-sprig.json")).unwrap();
    let text = oracle["text"].as_str().unwrap().as_bytes();
    let mut failures = Vec::new();
    for row in oracle["regex"].as_array().unwrap() {
        let pattern = row[0].as_str().unwrap();
        let same = match (Regexp::new(pattern), row[1]["err"].as_str()) {
            (Err(error), Some(want)) => want.contains(&error.to_string()),
            (Ok(regexp), None) => {
                let found = regexp
                    .find_all(text, -1)
                    .into_iter()
                    .map(|found| String::from_utf8_lossy(found));
                // Go: no match at all is a nil slice.
                Value::from_iter(found) == row[1]["ok"] || row[1]["ok"].is_null() && !regexp.is_match(text)
            }
            _ => false,
        };
        if !same {
            failures.push(row.to_string());
        }
    }
    assert_none(failures);
}

#[test]
fn templates_expand_as_in_helm_templates() {
    let oracle: Value = serde_json::from_str(&oracle("regexp-sprig.json")).unwrap();
    let text = oracle["text"].as_str().unwrap().as_bytes();
    let regexp = Regexp::new("(?P<n>a)(b)?").unwrap();
    for row in oracle["repl"].as_array().unwrap() {
        let got = regexp.replace_all(text, row[0].as_str().unwrap().as_bytes());
        assert_eq!(String::from_utf8(got).unwrap(), row[1]["ok"], "{row}");
    }
}

#[test]
fn must_compile_quotes_the_pattern() {
    let error = Regexp::new("a(b").unwrap_err();
    let want = "regexp: Compile(`a(b`): error parsing regexp: missing closing ): `a(b`";
    assert_eq!(error.must_compile_text("a(b"), want);
}

#[test]
fn hostile_patterns_end() {
    assert!(Regexp::new(&"(".repeat(100_000)).is_err());
    assert!(Regexp::new(&format!("{}a{}", "(".repeat(5000), ")".repeat(5000))).is_err());
    assert!(Regexp::new(&format!("{}a{}", "(".repeat(240), ")*".repeat(240))).is_ok());
    assert!(Regexp::new(&"a|".repeat(20_000)).is_ok());
    let _ = Regexp::new(r"(\pL{100}){10}");
}
