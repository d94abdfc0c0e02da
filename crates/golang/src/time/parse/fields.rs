//! The fields of a time, read one placeholder at a time.

use crate::time::layout::{self, Element, MONTHS, Offset, WEEKDAYS};

/// What a text said about a time.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) year: i64,
    pub(super) month: Option<u32>,
    pub(super) day: Option<u32>,
    pub(super) year_day: Option<u32>,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) nanosecond: u32,
    /// Whether AM (false) or PM (true) was given.
    pub(super) afternoon: Option<bool>,
    pub(super) utc: bool,
    pub(super) offset: Option<i32>,
    pub(super) zone_name: String,
}

/// Why a placeholder could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Mismatch,
    /// The named field is out of range.
    Range(&'static str),
}

type Rest<'v> = Result<&'v [u8], Fault>;

impl Fields {
    /// Reads `element` from the start of `value` and returns what follows; `suffix` is the rest of the layout.
    pub(super) fn read<'v>(&mut self, element: Element, suffix: &[u8], value: &'v [u8]) -> Rest<'v> {
        match element {
            Element::Year | Element::LongYear => self.read_year(element, value),
            Element::Month => name(MONTHS.iter().map(|name| &name[..3]), value).map(|found| self.set_month(found)),
            Element::LongMonth => name(MONTHS.into_iter(), value).map(|found| self.set_month(found)),
            Element::Weekday => name(WEEKDAYS.iter().map(|name| &name[..3]), value).map(|(_, rest)| rest),
            Element::LongWeekday => name(WEEKDAYS.into_iter(), value).map(|(_, rest)| rest),
            Element::NumMonth | Element::ZeroMonth => {
                let (month, rest) = number(value, element == Element::ZeroMonth)?;
                self.month = Some(month);
                in_range(rest, (1..=12).contains(&month), "month")
            }
            Element::Day | Element::UnderDay | Element::ZeroDay => {
                let value = if element == Element::UnderDay {
                    skip_space(value)
                } else {
                    value
                };
                let (day, rest) = number(value, element == Element::ZeroDay)?;
                self.day = Some(day);
                Ok(rest)
            }
            Element::UnderYearDay | Element::ZeroYearDay => self.read_year_day(element, value),
            Element::Hour => store(&mut self.hour, number(value, false)?, 23, "hour"),
            Element::Hour12 | Element::ZeroHour12 => store(
                &mut self.hour,
                number(value, element == Element::ZeroHour12)?,
                12,
                "hour",
            ),
            Element::Minute | Element::ZeroMinute => store(
                &mut self.minute,
                number(value, element == Element::ZeroMinute)?,
                59,
                "minute",
            ),
            Element::Second | Element::ZeroSecond => self.read_second(element, suffix, value),
            Element::UpperPm => self.read_half(value, b"AM", b"PM"),
            Element::LowerPm => self.read_half(value, b"am", b"pm"),
            Element::ZoneName => self.read_zone_name(value),
            Element::Offset(style) => self.read_offset(style, value),
            Element::FractionZeros { digits, .. } => self.read_fraction(value, digits),
            Element::FractionNines { .. } => match fraction_digits(value) {
                0 => Ok(value),
                digits => self.read_fraction(value, digits),
            },
        }
    }

    fn set_month<'v>(&mut self, (index, rest): (usize, &'v [u8])) -> &'v [u8] {
        self.month = Some(index as u32 + 1);
        rest
    }

    fn read_year<'v>(&mut self, element: Element, value: &'v [u8]) -> Rest<'v> {
        let long = element == Element::LongYear;
        let (digits, rest) = value
            .split_at_checked(if long { 4 } else { 2 })
            .ok_or(Fault::Mismatch)?;
        if long && !digits[0].is_ascii_digit() {
            return Err(Fault::Mismatch);
        }
        let year = signed(digits).ok_or(Fault::Mismatch)?;
        self.year = match year {
            _ if long => year,
            69.. => year + 1900,
            _ => year + 2000,
        };
        Ok(rest)
    }

    fn read_year_day<'v>(&mut self, element: Element, value: &'v [u8]) -> Rest<'v> {
        let fixed = element == Element::ZeroYearDay;
        let value = if fixed { value } else { skip_space(skip_space(value)) };
        let count = value.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 || fixed && count != 3 {
            return Err(Fault::Mismatch);
        }
        self.year_day = Some(
            value[..count]
                .iter()
                .fold(0, |number, digit| number * 10 + u32::from(digit - b'0')),
        );
        Ok(&value[count..])
    }

    fn read_second<'v>(&mut self, element: Element, suffix: &[u8], value: &'v [u8]) -> Rest<'v> {
        let rest = store(
            &mut self.second,
            number(value, element == Element::ZeroSecond)?,
            59,
            "second",
        )?;
        let fraction_follows = matches!(
            layout::split(suffix).element,
            Some(Element::FractionZeros { .. } | Element::FractionNines { .. })
        );
        // Go: a fraction in the text is read even if the layout has none.
        match fraction_digits(rest) {
            0 => Ok(rest),
            _ if fraction_follows => Ok(rest),
            digits => self.read_fraction(rest, digits),
        }
    }

    fn read_fraction<'v>(&mut self, value: &'v [u8], digits: usize) -> Rest<'v> {
        let (text, rest) = value.split_at_checked(1 + digits).ok_or(Fault::Mismatch)?;
        if !matches!(text[0], b'.' | b',') {
            return Err(Fault::Mismatch);
        }
        let shown = &text[1..text.len().min(10)];
        let number = signed(shown).ok_or(Fault::Mismatch)?;
        let number = u32::try_from(number).map_err(|_| Fault::Range("fractional second"))?;
        self.nanosecond = number * 10u32.pow(9 - shown.len() as u32);
        Ok(rest)
    }

    fn read_half<'v>(&mut self, value: &'v [u8], morning: &[u8], afternoon: &[u8]) -> Rest<'v> {
        let (half, rest) = value.split_at_checked(2).ok_or(Fault::Mismatch)?;
        if half == afternoon {
            self.afternoon = Some(true);
        } else if half == morning {
            self.afternoon = self.afternoon.or(Some(false));
        } else {
            return Err(Fault::Mismatch);
        }
        Ok(rest)
    }

    fn read_zone_name<'v>(&mut self, value: &'v [u8]) -> Rest<'v> {
        if let Some(rest) = value.strip_prefix(b"UTC") {
            self.utc = true;
            return Ok(rest);
        }
        let (name, rest) = value.split_at(zone_name_width(value).ok_or(Fault::Mismatch)?);
        self.zone_name = String::from_utf8_lossy(name).into_owned();
        Ok(rest)
    }

    fn read_offset<'v>(&mut self, style: Offset, value: &'v [u8]) -> Rest<'v> {
        if style.iso
            && let [b'Z', rest @ ..] = value
        {
            self.utc = true;
            return Ok(rest);
        }
        let step = 2 + usize::from(style.colon);
        let width = 3 + step * (usize::from(style.fields) - 1);
        let (text, rest) = value.split_at_checked(width).ok_or(Fault::Mismatch)?;
        let mut fields = [0; 3];
        let mut bad = style.colon && (1..usize::from(style.fields)).any(|field| text[step * field] != b':');
        if bad {
            return Err(Fault::Mismatch);
        }
        for (index, field) in fields.iter_mut().enumerate().take(style.fields.into()) {
            let start = 1 + step * index;
            match number(&text[start..start + 2], true) {
                Ok((value, _)) => *field = value,
                Err(_) => {
                    bad = true;
                    break;
                }
            }
        }
        self.set_offset(text[0], fields, bad)?;
        Ok(rest)
    }

    /// Go: a field out of range is told before a bad digit or sign.
    fn set_offset(&mut self, sign: u8, [hour, minute, second]: [u32; 3], bad: bool) -> Result<(), Fault> {
        let limits = [
            (second, 60, "time zone offset second"),
            (minute, 60, "time zone offset minute"),
            (hour, 24, "time zone offset hour"),
        ];
        if let Some((_, _, what)) = limits.iter().find(|(value, limit, _)| value > limit) {
            return Err(Fault::Range(what));
        }
        let offset = ((hour * 60 + minute) * 60 + second) as i32;
        self.offset = match sign {
            b'+' if !bad => Some(offset),
            b'-' if !bad => Some(-offset),
            _ => return Err(Fault::Mismatch),
        };
        // Go: -1 second stands for "no offset".
        self.offset = self.offset.filter(|&offset| offset != -1);
        Ok(())
    }
}

