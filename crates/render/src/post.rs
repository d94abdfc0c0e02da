//! Post-rendering: all that was rendered goes through a program of the user's, hooks too.
//!
//! The program gets one stream of documents, each with an annotation that names the template it came from; what it gives back
//! is sorted into files again by that annotation, which is taken away. Documents are edited as text where that can be done,
//! so that comments and the order of keys survive a program that leaves them alone.

use serde_json::{Map, Value, json};

use crate::engine::Outputs;
use crate::error::Failure;
use crate::split::split_documents;
use crate::world::World;

const FILE: &str = "postrenderer.helm.sh/postrender-filename";

/// Lets the world rewrite what templates wrote.
pub(crate) fn post_render(outputs: Outputs, world: &dyn World) -> Result<Outputs, Failure> {
    if !world.post_renders() {
        return Ok(outputs);
    }
    let merged = merge(&outputs).map_err(|reason| Failure::PostRender(format!("error merging manifests: {reason}")))?;
    let rewritten = world
        .post_render(&merged)
        .map_err(|reason| Failure::PostRender(format!("error while running post render on files: {reason}")))?;
    part(&rewritten)
        .map_err(|reason| Failure::PostRender(format!("error while parsing post rendered output: {reason}")))
}

fn merge(outputs: &Outputs) -> Result<String, String> {
    let mut documents = Vec::new();
    for (path, text) in outputs {
        for document in split_documents(&String::from_utf8_lossy(text)) {
            // The end of the line that the separator took belongs to the document: a block scalar may end there.
            let document = &with_newline(document);
            let tree = read(document).map_err(|reason| format!("parsing {path}: {reason}"))?;
            match tree {
                Value::Null => {}
                Value::Object(_) => documents.push(marked(document, tree, path)),
                _ => return Err(format!("parsing {path}: a document is no object")),
            }
        }
    }
    Ok(documents.join("---\n"))
}

fn part(text: &str) -> Result<Outputs, String> {
    let mut files: Outputs = Outputs::new();
    for (index, document) in split_documents(text).into_iter().enumerate() {
        let document = with_newline(document);
        let tree = read(&document)?;
        if tree.is_null() {
            continue;
        }
        let file = tree.pointer("/metadata/annotations").and_then(|found| found.get(FILE));
        let file = file.and_then(Value::as_str);
        let path = file.map_or_else(|| format!("generated-by-postrender-{index}.yaml"), str::to_owned);
        let document = if file.is_some() {
            unmarked(&document, tree)
        } else {
            document
        };
        let written = files.entry(path).or_default();
        if !written.is_empty() {
            written.extend_from_slice(b"---\n");
        }
        written.extend_from_slice(document.as_bytes());
    }
    Ok(files)
}

fn read(document: &str) -> Result<Value, String> {
    ironhelm_yaml::decode(document.as_bytes()).map_err(|error| error.conversion_text())
}

fn with_newline(text: &str) -> String {
    format!("{}\n", text.trim_end())
}

/// The document with the annotation.
fn marked(document: &str, mut tree: Value, path: &str) -> String {
    edit_annotations(&mut tree, |annotations| {
        annotations.insert(FILE.to_owned(), path.into());
    });
    let text = insert_annotation(document, &format!("{FILE}: '{}'", path.replace('\'', "''")));
    if read(&text).as_ref() == Ok(&tree) {
        text
    } else {
        ironhelm_yaml::encode(&tree)
    }
}

/// Does something with the annotations of an object; what is in their place and is no table is replaced.
fn edit_annotations(tree: &mut Value, edit: impl FnOnce(&mut Map<String, Value>)) {
    if !tree["metadata"].is_object() {
        tree["metadata"] = json!({});
    }
    let annotations = &mut tree["metadata"]["annotations"];
    let mut table = annotations.as_object().cloned().unwrap_or_default();
    edit(&mut table);
    *annotations = Value::Object(table);
}

