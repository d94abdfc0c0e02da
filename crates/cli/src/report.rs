//! Reports for people: handlebars templates of ours, filled with what a verb did.

use std::collections::BTreeMap;

use handlebars::{Handlebars, RenderError, no_escape};
use ironhelm::plan::{Action, Address};
use ironhelm::{Objects, Outcome};
use serde::Serialize;

use crate::progress::past;

const DEMO: &str = include_str!("report/demo.hbs");
const SUMMARY: &str = include_str!("report/summary.hbs");

/// A session at a terminal.
#[derive(Debug, Serialize)]
pub(crate) struct Session {
    pub(crate) steps: Vec<Step>,
}

/// One command and what it did.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Step {
    pub(crate) command: String,
    pub(crate) output: String,
    pub(crate) summary: Option<Summary>,
}

/// What happened to the objects of a release.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    counts: String,
    groups: Vec<Group>,
}

#[derive(Debug, Serialize)]
struct Group {
    word: &'static str,
    objects: Vec<String>,
}

/// The order in which a summary tells.
const ORDER: [Action; 5] = [
    Action::Create,
    Action::Update,
    Action::Unchanged,
    Action::Delete,
    Action::Keep,
];

impl Summary {
    /// The summary of what was done, or is planned.
    pub(crate) fn of(outcome: &Outcome) -> Self {
        let done: Vec<(&Address, Action)> = match &outcome.objects {
            Objects::Applied(applied) => applied
                .outcomes
                .iter()
                .map(|(address, action)| (address, *action))
                .collect(),
            Objects::Planned(plan) => plan
                .steps
                .iter()
                .chain(&plan.removals)
                .map(|step| (&step.address, step.action))
                .collect(),
        };
        let groups = ORDER
            .into_iter()
            .filter_map(|action| group(action, &done))
            .collect::<Vec<_>>();
        let counts = groups
            .iter()
            .map(|group| format!("{} {}", group.objects.len(), group.word));
        Self {
            counts: counts.collect::<Vec<_>>().join(", "),
            groups,
        }
    }

    /// The counts in one line.
    pub(crate) fn line(&self) -> &str {
        &self.counts
    }
}

fn group(action: Action, done: &[(&Address, Action)]) -> Option<Group> {
    let of_action = done
        .iter()
        .filter(|(_, done)| *done == action)
        .map(|(address, _)| *address);
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    of_action.for_each(|address| kinds.entry(&address.resource.gvk.kind).or_default().push(&address.name));
    let objects: Vec<String> = kinds
        .into_iter()
        .flat_map(|(kind, names)| names.into_iter().map(move |name| format!("{kind}/{name}")))
        .collect();
    (!objects.is_empty()).then_some(Group {
        word: past(action),
        objects,
    })
}

/// The text of a session.
pub(crate) fn session(session: &Session) -> Result<String, RenderError> {
    let mut templates = Handlebars::new();
    templates.register_escape_fn(no_escape);
    templates.register_partial("summary", SUMMARY)?;
    templates.render_template(DEMO, session)
}
