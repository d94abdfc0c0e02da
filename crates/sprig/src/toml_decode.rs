//! TOML read into template values: integers are `int64`, date-times are times.

use ironhelm_golang::{strconv, time as go};
use ironhelm_gotmpl::{Map, Value};
use toml::Value as Toml;

use crate::time::Time;

/// The map in a TOML text.
///
/// # Errors
/// A text with the line, as BurntSushi's decoder begins it.
pub(crate) fn decode(text: &str) -> Result<Map, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| complaint(text, &error))?;
    Ok(map(&table))
}

fn map(table: &toml::Table) -> Map {
    table
        .iter()
        .map(|(key, value)| (key.as_str(), convert(value)))
        .collect()
}

fn convert(value: &Toml) -> Value {
    match value {
        Toml::String(text) => text.as_str().into(),
        Toml::Integer(number) => Value::int64(*number),
        Toml::Float(number) => Value::float(*number),
        Toml::Boolean(flag) => Value::Bool(*flag),
        Toml::Datetime(datetime) => time(datetime),
        Toml::Array(items) => Value::list(items.iter().map(convert).collect()),
        Toml::Table(table) => Value::Map(map(table)),
    }
}

/// Go: a local date or time becomes a time whose zone has a telling name.
fn time(datetime: &toml::value::Datetime) -> Value {
    let date = datetime
        .date
        .map_or((0, 1, 1), |date| (date.year as i16, date.month, date.day));
    let clock = datetime.time.map_or((0, 0, 0, 0), |time| {
        (
            time.hour,
            time.minute,
            time.second.unwrap_or(0),
            time.nanosecond.unwrap_or(0),
        )
    });
    let zone = match (datetime.offset, datetime.date, datetime.time) {
        (Some(toml::value::Offset::Z), ..) => go::Zone::utc(),
        (Some(toml::value::Offset::Custom { minutes }), ..) => named("", i32::from(minutes) * 60),
        (None, Some(_), Some(_)) => named("datetime-local", 0),
        (None, Some(_), None) => named("date-local", 0),
        (None, None, _) => named("time-local", 0),
    };
    let seconds = i64::from(clock.0) * 3600 + i64::from(clock.1) * 60 + i64::from(clock.2);
    let seconds = days(date) * 86_400 + seconds - i64::from(zone.offset);
    Value::object(Time(go::Time::new(seconds, clock.3, zone)))
}

fn named(name: &'static str, offset: i32) -> go::Zone {
    go::Zone {
        offset,
        name: name.into(),
    }
}

/// Days since 1970-01-01.
fn days((year, month, day): (i16, u8, u8)) -> i64 {
    let date = jiff::civil::Date::new(year, month as i8, day as i8).unwrap_or_default();
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until(date).map_or(0, |span| i64::from(span.get_days()))
}

fn complaint(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let message = match error.message() {
        "key with no value, expected `=`" => {
            let at = before.rfind('\n').map_or(0, |newline| newline + 1);
            behind_key(text.get(at..).unwrap_or_default())
        }
        message => message.to_owned(),
    };
    format!("toml: line {line}: {message}")
}

/// Go: what stands behind a key that has no value.
fn behind_key(line: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let rest = line
        .trim_start()
        .trim_start_matches(bare)
        .trim_start_matches([' ', '\t']);
    match rest.chars().next() {
        None => "unexpected EOF; expected key separator '='".to_owned(),
        Some(found) => {
            let quoted = strconv::quote(found.to_string().as_bytes());
            let inner = &quoted[1..quoted.len() - 1];
            format!("expected '.' or '=', but got '{inner}' instead")
        }
    }
}
