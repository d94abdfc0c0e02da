//! Spans of time.

use std::fmt;

use thiserror::Error;

use super::parse::quote;

/// A span of time in nanoseconds; prints as Go's `time.Duration`, such as `1h2m3.5s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(pub i64);

/// A text that is no duration; prints as Go's error of `time.ParseDuration`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseDurationError {
    /// Malformed or out of range.
    #[error("time: invalid duration {}", quote(.text.as_bytes()))]
    Invalid {
        /// The whole text.
        text: String,
    },
    /// A number without a unit.
    #[error("time: missing unit in duration {}", quote(.text.as_bytes()))]
    MissingUnit {
        /// The whole text.
        text: String,
    },
    /// A unit that is not one of `ns us µs ms s m h`.
    #[error("time: unknown unit {} in duration {}", quote(.unit.as_bytes()), quote(.text.as_bytes()))]
    UnknownUnit {
        /// The unit.
        unit: String,
        /// The whole text.
        text: String,
    },
}

impl Duration {
    /// One second.
    pub const SECOND: Self = Self(1_000_000_000);

    /// Reads a text such as `300ms`, `-1.5h` or `2h45m`.
    ///
    /// # Errors
    /// [`ParseDurationError`] with Go's text.
    pub fn parse(text: &str) -> Result<Self, ParseDurationError> {
        let invalid = || ParseDurationError::Invalid { text: text.to_owned() };
        let (negative, mut rest) = match text.as_bytes() {
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, text),
        };
        if rest == "0" {
            return Ok(Self(0));
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total = 0u64;
        while !rest.is_empty() {
            let part;
            (part, rest) = parse_part(text, rest)?;
            total = total
                .checked_add(part)
                .filter(|&total| total <= LIMIT)
                .ok_or_else(invalid)?;
        }
        match i64::try_from(total) {
            Ok(total) => Ok(Self(if negative { -total } else { total })),
            Err(_) if negative => Ok(Self(i64::MIN)),
            Err(_) => Err(invalid()),
        }
    }

    /// The nearest multiple of `unit`, halves away from zero; unchanged if `unit` is not positive.
    pub fn round(self, unit: Self) -> Self {
        if unit.0 <= 0 {
            return self;
        }
        let rest = self.0 % unit.0;
        if rest.unsigned_abs() < (unit.0 as u64) - rest.unsigned_abs() {
            return Self(self.0 - rest);
        }
        Self((self.0 - rest).saturating_add(if self.0 < 0 { -unit.0 } else { unit.0 }))
    }

    /// The multiple of `unit` next towards zero; unchanged if `unit` is not positive.
    pub fn truncate(self, unit: Self) -> Self {
        if unit.0 <= 0 {
            self
        } else {
            Self(self.0 - self.0 % unit.0)
        }
    }

    /// The span in seconds.
    pub fn seconds(self) -> f64 {
        // Go: whole and fractional seconds are converted apart.
        (self.0 / Self::SECOND.0) as f64 + (self.0 % Self::SECOND.0) as f64 / 1e9
    }
}

/// One more than the largest span.
const LIMIT: u64 = 1 << 63;

/// The first number with its unit, in nanoseconds, and what follows.
fn parse_part<'t>(whole: &str, text: &'t str) -> Result<(u64, &'t str), ParseDurationError> {
    let invalid = || ParseDurationError::Invalid { text: whole.to_owned() };
    let (integer, rest) = split_digits(text);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), split_digits);
    if integer.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    let value = integer.bytes().try_fold(0u64, |value, digit| {
        let value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        (value <= LIMIT).then_some(value)
    });
    let value = value.ok_or_else(invalid)?;
    let (unit, rest) = rest.split_at(
        rest.find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(rest.len()),
    );
    let nanoseconds = nanoseconds_in(unit).ok_or_else(|| match unit {
        "" => ParseDurationError::MissingUnit { text: whole.to_owned() },
        _ => ParseDurationError::UnknownUnit {
            unit: unit.to_owned(),
            text: whole.to_owned(),
        },
    })?;
    let part = value
        .checked_mul(nanoseconds)
        .and_then(|part| part.checked_add(fraction_of(fraction, nanoseconds)));
    part.filter(|&part| part <= LIMIT)
        .map(|part| (part, rest))
        .ok_or_else(invalid)
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn nanoseconds_in(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// Go: fractions are scaled in floating point; digits beyond 63 bits are ignored.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0u64, 1f64);
    for digit in digits.bytes() {
        if value > (LIMIT - 1) / 10 {
            break;
        }
        let next = value * 10 + u64::from(digit - b'0');
        if next > LIMIT {
            break;
        }
        value = next;
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        match total {
            0 => f.write_str("0s"),
            1..1_000 => write!(f, "{sign}{total}ns"),
            1_000..1_000_000 => write!(f, "{sign}{}µs", decimal(total, 3)),
            1_000_000..1_000_000_000 => write!(f, "{sign}{}ms", decimal(total, 6)),
            _ => {
                let (minutes, rest) = (total / 60_000_000_000, total % 60_000_000_000);
                f.write_str(sign)?;
                if minutes >= 60 {
                    write!(f, "{}h", minutes / 60)?;
                }
                if minutes > 0 {
                    write!(f, "{}m", minutes % 60)?;
                }
                write!(f, "{}s", decimal(rest, 9))
            }
        }
    }
}

/// `value / 10^places` without trailing zeros.
fn decimal(value: u64, places: usize) -> String {
    let scale = 10u64.pow(places as u32);
    let text = format!("{}.{:0places$}", value / scale, value % scale);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
