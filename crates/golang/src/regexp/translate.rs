//! RE2 syntax as Go accepts it, rewritten in the syntax of the `regex` crate.
//!
//! Flags are resolved here, so the output never depends on any: `.`, `^` and `$` are written out, case folding wraps single
//! atoms, and lazy repetition is explicit.

use super::class;
use super::error::{Error, ErrorKind};
use super::escape;

/// How deep groups may nest; Go allows about 1,000, which the engine below could not compile on an ordinary stack.
const MAX_DEPTH: usize = 250;

/// The largest count of a repetition, also of nested ones multiplied.
const MAX_REPEAT: u32 = 1000;

/// A pattern in the other syntax.
pub(super) struct Translation {
    pub(super) pattern: String,
    /// The names of the groups; the first is the whole match.
    pub(super) names: Vec<Option<String>>,
}

pub(super) fn translate(pattern: &str) -> Result<Translation, Error> {
    let mut translator = Translator {
        whole: pattern,
        rest: pattern,
        flags: Flags::default(),
        groups: vec![Group::new("", Flags::default())],
        names: vec![None],
    };
    translator.run()?;
    let whole = |kind| Error::new(kind, pattern);
    let root = translator.groups.pop().filter(|_| translator.groups.is_empty());
    let root = root.ok_or_else(|| whole(ErrorKind::MissingParen))?;
    Ok(Translation {
        pattern: root.finish().text,
        names: translator.names,
    })
}

/// `(?imsU)`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) fold_case: bool,
    multi_line: bool,
    dot_newline: bool,
    lazy: bool,
}

/// Something that can be repeated.
struct Atom {
    text: String,
    /// The counts of nested repetitions, multiplied.
    cost: u32,
}

struct Group {
    open: &'static str,
    /// The flags outside.
    outer: Flags,
    done: String,
    cost: u32,
    last: Option<Atom>,
}

impl Group {
    fn new(open: &'static str, outer: Flags) -> Self {
        Self {
            open,
            outer,
            done: String::new(),
            cost: 1,
            last: None,
        }
    }

    fn push(&mut self, atom: Atom) {
        self.flush();
        self.last = Some(atom);
    }

    fn flush(&mut self) {
        if let Some(atom) = self.last.take() {
            self.done.push_str(&atom.text);
            self.cost = self.cost.max(atom.cost);
        }
    }

    fn finish(mut self) -> Atom {
        self.flush();
        let close = if self.open.is_empty() { "" } else { ")" };
        Atom {
            text: format!("{}{}{close}", self.open, self.done),
            cost: self.cost,
        }
    }
}

struct Translator<'p> {
    whole: &'p str,
    rest: &'p str,
    flags: Flags,
    groups: Vec<Group>,
    names: Vec<Option<String>>,
}

impl<'p> Translator<'p> {
    fn run(&mut self) -> Result<(), Error> {
        // The repetition just read: another one may not follow.
        let mut last_repeat: Option<&'p str> = None;
        while let Some(c) = self.rest.chars().next() {
            let before = self.rest;
            let mut repeat = None;
            match c {
                '*' | '+' | '?' => {
                    let (least, most) = match c {
                        '*' => (0, None),
                        '+' => (1, None),
                        _ => (0, Some(1)),
                    };
                    self.repeat(
                        Repeat {
                            operator: &before[..1],
                            least,
                            most,
                            counted: false,
                        },
                        last_repeat,
                    )?;
                    repeat = Some(before);
                }
                '{' => match counts(before) {
                    Some((operator, least, most)) => {
                        self.repeat(
                            Repeat {
                                operator,
                                least,
                                most,
                                counted: true,
                            },
                            last_repeat,
                        )?;
                        repeat = Some(before);
                    }
                    None => self.literal('{', 1),
                },
                _ => self.item(c)?,
            }
            last_repeat = repeat;
        }
        Ok(())
    }

