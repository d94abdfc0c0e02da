//! `demo`: an upgrade of an operator's chart on a cluster in memory, from the binary alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ironhelm::chart::Chart;
use ironhelm::plan::{Action, parse_manifest};
use ironhelm::release::{HookPhase, Namespace, Release, ReleaseName};
use ironhelm::values::{UserValues, ValuesFile};
use ironhelm::{Engine, InstallRequest, Objects, Outcome, Sandbox, SandboxReleases, UpgradeRequest};
use serde_json::Value;

use crate::commands::history;
use crate::demo_charts::{AFTER, BEFORE, chart};
use crate::failure::Failure;
use crate::output::Console;
use crate::report::{Session, Step, Summary, session};

const NAMESPACE: &str = "skoala-system";
const REGISTRY: &str = "global.imageRegistry=10.16.23.145";

type Memory = Engine<Sandbox, SandboxReleases>;

/// Runs the session and prints it.
pub(crate) async fn run(console: &Console) -> Result<(), Failure> {
    let engine: Memory = Engine::in_memory(NAMESPACE);
    let name: ReleaseName = "skoala".parse().map_err(|error| Failure::of(&error))?;
    let load = |files| chart(files).map(Arc::new).map_err(|error| Failure::of(&error));
    let installed = install(&engine, &name, load(BEFORE)?).await?;
    let backup = ironhelm_yaml::encode(&Value::Object(installed.release.config.clone().unwrap_or_default()));
    let before = engine.cluster().objects();
    let mut upgraded = upgrade(&engine, &name, load(AFTER)?, &backup).await?;
    settle(&mut upgraded, &before, &engine.cluster().objects());
    let history = engine.history(&name).await.map_err(|error| Failure::of(&error))?;
    let revisions = engine
        .read(history.revisions())
        .await
        .map_err(|error| Failure::of(&error))?;
    let history = history::table(&revisions).trim_end().to_owned();
    let steps = vec![
        step(
            "install skoala ./skoala-0.13.0 --create-namespace --set hive.replicas=2",
            &said(&installed),
            Some(&installed),
        ),
        step(
            "get values skoala -o yaml > bak.yaml && cat bak.yaml",
            backup.trim_end(),
            None,
        ),
        step(
            &format!("upgrade skoala ./skoala-0.14.0 -f bak.yaml --set {REGISTRY}"),
            &said(&upgraded),
            Some(&upgraded),
        ),
        step("get manifest skoala | grep image:", &images(&upgraded.release), None),
        step("history skoala", &history, None),
    ];
    let text = session(&Session { steps }).map_err(|error| Failure::of(&error))?;
    console.talk("A cluster in memory; nothing of yours is touched.\n");
    console.data(&text);
    Ok(())
}

fn step(command: &str, output: &str, outcome: Option<&Outcome>) -> Step {
    let command = format!("ironhelm -n {NAMESPACE} {command}");
    Step {
        command,
        output: output.to_owned(),
        summary: outcome.map(Summary::of),
    }
}

async fn install(engine: &Memory, name: &ReleaseName, chart: Arc<Chart>) -> Result<Outcome, Failure> {
    let given = UserValues {
        set: vec!["hive.replicas=2".to_owned()],
        ..UserValues::default()
    };
    let mut request = InstallRequest::new(name.clone(), Namespace::from(NAMESPACE), chart);
    request.values = resolved(&given)?;
    request.create_namespace = true;
    engine.install(&request).await.map_err(|error| Failure::of(&error))
}

async fn upgrade(engine: &Memory, name: &ReleaseName, chart: Arc<Chart>, backup: &str) -> Result<Outcome, Failure> {
    let file = ValuesFile {
        name: "bak.yaml".to_owned(),
        text: backup.as_bytes().to_vec(),
    };
    let given = UserValues {
        files: vec![file],
        set: vec![REGISTRY.to_owned()],
        ..UserValues::default()
    };
    let mut request = UpgradeRequest::new(name.clone(), chart);
    request.values = resolved(&given)?;
    engine.upgrade(&request).await.map_err(|error| Failure::of(&error))
}

fn resolved(given: &UserValues) -> Result<ironhelm::values::Values, Failure> {
    let no_files = &mut |path: &str| Err(std::io::Error::new(std::io::ErrorKind::NotFound, path.to_owned()));
    given.resolve(no_files).map_err(|error| Failure::of(&error))
}

/// A cluster in memory knows no field managers, so what an apply really changed shows in the objects alone.
fn settle(outcome: &mut Outcome, before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) {
    let Objects::Applied(applied) = &mut outcome.objects else {
        return;
    };
    for (address, action) in &mut applied.outcomes {
        if *action == Action::Update && before.get(&address.path()) == after.get(&address.path()) {
            *action = Action::Unchanged;
        }
    }
}

/// The hooks that ran, the state of the release, and its notes.
fn said(outcome: &Outcome) -> String {
    let Release {
        revision, info, hooks, ..
    } = &outcome.release;
    let run = hooks
        .iter()
        .filter(|hook| hook.last_run.phase == Some(HookPhase::Succeeded));
    let hooks: String = run
        .map(|hook| format!("hook {}/{} succeeded\n", hook.kind, hook.name))
        .collect();
    format!(
        "{hooks}revision {revision} is {}: {}\n{}",
        info.status,
        info.description,
        info.notes.trim()
    )
}

/// Every image of a manifest, once.
fn images(release: &Release) -> String {
    let mut found = BTreeSet::new();
    for object in parse_manifest(&release.manifest).unwrap_or_default() {
        let containers = &object.field("spec")["template"]["spec"]["containers"];
        let images = containers
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|container| container["image"].as_str());
        found.extend(images.map(|image| format!("image: {image}")));
    }
    found.into_iter().collect::<Vec<_>>().join("\n")
}
