//! `list`: which releases there are.

use std::collections::BTreeMap;

use ironhelm::ReleaseQuery;
use ironhelm::release::{Header, Release, Status};
use ironhelm_golang::json::{Style, Writer};
use ironhelm_golang::regexp::Regexp;
use ironhelm_golang::time::{STRING, format};

use crate::commands::Usage;
use crate::commands::history::chart_name;
use crate::context::{Context, Platform};
use crate::failure::Failure;
use crate::flags::{Format, OutputArgs, parse_int};
use crate::page::go_time;
use crate::release_output;
use crate::selector::Selector;
use crate::table::Table;

const USAGE: Usage = Usage {
    command: "list",
    arguments: "",
};

/// Flags of `list`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm list [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// Releases of all namespaces
    #[arg(long, short = 'A')]
    all_namespaces: bool,
    /// Only names that match this regular expression
    #[arg(long, short = 'f', value_name = "REGEXP")]
    filter: Option<String>,
    /// Only releases whose labels match this selector
    #[arg(long, short = 'l', value_name = "SELECTOR")]
    selector: Option<String>,
    #[command(flatten)]
    states: States,
    /// Sort by the time of the last change
    #[arg(long, short)]
    date: bool,
    /// Turn the order around
    #[arg(long, short)]
    reverse: bool,
    /// How many are shown at most; 0 for all
    #[arg(long, short, default_value = "256", value_parser = parse_int, value_name = "INT")]
    max: i64,
    /// How many are left out at the start
    #[arg(long, default_value = "0", value_parser = parse_int, value_name = "INT")]
    offset: i64,
    /// Names only
    #[arg(long, short = 'q')]
    short: bool,
    /// No headers
    #[arg(long)]
    no_headers: bool,
    /// Layout of times, in Go's way
    #[arg(long, value_name = "LAYOUT")]
    time_format: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

/// Which states are shown; all of them if none is named.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct States {
    /// Deployed releases
    #[arg(long)]
    deployed: bool,
    /// Failed releases
    #[arg(long)]
    failed: bool,
    /// Releases that are being worked on
    #[arg(long)]
    pending: bool,
    /// Superseded releases
    #[arg(long)]
    superseded: bool,
    /// Uninstalled releases whose history is kept
    #[arg(long)]
    uninstalled: bool,
    /// Releases that are being uninstalled
    #[arg(long)]
    uninstalling: bool,
}

/// Prints the releases.
pub(crate) async fn run<P: Platform>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    USAGE.exactly::<0>(&args.arguments)?;
    let engine = context.connect().await?.engine;
    let headers = engine
        .releases(ReleaseQuery {
            everywhere: args.all_namespaces,
        })
        .await;
    let headers = chosen(
        args,
        headers.map_err(|error| Failure::store(&error, &context.settings))?,
    )?;
    let mut releases = engine
        .read(&headers)
        .await
        .map_err(|error| Failure::store(&error, &context.settings))?;
    sort(args, &mut releases);
    let offset = usize::try_from(args.offset).unwrap_or(0);
    let max = usize::try_from(args.max)
        .ok()
        .filter(|max| *max > 0)
        .unwrap_or(usize::MAX);
    let shown: Vec<Release> = releases.into_iter().skip(offset).take(max).collect();
    context.console.data(&text(args, &shown));
    Ok(())
}

/// The records that are shown, by their labels alone: newest revisions, then states, then selected labels.
fn chosen(args: &Args, headers: Vec<Header>) -> Result<Vec<Header>, Failure> {
    let filter = args
        .filter
        .as_deref()
        .filter(|filter| !filter.is_empty())
        .map(Regexp::new);
    let filter = filter.transpose().map_err(|error| Failure::of(&error))?;
    let selector = args.selector.as_deref().unwrap_or_default();
    let selector = selector.parse::<Selector>().map_err(|error| Failure::of(&error))?;
    let named = headers.into_iter().filter(|header| {
        filter
            .as_ref()
            .is_none_or(|filter| filter.is_match(header.name.as_str().as_bytes()))
    });
    // Helm: whoever asks for superseded releases alone wants each of them.
    let all_revisions = args.states.superseded && args.states.count() == 1;
    let candidates = if all_revisions { named.collect() } else { newest(named) };
    let wanted = |header: &Header| args.states.contain(header.status) && selector.matches(&header.labels);
    Ok(candidates.into_iter().filter(wanted).collect())
}

