//! Label selectors, as `list -l` takes them.

use std::collections::BTreeMap;
use std::str::FromStr;

/// Terms that labels must all meet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Term>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    key: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Present,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
}

/// A text that is no selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unable to parse requirement: {term:?} is no requirement")]
pub(crate) struct InvalidSelector {
    term: String,
}

impl FromStr for Selector {
    type Err = InvalidSelector;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let terms = split_terms(text)
            .into_iter()
            .map(str::trim)
            .filter(|term| !term.is_empty());
        terms.map(term).collect::<Result<_, _>>().map(Self)
    }
}

impl Selector {
    /// Do these labels meet all terms?
    pub(crate) fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|Term { key, test }| match (test, labels.get(key)) {
            (Test::Present, value) => value.is_some(),
            (Test::Absent, value) => value.is_none(),
            (Test::In(wanted), Some(value)) => wanted.contains(value),
            (Test::In(_), None) => false,
            (Test::NotIn(unwanted), value) => value.is_none_or(|value| !unwanted.contains(value)),
        })
    }
}

/// Commas part terms, but not within parentheses.
fn split_terms(text: &str) -> Vec<&str> {
    let (mut terms, mut start, mut inside) = (Vec::new(), 0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => inside = true,
            b')' => inside = false,
            b',' if !inside => {
                terms.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(&text[start..]);
    terms
}

fn term(text: &str) -> Result<Term, InvalidSelector> {
    let invalid = || InvalidSelector { term: text.to_owned() };
    let new = |key: &str, test| {
        let key = key.trim();
        let plain = !key.is_empty() && !key.contains(|c: char| c.is_whitespace() || "!=()<>".contains(c));
        if plain {
            Ok(Term {
                key: key.to_owned(),
                test,
            })
        } else {
            Err(invalid())
        }
    };
    let one = |value: &str| vec![value.trim().to_owned()];
    if let Some((key, value)) = text.split_once("!=") {
        return new(key, Test::NotIn(one(value)));
    }
    if let Some((key, value)) = text.split_once('=') {
        return new(key, Test::In(one(value.strip_prefix('=').unwrap_or(value))));
    }
    if let Some((head, list)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        let values = list.split(',').map(|value| value.trim().to_owned()).collect();
        return match head.trim().rsplit_once(char::is_whitespace) {
            Some((key, "in")) => new(key, Test::In(values)),
            Some((key, "notin")) => new(key, Test::NotIn(values)),
            _ => Err(invalid()),
        };
    }
    match text.strip_prefix('!') {
        Some(key) => new(key, Test::Absent),
        None => new(text, Test::Present),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_choose_by_labels() {
        let labels = BTreeMap::from([("team".to_owned(), "blue".to_owned())]);
        let matches = |text: &str| text.parse::<Selector>().map(|selector| selector.matches(&labels));
        for (text, expected) in [
            ("", true),
            ("team=blue", true),
            ("team==blue,owner!=x", true),
            ("team in (red, blue),!owner", true),
            ("team notin (blue)", false),
            ("owner", false),
        ] {
            assert_eq!(matches(text), Ok(expected), "{text}");
        }
        assert!(matches("a b").is_err());
        assert!(matches("a is (b)").is_err());
    }
}
