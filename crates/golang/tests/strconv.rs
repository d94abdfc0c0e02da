//! Numbers and quoted strings against the answers of Go 1.26.8 in `testdata/golang/`.

#![allow(clippy::unwrap_used, reason = "a test may stop at a broken oracle")]

use ironhelm_golang::{json, strconv};
use serde_json::Value;

fn oracle(name: &str) -> String {
    let path = format!("{}/../../testdata/golang/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).expect(&path)
}

fn rows(name: &str) -> Vec<Value> {
    oracle(name)
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

fn float_of(bits: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(bits, 16).unwrap())
}

#[test]
fn floats_print_as_in_go() {
    let mut failures = Vec::new();
    for line in oracle("floats.tsv").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let value = float_of(fields[0]);
        let got = strconv::format_float(
            value,
            fields[1].as_bytes()[0],
            fields[2].parse().unwrap(),
            fields[3].parse().unwrap(),
        );
        if got != fields[4] {
            failures.push(format!("{line} got {got}"));
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
fn json_floats_print_as_in_go() {
    for line in oracle("json-floats.tsv").lines() {
        let (bits, want) = line.split_once('\t').unwrap();
        assert_eq!(json::encode(&Value::from(float_of(bits))), want, "{line}");
    }
}

#[test]
fn numbers_parse_as_in_go() {
    let mut failures = Vec::new();
    for row in rows("parse-numbers.jsonl") {
        let text = row["s"].as_str().unwrap();
        let (base, bits) = (row["b"].as_u64().unwrap() as u32, row["n"].as_u64().unwrap() as u32);
        let got = match row["f"].as_str().unwrap() {
            "float" => strconv::parse_float(text, bits).map(|value| format!("{:x}", value.to_bits())),
            "int" => strconv::parse_int(text, base, bits).map(|value| value.to_string()),
            "uint" => strconv::parse_uint(text, base, bits).map(|value| value.to_string()),
            "atoi" => strconv::atoi(text).map(|value| value.to_string()),
            _ => strconv::parse_bool(text).map(|value| value.to_string()),
        };
        let same = match (&got, row["err"].as_str()) {
            (Err(error), Some(want)) => error.to_string() == want,
            (Ok(got), None) => got == row["out"].as_str().unwrap() || text.eq_ignore_ascii_case("nan"),
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
fn strings_quote_as_in_go() {
    for row in rows("quote.jsonl") {
        let text = bytes(&row["in"]);
        assert_eq!(strconv::quote(&text), row["q"], "{row}");
        assert_eq!(strconv::quote_to_ascii(&text), row["a"], "{row}");
        assert_eq!(
            strconv::quote_rune(row["rune"].as_u64().unwrap() as u32),
            row["r"],
            "{row}"
        );
        assert_eq!(strconv::can_backquote(&text), row["bq"], "{row}");
    }
}

#[test]
fn literals_unquote_as_in_go() {
    for row in rows("unquote.jsonl") {
        let want = row.get("out").map(bytes);
        assert_eq!(strconv::unquote(&bytes(&row["in"])).ok(), want, "{row}");
    }
}
