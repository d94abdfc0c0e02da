//! The chart inside a release record.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ironhelm_chart::{Bytes, Chart, File, Lock, Metadata};
use ironhelm_golang::json::{Style, Writer};
use jiff::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::wire::{self, DecodeError, Fields};
use crate::{Time, Values};

/// Go's zero time.
const NEVER: &str = "\"0001-01-01T00:00:00Z\"";

/// The chart of a record, kept as the JSON text that was stored.
///
/// A chart is the bulk of a record and most of what is done with records never looks into it: listing needs name and
/// version, rolling back copies it. So the text stays as it is, and its parts are parsed when asked for.
#[derive(Clone)]
pub struct StoredChart(Arc<Inner>);

struct Inner {
    json: Box<str>,
    metadata: OnceLock<Result<Metadata, StoredChartError>>,
}

impl StoredChart {
    /// A chart from its JSON text (`null` for a record without a chart).
    pub fn from_json(json: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Inner {
            json: json.into(),
            metadata: OnceLock::new(),
        }))
    }

    /// Writes a chart as Helm stores it: with its templates and files, without its subcharts.
    pub fn from_chart(chart: &Chart) -> Self {
        Self::from_json(write_chart(chart))
    }

    /// The JSON text.
    pub fn as_json(&self) -> &str {
        &self.0.json
    }

    /// The JSON text as Helm 4 would write it again.
    ///
    /// Helm: a chart that a Helm 3 record holds comes out of Helm 4 with the zero time for its schema; nothing else
    /// changes.
    pub(crate) fn as_helm4_json(&self) -> Cow<'_, str> {
        let json = self.as_json();
        let Ok(fields) = fields(json) else {
            return Cow::Borrowed(json);
        };
        if fields.iter().any(|(key, _)| key == "schemamodtime") || !fields.iter().any(|(key, _)| key == "schema") {
            return Cow::Borrowed(json);
        }
        let mut again = Writer::new(Style::default());
        again.begin_object();
        for (key, raw) in fields {
            again.key(&key);
            again.raw(raw.get());
            if key == "schema" {
                again.key("schemamodtime");
                again.raw(NEVER);
            }
        }
        again.end_object();
        Cow::Owned(again.finish())
    }

    /// Whether the record has no chart.
    pub fn is_null(&self) -> bool {
        self.as_json() == "null"
    }

    /// What `Chart.yaml` said, parsed once.
    ///
    /// # Errors
    /// The metadata has not the shape of a chart's.
    pub fn metadata(&self) -> Result<&Metadata, StoredChartError> {
        self.0
            .metadata
            .get_or_init(|| read_metadata(self.as_json()))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The default values with the subcharts' folded in; every number is a float.
    ///
    /// # Errors
    /// The values are not a table.
    pub fn values(&self) -> Result<Option<Values>, StoredChartError> {
        section(self.as_json(), "values")?.map_or(Ok(None), read_values)
    }

    /// The chart, as far as a record holds it.
    ///
    /// # Errors
    /// A part has not the shape that Helm stores.
    pub fn to_chart(&self) -> Result<Chart, StoredChartError> {
        let mut chart = Chart::default();
        for (key, raw) in fields(self.as_json())? {
            read_section(&mut chart, &key, raw)?;
        }
        Ok(chart)
    }
}

impl From<&Chart> for StoredChart {
    fn from(chart: &Chart) -> Self {
        Self::from_chart(chart)
    }
}

impl PartialEq for StoredChart {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl std::fmt::Debug for StoredChart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StoredChart").field(&self.as_json()).finish()
    }
}

/// A part of a stored chart that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stored chart: {section}: {detail}")]
pub struct StoredChartError {
    /// Which part.
    pub section: &'static str,
    /// What is wrong with it.
    pub detail: String,
}

/// An error of the given part.
fn broken<E: ToString>(section: &'static str) -> impl Fn(E) -> StoredChartError {
    move |detail| StoredChartError {
        section,
        detail: detail.to_string(),
    }
}

fn fields(json: &str) -> Result<Vec<(String, &RawValue)>, StoredChartError> {
    Ok(Fields::parse("chart", json).map_err(json_error("chart"))?.0)
}

fn section<'a>(json: &'a str, name: &str) -> Result<Option<&'a RawValue>, StoredChartError> {
    Ok(fields(json)?
        .into_iter()
        .rev()
        .find(|(key, _)| key == name)
        .map(|(_, raw)| raw))
}

fn json_error(section: &'static str) -> impl Fn(DecodeError) -> StoredChartError {
    move |error| match error {
        DecodeError::Json { source, .. } => StoredChartError {
            section,
            detail: source.to_string(),
        },
        other => StoredChartError {
            section,
            detail: other.to_string(),
        },
    }
}

fn read_metadata(json: &str) -> Result<Metadata, StoredChartError> {
    section(json, "metadata")?.map_or(Ok(Metadata::default()), parse_metadata)
}

fn parse_metadata(raw: &RawValue) -> Result<Metadata, StoredChartError> {
    let tree: Value = serde_json::from_str(raw.get()).map_err(broken("metadata"))?;
    Metadata::from_json(&tree).map_err(broken("metadata"))
}

