use ironhelm_values::{ChartValues, Previous, Reuse, Value, Values, carry_over, coalesce_values};

use crate::{assert_none, floats, rows, same};

struct Chart(Values);

impl ChartValues for Chart {
    fn name(&self) -> &str {
        "r1"
    }

    fn values(&self) -> Option<&Values> {
        Some(&self.0)
    }

    fn subcharts(&self) -> Vec<&dyn ChartValues> {
        Vec::new()
    }
}

fn reuse(flag: &str) -> Reuse {
    match flag {
        "--reset-values" => Reuse::Reset,
        "--reuse-values" => Reuse::Reuse,
        "--reset-then-reuse-values" => Reuse::ResetThenReuse,
        _ => Reuse::Default,
    }
}

fn tables(list: &Value) -> Vec<Values> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|table| table.as_object().unwrap().clone())
        .collect()
}

#[test]
fn upgrades_carry_values_as_helm_does() {
    let rows = rows("reuse.tsv");
    let mut failures = Vec::new();
    for row in &rows {
        let defaults = floats(&row[1]).as_object().unwrap().clone();
        let (steps, expected) = (tables(&floats(&row[2])), floats(&row[3]));
        let mut config = steps[0].clone();
        let mut chart = Chart(defaults.clone());
        for (at, new) in steps.into_iter().enumerate() {
            if at > 0 {
                let carried = carry_over(
                    reuse(&row[0]),
                    new,
                    &Previous {
                        config: &config,
                        chart: &chart,
                    },
                )
                .unwrap();
                chart = Chart(carried.chart_values.unwrap_or_else(|| defaults.clone()));
                config = carried.config;
            }
            let all = coalesce_values(&chart, config.clone()).unwrap().values;
            let ours = Value::from(vec![Value::from(config.clone()), Value::from(all)]);
            if !same(&ours, &expected[at]) {
                failures.push(format!("{} {at}\n  helm: {}\n  ours: {ours}", row[0], expected[at]));
            }
        }
    }
    assert_none(failures, rows.len());
}
