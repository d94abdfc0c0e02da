use std::fmt;

use ironhelm_values::set::{SetError, SetKind, parse_into};
use ironhelm_values::{Value, Values};

use crate::{assert_none, floats, full_text, rows, same};

#[derive(Debug)]
struct NoFile(String);

impl fmt::Display for NoFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "open {}: no such file or directory", self.0)
    }
}

impl std::error::Error for NoFile {}

fn read(name: &str) -> Result<Vec<u8>, NoFile> {
    match name {
        "f1.txt" | "./f1.txt" => Ok(b"file one\n".to_vec()),
        "f2.txt" => Ok(b"two,2".to_vec()),
        _ => Err(NoFile(name.to_owned())),
    }
}

const ORDER: [SetKind; 5] = [
    SetKind::Json,
    SetKind::Typed,
    SetKind::String,
    SetKind::File,
    SetKind::Literal,
];

fn apply(base: &str, flags: &[(String, String)]) -> Result<Values, SetError<NoFile>> {
    let base = floats(if base == "-" { "{}" } else { base });
    let mut values = base.as_object().unwrap().clone();
    for kind in ORDER {
        for (_, argument) in flags.iter().filter(|(flag, _)| flag == kind.flag()) {
            parse_into(kind, argument, &mut values, &mut read)?;
        }
    }
    Ok(values)
}

#[test]
fn arguments_do_what_they_do_in_helm() {
    let rows = rows("set.tsv");
    let mut failures = Vec::new();
    for row in &rows {
        let flags: Vec<(String, String)> = serde_json::from_str(&row[1]).unwrap();
        let ok = match apply(&row[0], &flags) {
            Ok(values) => row[2] == "ok" && same(&Value::Object(values), &serde_json::from_str(&row[3]).unwrap()),
            Err(error) => {
                row[2] == "error" && serde_json::to_string(&format!("Error: {}", full_text(&error))).unwrap() == row[3]
            }
        };
        if !ok {
            let ours = apply(&row[0], &flags).map(Value::Object).map_err(|e| full_text(&e));
            failures.push(format!("{} {}\n  helm: {}\n  ours: {ours:?}", row[0], row[1], row[3]));
        }
    }
    assert_none(failures, rows.len());
}

#[test]
fn integers_of_set_stay_integers() {
    let mut values = Values::new();
    parse_into(SetKind::Typed, "a=9223372036854775807", &mut values, &mut read).unwrap();
    parse_into(SetKind::Json, "b=5", &mut values, &mut read).unwrap();
    assert!(values["a"].is_i64());
    assert!(values["b"].is_f64());
}

#[test]
fn hostile_paths_are_refused() {
    let mut values = Values::new();
    let deep = format!("a{}=1", "[0]".repeat(20_000));
    assert!(parse_into(SetKind::Typed, &deep, &mut values, &mut read).is_err());
    let wide = format!("a{}=1", "[65536]".repeat(400));
    assert!(parse_into(SetKind::Typed, &wide, &mut values, &mut read).is_err());
}
