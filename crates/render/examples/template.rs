//! A small `template` command on the crates below: `template NAME CHART [-n NS] [-f FILE]… [--set …]…`.
//!
//! It reads what the corpus of charts needs of Helm's command line; the real command line is elsewhere.

#![allow(clippy::print_stdout, clippy::print_stderr, clippy::exit, reason = "a program")]

use std::error::Error;
use std::sync::Arc;

use ironhelm_chart::{check_dependencies, load, process_dependencies};
use ironhelm_render::{
    Capabilities, KubeVersion, Lookup, LookupAnswer, ReleaseContext, RenderError, RenderOptions, Rendered, World,
    render,
};
use ironhelm_values::sources::{UserValues, ValuesFile};
use ironhelm_values::{coalesce_values, schema};

#[derive(Default)]
struct Arguments {
    names: Vec<String>,
    namespace: Option<String>,
    kube_version: Option<String>,
    api_versions: Vec<String>,
    values: UserValues,
    show_only: Vec<String>,
    include_crds: bool,
    no_hooks: bool,
    skip_tests: bool,
    skip_schema: bool,
    is_upgrade: bool,
}

struct Offline;

impl World for Offline {
    fn lookup(&self, _: &Lookup) -> LookupAnswer {
        LookupAnswer::Offline
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn random(&self, bytes: &mut [u8]) {
        use std::io::Read;
        let _ = std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(bytes));
    }

    fn resolve_host(&self, _: &str) -> Option<String> {
        None
    }
}

fn main() {
    if let Err(error) = run() {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        if error.is::<RenderError>() {
            text.push_str("\n\nUse --debug flag to render out invalid YAML");
        }
        eprintln!("Error: {text}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments = parse(std::env::args().skip(2))?;
    let [name, path] = arguments.names.as_slice() else {
        return Err("want NAME CHART".into());
    };
    let loaded = load(path)?;
    let chart = Arc::new(loaded.chart);
    let user = arguments.values.resolve(&mut |name: &str| std::fs::read(name))?;
    check_dependencies(&chart)?;
    if chart.is_library() {
        return Err("library charts are not installable".into());
    }
    let chart = process_dependencies(&chart, &user)?.chart;
    let values = coalesce_values(&*chart, user)?.values;
    if !arguments.skip_schema {
        schema::check(&*chart, &values)?.into_result()?;
    }
    let release = ReleaseContext {
        name: name.clone(),
        namespace: arguments.namespace.clone().unwrap_or_else(|| "default".to_owned()),
        revision: 1,
        is_install: !arguments.is_upgrade,
        is_upgrade: arguments.is_upgrade,
    };
    let version = arguments
        .kube_version
        .as_deref()
        .map(KubeVersion::parse)
        .transpose()?
        .unwrap_or_default();
    let capabilities = Capabilities::offline(version, arguments.api_versions.clone());
    let rendered = render(
        &chart,
        &values,
        &release,
        &capabilities,
        &Offline,
        &RenderOptions::default(),
    )?;
    print!("{}", output(&rendered, &arguments)?);
    Ok(())
}

fn output(rendered: &Rendered, arguments: &Arguments) -> Result<String, Box<dyn Error>> {
    let mut manifest = String::new();
    if arguments.include_crds {
        for crd in &rendered.crds {
            manifest += &format!("---\n# Source: {}\n{}\n", crd.name, String::from_utf8_lossy(&crd.data));
        }
    }
    manifest += &rendered.manifest_text();
    let mut text = format!("{}\n", manifest.trim());
    for hook in rendered
        .hooks
        .iter()
        .filter(|hook| !(arguments.no_hooks || arguments.skip_tests && hook.is_test()))
    {
        text += &format!("---\n# Source: {}\n{}\n", hook.path, hook.manifest);
    }
    if arguments.show_only.is_empty() {
        return Ok(text);
    }
    let mut shown = String::new();
    for wanted in &arguments.show_only {
        let documents = ironhelm_render::split_manifest(&text);
        let matching = documents.iter().filter(|document| {
            document
                .source
                .and_then(|source| source.split_once('/'))
                .is_some_and(|(_, source)| source == wanted)
        });
        let before = shown.len();
        matching.for_each(|document| shown += &format!("---\n{}\n", document.text));
        if shown.len() == before {
            return Err(format!("could not find template {wanted} in chart").into());
        }
    }
    Ok(shown)
}

fn parse(given: impl Iterator<Item = String>) -> Result<Arguments, Box<dyn Error>> {
    let mut arguments = Arguments::default();
    let mut given = given.flat_map(|word| match word.split_once('=') {
        Some((flag, value)) if flag.starts_with("--") => vec![flag.to_owned(), value.to_owned()],
        _ => vec![word],
    });
    while let Some(word) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("{word} wants a value"));
        match word.as_str() {
            "-n" | "--namespace" => arguments.namespace = Some(value()?),
            "--kube-version" => arguments.kube_version = Some(value()?),
            "--api-versions" | "-a" => arguments.api_versions.extend(value()?.split(',').map(str::to_owned)),
            "-f" | "--values" => {
                let name = value()?;
                let text = std::fs::read(&name)?;
                arguments.values.files.push(ValuesFile { name, text });
            }
            "--set" => arguments.values.set.push(value()?),
            "--set-string" => arguments.values.set_string.push(value()?),
            "--set-json" => arguments.values.set_json.push(value()?),
            "--set-file" => arguments.values.set_file.push(value()?),
            "--set-literal" => arguments.values.set_literal.push(value()?),
            "-s" | "--show-only" => arguments.show_only.push(value()?),
            "--include-crds" => arguments.include_crds = true,
            "--no-hooks" => arguments.no_hooks = true,
            "--skip-tests" => arguments.skip_tests = true,
            "--skip-schema-validation" => arguments.skip_schema = true,
            "--is-upgrade" => arguments.is_upgrade = true,
            _ => arguments.names.push(word),
        }
    }
    Ok(arguments)
}
