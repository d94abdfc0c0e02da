//! The order of keys: words by letter, numbers inside them by value.

use std::cmp::Ordering;

use ironhelm_golang::unicode::{is_digit, is_letter};
use serde_json::{Map, Value};

use super::Dialect;

/// The entries of `map` in natural order.
pub(super) fn natural(map: &Map<String, Value>, dialect: Dialect) -> Vec<(&str, &Value)> {
    let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
    if !entries.is_sorted_by(|left, right| dialect.is_before(left.0, right.0)) {
        sort(&mut entries, dialect);
    }
    entries
}

/// Sorts by merging: the order need not be transitive, which the standard sorts do not bear.
fn sort(entries: &mut [(&str, &Value)], dialect: Dialect) {
    if entries.len() < 2 {
        return;
    }
    let middle = entries.len() / 2;
    sort(&mut entries[..middle], dialect);
    sort(&mut entries[middle..], dialect);
    let left = entries[..middle].to_vec();
    let right = entries[middle..].to_vec();
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    for slot in entries {
        let take_right = match (left.peek(), right.peek()) {
            (Some(first), Some(second)) => dialect.is_before(second.0, first.0),
            (first, _) => first.is_none(),
        };
        if let Some(next) = if take_right { right.next() } else { left.next() } {
            *slot = next;
        }
    }
}

impl Dialect {
    /// Whether the key `left` comes before `right`.
    fn is_before(self, left: &str, right: &str) -> bool {
        let shared = left.bytes().zip(right.bytes()).take_while(|(l, r)| l == r).count();
        let is_boundary = |&at: &usize| left.is_char_boundary(at) && right.is_char_boundary(at);
        let shared = (0..=shared).rev().find(is_boundary).unwrap_or(0);
        let (prefix, left) = left.split_at(shared);
        let right = &right[shared..];
        match (left.chars().next(), right.chars().next()) {
            (Some(l), Some(r)) => self.compare(prefix, (l, left), (r, right)) == Ordering::Less,
            (first, second) => first.is_none() && second.is_some(),
        }
    }

    /// Compares two keys from the first character on in which they differ.
    fn compare(self, shared: &str, (l, left): (char, &str), (r, right): (char, &str)) -> Ordering {
        match (is_letter(l), is_letter(r)) {
            (true, true) => return l.cmp(&r),
            (false, false) => {}
            (left_is_letter, _) => {
                // Go: the newer library puts letters first behind a digit.
                let letter_first = self == Self::Pretty && shared.chars().next_back().is_some_and(is_digit);
                return if left_is_letter == letter_first {
                    Ordering::Less
                } else {
                    Ordering::Greater
                };
            }
        }
        // A zero in the middle of a number is not a leading zero.
        let inside = l == '0' || r == '0';
        let start = i64::from(inside && shared.chars().rev().take_while(|&c| is_digit(c)).any(|c| c != '0'));
        let (left_value, left_width) = leading_number(left, start);
        let (right_value, right_width) = leading_number(right, start);
        left_value
            .cmp(&right_value)
            .then(left_width.cmp(&right_width))
            .then(l.cmp(&r))
    }
}

fn leading_number(text: &str, start: i64) -> (i64, usize) {
    let digits = text.chars().take_while(|&c| is_digit(c));
    digits.fold((start, 0), |(value, width), digit| {
        // Go: other digits than 0-9 count by their distance from '0', and the sum may wrap around.
        let digit = i64::from(u32::from(digit)) - i64::from(b'0');
        (value.wrapping_mul(10).wrapping_add(digit), width + 1)
    })
}
