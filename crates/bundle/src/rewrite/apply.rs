//! Writing new values into the files that they come from, and proving that they have their effect.

use std::collections::{BTreeMap, BTreeSet};

use super::{ImageMove, RewriteError, Rewritten, ValueChange, metadata};
use crate::edit::{self, Edit};
use crate::hints::{Name, ValuePath};
use crate::layout::Site;
use crate::merged::OpenChart;
use crate::package::{Address, Package};

/// A path of keys in the values of the whole chart, subcharts by their aliases.
type Path = Vec<String>;
/// For each value of the chart its new text.
type Wanted = BTreeMap<Path, String>;
/// For each file the keys to set.
type Placed = BTreeMap<Address, BTreeMap<Path, Setting>>;

/// A key to set in a file.
#[derive(Debug)]
struct Setting {
    /// The value of the chart that it supplies.
    supplies: Path,
    text: String,
}

/// Writes the values of all `moves` into the chart.
///
/// # Errors
/// [`RewriteError`]; what comes back without one has been proved by rendering the hints again.
pub fn rewrite(chart: &OpenChart, moves: &[ImageMove]) -> Result<Rewritten, RewriteError> {
    let wanted = wanted_values(chart, moves)?;
    let mut overridden = BTreeSet::new();
    loop {
        let placed = place(chart, &wanted, &overridden);
        let unsuitable = match attempt(chart, moves, &placed)? {
            Attempt::Done(mut package) => {
                metadata::forget_repositories(&chart.layout, &mut package)?;
                let values = changes(chart, moves, &placed);
                return Ok(Rewritten { package, values });
            }
            Attempt::Refused(file) => supplied_by(&placed, &file),
            Attempt::Wrong(image, found) => {
                let paths: Vec<Path> = image.values.keys().map(|path| chart.layout.resolve(&path.0)).collect();
                if paths.iter().all(|path| overridden.contains(path)) {
                    return Err(no_effect(image, found));
                }
                paths
            }
        };
        overridden.extend(unsuitable);
    }
}

fn no_effect(image: &ImageMove, found: String) -> RewriteError {
    RewriteError::NoEffect {
        hint: image.hint.text().to_owned(),
        expected: image.to.as_written().to_owned(),
        found,
    }
}

fn wanted_values(chart: &OpenChart, moves: &[ImageMove]) -> Result<Wanted, RewriteError> {
    let mut wanted = Wanted::new();
    for (path, text) in moves.iter().flat_map(|image| &image.values) {
        let before = wanted.insert(chart.layout.resolve(&path.0), text.clone());
        if let Some(first) = before.filter(|before| before != text) {
            return Err(contradiction(path, first, text));
        }
    }
    for image in moves {
        check_kept_values(chart, image, &wanted)?;
    }
    Ok(wanted)
}

/// A value that stays for one image must not change for another one.
fn check_kept_values(chart: &OpenChart, image: &ImageMove, wanted: &Wanted) -> Result<(), RewriteError> {
    let used = match image.hint.name() {
        Name::Whole { path, .. } => vec![path],
        Name::Split { registry, repository } => vec![registry, repository],
    };
    for path in used.into_iter().filter(|path| !image.values.contains_key(path)) {
        let Some(second) = wanted.get(&chart.layout.resolve(&path.0)) else {
            continue;
        };
        let first = chart.text(&image.hint, path)?;
        if first != *second {
            return Err(contradiction(path, first, second));
        }
    }
    Ok(())
}

fn contradiction(path: &ValuePath, first: String, second: &str) -> RewriteError {
    RewriteError::Contradiction {
        path: path.clone(),
        first,
        second: second.to_owned(),
    }
}

/// Finds for each value the file that supplies it; `overridden` ones go to the values of the outermost chart.
fn place(chart: &OpenChart, wanted: &Wanted, overridden: &BTreeSet<Path>) -> Placed {
    let root = chart.layout.root_values();
    let mut placed = Placed::new();
    for (path, text) in wanted {
        let supplier = chart
            .layout
            .sites(path)
            .into_iter()
            .next()
            .filter(|_| !overridden.contains(path));
        let free = supplier.filter(|site| {
            let taken = placed.get(&site.file).and_then(|settings| settings.get(&site.path));
            taken.is_none_or(|taken| taken.text == *text)
        });
        let site = free.unwrap_or_else(|| Site {
            file: root.clone(),
            path: path.clone(),
        });
        let (supplies, text) = (path.clone(), text.clone());
        placed
            .entry(site.file)
            .or_default()
            .insert(site.path, Setting { supplies, text });
    }
    placed
}

fn supplied_by(placed: &Placed, file: &Address) -> Vec<Path> {
    let settings = placed.get(file).into_iter().flat_map(BTreeMap::values);
    settings.map(|setting| setting.supplies.clone()).collect()
}

/// What came of one way to place the values.
enum Attempt<'m> {
    /// All hints give the new names.
    Done(Package),
    /// This file, not that of the outermost chart, cannot be edited.
    Refused(Address),
    /// The hint of this image gives something else.
    Wrong(&'m ImageMove, String),
}

fn attempt<'m>(chart: &OpenChart, moves: &'m [ImageMove], placed: &Placed) -> Result<Attempt<'m>, RewriteError> {
    let mut package = chart.package().clone();
    for (file, settings) in placed {
        match edited(&package, file, settings) {
            Ok(text) => package.replace(file, Some(text.into_bytes().into())),
            Err(_) if *file != chart.layout.root_values() => return Ok(Attempt::Refused(file.clone())),
            Err(source) => {
                let file = file.clone();
                return Err(RewriteError::Edit { file, source });
            }
        }
    }
    let again = OpenChart::open(package).map_err(|source| RewriteError::Reopen { source })?;
    for image in moves {
        let found = again.render(&image.hint)?;
        if found != image.to.as_written() {
            return Ok(Attempt::Wrong(image, found));
        }
    }
    Ok(Attempt::Done(again.into_package()))
}

fn edited(package: &Package, file: &Address, settings: &BTreeMap<Path, Setting>) -> Result<String, edit::EditError> {
    let edits: Vec<Edit> = settings
        .iter()
        .map(|(path, setting)| Edit {
            path: path.clone(),
            text: setting.text.clone(),
        })
        .collect();
    edit::apply(package.file(file).map(|data| &**data).unwrap_or_default(), &edits)
}

/// The values that changed, with what the chart had before.
fn changes(chart: &OpenChart, moves: &[ImageMove], placed: &Placed) -> Vec<ValueChange> {
    let old = |supplies: &Path| {
        moves.iter().find_map(|image| {
            let mut paths = image.values.keys();
            let path = paths.find(|path| chart.layout.resolve(&path.0) == *supplies)?;
            chart.text(&image.hint, path).ok()
        })
    };
    let mut changes = Vec::new();
    for (file, settings) in placed {
        changes.extend(settings.iter().map(|(path, setting)| ValueChange {
            file: file.to_string(),
            path: path.join("."),
            old: old(&setting.supplies).unwrap_or_default(),
            new: setting.text.clone(),
        }));
    }
    changes
}
