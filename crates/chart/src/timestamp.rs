//! The time in a lock file, as Go reads and writes it.

use ironhelm_golang::strconv;

/// The elements of an RFC 3339 time up to its seconds: their place in Go's layout and how many digits they have.
const ELEMENTS: [(&str, usize); 11] = [
    ("2006", 4),
    ("-", 0),
    ("01", 2),
    ("-", 0),
    ("02", 2),
    ("T", 0),
    ("15", 2),
    (":", 0),
    ("04", 2),
    (":", 0),
    ("05", 2),
];

/// The time as Go writes it back, or what Go says of a text that is none.
pub(crate) fn normalize(text: &str) -> Result<String, String> {
    let mut rest = text;
    let mut numbers = [0_u32; 6];
    let mut next = numbers.iter_mut();
    for (element, digits) in ELEMENTS {
        rest = match digits {
            0 => rest
                .strip_prefix(element)
                .ok_or_else(|| mismatch(text, rest, element))?,
            _ => {
                let (number, after) = take_number(rest, digits).ok_or_else(|| mismatch(text, rest, element))?;
                next.next().into_iter().for_each(|place| *place = number);
                after
            }
        };
    }
    if let Some(field) = field_out_of_range(numbers) {
        return Err(format!("parsing time {}: {field} out of range", quoted(text)));
    }
    let seconds = text.len() - rest.len();
    let (fraction, zone) = split_fraction(rest);
    let zone = read_zone(zone).ok_or_else(|| mismatch(text, zone, "Z07:00"))?;
    let fraction = fraction
        .get(..10)
        .unwrap_or(fraction)
        .trim_end_matches('0')
        .trim_end_matches('.');
    Ok(format!("{}{fraction}{zone}", &text[..seconds]))
}

fn take_number(text: &str, digits: usize) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let number = number
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| number.parse().ok())??;
    Some((number, rest))
}

fn field_out_of_range([year, month, day, hour, minute, second]: [u32; 6]) -> Option<&'static str> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let checks = [
        ("month", (1..=12).contains(&month)),
        ("hour", hour < 24),
        ("minute", minute < 60),
        ("second", second < 60),
        ("day", (1..=days).contains(&day)),
    ];
    checks.into_iter().find(|(_, fits)| !fits).map(|(field, _)| field)
}

/// The fraction of a second with its point, if there is one, and what follows.
fn split_fraction(text: &str) -> (&str, &str) {
    let digits = text
        .strip_prefix('.')
        .map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    text.split_at(if digits > 0 { digits + 1 } else { 0 })
}

fn read_zone(text: &str) -> Option<&str> {
    match text.as_bytes() {
        b"Z" => Some("Z"),
        [b'+' | b'-', hours @ .., b':', _, _] if hours.len() == 2 => {
            let (hours, _) = take_number(&text[1..3], 2)?;
            let (minutes, _) = take_number(&text[4..6], 2)?;
            let zone = if (hours, minutes) == (0, 0) { "Z" } else { text };
            (hours < 24 && minutes < 60).then_some(zone)
        }
        _ => None,
    }
}

fn mismatch(text: &str, rest: &str, element: &str) -> String {
    let layout = "\"2006-01-02T15:04:05Z07:00\"";
    format!(
        "parsing time {} as {layout}: cannot parse {} as {}",
        quoted(text),
        quoted(rest),
        quoted(element)
    )
}

fn quoted(text: &str) -> String {
    strconv::quote(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_as_go_writes_them() {
        let same = [
            "2020-01-01T00:00:00Z",
            "2020-02-29T10:11:12.123456789+02:00",
            "0001-01-01T00:00:00Z",
        ];
        for text in same {
            assert_eq!(normalize(text).as_deref(), Ok(text));
        }
        assert_eq!(
            normalize("2020-01-01T00:00:00.1200+00:00").as_deref(),
            Ok("2020-01-01T00:00:00.12Z")
        );
        assert_eq!(
            normalize("2020-01-01T00:00:00.1234567891-01:30").as_deref(),
            Ok("2020-01-01T00:00:00.123456789-01:30")
        );
        assert_eq!(
            normalize("2020-01-01T00:00:00.000Z").as_deref(),
            Ok("2020-01-01T00:00:00Z")
        );
    }

    #[test]
    fn other_texts_are_refused_in_the_words_of_go() {
        let layout = "\"2006-01-02T15:04:05Z07:00\"";
        let error = |text: &str| normalize(text).unwrap_err();
        assert_eq!(
            error("foo"),
            format!("parsing time \"foo\" as {layout}: cannot parse \"foo\" as \"2006\"")
        );
        assert_eq!(
            error("2020-01-01"),
            format!("parsing time \"2020-01-01\" as {layout}: cannot parse \"\" as \"T\"")
        );
        assert_eq!(
            error("2021-02-29T00:00:00Z"),
            "parsing time \"2021-02-29T00:00:00Z\": day out of range"
        );
        assert_eq!(
            error("2021-13-29T00:00:00Z"),
            "parsing time \"2021-13-29T00:00:00Z\": month out of range"
        );
    }
}
