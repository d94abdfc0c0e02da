//! A record to JSON, in the field order of Helm's structs.

use ironhelm_golang::json::{Style, Writer};

use crate::{Extra, Hook, Info, LastRun, Release, Time};

/// The JSON text of a record, as Helm 4 writes it.
pub fn encode_json(release: &Release) -> String {
    let mut json = Writer::new(Style::default());
    json.begin_object();
    text(&mut json, "name", release.name.as_str());
    json.key("info");
    write_info(&mut json, &release.info);
    if !release.chart.is_null() {
        json.key("chart");
        json.raw(&release.chart.as_helm4_json());
    }
    write_config(&mut json, release);
    text(&mut json, "manifest", &release.manifest);
    list(&mut json, "hooks", &release.hooks, write_hook);
    integer(&mut json, "version", i64::from(release.revision.number()));
    text(&mut json, "namespace", release.namespace.as_str());
    text(
        &mut json,
        "apply_method",
        release.apply_method.map_or("", crate::ApplyMethod::as_str),
    );
    write_extra(&mut json, &release.extra);
    json.end_object();
    json.finish()
}

fn write_info(json: &mut Writer<'_>, info: &Info) {
    json.begin_object();
    time(json, "first_deployed", info.first_deployed.as_ref());
    time(json, "last_deployed", info.last_deployed.as_ref());
    time(json, "deleted", info.deleted.as_ref());
    text(json, "description", &info.description);
    text(json, "status", info.status.as_str());
    text(json, "notes", &info.notes);
    write_extra(json, &info.extra);
    json.end_object();
}

fn write_config(json: &mut Writer<'_>, release: &Release) {
    let Some(config) = release.config.as_ref().filter(|config| !config.is_empty()) else {
        return;
    };
    json.key("config");
    json.begin_object();
    for (key, value) in config {
        json.key(key);
        json.value(value);
    }
    json.end_object();
}

fn write_hook(json: &mut Writer<'_>, hook: &Hook) {
    json.begin_object();
    text(json, "name", &hook.name);
    text(json, "kind", &hook.kind);
    text(json, "path", &hook.path);
    text(json, "manifest", &hook.manifest);
    let events: Vec<&str> = hook
        .events
        .iter()
        .map(|event| event.as_str())
        .chain(hook.foreign_events.iter().map(String::as_str))
        .collect();
    list(json, "events", &events, |json, event| json.string(event));
    json.key("last_run");
    write_last_run(json, &hook.last_run);
    integer(json, "weight", hook.weight);
    list(json, "delete_policies", &hook.delete_policies, |json, policy| {
        json.string(policy.as_str())
    });
    list(
        json,
        "output_log_policies",
        &hook.output_log_policies,
        |json, policy| json.string(policy.as_str()),
    );
    write_extra(json, &hook.extra);
    json.end_object();
}

fn write_last_run(json: &mut Writer<'_>, run: &LastRun) {
    json.begin_object();
    time(json, "started_at", run.started_at.as_ref());
    time(json, "completed_at", run.completed_at.as_ref());
    // Helm: the phase is the one field that is written even when empty.
    json.key("phase");
    json.string(run.phase.map_or("", crate::HookPhase::as_str));
    json.end_object();
}

fn write_extra(json: &mut Writer<'_>, extra: &Extra) {
    for (key, value) in extra {
        json.key(key);
        json.raw(value);
    }
}

fn text(json: &mut Writer<'_>, key: &str, value: &str) {
    if !value.is_empty() {
        json.key(key);
        json.string(value);
    }
}

fn integer(json: &mut Writer<'_>, key: &str, value: i64) {
    if value != 0 {
        json.key(key);
        json.integer(value);
    }
}

fn time(json: &mut Writer<'_>, key: &str, value: Option<&Time>) {
    text(json, key, value.map_or("", Time::as_str));
}

fn list<T>(json: &mut Writer<'_>, key: &str, items: &[T], write: impl Fn(&mut Writer<'_>, &T)) {
    if items.is_empty() {
        return;
    }
    json.key(key);
    json.begin_array();
    for item in items {
        write(json, item);
    }
    json.end_array();
}
