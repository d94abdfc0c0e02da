//! An index of any shape, through the general YAML and JSON readers.

use std::path::Path;

use ironhelm_chart::semver::Version;
use ironhelm_chart::{Metadata, ValidationError};
use ironhelm_golang::{json, strconv};
use serde_json::{Map, Value};

use super::fields::{self, Unknown};
use super::record::{Builder, Entry, Index};
use super::{Budgets, ContentError};

/// The fields of the index itself.
const TOP: [&str; 6] = [
    "apiVersion",
    "generated",
    "entries",
    "publicKeys",
    "serverInfo",
    "annotations",
];

/// Reads an index of any shape.
pub(super) fn read(text: &[u8], source: &Path, budgets: Budgets) -> Result<Index, ContentError> {
    let (tree, unknown) = tree(text)?;
    let map = top(tree, unknown)?;
    let mut builder = Builder::new(budgets);
    match map.get("entries") {
        None | Some(Value::Null) => {}
        Some(Value::Object(entries)) => {
            for (chart, versions) in entries {
                read_chart(chart, versions, &mut builder, unknown, source)?;
            }
        }
        Some(other) => {
            return Err(refuse(
                other,
                "IndexFile.entries",
                "map[string]repo.ChartVersions",
                unknown,
            ));
        }
    }
    require_api_version(&map)?;
    Ok(builder.finish())
}

/// The tree of an index, and how strictly it is to be taken. Helm: valid JSON is taken as JSON.
pub(super) fn tree(text: &[u8]) -> Result<(Value, Unknown), ContentError> {
    let looks_like_json = text.trim_ascii_start().first() == Some(&b'{');
    if looks_like_json && let Ok(tree) = json::decode(text) {
        return Ok((tree, Unknown::Skip));
    }
    let tree = ironhelm_yaml::decode_strict(text).map_err(|source| ContentError::Yaml { source })?;
    Ok((tree, Unknown::Error))
}

/// The map of the index, its fields known.
pub(super) fn top(tree: Value, unknown: Unknown) -> Result<Map<String, Value>, ContentError> {
    let map = match tree {
        Value::Object(map) => map,
        Value::Null => Map::new(),
        other => {
            let reason = format!(
                "json: cannot unmarshal {} into Go value of type repo.IndexFile",
                fields::word(&other)
            );
            return Err(shape(reason, unknown));
        }
    };
    match map.keys().find(|key| !TOP.contains(&key.as_str())) {
        Some(key) if unknown == Unknown::Error => Err(shape(format!("json: unknown field {key:?}"), unknown)),
        _ => Ok(map),
    }
}

fn require_api_version(map: &Map<String, Value>) -> Result<(), ContentError> {
    match map.get("apiVersion") {
        None | Some(Value::Null) => Err(ContentError::NoApiVersion),
        Some(Value::String(text)) if text.is_empty() => Err(ContentError::NoApiVersion),
        Some(_) => Ok(()),
    }
}

fn read_chart(
    chart: &str,
    versions: &Value,
    builder: &mut Builder,
    unknown: Unknown,
    source: &Path,
) -> Result<(), ContentError> {
    let items = match versions {
        Value::Null => &[][..],
        Value::Array(items) => items,
        other => return Err(refuse(other, "IndexFile.entries", "repo.ChartVersions", unknown)),
    };
    for item in items {
        if let Value::Object(map) = item {
            fields::check(map, &fields::VERSION, unknown).map_err(|reason| shape(reason, unknown))?;
        } else if !item.is_null() {
            return Err(refuse(item, "IndexFile.entries", "repo.ChartVersion", unknown));
        }
    }
    // Helm: invalid entries are found, and told of, from the last to the first.
    let mut warnings = Vec::new();
    for item in items.iter().rev() {
        match version(item) {
            Ok(_) => {}
            Err(skipped) => warnings.push(skipped.warning(chart, source)),
        }
    }
    for item in items {
        if let Ok((version, entry)) = version(item) {
            builder.push(version, &entry.as_entry())?;
        }
    }
    builder.warnings.append(&mut warnings);
    builder.finish_chart(chart);
    Ok(())
}

