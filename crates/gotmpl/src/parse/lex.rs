//! The scanner: text and actions into tokens, on demand.

use ironhelm_golang::{strconv, unicode};

/// What a token is; keywords come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The text could not be scanned; the scanner holds the message.
    Error,
    Bool,
    /// A printable character with no meaning of its own, such as a comma.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Kind {
    fn is_keyword(self) -> bool {
        self as u8 >= Self::Block as u8
    }
}

/// A piece of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// The offset in the text.
    pub(super) pos: usize,
    pub(super) text: &'t [u8],
    /// The line it starts on, from 1.
    pub(super) line: usize,
}

impl Token<'_> {
    /// How error texts show the token.
    pub(super) fn describe(&self) -> String {
        match self.kind {
            Kind::Eof => "EOF".to_owned(),
            kind if kind.is_keyword() => format!("<{}>", String::from_utf8_lossy(self.text)),
            // Go: long tokens are cut after ten characters.
            _ if self.text.len() > 10 => {
                format!(
                    "{}...",
                    crate::fmt::sprintf(b"%.10q", &[crate::Value::string(self.text)])
                )
            }
            _ => strconv::quote(self.text),
        }
    }
}

/// Words that are keywords while functions of the same name allow it.
#[derive(Clone, Copy, Default)]
pub(super) struct Keywords {
    pub(super) break_is_function: bool,
    pub(super) continue_is_function: bool,
}

pub(super) struct Lexer<'t> {
    text: &'t [u8],
    /// Where the next token starts.
    start: usize,
    /// The line of `start`.
    line: usize,
    in_action: bool,
    paren_depth: usize,
    keywords: Keywords,
    /// The message of an error token.
    pub(super) error: String,
}

type Scanned<T> = Result<T, String>;

