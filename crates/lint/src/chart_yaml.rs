//! The rules for `Chart.yaml`.

use ironhelm_chart::Metadata;
use ironhelm_chart::semver::{Constraint, Version};
use ironhelm_golang::strconv::quote;
use serde_json::Value;

use crate::addresses::{is_email, is_request_url};
use crate::{Entry, Report, Subject};

const FILE: &str = "Chart.yaml";

/// Helm: a version above this one is more than nothing.
const NOTHING: &str = "0.0.0-0";

pub(crate) fn check(subject: &Subject, report: &mut Report) {
    let text: &[u8] = match &subject.chart_yaml {
        Entry::File(text) => text,
        Entry::Directory => {
            report.error(FILE, "should be a file, not a directory");
            let reason = format!("read {}/{FILE}: is a directory", subject.path);
            return report.error(FILE, format!("unable to parse YAML\n\t{reason}"));
        }
        Entry::Missing => {
            let reason = format!("open {}/{FILE}: no such file or directory", subject.path);
            return report.error(FILE, format!("unable to parse YAML\n\t{reason}"));
        }
    };
    let (tree, metadata) = match read(text) {
        Ok(read) => read,
        Err(reason) => return report.error(FILE, format!("unable to parse YAML\n\t{reason}")),
    };
    check_strictly(text, &tree, report);
    check_identity(&tree, &metadata, report);
    check_people_and_places(&tree, &metadata, report);
    check_kind(&metadata, report);
    if Version::parse_strict(&metadata.version).is_err() {
        report.warn(FILE, format!("version '{}' is not a valid SemVerV2", metadata.version));
    }
}

fn read(text: &[u8]) -> Result<(Value, Metadata), String> {
    let metadata = Metadata::parse(text)?;
    let tree = ironhelm_yaml::decode(text).map_err(|error| error.conversion_text())?;
    Ok((tree, metadata))
}

fn check_strictly(text: &[u8], tree: &Value, report: &mut Report) {
    let problem = match ironhelm_yaml::decode_strict(text) {
        Err(error) => Some(error.conversion_text()),
        Ok(_) => unknown_field(tree).map(|field| {
            let field = quote(field.as_bytes());
            format!("error unmarshaling JSON: while decoding JSON: json: unknown field {field}")
        }),
    };
    if let Some(problem) = problem {
        report.warn(
            FILE,
            format!("failed to strictly parse chart metadata file\n\t{problem}"),
        );
    }
}

const FIELDS: &[&str] = &[
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];
const MAINTAINER_FIELDS: &[&str] = &["name", "email", "url"];
const DEPENDENCY_FIELDS: &[&str] = &[
    "name",
    "version",
    "repository",
    "condition",
    "tags",
    "enabled",
    "import-values",
    "alias",
];

/// The first field that Helm does not know, in the order of names.
fn unknown_field(tree: &Value) -> Option<&str> {
    tree.as_object()?.iter().find_map(|(key, value)| {
        if key.eq_ignore_ascii_case("maintainers") {
            unknown_in_list(value, MAINTAINER_FIELDS)
        } else if key.eq_ignore_ascii_case("dependencies") {
            unknown_in_list(value, DEPENDENCY_FIELDS)
        } else {
            is_unknown(key, FIELDS).then_some(key.as_str())
        }
    })
}

fn unknown_in_list<'v>(list: &'v Value, known: &[&str]) -> Option<&'v str> {
    let mut items = list.as_array()?.iter().filter_map(Value::as_object);
    items.find_map(|item| item.keys().find(|key| is_unknown(key, known)).map(String::as_str))
}

/// Go: field names match without regard to case.
fn is_unknown(key: &str, known: &[&str]) -> bool {
    !known.iter().any(|field| field.eq_ignore_ascii_case(key))
}

