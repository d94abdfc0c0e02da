//! Cutting rendered text into documents.

/// The documents of a text as Helm 4.2.3 cuts it: at `---` on a line of its own or at the start, leading white space
/// gone, white-space-only documents left out.
#[must_use]
pub fn split_documents(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let mut rest = text.trim_start();
    let mut at_start = true;
    while let Some((before, after)) = next_separator(rest, at_start) {
        documents.push(before);
        rest = after;
        at_start = false;
    }
    documents.push(rest);
    documents
        .into_iter()
        .map(str::trim_start)
        .filter(|document| !document.is_empty())
        .collect()
}

/// The text before the next separator and after it.
///
/// Go: the separator is `(?:^|\s*\n)---\s*`; `^` is the start of the whole text only.
fn next_separator(text: &str, at_start: bool) -> Option<(&str, &str)> {
    if at_start && text.starts_with("---") {
        return Some(("", skip_space(&text[3..])));
    }
    let at = text.find("\n---")?;
    // The white space before the newline belongs to the separator, from the earliest place it can start at.
    let before = text[..at].trim_end_matches(is_go_space);
    Some((before, skip_space(&text[at + 4..])))
}

/// Go's `\s`.
fn is_go_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

fn skip_space(text: &str) -> &str {
    text.trim_start_matches(is_go_space)
}

/// A document of a stored manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourcedDocument<'m> {
    /// The path in its `# Source:` comment, if it starts with one.
    pub source: Option<&'m str>,
    /// The document, that comment included.
    pub text: &'m str,
}

/// The documents of a manifest, as a release stores it.
#[must_use]
pub fn split_manifest(manifest: &str) -> Vec<SourcedDocument<'_>> {
    let sourced = |text: &'_ str| -> Option<usize> { text.starts_with("# Source: ").then_some("# Source: ".len()) };
    split_documents(manifest)
        .into_iter()
        .map(|text| {
            let source = sourced(text)
                .and_then(|start| text[start..].lines().next())
                .map(str::trim_end);
            SourcedDocument { source, text }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{split_documents, split_manifest};

    #[test]
    fn separators_are_those_of_helm() {
        for (text, documents) in [
            ("a: 1\n", vec!["a: 1\n"]),
            ("---\na: 1\n---\nb: 2\n", vec!["a: 1", "b: 2\n"]),
            ("a: 1\n\n\n---   \n\n b: 2\n", vec!["a: 1", "b: 2\n"]),
            ("---foo: 1", vec!["foo: 1"]),
            ("a: 1\n--- # comment\nb: 2", vec!["a: 1", "# comment\nb: 2"]),
            ("a: 1\n---\n\n---\nb: 2", vec!["a: 1", "---\nb: 2"]),
            ("\n\n", vec![]),
        ] {
            assert_eq!(split_documents(text), documents, "{text:?}");
        }
    }

    #[test]
    fn sources_are_found() {
        let split = split_manifest("---\n# Source: c/templates/a.yaml\nkind: A\n\n---\n# Source: c/b.yaml\nkind: B\n");
        let sources: Vec<_> = split.iter().map(|document| document.source).collect();
        assert_eq!(sources, [Some("c/templates/a.yaml"), Some("c/b.yaml")]);
    }
}
