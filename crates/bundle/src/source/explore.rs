//! Looking for bundles, in directories and in archives.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use ironhelm_image::tar::TarFault;
use ironhelm_image::{ImageArchive, Members};

use super::chart::{self, OWN_HINTS};
use super::error::OpenError;
use super::inflate::readable;
use super::tree::{CHART, Piece, Tree};
use super::{Bundle, BundledImages, OpenOptions, Opened, Skipped};

/// Archives inside of archives.
const MAX_DEPTH: usize = 3;
/// Directories above a bundle in an archive.
const MAX_PREFIX: usize = 4;
const MAX_HINTS: u64 = 4 << 20;
const IMAGES: [&str; 4] = ["images.tar", "images.tar.gz", "images.tar.zst", "images.tgz"];
const ARCHIVES: [&str; 6] = [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.zstd", ".tzst"];

/// Looks for bundles and keeps what it finds.
pub(super) struct Explorer<'o> {
    options: &'o OpenOptions,
    found: Opened,
}

impl<'o> Explorer<'o> {
    pub(super) fn new(options: &'o OpenOptions) -> Self {
        Self {
            options,
            found: Opened::default(),
        }
    }

    pub(super) fn explore(mut self, path: &Path) -> Result<Opened, OpenError> {
        let place = path.display().to_string();
        let metadata = fs::metadata(path).map_err(|source| OpenError::Read {
            place: place.clone(),
            source,
        })?;
        if metadata.is_dir() {
            self.look(&Tree::of_directory(path)?, 0);
        } else {
            let tree = self.archive(place.clone(), Piece::of_file(path)?)?;
            self.look(&tree, 0);
        }
        let Opened { bundles, broken, .. } = &mut self.found;
        bundles.sort_by(|one, other| one.place.cmp(&other.place));
        match (bundles.is_empty(), broken.len()) {
            (true, 1) => Err(broken.remove(0)),
            (true, 0) => Err(OpenError::NoBundle {
                place,
                looked_at: self.found.skipped,
            }),
            _ => Ok(self.found),
        }
    }

    fn archive(&self, place: String, piece: Piece) -> Result<Tree, OpenError> {
        Tree::of_archive(place.clone(), readable(piece, &place, self.options)?)
    }

    /// Takes what a tree is or holds; whether there was anything.
    fn look(&mut self, tree: &Tree, depth: usize) -> bool {
        let roots = roots(tree);
        for root in &roots {
            self.take(bundle(self, tree, root));
        }
        if roots.is_empty() && is_images(tree) {
            self.take(bare_images(tree));
            return true;
        }
        let mut found = !roots.is_empty();
        if depth < MAX_DEPTH {
            let outside = |path: &&str| !roots.iter().any(|root| is_inside(root, path));
            let nested: Vec<&str> = tree.paths().filter(|path| is_archive(path)).filter(outside).collect();
            let chart = chart_root(tree);
            for path in nested
                .into_iter()
                .filter(|path| chart.as_ref().is_none_or(|root| !path.starts_with(root)))
            {
                found |= self.nested(tree, path, depth);
            }
        }
        match chart_root(tree) {
            Some(root) if !found && depth == 0 => self.take(chart_only(self, tree, &root)),
            _ => return found,
        }
        true
    }

    /// Looks into an archive; whether it is or holds a bundle, broken ones included.
    fn nested(&mut self, tree: &Tree, path: &str, depth: usize) -> bool {
        let place = tree.place_of(path);
        let inner = tree.open(path).and_then(|piece| self.archive(place.clone(), piece));
        match inner {
            Ok(inner) if self.look(&inner, depth + 1) => return true,
            Ok(inner) if chart_root(&inner).is_some() => self.skip(place, "a chart, not a bundle"),
            Ok(_) => self.skip(place, "an archive without bundles"),
            Err(error) if is_foreign(&error) && !path.contains(".bundle.") => self.skip(place, "no tar archive"),
            Err(error) => {
                self.found.broken.push(error);
                return true;
            }
        }
        false
    }

    fn skip(&mut self, place: String, reason: &str) {
        let reason = reason.to_owned();
        self.found.skipped.push(Skipped { place, reason });
    }

    fn take(&mut self, bundle: Result<Bundle, OpenError>) {
        match bundle {
            Ok(bundle) => self.found.bundles.push(bundle),
            Err(error) => self.found.broken.push(error),
        }
    }
}

/// The bundle below `root`.
fn bundle(explorer: &Explorer<'_>, tree: &Tree, root: &str) -> Result<Bundle, OpenError> {
    tree.check(root)?;
    let place = tree.place_of(root.trim_end_matches('/'));
    let prefix = format!("{root}{CHART}/");
    if !tree.has(&format!("{prefix}Chart.yaml")) {
        return Err(OpenError::ChartMissing { place });
    }
    let chart = chart::load(tree, &prefix, explorer.options)?;
    let hints = [format!("{root}hints.yaml"), format!("{prefix}{OWN_HINTS}")];
    let hints = hints.iter().find(|path| tree.has(path));
    let hints = hints.map(|path| tree.read(path, MAX_HINTS)).transpose()?;
    let images = IMAGES
        .iter()
        .map(|name| format!("{root}{name}"))
        .find(|path| tree.has(path));
    let images = images.map(|path| bundled_images(explorer, tree, &path)).transpose()?;
    Ok(Bundle {
        place,
        chart: Some(chart),
        hints,
        images,
    })
}

