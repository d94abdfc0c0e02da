//! Errors told in one line.

use std::error::Error;

/// An error and its causes, each after a colon: what Helm prints, and what it writes into a failed record. A cause that
/// an error has already told at its end is not told again.
#[must_use]
pub fn full_text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let line = error.to_string();
        if !text.ends_with(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        cause = error.source();
    }
    text
}