    fn item(&mut self, c: char) -> Result<(), Error> {
        let flags = self.flags;
        match c {
            '(' if self.rest.starts_with("(?") => self.perl_group()?,
            '(' => {
                self.names.push(None);
                self.open("(", 1)?;
            }
            ')' => self.close()?,
            '|' => {
                self.rest = &self.rest[1..];
                let group = self.group();
                group.flush();
                group.done.push('|');
            }
            '^' => self.atom(if flags.multi_line { "(?m:^)" } else { r"\A" }, 1),
            '$' => self.atom(if flags.multi_line { "(?m:$)" } else { r"\z" }, 1),
            '.' => self.atom(if flags.dot_newline { "(?s:.)" } else { r"[^\n]" }, 1),
            '[' => {
                let (text, rest) = class::bracketed(self.rest)?;
                self.folded(text, rest);
            }
            '\\' => self.escape()?,
            c => self.literal(c, c.len_utf8()),
        }
        Ok(())
    }

    /// The innermost group; there is always one, because closing the outermost is an error.
    fn group(&mut self) -> &mut Group {
        if self.groups.is_empty() {
            self.groups.push(Group::new("", self.flags));
        }
        let last = self.groups.len() - 1;
        &mut self.groups[last]
    }

    /// Takes `width` bytes of the pattern as `text`.
    fn atom(&mut self, text: &str, width: usize) {
        self.rest = &self.rest[width..];
        self.group().push(Atom {
            text: text.to_owned(),
            cost: 1,
        });
    }

    fn literal(&mut self, c: char, width: usize) {
        let rest = &self.rest[width..];
        self.folded(regex::escape(c.encode_utf8(&mut [0; 4])), rest);
    }

    fn folded(&mut self, text: String, rest: &'p str) {
        let text = if self.flags.fold_case {
            format!("(?i:{text})")
        } else {
            text
        };
        self.rest = rest;
        self.group().push(Atom { text, cost: 1 });
    }

