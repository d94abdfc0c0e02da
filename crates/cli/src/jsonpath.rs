//! JSONPath templates as kubectl has them: text, and expressions in braces.
//!
//! Known are fields, `['field']`, indices (negative ones count from the end), `*`, `$`, `@` and quoted text. Filters, ranges,
//! slices and recursive descent are refused by name.

use serde_json::Value;

/// The text that `template` makes of `root`. What an expression does not find is left out.
pub(crate) fn evaluate(template: &str, root: &Value) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let end = closing_brace(after).ok_or_else(|| format!("error parsing jsonpath {template}: unclosed action"))?;
        text.push_str(&expression(after[..end].trim(), root)?);
        rest = &after[end + 1..];
    }
    Ok(text + rest)
}

/// Where the brace is that ends an expression; those in quotes do not.
fn closing_brace(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, letter)| {
        match (quote, letter) {
            (None, '}') => return Some(at),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => {}
        }
        None
    })
}

fn expression(text: &str, root: &Value) -> Result<String, String> {
    if let Some(quoted) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Ok(quoted.replace("\\n", "\n").replace("\\t", "\t"));
    }
    let mut found = vec![root];
    let mut rest = text.trim_start_matches(['$', '@']);
    while !rest.is_empty() {
        let (step, after) = next_step(rest)?;
        found = found.into_iter().flat_map(|value| step.of(value)).collect();
        rest = after;
    }
    let texts: Vec<String> = found.into_iter().map(shown).collect();
    Ok(texts.join(" "))
}

/// One step into a value.
enum Step<'t> {
    Field(&'t str),
    Index(i64),
    All,
}

impl Step<'_> {
    fn of<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        match (self, value) {
            (Self::Field(name), Value::Object(fields)) => fields.get(*name).into_iter().collect(),
            (Self::Index(index), Value::Array(items)) => {
                let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
                let index = if *index < 0 { index + count } else { *index };
                usize::try_from(index)
                    .ok()
                    .and_then(|index| items.get(index))
                    .into_iter()
                    .collect()
            }
            (Self::All, Value::Array(items)) => items.iter().collect(),
            (Self::All, Value::Object(fields)) => fields.values().collect(),
            _ => Vec::new(),
        }
    }
}

fn next_step(text: &str) -> Result<(Step<'_>, &str), String> {
    let refuse = || format!("JSONPath expression {text:?} is not supported: known are fields, indices and *");
    if let Some(rest) = text.strip_prefix('[') {
        let (inside, after) = rest.split_once(']').ok_or_else(refuse)?;
        let quoted = inside.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        return match (quoted, inside) {
            (Some(name), _) => Ok((Step::Field(name), after)),
            (None, "*") => Ok((Step::All, after)),
            _ => inside
                .parse()
                .map(|index| (Step::Index(index), after))
                .map_err(|_| refuse()),
        };
    }
    let rest = text.strip_prefix('.').ok_or_else(refuse)?;
    if rest.is_empty() || rest.starts_with('[') {
        return Ok((Step::Field(""), rest)).and_then(|(_, rest)| {
            if rest.is_empty() {
                Err(refuse())
            } else {
                next_step(rest)
            }
        });
    }
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    match &rest[..end] {
        "" => Err(refuse()),
        "*" => Ok((Step::All, &rest[end..])),
        name if name.contains([' ', '(', ')']) => Err(refuse()),
        name => Ok((Step::Field(name), &rest[end..])),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => ironhelm_golang::json::encode_plain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn expressions_find_values() {
        let root = json!({ "a": { "b c": [1, "x", { "d": true }] }, "e": null });
        for (template, text) in [
            ("{.a['b c'][0]}", "1"),
            ("{$.a['b c'][-1].d}!", "true!"),
            ("{.a['b c'][*]}", "1 x {\"d\":true}"),
            ("x{.nope.b}{.e}{\"}\\n\"}", "x}\n"),
            (".a", ".a"),
        ] {
            assert_eq!(evaluate(template, &root).as_deref(), Ok(text), "{template}");
        }
        assert_eq!(
            evaluate("{", &root),
            Err("error parsing jsonpath {: unclosed action".to_owned())
        );
        assert!(evaluate("{range .a}{end}", &root).is_err());
    }
}
