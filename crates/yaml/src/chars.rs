//! What a byte can mean to the scanner.
//!
//! The scanner runs over UTF-8 bytes. Beyond the end every byte reads as zero, which no readable text contains, so zero
//! stands for the end of the text.

/// A tab or a space.
pub(crate) const BLANK: u8 = 1;
/// A line feed or a carriage return.
const ASCII_BREAK: u8 = 2;
/// The end of the text.
const END: u8 = 4;
/// The first byte of a character that may be a line break: U+0085, U+2028 or U+2029.
const BREAK_LEAD: u8 = 8;
/// Stops a plain scalar inside a flow collection.
const FLOW_STOP: u8 = 16;
/// A colon, which stops a plain scalar before white space.
const COLON: u8 = 32;
/// A quote or an escape, which stops the run of plain text inside a quoted scalar.
const QUOTE: u8 = 64;
/// A letter, a digit, `-` or `_`: what names are made of.
const NAME: u8 = 128;

/// The meanings of each byte.
pub(crate) static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    table[0] = END;
    table[b'\t' as usize] = BLANK;
    table[b' ' as usize] = BLANK;
    table[b'\n' as usize] = ASCII_BREAK;
    table[b'\r' as usize] = ASCII_BREAK;
    table[0xC2] = BREAK_LEAD;
    table[0xE2] = BREAK_LEAD;
    table[b',' as usize] = FLOW_STOP;
    table[b'?' as usize] = FLOW_STOP;
    table[b'[' as usize] = FLOW_STOP;
    table[b']' as usize] = FLOW_STOP;
    table[b'{' as usize] = FLOW_STOP;
    table[b'}' as usize] = FLOW_STOP;
    table[b':' as usize] = COLON;
    table[b'\'' as usize] = QUOTE;
    table[b'"' as usize] = QUOTE;
    table[b'\\' as usize] = QUOTE;
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() || byte == b'-' as usize || byte == b'_' as usize {
            table[byte] |= NAME;
        }
        byte += 1;
    }
    table
}

/// The bytes of a text, readable beyond its end.
#[derive(Clone, Copy)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl Bytes<'_> {
    /// The byte at `at`; zero beyond the end.
    #[inline]
    pub(crate) fn at(self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or(0)
    }

    #[inline]
    fn class(self, at: usize) -> u8 {
        CLASSES[usize::from(self.at(at))]
    }

    /// Whether a tab or a space stands at `at`.
    #[inline]
    pub(crate) fn is_blank(self, at: usize) -> bool {
        self.class(at) & BLANK != 0
    }

    /// Whether a line break stands at `at`.
    #[inline]
    pub(crate) fn is_break(self, at: usize) -> bool {
        let class = self.class(at);
        class & ASCII_BREAK != 0 || (class & BREAK_LEAD != 0 && self.is_wide_break(at))
    }

    fn is_wide_break(self, at: usize) -> bool {
        match self.at(at) {
            0xC2 => self.at(at + 1) == 0x85,
            0xE2 => self.at(at + 1) == 0x80 && matches!(self.at(at + 2), 0xA8 | 0xA9),
            _ => false,
        }
    }

    /// Whether the text ends or a line break stands at `at`.
    #[inline]
    pub(crate) fn is_break_or_end(self, at: usize) -> bool {
        self.at(at) == 0 || self.is_break(at)
    }

    /// Whether the text ends or white space stands at `at`.
    #[inline]
    pub(crate) fn is_blank_break_or_end(self, at: usize) -> bool {
        let class = self.class(at);
        class & (BLANK | ASCII_BREAK | END) != 0 || (class & BREAK_LEAD != 0 && self.is_wide_break(at))
    }

    /// Whether a letter, digit, `-` or `_` stands at `at`.
    #[inline]
    pub(crate) fn is_name(self, at: usize) -> bool {
        self.class(at) & NAME != 0
    }

    /// Where the line that contains `at` ends.
    pub(crate) fn line_end(self, mut at: usize) -> usize {
        loop {
            while self.class(at) & (ASCII_BREAK | END | BREAK_LEAD) == 0 {
                at += 1;
            }
            if self.is_break_or_end(at) {
                return at;
            }
            at += 1;
        }
    }

    /// Where the run of characters that a plain scalar may contain without white space ends.
    pub(crate) fn plain_run_end(self, mut at: usize, in_flow: bool) -> usize {
        let stops = BLANK | ASCII_BREAK | END | BREAK_LEAD | COLON | if in_flow { FLOW_STOP } else { 0 };
        loop {
            while self.class(at) & stops == 0 {
                at += 1;
            }
            let goes_on = match self.at(at) {
                b':' => !self.is_blank_break_or_end(at + 1),
                0xC2 | 0xE2 => !self.is_wide_break(at),
                _ => false,
            };
            if !goes_on {
                return at;
            }
            at += 1;
        }
    }

    /// Where the run of characters that stand for themselves inside quotes ends.
    pub(crate) fn quoted_run_end(self, mut at: usize) -> usize {
        let stops = BLANK | ASCII_BREAK | END | BREAK_LEAD | QUOTE;
        loop {
            while self.class(at) & stops == 0 {
                at += 1;
            }
            if self.class(at) & BREAK_LEAD == 0 || self.is_wide_break(at) {
                return at;
            }
            at += 1;
        }
    }
}
