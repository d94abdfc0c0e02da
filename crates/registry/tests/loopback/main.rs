//! The whole client against servers in this process: what goes over the wire, and what never does.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test that cannot be set up has failed"
)]

mod blobs;
mod charts;
mod credentials;
mod fake;
mod login;
mod server;
mod tls;
mod tokens;
mod transport;
