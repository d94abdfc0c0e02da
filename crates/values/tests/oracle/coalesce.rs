use ironhelm_values::{ChartValues, Value, Values, coalesce_values};

use crate::{assert_none, floats, full_text, rows, same};

struct Chart {
    name: String,
    values: Option<Values>,
    subcharts: Vec<Self>,
}

impl Chart {
    fn new(description: &Value) -> Self {
        Self {
            name: description["name"].as_str().unwrap().to_owned(),
            values: description["values"].as_object().cloned(),
            subcharts: description["subcharts"]
                .as_array()
                .unwrap()
                .iter()
                .map(Self::new)
                .collect(),
        }
    }
}

impl ChartValues for Chart {
    fn name(&self) -> &str {
        &self.name
    }

    fn values(&self) -> Option<&Values> {
        self.values.as_ref()
    }

    fn subcharts(&self) -> Vec<&dyn ChartValues> {
        self.subcharts.iter().map(|chart| chart as &dyn ChartValues).collect()
    }
}

/// The tree or the message, and the warnings, in the words of the table.
fn coalesced(chart: &Chart, user: Values) -> (&'static str, Value, Vec<String>) {
    match coalesce_values(chart, user) {
        Ok(coalesced) => {
            let mut warnings: Vec<_> = coalesced.warnings.iter().map(ToString::to_string).collect();
            warnings.sort();
            ("ok", Value::Object(coalesced.values), warnings)
        }
        Err(error) => ("error", Value::from(full_text(&error)), Vec::new()),
    }
}

#[test]
fn trees_are_laid_over_charts_as_helm_does() {
    let rows = rows("coalesce.tsv");
    let mut failures = Vec::new();
    for row in &rows {
        let chart = Chart::new(&floats(&row[0]));
        let Value::Object(user) = floats(&row[1]) else {
            panic!("{}", row[1])
        };
        let (outcome, value, warnings) = coalesced(&chart, user);
        let mut expected = serde_json::from_str::<Value>(&row[3]).unwrap();
        if let Some(text) = expected.as_str().and_then(|text| text.rsplit_once("type mismatch")) {
            expected = Value::from(format!("type mismatch{}", text.1));
        }
        let told: Vec<String> = serde_json::from_str(&row[4]).unwrap();
        if outcome != row[2] || !same(&value, &expected) || warnings != told {
            failures.push(format!(
                "{} {}\n  helm: {} {}\n  ours: {value} {warnings:?}",
                row[0], row[1], row[3], row[4]
            ));
        }
    }
    assert_none(failures, rows.len());
}
