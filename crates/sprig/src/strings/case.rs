//! The naming styles: camel, snake and kebab case as xstrings 1.5 converts them, and swapping of case.

use ironhelm_golang::unicode::{is_letter, is_lower, is_number, is_punct, is_space, is_upper};

use crate::runes::{to_lower, to_title, to_upper};

/// Upper camel case. Leading connectors stay, and so do doubled ones minus one.
pub(crate) fn camel(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut current = None;
    let mut after_upper = false;
    for c in rest.by_ref() {
        current = Some(c);
        if !is_connector(c) {
            after_upper = is_upper(c);
            current = Some(to_upper(c));
            break;
        }
        out.push(c);
    }
    let Some(mut current) = current else {
        return out;
    };
    for next in rest {
        let previous = current;
        current = next;
        match (is_connector(previous), is_connector(next)) {
            (true, true) => out.push(previous),
            (true, false) => {
                after_upper = is_upper(next);
                current = to_upper(next);
            }
            (false, _) => {
                // A run of capitals is one word: GOLANG is Golang.
                if after_upper && is_upper(next) {
                    current = to_lower(next);
                } else {
                    after_upper = false;
                }
                out.push(previous);
            }
        }
    }
    out.push(current);
    out
}

/// Lower case with `connector` between the words.
pub(crate) fn connected(text: &str, connector: char) -> String {
    let mut words = Words {
        rest: text,
        connector,
        out: String::with_capacity(text.len() + 8),
    };
    words.convert();
    words.out
}

/// The opposite case for each letter that has one; the first letter of a word goes to title case.
pub(crate) fn swap(text: &str) -> String {
    let mut after_space = true;
    text.chars()
        .map(|c| {
            let starts_word = std::mem::replace(&mut after_space, is_space(c));
            match c {
                _ if is_upper(c) || is_title(c) => to_lower(c),
                _ if is_lower(c) && starts_word => to_title(c),
                _ if is_lower(c) => to_upper(c),
                _ => c,
            }
        })
        .collect()
}

/// The first letter of each word in lower case.
pub(crate) fn untitle(text: &str) -> String {
    let mut starts_word = true;
    text.chars()
        .map(|c| {
            let first = std::mem::replace(&mut starts_word, is_space(c));
            if first { to_lower(c) } else { c }
        })
        .collect()
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || is_space(c)
}

fn is_title(c: char) -> bool {
    to_title(c) == c && to_lower(c) != c && !is_upper(c)
}

/// A letter of an alphabet that has words in the sense of camel case; xstrings leaves out Han.
fn is_alphabetic(c: char) -> bool {
    if !is_letter(c) {
        return false;
    }
    !matches!(c, '\u{4e00}'..='\u{9fcc}' | '\u{3400}'..='\u{4d85}' | '\u{20000}'..='\u{2b81d}')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    End,
    Number,
    Upper,
    Alphabet,
    Connector,
    Punct,
    Other,
}

struct Words<'a> {
    rest: &'a str,
    connector: char,
    out: String,
}

impl<'a> Words<'a> {
    fn convert(&mut self) {
        let (mut kind, mut word) = self.next();
        while !self.rest.is_empty() {
            if kind != Kind::Connector {
                self.emit(kind, word);
            }
            let (previous, last) = (kind, word);
            (kind, word) = self.next();
            match previous {
                Kind::Number => {
                    (kind, word) = self.absorb(kind, word);
                    self.connect(kind);
                }
                Kind::Connector => self.emit(previous, last),
                Kind::Punct => {}
                _ if kind != Kind::Number => self.connect(kind),
                _ if self.rest.is_empty() => {}
                _ => (kind, word) = self.number_after_word(word),
            }
        }
        self.emit(kind, word);
    }

    /// A number ends the word before it, unless lower-case letters follow: `Bld4Floor` is `bld4_floor`, `HTTP2xx` is
    /// `http_2xx`.
    fn number_after_word(&mut self, number: &'a str) -> (Kind, &'a str) {
        let (kind, word) = self.next();
        if kind != Kind::Alphabet {
            self.emit(Kind::Number, number);
            self.connect(kind);
            return (kind, word);
        }
        self.out.push(self.connector);
        self.emit(Kind::Number, number);
        let (kind, word) = self.absorb(kind, word);
        self.connect(kind);
        (kind, word)
    }

    /// Takes letters and numbers into the word that a number has begun.
    fn absorb(&mut self, mut kind: Kind, mut word: &'a str) -> (Kind, &'a str) {
        while matches!(kind, Kind::Alphabet | Kind::Number) {
            self.emit(kind, word);
            (kind, word) = self.next();
        }
        (kind, word)
    }

    fn connect(&mut self, next: Kind) {
        if !matches!(next, Kind::End | Kind::Connector | Kind::Punct) {
            self.out.push(self.connector);
        }
    }

    fn emit(&mut self, kind: Kind, word: &str) {
        if !matches!(kind, Kind::Upper | Kind::Connector) {
            self.out.push_str(word);
            return;
        }
        for c in word.chars() {
            self.out
                .push(if is_connector(c) { self.connector } else { to_lower(c) });
        }
    }

    fn next(&mut self) -> (Kind, &'a str) {
        let Some(first) = self.rest.chars().next() else {
            return (Kind::End, "");
        };
        let (kind, length) = match first {
            c if is_connector(c) => (Kind::Connector, self.run(is_connector)),
            c if is_punct(c) => (Kind::Punct, self.run(is_punct)),
            c if is_upper(c) => (Kind::Upper, self.upper_run(c.len_utf8())),
            c if is_alphabetic(c) => (Kind::Alphabet, self.run(is_lower_alphabetic)),
            c if is_number(c) => (Kind::Number, self.run(is_number)),
            _ => (Kind::Other, self.run(is_other)),
        };
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        (kind, word)
    }

    fn run(&self, belongs: fn(char) -> bool) -> usize {
        let rest = self.rest.char_indices().skip(1);
        rest.into_iter()
            .find(|(_, c)| !belongs(*c))
            .map_or(self.rest.len(), |(index, _)| index)
    }

    /// `HTTPStatus` begins with the word `HTTP`, `Status` with itself.
    fn upper_run(&self, first: usize) -> usize {
        let after = &self.rest[first..];
        match after.chars().next() {
            Some(c) if is_upper(c) => {
                let end = self.run(is_upper);
                let next = self.rest[end..].chars().next();
                let last = self.rest[..end].chars().next_back().map_or(0, char::len_utf8);
                if next.is_some_and(is_alphabetic) {
                    end - last
                } else {
                    end
                }
            }
            Some(c) if is_alphabetic(c) => self.run(is_lower_alphabetic),
            _ => first,
        }
    }
}

fn is_lower_alphabetic(c: char) -> bool {
    is_alphabetic(c) && !is_upper(c)
}

fn is_other(c: char) -> bool {
    !is_connector(c) && !is_alphabetic(c) && !is_number(c) && !is_punct(c)
}
