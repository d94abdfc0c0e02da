//! JSON, YAML and TOML in and out: Helm's conversions and sprig's.

use ironhelm_golang::json;
use ironhelm_gotmpl::{FuncError, List, Map, Type, Value};
use serde_json::Value as Json;

use crate::convert::{from_json_as_floats, to_json_within};
use crate::json_text;
use crate::table::{ANY, Outcome, STRING, Table, Walk};
use crate::{toml_decode, toml_encode};

const RAW: json::Style<'_> = json::Style {
    escape_html: false,
    prefix: "",
    indent: None,
};

const PRETTY: json::Style<'_> = json::Style {
    escape_html: true,
    prefix: "",
    indent: Some("  "),
};

pub(crate) fn register(table: &mut Table) {
    register_json(table);
    register_yaml(table);
    register_toml(table);
}

fn register_json(t: &mut Table) {
    // Helm: what has no JSON form is the empty text; the functions named must fail instead.
    t.walking("toJson", &[ANY], |a, walk| {
        json_text::encode(a.any(0), json::Style::default(), walk).unwrap_or_default()
    });
    t.walking("mustToJson", &[ANY], |a, walk| {
        json_text::encode(a.any(0), json::Style::default(), walk)
    });
    t.walking("toPrettyJson", &[ANY], |a, walk| {
        pretty(a.any(0), walk).unwrap_or_default()
    });
    t.walking("mustToPrettyJson", &[ANY], |a, walk| pretty(a.any(0), walk));
    t.walking("toRawJson", &[ANY], |a, walk| json_text::encode(a.any(0), RAW, walk));
    t.also("toRawJson", &["mustToRawJson"]);
    t.row("fromJson", &[STRING], |a| {
        reported(decode_json(a.bytes(0), "map[string]interface {}"))
    });
    t.row("fromJsonArray", &[STRING], |a| {
        listed(decode_json(a.bytes(0), "[]interface {}"))
    });
    t.row("mustFromJson", &[STRING], |a| {
        let tree = json::decode(a.bytes(0)).map_err(|error| error.to_string())?;
        Ok::<_, String>(from_json_as_floats(&tree))
    });
}

fn register_yaml(t: &mut Table) {
    t.walking("toYaml", &[ANY], |a, walk| yaml(a.any(0), walk).unwrap_or_default());
    t.walking("mustToYaml", &[ANY], |a, walk| yaml(a.any(0), walk));
    t.walking("toYamlPretty", &[ANY], |a, walk| yaml_pretty(a.any(0), walk));
    t.row("fromYaml", &[STRING], |a| {
        reported(decode_yaml(a.bytes(0), "map[string]interface {}"))
    });
    t.row("fromYamlArray", &[STRING], |a| {
        listed(decode_yaml(a.bytes(0), "[]interface {}"))
    });
}

fn register_toml(t: &mut Table) {
    // Helm: the error's text is the value.
    t.walking("toToml", &[ANY], |a, walk| match toml_encode::encode(a.any(0), walk) {
        Err(toml_encode::Error::Panic(text)) => Err(FuncError::from(text)),
        Err(error) => Ok(error.to_string()),
        Ok(text) => Ok(text),
    });
    t.walking("mustToToml", &[ANY], |a, walk| {
        toml_encode::encode(a.any(0), walk).map_err(|error| FuncError::from(error.to_string()))
    });
    t.row("fromToml", &[STRING], |a| match toml_decode::decode(&a.text(0)) {
        Ok(map) => map,
        Err(error) => [("Error", error)].into_iter().collect::<Map>(),
    });
}

fn pretty(value: &Value, walk: &mut Walk) -> Result<String, String> {
    json_text::encode(value, PRETTY, walk)
}

fn yaml(value: &Value, walk: &mut Walk) -> Result<String, String> {
    let text = ironhelm_yaml::try_encode(
        &to_json_within(value, walk).map_err(|error| format!("error marshaling into JSON: {error}"))?,
    );
    text.map(without_newline).map_err(|error| error.to_string())
}

// Helm: this writer takes the value as it is, so it can name what JSON cannot.
fn yaml_pretty(value: &Value, walk: &mut Walk) -> String {
    match value {
        Value::Float(number, _) if number.is_nan() => ".nan".to_owned(),
        Value::Float(number, _) if number.is_infinite() => if *number > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
        _ => without_newline(
            to_json_within(value, walk).map_or_else(|_| String::new(), |tree| ironhelm_yaml::encode_pretty(&tree)),
        ),
    }
}

fn without_newline(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

fn decode_json(text: &[u8], wanted: &str) -> Result<Value, String> {
    let tree = json::decode(text).map_err(|error| error.to_string())?;
    fitting(&tree, wanted).map_err(|kind| format!("json: cannot unmarshal {kind} into Go value of type {wanted}"))
}

fn decode_yaml(text: &[u8], wanted: &str) -> Result<Value, String> {
    let tree = ironhelm_yaml::decode(text).map_err(|error| error.conversion_text())?;
    if tree.is_null() {
        // Helm: the target was made before and stays as it is.
        return Ok(if wanted.starts_with("map") {
            Value::Map(Map::new())
        } else {
            Value::list(Vec::new())
        });
    }
    fitting(&tree, wanted).map_err(|kind| {
        format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {kind} into Go value of type {wanted}"
        )
    })
}

/// The tree as a value of the wanted type, null being nil; otherwise the kind of what is there instead.
fn fitting(tree: &Json, wanted: &str) -> Result<Value, &'static str> {
    let is_map = wanted.starts_with("map");
    match tree {
        Json::Null if is_map => Ok(Value::Map(Map::nil())),
        Json::Null => Ok(Value::List(List::nil(Type::Any))),
        Json::Object(_) if is_map => Ok(from_json_as_floats(tree)),
        Json::Array(_) if !is_map => Ok(from_json_as_floats(tree)),
        Json::Object(_) => Err("object"),
        Json::Array(_) => Err("array"),
        Json::Bool(_) => Err("bool"),
        Json::Number(_) => Err("number"),
        Json::String(_) => Err("string"),
    }
}

/// Helm: an error becomes a map with the key `Error`.
fn reported(result: Result<Value, String>) -> impl Outcome {
    result.unwrap_or_else(|error| Value::map([("Error", error)]))
}

/// Helm: an error becomes the only item.
fn listed(result: Result<Value, String>) -> impl Outcome {
    result.unwrap_or_else(|error| Value::list(vec![error.into()]))
}
