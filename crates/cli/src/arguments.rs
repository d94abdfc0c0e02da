//! The command line as Helm reads it, put into the form that clap reads.
//!
//! Helm's flags follow the rules of pflag: they stand before or after arguments and subcommands, booleans take `=false`,
//! the last one wins, short ones are bundled. What comes out names the command first, then each flag as `--name=value`,
//! then `--` and the arguments.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, Command};
use ironhelm_golang::strconv::parse_bool;

use crate::{suggest, unsupported};

/// A command line that cannot be understood; the texts are pflag's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgumentError {
    #[error("unknown flag: --{0}")]
    UnknownFlag(String),
    #[error("unknown shorthand flag: '{letter}' in -{bundle}")]
    UnknownShorthand { letter: char, bundle: String },
    #[error("flag needs an argument: --{0}")]
    NoValue(String),
    #[error("flag needs an argument: '{letter}' in -{bundle}")]
    NoShorthandValue { letter: char, bundle: String },
    #[error("bad flag syntax: {0}")]
    Syntax(String),
    #[error("invalid argument {value:?} for \"{flag}\" flag: {reason}")]
    Invalid {
        value: String,
        flag: String,
        reason: String,
    },
    #[error("unknown command {name:?} for \"{group}\"\n{}Run '{group} --help' for usage.", meant(.suggestions))]
    UnknownCommand {
        name: String,
        group: String,
        suggestions: Vec<String>,
    },
    #[error("--{flag} is not supported yet{because}")]
    Unsupported { flag: String, because: &'static str },
}

/// A command line that clap understands, and what is to be said about it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CommandLine {
    /// The arguments without the program's name.
    pub(crate) argv: Vec<String>,
    /// Notes about deprecated flags.
    pub(crate) notes: Vec<String>,
}

/// Old names of flags that Helm still takes.
const RENAMED: &[(&str, &str)] = &[("atomic", "rollback-on-failure"), ("force", "force-replace")];

/// Reads `arguments` by the flags of `root` and of the command that they name.
///
/// # Errors
/// [`ArgumentError`] for the first thing that is wrong.
pub(crate) fn understand(root: &Command, arguments: &[String]) -> Result<CommandLine, ArgumentError> {
    let (command, path, rest) = find_command(root, arguments)?;
    let mut reader = Reader {
        command,
        root,
        flags: Vec::new(),
        switches: BTreeMap::new(),
        notes: Vec::new(),
    };
    let positionals = reader.read(&rest)?;
    let mut argv = path;
    argv.extend(reader.flags);
    argv.extend(
        reader
            .switches
            .into_iter()
            .filter(|(_, on)| *on)
            .map(|(name, _)| format!("--{name}")),
    );
    if !positionals.is_empty() {
        argv.push("--".to_owned());
        argv.extend(positionals);
    }
    Ok(CommandLine {
        argv,
        notes: reader.notes,
    })
}

type Found<'c> = (&'c Command, Vec<String>, Vec<String>);

/// The command that is named, its path, and all the other words in their order.
fn find_command<'c>(root: &'c Command, arguments: &[String]) -> Result<Found<'c>, ArgumentError> {
    let (mut command, mut path, mut rest) = (root, Vec::new(), Vec::new());
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word == "--" || !command.has_subcommands() {
            rest.push(word.clone());
            rest.extend(words.by_ref().cloned());
        } else if word.starts_with('-') && word.len() > 1 {
            rest.push(word.clone());
            if takes_next_word(root, word) {
                rest.extend(words.next().cloned());
            }
        } else if let Some(next) = command.find_subcommand(word) {
            path.push(next.get_name().to_owned());
            command = next;
        } else if path.is_empty() {
            let mut suggestions = suggest::commands(command, word);
            if let Some(turned) = suggest::turned_round(root, word, words.as_slice().first()) {
                suggestions = vec![turned];
            }
            return Err(unknown(word, &path, suggestions));
        } else {
            let suggestions = suggest::commands(command, word);
            if !suggestions.is_empty() {
                return Err(unknown(word, &path, suggestions));
            }
            // Helm: a group that does not know the word shows its help.
            return Ok((command, path, vec!["--help".to_owned()]));
        }
    }
    Ok((command, path, rest))
}

fn unknown(word: &str, path: &[String], suggestions: Vec<String>) -> ArgumentError {
    let group = std::iter::once("ironhelm").chain(path.iter().map(String::as_str));
    ArgumentError::UnknownCommand {
        name: word.to_owned(),
        group: group.collect::<Vec<_>>().join(" "),
        suggestions,
    }
}

