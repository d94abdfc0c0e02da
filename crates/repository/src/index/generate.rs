//! `repo index`: an index of the archives in a directory, as Helm writes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ironhelm_chart::semver::Version;
use ironhelm_chart::{LoadError, LoadOptions, Metadata, load_archive};
use ironhelm_golang::json;
use serde_json::{Map, Value, json};

use super::{Budgets, ContentError, IndexError, fields, read};
use crate::download::sha256;
use crate::error::Error;
use crate::files;

/// The most bytes of one archive.
const MAX_ARCHIVE: u64 = 100 << 20;

/// How an index is made.
#[derive(Debug, Clone, Default)]
pub struct GenerateOptions {
    /// `--url`: what the URLs of the archives begin with; empty for relative ones.
    pub url: String,
    /// `--merge`: an index whose entries are kept.
    pub merge: Option<PathBuf>,
    /// `--json`: JSON in place of YAML.
    pub json: bool,
    /// The time that entries carry, in RFC 3339 with nanoseconds.
    pub now: String,
}

/// Why an index cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] Error),
    /// An archive is no chart.
    #[error("{}: {source}", .path.display())]
    Chart {
        /// The archive.
        path: PathBuf,
        /// Why.
        source: Box<LoadError>,
    },
    /// The index to merge with is none.
    #[error("merge failed: {source}")]
    Merge {
        /// Why.
        source: IndexError,
    },
}

/// Makes the index of the archives in `directory` and one level below, and writes it to `index.yaml` there.
///
/// # Errors
/// [`GenerateError`].
pub fn generate(directory: &Path, options: &GenerateOptions) -> Result<(), GenerateError> {
    let mut entries: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for archive in archives(directory)? {
        let (name, entry) = describe(directory, &archive, options)?;
        entries.entry(name).or_default().push(entry);
    }
    if let Some(path) = &options.merge {
        merge(&mut entries, path)?;
    }
    for versions in entries.values_mut() {
        versions.sort_by_cached_key(|entry| std::cmp::Reverse(Version::parse(text(entry, "version")).ok()));
    }
    let tree = json!({ "apiVersion": "v1", "entries": entries, "generated": options.now });
    let path = directory.join("index.yaml");
    let text = if options.json {
        encode_json(&tree)
    } else {
        ironhelm_yaml::encode(&tree)
    };
    Ok(files::write(&path, text.as_bytes(), 0o644).map_err(Error::file("open", path))?)
}

/// Helm: archives in the directory itself, then those in its directories, each sorted by name.
fn archives(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let (mut found, mut below) = (Vec::new(), Vec::new());
    for path in list(directory)? {
        if path.is_dir() {
            below.extend(list(&path)?.into_iter().filter(|path| is_archive(path)));
        } else if is_archive(&path) {
            found.push(path);
        }
    }
    found.append(&mut below);
    Ok(found)
}

fn is_archive(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".tgz") && !name.starts_with('.')
}

