//! The objects of a rendered text, as far as rules look at them.

use ironhelm_golang::strconv;
use ironhelm_values::sources::{LoadError, documents};
use serde_json::Value;

/// What rules want to know of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// The heads of all objects of `text`, until one cannot be read; documents without an object are left out.
pub(crate) fn heads(text: &str) -> impl Iterator<Item = Result<Head, String>> {
    let (objects, rest) = json_objects(text);
    let of_json = objects.into_iter().map(|tree| read(&tree));
    let of_yaml = documents(rest.as_bytes()).map(|document| match document {
        Ok(document) => ironhelm_yaml::decode(&document)
            .map_err(|error| error.conversion_text())
            .and_then(|tree| read(&tree)),
        Err(LoadError::Separator { rest }) => Err(format!("invalid Yaml document separator: {rest}")),
        Err(other) => Err(other.to_string()),
    });
    let found: Vec<_> = of_json.chain(of_yaml).collect();
    found.into_iter().filter_map(Result::transpose)
}

/// Kubernetes: a text that begins with a brace is a stream of JSON objects for as long as it is one.
fn json_objects(text: &str) -> (Vec<Value>, &str) {
    if !text.trim_start().starts_with('{') {
        return (Vec::new(), text);
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let objects = stream.by_ref().map_while(Result::ok).collect();
    let rest = text.get(stream.byte_offset()..).unwrap_or_default();
    (objects, if rest.trim().is_empty() { "" } else { rest })
}

/// Reads a head as Go would decode it; none of `null`.
fn read(tree: &Value) -> Result<Option<Head>, String> {
    let fields = match tree {
        Value::Null => return Ok(None),
        Value::Object(fields) => fields,
        other => return Err(mismatch(other, "value of type rules.k8sYamlStruct")),
    };
    let mut head = Head::default();
    for (key, value) in fields {
        match key.to_ascii_lowercase().as_str() {
            "apiversion" => head.api_version = text(value, "k8sYamlStruct.APIVersion")?,
            "kind" => head.kind = text(value, "k8sYamlStruct.Kind")?,
            "metadata" => head.name = name(value)?,
            _ => {}
        }
    }
    Ok(Some(head))
}

fn name(metadata: &Value) -> Result<String, String> {
    let fields = match metadata {
        Value::Null => return Ok(String::new()),
        Value::Object(fields) => fields,
        other => {
            return Err(mismatch(
                other,
                "struct field k8sYamlStruct.Metadata of type rules.k8sYamlMetadata",
            ));
        }
    };
    let mut name = String::new();
    for (key, value) in fields {
        match key.to_ascii_lowercase().as_str() {
            "name" => name = text(value, "k8sYamlMetadata.Metadata.Name")?,
            "namespace" => drop(text(value, "k8sYamlMetadata.Metadata.Namespace")?),
            _ => {}
        }
    }
    Ok(name)
}

/// Text; plain numbers and booleans are read as text where text is wanted.
fn text(value: &Value, field: &str) -> Result<String, String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) if number.is_f64() => {
            Ok(strconv::format_float(number.as_f64().unwrap_or_default(), b'g', -1, 32))
        }
        Value::Number(number) => Ok(number.to_string()),
        other => Err(mismatch(other, &format!("struct field {field} of type string"))),
    }
}

fn mismatch(value: &Value, target: &str) -> String {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go {target}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<Result<String, String>> {
        heads(text).map(|head| head.map(|head| head.name)).collect()
    }

    #[test]
    fn json_and_yaml_may_follow_each_other() {
        let json = "{\"metadata\": {\"name\": \"a\"}}\n";
        let found = vec![Ok("a".to_owned()), Ok("b".to_owned())];
        assert_eq!(names(&format!("{json}---\nmetadata: {{name: b}}\n")), found);
        assert_eq!(names(&format!("{json}{{\"metadata\": {{\"name\": \"b\"}}}}")), found);
        assert_eq!(names("# nothing\n---\n"), vec![]);
    }

    #[test]
    fn what_is_no_object_is_told() {
        let expected = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type rules.k8sYamlStruct";
        assert_eq!(names("- x"), vec![Err(expected.to_owned())]);
        assert_eq!(
            names("a: 1\n---x\n"),
            vec![Err("invalid Yaml document separator: x".to_owned())]
        );
    }
}
