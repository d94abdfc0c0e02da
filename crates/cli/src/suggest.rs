//! What somebody meant who misspelt a command.

use clap::Command;

/// How many letters may be wrong.
const TOLERANCE: usize = 2;

/// The commands of `group` that `word` may stand for: near in spelling, or begun with it.
pub(crate) fn commands(group: &Command, word: &str) -> Vec<String> {
    let word = word.to_lowercase();
    let visible = group.get_subcommands().filter(|command| !command.is_hide_set());
    let is_meant = |name: &str| name.starts_with(&word) || distance(name, &word) <= TOLERANCE;
    let meant =
        visible.filter(|command| is_meant(command.get_name()) || command.get_all_aliases().any(|alias| alias == word));
    meant.map(|command| command.get_name().to_owned()).collect()
}

/// The command that was meant by `verb group` in place of `group verb`.
pub(crate) fn turned_round(root: &Command, verb: &str, next: Option<&String>) -> Option<String> {
    let group = root.find_subcommand(next?)?;
    let command = group.find_subcommand(verb)?;
    Some(format!("{} {}", group.get_name(), command.get_name()))
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn misspelt_commands_are_recognised() {
        let mut root = crate::cli::Cli::command();
        root.build();
        let repo = root.find_subcommand("repo").unwrap();
        for (word, meant) in [("udpate", "update"), ("ad", "add"), ("lits", "list"), ("delete", "")] {
            let expected: Vec<&str> = Some(meant).into_iter().filter(|meant| !meant.is_empty()).collect();
            assert_eq!(commands(repo, word), expected, "{word}");
        }
        assert_eq!(commands(&root, "upgrde"), ["upgrade"]);
        assert_eq!(
            turned_round(&root, "update", Some(&"repo".to_owned())).as_deref(),
            Some("repo update")
        );
        assert_eq!(turned_round(&root, "update", None), None);
    }
}