fn read_section(chart: &mut Chart, key: &str, raw: &RawValue) -> Result<(), StoredChartError> {
    match key {
        "metadata" => chart.metadata = parse_metadata(raw)?,
        "lock" => chart.lock = read_lock(raw)?,
        "templates" => chart.templates = read_files("templates", raw)?,
        "values" => chart.values = read_values(raw)?,
        "schema" => chart.schema = read_bytes("schema", raw)?,
        "schemamodtime" => chart.schema_modified = read_time("schemamodtime", raw)?,
        "files" => chart.files = read_files("files", raw)?,
        "modtime" => chart.modified = read_time("modtime", raw)?,
        _ => {}
    }
    Ok(())
}

fn read_lock(raw: &RawValue) -> Result<Option<Lock>, StoredChartError> {
    let tree: Value = serde_json::from_str(raw.get()).map_err(broken("lock"))?;
    if tree.is_null() {
        Ok(None)
    } else {
        Lock::from_json(&tree).map(Some).map_err(broken("lock"))
    }
}

fn read_values(raw: &RawValue) -> Result<Option<Values>, StoredChartError> {
    wire::values(raw.get()).map_err(|_| broken("values")("not a table of values"))
}

fn read_files(section: &'static str, raw: &RawValue) -> Result<Vec<File>, StoredChartError> {
    let files: Option<Vec<&RawValue>> = serde_json::from_str(raw.get()).map_err(broken(section))?;
    files
        .unwrap_or_default()
        .into_iter()
        .map(|raw| read_file(section, raw))
        .collect()
}

fn read_file(section: &'static str, raw: &RawValue) -> Result<File, StoredChartError> {
    let mut file = File {
        name: String::new(),
        data: Bytes::default(),
        modified: None,
    };
    for (key, raw) in Fields::parse(section, raw.get()).map_err(json_error(section))?.0 {
        match key.as_str() {
            "name" => file.name = wire::text(section, raw).map_err(json_error(section))?,
            "data" => file.data = read_bytes(section, raw)?.unwrap_or_default(),
            "modtime" => file.modified = read_time(section, raw)?,
            _ => {}
        }
    }
    Ok(file)
}

fn read_bytes(section: &'static str, raw: &RawValue) -> Result<Option<Bytes>, StoredChartError> {
    let text: Option<String> = wire::optional(section, raw).map_err(json_error(section))?;
    text.map(|text| STANDARD.decode(text).map(Bytes::from).map_err(broken(section)))
        .transpose()
}

fn read_time(section: &'static str, raw: &RawValue) -> Result<Option<SystemTime>, StoredChartError> {
    let text = wire::text(section, raw).map_err(json_error(section))?;
    let time = Time::from_record(&text).map_err(broken(section))?;
    Ok(time.map(|time| SystemTime::from(time.instant())))
}

fn write_chart(chart: &Chart) -> String {
    let mut json = Writer::new(Style::default());
    json.begin_object();
    json.key("metadata");
    chart.metadata.write_json(&mut json);
    json.key("lock");
    match &chart.lock {
        Some(lock) => lock.write_json(&mut json),
        None => json.null(),
    }
    write_files(&mut json, "templates", &chart.templates);
    write_values(&mut json, chart.values.as_ref());
    json.key("schema");
    match &chart.schema {
        Some(schema) => write_bytes(&mut json, schema),
        None => json.null(),
    }
    // Helm: the one modification time that is written even when there is none.
    json.key("schemamodtime");
    json.string(
        time_text(chart.schema_modified)
            .as_ref()
            .map_or(Time::GO_ZERO, Time::as_str),
    );
    write_files(&mut json, "files", &chart.files);
    write_modified(&mut json, chart.modified);
    json.end_object();
    json.finish()
}

/// Go: a list without elements was never made and is `null`.
fn write_files(json: &mut Writer<'_>, key: &str, files: &[File]) {
    json.key(key);
    if files.is_empty() {
        return json.null();
    }
    json.begin_array();
    for file in files {
        json.begin_object();
        json.key("name");
        json.string(&file.name);
        json.key("data");
        write_bytes(json, &file.data);
        write_modified(json, file.modified);
        json.end_object();
    }
    json.end_array();
}

fn write_values(json: &mut Writer<'_>, values: Option<&Values>) {
    json.key("values");
    let Some(values) = values else { return json.null() };
    json.begin_object();
    for (key, value) in values {
        json.key(key);
        json.value(value);
    }
    json.end_object();
}

fn write_bytes(json: &mut Writer<'_>, bytes: &[u8]) {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4 + 2);
    text.push('"');
    STANDARD.encode_string(bytes, &mut text);
    text.push('"');
    json.raw(&text);
}

fn write_modified(json: &mut Writer<'_>, modified: Option<SystemTime>) {
    if let Some(time) = time_text(modified) {
        json.key("modtime");
        json.string(time.as_str());
    }
}

/// A time that no record can hold counts as none.
fn time_text(modified: Option<SystemTime>) -> Option<Time> {
    Timestamp::try_from(modified?).ok().map(Time::from)
}
