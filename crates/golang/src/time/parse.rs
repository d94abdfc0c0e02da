//! Times read by a layout.

mod fields;

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use thiserror::Error;

use self::fields::{Fault, Fields};
use super::civil::{self, Civil};
use super::layout;
use super::{Time, Zone};

/// A text that does not follow its layout; prints as Go's `time.ParseError`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseError {
    /// A part of the text is not what the layout asks for.
    #[error(
        "parsing time {} as {}: cannot parse {} as {}",
        quote(.value.as_bytes()), quote(.layout.as_bytes()), quote(.value_element), quote(.layout_element)
    )]
    Mismatch {
        /// The whole text.
        value: String,
        /// The whole layout.
        layout: String,
        /// What was left of the text; may start inside a character.
        value_element: Vec<u8>,
        /// The part of the layout.
        layout_element: Vec<u8>,
    },
    /// A part of the text is beyond its range, or too much.
    #[error("parsing time {}: {detail}", quote(.value.as_bytes()))]
    Invalid {
        /// The whole text.
        value: String,
        /// Such as `month out of range`.
        detail: String,
    },
}

/// Reads `value` by `layout`; without a zone in the text it is UTC.
///
/// ```
/// use ironhelm_golang::time::parse;
/// let error = parse("2006-01-02", "x").unwrap_err();
/// assert_eq!(error.to_string(), r#"parsing time "x" as "2006-01-02": cannot parse "x" as "2006""#);
/// ```
///
/// # Errors
/// [`ParseError`] when the text does not follow the layout.
pub fn parse(layout: &str, value: &str) -> Result<Time, ParseError> {
    parse_in(layout, value, &TimeZone::UTC)
}

/// As [`parse`]; without a zone in the text it is a time of `local`.
///
/// # Errors
/// As [`parse`].
pub fn parse_in(layout: &str, value: &str, local: &TimeZone) -> Result<Time, ParseError> {
    let fields = read_fields(layout, value)?;
    let invalid = |detail: &str| ParseError::Invalid {
        value: value.to_owned(),
        detail: detail.to_owned(),
    };
    let civil = date(&fields).map_err(invalid)?;
    Ok(place(&fields, civil, local))
}

fn read_fields(layout: &str, value: &str) -> Result<Fields, ParseError> {
    let mismatch = |element: &[u8], rest: &[u8]| ParseError::Mismatch {
        value: value.to_owned(),
        layout: layout.to_owned(),
        value_element: rest.to_vec(),
        layout_element: element.to_vec(),
    };
    let invalid = |detail: String| ParseError::Invalid {
        value: value.to_owned(),
        detail,
    };
    let mut fields = Fields::default();
    let (mut pattern, mut rest) = (layout.as_bytes(), value.as_bytes());
    loop {
        let split = layout::split(pattern);
        rest = skip(rest, split.prefix).map_err(|rest| mismatch(split.prefix, rest))?;
        let Some(element) = split.element else { break };
        pattern = split.suffix;
        rest = fields.read(element, pattern, rest).map_err(|fault| match fault {
            Fault::Mismatch => mismatch(split.text, rest),
            Fault::Range(what) => invalid(format!("{what} out of range")),
        })?;
    }
    if rest.is_empty() {
        Ok(fields)
    } else {
        Err(invalid(format!("extra text: {}", quote(rest))))
    }
}

/// What follows `prefix` in `value`, where a run of spaces stands for any number of them; else where they part.
fn skip<'v>(mut value: &'v [u8], mut prefix: &[u8]) -> Result<&'v [u8], &'v [u8]> {
    while let Some(&first) = prefix.first() {
        if first == b' ' {
            if value.first().is_some_and(|&byte| byte != b' ') {
                return Err(value);
            }
            prefix = cut_spaces(prefix);
            value = cut_spaces(value);
            continue;
        }
        if value.first() != Some(&first) {
            return Err(value);
        }
        (prefix, value) = (&prefix[1..], &value[1..]);
    }
    Ok(value)
}

fn cut_spaces(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|&&byte| byte == b' ').count()..]
}

