//! Helm's own functions: those that need the templates, the release or the cluster.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use ironhelm_golang::strconv;
use ironhelm_gotmpl::{Args, Call, FuncError, Function, Functions, Parsed, Str, Type, Value};
use ironhelm_sprig::convert;

use crate::outside::Outside;
use crate::render::Forgiven;
use crate::world::Lookup;

/// Around the messages of `fail` and `required`, so that only they are shown.
pub(crate) const MESSAGE_START: &str = "HELM_ERR_START";
/// See [`MESSAGE_START`].
pub(crate) const MESSAGE_END: &str = "HELM_ERR_END";

/// What Go prints for a value that is not there; Helm removes it from what templates write.
const NO_VALUE: &[u8] = b"<no value>";

/// More inclusions of one template inside each other are refused.
const MAX_INCLUSIONS: usize = 1000;

/// Parsed texts of `tpl` are kept up to this many bytes.
const MAX_CACHED: usize = 16 * 1024 * 1024;

/// All functions that charts may call.
pub(crate) fn functions(outside: &Rc<Outside>) -> Functions {
    let world: Rc<dyn ironhelm_sprig::SprigWorld> = Rc::clone(outside) as _;
    let mut table = ironhelm_sprig::functions(world);
    for name in ["env", "expandenv"] {
        table.remove(name);
    }
    table.insert(include());
    table.insert(tpl());
    table.insert(required(Rc::clone(outside)));
    table.insert(fail(Rc::clone(outside)));
    table.insert(lookup(Rc::clone(outside)));
    table.insert(get_host_by_name(Rc::clone(outside)));
    table
}

/// Removes what stands for values that are not there.
pub(crate) fn without_no_value(text: Vec<u8>) -> Vec<u8> {
    let Some(first) = find_no_value(&text) else { return text };
    let mut out = Vec::with_capacity(text.len());
    out.extend_from_slice(&text[..first]);
    let mut rest = &text[first + NO_VALUE.len()..];
    while let Some(at) = find_no_value(rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + NO_VALUE.len()..];
    }
    out.extend_from_slice(rest);
    out
}

fn find_no_value(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text[from..].iter().position(|byte| *byte == NO_VALUE[0])?;
        if text[at..].starts_with(NO_VALUE) {
            return Some(at);
        }
        from = at + 1;
    }
}

fn message(text: &str) -> FuncError {
    FuncError::new(format!("{MESSAGE_START}{text}{MESSAGE_END}"))
}

fn include() -> Function {
    let active: RefCell<HashMap<Str, usize>> = RefCell::default();
    let body = move |call: &mut Call<'_>, args: Args<'_>| {
        let name = args.str(0);
        let inclusions = active.borrow().get(&name).copied().unwrap_or(0);
        if inclusions > MAX_INCLUSIONS {
            let reason = "unable to execute template";
            return Err(format!("rendering template has a nested reference name: {name}: {reason}").into());
        }
        active.borrow_mut().insert(name.clone(), inclusions + 1);
        let result = call.execute(&name, args.any(1).clone());
        // Helm: a failed inclusion stays counted, as the rendering ends with it.
        let text = result?;
        active.borrow_mut().insert(name, inclusions);
        Ok(Value::string(text))
    };
    Function::new("include", &[Type::String, Type::Any], body).returning(Type::String)
}

fn tpl() -> Function {
    let cache = RefCell::new(TextCache::default());
    let body = move |call: &mut Call<'_>, args: Args<'_>| {
        let text = args.str(0);
        if !text.windows(2).any(|pair| pair == b"{{") {
            return Ok(Value::string(without_no_value(text.to_vec())));
        }
        let parsed = cache.borrow_mut().parse(call, &text)?;
        let out = call.execute_parsed(&parsed, args.any(1).clone()).map_err(|error| {
            let prefix = format!("error during tpl function execution for {}: ", strconv::quote(&text));
            FuncError::wrap(prefix, error)
        })?;
        Ok(Value::string(without_no_value(out)))
    };
    Function::new("tpl", &[Type::String, Type::Any], body).returning(Type::String)
}

/// Texts that `tpl` has parsed, as charts often give it the same ones.
#[derive(Default)]
struct TextCache {
    parsed: HashMap<Str, Parsed>,
    bytes: usize,
}

impl TextCache {
    fn parse(&mut self, call: &Call<'_>, text: &Str) -> Result<Parsed, FuncError> {
        if let Some(parsed) = self.parsed.get(text) {
            return Ok(parsed.clone());
        }
        let Some(templates) = call.templates() else {
            return Err("cannot clone template".into());
        };
        let parsed = templates
            .parse_text(templates.name(), text)
            .map_err(|error| format!("cannot parse template {}: {error}", strconv::quote(text)))?;
        self.bytes += text.len();
        if self.bytes > MAX_CACHED {
            self.parsed.clear();
            self.bytes = text.len();
        }
        self.parsed.insert(text.clone(), parsed.clone());
        Ok(parsed)
    }
}

fn required(outside: Rc<Outside>) -> Function {
    let body = move |_: &mut Call<'_>, args: Args<'_>| {
        let text = args.text(0).into_owned();
        let forgiven = match args.any(1) {
            Value::Nil => Forgiven::Missing(text.clone()),
            Value::String(value) if value.is_empty() => Forgiven::Empty(text.clone()),
            value => return Ok(value.clone()),
        };
        forgive_or_fail(&outside, forgiven, &text)
    };
    Function::new("required", &[Type::String, Type::Any], body)
}

fn fail(outside: Rc<Outside>) -> Function {
    let body = move |_: &mut Call<'_>, args: Args<'_>| {
        let text = args.text(0).into_owned();
        forgive_or_fail(&outside, Forgiven::Failed(text.clone()), &text)
    };
    Function::new("fail", &[Type::String], body).returning(Type::String)
}

fn forgive_or_fail(outside: &Outside, forgiven: Forgiven, text: &str) -> Result<Value, FuncError> {
    if outside.forgive(forgiven) {
        Ok("".into())
    } else {
        Err(message(text))
    }
}

fn lookup(outside: Rc<Outside>) -> Function {
    let body = move |_: &mut Call<'_>, args: Args<'_>| {
        let text = |index| args.text(index).into_owned();
        let lookup = Lookup {
            api_version: text(0),
            kind: text(1),
            namespace: text(2),
            name: text(3),
        };
        let found = outside.lookup(lookup);
        Ok(found.map_or_else(
            || Value::Map(ironhelm_gotmpl::Map::new()),
            |value| convert::from_json(&value),
        ))
    };
    Function::new("lookup", &[Type::String; 4], body).returning(Type::Map)
}

fn get_host_by_name(outside: Rc<Outside>) -> Function {
    let body =
        move |_: &mut Call<'_>, args: Args<'_>| Ok(outside.resolve_host(&args.text(0)).unwrap_or_default().into());
    Function::new("getHostByName", &[Type::String], body).returning(Type::String)
}