/// Puts a line at the end of a document's annotations, as far as they are written in block style.
fn insert_annotation(document: &str, line: &str) -> String {
    let mut lines: Vec<String> = document.trim_end().lines().map(str::to_owned).collect();
    let Some(start) = lines.iter().position(|line| line.trim_end() == "metadata:") else {
        lines.push(format!("metadata:\n  annotations:\n    {line}"));
        return lines.join("\n") + "\n";
    };
    let end = block_end(&lines, start, 0);
    let indent = lines.get(start + 1..end).map_or(2, first_indent);
    let is_annotations = |line: &String| indent_of(line) == indent && line.trim() == "annotations:";
    match lines[start..end].iter().position(is_annotations) {
        Some(at) => {
            let at = start + at;
            let end = block_end(&lines, at, indent);
            let deeper = first_indent(&lines[at + 1..end]).max(indent + 1);
            lines.insert(end, format!("{:deeper$}{line}", ""));
        }
        None => {
            let deeper = indent + 2;
            lines.insert(end, format!("{:indent$}annotations:\n{:deeper$}{line}", "", ""));
        }
    }
    lines.join("\n") + "\n"
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn first_indent(block: &[String]) -> usize {
    let first = block
        .iter()
        .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    first.map_or(2, |line| indent_of(line))
}

/// Where the block ends whose head stands at `start` with `indent`.
fn block_end(lines: &[String], start: usize, indent: usize) -> usize {
    let inside = |line: &String| line.trim().is_empty() || indent_of(line) > indent;
    let mut end = start + 1;
    while end < lines.len() && inside(&lines[end]) {
        end += 1;
    }
    end
}

/// The document without the annotation, and without annotations when that was the only one.
fn unmarked(document: &str, mut tree: Value) -> String {
    edit_annotations(&mut tree, |annotations| {
        annotations.remove(FILE);
    });
    if tree["metadata"]["annotations"].as_object().is_some_and(Map::is_empty) {
        remove(&mut tree["metadata"], "annotations");
    }
    if tree["metadata"].as_object().is_some_and(Map::is_empty) {
        remove(&mut tree, "metadata");
    }
    let text = without_line(document);
    if read(&text).as_ref() == Ok(&tree) {
        text
    } else {
        ironhelm_yaml::encode(&tree)
    }
}

fn remove(tree: &mut Value, key: &str) {
    if let Value::Object(table) = tree {
        table.remove(key);
    }
}

/// Takes the annotation's line away, and heads of blocks that are empty then.
fn without_line(document: &str) -> String {
    let mut lines: Vec<String> = document.trim_end().lines().map(str::to_owned).collect();
    if let Some(at) = lines.iter().position(|line| line.trim_start().starts_with(FILE)) {
        lines.remove(at);
        for head in ["annotations:", "metadata:"] {
            let empty = last_head(&lines, at, head)
                .filter(|&above| block_end(&lines, above, indent_of(&lines[above])) == above + 1);
            empty.map(|above| lines.remove(above));
        }
    }
    lines.join("\n") + "\n"
}

/// The nearest line above `at` that is `head`.
fn last_head(lines: &[String], at: usize, head: &str) -> Option<usize> {
    lines.iter().take(at).rposition(|line| line.trim() == head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(text: &str) -> (String, String) {
        let outputs = Outputs::from([("c/templates/a.yaml".to_owned(), text.as_bytes().to_vec())]);
        let merged = merge(&outputs).unwrap();
        let back = part(&merged).unwrap();
        let back = back.values().map(|text| String::from_utf8_lossy(text).into_owned());
        (merged.clone(), back.collect())
    }

    #[test]
    fn a_program_that_changes_nothing_changes_nothing() {
        for text in [
            "# head\nkind: A\nmetadata:\n    # com\n    name: x\n    labels: {a: b}\ndata:\n  a: |\n    x\n",
            "kind: A\n",
            "kind: A\nmetadata:\n  annotations:\n    \"helm.sh/hook\": test\n  name: x\n",
            "kind: A\nmetadata:\n  name: x\n---\nkind: B\nmetadata:\n  annotations:\n    a: b\n",
        ] {
            let (merged, back) = through(text);
            assert_eq!(back, text);
            assert_eq!(merged.matches(FILE).count(), text.matches("kind").count());
            assert!(merged.contains("postrender-filename: 'c/templates/a.yaml'"), "{merged}");
        }
    }

    #[test]
    fn what_cannot_be_edited_is_written_anew() {
        let (merged, back) = through("{kind: A, metadata: {name: x}}\n---\n# nothing\n");
        let expected = "kind: A\nmetadata:\n  annotations:\n    postrenderer.helm.sh/postrender-filename: c/templates/a.yaml\n  name: x\n";
        assert_eq!(merged, expected);
        assert_eq!(back, "kind: A\nmetadata:\n  name: x\n");
    }

    #[test]
    fn documents_without_the_annotation_get_a_file_of_their_own() {
        let files = part("kind: A\n---\nkind: B\n").unwrap();
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["generated-by-postrender-0.yaml", "generated-by-postrender-1.yaml"]
        );
    }
}
