//! Points in time as release records write them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;

/// Unix second of Go's zero time.
const GO_ZERO_SECOND: i64 = -62_135_596_800;

/// A point in time together with its text: RFC 3339, nanoseconds with trailing zeros trimmed, in the writer's zone.
///
/// The text is kept so that a record read and written again is the same, whatever the zone of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    text: Arc<str>,
    instant: Timestamp,
}

impl Time {
    /// The time at `instant`, written with the UTC offset `offset`.
    pub fn at_offset(instant: Timestamp, offset: Offset) -> Self {
        let text = if offset == Offset::UTC {
            instant.to_string()
        } else {
            instant.display_with_offset(offset).to_string()
        };
        Self {
            text: text.into(),
            instant,
        }
    }

    /// The time of a record: `None` for an empty text and for Go's zero time, the first second of year 1.
    ///
    /// # Errors
    /// The text is no RFC 3339 time.
    pub fn from_record(text: &str) -> Result<Option<Self>, jiff::Error> {
        if text.is_empty() {
            return Ok(None);
        }
        let time: Self = text.parse()?;
        let zero = time.instant.as_second() == GO_ZERO_SECOND && time.instant.subsec_nanosecond() == 0;
        Ok((!zero).then_some(time))
    }

    /// Go's zero time, which some fields hold where there is no time.
    pub const GO_ZERO: &str = "0001-01-01T00:00:00Z";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant, for arithmetic and other formats.
    pub const fn instant(&self) -> Timestamp {
        self.instant
    }
}

impl From<Timestamp> for Time {
    fn from(instant: Timestamp) -> Self {
        Self::at_offset(instant, Offset::UTC)
    }
}

impl FromStr for Time {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let offset = Pieces::parse(text)?.to_numeric_offset().unwrap_or(Offset::UTC);
        Ok(Self::at_offset(text.parse()?, offset))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.instant
            .cmp(&other.instant)
            .then_with(|| self.text.cmp(&other.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_helm_are_kept() {
        for text in [
            "2026-11-22T10:11:41.55879004Z",
            "2026-11-24T16:57:21.656226537+05:30",
            "2026-11-24T11:11:50Z",
        ] {
            assert_eq!(text.parse::<Time>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn other_texts_become_those_of_helm() {
        let time: Time = "2026-11-22T10:11:41.550000000+00:00".parse().unwrap();
        assert_eq!(time.as_str(), "2026-11-22T10:11:41.55Z");
    }

    #[test]
    fn no_time_is_none() {
        for text in ["", Time::GO_ZERO] {
            assert_eq!(Time::from_record(text).unwrap(), None);
        }
        assert!(Time::from_record("yesterday").is_err());
    }

    #[test]
    fn times_are_ordered_by_instant() {
        let east: Time = "2026-11-24T16:57:21+05:30".parse().unwrap();
        let later: Time = "2026-11-24T11:27:22Z".parse().unwrap();
        assert!(east < later);
    }
}
