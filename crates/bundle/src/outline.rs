//! Where things stand in a YAML text: the way from a path of keys to the bytes of its value.
//!
//! What a text means is decided by `ironhelm_yaml`; this only finds places, so that messages can name lines, numbers
//! can be read as they were written and edits touch nothing but one value. Whoever edits checks the result.

use std::ops::Range;

use yaml_edit::{Document, Mapping, YamlFile, YamlNode};

/// The places of a text.
pub(crate) struct Outline<'t> {
    text: &'t str,
    document: Option<Document>,
}

/// The value at the end of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A scalar; the range covers quotes and the header of a block, not tags and anchors.
    Scalar(Range<usize>),
    /// An alias, star included.
    Alias(Range<usize>),
    /// A key without a value; the place behind its colon.
    Nothing(usize),
    /// A mapping or a sequence.
    Collection(Range<usize>),
}

/// How far a path leads.
pub(crate) enum Reach {
    /// To its end.
    Whole(Place),
    /// Through the first keys of the path, as many as are told, to something that lacks the next one.
    Part(usize, Stop),
}

/// What a path ends at before its end.
pub(crate) enum Stop {
    /// A mapping without the next key.
    Mapping(Table),
    /// No mapping at all.
    Other(Place),
    /// A text that holds nothing.
    Empty,
}

/// A mapping to which a key can be added.
pub(crate) struct Table {
    /// Whether it is written in braces.
    pub(crate) flow: bool,
    /// Its bytes.
    pub(crate) range: Range<usize>,
    /// Where the first key starts.
    pub(crate) first_key: Option<usize>,
    /// The last value, if that is a scalar or an alias on one line.
    pub(crate) last_scalar: Option<Range<usize>>,
}

impl<'t> Outline<'t> {
    /// Reads the first document of `text`; faults are the business of whoever decodes the text.
    pub(crate) fn new(text: &'t str) -> Self {
        let document = YamlFile::parse(text).tree().document();
        Self { text, document }
    }

    /// Follows `path` as far as it leads.
    pub(crate) fn follow(&self, path: &[impl AsRef<str>]) -> Reach {
        let Some(mut table) = self.document.as_ref().and_then(Document::as_mapping) else {
            return Reach::Part(0, Stop::Empty);
        };
        for (depth, key) in path.iter().enumerate() {
            let Some((place, inner)) = self.step(&table, key.as_ref()) else {
                return Reach::Part(depth, Stop::Mapping(self.table(&table)));
            };
            if depth + 1 == path.len() {
                return Reach::Whole(place);
            }
            match inner {
                Some(inner) => table = inner,
                None => return Reach::Part(depth + 1, Stop::Other(place)),
            }
        }
        Reach::Part(0, Stop::Mapping(self.table(&table)))
    }

    /// The place of the value at the end of `path`.
    pub(crate) fn find(&self, path: &[impl AsRef<str>]) -> Option<Place> {
        match self.follow(path) {
            Reach::Whole(place) => Some(place),
            Reach::Part(..) => None,
        }
    }

    /// The scalar at the end of `path`, as it is written.
    pub(crate) fn source(&self, path: &[impl AsRef<str>]) -> Option<&'t str> {
        match self.find(path)? {
            Place::Scalar(range) => self.text.get(range),
            _ => None,
        }
    }

    /// The line (from one) of the last key of `path`, or of as much of the path as there is.
    pub(crate) fn line(&self, path: &[impl AsRef<str>]) -> Option<usize> {
        let mut table = self.document.as_ref().and_then(Document::as_mapping)?;
        let mut at = None;
        for key in path {
            let Some(entry) = last_entry(&table, key.as_ref()) else {
                break;
            };
            at = entry.key_node().map(|key| range(&key).start);
            match entry.value_node().and_then(|value| value.as_mapping().cloned()) {
                Some(inner) => table = inner,
                None => break,
            }
        }
        at.map(|at| line_of(self.text, at))
    }

    /// The places of the items of the sequence at the end of `path`, each with the mapping that it may be.
    pub(crate) fn items(&self, path: &[impl AsRef<str>]) -> Vec<Item<'t>> {
        let mut table = self.document.as_ref().and_then(Document::as_mapping);
        let mut sequence = None;
        for key in path {
            let value = table
                .as_ref()
                .and_then(|table| last_entry(table, key.as_ref()))
                .and_then(|entry| entry.value_node());
            sequence = value.as_ref().and_then(|value| value.as_sequence().cloned());
            table = value.and_then(|value| value.as_mapping().cloned());
        }
        let nodes = sequence
            .into_iter()
            .flat_map(|sequence| sequence.values().collect::<Vec<_>>());
        nodes.map(|node| Item { text: self.text, node }).collect()
    }

    fn step(&self, table: &Mapping, key: &str) -> Option<(Place, Option<Mapping>)> {
        let entry = last_entry(table, key)?;
        // A key without a value has a scalar without text.
        let value = entry
            .value_node()
            .filter(|value| !trimmed(self.text, range(value)).is_empty());
        let Some(value) = value else {
            let end = range(&entry.key_node()?).end;
            let colon = self.text.get(end..)?.find(':')? + end + 1;
            return Some((Place::Nothing(colon), None));
        };
        Some((self.place(&value), value.as_mapping().cloned()))
    }

    fn place(&self, value: &YamlNode) -> Place {
        let whole = trimmed(self.text, range(value));
        match value {
            YamlNode::Scalar(_) => Place::Scalar(whole),
            YamlNode::Alias(_) => Place::Alias(whole),
            YamlNode::TaggedNode(tagged) => tagged.value().map_or(Place::Collection(whole), |scalar| {
                let position = scalar.byte_range();
                Place::Scalar(trimmed(self.text, position.start as usize..position.end as usize))
            }),
            YamlNode::Mapping(_) | YamlNode::Sequence(_) => Place::Collection(whole),
        }
    }

    fn table(&self, table: &Mapping) -> Table {
        let entries: Vec<_> = table.entries().collect();
        let key = entries.first().and_then(|entry| entry.key_node());
        let last = entries.last().and_then(|entry| entry.value_node());
        let last_scalar = last
            .filter(|value| matches!(value, YamlNode::Scalar(_) | YamlNode::Alias(_)))
            .map(|value| trimmed(self.text, range(&value)));
        let position = table.byte_range();
        Table {
            flow: table.is_flow_style(),
            range: position.start as usize..position.end as usize,
            first_key: key.map(|key| range(&key).start),
            last_scalar: last_scalar.filter(|range| {
                let text = self.text.get(range.clone()).unwrap_or_default();
                !text.is_empty() && !text.contains('\n') && !text.starts_with(['|', '>'])
            }),
        }
    }
}

