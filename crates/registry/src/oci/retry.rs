//! What is tried again, how often, and after which wait.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::Duration;

use crate::Error;

/// Bounded retries: the wait doubles, is shortened by chance, and gives way to what the server asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent at most.
    pub attempts: u32,
    /// The longest wait after the first failure.
    pub first_wait: Duration,
    /// The longest wait at all; a server that asks for more is not waited for.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// One attempt only.
    pub fn never() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// How long to wait after attempt number `attempt` (from 0) failed; `None` when it is final.
    pub(super) fn wait(&self, attempt: u32, error: &Error) -> Option<Duration> {
        if !error.is_transient() || attempt + 1 >= self.attempts {
            return None;
        }
        if let Error::Status {
            retry_after: Some(asked),
            ..
        } = error
        {
            return (*asked <= self.longest_wait).then_some(*asked);
        }
        let longest = self
            .first_wait
            .saturating_mul(1 << attempt.min(16))
            .min(self.longest_wait);
        Some(longest.mul_f64(0.5 + chance() / 2.0))
    }
}

/// A number in 0..1; each `RandomState` has other keys.
fn chance() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(0_u8) >> 32).unwrap_or(0);
    f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::StatusLine;

    fn status(status: u16, retry_after: Option<u64>) -> Error {
        let retry_after = retry_after.map(Duration::from_secs);
        Error::Status {
            method: "GET".into(),
            url: "u".into(),
            status: StatusLine(status),
            detail: String::new(),
            retry_after,
        }
    }

    #[test]
    fn waits_are_bounded() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(0, &status(404, None)), None);
        assert_eq!(policy.wait(0, &status(429, Some(7))), Some(Duration::from_secs(7)));
        assert_eq!(policy.wait(0, &status(429, Some(3600))), None);
        assert_eq!(policy.wait(3, &status(503, None)), None);
        let second = policy.wait(1, &status(503, None)).unwrap();
        assert!(
            second >= Duration::from_millis(500) && second <= Duration::from_secs(1),
            "{second:?}"
        );
    }
}
