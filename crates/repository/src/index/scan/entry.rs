//! One version of a chart in block style.

use std::borrow::Cow;

use ironhelm_chart::semver::Version;

use super::super::fields::{self, Field, Kind};
use super::super::record::{Builder, Entry};
use super::scalar::{self, Scalar};
use super::{Line, Lines};

/// The most annotations whose keys are compared one by one.
const MAX_KEYS: usize = 64;

/// The texts of a version as far as they are kept.
#[derive(Default)]
struct Draft<'t> {
    name: Scalar<'t>,
    version: Scalar<'t>,
    app_version: Scalar<'t>,
    description: Scalar<'t>,
    kind: Scalar<'t>,
    digest: Scalar<'t>,
    keywords: Vec<Scalar<'t>>,
    urls: Vec<Scalar<'t>>,
    deprecated: bool,
}

/// Reads the version whose first line is `- …` at `indent`; `None` where it is not of the common style or not valid.
pub(super) fn scan(lines: &mut Lines<'_>, builder: &mut Builder, indent: usize) -> Option<()> {
    let draft = fields_of(lines, indent)?;
    let version = check(&draft)?;
    let keywords = match draft.keywords.as_slice() {
        [] => Cow::Borrowed(""),
        [one] => Cow::Borrowed(one.as_ref()),
        many => Cow::Owned(many.join(" ")),
    };
    let entry = Entry {
        name: &draft.name,
        version: &draft.version,
        app_version: &draft.app_version,
        description: &draft.description,
        keywords: &keywords,
        digest: &draft.digest,
        deprecated: draft.deprecated,
        urls: draft.urls.iter().map(AsRef::as_ref).collect(),
    };
    builder.push(version, &entry).ok()
}

/// What Helm would change or skip is left to the general reader.
fn check(draft: &Draft<'_>) -> Option<Version> {
    let name = draft.name.as_ref();
    let name_fits = !matches!(name, "" | "." | "..") && !name.contains('/');
    let kind_fits = matches!(draft.kind.as_ref(), "" | "application" | "library");
    let shown = [&draft.name, &draft.app_version, &draft.description];
    let is_sane = shown
        .into_iter()
        .chain(&draft.keywords)
        .all(|text| scalar::is_ascii_line(text));
    (name_fits && kind_fits && is_sane).then(|| Version::parse(&draft.version).ok())?
}

fn fields_of<'t>(lines: &mut Lines<'t>, indent: usize) -> Option<Draft<'t>> {
    let mut draft = Draft::default();
    let mut seen = 0_u32;
    let mut map = MapLines::begin(lines, indent)?;
    while let Some((line, key, value)) = map.next(lines)? {
        let place = fields::VERSION.iter().position(|field| field.name == key)?;
        if seen & (1 << place) != 0 {
            return None;
        }
        seen |= 1 << place;
        read_field(lines, &mut draft, &fields::VERSION[place], (line, value), map.indent)?;
    }
    Some(draft)
}

fn read_field<'t>(
    lines: &mut Lines<'t>,
    draft: &mut Draft<'t>,
    field: &Field,
    (line, value): (Line<'t>, &'t str),
    indent: usize,
) -> Option<()> {
    match field.kind {
        Kind::Text | Kind::Time => {
            let text = scalar::read(lines, line, value, indent)?;
            match field.name {
                "name" => draft.name = text,
                "version" => draft.version = text,
                "appVersion" => draft.app_version = text,
                "description" => draft.description = text,
                "type" => draft.kind = text,
                "digest" => draft.digest = text,
                _ => {}
            }
        }
        Kind::Flag => {
            let flag = scalar::flag(value)?;
            lines.skip(line);
            if field.name == "deprecated" {
                draft.deprecated = flag;
            }
        }
        Kind::Texts => {
            let texts = texts(lines, line, value, indent)?;
            match field.name {
                "keywords" => draft.keywords = texts,
                "urls" => draft.urls = texts,
                _ => {}
            }
        }
        Kind::TextMap => text_map(lines, line, value, indent)?,
        Kind::Maintainers => maps(lines, (line, value), indent, &fields::MAINTAINER_FIELDS)?,
        Kind::Dependencies => maps(lines, (line, value), indent, &fields::DEPENDENCY_FIELDS)?,
        Kind::Anything => return None,
    }
    Some(())
}