/// Cobra: what may have been meant, a line each.
fn meant(suggestions: &[String]) -> String {
    if suggestions.is_empty() {
        return String::new();
    }
    format!("\nDid you mean this?\n\t{}\n\n", suggestions.join("\n\t"))
}

/// Is this a global flag whose value is the next word?
fn takes_next_word(root: &Command, word: &str) -> bool {
    let flag = match word.strip_prefix("--") {
        Some(long) => root.get_arguments().find(|flag| flag.get_long() == Some(long)),
        None if word.len() == 2 => root
            .get_arguments()
            .find(|flag| flag.get_short() == word.chars().nth(1)),
        None => None,
    };
    flag.is_some_and(|flag| Kind::of(flag) == Kind::Value)
}

/// How a flag takes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A boolean.
    Switch,
    /// A value that may be left out.
    Optional,
    /// A value.
    Value,
}

impl Kind {
    fn of(flag: &Arg) -> Self {
        match flag.get_action() {
            ArgAction::Set | ArgAction::Append => {
                let optional = flag.get_num_args().is_some_and(|range| range.min_values() == 0);
                if optional { Self::Optional } else { Self::Value }
            }
            _ => Self::Switch,
        }
    }
}

struct Reader<'c> {
    command: &'c Command,
    root: &'c Command,
    flags: Vec<String>,
    switches: BTreeMap<String, bool>,
    notes: Vec<String>,
}

impl Reader<'_> {
    /// Reads all flags; what is left are the arguments.
    fn read(&mut self, words: &[String]) -> Result<Vec<String>, ArgumentError> {
        let mut positionals = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                positionals.extend(words.by_ref().cloned());
            } else if let Some(long) = word.strip_prefix("--") {
                self.long(long, &mut words)?;
            } else if let Some(bundle) = word.strip_prefix('-').filter(|bundle| !bundle.is_empty()) {
                self.bundle(bundle, &mut words)?;
            } else {
                positionals.push(word.clone());
            }
        }
        Ok(positionals)
    }

    fn long<'w>(&mut self, word: &str, words: &mut impl Iterator<Item = &'w String>) -> Result<(), ArgumentError> {
        let (given, value) = word
            .split_once('=')
            .map_or((word, None), |(name, value)| (name, Some(value)));
        if given.is_empty() || given.starts_with('-') {
            return Err(ArgumentError::Syntax(format!("--{word}")));
        }
        let name = self.present_name(given);
        let Some(kind) = self.kind(name) else {
            return Err(ArgumentError::UnknownFlag(given.to_owned()));
        };
        let value = match (kind, value) {
            (Kind::Value, None) => Some(
                words
                    .next()
                    .ok_or_else(|| ArgumentError::NoValue(given.to_owned()))?
                    .as_str(),
            ),
            (_, value) => value,
        };
        self.set(name, kind, value)
    }

    fn bundle<'w>(&mut self, bundle: &str, words: &mut impl Iterator<Item = &'w String>) -> Result<(), ArgumentError> {
        for (at, letter) in bundle.char_indices() {
            let Some((name, kind)) = self.short(letter) else {
                return Err(ArgumentError::UnknownShorthand {
                    letter,
                    bundle: bundle.to_owned(),
                });
            };
            let rest = &bundle[at + letter.len_utf8()..];
            match (kind, rest.strip_prefix('=')) {
                (_, Some(value)) => return self.set(&name, kind, Some(value)),
                (Kind::Value, None) if !rest.is_empty() => return self.set(&name, kind, Some(rest)),
                (Kind::Value, None) => {
                    let missing = || ArgumentError::NoShorthandValue {
                        letter,
                        bundle: bundle.to_owned(),
                    };
                    let value = words.next().ok_or_else(missing)?;
                    return self.set(&name, kind, Some(value));
                }
                _ => self.set(&name, kind, None)?,
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, kind: Kind, value: Option<&str>) -> Result<(), ArgumentError> {
        if kind == Kind::Switch {
            let on = self.switch_value(name, value)?;
            if on && let Some(because) = unsupported::find(self.command.get_name(), name) {
                return Err(ArgumentError::Unsupported {
                    flag: name.to_owned(),
                    because,
                });
            }
            if self.flag(name).is_some() {
                self.switches.insert(name.to_owned(), on);
            }
            return Ok(());
        }
        if let Some(because) = unsupported::find(self.command.get_name(), name) {
            return Err(ArgumentError::Unsupported {
                flag: name.to_owned(),
                because,
            });
        }
        self.flags
            .push(value.map_or_else(|| format!("--{name}"), |value| format!("--{name}={value}")));
        Ok(())
    }

    fn switch_value(&self, name: &str, value: Option<&str>) -> Result<bool, ArgumentError> {
        let Some(value) = value else { return Ok(true) };
        parse_bool(value).map_err(|error| ArgumentError::Invalid {
            value: value.to_owned(),
            flag: self.flag(name).map_or_else(|| format!("--{name}"), shown),
            reason: error.to_string(),
        })
    }

    /// The name of today for a flag; an old one is noted.
    fn present_name<'n>(&mut self, given: &'n str) -> &'n str {
        let known = self.kind(given).is_some();
        match RENAMED
            .iter()
            .find(|(old, new)| *old == given && !known && self.kind(new).is_some())
        {
            Some((old, new)) => {
                self.notes
                    .push(format!("Flag --{old} has been deprecated, use --{new} instead"));
                new
            }
            None => given,
        }
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        self.flag(name)
            .map(Kind::of)
            .or_else(|| unsupported::kind(self.command.get_name(), name))
    }

    fn flag(&self, name: &str) -> Option<&Arg> {
        let own = self.command.get_arguments().chain(self.root.get_arguments());
        own.into_iter().find(|flag| flag.get_long() == Some(name))
    }

    fn short(&self, letter: char) -> Option<(String, Kind)> {
        let mut own = self.command.get_arguments().chain(self.root.get_arguments());
        let flag = own.find(|flag| flag.get_short() == Some(letter))?;
        Some((flag.get_long()?.to_owned(), Kind::of(flag)))
    }
}