fn newest(headers: impl Iterator<Item = Header>) -> Vec<Header> {
    let mut newest: BTreeMap<_, Header> = BTreeMap::new();
    for header in headers {
        let key = (header.namespace.clone(), header.name.clone());
        match newest.get(&key) {
            Some(known) if known.revision >= header.revision => {}
            _ => drop(newest.insert(key, header)),
        }
    }
    newest.into_values().collect()
}

impl States {
    fn named(&self) -> [(bool, &'static [Status]); 6] {
        [
            (self.deployed, &[Status::Deployed]),
            (self.failed, &[Status::Failed]),
            (
                self.pending,
                &[Status::PendingInstall, Status::PendingUpgrade, Status::PendingRollback],
            ),
            (self.superseded, &[Status::Superseded]),
            (self.uninstalled, &[Status::Uninstalled]),
            (self.uninstalling, &[Status::Uninstalling]),
        ]
    }

    fn count(&self) -> usize {
        self.named().iter().filter(|(on, _)| *on).count()
    }

    fn contain(&self, status: Status) -> bool {
        self.count() == 0 || self.named().iter().any(|(on, states)| *on && states.contains(&status))
    }
}

fn sort(args: &Args, releases: &mut [Release]) {
    if args.date {
        let second = |release: &Release| {
            release
                .info
                .last_deployed
                .as_ref()
                .map(|time| time.instant().as_second())
        };
        releases.sort_by_key(second);
    } else {
        releases.sort_by(|a, b| a.name.cmp(&b.name));
    }
    if args.reverse {
        releases.reverse();
    }
}

fn text(args: &Args, releases: &[Release]) -> String {
    let names = releases.iter().map(|release| release.name.to_string());
    let json = || {
        if args.short {
            name_list(releases)
        } else {
            json(args, releases)
        }
    };
    match args.output.output {
        Format::Table if args.short => names.map(|name| name + "\n").collect(),
        Format::Table => table(args, releases),
        Format::Json => json() + "\n",
        Format::Yaml => release_output::json_as_yaml(&json()),
    }
}

/// One line of the list.
fn columns(args: &Args, release: &Release) -> [(&'static str, String); 7] {
    let layout = args
        .time_format
        .as_deref()
        .filter(|layout| !layout.is_empty())
        .unwrap_or(STRING);
    let updated = release
        .info
        .last_deployed
        .as_ref()
        .map_or("-".to_owned(), |time| format(&go_time(time), layout));
    let app_version = release
        .chart
        .metadata()
        .map(|metadata| metadata.app_version.clone())
        .unwrap_or_default();
    [
        ("name", release.name.to_string()),
        ("namespace", release.namespace.to_string()),
        ("revision", release.revision.to_string()),
        ("updated", updated),
        ("status", release.info.status.to_string()),
        ("chart", chart_name(release)),
        ("app_version", app_version),
    ]
}

fn table(args: &Args, releases: &[Release]) -> String {
    let mut table = Table::new(&[
        "NAME",
        "NAMESPACE",
        "REVISION",
        "UPDATED",
        "STATUS",
        "CHART",
        "APP VERSION",
    ]);
    for release in releases {
        table.row(columns(args, release).into_iter().map(|(_, cell)| cell).collect());
    }
    let table = if args.no_headers {
        table.without_headers()
    } else {
        table
    };
    table.text()
}

fn json(args: &Args, releases: &[Release]) -> String {
    let mut json = Writer::new(Style::default());
    json.begin_array();
    for release in releases {
        json.begin_object();
        for (key, value) in columns(args, release) {
            json.key(key);
            json.string(&value);
        }
        json.end_object();
    }
    json.end_array();
    json.finish()
}

fn name_list(releases: &[Release]) -> String {
    let mut json = Writer::new(Style::default());
    json.begin_array();
    releases.iter().for_each(|release| json.string(release.name.as_str()));
    json.end_array();
    json.finish()
}