const LEFT: &[u8] = b"{{";
const RIGHT: &[u8] = b"}}";

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t [u8], keywords: Keywords) -> Self {
        Self {
            text,
            start: 0,
            line: 1,
            in_action: false,
            paren_depth: 0,
            keywords,
            error: String::new(),
        }
    }

    /// The next token; after an error or the end, always the end.
    pub(super) fn next_token(&mut self) -> Token<'t> {
        let scanned = if self.in_action {
            self.inside_action()
        } else {
            self.outside_action()
        };
        match scanned {
            Ok(token) => token,
            Err(message) => {
                self.error = message;
                let token = Token {
                    kind: Kind::Error,
                    pos: self.start,
                    text: b"",
                    line: self.line,
                };
                self.text = b"";
                self.start = 0;
                self.in_action = false;
                token
            }
        }
    }

    /// Text up to the next action, or the action's left delimiter.
    fn outside_action(&mut self) -> Scanned<Token<'t>> {
        loop {
            let Some(delim) = find(&self.text[self.start..], LEFT).map(|at| self.start + at) else {
                let kind = if self.start == self.text.len() {
                    Kind::Eof
                } else {
                    Kind::Text
                };
                return Ok(self.emit(kind, self.text.len()));
            };
            if delim > self.start {
                let text = &self.text[self.start..delim];
                let trimmed = if self.left_trim_marker(delim + 2) {
                    trim_end(text)
                } else {
                    text
                };
                let token = self.emit(Kind::Text, self.start + trimmed.len());
                self.skip_to(delim);
                if !token.text.is_empty() {
                    return Ok(token);
                }
            }
            let inner = if self.left_trim_marker(delim + 2) {
                delim + 4
            } else {
                delim + 2
            };
            if !self.text[inner..].starts_with(b"/*") {
                let token = self.emit(Kind::LeftDelim, delim + 2);
                self.skip_to(inner);
                self.in_action = true;
                self.paren_depth = 0;
                return Ok(token);
            }
            self.skip_to(inner);
            self.skip_comment()?;
        }
    }

    fn skip_comment(&mut self) -> Scanned<()> {
        let Some(length) = find(&self.text[self.start + 2..], b"*/") else {
            return Err("unclosed comment".to_owned());
        };
        let end = self.start + 2 + length + 2;
        match self.right_delim_at(end) {
            None => Err("comment ends before closing delimiter".to_owned()),
            Some(trim) => {
                self.skip_to(self.after_right_delim(end, trim));
                Ok(())
            }
        }
    }

    fn inside_action(&mut self) -> Scanned<Token<'t>> {
        if let Some(trim) = self.right_delim_at(self.start) {
            if self.paren_depth > 0 {
                return Err("unclosed left paren".to_owned());
            }
            return Ok(self.right_delim(trim));
        }
        let Some(c) = self.char_at(self.start) else {
            return Err("unclosed action".to_owned());
        };
        match c {
            ' ' | '\t' | '\r' | '\n' => Ok(self.space()),
            '=' => Ok(self.emit(Kind::Assign, self.start + 1)),
            ':' if self.text.get(self.start + 1) == Some(&b'=') => Ok(self.emit(Kind::Declare, self.start + 2)),
            ':' => Err("expected :=".to_owned()),
            '|' => Ok(self.emit(Kind::Pipe, self.start + 1)),
            '"' => self.quoted(b'"', Kind::String, "unterminated quoted string"),
            '\'' => self.quoted(b'\'', Kind::CharConstant, "unterminated character constant"),
            '`' => self.raw_string(),
            '$' => self.field_or_variable(Kind::Variable),
            '.' if self.text.get(self.start + 1).is_some_and(|byte| !byte.is_ascii_digit()) => {
                self.field_or_variable(Kind::Field)
            }
            '.' | '+' | '-' | '0'..='9' => self.number(),
            '(' | ')' => self.paren(c),
            _ if is_alphanumeric(c) => self.identifier(),
            ' '..='~' => Ok(self.emit(Kind::Char, self.start + 1)),
            _ => Err(format!("unrecognized character in action: {}", unicode_text(c))),
        }
    }

    fn right_delim(&mut self, trim: bool) -> Token<'t> {
        if trim {
            self.skip_to(self.start + 2);
        }
        let after = self.after_right_delim(self.start, false);
        let token = self.emit(Kind::RightDelim, after);
        if trim {
            self.skip_to(self.text.len() - trim_start(&self.text[after..]).len());
        }
        self.in_action = false;
        token
    }

    /// A run of spaces, less the one that belongs to a trim marker before the right delimiter.
    fn space(&mut self) -> Token<'t> {
        let rest = &self.text[self.start..];
        let mut end = self.start + rest.iter().position(|byte| !is_space(*byte)).unwrap_or(rest.len());
        if self.right_delim_at(end - 1) == Some(true) {
            end -= 1;
        }
        self.emit(Kind::Space, end)
    }

    fn paren(&mut self, c: char) -> Scanned<Token<'t>> {
        if c == '(' {
            self.paren_depth += 1;
            return Ok(self.emit(Kind::LeftParen, self.start + 1));
        }
        self.paren_depth = self
            .paren_depth
            .checked_sub(1)
            .ok_or_else(|| "unexpected right paren".to_owned())?;
        Ok(self.emit(Kind::RightParen, self.start + 1))
    }

    fn identifier(&mut self) -> Scanned<Token<'t>> {
        let end = self.word_end(self.start)?;
        let kind = match &self.text[self.start..end] {
            b"block" => Kind::Block,
            b"break" if !self.keywords.break_is_function => Kind::Break,
            b"continue" if !self.keywords.continue_is_function => Kind::Continue,
            b"define" => Kind::Define,
            b"else" => Kind::Else,
            b"end" => Kind::End,
            b"if" => Kind::If,
            b"range" => Kind::Range,
            b"nil" => Kind::Nil,
            b"template" => Kind::Template,
            b"with" => Kind::With,
            b"true" | b"false" => Kind::Bool,
            _ => Kind::Identifier,
        };
        Ok(self.emit(kind, end))
    }

    fn field_or_variable(&mut self, kind: Kind) -> Scanned<Token<'t>> {
        let name = self.start + 1;
        if self.terminator_at(name) {
            return Ok(self.emit(if kind == Kind::Field { Kind::Dot } else { kind }, name));
        }
        let end = self.word_end(name)?;
        Ok(self.emit(kind, end))
    }

    /// The end of the letters and digits from `start`, which a terminator must follow.
    fn word_end(&self, start: usize) -> Scanned<usize> {
        let mut end = start;
        while let Some(c) = self.char_at(end).filter(|c| is_alphanumeric(*c)) {
            end += c.len_utf8();
        }
        match self.char_at(end) {
            Some(c) if !self.terminator_at(end) => Err(format!("bad character {}", unicode_text(c))),
            _ => Ok(end),
        }
    }

    /// Whether what may follow a name is at `pos`.
    fn terminator_at(&self, pos: usize) -> bool {
        let rest = &self.text[pos..];
        match rest.first() {
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b'.' | b',' | b'|' | b':' | b')' | b'(') => true,
            Some(_) => rest.starts_with(RIGHT),
        }
    }

    fn quoted(&mut self, quote: u8, kind: Kind, problem: &str) -> Scanned<Token<'t>> {
        let mut at = self.start + 1;
        loop {
            match self.text.get(at) {
                None | Some(b'\n') => return Err(problem.to_owned()),
                Some(b'\\') => match self.text.get(at + 1) {
                    None | Some(b'\n') => return Err(problem.to_owned()),
                    Some(_) => at += 2,
                },
                Some(byte) if *byte == quote => return Ok(self.emit(kind, at + 1)),
                Some(_) => at += 1,
            }
        }
    }

    fn raw_string(&mut self) -> Scanned<Token<'t>> {
        match find(&self.text[self.start + 1..], b"`") {
            Some(length) => Ok(self.emit(Kind::RawString, self.start + length + 2)),
            None => Err("unterminated raw quoted string".to_owned()),
        }
    }

    fn number(&mut self) -> Scanned<Token<'t>> {
        let (end, good) = self.number_end(self.start);
        if !good {
            return Err(self.bad_number(end));
        }
        if !matches!(self.text.get(end), Some(b'+' | b'-')) {
            return Ok(self.emit(Kind::Number, end));
        }
        let (end, good) = self.number_end(end);
        if !good || self.text[end - 1] != b'i' {
            return Err(self.bad_number(end));
        }
        Ok(self.emit(Kind::Complex, end))
    }

    fn bad_number(&self, end: usize) -> String {
        format!("bad number syntax: {}", strconv::quote(&self.text[self.start..end]))
    }

    /// The end of what looks like a number at `start`, and whether no letter follows it.
    fn number_end(&self, start: usize) -> (usize, bool) {
        let mut at = start;
        let accept = |at: &mut usize, set: &[u8]| {
            let hit = self.text.get(*at).is_some_and(|byte| set.contains(byte));
            *at += usize::from(hit);
            hit
        };
        let run = |at: &mut usize, set: &[u8]| while accept(at, set) {};
        accept(&mut at, b"+-");
        let mut digits: &[u8] = b"0123456789_";
        if accept(&mut at, b"0") {
            if accept(&mut at, b"xX") {
                digits = b"0123456789abcdefABCDEF_";
            } else if accept(&mut at, b"oO") {
                digits = b"01234567_";
            } else if accept(&mut at, b"bB") {
                digits = b"01_";
            }
        }
        run(&mut at, digits);
        if accept(&mut at, b".") {
            run(&mut at, digits);
        }
        let exponent: &[u8] = match digits.len() {
            11 => b"eE",
            23 => b"pP",
            _ => b"",
        };
        if accept(&mut at, exponent) {
            accept(&mut at, b"+-");
            run(&mut at, b"0123456789_");
        }
        accept(&mut at, b"i");
        match self.char_at(at).filter(|c| is_alphanumeric(*c)) {
            Some(c) => (at + c.len_utf8(), false),
            None => (at, true),
        }
    }

    fn left_trim_marker(&self, pos: usize) -> bool {
        matches!(self.text.get(pos..pos + 2), Some([b'-', space]) if is_space(*space))
    }

    /// Whether a right delimiter is at `pos`, and if so whether it has a trim marker.
    fn right_delim_at(&self, pos: usize) -> Option<bool> {
        match &self.text[pos..] {
            [space, b'-', b'}', b'}', ..] if is_space(*space) => Some(true),
            [b'}', b'}', ..] => Some(false),
            _ => None,
        }
    }

    fn after_right_delim(&self, pos: usize, trim: bool) -> usize {
        if trim {
            self.text.len() - trim_start(&self.text[pos + 4..]).len()
        } else {
            pos + 2
        }
    }

    fn char_at(&self, pos: usize) -> Option<char> {
        let rest = self.text.get(pos..).filter(|rest| !rest.is_empty())?;
        if rest[0].is_ascii() {
            return Some(char::from(rest[0]));
        }
        let chunk = rest[..rest.len().min(4)].utf8_chunks().next()?;
        Some(chunk.valid().chars().next().unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn emit(&mut self, kind: Kind, end: usize) -> Token<'t> {
        let token = Token {
            kind,
            pos: self.start,
            text: &self.text[self.start..end],
            line: self.line,
        };
        self.skip_to(end);
        token
    }

    fn skip_to(&mut self, end: usize) {
        self.line += self.text[self.start..end].iter().filter(|byte| **byte == b'\n').count();
        self.start = end;
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    let first = what.first()?;
    let mut from = 0;
    loop {
        let at = from + text[from..].iter().position(|byte| byte == first)?;
        if text[at..].starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || unicode::is_letter(c) || unicode::is_digit(c)
}

fn trim_end(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .rposition(|byte| !is_space(*byte))
        .map_or(0, |last| last + 1);
    &text[..end]
}

fn trim_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_space(*byte)).unwrap_or(text.len());
    &text[start..]
}

/// Go's `%#U`.
fn unicode_text(c: char) -> String {
    crate::fmt::sprintf(
        b"%#U",
        &[crate::Value::Int(i64::from(u32::from(c)), crate::IntKind::Int32)],
    )
    .to_string()
}
