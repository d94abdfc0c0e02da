//! JSON against the answers of Go 1.26.8 in `testdata/golang/json-decode.jsonl`.

#![allow(clippy::unwrap_used, reason = "a test may stop at a broken oracle")]

use ironhelm_golang::json;
use serde_json::Value;

fn rows() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/golang/json-decode.jsonl");
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn bytes(value: &Value) -> Vec<u8> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|byte| byte.as_u64().unwrap() as u8)
        .collect()
}

/// What Go holds after decoding: every number is a float.
fn floats(mut value: Value) -> Value {
    json::to_float64(&mut value);
    value
}

#[test]
fn texts_decode_and_encode_as_in_go() {
    let mut failures = Vec::new();
    for row in rows() {
        let got = json::decode(&bytes(&row["in"])).map(floats);
        let same = match (&got, row["err"].as_str()) {
            (Err(error), Some(want)) => error.to_string() == want,
            (Ok(value), None) => {
                row["c"] == json::encode(value)
                    && row["i"] == json::encode_indent(value, "> ", "\t")
                    && row["plain"] == json::encode_plain(value)
            }
            _ => false,
        };
        if !same {
            failures.push(format!(
                "{row} got {got:?} {}",
                got.as_ref().map(json::encode).unwrap_or_default()
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn prefixes_decode_as_in_go() {
    let mut failures = Vec::new();
    for row in rows() {
        let got = json::decode_prefix(&bytes(&row["in"]));
        let same = match (&got, row["perr"].as_str()) {
            (Err(error), Some(want)) => error.to_string() == want,
            (Ok((value, consumed)), None) => {
                row["p"] == json::encode(&floats(value.clone())) && row["off"] == *consumed
            }
            _ => false,
        };
        if !same {
            failures.push(format!("{row} got {got:?}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn integers_stay_integers() {
    let value = json::decode(b"[1, -1, 18446744073709551615, 18446744073709551616, 1.0, 1e2]").unwrap();
    let kinds: Vec<bool> = value.as_array().unwrap().iter().map(Value::is_f64).collect();
    assert_eq!(kinds, [false, false, false, true, true, true]);
}

#[test]
fn depth_is_limited_without_recursion() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let value = json::decode(nested(json::MAX_DEPTH).as_bytes()).unwrap();
    assert_eq!(json::encode(&value), nested(json::MAX_DEPTH));
    let error = json::decode(nested(json::MAX_DEPTH + 1).as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "invalid character '[' exceeded max depth");
    assert!(json::decode("{\"a\":".repeat(1_000_000).as_bytes()).is_err());
}
