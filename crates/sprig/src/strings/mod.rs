//! Strings: trimming, cutting, case, searching, quoting, splitting and random texts.

mod case;
mod fit;
mod search;

use ironhelm_golang::{strconv, unicode};
use ironhelm_gotmpl::{FuncError, List, Map, MapType, Str, Type, Value, fmt};

use crate::SprigWorld;
use crate::cast::nearest_integer;
use crate::runes;
use crate::table::{ANY, INT, Int, STRING, Table};
pub(crate) use fit::{fits, too_large};
use search::{cut, replace, trim_set, trim_space};

pub(crate) fn register(table: &mut Table) {
    register_fitting(table);
    register_case(table);
    register_search(table);
    register_printing(table);
    register_splitting(table);
    register_random(table);
}

fn register_fitting(t: &mut Table) {
    t.row("trunc", &[INT, STRING], |a| {
        fit::truncate(a.int(0), a.bytes(1)).to_vec()
    });
    t.row("substr", &[INT, INT, STRING], |a| {
        fit::substring(a.int(0), a.int(1), a.bytes(2)).map(<[u8]>::to_vec)
    });
    t.row("abbrev", &[INT, STRING], |a| fit::abbreviate(a.bytes(1), a.int(0)));
    t.row("abbrevboth", &[INT, INT, STRING], |a| {
        fit::abbreviate_both(a.bytes(2), a.int(0), a.int(1))
    });
    t.row("wrap", &[INT, STRING], |a| {
        fit::wrap(a.bytes(1), a.int(0), b"\n", false)
    });
    t.row("wrapWith", &[INT, STRING, STRING], |a| {
        fit::wrap(a.bytes(2), a.int(0), a.bytes(1), true)
    });
    t.row("repeat", &[INT, STRING], |a| fit::repeat(a.bytes(1), a.int(0)));
    t.row("indent", &[INT, STRING], |a| fit::indent(b"", a.int(0), a.bytes(1)));
    t.row("nindent", &[INT, STRING], |a| fit::indent(b"\n", a.int(0), a.bytes(1)));
    t.row("trim", &[STRING], |a| trim_space(a.bytes(0)).to_vec());
    t.row("trimAll", &[STRING, STRING], |a| {
        trim_set(a.bytes(1), &a.text(0)).to_vec()
    });
    t.also("trimAll", &["trimall"]);
    t.row("trimSuffix", &[STRING, STRING], |a| {
        let text = a.bytes(1);
        text.strip_suffix(a.bytes(0)).unwrap_or(text).to_vec()
    });
    t.row("trimPrefix", &[STRING, STRING], |a| {
        let text = a.bytes(1);
        text.strip_prefix(a.bytes(0)).unwrap_or(text).to_vec()
    });
    t.row("nospace", &[STRING], |a| without_space(&a.str(0)));
}

fn register_case(t: &mut Table) {
    t.row("upper", &[STRING], |a| runes::upper(&a.text(0)));
    t.row("lower", &[STRING], |a| runes::lower(&a.text(0)));
    t.row("title", &[STRING], |a| runes::title(&a.text(0)));
    t.row("untitle", &[STRING], |a| case::untitle(&a.text(0)));
    t.row("swapcase", &[STRING], |a| case::swap(&a.text(0)));
    t.row("camelcase", &[STRING], |a| case::camel(&a.text(0)));
    t.row("snakecase", &[STRING], |a| case::connected(&a.text(0), '_'));
    t.row("kebabcase", &[STRING], |a| case::connected(&a.text(0), '-'));
    t.row("initials", &[STRING], |a| initials(a.bytes(0)));
    t.row("plural", &[STRING, STRING, INT], |a| {
        if a.int(2) == 1 { a.str(0) } else { a.str(1) }
    });
}

fn register_search(t: &mut Table) {
    t.row("contains", &[STRING, STRING], |a| {
        search::find(a.bytes(1), a.bytes(0)).is_some()
    });
    t.row("hasPrefix", &[STRING, STRING], |a| a.bytes(1).starts_with(a.bytes(0)));
    t.row("hasSuffix", &[STRING, STRING], |a| a.bytes(1).ends_with(a.bytes(0)));
    t.row("replace", &[STRING, STRING, STRING], |a| {
        replace(a.bytes(2), a.bytes(0), a.bytes(1))
    });
}

fn register_printing(t: &mut Table) {
    t.row("hello", &[], |_| "Hello!");
    t.row("toString", &[ANY], |a| fmt::text(a.any(0)));
    t.row("toStrings", &[ANY], |a| strings(a.any(0)));
    t.row("join", &[STRING, ANY], |a| join(a.bytes(0), &strings(a.any(1))?));
    t.variadic("quote", &[ANY], |a| {
        spaced(&a, |out, value| {
            let text = fmt::text(value);
            fits("quote", text.len())?;
            out.extend_from_slice(strconv::quote(&text).as_bytes());
            Ok(())
        })
    });
    t.variadic("squote", &[ANY], |a| {
        spaced(&a, |out, value| {
            out.push(b'\'');
            fmt::append(out, value);
            out.push(b'\'');
            Ok(())
        })
    });
    t.variadic("cat", &[ANY], |a| {
        spaced(&a, |out, value| {
            fmt::append(out, value);
            Ok(())
        })
    });
    t.row("atoi", &[STRING], |a| Int(nearest_integer(&a.text(0))));
}

