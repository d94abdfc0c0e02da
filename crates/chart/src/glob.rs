//! Patterns for paths, as Go's `filepath.Match` reads them: `*` and `?` stop at slashes, `[a-z]` and `[^a-z]`
//! are classes, a backslash takes the next character literally.

/// A pattern that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadPattern;

/// One step of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Any run of characters but slashes.
    Run,
    /// One character but a slash.
    Any,
    /// This character.
    Literal(char),
    /// One of these, or none of these; a slash never.
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// A pattern ready to be matched.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    steps: Vec<Step>,
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Self, BadPattern> {
        let mut letters = text.chars().peekable();
        let mut steps = Vec::new();
        while let Some(letter) = letters.next() {
            steps.push(match letter {
                '*' => Step::Run,
                '?' => Step::Any,
                '[' => read_class(&mut letters)?,
                '\\' => Step::Literal(letters.next().ok_or(BadPattern)?),
                letter => Step::Literal(letter),
            });
        }
        Ok(Self { steps })
    }

    /// Does the whole of `text` match?
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut step, mut at) = (0, 0);
        // Where to go on if the last run was too short.
        let mut retry = None;
        loop {
            match self.steps.get(step) {
                Some(Step::Run) => {
                    retry = Some((step, at));
                    step += 1;
                    continue;
                }
                Some(single) if text.get(at).is_some_and(|letter| single.admits(*letter)) => {
                    (step, at) = (step + 1, at + 1);
                    continue;
                }
                None if at == text.len() => return true,
                _ => {}
            }
            match retry {
                Some((run, from)) if text.get(from).is_some_and(|letter| *letter != '/') => {
                    retry = Some((run, from + 1));
                    (step, at) = (run + 1, from + 1);
                }
                _ => return false,
            }
        }
    }
}

impl Step {
    fn admits(&self, letter: char) -> bool {
        match self {
            Self::Run => false,
            Self::Any => letter != '/',
            Self::Literal(wanted) => letter == *wanted,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&letter)) != *negated
            }
        }
    }
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn read_class(letters: &mut Letters<'_>) -> Result<Step, BadPattern> {
    let negated = letters.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while ranges.is_empty() || letters.next_if_eq(&']').is_none() {
        let low = read_bound(letters)?;
        let high = if letters.next_if_eq(&'-').is_some() {
            read_bound(letters)?
        } else {
            low
        };
        ranges.push((low, high));
    }
    Ok(Step::Class { negated, ranges })
}

fn read_bound(letters: &mut Letters<'_>) -> Result<char, BadPattern> {
    match letters.next().ok_or(BadPattern)? {
        '-' | ']' => Err(BadPattern),
        '\\' => letters.next().ok_or(BadPattern),
        letter => Ok(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching_is_that_of_go() {
        let matching = [
            ("abc", "abc"),
            ("*", "abc"),
            ("*c", "abc"),
            ("a*", "a"),
            ("a*/b", "abc/b"),
            ("a*b*c*d*e*/f", "axbxcxdxe/f"),
            ("a*b?c*x", "abxbbxdbxebxczzx"),
            ("ab[c]", "abc"),
            ("ab[^e-g]", "abc"),
            ("a\\*b", "a*b"),
            ("a???b", "aαβγb"),
            ("[\\]a]", "]"),
            ("[x\\-]", "-"),
            ("*x", "xxx"),
        ];
        for (pattern, text) in matching {
            assert!(Pattern::parse(pattern).unwrap().matches(text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("a*/b", "a/c/b"),
            ("a?b", "a/b"),
            ("ab[^b-d]", "abc"),
            ("*", "a/b"),
            ("", "a"),
            ("a*", "ab/c"),
        ] {
            assert!(!Pattern::parse(pattern).unwrap().matches(text), "{pattern} {text}");
        }
    }

    #[test]
    fn broken_patterns_are_refused() {
        for pattern in ["[]a]", "[-]", "[x-]", "[-x]", "a[", "[", "[^", "[^bc", "a\\", "[a-b-c]"] {
            assert_eq!(Pattern::parse(pattern).err(), Some(BadPattern), "{pattern}");
        }
    }
}
