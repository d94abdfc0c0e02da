//! Layouts: texts that show how the reference time, Mon Jan 2 15:04:05 MST 2006, is to be written.

/// One placeholder of a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    LongYear,
    Year,
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    UpperPm,
    LowerPm,
    ZoneName,
    Offset(Offset),
    /// Exactly so many digits after the separator.
    FractionZeros {
        digits: usize,
        separator: u8,
    },
    /// So many digits at most, trailing zeros dropped.
    FractionNines {
        digits: usize,
        separator: u8,
    },
}

/// How a zone's offset is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    /// `Z` stands for zero.
    pub(super) iso: bool,
    pub(super) colon: bool,
    pub(super) fields: u8,
}

/// A layout cut at its first placeholder.
pub(super) struct Split<'l> {
    pub(super) prefix: &'l [u8],
    /// `None` if the whole layout is prefix.
    pub(super) element: Option<Element>,
    /// The placeholder's text.
    pub(super) text: &'l [u8],
    pub(super) suffix: &'l [u8],
}

pub(super) fn split(layout: &[u8]) -> Split<'_> {
    for at in 0..layout.len() {
        let (skip, found) = match &layout[at..] {
            // Go: `_2006` is a literal underscore and a year.
            [b'_', rest @ ..] if rest.starts_with(b"2006") => (1, Some((4, Element::LongYear))),
            rest => (0, element_at(rest)),
        };
        if let Some((width, element)) = found {
            let start = at + skip;
            return Split {
                prefix: &layout[..start],
                element: Some(element),
                text: &layout[start..start + width],
                suffix: &layout[start + width..],
            };
        }
    }
    Split {
        prefix: layout,
        element: None,
        text: &[],
        suffix: &[],
    }
}

/// The placeholder that `text` starts with, and its width.
fn element_at(text: &[u8]) -> Option<(usize, Element)> {
    if let Some(b'.' | b',') = text.first() {
        return fraction(text);
    }
    let (spelling, element) = ELEMENTS
        .iter()
        .find(|(spelling, _)| text.starts_with(spelling.as_bytes()))?;
    // Go: `Jan` and `Mon` inside a longer word, such as `Month`, are plain text.
    let in_word = matches!(element, Element::Month | Element::Weekday);
    if in_word && text.get(3).is_some_and(u8::is_ascii_lowercase) {
        return None;
    }
    Some((spelling.len(), *element))
}

fn fraction(text: &[u8]) -> Option<(usize, Element)> {
    let (separator, digit) = (*text.first()?, *text.get(1)?);
    let digits = text[1..].iter().take_while(|&&byte| byte == digit).count();
    if text.get(1 + digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    match digit {
        b'0' => Some((1 + digits, Element::FractionZeros { digits, separator })),
        b'9' => Some((1 + digits, Element::FractionNines { digits, separator })),
        _ => None,
    }
}

const fn offset(iso: bool, colon: bool, fields: u8) -> Element {
    Element::Offset(Offset { iso, colon, fields })
}

/// Every placeholder; of two that start alike the longer comes first.
const ELEMENTS: [(&str, Element); 33] = [
    ("January", Element::LongMonth),
    ("Jan", Element::Month),
    ("Monday", Element::LongWeekday),
    ("Mon", Element::Weekday),
    ("MST", Element::ZoneName),
    ("01", Element::ZeroMonth),
    ("02", Element::ZeroDay),
    ("03", Element::ZeroHour12),
    ("04", Element::ZeroMinute),
    ("05", Element::ZeroSecond),
    ("06", Element::Year),
    ("002", Element::ZeroYearDay),
    ("15", Element::Hour),
    ("1", Element::NumMonth),
    ("2006", Element::LongYear),
    ("2", Element::Day),
    ("__2", Element::UnderYearDay),
    ("_2", Element::UnderDay),
    ("3", Element::Hour12),
    ("4", Element::Minute),
    ("5", Element::Second),
    ("PM", Element::UpperPm),
    ("pm", Element::LowerPm),
    ("-070000", offset(false, false, 3)),
    ("-07:00:00", offset(false, true, 3)),
    ("-0700", offset(false, false, 2)),
    ("-07:00", offset(false, true, 2)),
    ("-07", offset(false, false, 1)),
    ("Z070000", offset(true, false, 3)),
    ("Z07:00:00", offset(true, true, 3)),
    ("Z0700", offset(true, false, 2)),
    ("Z07:00", offset(true, true, 2)),
    ("Z07", offset(true, false, 1)),
];

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
