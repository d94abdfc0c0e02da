//! `hints.yaml`: where in the values of a chart the names of its images stand.
//!
//! A hint is a text with placeholders, `{{ .image.registry }}/{{ .image.repository }}:{{ .image.tag }}`. It is no template:
//! a placeholder is a path of keys and nothing else.

use std::fmt;

use serde_json::Value;

/// A path of keys into the values of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValuePath(pub Vec<String>);

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// One hint, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    text: String,
    parts: Vec<Part>,
    name: Name,
    tag: Option<ValuePath>,
    digest: Option<ValuePath>,
}

/// Which placeholders carry the name without tag and digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// One for all of it; what is written around it is fixed.
    Whole {
        /// The placeholder.
        path: ValuePath,
        /// The text before it.
        before: String,
        /// The text between it and what separates tag or digest.
        after: String,
    },
    /// One for the registry and one for the repository.
    Split {
        /// The registry.
        registry: ValuePath,
        /// The repository.
        repository: ValuePath,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(ValuePath),
}

/// Why hints cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HintError {
    /// The file is no list of strings.
    #[error("image pattern file is not in the correct format: {problem}")]
    Format {
        /// What it is instead.
        problem: String,
    },
    /// A hint that breaks the rules for placeholders.
    #[error("failed to parse image template \"{hint}\": {problem}")]
    Template {
        /// The hint.
        hint: String,
        /// The broken rule.
        problem: &'static str,
    },
    /// A placeholder that leads to nothing.
    #[error("hint \"{hint}\": the chart's values have no \"{path}\"{}", Missing(missing))]
    MissingValue {
        /// The hint.
        hint: String,
        /// The placeholder.
        path: ValuePath,
        /// The part of the path that is not there.
        missing: String,
    },
    /// A placeholder that leads to something that cannot be part of a name.
    #[error("hint \"{hint}\": the value of \"{path}\" is {found}, not a text")]
    NotText {
        /// The hint.
        hint: String,
        /// The placeholder.
        path: ValuePath,
        /// What is there.
        found: &'static str,
    },
}

struct Missing<'a>(&'a str);

impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            Ok(())
        } else {
            write!(f, " (there is no \"{}\")", self.0)
        }
    }
}

/// Reads `hints.yaml`; an empty file has no hints.
///
/// # Errors
/// [`HintError`] naming the hint.
pub fn parse(text: &[u8]) -> Result<Vec<Hint>, HintError> {
    let format = |problem: String| HintError::Format { problem };
    let items = match ironhelm_yaml::decode(text).map_err(|error| format(error.to_string()))? {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) => items,
        _ => return Err(format("a list of strings is wanted".to_owned())),
    };
    let mut hints: Vec<Hint> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let Value::String(text) = item else {
            return Err(format(format!("item {} is no string", index + 1)));
        };
        let hint = Hint::new(text)?;
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    Ok(hints)
}

impl Hint {
    /// Takes a hint apart.
    ///
    /// # Errors
    /// [`HintError::Template`].
    pub fn new(text: &str) -> Result<Self, HintError> {
        let parts = split(text);
        let fail = |problem| HintError::Template {
            hint: text.to_owned(),
            problem,
        };
        let tag = separated(&parts, ':').map_err(|()| fail("too many tag template matches"))?;
        let digest = separated(&parts, '@').map_err(|()| fail("too many digest template matches"))?;
        let named: Vec<usize> = (0..parts.len())
            .filter(|&index| matches!(parts[index], Part::Value(_)) && Some(index) != tag && Some(index) != digest)
            .collect();
        let path = |index: usize| match &parts[index] {
            Part::Value(path) => path.clone(),
            Part::Text(_) => ValuePath(Vec::new()),
        };
        let name = match named[..] {
            [] => return Err(fail("missing repo or a registry fragment")),
            [whole] => Name::Whole {
                path: path(whole),
                before: literal(&parts[..whole]),
                after: literal_after(&parts[whole + 1..], tag.is_some() || digest.is_some()),
            },
            [registry, repository] => Name::Split {
                registry: path(registry),
                repository: path(repository),
            },
            _ => return Err(fail("more fragments than expected")),
        };
        Ok(Self {
            text: text.to_owned(),
            name,
            tag: tag.map(path),
            digest: digest.map(path),
            parts,
        })
    }

    /// The hint as it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The placeholders of the name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The placeholder of the tag.
    #[must_use]
    pub fn tag(&self) -> Option<&ValuePath> {
        self.tag.as_ref()
    }

    /// The placeholder of the digest.
    #[must_use]
    pub fn digest(&self) -> Option<&ValuePath> {
        self.digest.as_ref()
    }

