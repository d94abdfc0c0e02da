//! Times written in a layout.

use std::fmt::Write;

use super::civil::Civil;
use super::layout::{self, Element, MONTHS, Offset, WEEKDAYS};
use super::{Time, Zone};

pub(super) fn format(time: &Time, layout: &str) -> String {
    let civil = time.civil();
    let mut out = Vec::with_capacity(layout.len() + 8);
    let mut rest = layout.as_bytes();
    while !rest.is_empty() {
        let split = layout::split(rest);
        out.extend_from_slice(split.prefix);
        rest = split.suffix;
        if let Some(element) = split.element {
            out.extend_from_slice(field(time, civil, element).as_bytes());
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn field(time: &Time, civil: Civil, element: Element) -> String {
    let Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
    } = civil;
    let month_name = MONTHS[month as usize - 1];
    let weekday = WEEKDAYS[civil.weekday()];
    match element {
        Element::LongYear if year < 0 => format!("-{:04}", -year),
        Element::LongYear => format!("{year:04}"),
        Element::Year => format!("{:02}", year.unsigned_abs() % 100),
        Element::LongMonth => month_name.to_owned(),
        Element::Month => month_name[..3].to_owned(),
        Element::NumMonth => month.to_string(),
        Element::ZeroMonth => format!("{month:02}"),
        Element::LongWeekday => weekday.to_owned(),
        Element::Weekday => weekday[..3].to_owned(),
        Element::Day => day.to_string(),
        Element::UnderDay => format!("{day:2}"),
        Element::ZeroDay => format!("{day:02}"),
        Element::UnderYearDay => format!("{:3}", civil.year_day()),
        Element::ZeroYearDay => format!("{:03}", civil.year_day()),
        Element::Hour => format!("{hour:02}"),
        Element::Hour12 => (if hour % 12 == 0 { 12 } else { hour % 12 }).to_string(),
        Element::ZeroHour12 => format!("{:02}", if hour % 12 == 0 { 12 } else { hour % 12 }),
        Element::Minute => minute.to_string(),
        Element::ZeroMinute => format!("{minute:02}"),
        Element::Second => second.to_string(),
        Element::ZeroSecond => format!("{second:02}"),
        Element::UpperPm => if hour >= 12 { "PM" } else { "AM" }.to_owned(),
        Element::LowerPm => if hour >= 12 { "pm" } else { "am" }.to_owned(),
        Element::ZoneName => zone_name(time.zone()),
        Element::Offset(style) => offset(time.zone().offset, style),
        Element::FractionZeros { digits, separator } => fraction(time.nanosecond(), digits, separator),
        Element::FractionNines { digits, separator } => {
            let text = fraction(time.nanosecond(), digits, separator);
            text.trim_end_matches('0')
                .trim_end_matches(separator as char)
                .to_owned()
        }
    }
}

/// Go: a zone without a name shows its offset.
fn zone_name(zone: &Zone) -> String {
    if zone.name.is_empty() {
        return offset(
            zone.offset,
            Offset {
                iso: false,
                colon: false,
                fields: 2,
            },
        );
    }
    zone.name.clone().into_owned()
}

fn offset(seconds: i32, style: Offset) -> String {
    if style.iso && seconds == 0 {
        return "Z".to_owned();
    }
    // Go: the sign is that of the whole minutes.
    let minutes = seconds / 60;
    let mut out = String::from(if minutes < 0 { '-' } else { '+' });
    let colon = if style.colon { ":" } else { "" };
    let minutes = minutes.unsigned_abs();
    let _ = write!(out, "{:02}", minutes / 60);
    if style.fields > 1 {
        let _ = write!(out, "{colon}{:02}", minutes % 60);
    }
    if style.fields > 2 {
        // Go: the seconds lose their sign with the minutes' only.
        let seconds = if seconds / 60 < 0 { -seconds } else { seconds } % 60;
        let sign = if seconds < 0 { "-" } else { "" };
        let _ = write!(out, "{colon}{sign}{:02}", seconds.unsigned_abs());
    }
    out
}

fn fraction(nanosecond: u32, digits: usize, separator: u8) -> String {
    let text = format!("{nanosecond:09}");
    // Go: more than nine digits are never written.
    format!("{}{}", separator as char, &text[..digits.min(9)])
}
