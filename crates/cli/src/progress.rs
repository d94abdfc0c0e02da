//! What a verb tells while it runs: short lines on standard error for whoever watches.

use ironhelm::plan::Action;
use ironhelm::{Event, Events};

use crate::output::Console;

/// Prints events. Without a terminal and without `--debug` only warnings and the logs of hooks appear, as with Helm.
pub(crate) struct Progress {
    console: Console,
    told: bool,
}

impl Progress {
    pub(crate) fn new(console: Console, debug: bool) -> Self {
        let told = debug || console.is_watched();
        Self { console, told }
    }

    fn line(&self, text: &str) {
        if self.told {
            self.console.talk(text);
        }
    }
}

impl Events for Progress {
    fn tell(&self, event: Event<'_>) {
        match event {
            Event::Warning(text) => self.console.warn(text),
            // Helm: logs of hooks are data.
            Event::HookLog(text) => self.console.data(text),
            Event::Phase(text) => self.line(text),
            Event::Object {
                action: Action::Unchanged,
                ..
            } => {}
            Event::Object { address, action } => self.line(&format!("{:9} {address}", past(action))),
            Event::HookStarted { hook, event } => self.line(&format!("{event} hook {}/{} …", hook.kind, hook.name)),
            Event::HookSucceeded { hook, event } => {
                self.line(&format!("{event} hook {}/{} succeeded", hook.kind, hook.name))
            }
            Event::Waiting { ready, total, next } => {
                self.line(&format!("{ready} of {total} ready, waiting for {next}"))
            }
            _ => {}
        }
    }
}

/// What was done, in a word.
pub(crate) fn past(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "changed",
        Action::Unchanged => "unchanged",
        Action::Delete => "deleted",
        Action::Keep => "kept",
    }
}
