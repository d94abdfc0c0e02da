//! Merging one map into another, in place, as `dario.cat/mergo` does.

use ironhelm_gotmpl::{FuncError, Map, Meter, Type, Value};

use crate::dicts::{MAX_DEPTH, with_stack};

/// Which side wins where both have a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// The destination, unless its value is empty.
    Keep,
    /// The source, empty values and nil included; maps are still merged.
    Overwrite,
}

/// Merges `source` into `target`. Values are shared, not copied.
///
/// # Errors
/// When a map of strings is given another kind of value, or maps nest without end.
pub(crate) fn merge(target: &Map, source: &Map, policy: Policy, meter: &Meter) -> Result<(), FuncError> {
    Merge { policy, meter }.descend(target, source, 0)
}

struct Merge<'m> {
    policy: Policy,
    meter: &'m Meter,
}

impl Merge<'_> {
    fn descend(&self, target: &Map, source: &Map, depth: usize) -> Result<(), FuncError> {
        if target.same(source) {
            return Ok(());
        }
        if depth > MAX_DEPTH {
            return Err("merge: the maps are nested too deeply".into());
        }
        for (key, value) in source.entries() {
            self.meter.steps(1)?;
            if value.is_nil() {
                if self.policy == Policy::Overwrite {
                    store(target, source, key, value)?;
                }
                continue;
            }
            let present = target.get(&key);
            if let (Some(Value::Map(inner)), Value::Map(new)) = (&present, &value)
                && !inner.is_nil()
            {
                with_stack(|| self.descend(inner, new, depth + 1))?;
                if !inner.is_empty() {
                    continue;
                }
            }
            if self.policy == Policy::Overwrite || present.is_none_or(|value| is_empty(&value)) {
                store(target, source, key, value)?;
            }
        }
        Ok(())
    }
}

fn store(target: &Map, source: &Map, key: ironhelm_gotmpl::Str, value: Value) -> Result<(), FuncError> {
    let (to, from) = (target.kind().elem, source.kind().elem);
    if to != from && to != Type::Any {
        let (from, to) = (from.name(), to.name());
        return Err(format!("reflect.Value.SetMapIndex: value of type {from} is not assignable to type {to}").into());
    }
    target.insert(key, value);
    Ok(())
}

/// Empty as mergo sees it: nil, false, zero, or without any element.
fn is_empty(value: &Value) -> bool {
    !value.truth()
}