fn texts<'t>(lines: &mut Lines<'t>, line: Line<'t>, value: &str, indent: usize) -> Option<Vec<Scalar<'t>>> {
    lines.skip(line);
    if value == "[]" {
        return Some(Vec::new());
    }
    let list = lines.peek()?.indent;
    if !value.is_empty() || list < indent {
        return None;
    }
    let mut texts = Vec::new();
    while let Some(line) = lines
        .peek()
        .filter(|line| line.indent == list && line.body.starts_with("- "))
    {
        let value = line.body[2..].trim_start_matches(' ');
        texts.push(scalar::read(lines, line, value, list)?);
    }
    (!texts.is_empty() && ends_at(lines, list, indent)).then_some(texts)
}

/// After a list at `list` in a map at `indent`: the next line belongs to the map or to something around it.
fn ends_at(lines: &mut Lines<'_>, list: usize, indent: usize) -> bool {
    lines.peek().is_none_or(|line| {
        line.indent <= indent && (list > indent || line.indent < indent || !line.body.starts_with('-'))
    })
}

fn text_map<'t>(lines: &mut Lines<'t>, line: Line<'t>, value: &str, indent: usize) -> Option<()> {
    lines.skip(line);
    if value == "{}" {
        return Some(());
    }
    let inner = lines.peek()?.indent;
    if !value.is_empty() || inner <= indent {
        return None;
    }
    let mut keys: Vec<&str> = Vec::new();
    while let Some(line) = lines.peek().filter(|line| line.indent > indent) {
        let (key, value) = scalar::split_any_key(line.body)?;
        if line.indent != inner || keys.contains(&key) || keys.len() == MAX_KEYS {
            return None;
        }
        keys.push(key);
        scalar::skip(lines, line, value, inner)?;
    }
    Some(())
}

/// A list of maps with known fields, of which nothing is kept.
fn maps<'t>(
    lines: &mut Lines<'t>,
    (line, value): (Line<'t>, &str),
    indent: usize,
    known: &'static [Field],
) -> Option<()> {
    lines.skip(line);
    if value == "[]" {
        return Some(());
    }
    let list = lines.peek()?.indent;
    if !value.is_empty() || list < indent {
        return None;
    }
    let mut count = 0;
    while lines
        .peek()
        .is_some_and(|line| line.indent == list && line.body.starts_with("- "))
    {
        map(lines, list, known)?;
        count += 1;
    }
    (count > 0 && ends_at(lines, list, indent)).then_some(())
}

fn map(lines: &mut Lines<'_>, list: usize, known: &'static [Field]) -> Option<()> {
    let mut seen = 0_u32;
    let mut map = MapLines::begin(lines, list)?;
    while let Some((line, key, value)) = map.next(lines)? {
        let place = known.iter().position(|field| field.name == key)?;
        if seen & (1 << place) != 0 {
            return None;
        }
        seen |= 1 << place;
        match known[place].kind {
            Kind::Text => {
                let text = scalar::read(lines, line, value, map.indent)?;
                if key == "alias" && !is_alias(&text) {
                    return None;
                }
            }
            Kind::Flag => {
                scalar::flag(value)?;
                lines.skip(line);
            }
            Kind::Texts => {
                texts(lines, line, value, map.indent)?;
            }
            _ => return None,
        }
    }
    Some(())
}

fn is_alias(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The fields of a map that begins behind the `- ` of a list.
struct MapLines {
    list: usize,
    indent: usize,
    is_first: bool,
}

impl MapLines {
    fn begin(lines: &mut Lines<'_>, list: usize) -> Option<Self> {
        let line = lines.peek()?;
        let rest = line.body.strip_prefix("- ")?;
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        Some(Self {
            list,
            indent: list + 2 + spaces,
            is_first: true,
        })
    }

    /// The next field: its line, key and value. `Some(None)` at the end, `None` where something else is there.
    fn next<'t>(&mut self, lines: &mut Lines<'t>) -> Option<Option<(Line<'t>, &'t str, &'t str)>> {
        let Some(line) = lines.peek() else {
            return Some(None);
        };
        let body = if self.is_first {
            self.is_first = false;
            line.body.get(self.indent - self.list..)?
        } else if line.indent == self.indent {
            line.body
        } else {
            return (line.indent <= self.list).then_some(None);
        };
        let (key, value) = scalar::split_key(body)?;
        Some(Some((line, key, value)))
    }
}
