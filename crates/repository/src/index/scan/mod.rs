//! The regular block style that Helm and its kin write, read in one pass without a tree.
//!
//! The scanner answers only when it is certain; whatever it does not know makes it give up, and the general reader
//! decides. An odd entry alone is cut out and given to the general reader: a cut at a `- ` of the list of versions cannot
//! fall into a block scalar, and within quotes or brackets it leaves an unfinished text, which is refused.

mod entry;
mod scalar;

use super::record::{Builder, Index};
use super::{Budgets, fields, read};

/// The index in `text`, or `None` where only the general reader can tell.
pub(super) fn scan(text: &[u8], budgets: Budgets) -> Option<Index> {
    let text = std::str::from_utf8(text).ok()?;
    if !scalar::is_plain_text(text) {
        return None;
    }
    let mut scanner = Scanner {
        lines: Lines::new(text.strip_prefix("---\n").unwrap_or(text)),
        builder: Builder::new(budgets),
        has_api_version: false,
        seen: Vec::new(),
    };
    while let Some(line) = scanner.lines.peek() {
        scanner.top_field(line)?;
    }
    scanner.has_api_version.then(|| scanner.builder.finish())
}

/// A line that is neither blank nor a comment.
#[derive(Debug, Clone, Copy)]
struct Line<'t> {
    /// Spaces before the body.
    indent: usize,
    /// The rest, without trailing spaces.
    body: &'t str,
    /// Where the line begins.
    start: usize,
    /// Where the next one begins.
    end: usize,
}

#[derive(Debug, Clone, Copy)]
struct Lines<'t> {
    text: &'t str,
    position: usize,
    /// The line that was looked at last: most are looked at more than once.
    last: Option<Line<'t>>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            position: 0,
            last: None,
        }
    }

    /// The line at the position, blank or not.
    fn raw(&mut self) -> Option<Line<'t>> {
        if let Some(line) = self.last.filter(|line| line.start == self.position) {
            return Some(line);
        }
        self.last = self.cut();
        self.last
    }

    fn cut(&self) -> Option<Line<'t>> {
        let rest = self.text.get(self.position..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').unwrap_or(rest.len());
        let line = &rest[..length];
        let body = line.trim_start_matches(' ');
        Some(Line {
            indent: length - body.len(),
            body: body.trim_end_matches(' '),
            start: self.position,
            end: (self.position + length + 1).min(self.text.len()),
        })
    }

    /// The next line that counts.
    fn peek(&mut self) -> Option<Line<'t>> {
        loop {
            let line = self.raw()?;
            if !line.body.is_empty() && !line.body.starts_with('#') {
                return Some(line);
            }
            self.position = line.end;
        }
    }

    fn skip(&mut self, line: Line<'_>) {
        self.position = line.end;
    }
}

struct Scanner<'t> {
    lines: Lines<'t>,
    builder: Builder,
    has_api_version: bool,
    seen: Vec<&'t str>,
}

impl<'t> Scanner<'t> {
    fn top_field(&mut self, line: Line<'t>) -> Option<()> {
        let (key, value) = scalar::split_key(line.body)?;
        if line.indent != 0 || self.seen.contains(&key) {
            return None;
        }
        self.seen.push(key);
        match key {
            "apiVersion" | "generated" => {
                let text = scalar::read(&mut self.lines, line, value, 0)?;
                self.has_api_version |= key == "apiVersion" && !text.is_empty();
            }
            "entries" if value.is_empty() => {
                self.lines.skip(line);
                self.charts()?;
            }
            "entries" if value == "{}" => self.lines.skip(line),
            "serverInfo" | "annotations" | "publicKeys" => self.other_field(line)?,
            _ => return None,
        }
        Some(())
    }

    /// A field of no interest, through the general reader.
    fn other_field(&mut self, line: Line<'t>) -> Option<()> {
        self.lines.skip(line);
        while let Some(next) = self.lines.raw() {
            if !next.body.is_empty() && next.indent == 0 && !next.body.starts_with("- ") {
                break;
            }
            self.lines.skip(next);
        }
        let text = &self.lines.text[line.start..self.lines.position];
        ironhelm_yaml::decode_strict(text.as_bytes()).is_ok().then_some(())
    }

    fn charts(&mut self) -> Option<()> {
        let first = self.lines.peek().filter(|line| line.indent > 0)?;
        let indent = first.indent;
        while let Some(line) = self.lines.peek().filter(|line| line.indent > 0) {
            if line.indent != indent {
                return None;
            }
            let (key, value) = scalar::split_any_key(line.body)?;
            self.lines.skip(line);
            match value {
                "" => self.versions(indent)?,
                "[]" => {}
                _ => return None,
            }
            if !self.builder.finish_chart(key) {
                return None;
            }
        }
        Some(())
    }

    fn versions(&mut self, parent: usize) -> Option<()> {
        let first = self.lines.peek()?;
        let indent = first.indent;
        if indent < parent || !first.body.starts_with("- ") {
            return None;
        }
        while let Some(line) = self.lines.peek() {
            if line.indent != indent || !line.body.starts_with("- ") {
                // A line that is deeper than the list, or neither in it nor above it, belongs to something unknown.
                return (line.indent <= parent).then_some(());
            }
            let start = self.lines.position;
            if entry::scan(&mut self.lines, &mut self.builder, indent).is_none() {
                self.lines.position = start;
                self.odd_version(line)?;
            }
        }
        Some(())
    }

    /// A version in an unusual style, or one that is not valid: through the general reader, by itself.
    fn odd_version(&mut self, first: Line<'t>) -> Option<()> {
        self.lines.skip(first);
        while let Some(line) = self.lines.raw() {
            if !line.body.is_empty() && line.indent <= first.indent {
                break;
            }
            self.lines.skip(line);
        }
        // As an item of a list the version must end where the list ends: what is out of line cannot be overlooked.
        let text = format!("x:\n{}", &self.lines.text[first.start..self.lines.position]);
        let mut tree = ironhelm_yaml::decode_strict(text.as_bytes()).ok()?;
        let [tree] = tree.get_mut("x")?.as_array_mut()?.as_mut_slice() else {
            return None;
        };
        fields::check(tree.as_object()?, &fields::VERSION, fields::Unknown::Error).ok()?;
        // A version that is skipped makes a warning; their order is the general reader's to tell.
        let (version, owned) = read::version(tree).ok()?;
        self.builder.push(version, &owned.as_entry()).ok()
    }
}
