//! Flags that Helm has and that are refused here: a flag that changes what happens is never ignored.

use crate::arguments::Kind;

const CHARTS: &[&str] = &["install", "upgrade", "template"];

/// The commands below `show`; `all` is below `get` too, which has neither flag.
const SHOWN: &[&str] = &["chart", "values", "readme", "crds", "all"];

const LOCAL_ONLY: &str = ": charts are read from directories and archives";

/// The commands, the flag, how it takes its value, and why it is refused.
const FLAGS: &[(&[&str], &str, Kind, &str)] = &[
    (CHARTS, "repo", Kind::Value, LOCAL_ONLY),
    (CHARTS, "verify", Kind::Switch, LOCAL_ONLY),
    (
        CHARTS,
        "dependency-update",
        Kind::Switch,
        ": put the dependencies into charts/ first",
    ),
    (&["all", "version"], "template", Kind::Value, ""),
    (SHOWN, "repo", Kind::Value, LOCAL_ONLY),
    (SHOWN, "verify", Kind::Switch, LOCAL_ONLY),
    (
        &["package"],
        "dependency-update",
        Kind::Switch,
        ": put the dependencies into charts/ first",
    ),
    (&["package"], "sign", Kind::Switch, ""),
];

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
