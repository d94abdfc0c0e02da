//! Bundles on their way to registries and chart repositories: the part that `sync`, `images push` and releases from
//! bundles share.

mod chart;
mod failure;
mod reach;
mod report;
mod settings;

use std::path::PathBuf;

use ironhelm::bundle::config::{Options, Repository};
use ironhelm::bundle::plan::{Action, Contents, Severity, SyncPlan};
use ironhelm::bundle::push::{Event, Journal, Progress, PushOptions};
use ironhelm::bundle::relocate::Rules;
use ironhelm::bundle::sync::{Report, Targets};

pub(crate) use chart::{SyncToArgs, chart_at_target};
pub(crate) use reach::{Reach, ReachArgs, host_of};
pub(crate) use settings::DeliverySettings;

use crate::failure::{Exit, Failure};
use crate::flags::Format;
use crate::output::Console;
use crate::transfer::Transfer;

/// A delivery: how, and how much is told.
pub(crate) struct Delivery<'d, P> {
    pub(crate) reach: Reach<'d, P>,
    /// The chart repository; none for images alone.
    pub(crate) charts: Option<&'d Repository>,
    pub(crate) options: Options,
    /// Whether what is in order is sent although something else is not.
    pub(crate) keep_going: bool,
    pub(crate) format: Format,
    /// Where uploads are noted, if not in the usual place.
    pub(crate) state: Option<PathBuf>,
}

impl<P> Delivery<'_, P> {
    /// Asks the targets, completes the plan, carries it out, and prints what became of everything; or prints the plan.
    pub(crate) async fn run(&self, plan: &mut SyncPlan, contents: &Contents) -> Result<(), Failure> {
        let console = &self.reach.context.console;
        let targets = self.decide(plan).await?;
        if self.options.dry_run {
            console.data(&report::plan(plan, self.charts.is_some(), self.format));
            return self.refuse(plan);
        }
        let done = self.send(&targets, plan, contents).await?;
        console.data(&report::outcome(plan, &done, self.charts.is_some(), self.format));
        finish(&done)
    }

    /// The same without a word on standard output.
    pub(crate) async fn deliver(&self, plan: &mut SyncPlan, contents: &Contents) -> Result<(), Failure> {
        let targets = self.decide(plan).await?;
        finish(&self.send(&targets, plan, contents).await?)
    }

    async fn decide(&self, plan: &mut SyncPlan) -> Result<Targets, Failure> {
        self.refuse(plan)?;
        let targets = self.reach.targets(plan, self.charts).await?;
        let seen = targets.observe(plan, self.reach.args.connections).await;
        plan.decide(&seen, &self.options);
        Ok(targets)
    }

    async fn send(&self, targets: &Targets, plan: &SyncPlan, contents: &Contents) -> Result<Report, Failure> {
        let console = &self.reach.context.console;
        self.refuse(plan)?;
        tell_problems(plan, console);
        let progress = Pushing {
            transfer: Transfer::new(console.clone(), "sent"),
            console,
        };
        let carried = targets.carry_out(plan, contents, &self.push_options(), &progress).await;
        progress.transfer.end();
        carried.map_err(|error| Failure::sync(&error))
    }

    /// Fails for what stands in the way; nothing has been sent.
    fn refuse(&self, plan: &SyncPlan) -> Result<(), Failure> {
        let mut errors = plan
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error);
        let (Some(first), more) = (errors.next(), errors.count()) else {
            return Ok(());
        };
        if self.keep_going {
            return Ok(());
        }
        let more = if more > 0 {
            format!(" (and {more} more)")
        } else {
            String::new()
        };
        let is_about = !first.text.contains(&first.about);
        let about = if is_about {
            format!("{}: ", first.about)
        } else {
            String::new()
        };
        let failure = Failure::new(format!("nothing was sent: {about}{}{more}", first.text)).exit(Exit::Conflict);
        Err(failure.hint("--dry-run shows the whole plan; --keep-going sends what is in order"))
    }

    fn push_options(&self) -> PushOptions {
        let state = self
            .state
            .as_ref()
            .unwrap_or(&self.reach.context.settings.delivery.state);
        // Without a journal only a process that dies has to begin its uploads anew.
        let journal = Journal::open(state)
            .inspect_err(|error| tracing::debug!(state = %state.display(), %error, "uploads are not noted"));
        PushOptions {
            connections: self.reach.args.connections,
            journal: journal.ok(),
        }
    }
}

/// The rules that a place `REGISTRY[/PATH]` stands for: each image keeps the last part of its name.
pub(crate) fn rules_to(place: &str) -> Result<Rules, Failure> {
    let place = place.trim_start_matches("oci://").trim_end_matches('/');
    let (registry, repository) = place.split_once('/').unwrap_or((place, ""));
    if registry.is_empty() || place.contains("://") {
        return Err(Failure::new(format!("{place:?} is no registry")).hint("write it as REGISTRY or REGISTRY/PROJECT"));
    }
    Ok(Rules {
        registry: registry.to_owned(),
        repository: repository.to_owned(),
        ..Rules::default()
    })
}

/// Tells what is odd and does not stand in the way.
fn tell_problems(plan: &SyncPlan, console: &Console) {
    for problem in &plan.problems {
        console.warn(&format!("{}: {}", problem.about, problem.text));
    }
    for project in plan.projects.iter().filter(|project| project.action == Action::Create) {
        let (name, registry) = (&project.name, &project.registry);
        console.talk(&format!("creating the public project \"{name}\" in {registry}"));
    }
}

/// Fails for the first thing that is not where it should be.
fn finish(done: &Report) -> Result<(), Failure> {
    let images = done
        .images
        .iter()
        .filter_map(|image| image.outcome.as_ref().err().map(Failure::push));
    let charts = done.charts.iter().filter_map(|chart| {
        let error = chart.outcome.as_ref().err()?;
        Some(Failure::chart_delivery(error).prefixed(&format!("{} {}: ", chart.name, chart.version)))
    });
    let mut failures = images.chain(charts);
    let Some(first) = failures.next() else { return Ok(()) };
    match failures.count() {
        0 => Err(first),
        more => Err(first.prefixed(&format!("{} things are not at their target; the first: ", more + 1))),
    }
}

/// Tells a person, or a log, how far it has come.
struct Pushing<'c> {
    transfer: Transfer,
    console: &'c Console,
}

impl Progress for Pushing<'_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Bytes { done, total } => self.transfer.at(done, total),
            Event::Image { target, error: None } if self.console.is_watched() => {
                self.console.talk(&format!("{target} is there"));
            }
            Event::Image { .. } => {}
        }
    }
}
