//! Points in time, their layouts and durations: Go's `time`.

mod civil;
mod duration;
mod format;
mod instant;
mod layout;
mod parse;

pub use duration::{Duration, ParseDurationError};
pub use instant::{Time, Zone};
pub use parse::{ParseError, parse, parse_in};

/// Go's `time.RFC3339`.
pub const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
/// Go's `time.RFC3339Nano`, also the form in JSON.
pub const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";
/// Go's `time.RFC1123Z`.
pub const RFC1123Z: &str = "Mon, 02 Jan 2006 15:04:05 -0700";
/// Go's `time.ANSIC`, the form of times in Helm's tables.
pub const ANSIC: &str = "Mon Jan _2 15:04:05 2006";
/// The layout of Go's `Time.String`.
pub const STRING: &str = "2006-01-02 15:04:05.999999999 -0700 MST";

/// `time` in the given layout.
///
/// ```
/// use ironhelm_golang::time::{Time, Zone, format};
/// let time = Time::new(0, 0, Zone::utc());
/// assert_eq!(format(&time, "Mon 2 Jan 2006, 3:04PM MST"), "Thu 1 Jan 1970, 12:00AM UTC");
/// ```
pub fn format(time: &Time, layout: &str) -> String {
    format::format(time, layout)
}

/// `time` as it prints without a layout.
pub fn time_string(time: &Time) -> String {
    format::format(time, STRING)
}

/// `time` as in JSON, without the quotes.
pub fn rfc3339_nano(time: &Time) -> String {
    format::format(time, RFC3339_NANO)
}
