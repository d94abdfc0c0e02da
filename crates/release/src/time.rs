//! Points in time as release records write them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::Offset;

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

    /// The time of a record: `None` for an empty text and for Go's zero time (year 1).
    ///
    /// # Errors
    /// The text is no RFC 3339 time.
    pub fn from_record(text: &str) -> Result<Option<Self>, jiff::Error> {
        if text.is_empty() || text == Self::GO_ZERO {
            Ok(None)
        } else {
            text.parse().map(Some)
        }
    }

    /// Go's zero time, which some records hold where there is no time.
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
        let instant: Timestamp = text.parse()?;
        Ok(Self {
            text: text.into(),
            instant,
        })
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
