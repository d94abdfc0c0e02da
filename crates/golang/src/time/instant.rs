//! One point in time and the zone it is shown in.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::Duration;
use super::civil::{Civil, SECONDS_PER_DAY};

/// A zone at one moment: its offset and its abbreviation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Zone {
    /// Seconds east of UTC.
    pub offset: i32,
    /// The abbreviation, such as `CET`; empty if there is none.
    pub name: Cow<'static, str>,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self {
            offset: 0,
            name: Cow::Borrowed("UTC"),
        }
    }

    /// What `zone` is at `seconds` after 1970.
    pub fn at(zone: &TimeZone, seconds: i64) -> Self {
        let limits = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
        let clamped = seconds.clamp(*limits.start(), *limits.end());
        let Ok(timestamp) = Timestamp::from_second(clamped) else {
            return Self::utc();
        };
        let info = zone.to_offset_info(timestamp);
        Self {
            offset: info.offset().seconds(),
            name: Cow::Owned(info.abbreviation().to_owned()),
        }
    }
}

/// A point in time with nanoseconds, shown in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    seconds: i64,
    nanosecond: u32,
    zone: Zone,
}

impl Time {
    /// `seconds` and `nanosecond` (below a second) after 1970-01-01 00:00:00 UTC.
    pub fn new(seconds: i64, nanosecond: u32, zone: Zone) -> Self {
        Self {
            seconds,
            nanosecond: nanosecond.min(999_999_999),
            zone,
        }
    }

    /// Go's zero time, the start of year 1 in UTC.
    pub fn zero() -> Self {
        Self::new(-62_135_596_800, 0, Zone::utc())
    }

    /// Whether this is the start of year 1.
    pub fn is_zero(&self) -> bool {
        (self.seconds, self.nanosecond) == (-62_135_596_800, 0)
    }

    /// The same moment shown in `zone`.
    pub fn in_zone(&self, zone: &TimeZone) -> Self {
        Self {
            zone: Zone::at(zone, self.seconds),
            ..*self
        }
    }

    /// Whole seconds since 1970-01-01 00:00:00 UTC.
    pub fn unix(&self) -> i64 {
        self.seconds
    }

    /// The nanoseconds within the second.
    pub fn nanosecond(&self) -> u32 {
        self.nanosecond
    }

    /// The zone it is shown in.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The moment `duration` later, in the same zone (its offset is kept).
    pub fn add(&self, duration: Duration) -> Self {
        let total = i64::from(self.nanosecond) + duration.0 % NANOSECONDS;
        Self {
            seconds: self
                .seconds
                .saturating_add(duration.0 / NANOSECONDS)
                .saturating_add(total.div_euclid(NANOSECONDS)),
            nanosecond: total.rem_euclid(NANOSECONDS) as u32,
            zone: self.zone.clone(),
        }
    }

    /// How much later than `other` this is, as far as a [`Duration`] reaches.
    pub fn sub(&self, other: &Self) -> Duration {
        let seconds = i128::from(self.seconds) - i128::from(other.seconds);
        let total = seconds * i128::from(NANOSECONDS) + i128::from(self.nanosecond) - i128::from(other.nanosecond);
        Duration(total.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }

    pub(super) fn civil(&self) -> Civil {
        // Go: the calendar wraps far away; the clamp only keeps the arithmetic in range.
        let limit = i64::MAX / 4 / SECONDS_PER_DAY * SECONDS_PER_DAY;
        Civil::from_seconds(self.seconds.clamp(-limit, limit) + i64::from(self.zone.offset))
    }
}

const NANOSECONDS: i64 = 1_000_000_000;

impl From<&Zoned> for Time {
    fn from(zoned: &Zoned) -> Self {
        let timestamp = zoned.timestamp();
        let nanoseconds = timestamp.as_nanosecond();
        let seconds = nanoseconds.div_euclid(i128::from(NANOSECONDS)) as i64;
        let nanosecond = nanoseconds.rem_euclid(i128::from(NANOSECONDS)) as u32;
        Self::new(seconds, nanosecond, Zone::at(zoned.time_zone(), seconds))
    }
}

impl From<Timestamp> for Time {
    fn from(timestamp: Timestamp) -> Self {
        Self::from(&timestamp.to_zoned(TimeZone::UTC))
    }
}
