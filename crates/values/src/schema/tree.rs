//! A flat list of what is wrong becomes the tree that Helm prints.
//!
//! Each error knows the keywords that led to it. Helm groups by them: a subschema with several
//! errors says `validation failed` above them, `allOf`, `anyOf` and `oneOf` have a line of their
//! own, and a wrong type, constant, enumeration or format hides all else that its schema says.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

use super::compile::part;
use super::wording::{quoted, quoted_list, text};

/// An error, and the keywords that lead from the schema at hand to it.
pub(super) struct Finding<'a> {
    keywords: Vec<String>,
    error: &'a ValidationError<'a>,
}

impl<'a> Finding<'a> {
    pub(super) fn new(error: &'a ValidationError<'a>) -> Self {
        let path = error.evaluation_path().as_str();
        Self {
            keywords: path.split('/').skip(1).map(unescaped).collect(),
            error,
        }
    }

    fn below(&self, keywords: usize) -> Self {
        Self {
            keywords: self.keywords.get(keywords..).unwrap_or_default().to_vec(),
            error: self.error,
        }
    }
}

/// A line of the report and the lines below it.
struct Node {
    at: Vec<String>,
    text: String,
    causes: Vec<Self>,
    /// Whether the line only gathers the lines below it, other than for a reference.
    gathers: bool,
}

/// The place of a schema: the schema itself where it is known, the keywords to it, and the place in
/// the values.
#[derive(Clone)]
struct Place<'s> {
    root: Option<&'s Value>,
    schema: Option<&'s Value>,
    keywords: usize,
    at: Vec<String>,
    /// The number of names and indexes that lead to the place.
    depth: usize,
}

/// The lines of the report, without a newline at the end.
pub(super) fn report(schema: Option<&Value>, findings: Vec<Finding<'_>>) -> String {
    let place = Place {
        root: schema,
        schema,
        keywords: 0,
        at: Vec::new(),
        depth: 0,
    };
    let mut nodes = nodes(&place, findings);
    // Helm: a line that gathers all others is left out.
    if let [
        Node {
            gathers: true, causes, ..
        },
    ] = nodes.as_mut_slice()
    {
        nodes = std::mem::take(causes);
    }
    let mut lines = String::new();
    for node in nodes {
        write_node(&mut lines, &node, 0);
    }
    lines.pop();
    lines
}

fn write_node(out: &mut String, node: &Node, level: usize) {
    let mut pointer = String::new();
    for token in &node.at {
        pointer.push('/');
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
    }
    out.push_str(&format!(
        "{}- at {}: {}\n",
        "  ".repeat(level),
        quoted(&pointer),
        node.text
    ));
    for cause in &node.causes {
        write_node(out, cause, level + 1);
    }
}

