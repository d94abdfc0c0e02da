//! Small charts with the output or error that Helm 4.2.3 gave for `template r web -n ns --kube-version 1.34.2`.

#![allow(clippy::unwrap_used, reason = "a broken test file is to fail the test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ironhelm_chart::{File, LoadOptions, load_files, process_dependencies};
use ironhelm_render::{
    Capabilities, KubeVersion, Lookup, LookupAnswer, ReleaseContext, RenderError, RenderOptions, Rendered, World,
    render,
};
use ironhelm_values::{Values, coalesce_values};
use serde_json::Value as Json;

/// A world without a cluster, or one that answers only what it was given.
struct Still(Option<BTreeMap<Lookup, LookupAnswer>>);

impl World for Still {
    fn lookup(&self, lookup: &Lookup) -> LookupAnswer {
        match &self.0 {
            None => LookupAnswer::Offline,
            Some(known) => known.get(lookup).cloned().unwrap_or(LookupAnswer::Missing),
        }
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn resolve_host(&self, _: &str) -> Option<String> {
        None
    }
}

type Files = BTreeMap<String, String>;

fn files(json: &Json) -> Files {
    json.as_object()
        .into_iter()
        .flatten()
        .map(|(name, text)| (name.clone(), text.as_str().unwrap().to_owned()))
        .collect()
}

fn render_files(files: &Files, world: &Still) -> Result<Rendered, RenderError> {
    let file = |(name, text): (&String, &String)| File {
        name: name.clone(),
        data: text.as_bytes().into(),
        modified: None,
    };
    let loaded = load_files(files.iter().map(file).collect(), &LoadOptions::default()).unwrap();
    let chart = process_dependencies(&Arc::new(loaded.chart), &Values::new())
        .unwrap()
        .chart;
    let values = coalesce_values(&*chart, Values::new()).unwrap().values;
    let release = ReleaseContext {
        name: "r".to_owned(),
        namespace: "ns".to_owned(),
        revision: 1,
        is_install: true,
        is_upgrade: false,
    };
    let capabilities = Capabilities::offline(KubeVersion::parse("1.34.2").unwrap(), []);
    render(
        &chart,
        &values,
        &release,
        &capabilities,
        world,
        &RenderOptions::default(),
    )
}

fn printed(rendered: &Rendered) -> String {
    let hook = |hook: &ironhelm_release::Hook| format!("---\n# Source: {}\n{}\n", hook.path, hook.manifest);
    let hooks: Vec<_> = rendered.hooks.iter().map(hook).collect();
    format!("{}\n{}", rendered.manifest_text().trim(), hooks.concat())
}

fn check(base: &Files, case: &Json) -> Option<String> {
    let mut all = base.clone();
    all.insert(
        "templates/a.yaml".to_owned(),
        case["template"].as_str().unwrap().to_owned(),
    );
    all.extend(files(&case["files"]));
    let result = render_files(&all, &Still(None));
    let got = result.as_ref().map(printed).map_err(ToString::to_string);
    let want = case["out"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| case["err"].as_str().unwrap().to_owned());
    (got != want).then(|| format!("{}\n  got  {got:?}\n  want {want:?}", case["template"]))
}

fn recorded() -> (Files, Vec<Json>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/render/cases-helm-4.2.3.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    (files(&lines.next().unwrap()["base"]), lines.collect())
}

#[test]
fn helm_agrees() {
    let (base, cases) = recorded();
    let failures: Vec<_> = cases.iter().filter_map(|case| check(&base, case)).collect();
    assert!(
        failures.is_empty(),
        "{} of {} fail:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

#[test]
fn unknown_lookups_are_reported_until_they_are_known() {
    let (mut files, _) = recorded();
    let template = r#"a: {{ (lookup "v1" "Secret" .Release.Namespace "x").data.k }}"#;
    files.insert("templates/a.yaml".to_owned(), template.to_owned());
    let lookup = Lookup {
        api_version: "v1".to_owned(),
        kind: "Secret".to_owned(),
        namespace: "ns".to_owned(),
        name: "x".to_owned(),
    };
    let failed = render_files(&files, &Still(Some(BTreeMap::new()))).unwrap_err();
    assert_eq!(failed.missing_lookups(), std::slice::from_ref(&lookup));
    let secret = serde_json::json!({"data": {"k": "v"}});
    let known = BTreeMap::from([(lookup, LookupAnswer::Known(secret))]);
    let rendered = render_files(&files, &Still(Some(known))).unwrap();
    assert_eq!(rendered.missing_lookups, []);
    assert_eq!(rendered.manifests[0].text, "a: v");
}

#[test]
fn renderings_can_be_sent_to_other_threads() {
    fn send<T: Send>() {}
    send::<Rendered>();
    send::<RenderError>();
}

#[test]
fn hostile_templates_end_with_an_error_or_output() {
    let (mut files, _) = recorded();
    for (template, ending) in [
        (
            r#"{{ define "x" }}{{ include "y" . }}{{ end }}{{ define "y" }}{{ include "x" . }}{{ end }}{{ include "x" . }}"#,
            "unable to execute template",
        ),
        (
            r#"{{ define "x" }}{{ tpl "{{ include \"x\" . }}" . }}{{ end }}{{ include "x" . }}"#,
            "unable to execute template",
        ),
        (
            r#"{{ $t := "{{ tpl . . }}" }}{{ tpl $t $t }}"#,
            "exceeded maximum depth of nested executions",
        ),
    ] {
        files.insert("templates/a.yaml".to_owned(), template.to_owned());
        let error = render_files(&files, &Still(None)).unwrap_err().to_string();
        assert!(
            error.ends_with(ending),
            "{template}: …{}",
            &error[error.len().saturating_sub(200)..]
        );
    }
    let deep = r#"{{ $x := list }}{{ range until 50000 }}{{ $x = list $x }}{{ end }}a: {{ $x | toString | len }}
b: {{ toJson $x | len | kindOf }} {{ deepCopy (list 1) | len }} {{ toYaml $x | len | kindOf }}"#;
    files.insert("templates/a.yaml".to_owned(), deep.to_owned());
    assert!(render_files(&files, &Still(None)).is_ok());
}
