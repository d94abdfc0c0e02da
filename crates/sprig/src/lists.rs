//! Lists: building, taking apart, searching. Each function exists a second time under a `must` name.

use ironhelm_gotmpl::{FuncError, List, Meter, Type, Value, fmt};

use crate::cast::to_int64;
use crate::strings::{fits, strings};
use crate::table::{ANY, INT, NIL_DEREFERENCE, Table};

pub(crate) fn register(t: &mut Table) {
    t.variadic("list", &[ANY], |a| a.to_vec());
    t.also("list", &["tuple"]);
    register_ends(t);
    register_changes(t);
    register_search(t);
    t.row("sortAlpha", &[ANY], |a| sorted(a.any(0)));
    t.variadic("concat", &[ANY], |a| concat(&a));
}

fn register_ends(t: &mut Table) {
    t.row("first", &[ANY], |a| {
        let list = list_of(a.any(0), "Cannot find first on type")?;
        Ok::<_, FuncError>(list.items().first().cloned().unwrap_or_default())
    });
    t.row("last", &[ANY], |a| {
        let list = list_of(a.any(0), "Cannot find last on type")?;
        Ok::<_, FuncError>(list.items().last().cloned().unwrap_or_default())
    });
    t.row("rest", &[ANY], |a| {
        let list = list_of(a.any(0), "Cannot find rest on type")?;
        Ok::<_, FuncError>(
            list.items()
                .split_first()
                .map_or_else(nothing, |(_, rest)| List::new(rest.to_vec())),
        )
    });
    t.row("initial", &[ANY], |a| {
        let list = list_of(a.any(0), "Cannot find initial on type")?;
        Ok::<_, FuncError>(
            list.items()
                .split_last()
                .map_or_else(nothing, |(_, rest)| List::new(rest.to_vec())),
        )
    });
    for (name, must) in [
        ("first", "mustFirst"),
        ("last", "mustLast"),
        ("rest", "mustRest"),
        ("initial", "mustInitial"),
    ] {
        t.also(name, &[must]);
    }
}

fn register_changes(t: &mut Table) {
    t.row("append", &[ANY, ANY], |a| {
        let mut items = list_of(a.any(0), "Cannot push on type")?.into_items();
        items.push(a.any(1).clone());
        Ok::<_, FuncError>(items)
    });
    t.also("append", &["mustAppend", "push", "mustPush"]);
    t.row("prepend", &[ANY, ANY], |a| {
        let list = list_of(a.any(0), "Cannot prepend on type")?;
        Ok::<_, FuncError>(
            std::iter::once(a.any(1))
                .chain(list.items())
                .cloned()
                .collect::<Vec<_>>(),
        )
    });
    t.also("prepend", &["mustPrepend"]);
    t.row("reverse", &[ANY], |a| {
        let list = list_of(a.any(0), "Cannot find reverse on type")?;
        Ok::<_, FuncError>(list.iter().rev().cloned().collect::<Vec<_>>())
    });
    t.also("reverse", &["mustReverse"]);
    t.row("compact", &[ANY], |a| {
        let list = list_of(a.any(0), "Cannot compact on type")?;
        Ok::<_, FuncError>(list.iter().filter(|item| item.truth()).cloned().collect::<Vec<_>>())
    });
    t.also("compact", &["mustCompact"]);
    t.variadic("slice", &[ANY, ANY], |a| slice(a.any(0), a.rest(1)));
    t.also("slice", &["mustSlice"]);
    t.row("chunk", &[INT, ANY], |a| chunk(a.int(0), a.any(1)));
    t.also("chunk", &["mustChunk"]);
}

fn register_search(t: &mut Table) {
    t.walking("uniq", &[ANY], |a, walk| {
        let list = list_of(a.any(0), "Cannot find uniq on type")?;
        Ok::<_, FuncError>(unique(list.items(), walk.meter())?)
    });
    t.also("uniq", &["mustUniq"]);
    t.walking_variadic("without", &[ANY, ANY], |a, walk| {
        let list = list_of(a.any(0), "Cannot find without on type")?;
        let mut kept = Vec::new();
        for item in list.iter() {
            if !contains(a.rest(1), item, walk.meter())? {
                kept.push(item.clone());
            }
        }
        Ok::<_, FuncError>(kept)
    });
    t.also("without", &["mustWithout"]);
    t.walking("has", &[ANY, ANY], |a, walk| match a.any(1) {
        Value::Nil => Ok(false),
        haystack => {
            let list = list_of(haystack, "Cannot find has on type")?;
            Ok::<_, FuncError>(contains(list.items(), a.any(0), walk.meter())?)
        }
    });
    t.also("has", &["mustHas"]);
}

