//! Regular expressions in Go's syntax.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use ironhelm_golang::regexp::{self, Regexp};
use ironhelm_gotmpl::{Args, FuncError, List, Meter, Type, Value};

use crate::table::{INT, Outcome, STRING, Table};

/// Searching takes time with the text's length.
const BYTES_PER_STEP: usize = 16;

pub(crate) fn register(table: &mut Table) {
    let compiled = Rc::new(Compiled::default());
    let cache = Rc::clone(&compiled);
    table.walking("regexMatch", &[STRING, STRING], move |a, walk| {
        match cache.compile(&a.text(0), walk.meter())? {
            Ok(regexp) => Ok::<_, String>(regexp.is_match(a.bytes(1))),
            Err(_) => Ok(false),
        }
    });
    let cache = Rc::clone(&compiled);
    table.walking("mustRegexMatch", &[STRING, STRING], move |a, walk| {
        Ok::<_, FuncError>(cache.get(&a.text(0), walk.meter())?.is_match(a.bytes(1)))
    });
    table.reading(BYTES_PER_STEP, &["regexMatch", "mustRegexMatch"]);
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
    t.walking(plain, params, move |a, walk| {
        let pattern = a.text(0);
        let regexp = cache
            .compile(&pattern, walk.meter())?
            .map_err(|error| error.must_compile_text(&pattern))?;
        Ok::<_, String>(body(&regexp, a))
    });
    let cache = Rc::clone(compiled);
    t.walking(must, params, move |a, walk| {
        Ok::<_, FuncError>(body(&*cache.get(&a.text(0), walk.meter())?, a))
    });
    t.reading(BYTES_PER_STEP, &[plain, must]);
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

    fn get(&self, pattern: &str, meter: &Meter) -> Result<Rc<Regexp>, FuncError> {
        let compiled = self.compile(pattern, meter)?;
        compiled.map_err(|error| error.to_string().into())
    }

    /// The expression, or why it is none; the outer error is an exceeded budget.
    fn compile(&self, pattern: &str, meter: &Meter) -> Result<Result<Rc<Regexp>, regexp::Error>, String> {
        if let Some(regexp) = self.0.borrow().get(pattern) {
            return Ok(Ok(Rc::clone(regexp)));
        }
        let size = program_size(pattern);
        meter.steps(size as u64)?;
        meter.text(size)?;
        let regexp = match Regexp::new(pattern) {
            Ok(regexp) => Rc::new(regexp),
            Err(error) => return Ok(Err(error)),
        };
        let mut known = self.0.borrow_mut();
        if known.len() >= Self::CAPACITY {
            known.clear();
        }
        known.insert(pattern.to_owned(), Rc::clone(&regexp));
        Ok(Ok(regexp))
    }
}

/// Roughly what compiling a pattern takes, in steps and bytes: its length, times what its counted repetitions say.
// Go: nested repetitions may not come to more than a thousand.
fn program_size(pattern: &str) -> usize {
    let mut repeated = 1;
    for (start, _) in pattern.match_indices('{') {
        let counts = &pattern[start + 1..];
        let counts = counts.split_once('}').map_or("", |(counts, _)| counts).split(',');
        let largest = counts.filter_map(|count| count.parse::<usize>().ok()).max();
        repeated = 1000.min(largest.unwrap_or(1).max(1).saturating_mul(repeated));
    }
    100 + pattern.len().saturating_mul(repeated)
}
