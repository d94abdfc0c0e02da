//! Paths with forward slashes; those of the platform are the same here.

use ironhelm_golang::filepath;

use crate::table::{STRING, Table};

pub(crate) fn register(t: &mut Table) {
    t.row("base", &[STRING], |a| filepath::base(&a.text(0)).to_owned());
    t.row("dir", &[STRING], |a| filepath::dir(&a.text(0)));
    t.row("clean", &[STRING], |a| filepath::clean(&a.text(0)));
    t.row("ext", &[STRING], |a| filepath::ext(&a.text(0)).to_owned());
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
