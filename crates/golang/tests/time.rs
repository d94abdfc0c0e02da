//! Layouts and durations against the answers of Go 1.26.8 (in the zone UTC) in `testdata/golang/`.

#![allow(clippy::unwrap_used, reason = "a test may stop at a broken oracle")]

use ironhelm_golang::time::{Duration, Time, Zone, format, parse};
use serde_json::Value;

fn rows(name: &str) -> Vec<Value> {
    let path = format!("{}/../../testdata/golang/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(&path);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'v>(row: &'v Value, field: &str) -> &'v str {
    row[field].as_str().unwrap()
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
fn times_print_as_in_go() {
    let mut failures = Vec::new();
    for row in rows("time-format.jsonl") {
        let zone = Zone {
            offset: row["o"].as_i64().unwrap() as i32,
            name: text(&row, "z").to_owned().into(),
        };
        let time = Time::new(row["s"].as_i64().unwrap(), row["n"].as_u64().unwrap() as u32, zone);
        let got = format(&time, text(&row, "l"));
        if got != text(&row, "out") {
            failures.push(format!("{row} got {got:?}"));
        }
    }
    assert_none(failures);
}

#[test]
fn times_parse_as_in_go() {
    let mut failures = Vec::new();
    for row in rows("time-parse.jsonl") {
        let got = parse(text(&row, "l"), text(&row, "v"));
        let same = match (&got, row["err"].as_str()) {
            (Err(error), Some(want)) => error.to_string() == want,
            (Ok(time), None) => {
                row["s"] == time.unix()
                    && row["n"] == time.nanosecond()
                    && row["o"] == time.zone().offset
                    && row["z"] == *time.zone().name
            }
            _ => false,
        };
        if !same {
            failures.push(format!("{row} got {got:?}"));
        }
    }
    assert_none(failures);
}

#[test]
fn durations_parse_print_and_round_as_in_go() {
    let mut failures = Vec::new();
    for row in rows("durations.jsonl") {
        let got = Duration::parse(text(&row, "in"));
        let same = match (&got, row["err"].as_str()) {
            (Err(error), Some(want)) => error.to_string() == want,
            (Ok(duration), None) => {
                let units = [1_000_000_000, 60_000_000_000, 7, 0, -1, 3_600_000_000_000, 1_000_000].map(Duration);
                let rounded = units
                    .into_iter()
                    .flat_map(|unit| [duration.round(unit).0, duration.truncate(unit).0]);
                row["d"] == duration.0 && row["s"] == duration.to_string() && row["r"] == rounded.collect::<Value>()
            }
            _ => false,
        };
        if !same {
            failures.push(format!("{row} got {got:?}"));
        }
    }
    assert_none(failures);
}