/// One item of a sequence.
pub(crate) struct Item<'t> {
    text: &'t str,
    node: YamlNode,
}

impl Item<'_> {
    /// The line (from one) on which the item, or its value under `key`, stands.
    pub(crate) fn line(&self, key: Option<&str>) -> usize {
        let entry = key.and_then(|key| last_entry(self.node.as_mapping()?, key));
        let place = entry.and_then(|entry| entry.key_node());
        line_of(self.text, range(place.as_ref().unwrap_or(&self.node)).start)
    }

    /// The scalar under `key`, or the item itself: its bytes.
    pub(crate) fn scalar(&self, key: Option<&str>) -> Option<Range<usize>> {
        let node = match key {
            Some(key) => last_entry(self.node.as_mapping()?, key)?.value_node()?,
            None => self.node.clone(),
        };
        node.is_scalar().then(|| trimmed(self.text, range(&node)))
    }
}

/// Go: of a key that is there twice the last one counts.
fn last_entry(table: &Mapping, key: &str) -> Option<yaml_edit::MappingEntry> {
    table
        .entries()
        .filter(|entry| {
            let name = entry.key_node();
            name.as_ref()
                .and_then(YamlNode::as_scalar)
                .is_some_and(|name| name.as_string() == key)
        })
        .last()
}

fn range(node: &YamlNode) -> Range<usize> {
    let position = node.byte_range();
    position.start as usize..position.end as usize
}

/// The range without the white space at its ends.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let inside = text.get(range.clone()).unwrap_or_default();
    let start = range.start + (inside.len() - inside.trim_start().len());
    start..start + inside.trim().len()
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.iter().filter(|&&byte| byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_found_as_they_are_written() {
        let text = "# top\r\na:\r\n  b: 1.10 # tag\r\n  c: 'x y'\r\n  d: {e: \"q\", f: 0x10}\r\n  g: &r docker.io\r\n  h: *r\r\n  i: !!str 1\r\n  j: >-\r\n    folded\r\n    text\r\n  k:\r\nl: end";
        let outline = Outline::new(text);
        assert_eq!(outline.source(&["a", "b"]), Some("1.10"));
        assert_eq!(outline.source(&["a", "c"]), Some("'x y'"));
        assert_eq!(outline.source(&["a", "d", "e"]), Some("\"q\""));
        assert_eq!(outline.source(&["a", "d", "f"]), Some("0x10"));
        assert_eq!(outline.source(&["a", "g"]), Some("docker.io"));
        assert_eq!(outline.source(&["a", "i"]), Some("1"));
        assert_eq!(outline.source(&["a", "j"]), Some(">-\r\n    folded\r\n    text"));
        assert_eq!(outline.source(&["l"]), Some("end"));
        assert!(matches!(outline.find(&["a", "h"]), Some(Place::Alias(range)) if &text[range.clone()] == "*r"));
        assert!(matches!(outline.find(&["a", "k"]), Some(Place::Nothing(_))));
        assert_eq!(outline.line(&["a", "i"]), Some(8));
        assert_eq!(outline.line(&["l"]), Some(13));
    }

    #[test]
    fn a_document_mark_and_comments_before_it_are_no_obstacle() {
        let outline = Outline::new("# head\n---\n# more\nimage: x # why\n");
        assert_eq!(outline.source(&["image"]), Some("x"));
        assert_eq!(outline.line(&["image"]), Some(4));
    }
}
