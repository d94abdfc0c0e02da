//! The end of a wait.

use std::time::Duration;

use crate::ports::Ports;

/// A point in time up to which is waited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(jiff::Timestamp);

impl Deadline {
    pub(crate) fn after<C, R>(timeout: Duration, ports: &Ports<'_, C, R>) -> Self {
        // Helm: no time at all means 30 seconds.
        let timeout = if timeout.is_zero() {
            Duration::from_secs(30)
        } else {
            timeout
        };
        let end = ports.surroundings.now().checked_add(timeout);
        Self(end.unwrap_or(jiff::Timestamp::MAX))
    }

    pub(crate) fn left<C, R>(self, ports: &Ports<'_, C, R>) -> Duration {
        Duration::try_from(self.0.duration_since(ports.surroundings.now())).unwrap_or_default()
    }

    pub(crate) fn is_over<C, R>(self, ports: &Ports<'_, C, R>) -> bool {
        ports.surroundings.now() >= self.0
    }
}

/// Growing pauses between attempts: 0.2 s, 0.4 s, … 5 s.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Backoff(u32);

impl Backoff {
    pub(crate) fn next(&mut self) -> Duration {
        let pause = Duration::from_millis(200) * 2_u32.pow(self.0.min(5));
        self.0 += 1;
        pause.min(Duration::from_secs(5))
    }
}
