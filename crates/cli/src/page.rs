//! The page about a release that `status`, `install`, `upgrade` and `get all` print.

use ironhelm::release::{Hook, HookPhase, Release, Time};
use ironhelm::values::coalesce_values;
use ironhelm_golang::time::{ANSIC, RFC3339_NANO, Time as GoTime, format, parse};
use serde_json::Value;

/// What is on the page.
#[derive(Default)]
pub(crate) struct Page {
    /// Values, hooks and manifest too.
    pub(crate) all: bool,
    /// Name and version of the chart too.
    pub(crate) chart: bool,
    /// The tables of the live objects.
    pub(crate) resources: String,
    /// No notes.
    pub(crate) hide_notes: bool,
    /// The record was just made and not read from the store.
    pub(crate) fresh: bool,
}

impl Page {
    /// The page about `release`.
    pub(crate) fn text(&self, release: &Release) -> String {
        let mut text = self.head(release);
        if !self.resources.is_empty() {
            text.push_str(&format!("RESOURCES:\n{}\n", self.resources));
        }
        text.push_str(&tests(&release.hooks));
        if self.all {
            text.push_str(&self.values(release));
        }
        if self.all || release.info.description.eq_ignore_ascii_case("Dry run complete") {
            text.push_str(&format!(
                "HOOKS:\n{}MANIFEST:\n{}\n",
                hooks(&release.hooks),
                release.manifest
            ));
        }
        if !self.hide_notes && !release.info.notes.is_empty() {
            text.push_str(&format!("NOTES:\n{}\n", release.info.notes.trim()));
        }
        text
    }

    fn head(&self, release: &Release) -> String {
        let mut text = format!("NAME: {}\n", release.name);
        if let Some(time) = &release.info.last_deployed {
            text.push_str(&format!("LAST DEPLOYED: {}\n", ansic(time)));
        }
        text.push_str(&format!(
            "NAMESPACE: {}\nSTATUS: {}\nREVISION: {}\n",
            release.namespace, release.info.status, release.revision
        ));
        if self.chart {
            let metadata = release.chart.metadata().cloned().unwrap_or_default();
            text.push_str(&format!(
                "CHART: {}\nVERSION: {}\nAPP_VERSION: {}\n",
                metadata.name, metadata.version, metadata.app_version
            ));
        }
        text.push_str(&format!("DESCRIPTION: {}\n", release.info.description));
        text
    }

    fn values(&self, release: &Release) -> String {
        let user = match &release.config {
            // Helm: a stored record without values reads as null.
            None if !self.fresh => Value::Null,
            config => Value::Object(config.clone().unwrap_or_default()),
        };
        let (user, computed) = (
            ironhelm_yaml::encode(&user),
            ironhelm_yaml::encode(&computed_values(release)),
        );
        format!("USER-SUPPLIED VALUES:\n{user}\nCOMPUTED VALUES:\n{computed}\n")
    }
}

/// The user's values over the defaults of the stored chart.
pub(crate) fn computed_values(release: &Release) -> Value {
    let config = release.config.clone().unwrap_or_default();
    let Ok(chart) = release.chart.to_chart() else {
        return Value::Object(config);
    };
    match coalesce_values(&chart, config.clone()) {
        Ok(coalesced) => Value::Object(coalesced.values),
        Err(_) => Value::Object(config),
    }
}

/// The stored documents of hooks.
pub(crate) fn hooks<'h>(hooks: impl IntoIterator<Item = &'h Hook>) -> String {
    hooks
        .into_iter()
        .map(|hook| format!("---\n# Source: {}\n{}\n", hook.path, hook.manifest))
        .collect()
}

fn tests(hooks: &[Hook]) -> String {
    let tests: Vec<&Hook> = hooks.iter().filter(|hook| hook.is_test()).collect();
    if tests.is_empty() {
        return "TEST SUITE: None\n".to_owned();
    }
    let run = tests.into_iter().filter(|hook| hook.last_run.started_at.is_some());
    run.map(|hook| {
        let time = |time: &Option<Time>| time.as_ref().map_or("Mon Jan  1 00:00:00 0001".to_owned(), ansic);
        format!(
            "TEST SUITE:     {}\nLast Started:   {}\nLast Completed: {}\nPhase:          {}\n",
            hook.name,
            time(&hook.last_run.started_at),
            time(&hook.last_run.completed_at),
            hook.last_run.phase.map_or("", HookPhase::as_str)
        )
    })
    .collect()
}

/// A time as Helm's tables show it.
pub(crate) fn ansic(time: &Time) -> String {
    format(&go_time(time), ANSIC)
}

/// A stored time with its zone.
pub(crate) fn go_time(time: &Time) -> GoTime {
    parse(RFC3339_NANO, time.as_str()).unwrap_or_else(|_| GoTime::zero())
}
