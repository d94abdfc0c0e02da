//! The whole client against servers in this process: what goes over the wire, and what never does.

mod blobs;
mod charts;
mod credentials;
mod fake;
mod login;
mod server;
mod tls;
mod tokens;
mod transport;