/// A flag as pflag names it in errors.
pub(crate) fn shown(flag: &Arg) -> String {
    let long = flag.get_long().unwrap_or_default();
    flag.get_short()
        .map_or_else(|| format!("--{long}"), |short| format!("-{short}, --{long}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn read(line: &str) -> Result<String, String> {
        let mut root = crate::cli::Cli::command();
        root.build();
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        understand(&root, &words)
            .map(|line| line.argv.join(" "))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn flags_stand_anywhere() {
        let expected = Ok("list --namespace=ns --short".to_owned());
        for line in [
            "-n ns list -q",
            "list -qn ns",
            "list -qnns",
            "--namespace=ns ls -q",
            "list -q=true --namespace ns",
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn the_last_word_on_a_switch_counts() {
        assert_eq!(
            read("upgrade a b --install --install=false"),
            Ok("upgrade -- a b".to_owned())
        );
        assert_eq!(
            read("upgrade -i=false -i a b"),
            Ok("upgrade --install -- a b".to_owned())
        );
    }

    #[test]
    fn optional_values_need_an_equals_sign() {
        assert_eq!(
            read("upgrade a --dry-run b --wait=legacy"),
            Ok("upgrade --dry-run --wait=legacy -- a b".to_owned())
        );
    }

    #[test]
    fn errors_are_worded_as_by_helm() {
        for (line, error) in [
            ("install a b --bogus", "unknown flag: --bogus"),
            ("install a b -Z", "unknown shorthand flag: 'Z' in -Z"),
            ("install a b --set", "flag needs an argument: --set"),
            (
                "install a b --create-namespace=maybe",
                "invalid argument \"maybe\" for \"--create-namespace\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
            (
                "foo",
                "unknown command \"foo\" for \"ironhelm\"\nRun 'ironhelm --help' for usage.",
            ),
            (
                "upgrde",
                "unknown command \"upgrde\" for \"ironhelm\"\n\nDid you mean this?\n\tupgrade\n\nRun 'ironhelm --help' for usage.",
            ),
            (
                "repo udpate x",
                "unknown command \"udpate\" for \"ironhelm repo\"\n\nDid you mean this?\n\tupdate\n\nRun 'ironhelm repo --help' for usage.",
            ),
            (
                "update repo",
                "unknown command \"update\" for \"ironhelm\"\n\nDid you mean this?\n\trepo update\n\nRun 'ironhelm --help' for usage.",
            ),
            ("version --template x", "--template is not supported yet"),
        ] {
            assert_eq!(read(line), Err(error.to_owned()), "{line}");
        }
        assert_eq!(read("install a b --verify=false"), Ok("install -- a b".to_owned()));
    }
}
