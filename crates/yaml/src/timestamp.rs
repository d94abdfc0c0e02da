//! Which texts are YAML timestamps.
//!
//! They stay strings when read, but a string that looks like one is quoted when written.

/// Whether `text` is a date, or a date and a time of day, in one of the four forms that Go's YAML knows.
pub(crate) fn is_timestamp(text: &str) -> bool {
    let mut rest = Cursor(text.as_bytes());
    rest.date() && (rest.is_empty() || rest.zoned_time() || rest.local_time())
}

#[derive(Clone, Copy)]
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    fn digit(&self, at: usize) -> Option<u32> {
        self.0
            .get(at)
            .filter(|byte| byte.is_ascii_digit())
            .map(|byte| u32::from(byte - b'0'))
    }

    fn literal(&mut self, byte: u8) -> bool {
        let matches = self.0.first() == Some(&byte);
        if matches {
            self.0 = &self.0[1..];
        }
        matches
    }

    /// Takes a number of one or two digits.
    fn number(&mut self) -> Option<u32> {
        let first = self.digit(0)?;
        let (value, width) = self.digit(1).map_or((first, 1), |second| (first * 10 + second, 2));
        self.0 = &self.0[width..];
        Some(value)
    }

    fn number_below(&mut self, limit: u32) -> bool {
        self.number().is_some_and(|value| value < limit)
    }

    fn date(&mut self) -> bool {
        let Some(year) = (0..4).try_fold(0, |year, at| Some(year * 10 + self.digit(at)?)) else {
            return false;
        };
        self.0 = &self.0[4..];
        if !self.literal(b'-') {
            return false;
        }
        let Some(month) = self.number().filter(|month| (1..=12).contains(month)) else {
            return false;
        };
        self.literal(b'-')
            && self
                .number()
                .is_some_and(|day| (1..=days_in(month, year)).contains(&day))
    }

    fn clock(&mut self) -> bool {
        let read = self.number_below(24)
            && self.literal(b':')
            && self.number_below(60)
            && self.literal(b':')
            && self.number_below(60);
        if read && matches!(self.0.first(), Some(b'.' | b',')) && self.digit(1).is_some() {
            self.0 = &self.0[1..];
            while self.digit(0).is_some() {
                self.0 = &self.0[1..];
            }
        }
        read
    }

    /// `T` or `t`, the time of day and `Z` or an offset.
    fn zoned_time(mut self) -> bool {
        (self.literal(b'T') || self.literal(b't')) && self.clock() && self.zone() && self.is_empty()
    }

    fn zone(&mut self) -> bool {
        if self.literal(b'Z') {
            return true;
        }
        let two = |at: usize| Some(self.digit(at)? * 10 + self.digit(at + 1)?);
        let signed = matches!(self.0.first(), Some(b'+' | b'-')) && self.0.get(3) == Some(&b':');
        let read = signed && two(1).is_some_and(|hours| hours <= 24) && two(4).is_some_and(|minutes| minutes <= 60);
        if read {
            self.0 = &self.0[6..];
        }
        read
    }

    /// Spaces and the time of day.
    fn local_time(mut self) -> bool {
        let spaced = self.literal(b' ');
        while self.literal(b' ') {}
        spaced && self.clock() && self.is_empty()
    }
}

fn days_in(month: u32, year: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
