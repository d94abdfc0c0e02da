//! The map that templates see as `.Chart`.

use std::collections::BTreeMap;

use ironhelm_chart::{Dependency, Maintainer, Metadata};
use ironhelm_gotmpl::{Map, MapType, Str, Value};
use ironhelm_sprig::convert;

/// `Chart.yaml` with capitalised keys; empty fields are present.
pub(crate) fn chart_value(metadata: &Metadata, is_root: bool) -> Value {
    let texts = [
        ("APIVersion", &metadata.api_version),
        ("AppVersion", &metadata.app_version),
        ("Condition", &metadata.condition),
        ("Description", &metadata.description),
        ("Home", &metadata.home),
        ("Icon", &metadata.icon),
        ("KubeVersion", &metadata.kube_version),
        ("Name", &metadata.name),
        ("Tags", &metadata.tags),
        ("Type", &metadata.kind),
        ("Version", &metadata.version),
    ];
    let map: Map = texts.into_iter().map(|(key, text)| (key, text.as_str())).collect();
    map.insert("Annotations", annotations(&metadata.annotations));
    map.insert(
        "Dependencies",
        Value::list(metadata.dependencies().iter().map(dependency).collect()),
    );
    map.insert("Deprecated", metadata.deprecated);
    map.insert("IsRoot", is_root);
    map.insert("Keywords", texts_value(&metadata.keywords));
    map.insert(
        "Maintainers",
        Value::list(metadata.maintainers.iter().map(maintainer).collect()),
    );
    map.insert("Sources", texts_value(&metadata.sources));
    map.into()
}

// Go: without any, the map is nil.
fn annotations(annotations: &BTreeMap<String, String>) -> Value {
    if annotations.is_empty() {
        return Map::nil_of(MapType::STRINGS).into();
    }
    let entries = annotations
        .iter()
        .map(|(key, value)| (Str::from(key), value.as_str().into()))
        .collect();
    Map::of(MapType::STRINGS, entries).into()
}

fn texts_value(texts: &[String]) -> Value {
    Value::list(texts.iter().map(|text| text.as_str().into()).collect())
}

fn maintainer(maintainer: &Maintainer) -> Value {
    Value::map([
        ("Email", maintainer.email.as_str()),
        ("Name", maintainer.name.as_str()),
        ("URL", maintainer.url.as_str()),
    ])
}

fn dependency(dependency: &Dependency) -> Value {
    let texts = [
        ("Alias", &dependency.alias),
        ("Condition", &dependency.condition),
        ("Name", &dependency.name),
        ("Repository", &dependency.repository),
        ("Version", &dependency.version),
    ];
    let map: Map = texts.into_iter().map(|(key, text)| (key, text.as_str())).collect();
    map.insert("Enabled", dependency.enabled);
    map.insert(
        "ImportValues",
        Value::list(dependency.import_values.iter().map(convert::from_json).collect()),
    );
    map.insert("Tags", texts_value(&dependency.tags));
    map.into()
}
