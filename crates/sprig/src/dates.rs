//! Dates and durations.

use ironhelm_golang::time::{self as go, Duration};
use ironhelm_gotmpl::{FuncError, IntKind, Value};
use jiff::tz::TimeZone;

use crate::SprigWorld;
use crate::cast::nearest_integer;
use crate::table::{ANY, STRING, Table};
use crate::time::{TIME, Time};

pub(crate) fn register(table: &mut Table) {
    register_now(table);
    register_printing(table);
    register_changes(table);
}

fn register_now(t: &mut Table) {
    let world = t.world();
    t.row("now", &[], move |_| Time(now(&*world)));
    let world = t.world();
    t.row("ago", &[ANY], move |a| {
        let now = now(&*world);
        let time = moment(a.any(0)).unwrap_or_else(|| now.clone());
        now.sub(&time).round(Duration::SECOND).to_string()
    });
    let world = t.world();
    t.row("durationRound", &[ANY], move |a| {
        let duration = match a.any(0) {
            Value::String(text) => Duration::parse(&text.to_string_lossy()).unwrap_or_default(),
            Value::Int(nanoseconds, IntKind::Int64) => Duration(*nanoseconds),
            other => match other.downcast::<Time>() {
                Some(time) => now(&*world).sub(&time.0),
                None => Duration(0),
            },
        };
        largest_unit(duration)
    });
}

fn register_printing(t: &mut Table) {
    let world = t.world();
    t.row("date", &[STRING, ANY], move |a| {
        show(&*world, &a.text(0), a.any(1), "Local")
    });
    let world = t.world();
    t.row("dateInZone", &[STRING, ANY, STRING], move |a| {
        show(&*world, &a.text(0), a.any(1), &a.text(2))
    });
    t.also("dateInZone", &["date_in_zone"]);
    let world = t.world();
    t.row("htmlDate", &[ANY], move |a| {
        show(&*world, "2006-01-02", a.any(0), "Local")
    });
    let world = t.world();
    t.row("htmlDateInZone", &[ANY, STRING], move |a| {
        show(&*world, "2006-01-02", a.any(0), &a.text(1))
    });
    t.row("duration", &[ANY], |a| {
        let seconds = match a.any(0) {
            Value::String(text) => nearest_integer(&text.to_string_lossy()),
            // Go: only int64 is looked at, so the literal 95 is no seconds.
            Value::Int(seconds, IntKind::Int64) => *seconds,
            _ => 0,
        };
        Duration(seconds.wrapping_mul(Duration::SECOND.0)).to_string()
    });
    t.row("unixEpoch", &[TIME], |a| {
        a.any(0).downcast::<Time>().map_or(0, |time| time.0.unix()).to_string()
    });
}

fn register_changes(t: &mut Table) {
    t.row("dateModify", &[STRING, TIME], |a| match Duration::parse(&a.text(0)) {
        Ok(duration) => given(a.any(1)).map(|time| Time(time.add(duration))),
        Err(_) => given(a.any(1)).map(Time),
    });
    t.also("dateModify", &["date_modify"]);
    t.row("mustDateModify", &[STRING, TIME], |a| {
        let duration = Duration::parse(&a.text(0)).map_err(|error| FuncError::from(error.to_string()))?;
        given(a.any(1)).map(|time| Time(time.add(duration)))
    });
    t.also("mustDateModify", &["must_date_modify"]);
    let world = t.world();
    t.row("toDate", &[STRING, STRING], move |a| {
        let time = go::parse_in(&a.text(0), &a.text(1), &world.local_zone());
        Time(time.unwrap_or_else(|_| go::Time::zero()))
    });
    let world = t.world();
    t.row("mustToDate", &[STRING, STRING], move |a| {
        let time = go::parse_in(&a.text(0), &a.text(1), &world.local_zone());
        time.map(Time).map_err(|error| error.to_string())
    });
}

fn now(world: &dyn SprigWorld) -> go::Time {
    go::Time::from(world.now()).in_zone(&world.local_zone())
}

fn given(value: &Value) -> Result<go::Time, FuncError> {
    value
        .downcast::<Time>()
        .map(|time| time.0.clone())
        .ok_or_else(|| "not a time.Time".into())
}

/// The time that a value stands for: itself or seconds since 1970.
fn moment(value: &Value) -> Option<go::Time> {
    match value {
        Value::Int(seconds, IntKind::Int | IntKind::Int64 | IntKind::Int32) => {
            Some(go::Time::new(*seconds, 0, go::Zone::utc()))
        }
        other => other.downcast::<Time>().map(|time| time.0.clone()),
    }
}

/// Anything that is no time stands for now, an unknown zone for UTC.
fn show(world: &dyn SprigWorld, layout: &str, value: &Value, zone: &str) -> String {
    let time = moment(value).unwrap_or_else(|| now(world));
    let zone = match zone {
        "Local" => world.local_zone(),
        "" | "UTC" => TimeZone::UTC,
        _ if zone.contains("..") || zone.starts_with(['/', '\\']) => TimeZone::UTC,
        _ => world.zone(zone).unwrap_or(TimeZone::UTC),
    };
    go::format(&time.in_zone(&zone), layout)
}

/// The duration as a whole number of the largest unit that it exceeds.
fn largest_unit(duration: Duration) -> String {
    const UNITS: [(&str, u64); 6] = [
        ("y", 365 * 24 * 3600),
        ("mo", 30 * 24 * 3600),
        ("d", 24 * 3600),
        ("h", 3600),
        ("m", 60),
        ("s", 1),
    ];
    let nanoseconds = duration.0.unsigned_abs();
    let unit = UNITS.iter().find(|(_, seconds)| nanoseconds > seconds * 1_000_000_000);
    unit.map_or_else(
        || "0s".to_owned(),
        |(name, seconds)| format!("{}{name}", nanoseconds / (seconds * 1_000_000_000)),
    )
}
