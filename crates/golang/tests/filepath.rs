//! Paths against the answers of Go 1.26.8 in `testdata/golang/filepath.jsonl`.

#![allow(clippy::unwrap_used, reason = "a test may stop at a broken oracle")]

use ironhelm_golang::filepath;
use serde_json::Value;

#[test]
fn paths_behave_as_in_go() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/golang/filepath.jsonl");
    let mut failures = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let same = match row["p"].as_str() {
            Some(path) => {
                row["clean"] == filepath::clean(path)
                    && row["base"] == filepath::base(path)
                    && row["dir"] == filepath::dir(path)
                    && row["ext"] == filepath::ext(path)
                    && row["abs"] == filepath::is_abs(path)
                    && row["j"] == filepath::join([path, "x", "", "../y"])
                    && row["j0"] == filepath::join(["", path])
            }
            None => {
                let got = filepath::match_pattern(row["m"].as_str().unwrap(), row["n"].as_str().unwrap());
                row["bad"] == got.is_err() && row["ok"] == got.unwrap_or(false)
            }
        };
        if !same {
            failures.push(line.to_owned());
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures\n{}",
        failures.len(),
        failures.join("\n")
    );
}
