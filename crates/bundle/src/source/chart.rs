//! The chart of a bundle.

use ironhelm_chart::{File, IgnoreRules, load_files};

use super::error::OpenError;
use super::tree::Tree;
use super::{BundledChart, OpenOptions};

/// Where a chart says what its images are.
pub(super) const OWN_HINTS: &str = ".relok8s-images.yaml";

/// Loads the chart whose files are below `prefix`.
pub(super) fn load(tree: &Tree, prefix: &str, options: &OpenOptions) -> Result<BundledChart, OpenError> {
    let place = tree.place_of(prefix.trim_end_matches('/'));
    let files = kept(read(tree, prefix, options, &place)?);
    let loaded = load_files(files.clone(), &options.chart).map_err(|source| OpenError::Chart { place, source })?;
    Ok(BundledChart { files, loaded })
}

fn read(tree: &Tree, prefix: &str, options: &OpenOptions, place: &str) -> Result<Vec<File>, OpenError> {
    let budgets = options.chart.budgets;
    let too_much = |what, limit| OpenError::TooMuch {
        place: place.to_owned(),
        what,
        limit,
    };
    let mut left = budgets.archive;
    let mut files = Vec::new();
    for path in tree.below(prefix) {
        if files.len() >= budgets.files {
            return Err(too_much("files", budgets.files as u64));
        }
        let bytes = tree.read(path, budgets.file.min(left.saturating_add(1)))?;
        left = left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| too_much("bytes", budgets.archive))?;
        files.push(File {
            name: path[prefix.len()..].to_owned(),
            data: without_mark(&bytes).into(),
            modified: None,
        });
    }
    Ok(files)
}

/// The files that `.helmignore` does not exclude, without byte order marks, in the order of a walk through sorted directories.
///
/// Helm: a `.helmignore` that cannot be read is an error; here the chart's loader tells it, and nothing is excluded.
pub(crate) fn kept(mut files: Vec<File>) -> Vec<File> {
    let ignore = files.iter().find(|file| file.name == ".helmignore");
    let rules = ignore.map_or_else(String::new, |file| String::from_utf8_lossy(&file.data).into_owned());
    let rules = IgnoreRules::parse(&rules).unwrap_or_default();
    files.retain(|file| !is_ignored(&rules, &file.name));
    for file in &mut files {
        if without_mark(&file.data).len() < file.data.len() {
            file.data = without_mark(&file.data).into();
        }
    }
    files.sort_by(|one, other| one.name.split('/').cmp(other.name.split('/')));
    files
}

fn is_ignored(rules: &IgnoreRules, path: &str) -> bool {
    let directories = path.match_indices('/').map(|(end, _)| &path[..end]);
    rules.ignores(path, false) || directories.into_iter().any(|directory| rules.ignores(directory, true))
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}
