//! The machine that we run on.

use std::net::ToSocketAddrs;
use std::time::Duration;

use std::collections::BTreeMap;

use ironhelm_action::Surroundings;
use ironhelm_render::{Lookup, LookupAnswer, World, name_from_template};

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

/// No cluster, but the clock and the randomness of this machine.
pub(crate) struct Nowhere;

impl World for Nowhere {
    fn lookup(&self, _: &Lookup) -> LookupAnswer {
        LookupAnswer::Offline
    }

    fn now(&self) -> jiff::Timestamp {
        System.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        System.random(bytes);
    }

    fn resolve_host(&self, _: &str) -> Option<String> {
        None
    }
}

/// Makes the name of a release of a template without data; `environment` is what its function `env` knows.
///
/// # Errors
/// The template engine's text when the template is none or fails.
pub fn release_name_from_template(template: &str, environment: &BTreeMap<String, String>) -> Result<String, String> {
    name_from_template(template, environment, &Nowhere)
}
