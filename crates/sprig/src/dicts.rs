//! Dictionaries: building, reading, changing in place, merging, copying.

use ironhelm_gotmpl::{Args, FuncError, List, Map, Meter, Type, Value, fmt};

use crate::merge::{Policy, merge};
use crate::table::{ANY, MAP, STRING, Table, Walk};

/// Nesting beyond this is refused: only a map that holds itself reaches it.
pub(crate) const MAX_DEPTH: usize = 1_000;

/// Runs one level of a recursion with enough stack.
pub(crate) fn with_stack<T>(level: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(128 * 1024, 1024 * 1024, level)
}

pub(crate) fn register(t: &mut Table) {
    t.variadic("dict", &[ANY], |a| dict(&a));
    register_entries(t);
    register_selections(t);
    register_merges(t);
    t.walking("deepCopy", &[ANY], |a, walk| match a.any(0) {
        Value::Nil => Err("reflect: call of reflect.Value.Type on zero Value".into()),
        value => deep_copy(value, 0, walk),
    });
    t.also("deepCopy", &["mustDeepCopy"]);
    t.variadic("dig", &[ANY], |a| dig(&a));
}

fn register_entries(t: &mut Table) {
    t.row("get", &[MAP, STRING], |a| {
        a.map(0).get(a.bytes(1)).unwrap_or_else(|| Value::from(""))
    });
    t.row("set", &[MAP, STRING, ANY], |a| {
        let map = a.map(0);
        if map.is_nil() {
            return Err(FuncError::from("assignment to entry in nil map"));
        }
        map.insert(a.str(1), a.any(2).clone());
        Ok(map)
    });
    t.row("unset", &[MAP, STRING], |a| {
        let map = a.map(0);
        map.remove(a.bytes(1));
        map
    });
    t.row("hasKey", &[MAP, STRING], |a| a.map(0).contains_key(a.bytes(1)));
    t.variadic("pluck", &[STRING, MAP], |a| {
        let maps = a.rest(1).iter().filter_map(Value::as_map);
        maps.filter_map(|map| map.get(a.bytes(0))).collect::<Vec<_>>()
    });
    t.variadic("keys", &[MAP], |a| {
        let keys = a.iter().filter_map(Value::as_map).flat_map(|map| map.keys());
        List::of(Type::String, keys.map(Value::String).collect())
    });
    t.row("values", &[MAP], |a| a.map(0).values());
}

fn register_selections(t: &mut Table) {
    t.variadic("pick", &[MAP, STRING], |a| {
        let map = a.map(0);
        let picked = a.rest(1).iter().filter_map(Value::as_str);
        picked
            .filter_map(|key| Some((key.clone(), map.get(key)?)))
            .collect::<Map>()
    });
    t.variadic("omit", &[MAP, STRING], |a| {
        let omitted: Vec<_> = a.rest(1).iter().filter_map(Value::as_str).collect();
        let entries = a.map(0).entries();
        entries
            .into_iter()
            .filter(|(key, _)| !omitted.contains(&key))
            .collect::<Map>()
    });
}

fn register_merges(t: &mut Table) {
    t.walking_variadic("merge", &[MAP, MAP], |a, walk| merged(a, Policy::Keep, walk.meter()));
    t.also("merge", &["mustMerge"]);
    t.walking_variadic("mergeOverwrite", &[MAP, MAP], |a, walk| {
        merged(a, Policy::Overwrite, walk.meter())
    });
    t.also("mergeOverwrite", &["mustMergeOverwrite"]);
}

fn dict(arguments: &[Value]) -> Map {
    let entries = arguments.chunks(2).map(|pair| {
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::from(""));
        (fmt::text(&pair[0]), value)
    });
    entries.collect()
}

fn merged(args: Args<'_>, policy: Policy, meter: &Meter) -> Result<Map, FuncError> {
    let target = match args.map(0) {
        // Go: a nil destination becomes a fresh map as soon as a source is not nil.
        map if map.is_nil() && args.rest(1).iter().any(|source| !source.is_nil()) => Map::new(),
        map => map,
    };
    for source in args.rest(1).iter().filter_map(Value::as_map) {
        merge(&target, &source, policy, meter)?;
    }
    Ok(target)
}

pub(crate) fn deep_copy(value: &Value, depth: usize, walk: &mut Walk) -> Result<Value, FuncError> {
    walk.pass(value)?;
    if depth > MAX_DEPTH {
        return Err("deepCopy: the value is nested too deeply".into());
    }
    with_stack(|| copy_level(value, depth, walk))
}

fn copy_level(value: &Value, depth: usize, walk: &mut Walk) -> Result<Value, FuncError> {
    Ok(match value {
        Value::List(list) if !list.is_nil() => {
            let items = list.iter().map(|item| deep_copy(item, depth + 1, walk));
            Value::List(List::of(list.elem(), items.collect::<Result<_, _>>()?))
        }
        Value::Map(map) if !map.is_nil() => {
            let entries = map
                .entries()
                .into_iter()
                .map(|(key, value)| Ok((key, deep_copy(&value, depth + 1, walk)?)));
            Value::Map(Map::of(map.kind(), entries.collect::<Result<_, FuncError>>()?))
        }
        other => other.clone(),
    })
}

/// `dig KEY… DEFAULT DICT`: the value at the end of the path, or the default where the path breaks off.
fn dig(arguments: &[Value]) -> Result<Value, FuncError> {
    let [path @ .., default, root] = arguments else {
        return Err("dig needs at least three arguments".into());
    };
    if path.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    plain_map(root)?;
    let keys = path.iter().map(|key| match key {
        Value::String(key) => Ok(key),
        other => Err(conversion(other, "string")),
    });
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let mut current = root.clone();
    for key in keys {
        match plain_map(&current)?.get(key) {
            Some(value) => current = value,
            None => return Ok(default.clone()),
        }
    }
    Ok(current)
}

/// Go: a type assertion, which takes no defined type and no map of strings.
fn plain_map(value: &Value) -> Result<&Map, FuncError> {
    match value {
        Value::Map(map) if map.kind() == ironhelm_gotmpl::MapType::ANY => Ok(map),
        other => Err(conversion(other, "map[string]interface {}")),
    }
}

fn conversion(value: &Value, wanted: &str) -> FuncError {
    let found = if matches!(value, Value::Nil) {
        "nil".into()
    } else {
        value.type_name()
    };
    format!("interface conversion: interface {{}} is {found}, not {wanted}").into()
}