fn date(fields: &Fields) -> Result<Civil, &'static str> {
    let year = fields.year;
    let (month, day) = match fields.year_day {
        Some(year_day) => date_of_year_day(fields, year_day)?,
        None => (fields.month.unwrap_or(1), fields.day.unwrap_or(1)),
    };
    if day < 1 || day > civil::days_in_month(month, year) {
        return Err("day out of range");
    }
    let hour = match fields.afternoon {
        Some(true) if fields.hour < 12 => fields.hour + 12,
        Some(false) if fields.hour == 12 => 0,
        _ => fields.hour,
    };
    Ok(Civil {
        year,
        month,
        day,
        hour,
        minute: fields.minute,
        second: fields.second,
    })
}

fn date_of_year_day(fields: &Fields, year_day: u32) -> Result<(u32, u32), &'static str> {
    let year = fields.year;
    if year_day < 1 || year_day > 365 + u32::from(civil::is_leap(year)) {
        return Err("day-of-year out of range");
    }
    let month = (1..=12)
        .rev()
        .find(|&month| civil::days_before_month(month, year) < year_day)
        .unwrap_or(1);
    let day = year_day - civil::days_before_month(month, year);
    if fields.month.is_some_and(|given| given != month) {
        return Err("day-of-year does not match month");
    }
    if fields.day.is_some_and(|given| given != day) {
        return Err("day-of-year does not match day");
    }
    Ok((month, day))
}

/// Fixes a civil time in the zone that the text named, else in `local`.
fn place(fields: &Fields, civil: Civil, local: &TimeZone) -> Time {
    let seconds = civil.to_seconds();
    let fixed = |offset: i32, zone: Zone| Time::new(seconds - i64::from(offset), fields.nanosecond, zone);
    if fields.utc {
        return fixed(0, Zone::utc());
    }
    if let Some(offset) = fields.offset {
        let here = Zone::at(local, seconds - i64::from(offset));
        // Go: the local zone is taken if it agrees with the text.
        if here.offset == offset && (fields.zone_name.is_empty() || fields.zone_name == here.name) {
            return fixed(offset, here);
        }
        return fixed(
            offset,
            Zone {
                offset,
                name: fields.zone_name.clone().into(),
            },
        );
    }
    if fields.zone_name.is_empty() {
        let zone = local_zone(civil, local);
        return fixed(zone.offset, zone);
    }
    match named_zone(&fields.zone_name, seconds, local) {
        Some(zone) => fixed(zone.offset, zone),
        // Go: an unknown name counts as UTC, `GMT+3` as that offset under the same clock.
        None => {
            let hours: i32 = fields
                .zone_name
                .strip_prefix("GMT")
                .and_then(|hours| hours.parse().ok())
                .unwrap_or(0);
            Time::new(
                seconds,
                fields.nanosecond,
                Zone {
                    offset: hours * 3600,
                    name: fields.zone_name.clone().into(),
                },
            )
        }
    }
}

fn local_zone(civil: Civil, local: &TimeZone) -> Zone {
    let fields = (i16::try_from(civil.year), civil.month as i8, civil.day as i8);
    let (Ok(year), month, day) = fields else {
        return Zone::utc();
    };
    let datetime = jiff::civil::DateTime::new(
        year,
        month,
        day,
        civil.hour as i8,
        civil.minute as i8,
        civil.second as i8,
        0,
    );
    let timestamp = datetime.ok().and_then(|datetime| local.to_timestamp(datetime).ok());
    timestamp.map_or_else(Zone::utc, |timestamp: Timestamp| Zone::at(local, timestamp.as_second()))
}

/// The zone of `local` that goes by this name around that time.
fn named_zone(name: &str, seconds: i64, local: &TimeZone) -> Option<Zone> {
    const HALF_YEAR: i64 = 182 * civil::SECONDS_PER_DAY;
    let moments = [0, -HALF_YEAR, HALF_YEAR];
    moments
        .iter()
        .map(|shift| Zone::at(local, seconds + shift))
        .find(|zone| zone.name == name)
}

/// Go: the time package has its own quoting, where every byte outside ASCII is escaped.
pub(super) fn quote(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for &byte in text {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(byte as char);
            }
            b' '..=0x7f => out.push(byte as char),
            _ => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push('"');
    out
}
