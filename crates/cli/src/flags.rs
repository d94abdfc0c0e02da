//! Groups of flags that commands share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use ironhelm::{Applying, DryRun, OnFailure, Recording, Rendering, ServerSide, Surroundings, System, WaitFor, Waiting};
use ironhelm_golang::{strconv, time};

use crate::failure::Failure;
use crate::output::Console;
use crate::post_renderer::PostRenderer;
use crate::settings::Settings;

/// How data is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// JSON in one line.
    Json,
    /// YAML.
    Yaml,
}

/// `-o`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(crate) struct OutputArgs {
    /// Format of the output: table, json or yaml
    #[arg(long, short, default_value = "table", value_parser = parse_format, value_name = "FORMAT")]
    pub(crate) output: Format,
}

fn parse_format(text: &str) -> Result<Format, &'static str> {
    Format::from_str(text, false).map_err(|_| "invalid format type")
}

/// `--revision`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(crate) struct RevisionArgs {
    /// Number of the revision; 0 for the newest
    #[arg(long, default_value = "0", value_parser = parse_int, value_name = "INT")]
    revision: i64,
}

impl RevisionArgs {
    pub(crate) fn revision(&self) -> Option<ironhelm::release::Revision> {
        // Helm: what is not positive means the newest one.
        let number = u32::try_from(self.revision).unwrap_or(if self.revision > 0 { u32::MAX } else { 0 });
        (number > 0).then(|| ironhelm::release::Revision::new(number))
    }
}

/// Reads an integer as pflag does.
pub(crate) fn parse_int(text: &str) -> Result<i64, strconv::NumError> {
    strconv::parse_int(text, 0, 64)
}

/// Where the user's values come from.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(crate) struct ValuesArgs {
    /// YAML file with values, or - for standard input; may be repeated
    #[arg(long = "values", short = 'f', value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Set a value: key=value,…; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Set a text: key=value,…
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set_string: Vec<String>,
    /// Set a value to the contents of a file: key=path,…
    #[arg(long, value_name = "KEY=PATH")]
    pub(crate) set_file: Vec<String>,
    /// Set JSON values: key=json,… or a whole object
    #[arg(long, value_name = "JSON")]
    pub(crate) set_json: Vec<String>,
    /// Set one text as it stands: key=text
    #[arg(long, value_name = "KEY=TEXT")]
    pub(crate) set_literal: Vec<String>,
}

/// How templates are run.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
#[allow(dead_code, reason = "a flag is taken so that command lines for Helm work")]
pub(crate) struct RenderArgs {
    /// Render the notes of subcharts too
    #[arg(long)]
    render_subchart_notes: bool,
    /// Let templates resolve host names
    #[arg(long)]
    enable_dns: bool,
    /// Do not check the values against values.schema.json
    #[arg(long)]
    skip_schema_validation: bool,
    /// Let templates take so many times as much work and memory as they may by default
    #[arg(long, default_value = "1", value_name = "TIMES")]
    render_budget: u32,
    #[command(flatten)]
    post_renderer: PostRendererArgs,
    #[arg(long, hide = true)]
    disable_openapi_validation: bool,
}

impl RenderArgs {
    /// The machine, with the post-renderer that is asked for.
    pub(crate) fn surroundings(&self, settings: &Settings) -> Result<Arc<dyn Surroundings>, Failure> {
        let PostRendererArgs {
            post_renderer,
            post_renderer_args,
        } = &self.post_renderer;
        match post_renderer.as_deref().filter(|name| !name.is_empty()) {
            None => Ok(Arc::new(System)),
            Some(name) => Ok(Arc::new(PostRenderer::find(name, post_renderer_args, settings)?)),
        }
    }

    pub(crate) fn rendering(&self) -> Rendering {
        Rendering {
            skip_schema_validation: self.skip_schema_validation,
            subchart_notes: self.render_subchart_notes,
            enable_dns: self.enable_dns,
            budget: ironhelm::render::Budget::default().times(self.render_budget),
        }
    }
}