fn in_range<'v>(rest: &'v [u8], holds: bool, what: &'static str) -> Rest<'v> {
    if holds { Ok(rest) } else { Err(Fault::Range(what)) }
}

fn store<'v>(field: &mut u32, (value, rest): (u32, &'v [u8]), most: u32, what: &'static str) -> Rest<'v> {
    *field = value;
    in_range(rest, value <= most, what)
}

fn skip_space(value: &[u8]) -> &[u8] {
    value.strip_prefix(b" ").unwrap_or(value)
}

/// The index of the name that `value` starts with, in any case.
fn name<'n>(names: impl Iterator<Item = &'n str>, value: &[u8]) -> Result<(usize, &[u8]), Fault> {
    for (index, name) in names.enumerate() {
        if let Some((head, rest)) = value.split_at_checked(name.len())
            && head.eq_ignore_ascii_case(name.as_bytes())
        {
            return Ok((index, rest));
        }
    }
    Err(Fault::Mismatch)
}

/// One or two digits; with `fixed` exactly two.
fn number(value: &[u8], fixed: bool) -> Result<(u32, &[u8]), Fault> {
    match value {
        [a, b, rest @ ..] if a.is_ascii_digit() && b.is_ascii_digit() => {
            Ok((u32::from(a - b'0') * 10 + u32::from(b - b'0'), rest))
        }
        [a, rest @ ..] if a.is_ascii_digit() && !fixed => Ok((u32::from(a - b'0'), rest)),
        _ => Err(Fault::Mismatch),
    }
}