fn bundled_images(explorer: &Explorer<'_>, tree: &Tree, path: &str) -> Result<BundledImages, OpenError> {
    let place = tree.place_of(path);
    let piece = readable(tree.open(path)?, &place, explorer.options)?;
    let archive = ImageArchive::open(piece.window).map_err(|source| OpenError::Images {
        place,
        source: Box::new(source),
    })?;
    Ok(BundledImages {
        archive,
        file: piece.file,
    })
}

/// A tree that is an archive of images itself.
fn bare_images(tree: &Tree) -> Result<Bundle, OpenError> {
    let (archive, file) = match tree.archive() {
        Some(piece) => (ImageArchive::open(piece.window), piece.file),
        None => (ImageArchive::from_members(files(tree)), None),
    };
    let place = tree.place.clone();
    let archive = archive.map_err(|source| OpenError::Images {
        place: place.clone(),
        source: Box::new(source),
    })?;
    Ok(Bundle {
        place,
        chart: None,
        hints: None,
        images: Some(BundledImages { archive, file }),
    })
}

/// The files of an unpacked archive of images. What cannot be opened is missed when it is needed.
fn files(tree: &Tree) -> Members {
    let mut members = Members::default();
    for path in tree.paths() {
        if let Ok(piece) = tree.open(path) {
            members.insert(path.to_owned(), piece.window);
        }
    }
    members
}

/// A chart without a bundle around it.
fn chart_only(explorer: &Explorer<'_>, tree: &Tree, root: &str) -> Result<Bundle, OpenError> {
    tree.check(root)?;
    let own_hints = format!("{root}{OWN_HINTS}");
    Ok(Bundle {
        place: tree.place.clone(),
        chart: Some(chart::load(tree, root, explorer.options)?),
        hints: tree
            .has(&own_hints)
            .then(|| tree.read(&own_hints, MAX_HINTS))
            .transpose()?,
        images: None,
    })
}

/// Below which prefixes there are bundles: where a chart lies in `original-chart`, or two of the three parts are together.
fn roots(tree: &Tree) -> Vec<String> {
    let mut parts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for path in tree.paths() {
        let Some((prefix, part)) = part(path) else { continue };
        if prefix.matches('/').count() <= MAX_PREFIX {
            parts.entry(prefix).or_default().insert(part);
        }
    }
    let is_root =
        |(prefix, parts): &(&str, BTreeSet<&str>)| parts.len() > 1 || tree.has(&format!("{prefix}{CHART}/Chart.yaml"));
    parts
        .into_iter()
        .filter(is_root)
        .map(|(prefix, _)| prefix.to_owned())
        .collect()
}

/// The part of a bundle that a path is (in), and what is in front of it. Whatever is in `original-chart` is the chart's.
fn part(path: &str) -> Option<(&str, &'static str)> {
    let chart = format!("{CHART}/");
    let starts = path.match_indices(&chart).map(|(start, _)| start);
    if let Some(start) = starts
        .into_iter()
        .find(|start| *start == 0 || path[..*start].ends_with('/'))
    {
        return Some((&path[..start], CHART));
    }
    let (prefix, name) = path
        .rsplit_once('/')
        .map_or(("", path), |(prefix, name)| (&path[..prefix.len() + 1], name));
    match name {
        "hints.yaml" => Some((prefix, "hints.yaml")),
        name if IMAGES.contains(&name) => Some((prefix, "images")),
        _ => None,
    }
}

/// Whether a path belongs to the bundle below `root`.
fn is_inside(root: &str, path: &str) -> bool {
    part(path).is_some_and(|(prefix, _)| prefix == root)
}

fn is_images(tree: &Tree) -> bool {
    tree.has("manifest.json") || (tree.has("oci-layout") && tree.has("index.json"))
}

/// The prefix of the chart that a tree is: at its top, or in the only directory there.
fn chart_root(tree: &Tree) -> Option<String> {
    if tree.has("Chart.yaml") {
        return Some(String::new());
    }
    let tops: BTreeSet<&str> = tree
        .paths()
        .filter_map(|path| path.split('/').next())
        .take(2000)
        .collect();
    let root = format!("{}/", tops.first()?);
    (tops.len() == 1 && tree.has(&format!("{root}Chart.yaml"))).then_some(root)
}

fn is_archive(path: &str) -> bool {
    ARCHIVES.iter().any(|extension| path.ends_with(extension))
}

/// A file that is just named like an archive.
fn is_foreign(error: &OpenError) -> bool {
    match error {
        OpenError::Tar { source, .. } => matches!(source.fault, TarFault::NotTar),
        OpenError::Refused { .. } => true,
        _ => false,
    }
}