/// Who rewrites what templates wrote.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(crate) struct PostRendererArgs {
    /// Let this plugin or program rewrite what templates wrote
    #[arg(long, value_name = "NAME")]
    post_renderer: Option<String>,
    /// An argument of the post-renderer; may be repeated
    #[arg(long, value_name = "ARGUMENT")]
    post_renderer_args: Vec<String>,
}

/// How objects reach the cluster.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(crate) struct ApplyArgs {
    /// Apply on the server: true, false, or auto for the way of the revision before
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "WHERE")]
    server_side: Option<String>,
    /// Take fields over from other field managers
    #[arg(long)]
    force_conflicts: bool,
    /// Replace objects instead of patching them
    #[arg(long)]
    force_replace: bool,
}

impl ApplyArgs {
    /// What is asked for, where the word `auto` may be used.
    pub(crate) fn applying(&self) -> Result<Applying, String> {
        let server_side = match self.server_side.as_deref() {
            None | Some("auto") => ServerSide::Auto,
            Some("true") => ServerSide::On,
            Some("false") => ServerSide::Off,
            Some(other) => {
                return Err(format!(
                    "unknown release server-side method: {other:?} (it is auto, true or false)"
                ));
            }
        };
        Ok(self.with(server_side))
    }

    /// What is asked for, where the flag is a boolean.
    pub(crate) fn applying_anew(&self) -> Result<Applying, String> {
        let Some(word) = self.server_side.as_deref() else {
            return Ok(self.with(ServerSide::On));
        };
        let on = strconv::parse_bool(word)
            .map_err(|error| format!("invalid argument {word:?} for \"--server-side\" flag: {error}"))?;
        Ok(self.with(if on { ServerSide::On } else { ServerSide::Off }))
    }

    fn with(&self, server_side: ServerSide) -> Applying {
        Applying {
            server_side,
            force_conflicts: self.force_conflicts,
            force_replace: self.force_replace,
            take_ownership: false,
        }
    }
}

/// What is waited for, and how long.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(crate) struct WaitArgs {
    /// Wait until everything is ready: watcher, hookOnly or legacy
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "watcher", value_parser = parse_wait, value_name = "STRATEGY")]
    wait: Option<Wait>,
    /// With --wait: also wait until Jobs are complete
    #[arg(long)]
    wait_for_jobs: bool,
    /// How long to wait for each operation
    #[arg(long, default_value = "5m0s", value_parser = parse_duration, value_name = "DURATION")]
    timeout: Timeout,
}

/// `--wait`: whether to, and whether it was said in the words of Helm 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wait {
    on: bool,
    boolean: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Timeout(Duration);

impl Default for Timeout {
    fn default() -> Self {
        Self(Waiting::default().timeout)
    }
}

impl WaitArgs {
    /// What is waited for where a failure has consequences: then readiness always is.
    pub(crate) fn waiting_with(&self, on_failure: OnFailure, console: &Console) -> Waiting {
        let waiting = self.waiting(console);
        match on_failure {
            OnFailure::RollBack => Waiting {
                for_what: self.until_ready(),
                ..waiting
            },
            OnFailure::Leave => waiting,
        }
    }

    pub(crate) fn waiting(&self, console: &Console) -> Waiting {
        if let Some(Wait { on, boolean: true }) = self.wait {
            let instead = if on { "--wait=watcher" } else { "--wait=hookOnly" };
            console.warn(&format!(
                "--wait={on} is deprecated (boolean value) and can be replaced with {instead}"
            ));
        }
        let ready = self.wait.is_some_and(|wait| wait.on);
        Waiting {
            for_what: if ready { self.until_ready() } else { WaitFor::Hooks },
            timeout: self.timeout.0,
        }
    }

    fn until_ready(&self) -> WaitFor {
        WaitFor::Ready {
            jobs: self.wait_for_jobs,
        }
    }
}

