//! Edits in the text of a values file that leave everything else as it is, byte for byte.
//!
//! Every edited text is read again: it must say what the old one said with the new values in their places and nothing
//! else. An edit that cannot be made so is an error, never a surprise.

use serde_json::{Map, Value};

use crate::outline::{Outline, Place, Reach, Stop, Table};

/// A value to write: the path of its keys in the file, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) path: Vec<String>,
    pub(crate) text: String,
}

/// Why a file cannot be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The file is not readable as YAML.
    #[error("{problem}")]
    Unreadable {
        /// What the reader says.
        problem: String,
    },
    /// There is no scalar to replace and no mapping to add one to.
    #[error("\"{path}\" {reason}")]
    Unsuitable {
        /// The path of the keys.
        path: String,
        /// What is there instead.
        reason: &'static str,
    },
    /// The edited text says something else than it should.
    #[error("setting {paths} would change other values of the file (is one of them an anchor that others refer to?)")]
    SideEffect {
        /// The paths that were to be set.
        paths: String,
    },
}

/// Makes all `edits` in `text`.
pub(crate) fn apply(text: &[u8], edits: &[Edit]) -> Result<String, EditError> {
    let unreadable = |problem: String| EditError::Unreadable { problem };
    let old = std::str::from_utf8(text).map_err(|_| unreadable("the file is not UTF-8".to_owned()))?;
    let before = ironhelm_yaml::decode(text).map_err(|error| unreadable(error.to_string()))?;
    let (mut new, deferred) = replace_scalars(old, edits);
    for edit in deferred {
        new = place(&new, edit)?;
    }
    let after = ironhelm_yaml::decode(new.as_bytes());
    if after.as_ref().ok() == Some(&expected(before, edits)) {
        return Ok(new);
    }
    let paths: Vec<String> = edits
        .iter()
        .map(|edit| format!("\"{}\"", edit.path.join(".")))
        .collect();
    Err(EditError::SideEffect {
        paths: paths.join(", "),
    })
}

/// What the edited text must say.
fn expected(mut tree: Value, edits: &[Edit]) -> Value {
    for edit in edits {
        let mut at = &mut tree;
        for key in &edit.path {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            at = &mut at[key];
        }
        *at = Value::String(edit.text.clone());
    }
    tree
}

/// Replaces the scalars that are there; the edits of others are left over.
fn replace_scalars<'e>(text: &str, edits: &'e [Edit]) -> (String, Vec<&'e Edit>) {
    let outline = Outline::new(text);
    let mut found = Vec::new();
    let mut deferred = Vec::new();
    for edit in edits {
        match outline.find(&edit.path) {
            Some(Place::Scalar(range)) => found.push((range, edit)),
            _ => deferred.push(edit),
        }
    }
    found.sort_by_key(|(range, _)| range.start);
    let mut new = String::with_capacity(text.len() + 256);
    let mut at = 0;
    for (range, edit) in found {
        new.push_str(text.get(at..range.start).unwrap_or_default());
        new.push_str(&scalar(&edit.text));
        at = range.end;
    }
    new.push_str(text.get(at..).unwrap_or_default());
    (new, deferred)
}

/// Makes an edit where no scalar is.
fn place(text: &str, edit: &Edit) -> Result<String, EditError> {
    let unsuitable = |reason| EditError::Unsuitable {
        path: edit.path.join("."),
        reason,
    };
    let new = scalar(&edit.text);
    match Outline::new(text).follow(&edit.path) {
        Reach::Whole(Place::Scalar(range) | Place::Alias(range)) => Ok(splice(text, range.start, range.end, &new)),
        Reach::Whole(Place::Nothing(at)) => Ok(splice(text, at, at, &format!(" {new}"))),
        Reach::Whole(Place::Collection(_)) => Err(unsuitable("is a mapping or a list, not a text")),
        Reach::Part(depth, Stop::Mapping(table)) => Ok(insert(text, &table, &edit.path[depth..], &new, depth)),
        Reach::Part(depth, Stop::Other(Place::Nothing(at))) => Ok(splice(
            text,
            at,
            at,
            &format!(" {{{}}}", flow(&edit.path[depth..], &new)),
        )),
        Reach::Part(depth, Stop::Other(Place::Alias(range))) => {
            let alias = text.get(range.clone()).unwrap_or_default();
            let merged = format!("{{<<: {alias}, {}}}", flow(&edit.path[depth..], &new));
            Ok(splice(text, range.start, range.end, &merged))
        }
        Reach::Part(_, Stop::Other(_)) => Err(unsuitable("leads through something that is no mapping")),
        Reach::Part(_, Stop::Empty) => Ok(append(text, &edit.path, &new)),
    }
}

fn insert(text: &str, table: &Table, path: &[String], new: &str, depth: usize) -> String {
    if table.flow {
        let open = table.range.start + 1;
        let comma = if table.first_key.is_some() { ", " } else { "" };
        return splice(text, open, open, &format!("{}{comma}", flow(path, new)));
    }
    let first = table.first_key.unwrap_or(table.range.start);
    let line_start = text
        .get(..first)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1);
    let indent = first - line_start;
    if depth == 0 && indent == 0 {
        return append(text, path, new);
    }
    let newline = newline(text);
    match &table.last_scalar {
        Some(last) => {
            let rest = text.get(last.end..).unwrap_or_default();
            let end = last.end + rest.find(['\r', '\n']).unwrap_or(rest.len());
            splice(
                text,
                end,
                end,
                &format!("{newline}{}", block(path, new, indent, newline)),
            )
        }
        None => {
            let lines = block(path, new, indent, newline);
            splice(
                text,
                first,
                first,
                &format!("{}{newline}{}", lines.trim_start(), " ".repeat(indent)),
            )
        }
    }
}

