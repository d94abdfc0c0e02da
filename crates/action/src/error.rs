//! Errors told in one line.

use std::error::Error;

/// An error and its causes, each after a colon: what Helm prints, and what it writes into a failed record.
#[must_use]
pub fn full_text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