fn parse_wait(text: &str) -> Result<Wait, String> {
    match text {
        "watcher" | "legacy" => Ok(Wait {
            on: true,
            boolean: false,
        }),
        "hookOnly" => Ok(Wait {
            on: false,
            boolean: false,
        }),
        "true" => Ok(Wait {
            on: true,
            boolean: true,
        }),
        "false" => Ok(Wait {
            on: false,
            boolean: true,
        }),
        other => Err(format!(
            "invalid wait input {other:?}. Valid inputs are watcher, hookOnly, and legacy"
        )),
    }
}

fn parse_duration(text: &str) -> Result<Timeout, time::ParseDurationError> {
    parse_span(text).map(Timeout)
}

/// Reads a duration as Go does; what is negative is none.
pub(crate) fn parse_span(text: &str) -> Result<Duration, time::ParseDurationError> {
    let nanoseconds = time::Duration::parse(text)?.0;
    Ok(Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0)))
}

/// `--dry-run`.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(crate) struct DryRunArgs {
    /// Change nothing: client, server or none
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "", value_name = "WHERE")]
    dry_run: Option<String>,
}

impl DryRunArgs {
    /// What is asked for; the older ways of saying it are warned about.
    pub(crate) fn dry_run(&self, console: &Console) -> Result<DryRun, String> {
        match self.dry_run.as_deref() {
            None | Some("none") => Ok(DryRun::Off),
            Some("client") => Ok(DryRun::Client),
            Some("server") => Ok(DryRun::Server),
            Some("") => {
                console.warn("--dry-run is deprecated and should be replaced with '--dry-run=client'");
                Ok(DryRun::Client)
            }
            Some(word) => {
                match strconv::parse_bool(word) {
                    Ok(on) => {
                        let (instead, chosen) = if on {
                            ("client", DryRun::Client)
                        } else {
                            ("none", DryRun::Off)
                        };
                        console.warn(&format!("boolean '--dry-run={word}' flag is deprecated and must be replaced with '--dry-run={instead}'"));
                        Ok(chosen)
                    }
                    Err(_) => Err(format!(
                        "invalid dry-run value ({word:?}). Must be \"none\", \"server\", or \"client\""
                    )),
                }
            }
        }
    }

    /// Is no dry run asked for by name?
    pub(crate) fn is_none(&self) -> bool {
        self.dry_run.as_deref() == Some("none")
    }

    pub(crate) fn is_given(&self) -> bool {
        self.dry_run.is_some()
    }
}

/// What is written into the record.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(crate) struct RecordArgs {
    /// Description of the revision
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Labels of the record: key=value,…; the value null removes one
    #[arg(long, short = 'l', value_parser = parse_labels, value_name = "KEY=VALUE")]
    labels: Vec<Labels>,
}

#[derive(Debug, Clone, Default)]
struct Labels(BTreeMap<String, String>);

impl RecordArgs {
    pub(crate) fn recording(&self, history_max: u32) -> Recording {
        let labels = self.labels.iter().flat_map(|labels| labels.0.clone()).collect();
        let description = self.description.clone().filter(|text| !text.is_empty());
        Recording {
            description,
            labels,
            history_max,
        }
    }
}

fn parse_labels(text: &str) -> Result<Labels, String> {
    let pair = |item: &str| match item.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(format!("{item} must be formatted as key=value")),
    };
    text.split(',')
        .filter(|_| !text.is_empty())
        .map(pair)
        .collect::<Result<_, _>>()
        .map(Labels)
}

/// `--history-max`.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(crate) struct HistoryArgs {
    /// How many revisions are kept; 0 for all
    #[arg(long, value_parser = parse_int, value_name = "INT")]
    history_max: Option<i64>,
}

impl HistoryArgs {
    pub(crate) fn max(&self, default: u32) -> u32 {
        self.history_max
            .map_or(default, |max| u32::try_from(max.max(0)).unwrap_or(u32::MAX))
    }
}

/// What is printed at the end of an install or upgrade.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(crate) struct ResultArgs {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Do not print the notes
    #[arg(long)]
    pub(crate) hide_notes: bool,
    /// With --dry-run: do not print Secrets
    #[arg(long)]
    pub(crate) hide_secret: bool,
}
