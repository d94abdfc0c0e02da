//! Opening the bundles that a command line names.

use std::path::Path;

use ironhelm::bundle::source::{OpenOptions, Opened, open as open_one};

use crate::context::Context;
use crate::failure::{Exit, Failure};

/// How many archives that are no bundles are told one by one.
const MOST_TOLD: usize = 3;

/// Opens everything; archives that are no bundles, and broken bundles beside whole ones, are told.
pub(crate) fn open<P>(paths: &[String], context: &Context<P>) -> Result<Opened, Failure> {
    let options = OpenOptions {
        scratch: Some(context.settings.node.scratch.clone()),
        ..OpenOptions::default()
    };
    let mut all = Opened::default();
    for path in paths {
        let opened = open_one(Path::new(path), &options).map_err(|error| Failure::bundle(&error))?;
        all.bundles.extend(opened.bundles);
        all.broken.extend(opened.broken);
        all.skipped.extend(opened.skipped);
    }
    for skipped in all.skipped.iter().take(MOST_TOLD) {
        context
            .console
            .warn(&format!("{} is {}", skipped.place, skipped.reason));
    }
    if let Some(more) = all.skipped.len().checked_sub(MOST_TOLD).filter(|more| *more > 0) {
        context.console.warn(&format!("{more} more archives are no bundles"));
    }
    for images in all.bundles.iter().filter_map(|bundle| bundle.images.as_ref()) {
        images
            .archive
            .warnings()
            .iter()
            .for_each(|text| context.console.warn(text));
    }
    Ok(all)
}

/// Fails for the first bundle that is broken.
pub(crate) fn none_broken(opened: &Opened) -> Result<(), Failure> {
    match opened.broken.first() {
        None => Ok(()),
        Some(error) => Err(Failure::bundle(error)),
    }
}

/// Fails if there are no images at all: a wrong path must not look like an empty bundle.
pub(crate) fn some_images(opened: &Opened) -> Result<(), Failure> {
    let places: Vec<&str> = opened.bundles.iter().map(|bundle| bundle.place.as_str()).collect();
    if opened.bundles.iter().any(|bundle| bundle.images.is_some()) {
        return Ok(());
    }
    Err(Failure::new(format!("there are no images in {}", places.join(", "))).exit(Exit::NoBundle))
}
