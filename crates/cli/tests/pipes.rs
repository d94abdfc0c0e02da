//! Streams whose reader has gone away, as in `ironhelm upgrade … 2>&1 | head`.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::process::{Command, ExitStatus, Stdio};

#[test]
fn a_reader_that_leaves_does_not_end_a_command_half_way() {
    for (arguments, code) in [
        (["demo"].as_slice(), 0),
        (&["demo", "--debug"], 0),
        (&["repo", "udpate"], 1),
    ] {
        assert_eq!(unread(arguments).code(), Some(code), "{arguments:?}");
    }
}

/// Runs the program with nobody to read what it prints.
fn unread(arguments: &[&str]) -> ExitStatus {
    let broken = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    Command::new(env!("CARGO_BIN_EXE_ironhelm"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(broken())
        .stderr(broken())
        .status()
        .unwrap()
}
