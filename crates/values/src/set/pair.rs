//! One pair of an argument: a path, walked along the tree as it is read, and a value.

use std::error::Error;

use ironhelm_golang::{strconv, unicode};
use serde_json::Value;

use super::apply::{Step, assign, touch};
use super::runes::{Runes, Token};
use super::{MAX_NAME_DEPTH, MAX_PADDING, MAX_PATH, Problem, SetError, SetKind};
use crate::gofmt::type_name;
use crate::{Values, json};

type ReadFile<'a, E> = dyn FnMut(&str) -> Result<Vec<u8>, E> + 'a;

/// Whether the argument goes on.
pub(super) enum Progress {
    More,
    End,
}

pub(super) enum Failure<E> {
    Problem(Problem),
    File(E),
}

impl<E> From<Problem> for Failure<E> {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl<E: Error + 'static> Failure<E> {
    pub(super) fn into_error(self, kind: SetKind, argument: &str) -> SetError<E> {
        match self {
            Self::File(source) => SetError::File { source },
            Self::Problem(_) if kind == SetKind::Json => SetError::Json {
                argument: argument.to_owned(),
            },
            Self::Problem(source) => SetError::Argument { kind, source },
        }
    }
}

/// How a path ended.
enum PathEnd {
    /// With `=` after a name.
    Name,
    /// With `=` after an index.
    Index,
    /// With the argument.
    Input,
}

/// What the tree has at the place where a path stands.
#[derive(Clone, Copy)]
enum Here<'t> {
    Table(&'t Values),
    List(&'t [Value]),
    Nothing,
}

/// The pairs of an argument.
pub(super) struct Pairs<'a, E> {
    kind: SetKind,
    runes: Runes<'a>,
    files: &'a mut ReadFile<'a, E>,
    padding: usize,
}

impl<'a, E> Pairs<'a, E> {
    pub(super) fn new(kind: SetKind, argument: &'a str, files: &'a mut ReadFile<'a, E>) -> Self {
        Self {
            kind,
            runes: Runes::new(argument),
            files,
            padding: 0,
        }
    }

    pub(super) fn next_pair(&mut self, values: &mut Values) -> Result<Progress, Failure<E>> {
        let mut steps = Vec::new();
        let end = self.path(values, &mut steps)?;
        if matches!(end, PathEnd::Input) {
            touch(values, &steps, None);
            return Ok(Progress::End);
        }
        let Some(value) = self.value()? else {
            // Helm: `a.b=` at the end of the argument sets the empty text, but not below an index
            // that the list does not have yet; `a[0]=` does set it.
            if matches!(end, PathEnd::Index) {
                self.assign(values, &steps, Value::from(""))?;
            } else {
                touch(values, &steps, Some(Value::from("")));
            }
            return Ok(Progress::End);
        };
        self.assign(values, &steps, value)?;
        Ok(Progress::More)
    }

    fn assign(&mut self, values: &mut Values, steps: &[Step], value: Value) -> Result<(), Problem> {
        for step in steps.iter().rev() {
            step.check()?;
        }
        self.padding += steps.iter().map(Step::padding).sum::<usize>();
        if self.padding > MAX_PADDING {
            return Err(Problem::TooMuchPadding);
        }
        assign(values, steps, value);
        Ok(())
    }

    fn path(&mut self, values: &Values, steps: &mut Vec<Step>) -> Result<PathEnd, Problem> {
        let mut table = Here::Table(values);
        let mut depth = 0;
        loop {
            let Token { text: name, stop } = self.name_token();
            let below = table.named(&name);
            let key = name.clone();
            steps.push(Step::name(name, steps.last(), table.is_empty()));
            match stop {
                None if key.is_empty() => return Ok(PathEnd::Input),
                None => return Err(Problem::NoValue { key }),
                Some('=') => return Ok(PathEnd::Name),
                Some(',') => return Err(Problem::NoValueBeforeComma { key }),
                Some('.') => {
                    depth += 1;
                    if depth > MAX_NAME_DEPTH {
                        return Err(Problem::TooDeep);
                    }
                    table = as_table(below)?;
                }
                Some(_) => match self.indexes(below, steps)? {
                    Indexed::Table(element) => table = element,
                    Indexed::End(end) => return Ok(end),
                },
            }
        }
    }

    fn name_token(&mut self) -> Token {
        if self.kind == SetKind::Literal {
            return self.runes.until_literal(&['=', '[', '.']);
        }
        self.runes.until(&['=', '[', ',', '.'])
    }