fn list(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    // Helm: a directory that is not there is told by what cannot be written into it.
    let entries = std::fs::read_dir(directory).map_err(Error::file("open", directory.join("index.yaml")))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

fn describe(directory: &Path, archive: &Path, options: &GenerateOptions) -> Result<(String, Value), GenerateError> {
    let bytes = files::read_limited(archive, MAX_ARCHIVE).map_err(Error::file("open", archive))?;
    let name = archive.display().to_string();
    let loaded = load_archive(&name, &bytes, &LoadOptions::default()).map_err(|source| GenerateError::Chart {
        path: archive.to_owned(),
        source: Box::new(source),
    })?;
    let relative = archive
        .strip_prefix(directory)
        .unwrap_or(archive)
        .to_string_lossy()
        .into_owned();
    let mut entry = metadata_fields(&loaded.chart.metadata);
    entry.insert("created".to_owned(), options.now.as_str().into());
    entry.insert("digest".to_owned(), sha256(&bytes).into());
    entry.insert("urls".to_owned(), json!([url(&options.url, &relative)]));
    Ok((loaded.chart.metadata.name, Value::Object(entry)))
}

fn metadata_fields(metadata: &Metadata) -> Map<String, Value> {
    match json::decode(metadata.to_json().as_bytes()) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn url(base: &str, relative: &str) -> String {
    match base {
        "" => relative.to_owned(),
        base => format!("{}/{relative}", base.trim_end_matches('/')),
    }
}

/// Helm: entries of the other index come in where this one does not have their version.
fn merge(entries: &mut BTreeMap<String, Vec<Value>>, path: &Path) -> Result<(), GenerateError> {
    let old = match files::read_limited(path, Budgets::default().bytes) {
        Ok(bytes) => bytes,
        // Helm: an index that is not there yet is an empty one.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::file("open", path)(error).into()),
    };
    let failed = |source: ContentError| GenerateError::Merge {
        source: IndexError::Content {
            path: path.to_owned(),
            source,
        },
    };
    let (tree, unknown) = read::tree(&old).map_err(failed)?;
    super::parse(&old, path, Budgets::default()).map_err(failed)?;
    let map = read::top(tree, unknown).map_err(failed)?;
    for (name, versions) in map.get("entries").and_then(Value::as_object).into_iter().flatten() {
        for version in versions
            .as_array()
            .into_iter()
            .flatten()
            .filter(|version| read::version(version).is_ok())
        {
            let known = entries.entry(name.clone()).or_default();
            if !known
                .iter()
                .any(|entry| text(entry, "version") == text(version, "version"))
            {
                known.push(kept(version));
            }
        }
    }
    Ok(())
}

/// The fields of an entry that Helm writes back.
fn kept(entry: &Value) -> Value {
    let mut fields: Map<String, Value> = entry.as_object().cloned().unwrap_or_default();
    fields.retain(|name, value| fields::find(&fields::VERSION, name).is_some() && (name == "urls" || !is_empty(value)));
    fields.entry("created").or_insert_with(|| "0001-01-01T00:00:00Z".into());
    fields.entry("apiVersion").or_insert_with(|| "v1".into());
    fields.entry("urls").or_insert(Value::Null);
    Value::Object(fields)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn text<'v>(entry: &'v Value, field: &str) -> &'v str {
    entry.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Fields in the order of Helm's structs, two spaces of indentation.
fn encode_json(tree: &Value) -> String {
    let style = json::Style {
        indent: Some("  "),
        ..json::Style::default()
    };
    let mut json = json::Writer::new(style);
    json.begin_object();
    json.key("apiVersion");
    json.string(text(tree, "apiVersion"));
    json.key("generated");
    json.string(text(tree, "generated"));
    json.key("entries");
    json.begin_object();
    for (name, versions) in tree.get("entries").and_then(Value::as_object).into_iter().flatten() {
        json.key(name);
        json.begin_array();
        for version in versions.as_array().into_iter().flatten() {
            write_version(&mut json, version);
        }
        json.end_array();
    }
    json.end_object();
    json.end_object();
    json.finish()
}

fn write_version(json: &mut json::Writer<'_>, version: &Value) {
    write_fields(json, version, &fields::VERSION);
}

fn write_fields(json: &mut json::Writer<'_>, map: &Value, known: &'static [fields::Field]) {
    json.begin_object();
    for field in known {
        let Some(value) = map.get(field.name) else { continue };
        json.key(field.name);
        let inner: &'static [fields::Field] = match field.kind {
            fields::Kind::Maintainers => &fields::MAINTAINER_FIELDS,
            fields::Kind::Dependencies => &fields::DEPENDENCY_FIELDS,
            _ => {
                json.value(value);
                continue;
            }
        };
        json.begin_array();
        for item in value.as_array().into_iter().flatten() {
            write_fields(json, item, inner);
        }
        json.end_array();
    }
    json.end_object();
}
