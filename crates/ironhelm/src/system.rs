//! The machine that we run on.

use std::net::ToSocketAddrs;
use std::time::Duration;

use ironhelm_action::Surroundings;

/// The clock, the randomness and the name resolution of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Surroundings for System {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn random(&self, bytes: &mut [u8]) {
        // A system that has no randomness yet is waited for: whatever else stood here would be a guessable key.
        while getrandom::fill(bytes).is_err() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn resolve_host(&self, name: &str) -> Option<String> {
        (name, 0)
            .to_socket_addrs()
            .ok()?
            .next()
            .map(|address| address.ip().to_string())
    }
}
