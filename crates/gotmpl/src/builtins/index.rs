//! `index`, `slice` and `len`.

use crate::{FuncError, List, Map, UintKind, Value};

/// `index x 1 "k"` is `x[1]["k"]`.
pub(super) fn index(args: &[Value]) -> Result<Value, FuncError> {
    let [item, indexes @ ..] = args else {
        return Err("index of untyped nil".into());
    };
    if matches!(item, Value::Nil) {
        return Err("index of untyped nil".into());
    }
    let mut item = item.clone();
    for index in indexes {
        item = element(&item, index)?;
    }
    Ok(item)
}

fn element(item: &Value, index: &Value) -> Result<Value, FuncError> {
    match item {
        Value::Nil => Err("index of nil pointer".into()),
        Value::String(text) | Value::Bytes(text) => {
            let at = position(index, text.len())?;
            let byte = text.get(at).ok_or_else(|| out_of_range(item.kind_name()))?;
            Ok(Value::Uint(u64::from(*byte), UintKind::Uint8))
        }
        Value::List(list) => list_element(list, index),
        Value::Map(map) => map_element(map, index),
        Value::Object(object) => match object.underlying() {
            Some(underlying) => element(&underlying, index),
            None => Err(not_indexable(item)),
        },
        _ => Err(not_indexable(item)),
    }
}

fn list_element(list: &List, index: &Value) -> Result<Value, FuncError> {
    let at = position(index, list.len())?;
    list.items().get(at).cloned().ok_or_else(|| out_of_range("slice"))
}

/// Go: an index equal to the length passes the check and fails in reflection.
fn out_of_range(kind: &str) -> FuncError {
    format!("reflect: {kind} index out of range").into()
}

fn map_element(map: &Map, index: &Value) -> Result<Value, FuncError> {
    match index {
        Value::String(key) => Ok(map.get(key).unwrap_or_else(|| map.kind().elem.zero())),
        Value::Nil => Err("value is nil; should be of type string".into()),
        _ => Err(format!("value has type {}; should be string", index.type_name()).into()),
    }
}

fn not_indexable(item: &Value) -> FuncError {
    format!("can't index item of type {}", item.type_name()).into()
}

/// An index that may be anything up to `limit`.
fn position(index: &Value, limit: usize) -> Result<usize, FuncError> {
    let number = match index {
        Value::Int(number, _) => *number,
        // Go: converts to int64 with wrap-around.
        Value::Uint(number, _) => *number as i64,
        Value::Nil => return Err("cannot index slice/array with nil".into()),
        _ => return Err(format!("cannot index slice/array with type {}", index.type_name()).into()),
    };
    match usize::try_from(number) {
        Ok(at) if at <= limit => Ok(at),
        _ => Err(format!("index out of range: {number}").into()),
    }
}

/// `slice x 1 2` is `x[1:2]`.
pub(super) fn slice(args: &[Value]) -> Result<Value, FuncError> {
    let [item, indexes @ ..] = args else {
        return Err("slice of untyped nil".into());
    };
    let underlying = match item {
        Value::Object(object) => object.underlying(),
        _ => None,
    };
    let item = underlying.as_ref().unwrap_or(item);
    if matches!(item, Value::Nil) {
        return Err("slice of untyped nil".into());
    }
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()).into());
    }
    let length = match item {
        Value::String(_) if indexes.len() == 3 => return Err("cannot 3-index slice a string".into()),
        Value::String(text) | Value::Bytes(text) => text.len(),
        Value::List(list) => list.len(),
        _ => return Err(format!("can't slice item of type {}", item.type_name()).into()),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, length)?;
    }
    let [start, end, capacity] = bounds;
    if start > end {
        return Err(format!("invalid slice index: {start} > {end}").into());
    }
    if end > capacity {
        return Err(format!("invalid slice index: {end} > {capacity}").into());
    }
    Ok(match item {
        Value::String(text) => Value::string(&text[start..end]),
        Value::Bytes(text) => Value::bytes(&text[start..end]),
        Value::List(list) => Value::List(List::of(list.elem(), list.items()[start..end].to_vec())),
        _ => Value::Nil,
    })
}

/// The number of bytes, items or entries.
pub(super) fn length(item: &Value) -> Result<Value, FuncError> {
    let length = match item {
        Value::Nil => return Err("reflect: call of reflect.Value.Type on zero Value".into()),
        Value::String(text) | Value::Bytes(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Object(object) => match object.underlying() {
            Some(underlying) => return length(&underlying),
            None => return Err(format!("len of type {}", item.type_name().trim_start_matches('*')).into()),
        },
        _ => return Err(format!("len of type {}", item.type_name()).into()),
    };
    Ok(Value::int(i64::try_from(length).unwrap_or(i64::MAX)))
}
