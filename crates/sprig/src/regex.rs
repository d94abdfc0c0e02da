//! Regular expressions in Go's syntax.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use ironhelm_golang::regexp::{self, Regexp};
use ironhelm_gotmpl::{Args, FuncError, List, Type, Value};

use crate::table::{INT, Outcome, STRING, Table};

pub(crate) fn register(table: &mut Table) {
    let compiled = Rc::new(Compiled::default());
    let cache = Rc::clone(&compiled);
    table.row("regexMatch", &[STRING, STRING], move |a| {
        cache.get(&a.text(0)).is_ok_and(|regexp| regexp.is_match(a.bytes(1)))
    });
    let cache = Rc::clone(&compiled);
    table.row("mustRegexMatch", &[STRING, STRING], move |a| {
        Ok::<_, FuncError>(cache.get(&a.text(0))?.is_match(a.bytes(1)))
    });
    register_finds(table, &compiled);
    register_changes(table, &compiled);
    table.row("regexQuoteMeta", &[STRING], |a| regexp::quote_meta(a.bytes(0)));
}

fn register_finds(t: &mut Table, compiled: &Rc<Compiled>) {
    pair(
        t,
        compiled,
        ["regexFind", "mustRegexFind"],
        &[STRING, STRING],
        |regexp, a| regexp.find(a.bytes(1)).unwrap_or_default().to_vec(),
    );
    pair(
        t,
        compiled,
        ["regexFindAll", "mustRegexFindAll"],
        &[STRING, STRING, INT],
        |regexp, a| strings(&regexp.find_all(a.bytes(1), a.int(2))),
    );
}

fn register_changes(t: &mut Table, compiled: &Rc<Compiled>) {
    const TEXTS: &[Type] = &[STRING, STRING, STRING];
    pair(
        t,
        compiled,
        ["regexReplaceAll", "mustRegexReplaceAll"],
        TEXTS,
        |regexp, a| regexp.replace_all(a.bytes(1), a.bytes(2)),
    );
    pair(
        t,
        compiled,
        ["regexReplaceAllLiteral", "mustRegexReplaceAllLiteral"],
        TEXTS,
        |regexp, a| regexp.replace_all_literal(a.bytes(1), a.bytes(2)),
    );
    pair(
        t,
        compiled,
        ["regexSplit", "mustRegexSplit"],
        &[STRING, STRING, INT],
        |regexp, a| strings(&regexp.split(a.bytes(1), a.int(2))),
    );
}

/// A function that panics on a bad expression, and its `must` form that returns the error.
fn pair<R: Outcome + 'static>(
    t: &mut Table,
    compiled: &Rc<Compiled>,
    [plain, must]: [&'static str; 2],
    params: &'static [Type],
    body: fn(&Regexp, Args<'_>) -> R,
) {
    let cache = Rc::clone(compiled);
    t.row(plain, params, move |a| {
        let pattern = a.text(0);
        let regexp = cache
            .compile(&pattern)
            .map_err(|error| error.must_compile_text(&pattern))?;
        Ok::<_, String>(body(&regexp, a))
    });
    let cache = Rc::clone(compiled);
    t.row(must, params, move |a| {
        Ok::<_, FuncError>(body(&*cache.get(&a.text(0))?, a))
    });
}

// Go: no match at all is a nil slice.
fn strings(texts: &[&[u8]]) -> List {
    if texts.is_empty() {
        return List::nil(Type::String);
    }
    List::of(Type::String, texts.iter().map(|text| Value::string(*text)).collect())
}

/// The expressions that were compiled already: charts use few, in loops.
#[derive(Default)]
struct Compiled(RefCell<HashMap<String, Rc<Regexp>>>);

impl Compiled {
    const CAPACITY: usize = 256;

    fn get(&self, pattern: &str) -> Result<Rc<Regexp>, FuncError> {
        self.compile(pattern).map_err(|error| error.to_string().into())
    }

    fn compile(&self, pattern: &str) -> Result<Rc<Regexp>, regexp::Error> {
        if let Some(regexp) = self.0.borrow().get(pattern) {
            return Ok(Rc::clone(regexp));
        }
        let regexp = Rc::new(Regexp::new(pattern)?);
        let mut known = self.0.borrow_mut();
        if known.len() >= Self::CAPACITY {
            known.clear();
        }
        known.insert(pattern.to_owned(), Rc::clone(&regexp));
        Ok(regexp)
    }
}