/// What a schema has to say: one node for each keyword that fails.
fn nodes(place: &Place<'_>, findings: Vec<Finding<'_>>) -> Vec<Node> {
    if let Some(decisive) = findings.iter().find(|finding| is_decisive(finding)) {
        return vec![leaf(place, decisive)];
    }
    let mut groups: Vec<(Group, Vec<Finding<'_>>)> = Vec::new();
    for finding in findings {
        let group = Group::of(&finding, place);
        match groups.iter_mut().find(|(other, _)| *other == group) {
            Some((_, members)) => members.push(finding),
            None => groups.push((group, vec![finding])),
        }
    }
    groups
        .into_iter()
        .flat_map(|(group, members)| group.nodes(place, members))
        .collect()
}

fn is_decisive(finding: &Finding<'_>) -> bool {
    finding.keywords.len() == 1
        && matches!(
            finding.error.kind(),
            Kind::Type { .. } | Kind::Constant { .. } | Kind::Enum { .. } | Kind::Format { .. }
        )
}

/// Findings that share a line.
#[derive(PartialEq)]
enum Group {
    /// Each has its own.
    Leaf(usize),
    Required,
    Dependent,
    AllOf,
    PropertyName(String),
    /// A subschema for the same value: the number of keywords that lead to it.
    Same(Vec<String>),
    /// A subschema for a part of the value.
    Inner(Vec<String>, String),
}

impl Group {
    fn of(finding: &Finding<'_>, place: &Place<'_>) -> Self {
        let keywords = &finding.keywords;
        let Some(first) = keywords.first() else {
            return Self::Leaf(address(finding));
        };
        let inner = finding
            .error
            .instance_path()
            .as_str()
            .split('/')
            .skip(1)
            .nth(place.depth)
            .map(unescaped);
        let lead = |count: usize| keywords.iter().take(count).cloned().collect::<Vec<_>>();
        match (first.as_str(), inner) {
            ("allOf", _) => Self::AllOf,
            ("propertyNames", _) => Self::PropertyName(property_name(finding)),
            ("dependentRequired" | "dependencies", _) if keywords.len() == 1 => Self::Dependent,
            ("required", _) if keywords.len() == 1 => Self::Required,
            ("dependentSchemas" | "dependencies", _) => Self::Same(lead(2)),
            ("$ref" | "$dynamicRef" | "$recursiveRef" | "then" | "else", _) => Self::Same(lead(1)),
            ("properties" | "patternProperties" | "prefixItems", Some(inner)) => Self::Inner(lead(2), inner),
            ("items", Some(inner)) if keywords.get(1).is_some_and(|k| k.bytes().all(|b| b.is_ascii_digit())) => {
                Self::Inner(lead(2), inner)
            }
            ("items" | "additionalItems" | "additionalProperties" | "unevaluatedItems", Some(inner)) => {
                Self::Inner(lead(1), inner)
            }
            ("unevaluatedProperties" | "contains", Some(inner)) => Self::Inner(lead(1), inner),
            _ => Self::Leaf(address(finding)),
        }
    }

    fn nodes(self, place: &Place<'_>, members: Vec<Finding<'_>>) -> Vec<Node> {
        match self {
            Self::Leaf(_) => members.iter().flat_map(|finding| leaves(place, finding)).collect(),
            Self::Required => vec![place.node(missing(&members))],
            Self::Dependent => dependent(place, &members),
            Self::AllOf => vec![Node {
                causes: branches(place, members),
                ..place.node("'allOf' failed".to_owned())
            }],
            Self::PropertyName(name) => vec![property(place, &name, members)],
            Self::Same(lead) => {
                let inner = place.below(&lead, None);
                let members = members.iter().map(|finding| finding.below(lead.len())).collect();
                let mut nodes = subschema(&inner, members);
                if lead.first().is_some_and(|keyword| keyword.starts_with('$')) {
                    gather_at(&inner, &mut nodes);
                }
                nodes
            }
            Self::Inner(lead, name) => {
                let inner = place.below(&lead, Some(name));
                subschema(
                    &inner,
                    members.iter().map(|finding| finding.below(lead.len())).collect(),
                )
            }
        }
    }
}

fn address(finding: &Finding<'_>) -> usize {
    std::ptr::from_ref(finding.error).addr()
}

/// The node of a subschema: its only one, or one above all.
fn subschema(place: &Place<'_>, findings: Vec<Finding<'_>>) -> Vec<Node> {
    let causes = nodes(place, findings);
    if causes.len() < 2 {
        return causes;
    }
    vec![Node {
        causes,
        gathers: true,
        ..place.node("validation failed".to_owned())
    }]
}

/// Helm: a reference gathers at its own place, and its line is never left out.
fn gather_at(place: &Place<'_>, nodes: &mut [Node]) {
    for node in nodes.iter_mut().filter(|node| node.gathers) {
        node.at.clone_from(&place.at);
        node.gathers = false;
    }
}

/// The failing subschemas of `allOf`.
fn branches(place: &Place<'_>, members: Vec<Finding<'_>>) -> Vec<Node> {
    let mut branches: Vec<(Vec<String>, Vec<Finding<'_>>)> = Vec::new();
    for finding in members {
        let lead: Vec<_> = finding.keywords.iter().take(2).cloned().collect();
        let inner = finding.below(2);
        match branches.iter_mut().find(|(other, _)| *other == lead) {
            Some((_, members)) => members.push(inner),
            None => branches.push((lead, vec![inner])),
        }
    }
    branches
        .into_iter()
        .flat_map(|(lead, members)| subschema(&place.below(&lead, None), members))
        .collect()
}

fn missing(members: &[Finding<'_>]) -> String {
    let names: Vec<_> = members
        .iter()
        .filter_map(|finding| required_name(finding.error))
        .collect();
    let noun = if names.len() == 1 { "property" } else { "properties" };
    format!("missing {noun} {}", quoted_list(&names))
}

fn required_name<'a>(error: &'a ValidationError<'_>) -> Option<&'a str> {
    match error.kind() {
        Kind::Required { property } => property.as_str(),
        _ => None,
    }
}

/// One node for each name that needs others; the errors only tell which are missing.
fn dependent(place: &Place<'_>, members: &[Finding<'_>]) -> Vec<Node> {
    let keyword = members
        .first()
        .and_then(|finding| finding.keywords.first())
        .map_or("", String::as_str);
    let needs = place
        .schema
        .and_then(|schema| schema.get(keyword))
        .and_then(Value::as_object);
    let value = members.first().map(|finding| finding.error.instance().as_ref());
    let nodes = needs.into_iter().flatten().filter_map(|(name, needed)| {
        let value = value.filter(|value| value.get(name).is_some())?;
        let needed = needed.as_array()?.iter().filter_map(Value::as_str);
        let missing: Vec<_> = needed.filter(|needed| value.get(needed).is_none()).collect();
        let text = format!(
            "properties {} required, if {} exists",
            quoted_list(&missing),
            quoted(name)
        );
        (!missing.is_empty()).then(|| place.node(text))
    });
    nodes.collect()
}

/// Helm: errors of property names stand at the root, wherever they are.
fn property(place: &Place<'_>, name: &str, members: Vec<Finding<'_>>) -> Node {
    let place = Place {
        at: Vec::new(),
        ..place.below(&["propertyNames".to_owned()], None)
    };
    let errors: Vec<_> = members
        .iter()
        .map(|finding| match finding.error.kind() {
            Kind::PropertyNames { error } => Finding {
                keywords: finding.below(1).keywords,
                error: error.as_ref(),
            },
            _ => finding.below(1),
        })
        .collect();
    let causes = nodes(&place, errors);
    Node {
        causes,
        ..place.node(format!("invalid propertyName {}", quoted(name)))
    }
}

fn property_name(finding: &Finding<'_>) -> String {
    let names = match finding.error.kind() {
        Kind::PropertyNames { error } => error.instance().as_str().map(str::to_owned),
        // A false schema fails for the first name.
        _ => finding
            .error
            .instance()
            .as_object()
            .and_then(|table| table.keys().next().cloned()),
    };
    names.unwrap_or_default()
}

fn leaf(place: &Place<'_>, finding: &Finding<'_>) -> Node {
    place.node(text(finding.error))
}

fn leaves(place: &Place<'_>, finding: &Finding<'_>) -> Vec<Node> {
    match finding.error.kind() {
        Kind::AnyOf { context } => vec![alternatives(place, finding, context, "'anyOf' failed".to_owned())],
        Kind::OneOfNotValid { context } => {
            vec![alternatives(
                place,
                finding,
                context,
                "'oneOf' failed, none matched".to_owned(),
            )]
        }
        Kind::UnevaluatedProperties { unexpected } => unexpected
            .iter()
            .flat_map(|name| unevaluated(place, finding, name))
            .collect(),
        Kind::UnevaluatedItems { unexpected } => {
            let indexes = indexes_of(finding.error.instance(), unexpected);
            indexes
                .iter()
                .flat_map(|index| unevaluated(place, finding, index))
                .collect()
        }
        Kind::Contains => vec![contains(place, finding)],
        _ => vec![leaf(place, finding)],
    }
}

fn alternatives(
    place: &Place<'_>,
    finding: &Finding<'_>,
    context: &[Vec<ValidationError<'static>>],
    text: String,
) -> Node {
    let keyword = finding.keywords.first().cloned().unwrap_or_default();
    let causes = context.iter().enumerate().flat_map(|(index, errors)| {
        let lead = [keyword.clone(), index.to_string()];
        let inner = place.below(&lead, None);
        subschema(
            &inner,
            errors
                .iter()
                .map(|error| Finding::new(error).below(inner.keywords))
                .collect(),
        )
    });
    Node {
        causes: causes.collect(),
        ..place.node(text)
    }
}

fn unevaluated(place: &Place<'_>, finding: &Finding<'_>, name: &str) -> Vec<Node> {
    let keyword = finding.keywords.first().map_or("", String::as_str);
    let schema = place.schema.and_then(|schema| schema.get(keyword));
    let inner = Place {
        at: place.at.iter().cloned().chain([name.to_owned()]).collect(),
        ..place.clone()
    };
    let value = finding.error.instance();
    let value = value.get(name).or_else(|| value.get(name.parse::<usize>().ok()?));
    let errors = value.map_or_else(Vec::new, |value| part_nodes(&inner, schema, value));
    if errors.is_empty() {
        vec![inner.node("false schema".to_owned())]
    } else {
        errors
    }
}

/// The indexes of the items with these texts, which come in order.
fn indexes_of(list: &Value, texts: &[String]) -> Vec<String> {
    let mut items = list.as_array().into_iter().flatten().enumerate();
    let index = |text: &String| {
        items
            .find(|(_, item)| item.to_string() == *text)
            .map(|(index, _)| index.to_string())
    };
    texts.iter().filter_map(index).collect()
}

fn contains(place: &Place<'_>, finding: &Finding<'_>) -> Node {
    let schema = place.schema.and_then(|schema| schema.get("contains"));
    let items = finding.error.instance().as_array().map_or(&[][..], Vec::as_slice);
    let mut matched = Vec::new();
    let mut causes = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = place.at.iter().cloned().chain([index.to_string()]).collect();
        let errors = part_nodes(&Place { at, ..place.clone() }, schema, item);
        if errors.is_empty() {
            matched.push(index.to_string());
        }
        causes.extend(errors);
    }
    let limit = |keyword| {
        place
            .schema
            .and_then(|schema| schema.get(keyword))
            .and_then(Value::as_u64)
            .unwrap_or(1)
    };
    let count = matched.len();
    let at = matched.join(" ");
    match finding.keywords.first().map(String::as_str) {
        Some("minContains") if count > 0 => {
            let limit = limit("minContains");
            let text =
                format!("min {limit} items required to match contains schema, but matched {count} items at {at}");
            Node {
                causes,
                ..place.node(text)
            }
        }
        Some("maxContains") => {
            let limit = limit("maxContains");
            let text =
                format!("max {limit} items required to match contains schema, but matched {count} items at {at}");
            place.node(text)
        }
        _ => Node {
            causes,
            ..place.node("no items match contains schema".to_owned())
        },
    }
}

/// What a subschema says of a value that was not asked of it before.
fn part_nodes(place: &Place<'_>, schema: Option<&Value>, value: &Value) -> Vec<Node> {
    let (Some(root), Some(schema)) = (place.root, schema) else {
        return Vec::new();
    };
    let Some(validator) = part(root, schema) else {
        return Vec::new();
    };
    let errors: Vec<_> = validator.iter_errors(value).collect();
    let inner = Place {
        schema: Some(schema),
        keywords: 0,
        depth: 0,
        ..place.clone()
    };
    subschema(&inner, errors.iter().map(Finding::new).collect())
}

impl<'s> Place<'s> {
    fn node(&self, text: String) -> Node {
        Node {
            at: self.at.clone(),
            text,
            causes: Vec::new(),
            gathers: false,
        }
    }

    /// The place that the keywords `lead` to, for the part `inner` of the value.
    fn below(&self, lead: &[String], inner: Option<String>) -> Self {
        let mut below = self.clone();
        below.keywords += lead.len();
        for keyword in lead {
            below.schema = below.schema.and_then(|schema| self.step(schema, keyword));
        }
        if let Some(inner) = inner {
            below.at.push(self.shifted(lead, inner));
            below.depth += 1;
        }
        below
    }

    fn step(&self, schema: &'s Value, keyword: &str) -> Option<&'s Value> {
        let part = match schema {
            Value::Array(items) => items.get(keyword.parse::<usize>().ok()?)?,
            schema => schema.get(keyword)?,
        };
        match (keyword, part) {
            ("$ref", Value::String(reference)) => self.root?.pointer(reference.strip_prefix('#')?),
            _ => Some(part),
        }
    }

    /// Helm: the items that follow those with schemas of their own are counted from zero.
    fn shifted(&self, lead: &[String], inner: String) -> String {
        let own = match lead {
            [keyword] if keyword == "items" => "prefixItems",
            [keyword] if keyword == "additionalItems" => "items",
            _ => return inner,
        };
        let own = self
            .schema
            .and_then(|schema| schema.get(own))
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        inner
            .parse::<usize>()
            .map_or(inner, |index| index.saturating_sub(own).to_string())
    }
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}
