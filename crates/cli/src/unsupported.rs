//! Flags that Helm has and that are refused here: a flag that changes what happens is never ignored.

use crate::arguments::Kind;

/// The commands, the flag, how it takes its value, and why it is refused.
const FLAGS: &[(&[&str], &str, Kind, &str)] = &[(&["all", "version"], "template", Kind::Value, "")];

/// Why a flag is refused, if it is.
pub(crate) fn find(command: &str, flag: &str) -> Option<&'static str> {
    entry(command, flag).map(|(_, because)| because)
}

/// How a refused flag takes its value.
pub(crate) fn kind(command: &str, flag: &str) -> Option<Kind> {
    entry(command, flag).map(|(kind, _)| kind)
}

fn entry(command: &str, flag: &str) -> Option<(Kind, &'static str)> {
    let mut flags = FLAGS
        .iter()
        .filter(|(commands, name, ..)| *name == flag && commands.contains(&command));
    flags.next().map(|(_, _, kind, because)| (*kind, *because))
}