    /// Reads on after the `[` that follows a name.
    fn indexes<'t>(&mut self, below: Option<&'t Value>, steps: &mut Vec<Step>) -> Result<Indexed<'t>, Problem> {
        let mut element = below;
        let mut after_name = true;
        loop {
            let Some(index) = self.index()? else {
                return Ok(Indexed::End(PathEnd::Input));
            };
            // Helm: a null element may become a list, a null under a name may not.
            let list = as_list(element.filter(|value| after_name || !value.is_null()))?;
            after_name = false;
            let index = usize::try_from(index).map_err(|_| Problem::NegativeIndex { index })?;
            if steps.len() >= MAX_PATH {
                return Err(Problem::PathTooLong);
            }
            steps.push(Step::index(index, list.len()));
            element = list.at(index);
            let Token { text, stop } = self.index_token();
            if !text.is_empty() {
                return Err(Problem::AfterIndex { data: text });
            }
            match stop {
                None => return Ok(Indexed::End(PathEnd::Input)),
                Some('=') => return Ok(Indexed::End(PathEnd::Index)),
                Some('.') => return Ok(Indexed::Table(element.map_or(Here::Nothing, table_or_nothing))),
                Some(_) => {}
            }
        }
    }

    fn index_token(&mut self) -> Token {
        let stops = ['[', '.', '='];
        if self.kind == SetKind::Literal {
            self.runes.until_literal(&stops)
        } else {
            self.runes.until(&stops)
        }
    }

    /// The integer before `]`; `None` if the argument ends before.
    fn index(&mut self) -> Result<Option<i64>, Problem> {
        let Token { text, stop } = if self.kind == SetKind::Literal {
            self.runes.until_literal(&[']'])
        } else {
            self.runes.until(&[']'])
        };
        if stop.is_none() {
            return Ok(None);
        }
        strconv::atoi(&text)
            .map(Some)
            .map_err(|source| Problem::Index { source })
    }

    /// The value after `=`; `None` if the argument ends here and the flag minds it.
    fn value(&mut self) -> Result<Option<Value>, Failure<E>> {
        match self.kind {
            SetKind::Json => Ok(Some(self.json_value()?)),
            SetKind::Literal => Ok(Some(Value::from(self.runes.until_literal(&[]).text))),
            _ => match self.runes.peek() {
                None => Ok(None),
                Some('{') => self.list().map(Some),
                Some(_) => {
                    let text = self.runes.until(&[',']).text;
                    self.scalar(text).map(Some)
                }
            },
        }
    }

    fn list(&mut self) -> Result<Value, Failure<E>> {
        self.runes.next();
        let mut items = Vec::new();
        loop {
            let Token { text, stop } = self.runes.until(&[',', '}']);
            match stop {
                None => return Err(Problem::OpenList.into()),
                Some(',') => items.push(self.scalar(text)?),
                Some(_) => {
                    if self.runes.peek() == Some(',') {
                        self.runes.next();
                    }
                    items.push(self.scalar(text)?);
                    return Ok(Value::Array(items));
                }
            }
        }
    }

    fn scalar(&mut self, text: String) -> Result<Value, Failure<E>> {
        match self.kind {
            SetKind::Typed => Ok(typed(text)),
            SetKind::File => {
                let content = (self.files)(&text).map_err(Failure::File)?;
                let content = String::from_utf8(content);
                Ok(Value::from(content.unwrap_or_else(|e| {
                    String::from_utf8_lossy(e.as_bytes()).into_owned()
                })))
            }
            _ => Ok(Value::from(text)),
        }
    }

    fn json_value(&mut self) -> Result<Value, Problem> {
        if self.ends_after_blanks() {
            return Ok(Value::Null);
        }
        let (value, length) = json::decode_floats_prefix(self.runes.rest().as_bytes()).ok_or(Problem::Json)?;
        self.runes.skip(length);
        self.ends_after_blanks();
        Ok(value)
    }

    /// Skips blanks and one comma; whether there was nothing else before the comma or the end.
    fn ends_after_blanks(&mut self) -> bool {
        while let Some(c) = self.runes.peek() {
            if c != ',' && !unicode::is_space(c) {
                return false;
            }
            self.runes.next();
            if c == ',' {
                return true;
            }
        }
        true
    }
}

/// Where the brackets after a name led to.
enum Indexed<'t> {
    Table(Here<'t>),
    End(PathEnd),
}

impl<'t> Here<'t> {
    fn named(self, name: &str) -> Option<&'t Value> {
        if let Here::Table(table) = self {
            table.get(name)
        } else {
            None
        }
    }

    fn at(self, index: usize) -> Option<&'t Value> {
        if let Here::List(list) = self {
            list.get(index)
        } else {
            None
        }
    }

    fn len(self) -> usize {
        match self {
            Here::Table(table) => table.len(),
            Here::List(list) => list.len(),
            Here::Nothing => 0,
        }
    }

    fn is_empty(self) -> bool {
        self.len() == 0
    }
}

fn as_table(value: Option<&Value>) -> Result<Here<'_>, Problem> {
    match value {
        None => Ok(Here::Nothing),
        Some(Value::Object(table)) => Ok(Here::Table(table)),
        Some(other) => Err(conversion(other, "map[string]interface {}")),
    }
}

fn as_list(value: Option<&Value>) -> Result<Here<'_>, Problem> {
    match value {
        None => Ok(Here::Nothing),
        Some(Value::Array(list)) => Ok(Here::List(list)),
        Some(other) => Err(conversion(other, "[]interface {}")),
    }
}

fn table_or_nothing(value: &Value) -> Here<'_> {
    value.as_object().map_or(Here::Nothing, Here::Table)
}

fn conversion(found: &Value, wanted: &'static str) -> Problem {
    let found = if found.is_null() { "nil" } else { type_name(found) };
    Problem::Conversion { found, wanted }
}

/// The value that a text of `--set` stands for.
fn typed(text: String) -> Value {
    if equal_fold(&text, "true") {
        return Value::Bool(true);
    }
    if equal_fold(&text, "false") {
        return Value::Bool(false);
    }
    if equal_fold(&text, "null") {
        return Value::Null;
    }
    if text == "0" {
        return Value::from(0);
    }
    // Helm: `007` is no number, whereas `+7` and `-07` are.
    match strconv::parse_int(&text, 10, 64) {
        Ok(integer) if !text.starts_with('0') => Value::from(integer),
        _ => Value::from(text),
    }
}

/// Go: `strings.EqualFold` takes `ſ` (U+017F) for an `s`.
fn equal_fold(text: &str, word: &str) -> bool {
    text.eq_ignore_ascii_case(word) || (text.contains('ſ') && text.replace('ſ', "s").eq_ignore_ascii_case(word))
}
