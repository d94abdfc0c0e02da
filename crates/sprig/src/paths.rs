//! Paths with forward slashes; those of the platform are the same here.

use ironhelm_golang::filepath;

use crate::table::{STRING, Table};

pub(crate) fn register(t: &mut Table) {
    t.row("base", &[STRING], |a| {
        on_bytes(a.bytes(0), |path| filepath::base(path).to_owned())
    });
    t.row("dir", &[STRING], |a| on_bytes(a.bytes(0), filepath::dir));
    t.row("clean", &[STRING], |a| on_bytes(a.bytes(0), filepath::clean));
    t.row("ext", &[STRING], |a| {
        on_bytes(a.bytes(0), |path| filepath::ext(path).to_owned())
    });
    t.row("isAbs", &[STRING], |a| a.bytes(0).starts_with(b"/"));
    let aliases = [
        ("base", "osBase"),
        ("dir", "osDir"),
        ("clean", "osClean"),
        ("ext", "osExt"),
        ("isAbs", "osIsAbs"),
    ];
    for (name, alias) in aliases {
        t.also(name, &[alias]);
    }
}

/// A path may be any bytes. Those that are no text go through as one character each: only `/` and `.` mean something.
fn on_bytes(path: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    match std::str::from_utf8(path) {
        Ok(path) => change(path).into_bytes(),
        Err(_) => {
            let spread: String = path.iter().map(|byte| char::from(*byte)).collect();
            change(&spread).chars().map(|c| c as u8).collect()
        }
    }
}