fn check_identity(tree: &Value, metadata: &Metadata, report: &mut Report) {
    let name = &metadata.name;
    if name.is_empty() {
        report.error(FILE, "name is required");
    } else if base_name(name) != name {
        report.error(FILE, format!("chart name {} is invalid", quote(name.as_bytes())));
    }
    match metadata.api_version.as_str() {
        "v1" | "v2" => {}
        "" => report.error(
            FILE,
            "apiVersion is required. The value must be either \"v1\" or \"v2\"",
        ),
        other => report.error(
            FILE,
            format!("apiVersion '{other}' is not valid. The value must be either \"v1\" or \"v2\""),
        ),
    }
    check_is_text(tree, "version", report);
    check_version(&metadata.version, report);
    check_is_text(tree, "appVersion", report);
}

/// Go's `filepath.Base`.
fn base_name(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => "/",
        path => path.rsplit('/').next().unwrap_or(path),
    }
}

fn check_is_text(tree: &Value, field: &str, report: &mut Report) {
    let kind = match tree.get(field) {
        None | Some(Value::String(_)) => return,
        Some(Value::Null) => "<nil>",
        Some(Value::Bool(_)) => "bool",
        Some(Value::Number(_)) => "float64",
        Some(Value::Array(_)) => "[]interface {}",
        Some(Value::Object(_)) => "map[string]interface {}",
    };
    report.error(
        FILE,
        format!("{field} should be of type string but it's of type {kind}"),
    );
}

fn check_version(text: &str, report: &mut Report) {
    if text.is_empty() {
        return report.error(FILE, "version is required");
    }
    let Ok(version) = Version::parse(text) else {
        return report.error(FILE, format!("version '{text}' is not a valid SemVer"));
    };
    let is_more = Constraint::parse(&format!(">{NOTHING}")).is_ok_and(|more| more.check(&version));
    if !is_more {
        report.error(
            FILE,
            format!("version \"{version}\" is less than or equal to \"{NOTHING}\""),
        );
    }
}

/// Maintainers, sources and the icon. Helm: of each group only the first fault is told.
fn check_people_and_places(tree: &Value, metadata: &Metadata, report: &mut Report) {
    if let Some(fault) = maintainer_fault(tree, metadata) {
        report.error(FILE, fault);
    }
    if let Some(source) = metadata.sources.iter().find(|source| !is_request_url(source)) {
        report.error(FILE, format!("invalid source URL '{source}'"));
    }
    if metadata.icon.is_empty() {
        report.info(FILE, "icon is recommended");
    } else if !is_request_url(&metadata.icon) {
        report.error(FILE, format!("invalid icon URL '{}'", metadata.icon));
    }
}

fn maintainer_fault(tree: &Value, metadata: &Metadata) -> Option<String> {
    let given = tree.get("maintainers").and_then(Value::as_array);
    metadata.maintainers.iter().enumerate().find_map(|(index, maintainer)| {
        let name = &maintainer.name;
        if given.is_some_and(|given| given.get(index).is_some_and(Value::is_null)) {
            return Some("a maintainer entry is empty".to_owned());
        }
        if name.is_empty() {
            return Some("each maintainer requires a name".to_owned());
        }
        let (email, url) = (&maintainer.email, &maintainer.url);
        if !email.is_empty() && !is_email(email) {
            return Some(format!("invalid email '{email}' for maintainer '{name}'"));
        }
        (!url.is_empty() && !is_request_url(url)).then(|| format!("invalid url '{url}' for maintainer '{name}'"))
    })
}

fn check_kind(metadata: &Metadata, report: &mut Report) {
    let version = &metadata.api_version;
    if version == "v2" {
        return;
    }
    if !metadata.kind.is_empty() {
        report.error(
            FILE,
            format!("chart type is not valid in apiVersion '{version}'. It is valid in apiVersion 'v2'"),
        );
    }
    if !metadata.dependencies().is_empty() {
        report.error(
            FILE,
            format!(
                "dependencies are not valid in the Chart file with apiVersion '{version}'. They are valid in apiVersion 'v2'"
            ),
        );
    }
}