    fn open(&mut self, open: &'static str, width: usize) -> Result<(), Error> {
        if self.groups.len() > MAX_DEPTH {
            return Err(Error::new(ErrorKind::NestingDepth, self.whole));
        }
        self.rest = &self.rest[width..];
        self.groups.push(Group::new(open, self.flags));
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        if self.groups.len() < 2 {
            return Err(Error::new(ErrorKind::UnexpectedParen, self.whole));
        }
        self.rest = &self.rest[1..];
        if let Some(group) = self.groups.pop() {
            self.flags = group.outer;
            self.group().push(group.finish());
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Error> {
        match self.rest.as_bytes().get(1) {
            Some(b'A') => self.atom(r"\A", 2),
            Some(b'z') => self.atom(r"\z", 2),
            Some(b'b') => self.atom(r"(?-u:\b)", 2),
            Some(b'B') => self.atom(r"(?-u:\B)", 2),
            // Go: a single byte is not offered.
            Some(b'C') => return Err(Error::new(ErrorKind::InvalidEscape, &self.rest[..2])),
            Some(b'Q') => self.quoted(),
            _ => match class::escaped(self.rest)? {
                Some((text, rest)) => self.folded(text, rest),
                None => {
                    let (code, rest) = escape::character(self.rest)?;
                    self.folded(class::code_text(code), rest);
                }
            },
        }
        Ok(())
    }

    /// `\Q…\E`; the end may be missing.
    fn quoted(&mut self) {
        let body = &self.rest[2..];
        let (text, rest) = body.split_once("\\E").unwrap_or((body, ""));
        for c in text.chars() {
            self.folded(regex::escape(c.encode_utf8(&mut [0; 4])), rest);
        }
        self.rest = rest;
    }

    fn perl_group(&mut self) -> Result<(), Error> {
        if self.rest.len() > 4 && self.rest.starts_with("(?P<") {
            return self.named_group(4);
        }
        if self.rest.len() > 3 && self.rest.starts_with("(?<") {
            return self.named_group(3);
        }
        let mut flags = self.flags;
        let (mut on, mut seen) = (true, false);
        for (at, c) in self.rest.char_indices().skip(2) {
            match c {
                'i' => flags.fold_case = on,
                'm' => flags.multi_line = on,
                's' => flags.dot_newline = on,
                'U' => flags.lazy = on,
                '-' if on => on = false,
                ':' | ')' if on || seen => return self.apply_flags(flags, c, at + 1),
                _ => return Err(Error::new(ErrorKind::InvalidPerlOp, &self.rest[..at + c.len_utf8()])),
            }
            seen = c != '-';
        }
        Err(Error::new(ErrorKind::InvalidPerlOp, self.rest))
    }

    fn apply_flags(&mut self, flags: Flags, end: char, width: usize) -> Result<(), Error> {
        if end == ':' {
            self.open("(?:", width)?;
        } else {
            self.rest = &self.rest[width..];
        }
        self.flags = flags;
        Ok(())
    }

    fn named_group(&mut self, start: usize) -> Result<(), Error> {
        let invalid = |part: &str| Error::new(ErrorKind::InvalidNamedCapture, part);
        let end = self.rest.find('>').ok_or_else(|| invalid(self.rest))?;
        let name = &self.rest[start.min(end)..end];
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(invalid(&self.rest[..=end]));
        }
        self.names.push(Some(name.to_owned()));
        self.open("(", end + 1)
    }

    fn repeat(&mut self, repeat: Repeat<'p>, last_repeat: Option<&'p str>) -> Result<(), Error> {
        let before = self.rest;
        let Repeat {
            operator,
            least,
            most,
            counted,
        } = repeat;
        if counted && (least > MAX_REPEAT || most.is_some_and(|most| most > MAX_REPEAT || least > most)) {
            return Err(Error::new(ErrorKind::InvalidRepeatSize, operator));
        }
        let after = &before[operator.len()..];
        let lazy_mark = after.starts_with('?');
        let after = after.strip_prefix('?').unwrap_or(after);
        if let Some(last) = last_repeat {
            return Err(Error::new(
                ErrorKind::InvalidRepeatOp,
                &last[..last.len() - after.len()],
            ));
        }
        let part = &before[..before.len() - after.len()];
        let lazy = lazy_mark != self.flags.lazy;
        let group = self.group();
        let atom = group
            .last
            .as_mut()
            .ok_or_else(|| Error::new(ErrorKind::MissingRepeatArgument, part))?;
        if counted {
            let factor = most.unwrap_or(least).max(1);
            let cost = atom.cost.saturating_mul(factor);
            if cost > MAX_REPEAT && (least >= 2 || factor >= 2) {
                return Err(Error::new(ErrorKind::InvalidRepeatSize, part));
            }
            atom.cost = if most == Some(0) { 1 } else { cost };
        }
        atom.text.push_str(operator);
        if lazy {
            atom.text.push('?');
        }
        self.rest = after;
        Ok(())
    }
}

struct Repeat<'p> {
    operator: &'p str,
    least: u32,
    most: Option<u32>,
    /// Written in braces.
    counted: bool,
}

/// `{n}`, `{n,}` or `{n,m}` at the start of `text`; anything else in braces is plain text.
fn counts(text: &str) -> Option<(&str, u32, Option<u32>)> {
    let end = text.find('}')?;
    let body = &text[1..end];
    let (least, most) = match body.split_once(',') {
        None => (count(body)?, Some(count(body)?)),
        Some((least, "")) => (count(least)?, None),
        Some((least, most)) => (count(least)?, Some(count(most)?)),
    };
    Some((&text[..=end], least, most))
}

fn count(digits: &str) -> Option<u32> {
    // Go: a leading zero makes it plain text.
    if digits.is_empty()
        || !digits.bytes().all(|byte| byte.is_ascii_digit())
        || digits.len() > 1 && digits.starts_with('0')
    {
        return None;
    }
    Some(digits.parse().unwrap_or(u32::MAX))
}
