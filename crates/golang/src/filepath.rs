//! Paths with slashes, as Go's `path` and (on Unix) `path/filepath` treat them.

use std::iter::Peekable;
use std::str::Chars;

use thiserror::Error;

/// The pattern of [`match_pattern`] is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("syntax error in pattern")]
pub struct BadPattern;

/// The shortest path of the same meaning: no `//`, `.` or inner `..`; the empty path is `.`.
pub fn clean(path: &str) -> String {
    let rooted = is_abs(path);
    let mut elements: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if elements.last().is_some_and(|&last| last != "..") => {
                elements.pop();
            }
            ".." if rooted => {}
            element => elements.push(element),
        }
    }
    let joined = elements.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// The last element; `.` for the empty path, `/` for slashes alone.
pub fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        "/"
    } else {
        trimmed.rsplit('/').next().unwrap_or(trimmed)
    }
}

/// All but the last element, cleaned.
pub fn dir(path: &str) -> String {
    clean(&path[..path.rfind('/').map_or(0, |at| at + 1)])
}

/// The last element from its last dot on; empty without a dot.
pub fn ext(path: &str) -> &str {
    let name = &path[path.rfind('/').map_or(0, |at| at + 1)..];
    name.rfind('.').map_or("", |at| &name[at..])
}

/// Whether the path starts at the root.
pub fn is_abs(path: &str) -> bool {
    path.starts_with('/')
}

/// The elements with slashes in between, cleaned; empty ones are left out, nothing at all gives the empty path.
pub fn join<'p>(elements: impl IntoIterator<Item = &'p str>) -> String {
    let elements: Vec<&str> = elements.into_iter().filter(|element| !element.is_empty()).collect();
    if elements.is_empty() {
        String::new()
    } else {
        clean(&elements.join("/"))
    }
}

/// Whether the whole of `name` matches the shell pattern: `*` and `?` (neither matches a slash), `[a-z]`, `[^a-z]`, `\c`.
///
/// # Errors
/// [`BadPattern`] when the pattern is malformed; a fault after a star counts only if the name matches up to there.
pub fn match_pattern(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let name: Vec<char> = name.chars().collect();
    matches(&parse(pattern), &name)
}

enum Token {
    Star,
    Any,
    Literal(char),
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// A fault somewhere between here and the next star.
    Bad,
}

impl Token {
    fn accepts(&self, c: char) -> bool {
        match self {
            Self::Star | Self::Bad => false,
            Self::Any => c != '/',
            Self::Literal(literal) => *literal == c,
            Self::Class { negated, ranges } => ranges.iter().any(|&(low, high)| (low..=high).contains(&c)) != *negated,
        }
    }
}

fn parse(pattern: &str) -> Vec<Token> {
    let mut chars = pattern.chars().peekable();
    let (mut tokens, mut chunk) = (Vec::new(), 0);
    while let Some(c) = chars.next() {
        let token = match c {
            '*' => Ok(Token::Star),
            '?' => Ok(Token::Any),
            '[' => parse_class(&mut chars),
            '\\' => chars.next().map(Token::Literal).ok_or(BadPattern),
            c => Ok(Token::Literal(c)),
        };
        let Ok(token) = token else {
            // Go: the text between two stars is looked at as a whole.
            tokens.truncate(chunk);
            tokens.push(Token::Bad);
            break;
        };
        tokens.push(token);
        if c == '*' {
            chunk = tokens.len();
        }
    }
    tokens
}

fn parse_class(chars: &mut Peekable<Chars<'_>>) -> Result<Token, BadPattern> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        if !ranges.is_empty() && chars.next_if_eq(&']').is_some() {
            return Ok(Token::Class { negated, ranges });
        }
        let low = class_char(chars)?;
        let high = if chars.next_if_eq(&'-').is_some() {
            class_char(chars)?
        } else {
            low
        };
        // Go: a class must be closed, which is looked at after each of its characters.
        chars.peek().ok_or(BadPattern)?;
        ranges.push((low, high));
    }
}

fn class_char(chars: &mut Peekable<Chars<'_>>) -> Result<char, BadPattern> {
    match chars.next() {
        None | Some('-' | ']') => Err(BadPattern),
        Some('\\') => chars.next().ok_or(BadPattern),
        Some(c) => Ok(c),
    }
}

/// Goes back to the last star only, so that time is at most the product of the lengths.
fn matches(tokens: &[Token], name: &[char]) -> Result<bool, BadPattern> {
    let (mut token, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() || token < tokens.len() {
        match tokens.get(token) {
            Some(Token::Star) => {
                star = Some((token, at));
                token += 1;
                continue;
            }
            Some(Token::Bad) => return Err(BadPattern),
            Some(accepting) if name.get(at).is_some_and(|&c| accepting.accepts(c)) => {
                token += 1;
                at += 1;
                continue;
            }
            _ => {}
        }
        match star {
            Some((start, from)) if name.get(from).is_some_and(|&c| c != '/') => {
                star = Some((start, from + 1));
                token = start + 1;
                at = from + 1;
            }
            _ => return Ok(false),
        }
    }
    Ok(true)
}
