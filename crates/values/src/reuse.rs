//! What an upgrade keeps of the values of the release before.

use crate::coalesce::{ChartValues, CoalesceError, coalesce_values};
use crate::merge::{Warning, coalesce_tables};
use crate::{Coalesced, Values};

/// How an upgrade treats the values of the release before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reuse {
    /// The new values, or the old ones if there are no new ones.
    #[default]
    Default,
    /// The new values only (`--reset-values`).
    Reset,
    /// The new values over the old ones and over the old chart's defaults (`--reuse-values`).
    Reuse,
    /// The new values over the old ones and over the new chart's defaults
    /// (`--reset-then-reuse-values`).
    ResetThenReuse,
}

/// The release before, as far as its values matter.
pub struct Previous<'a> {
    /// The user's values as they were stored.
    pub config: &'a Values,
    /// The chart as it was stored.
    pub chart: &'a dyn ChartValues,
}

/// The values that an upgrade goes on with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Carried {
    /// The user's values, to be used and to be stored.
    pub config: Values,
    /// What replaces the default values of the new chart, also in the stored record.
    pub chart_values: Option<Values>,
    /// What Helm would print meanwhile.
    pub warnings: Vec<Warning>,
}

/// Why the old values cannot be reused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReuseError {
    /// The old values do not fit the old chart.
    #[error("failed to rebuild old values")]
    Rebuild {
        /// What does not fit.
        source: CoalesceError,
    },
}

/// Decides what `new` values and the `previous` release make of each other.
///
/// Numbers of a stored release are floats.
///
/// # Errors
/// With [`Reuse::Reuse`], if the old values do not fit the old chart.
pub fn carry_over(reuse: Reuse, new: Values, previous: &Previous<'_>) -> Result<Carried, ReuseError> {
    match reuse {
        Reuse::Default if new.is_empty() => Ok(config_only(previous.config.clone())),
        Reuse::Default | Reuse::Reset => Ok(config_only(new)),
        Reuse::ResetThenReuse => Ok(laid_over(new, previous.config)),
        Reuse::Reuse => {
            let Coalesced { values, warnings } = coalesce_values(previous.chart, previous.config.clone())
                .map_err(|source| ReuseError::Rebuild { source })?;
            let mut carried = laid_over(new, previous.config);
            carried.chart_values = Some(values);
            carried.warnings.splice(0..0, warnings);
            Ok(carried)
        }
    }
}

fn config_only(config: Values) -> Carried {
    Carried {
        config,
        ..Carried::default()
    }
}

fn laid_over(new: Values, old: &Values) -> Carried {
    let mut config = new;
    let warnings = coalesce_tables(&mut config, old);
    Carried {
        config,
        warnings,
        ..Carried::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    struct Stored(Values);

    impl ChartValues for Stored {
        fn name(&self) -> &str {
            "old"
        }

        fn values(&self) -> Option<&Values> {
            Some(&self.0)
        }

        fn subcharts(&self) -> Vec<&dyn ChartValues> {
            Vec::new()
        }
    }

    fn table(value: Value) -> Values {
        value.as_object().cloned().unwrap()
    }

    fn carried(reuse: Reuse, new: Value) -> (Value, Option<Value>) {
        let chart = Stored(table(json!({"a": 1, "b": {"x": 1, "y": 1}})));
        let config = table(json!({"a": 2, "b": {"x": 2}, "k": 3}));
        let previous = Previous {
            config: &config,
            chart: &chart,
        };
        let carried = carry_over(reuse, table(new), &previous).unwrap();
        (Value::from(carried.config), carried.chart_values.map(Value::from))
    }

    #[test]
    fn no_new_values_keep_the_old_ones() {
        assert_eq!(
            carried(Reuse::Default, json!({})),
            (json!({"a": 2, "b": {"x": 2}, "k": 3}), None)
        );
        assert_eq!(carried(Reuse::Default, json!({"n": 1})), (json!({"n": 1}), None));
        assert_eq!(carried(Reuse::Reset, json!({})), (json!({}), None));
    }

    #[test]
    fn reuse_replaces_the_charts_values() {
        let (config, chart) = carried(Reuse::Reuse, json!({"k": null, "b": {"z": 5}}));
        assert_eq!(config, json!({"a": 2, "b": {"x": 2, "z": 5}}));
        // The null takes `k` out of the configuration, but the replaced chart values still have it.
        assert_eq!(chart, Some(json!({"a": 2, "b": {"x": 2, "y": 1}, "k": 3})));
    }

    #[test]
    fn reset_then_reuse_keeps_the_new_charts_values() {
        let (config, chart) = carried(Reuse::ResetThenReuse, json!({"a": null, "q": null}));
        assert_eq!(config, json!({"b": {"x": 2}, "k": 3, "q": null}));
        assert_eq!(chart, None);
    }
}