/// One version of a chart, owned.
#[derive(Debug, Default)]
pub(super) struct Owned {
    name: String,
    version: String,
    app_version: String,
    description: String,
    keywords: String,
    digest: String,
    deprecated: bool,
    urls: Vec<String>,
}

impl Owned {
    pub(super) fn as_entry(&self) -> Entry<'_> {
        Entry {
            name: &self.name,
            version: &self.version,
            app_version: &self.app_version,
            description: &self.description,
            keywords: &self.keywords,
            digest: &self.digest,
            deprecated: self.deprecated,
            urls: self.urls.iter().map(String::as_str).collect(),
        }
    }
}

/// Why a version is left out.
#[derive(Debug)]
pub(super) enum Skipped {
    Empty,
    Invalid { version: String, reason: ValidationError },
}

impl Skipped {
    pub(super) fn warning(&self, chart: &str, source: &Path) -> String {
        let chart = strconv::quote(chart.as_bytes());
        let source = source.display();
        match self {
            Self::Empty => format!("skipping loading invalid entry for chart {chart} from {source}: empty entry"),
            Self::Invalid { version, reason } => {
                let version = strconv::quote(version.as_bytes());
                format!(
                    "skipping loading invalid entry for chart {chart} {version} from {source}: validation: {reason}"
                )
            }
        }
    }
}

/// Reads and validates one version whose kinds were checked.
pub(super) fn version(item: &Value) -> Result<(Version, Owned), Skipped> {
    let Value::Object(map) = item else {
        return Err(Skipped::Empty);
    };
    let mut metadata = Metadata::from_json(item).map_err(|_| Skipped::Empty)?;
    if metadata.api_version.is_empty() {
        "v1".clone_into(&mut metadata.api_version);
    }
    metadata.sanitize();
    let invalid = |reason| Skipped::Invalid {
        version: metadata.version.clone(),
        reason,
    };
    validate(&metadata, map).map_err(invalid)?;
    let number = Version::parse(&metadata.version).map_err(|_| {
        invalid(ValidationError::Invalid {
            field: "version",
            value: metadata.version.clone(),
        })
    })?;
    let owned = Owned {
        digest: text(map, "digest"),
        urls: texts(map, "urls"),
        keywords: metadata.keywords.join(" "),
        deprecated: metadata.deprecated,
        name: metadata.name,
        version: metadata.version,
        app_version: metadata.app_version,
        description: metadata.description,
    };
    Ok((number, owned))
}

fn validate(metadata: &Metadata, map: &Map<String, Value>) -> Result<(), ValidationError> {
    let has_null = |key: &str| {
        map.get(key)
            .and_then(Value::as_array)
            .is_some_and(|items| items.iter().any(Value::is_null))
    };
    let outcome = metadata.validate();
    if matches!(
        outcome,
        Ok(()) | Err(ValidationError::Alias { .. } | ValidationError::Duplicate { .. })
    ) {
        for list in ["maintainers", "dependencies"] {
            if has_null(list) {
                return Err(ValidationError::NullNode { list });
            }
        }
    }
    match outcome {
        // Helm: old charts have them, and they can still be used.
        Err(ValidationError::Duplicate { .. }) => Ok(()),
        other => other,
    }
}

fn text(map: &Map<String, Value>, key: &str) -> String {
    match map.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(value)) => value.to_string(),
        _ => String::new(),
    }
}

fn texts(map: &Map<String, Value>, key: &str) -> Vec<String> {
    let items = map.get(key).and_then(Value::as_array).into_iter().flatten();
    items.map(|item| item.as_str().unwrap_or_default().to_owned()).collect()
}

fn refuse(value: &Value, place: &str, wanted: &str, unknown: Unknown) -> ContentError {
    let reason = format!(
        "json: cannot unmarshal {} into Go struct field {place} of type {wanted}",
        fields::word(value)
    );
    shape(reason, unknown)
}

fn shape(reason: String, unknown: Unknown) -> ContentError {
    match unknown {
        Unknown::Error => ContentError::Shape { reason },
        Unknown::Skip => ContentError::JsonShape { reason },
    }
}
