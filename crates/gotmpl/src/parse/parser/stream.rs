//! The parser's tokens, with as many read ahead as it likes, and its errors.

use ironhelm_golang::strconv;

use super::{MAX_NESTING, Parsed, Parser};
use crate::parse::lex::{Kind, Token};
use crate::{ParseError, Str};

/// Tokens and errors.
impl<'t> Parser<'t, '_> {
    pub(super) fn next(&mut self) -> Token<'t> {
        if let Some(token) = self.frame.pending.pop() {
            return token;
        }
        let token = self.lexer.next_token();
        self.frame.line = token.line;
        token
    }

    pub(super) fn push_back(&mut self, token: Token<'t>) {
        self.frame.pending.push(token);
    }

    pub(super) fn peek(&mut self) -> Token<'t> {
        let token = self.next();
        self.push_back(token);
        token
    }

    pub(super) fn next_non_space(&mut self) -> Token<'t> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    pub(super) fn peek_non_space(&mut self) -> Token<'t> {
        let token = self.next_non_space();
        self.push_back(token);
        token
    }

    pub(super) fn expect(&mut self, kind: Kind, context: &str) -> Parsed<Token<'t>> {
        let token = self.next_non_space();
        if token.kind == kind {
            Ok(token)
        } else {
            self.unexpected(token, context)
        }
    }

    pub(super) fn unquote(&mut self, token: Token<'t>) -> Parsed<Str> {
        let unquoted = strconv::unquote(token.text)
            .map(Str::from)
            .map_err(|error| error.to_string());
        self.checked(unquoted)
    }

    pub(super) fn checked<T>(&mut self, result: Result<T, String>) -> Parsed<T> {
        result.or_else(|message| self.fail(message))
    }

    pub(super) fn enter(&mut self, problem: &str) -> Parsed<()> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            self.fail(problem)
        } else {
            Ok(())
        }
    }

    pub(super) fn unexpected<T>(&mut self, token: Token<'t>, context: &str) -> Parsed<T> {
        if token.kind != Kind::Error {
            return self.fail(format!("unexpected {} in {context}", token.describe()));
        }
        let mut message = std::mem::take(&mut self.lexer.error);
        let started = self.frame.action_line;
        if started != 0 && started != token.line {
            // Go: avoid "action in action".
            let words = if message.ends_with(" action") {
                " started at"
            } else {
                " in action started at"
            };
            message.push_str(&format!("{words} {}:{started}", self.source.name));
        }
        self.fail(message)
    }

    pub(super) fn fail<T>(&mut self, message: impl Into<String>) -> Parsed<T> {
        Err(ParseError {
            template: self.source.name.clone(),
            line: self.frame.line,
            message: message.into(),
        })
    }
}
