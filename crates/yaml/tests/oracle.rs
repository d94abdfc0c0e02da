//! Every row of `testdata/yaml/` is an input with what real Helm made of it.

use ironhelm_golang::json;
use serde_json::{Map, Value};

/// One row of a table: its fields.
type Row<'a> = Vec<&'a str>;

/// Runs `check` on each row of `table` behind its heading and shows all rows that differ.
fn each_row(table: &str, check: impl Fn(&Row<'_>) -> Result<(), String>) {
    let misses: Vec<String> = table
        .lines()
        .skip(1)
        .enumerate()
        .filter_map(|(index, line)| {
            let miss = check(&line.split('\t').collect()).err()?;
            Some(format!("row {}: {line}\n  {miss}", index + 2))
        })
        .collect();
    assert!(
        misses.is_empty(),
        "{} rows differ:\n{}",
        misses.len(),
        misses.join("\n")
    );
}

fn same(expected: &str, found: &str) -> Result<(), String> {
    if expected == found {
        Ok(())
    } else {
        Err(format!("expected {expected:?}\n  found    {found:?}"))
    }
}

#[test]
fn scalars_and_small_documents_are_read_and_written_as_helm_does() {
    each_row(include_str!("../../../testdata/yaml/yaml-oracle.tsv"), |row| {
        let input = json_field(row[1]);
        let found = match row[0] {
            "toYaml" => to_yaml(&floats(input)),
            "fromYaml|toJson" => json::encode(&from_yaml(text(&input))),
            "fromYamlArray|toJson" => json::encode(&from_yaml_array(text(&input))),
            "fromYaml|toYaml" => to_yaml(&from_yaml(text(&input))),
            other => return Err(format!("unknown kind {other}")),
        };
        same(&unescape(row[2]), &found)
    });
}

#[test]
fn documents_good_and_bad_are_read_as_helm_does() {
    each_row(include_str!("../../../testdata/yaml/parse.tsv"), |row| {
        let input = bytes(row[0]);
        same(text_of(row[1]).as_str(), &json::encode(&from_yaml(&input)))?;
        same(text_of(row[2]).as_str(), &json::encode(&from_yaml_array(&input)))
    });
}

#[test]
fn trees_are_written_as_helm_does() {
    each_row(include_str!("../../../testdata/yaml/write.tsv"), |row| {
        let value = floats(json_field(row[0]));
        same(text_of(row[1]).as_str(), &to_yaml(&value))?;
        same(text_of(row[2]).as_str(), trimmed(&ironhelm_yaml::encode_pretty(&value)))
    });
}

#[test]
fn what_was_written_reads_as_the_same_tree() {
    each_row(include_str!("../../../testdata/yaml/write.tsv"), |row| {
        let value = floats(json_field(row[0]));
        let pretty = ironhelm_yaml::encode_pretty(&value);
        let Ok(found) = ironhelm_yaml::decode(pretty.as_bytes()) else {
            return Ok(());
        };
        same(
            &json::encode(&value).replace("-0", "0"),
            &json::encode(&floats(found)).replace("-0", "0"),
        )
    });
}

#[test]
fn a_strict_reader_tells_each_repeated_key() {
    let error = ironhelm_yaml::decode_strict(b"a: 1\nb: {c: 1, c: 2}\na: 3\n").unwrap_err();
    let told =
        "yaml: unmarshal errors:\n  line 2: key \"c\" already set in map\n  line 3: key \"a\" already set in map";
    assert_eq!(error.to_string(), told);
}

#[test]
fn nesting_beyond_the_limit_is_an_error() {
    for text in [
        "[".repeat(100_000),
        "- ".repeat(100_000),
        "{a: ".repeat(100_000),
        "? ".repeat(100_000),
    ] {
        let error = ironhelm_yaml::decode(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "yaml: exceeded max depth of 10000");
    }
    let deep = format!("{}a{}", "[".repeat(990), "]".repeat(990));
    let value = ironhelm_yaml::decode(deep.as_bytes()).unwrap();
    assert_eq!(ironhelm_yaml::encode(&value), format!("{}a\n", "- ".repeat(990)));
}

#[test]
fn aliases_that_multiply_are_an_error() {
    let mut text = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (name, previous) in ('b'..='i').zip('a'..) {
        let items = vec![format!("*{previous}"); 9].join(", ");
        text.push_str(&format!("{name}: &{name} [{items}]\n"));
    }
    let error = ironhelm_yaml::decode(text.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "yaml: document contains excessive aliasing");
}

/// Helm: `fromYaml`.
fn from_yaml(input: &[u8]) -> Value {
    match decoded(input) {
        Ok(Value::Null) => Value::Object(Map::new()),
        Ok(Value::Object(map)) => floats(Value::Object(map)),
        Ok(other) => error_map(wrong_kind(&other, "map[string]interface {}")),
        Err(text) => error_map(text),
    }
}

fn error_map(text: String) -> Value {
    Value::Object([("Error".to_owned(), Value::String(text))].into_iter().collect())
}

/// Helm: `fromYamlArray`.
fn from_yaml_array(input: &[u8]) -> Value {
    match decoded(input) {
        Ok(Value::Null) => Value::Array(Vec::new()),
        Ok(Value::Array(items)) => floats(Value::Array(items)),
        Ok(other) => Value::Array(vec![Value::String(wrong_kind(&other, "[]interface {}"))]),
        Err(text) => Value::Array(vec![Value::String(text)]),
    }
}

fn decoded(input: &[u8]) -> Result<Value, String> {
    ironhelm_yaml::decode(input).map_err(|error| error.conversion_text())
}

fn wrong_kind(value: &Value, wanted: &str) -> String {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {kind} into Go value of type {wanted}"
    )
}

/// Helm: `toYaml`.
fn to_yaml(value: &Value) -> String {
    trimmed(&ironhelm_yaml::encode(value)).to_owned()
}

fn trimmed(text: &str) -> &str {
    text.strip_suffix('\n').unwrap_or(text)
}

/// The tree with every number as Helm's templates see it.
fn floats(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_f64().expect("a number is a float")),
        Value::Array(items) => items.into_iter().map(floats).collect(),
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, floats(value))).collect()),
        other => other,
    }
}

fn json_field(field: &str) -> Value {
    serde_json::from_str(field).expect("the field is JSON")
}

fn text(value: &Value) -> &[u8] {
    value.as_str().expect("the input is a string").as_bytes()
}

fn text_of(field: &str) -> String {
    json_field(field).as_str().expect("the field is a string").to_owned()
}

/// An input: a JSON string, or octets that are no UTF-8.
fn bytes(field: &str) -> Vec<u8> {
    match field.strip_prefix("hex:") {
        Some(digits) => (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal digits"))
            .collect(),
        None => text_of(field).into_bytes(),
    }
}

/// Undoes the escapes of the table's outputs: `\n`, `\t`, `\\`, `\xe9`, `\u2028`, `\U0001f600`.
fn unescape(field: &str) -> String {
    let mut text = String::new();
    let mut rest = field.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match rest.next().expect("something is escaped") {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'x' => text.push(code(&mut rest, 2)),
            'u' => text.push(code(&mut rest, 4)),
            'U' => text.push(code(&mut rest, 8)),
            other => text.push(other),
        }
    }
    text
}

fn code(rest: &mut std::str::Chars<'_>, digits: usize) -> char {
    let digits: String = rest.take(digits).collect();
    let code = u32::from_str_radix(&digits, 16).expect("hexadecimal digits");
    char::from_u32(code).expect("a character")
}
