//! Patterns of `.Files.Glob`: `*` and `?` stay inside a path segment, `**` does not.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

/// A compiled pattern. Helm: one that cannot be compiled matches everything.
pub(crate) struct Glob(Vec<Part>);

enum Part {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Segment,
    /// `**`
    Any,
    /// `[abc]` or `[!abc]`
    List {
        chars: Vec<char>,
        negated: bool,
    },
    /// `[a-z]` or `[!a-z]`
    Range {
        first: char,
        last: char,
        negated: bool,
    },
    /// `{a,b}`
    Either(Vec<Vec<Self>>),
}

/// Deeper braces count as a pattern that cannot be compiled.
const MAX_DEPTH: usize = 50;

impl Glob {
    pub(crate) fn new(pattern: &str) -> Self {
        let mut chars = pattern.chars().peekable();
        Self(sequence(&mut chars, 0).unwrap_or_else(|| vec![Part::Any]))
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        advance(&self.0, &name, BTreeSet::from([0])).contains(&name.len())
    }
}

fn sequence(chars: &mut Peekable<Chars<'_>>, depth: usize) -> Option<Vec<Part>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut parts = Vec::new();
    while let Some(c) = chars.peek().copied() {
        if depth > 0 && matches!(c, ',' | '}') {
            break;
        }
        chars.next();
        parts.push(match c {
            '\\' => Part::Literal(chars.next()?),
            '?' => Part::One,
            '*' if chars.next_if_eq(&'*').is_some() => Part::Any,
            '*' => Part::Segment,
            '[' => class(chars)?,
            '{' => alternatives(chars, depth + 1)?,
            c => Part::Literal(c),
        });
    }
    Some(parts)
}

fn alternatives(chars: &mut Peekable<Chars<'_>>, depth: usize) -> Option<Part> {
    let mut options = Vec::new();
    loop {
        options.push(sequence(chars, depth)?);
        match chars.next()? {
            ',' => {}
            _ => return Some(Part::Either(options)),
        }
    }
}

fn class(chars: &mut Peekable<Chars<'_>>) -> Option<Part> {
    let negated = chars.next_if_eq(&'!').is_some();
    let mut listed = Vec::new();
    loop {
        match chars.next()? {
            ']' if listed.is_empty() => return None,
            ']' => return Some(Part::List { chars: listed, negated }),
            '-' if listed.len() == 1 => {
                let (first, last) = (listed[0], chars.next()?);
                let closed = chars.next()? == ']' && first <= last;
                return closed.then_some(Part::Range { first, last, negated });
            }
            '\\' => listed.push(chars.next()?),
            c => listed.push(c),
        }
    }
}

/// The positions in `name` that `parts` can end at when starting from one of `from`.
fn advance(parts: &[Part], name: &[char], from: BTreeSet<usize>) -> BTreeSet<usize> {
    parts.iter().fold(from, |positions, part| step(part, name, &positions))
}

fn step(part: &Part, name: &[char], from: &BTreeSet<usize>) -> BTreeSet<usize> {
    let one = |accepts: &dyn Fn(char) -> bool| {
        from.iter()
            .filter(|at| name.get(**at).is_some_and(|c| accepts(*c)))
            .map(|at| at + 1)
            .collect()
    };
    match part {
        Part::Literal(wanted) => one(&|c| c == *wanted),
        Part::One => one(&|c| c != '/'),
        Part::List { chars, negated } => one(&|c| chars.contains(&c) != *negated),
        Part::Range { first, last, negated } => one(&|c| (*first..=*last).contains(&c) != *negated),
        Part::Any => from
            .first()
            .map_or_else(BTreeSet::new, |first| (*first..=name.len()).collect()),
        Part::Segment => from.iter().flat_map(|at| segment(name, *at)).collect(),
        Part::Either(options) => options
            .iter()
            .flat_map(|option| advance(option, name, from.clone()))
            .collect(),
    }
}

fn segment(name: &[char], at: usize) -> std::ops::RangeInclusive<usize> {
    let length = name[at..].iter().take_while(|c| **c != '/').count();
    at..=at + length
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn stars_know_segments() {
        for (pattern, name, matches) in [
            ("conf/*", "conf/a", true),
            ("conf/*", "conf/s/a", false),
            ("conf/**", "conf/s/a", true),
            ("**.yaml", "conf/s/a.yaml", true),
            ("conf/{a,b*}.yaml", "conf/bcd.yaml", true),
            ("conf/{a,b*}.yaml", "conf/c.yaml", false),
            ("[a-c]?", "bx", true),
            ("[!a-c]?", "bx", false),
            ("[", "anything/at/all", true),
            ("\\*", "*", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(name), matches, "{pattern} {name}");
        }
    }
}