    /// Whether tag or digest have a placeholder; if not, they are part of the name.
    #[must_use]
    pub fn is_versioned(&self) -> bool {
        self.tag.is_some() || self.digest.is_some()
    }

    /// The text with each placeholder replaced by what `value` tells for it.
    ///
    /// # Errors
    /// The first of `value`.
    pub fn render<E>(&self, mut value: impl FnMut(&ValuePath) -> Result<String, E>) -> Result<String, E> {
        let mut rendered = String::with_capacity(self.text.len());
        for part in &self.parts {
            match part {
                Part::Text(text) => rendered.push_str(text),
                Part::Value(path) => rendered.push_str(&value(path)?),
            }
        }
        Ok(rendered)
    }
}

/// Cuts the text at its placeholders: `{{`, blanks, the shortest text, blanks, `}}`.
fn split(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start + 2..].find("}}") else {
            break;
        };
        if start > 0 {
            parts.push(Part::Text(rest[..start].to_owned()));
        }
        let inside = rest[start + 2..start + 2 + length].trim();
        // The first letter is the dot, whatever it is.
        let mut letters = inside.chars();
        letters.next();
        parts.push(Part::Value(ValuePath(
            letters.as_str().split('.').map(str::to_owned).collect(),
        )));
        rest = &rest[start + length + 4..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    parts
}

/// The placeholder right behind `separator`, if there is one; an error if there are more.
fn separated(parts: &[Part], separator: char) -> Result<Option<usize>, ()> {
    let mut found = (1..parts.len()).filter(|&index| {
        let before = matches!(&parts[index - 1], Part::Text(text) if text.ends_with(separator));
        before && matches!(parts[index], Part::Value(_))
    });
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(()),
        (first, None) => Ok(first),
    }
}

fn literal(parts: &[Part]) -> String {
    let texts = parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::Value(_) => None,
    });
    texts.collect()
}

/// The text behind the name; what separates it from tag or digest is not part of it.
fn literal_after(parts: &[Part], versioned: bool) -> String {
    match parts.first() {
        Some(Part::Text(text)) if versioned && parts.len() > 1 => text[..text.len() - 1].to_owned(),
        Some(Part::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ValuePath {
        ValuePath(text.split('.').map(str::to_owned).collect())
    }

    fn echo(path: &ValuePath) -> Result<String, ()> {
        Ok(format!("<{path}>"))
    }

    #[test]
    fn placeholders_get_their_roles() {
        let hint = Hint::new("{{ .i.registry }}/{{.i.repo-sitory}}:{{ .i.tag }}").unwrap();
        assert_eq!(
            *hint.name(),
            Name::Split {
                registry: path("i.registry"),
                repository: path("i.repo-sitory")
            }
        );
        assert_eq!(hint.tag(), Some(&path("i.tag")));
        assert_eq!(hint.render(echo), Ok("<i.registry>/<i.repo-sitory>:<i.tag>".to_owned()));

        let hint = Hint::new("docker.io/{{ .x }}@{{ .d }}").unwrap();
        let whole = Name::Whole {
            path: path("x"),
            before: "docker.io/".to_owned(),
            after: String::new(),
        };
        assert_eq!(*hint.name(), whole);
        assert_eq!(hint.digest(), Some(&path("d")));

        let hint = Hint::new("{{ .a }}/app:v1").unwrap();
        let whole = Name::Whole {
            path: path("a"),
            before: String::new(),
            after: "/app:v1".to_owned(),
        };
        assert_eq!(*hint.name(), whole);
        assert!(!hint.is_versioned());
    }

    #[test]
    fn broken_hints_are_named() {
        let cases = [
            (
                "- ':{{ .a }}'",
                "failed to parse image template \":{{ .a }}\": missing repo or a registry fragment",
            ),
            (
                "- '{{ .a }}:{{ .b }}:{{ .c }}'",
                "failed to parse image template \"{{ .a }}:{{ .b }}:{{ .c }}\": too many tag template matches",
            ),
            (
                "- '{{ .a }}{{ .b }}/{{ .c }}'",
                "failed to parse image template \"{{ .a }}{{ .b }}/{{ .c }}\": more fragments than expected",
            ),
            (
                "a: b",
                "image pattern file is not in the correct format: a list of strings is wanted",
            ),
            (
                "- 1",
                "image pattern file is not in the correct format: item 1 is no string",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text.as_bytes()).unwrap_err().to_string(), expected);
        }
        assert_eq!(parse(b"").unwrap(), []);
        assert_eq!(parse(b"- '{{ .a }}'\n- '{{ .a }}'\n").unwrap().len(), 1);
    }
}
