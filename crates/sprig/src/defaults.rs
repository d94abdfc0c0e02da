//! Defaults and choices: what counts as empty and what stands in for it.

use ironhelm_gotmpl::Value;

use crate::table::{ANY, BOOL, Table};

pub(crate) fn register(t: &mut Table) {
    t.variadic("default", &[ANY, ANY], |a| match a.rest(1).first() {
        Some(given) if given.truth() => given.clone(),
        _ => a.any(0).clone(),
    });
    t.row("empty", &[ANY], |a| !a.any(0).truth());
    t.variadic("coalesce", &[ANY], |a| {
        a.iter().find(|value| value.truth()).cloned().unwrap_or_default()
    });
    t.variadic("all", &[ANY], |a| a.iter().all(Value::truth));
    t.variadic("any", &[ANY], |a| a.iter().any(Value::truth));
    t.row("ternary", &[ANY, ANY, BOOL], |a| a.any(usize::from(!a.bool(2))).clone());
}