/// Adds a top-level key at the end.
fn append(text: &str, path: &[String], new: &str) -> String {
    let newline = newline(text);
    let gap = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        newline
    };
    format!("{text}{gap}{}{newline}", block(path, new, 0, newline))
}

/// Nested keys on lines of their own, without a line break at the end.
fn block(path: &[String], new: &str, indent: usize, newline: &str) -> String {
    let mut lines = Vec::with_capacity(path.len());
    for (depth, key) in path.iter().enumerate() {
        let value = if depth + 1 == path.len() {
            format!(" {new}")
        } else {
            String::new()
        };
        lines.push(format!("{}{}:{value}", " ".repeat(indent + 2 * depth), scalar(key)));
    }
    lines.join(newline)
}

/// Nested keys in braces, the outermost ones left off.
fn flow(path: &[String], new: &str) -> String {
    path.iter().rev().fold(String::new(), |inner, key| {
        let value = if inner.is_empty() {
            new.to_owned()
        } else {
            format!("{{{inner}}}")
        };
        format!("{}: {value}", scalar(key))
    })
}

fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn splice(text: &str, start: usize, end: usize, new: &str) -> String {
    let (head, tail) = (text.get(..start).unwrap_or(text), text.get(end..).unwrap_or_default());
    format!("{head}{new}{tail}")
}

/// A string as YAML writes it, in quotes only if it needs them.
pub(crate) fn scalar(text: &str) -> String {
    let encoded = ironhelm_yaml::encode(&Value::String(text.to_owned()));
    encoded.trim_end_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, edits: &[(&str, &str)]) -> Result<String, EditError> {
        let edits: Vec<Edit> = edits
            .iter()
            .map(|(path, text)| Edit {
                path: path.split('.').map(str::to_owned).collect(),
                text: (*text).to_owned(),
            })
            .collect();
        apply(text.as_bytes(), &edits)
    }

    #[test]
    fn only_the_value_changes() {
        let cases = [
            ("a:\n  b: x # why\n", "a.b", "r.io", "a:\n  b: r.io # why\n"),
            (
                "a:\r\n  b: \"x\"  \r\n  c: 1\r\n",
                "a.b",
                "r.io",
                "a:\r\n  b: r.io  \r\n  c: 1\r\n",
            ),
            (
                "# 中文\na: {b: 'x', c: y}\n",
                "a.b",
                "r:5",
                "# 中文\na: {b: r:5, c: y}\n",
            ),
            ("image: x\n", "image", "r.io/x", "image: r.io/x\n"),
            (
                "a:\n  b: >-\n    x\n    y\n  c: 1\n",
                "a.b",
                "r.io",
                "a:\n  b: r.io\n  c: 1\n",
            ),
            ("a:\n  b: |\n    x\n\nc: 1\n", "a.b", "r.io", "a:\n  b: r.io\n\nc: 1\n"),
            ("a:\n  b:\n  c: 1\n", "a.b", "r.io", "a:\n  b: r.io\n  c: 1\n"),
            ("a:\n  b: ~ # none\n", "a.b", "1.10", "a:\n  b: \"1.10\" # none\n"),
            ("a:\n  b: 12\n", "a.b", "true", "a:\n  b: \"true\"\n"),
        ];
        for (text, path, new, expected) in cases {
            assert_eq!(set(text, &[(path, new)]).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn keys_that_are_missing_are_added() {
        let cases = [
            ("", "a.b", "x", "a:\n  b: x\n"),
            ("# only a comment\n", "a.b", "x", "# only a comment\na:\n  b: x\n"),
            ("c: 1", "a.b", "x", "c: 1\na:\n  b: x\n"),
            (
                "a:\n  c: 1 # why\nd: 2\n",
                "a.b",
                "x",
                "a:\n  c: 1 # why\n  b: x\nd: 2\n",
            ),
            (
                "a:\n  c:\n    - 1\nd: 2\n",
                "a.b",
                "x",
                "a:\n  b: x\n  c:\n    - 1\nd: 2\n",
            ),
            ("a: {}\n", "a.b.c", "x", "a: {b: {c: x}}\n"),
            ("a: {c: 1}\n", "a.b", "x", "a: {b: x, c: 1}\n"),
            ("a:\nc: 1\n", "a.b", "x", "a: {b: x}\nc: 1\n"),
            (
                "d: &d {b: y, c: 1}\na: *d\n",
                "a.b",
                "x",
                "d: &d {b: y, c: 1}\na: {<<: *d, b: x}\n",
            ),
            (
                "d: &d {b: y, c: 1}\na:\n  <<: *d\n",
                "a.b",
                "x",
                "d: &d {b: y, c: 1}\na:\n  <<: *d\n  b: x\n",
            ),
            ("d: &d y\na:\n  b: *d\n", "a.b", "x", "d: &d y\na:\n  b: x\n"),
        ];
        for (text, path, new, expected) in cases {
            assert_eq!(set(text, &[(path, new)]).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn side_effects_are_refused() {
        let anchored = "a: &r docker.io\nb: *r\n";
        assert!(matches!(
            set(anchored, &[("a", "r.io")]),
            Err(EditError::SideEffect { .. })
        ));
        assert_eq!(
            set(anchored, &[("a", "r.io"), ("b", "r.io")]).as_deref(),
            Ok("a: &r r.io\nb: r.io\n")
        );
        assert!(matches!(
            set("a: [1]\n", &[("a", "x")]),
            Err(EditError::Unsuitable { .. })
        ));
    }
}
