//! The time, as files say it.

/// Go: RFC 3339 with as many digits of the second's fraction as it takes.
pub(crate) fn go_timestamp() -> String {
    jiff::Timestamp::now().to_string()
}
