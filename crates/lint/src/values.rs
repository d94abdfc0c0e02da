//! The rules for `values.yaml`.

use ironhelm_values::{ChartValues, Values, coalesce_tables, schema};
use serde_json::Value;

use crate::{Entry, Options, Report, Subject};

const FILE: &str = "values.yaml";

pub(crate) fn check(subject: &Subject, options: &Options, report: &mut Report) {
    let defaults = match &subject.values {
        Entry::Missing => return report.info(FILE, "file does not exist"),
        Entry::Directory => Err(format!("read {}/{FILE}: is a directory", subject.path)),
        Entry::File(text) => read(text),
    };
    let defaults = match defaults {
        Ok(defaults) => defaults,
        Err(reason) => return report.error(FILE, format!("unable to parse YAML: {reason}")),
    };
    let Entry::File(schema) = &subject.schema else {
        return;
    };
    if options.skip_schema_validation || schema.is_empty() {
        return;
    }
    let mut values = options.values.clone();
    coalesce_tables(&mut values, &defaults);
    if let Some(fault) = schema_fault(schema, &values) {
        report.error(FILE, fault);
    }
}

/// Reads the first document. Helm: later ones do not count here.
fn read(text: &[u8]) -> Result<Values, String> {
    let mut tree = ironhelm_yaml::decode(text).map_err(|error| error.conversion_text())?;
    ironhelm_golang::json::to_float64(&mut tree);
    let found = match tree {
        Value::Object(table) => return Ok(table),
        Value::Null => return Ok(Values::new()),
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
    };
    Err(format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go value of type common.Values"
    ))
}

fn schema_fault(schema: &[u8], values: &Values) -> Option<String> {
    match schema::check(&Alone { schema }, values) {
        Ok(checked) => checked.failures.into_iter().next().map(|failure| failure.text),
        Err(error) => Some(error.to_string()),
    }
}

/// A schema without a chart around it.
struct Alone<'s> {
    schema: &'s [u8],
}

impl ChartValues for Alone<'_> {
    fn name(&self) -> &str {
        ""
    }

    fn values(&self) -> Option<&Values> {
        None
    }

    fn subcharts(&self) -> Vec<&dyn ChartValues> {
        Vec::new()
    }

    fn schema(&self) -> Option<&[u8]> {
        Some(self.schema)
    }
}