/// A decimal number that may have a sign; no digits at all count as zero.
fn signed(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits
        .iter()
        .fold(0i64, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(if negative { -value } else { value })
}

/// How many digits follow the separator at the start of `value`; 0 without one.
fn fraction_digits(value: &[u8]) -> usize {
    match value {
        [b'.' | b',', rest @ ..] => rest.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    }
}

/// The length of the zone abbreviation that `value` starts with.
fn zone_name_width(value: &[u8]) -> Option<usize> {
    if value.len() < 3 {
        return None;
    }
    if value.starts_with(b"ChST") || value.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = value.strip_prefix(b"GMT") {
        return Some(3 + signed_offset_width(rest));
    }
    if matches!(value[0], b'+' | b'-') {
        return Some(signed_offset_width(value)).filter(|&width| width > 0);
    }
    let upper = value
        .iter()
        .take(6)
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    match upper {
        3 => Some(3),
        4 if value[3] == b'T' || value.starts_with(b"WITA") => Some(4),
        5 if value[4] == b'T' => Some(5),
        _ => None,
    }
}

/// The length of `+3` or `-11`, hours up to 23; else 0.
fn signed_offset_width(value: &[u8]) -> usize {
    let [b'+' | b'-', rest @ ..] = value else { return 0 };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let hours = rest[..digits]
        .iter()
        .fold(0u64, |hours, digit| (hours * 10 + u64::from(digit - b'0')).min(1000));
    if digits == 0 || hours > 23 { 0 } else { 1 + digits }
}
