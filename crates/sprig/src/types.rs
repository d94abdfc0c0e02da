//! Asking a value for its Go type and kind.

use crate::table::{ANY, STRING, Table};

pub(crate) fn register(t: &mut Table) {
    t.row("typeOf", &[ANY], |a| a.any(0).type_name().into_owned());
    t.row("typeIs", &[STRING, ANY], |a| a.text(0) == a.any(1).type_name());
    t.row("typeIsLike", &[STRING, ANY], |a| {
        let name = a.any(1).type_name();
        let target = a.text(0);
        target == name || name.strip_prefix('*') == Some(&*target)
    });
    t.row("kindOf", &[ANY], |a| a.any(0).kind_name());
    t.row("kindIs", &[STRING, ANY], |a| a.text(0) == a.any(1).kind_name());
    t.walking("deepEqual", &[ANY, ANY], |a, walk| {
        a.any(0).deep_equal(a.any(1), walk.meter())
    });
}