/// The list in `value`; otherwise `complaint` and the kind of what is there.
fn list_of(value: &Value, complaint: &str) -> Result<List, FuncError> {
    match value.as_list() {
        Some(list) => Ok(list.into_owned()),
        None if matches!(value, Value::Nil) => Err(NIL_DEREFERENCE.into()),
        None => Err(format!("{complaint} {}", value.kind_name()).into()),
    }
}

// Go: the rest of an empty list is a nil slice, null in JSON.
fn nothing() -> List {
    List::nil(Type::Any)
}

fn contains(haystack: &[Value], needle: &Value, meter: &Meter) -> Result<bool, String> {
    for item in haystack {
        if item.deep_equal(needle, meter)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn unique(items: &[Value], meter: &Meter) -> Result<Vec<Value>, String> {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !contains(&kept, item, meter)? {
            kept.push(item.clone());
        }
    }
    Ok(kept)
}

fn sorted(value: &Value) -> Result<List, FuncError> {
    let texts = match value.as_list() {
        // Go: a slice of strings is sorted where it is, and a nil one stays nil.
        Some(list) if list.is_nil() && list.elem() == Type::String => return Ok(list.into_owned()),
        Some(_) => strings(value)?,
        None => List::of(Type::String, vec![Value::String(fmt::text(value))]),
    };
    let mut items = texts.into_items();
    items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(List::of(Type::String, items))
}

fn concat(lists: &[Value]) -> Result<List, FuncError> {
    let mut items = Vec::new();
    for value in lists {
        match value.as_list() {
            Some(list) => {
                fits("concat", (items.len() + list.len()).saturating_mul(16))?;
                items.extend_from_slice(list.items());
            }
            None if matches!(value, Value::Nil) => return Err(NIL_DEREFERENCE.into()),
            None => return Err(format!("Cannot concat type {} as list", value.kind_name()).into()),
        }
    }
    // Go: the result starts as a nil slice, which stays nil when nothing is added.
    Ok(if items.is_empty() { nothing() } else { List::new(items) })
}

fn slice(value: &Value, indices: &[Value]) -> Result<Value, FuncError> {
    let list = match value.as_list() {
        Some(list) => list,
        None if matches!(value, Value::Nil) => return Err(NIL_DEREFERENCE.into()),
        None => return Err(format!("list should be type of slice or array but {}", value.kind_name()).into()),
    };
    if list.is_empty() {
        return Ok(Value::Nil);
    }
    let start = indices.first().map_or(0, to_int64);
    let end = indices.get(1).map_or(list.len() as i64, to_int64);
    if start < 0 || end < start || end > list.len() as i64 {
        return Err("reflect.Value.Slice: slice index out of bounds".into());
    }
    if start == 0 && end == list.len() as i64 {
        return Ok(value.clone());
    }
    let items = list.items()[start as usize..end as usize].to_vec();
    Ok(Value::List(List::of(list.elem(), items)))
}

// Go: the number of chunks and their sizes are computed in floating point, which decides what odd sizes do.
fn chunk(size: i64, value: &Value) -> Result<List, FuncError> {
    const BAD_LENGTH: &str = "runtime error: makeslice: len out of range";
    let list = list_of(value, "Cannot chunk type")?;
    let (length, width) = (list.len() as f64, size as f64);
    let count = ((length - 1.0) / width).floor() + 1.0;
    if !count.is_finite() || count < 0.0 {
        return Err(BAD_LENGTH.into());
    }
    let mut chunks = Vec::new();
    let mut rest = list.items();
    for index in 1..=count as usize {
        let last = length % width;
        let taken = if index == count as usize && last != 0.0 {
            last as i64
        } else {
            size
        };
        let taken = usize::try_from(taken).map_err(|_| BAD_LENGTH)?.min(rest.len());
        let (chunk, others) = rest.split_at(taken);
        chunks.push(Value::list(chunk.to_vec()));
        rest = others;
    }
    Ok(List::of(Type::List, chunks))
}
