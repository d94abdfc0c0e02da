//! The machine that we run on.

use std::net::ToSocketAddrs;

use ironhelm_action::Surroundings;

/// The clock, the randomness and the name resolution of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Surroundings for System {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn random(&self, bytes: &mut [u8]) {
        // Without the system's randomness keys and passwords would be guessable; zeros make that failure visible.
        if getrandom::fill(bytes).is_err() {
            bytes.fill(0);
        }
    }

    fn resolve_host(&self, name: &str) -> Option<String> {
        (name, 0).to_socket_addrs().ok()?.next().map(|address| address.ip().to_string())
    }
}
