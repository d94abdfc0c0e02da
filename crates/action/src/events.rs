//! What a verb tells while it runs.

use ironhelm_plan::{Action, Address};
use ironhelm_release::{Hook, HookEvent};

/// Something that a person may want to see as it happens.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A new phase begins (`rendering`, `observing 12 objects`, …).
    Phase(&'a str),
    /// Something that is not an error and should be known.
    Warning(&'a str),
    /// An object was created, changed, deleted, kept, or found as it is wanted.
    Object {
        /// The object.
        address: &'a Address,
        /// What happened.
        action: Action,
    },
    /// A hook starts.
    HookStarted {
        /// The hook.
        hook: &'a Hook,
        /// Why it runs.
        event: HookEvent,
    },
    /// A hook has ended well.
    HookSucceeded {
        /// The hook.
        hook: &'a Hook,
        /// Why it ran.
        event: HookEvent,
    },
    /// The log of a hook's container, which Helm prints on stdout.
    HookLog(&'a str),
    /// Objects that are waited for; told each time the number changes.
    Waiting {
        /// How many are ready.
        ready: usize,
        /// How many there are.
        total: usize,
        /// The first object that is not ready, and why.
        next: &'a str,
    },
}
