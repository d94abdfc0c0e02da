//! The Go type of `.Values`, of the dot and of `.Template`, which has methods of its own.

use std::rc::Rc;

use ironhelm_gotmpl::{FuncError, Function, Map, MapType, Type, Value};
use ironhelm_sprig::convert;

/// `common.Values`
pub(crate) const VALUES: MapType = MapType::named("common.Values").with_methods(method);

fn method(map: &Map, name: &str) -> Option<Rc<Function>> {
    let map = map.clone();
    Some(Rc::new(match name {
        "AsMap" => Function::new("AsMap", &[], move |_, _| Ok(as_map(&map).into())).returning(Type::Map),
        "YAML" => Function::new("YAML", &[], move |_, _| yaml(&map)).returning(Type::String),
        "Table" => Function::new("Table", &[Type::String], move |_, args| {
            Ok(table(&map, &args.text(0))?.into())
        }),
        "PathValue" => Function::new("PathValue", &[Type::String], move |_, args| {
            path_value(&map, &args.text(0))
        }),
        "Encode" => Function::new("Encode", &[Type::Named("io.Writer")], |_, _| Ok(Value::Nil)),
        _ => return None,
    }))
}

/// Helm: an empty one gives a new map.
fn as_map(map: &Map) -> Map {
    if map.is_empty() {
        Map::new()
    } else {
        map.with_kind(MapType::ANY)
    }
}

fn yaml(map: &Map) -> Result<Value, FuncError> {
    let tree = convert::to_json(&map.clone().into())?;
    Ok(ironhelm_yaml::encode(&tree).into())
}

/// The table at a path such as `a.b`.
fn table(map: &Map, path: &str) -> Result<Map, FuncError> {
    let mut found = map.clone();
    for key in path.split('.') {
        let inner = found.get(key).and_then(|value| value.as_map());
        found = inner
            .ok_or_else(|| format!("{key:?} is not a table"))?
            .with_kind(VALUES);
    }
    Ok(found)
}

/// The value at a path, which must not be a table.
fn path_value(map: &Map, path: &str) -> Result<Value, FuncError> {
    if path.is_empty() {
        return Err("YAML path cannot be empty".into());
    }
    let (parent, key) = match path.rsplit_once('.') {
        Some((parent, key)) => (table(map, parent).ok(), key),
        None => (Some(map.clone()), path),
    };
    let value = parent
        .and_then(|parent| parent.get(key))
        .filter(|value| value.as_map().is_none());
    value.ok_or_else(|| format!("{key:?} is not a value").into())
}
