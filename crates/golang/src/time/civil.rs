//! The proleptic Gregorian calendar.

pub(super) const SECONDS_PER_DAY: i64 = 86_400;

/// A date and a time of day, without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
}

impl Civil {
    /// The date and time that is `seconds` after 1970-01-01 00:00:00.
    pub(super) fn from_seconds(seconds: i64) -> Self {
        let (year, month, day) = date_of(seconds.div_euclid(SECONDS_PER_DAY));
        let clock = seconds.rem_euclid(SECONDS_PER_DAY) as u32;
        Self {
            year,
            month,
            day,
            hour: clock / 3600,
            minute: clock / 60 % 60,
            second: clock % 60,
        }
    }

    pub(super) fn to_seconds(self) -> i64 {
        let clock = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        self.days().saturating_mul(SECONDS_PER_DAY).saturating_add(clock)
    }

    /// Days since 1970-01-01.
    fn days(self) -> i64 {
        days_until_year(self.year) + i64::from(self.year_day()) - 1
    }

    /// 1 on the first of January.
    pub(super) fn year_day(self) -> u32 {
        days_before_month(self.month, self.year) + self.day
    }

    /// 0 on a Sunday.
    pub(super) fn weekday(self) -> usize {
        (self.days() + 4).rem_euclid(7) as usize
    }
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The length of month 1 to 12.
pub(super) fn days_in_month(month: u32, year: i64) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub(super) fn days_before_month(month: u32, year: i64) -> u32 {
    (1..month).map(|month| days_in_month(month, year)).sum()
}

/// Days from 1970-01-01 to the first of January of `year`.
fn days_until_year(year: i64) -> i64 {
    let before = year - 1;
    before * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400) - DAYS_UNTIL_1970
}

/// From 0001-01-01.
const DAYS_UNTIL_1970: i64 = 719_162;

const DAYS_IN_400_YEARS: i64 = 146_097;

fn date_of(days: i64) -> (i64, u32, u32) {
    let mut year = 1970 + days.div_euclid(DAYS_IN_400_YEARS) * 400;
    let mut rest = days.rem_euclid(DAYS_IN_400_YEARS);
    // A first guess that is never late, then at most two steps.
    let guess = (rest / 366).max(0);
    let start = days_until_year(year);
    rest -= days_until_year(year + guess) - start;
    year += guess;
    while rest >= 365 + i64::from(is_leap(year)) {
        rest -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    let mut day = rest as u32;
    while day >= days_in_month(month, year) {
        day -= days_in_month(month, year);
        month += 1;
    }
    (year, month, day + 1)
}
