//! Releases as JSON and YAML, and Secrets that are kept out of sight.

use ironhelm::release::{Release, wire};
use serde_json::Value;

use crate::flags::Format;

/// A whole record in a format for machines.
pub(crate) fn record(release: &Release, format: Format) -> String {
    let json = wire::encode_json(release);
    match format {
        Format::Yaml => json_as_yaml(&json),
        Format::Json | Format::Table => json + "\n",
    }
}

/// JSON that we wrote, as YAML.
pub(crate) fn json_as_yaml(json: &str) -> String {
    ironhelm_yaml::encode(&ironhelm_golang::json::decode(json.as_bytes()).unwrap_or(Value::Null))
}

/// A tree in a format for machines.
pub(crate) fn tree(value: &Value, format: Format) -> String {
    match format {
        Format::Yaml => ironhelm_yaml::encode(value),
        Format::Json | Format::Table => ironhelm_golang::json::encode(value) + "\n",
    }
}

const START: &str = "---\n# Source: ";

/// The documents of a manifest that was just rendered: the template each came from, and its text to the byte.
pub(crate) fn documents(manifest: &str) -> Vec<(&str, &str)> {
    let at_line_start = |at: &usize| *at == 0 || manifest.as_bytes()[at - 1] == b'\n';
    let starts: Vec<usize> = manifest
        .match_indices(START)
        .map(|(at, _)| at)
        .filter(at_line_start)
        .collect();
    let ends = starts.iter().copied().skip(1).chain([manifest.len()]);
    let parts = starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| &manifest[start + START.len()..end]);
    parts.map(|part| part.split_once('\n').unwrap_or((part, ""))).collect()
}

/// A manifest whose Secrets are replaced by a note.
pub(crate) fn without_secrets(manifest: &str) -> String {
    let mut text = String::with_capacity(manifest.len());
    for (source, document) in documents(manifest) {
        let shown = if is_secret(document) {
            "# HIDDEN: The Secret output has been suppressed\n"
        } else {
            document
        };
        text.push_str(&format!("{START}{source}\n{shown}"));
    }
    text
}

fn is_secret(document: &str) -> bool {
    let Ok(object) = ironhelm_yaml::decode(document.as_bytes()) else {
        return false;
    };
    object["kind"] == "Secret" && object["apiVersion"] == "v1"
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn secrets_are_hidden() {
        let config_map = "---\n# Source: a/templates/c.yaml\napiVersion: v1\nkind: ConfigMap\n";
        let secret = "---\n# Source: a/templates/s.yaml\napiVersion: v1\nkind: Secret\ndata: {a: b}\n";
        let hidden = "---\n# Source: a/templates/s.yaml\n# HIDDEN: The Secret output has been suppressed\n";
        assert_eq!(
            without_secrets(&format!("{secret}\n{config_map}")),
            format!("{hidden}{config_map}")
        );
        assert_eq!(
            without_secrets(&format!("{config_map}{secret}")),
            format!("{config_map}{hidden}")
        );
        assert_eq!(without_secrets(""), "");
    }
}