fn register_splitting(t: &mut Table) {
    t.row("split", &[STRING, STRING], |a| {
        numbered(cut(a.bytes(1), a.bytes(0), -1))
    });
    t.row("splitn", &[STRING, INT, STRING], |a| {
        numbered(cut(a.bytes(2), a.bytes(0), a.int(1)))
    });
    t.row("splitList", &[STRING, STRING], |a| {
        Value::strings(cut(a.bytes(1), a.bytes(0), -1))
    });
}

fn register_random(t: &mut Table) {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const LETTERS_AND_DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let sets = [
        ("randAlpha", LETTERS.to_vec()),
        ("randAlphaNum", LETTERS_AND_DIGITS.to_vec()),
        ("randNumeric", (b'0'..=b'9').collect()),
        ("randAscii", (b' '..=b'~').collect()),
    ];
    for (name, set) in sets {
        let world = t.world();
        t.row(name, &[INT], move |a| random_text(&*world, name, &set, a.int(0)));
    }
    let world = t.world();
    t.row("shuffle", &[STRING], move |a| shuffle(&*world, &a.text(0)));
}

// Go: goutils walks bytes and takes each for a character, so that é comes out as Ã©.
fn without_space(text: &Str) -> Str {
    let kept: String = text
        .iter()
        .map(|byte| char::from(*byte))
        .filter(|c| !unicode::is_space(*c))
        .collect();
    if kept.chars().count() == text.len() {
        text.clone()
    } else {
        kept.into()
    }
}

// Go: bytes again, as in `nospace`.
fn initials(text: &[u8]) -> String {
    let mut after_gap = true;
    text.iter()
        .map(|byte| char::from(*byte))
        .filter(|c| {
            let space = unicode::is_space(*c);
            std::mem::replace(&mut after_gap, space) && !space
        })
        .collect()
}

/// The texts of a list's items that are not nil; of anything else its own text.
pub(crate) fn strings(value: &Value) -> Result<List, FuncError> {
    let texts = match value.as_list() {
        Some(list) if list.elem() == Type::String => return Ok(list.into_owned()),
        Some(list) => {
            let items = list.iter().filter(|item| !matches!(item, Value::Nil));
            texts(items)?
        }
        None if matches!(value, Value::Nil) => Vec::new(),
        None => vec![Value::String(fmt::text(value))],
    };
    Ok(List::of(Type::String, texts))
}

fn texts<'v>(items: impl Iterator<Item = &'v Value>) -> Result<Vec<Value>, FuncError> {
    let (mut texts, mut size) = (Vec::new(), 0);
    for item in items {
        // A text that there is already takes no memory.
        if let Value::String(_) = item {
            texts.push(item.clone());
            continue;
        }
        let text = fmt::text(item);
        size += text.len();
        fits("toStrings", size)?;
        texts.push(Value::String(text));
    }
    Ok(texts)
}

fn join(separator: &[u8], texts: &List) -> Result<Vec<u8>, FuncError> {
    let mut out = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(separator);
        }
        fmt::append(&mut out, text);
        fits("join", out.len())?;
    }
    Ok(out)
}

fn spaced(
    values: &[Value],
    append: impl Fn(&mut Vec<u8>, &Value) -> Result<(), FuncError>,
) -> Result<Vec<u8>, FuncError> {
    let mut out = Vec::new();
    let present = values.iter().filter(|value| !matches!(value, Value::Nil));
    for (index, value) in present.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        append(&mut out, value)?;
        fits("cat", out.len())?;
    }
    Ok(out)
}

/// `map[string]string` with the keys `_0`, `_1`, …
fn numbered(parts: Vec<&[u8]>) -> Map {
    let entries = parts
        .into_iter()
        .enumerate()
        .map(|(index, part)| (Str::from(format!("_{index}")), Value::string(part)));
    Map::of(MapType::STRINGS, entries.collect())
}

fn random_text(world: &dyn SprigWorld, function: &str, set: &[u8], count: i64) -> Result<Vec<u8>, FuncError> {
    let count = usize::try_from(count).unwrap_or(0);
    if count > crate::table::SIZE_LIMIT {
        return Err(too_large(function, count));
    }
    Ok((0..count)
        .map(|_| set[below(world, set.len() as u64) as usize])
        .collect())
}

/// A uniformly random number below `limit`, which is not 0.
pub(crate) fn below(world: &dyn SprigWorld, limit: u64) -> u64 {
    let rejected = u64::MAX - u64::MAX % limit;
    // Go: crypto/rand rejects in the same way; a world that is stuck on a rejected value ends here all the same.
    for _ in 0..1000 {
        let mut bytes = [0; 8];
        world.random(&mut bytes);
        let number = u64::from_le_bytes(bytes);
        if number < rejected {
            return number % limit;
        }
    }
    0
}

fn shuffle(world: &dyn SprigWorld, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for last in (1..characters.len()).rev() {
        characters.swap(last, below(world, last as u64 + 1) as usize);
    }
    characters.into_iter().collect()
}
