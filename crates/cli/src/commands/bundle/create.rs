//! `bundle create`: a chart and its images become a bundle.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use ironhelm::bundle::create::{NewBundle, NewImage, file_name};
use ironhelm::bundle::source::{Bundle, BundledChart};
use ironhelm::image::{ImageArchive, Platform};
use ironhelm::{full_text, images_for_bundle};

use crate::bundles;
use crate::commands::Usage;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::transfer::size;

const USAGE: Usage = Usage {
    command: "bundle create",
    arguments: "CHART",
};

/// Flags of `bundle create`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm bundle create CHART [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// Archive with the images, as docker, skopeo or a bundle have it; may be repeated
    #[arg(long, value_name = "FILE")]
    images: Vec<String>,
    /// Leave the images out
    #[arg(long)]
    skip_images: bool,
    /// Platform of the images, as os/architecture
    #[arg(long, default_value = "linux/amd64", value_name = "PLATFORM")]
    platform: Platform,
    /// Write the bundle into this directory
    #[arg(long, short, default_value = ".", value_name = "DIR")]
    destination: PathBuf,
    /// Replace a bundle that is there
    #[arg(long)]
    overwrite: bool,
}

/// Writes it, and prints where it is.
pub(crate) fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let [path] = USAGE.exactly::<1>(&args.arguments)?;
    let opened = bundles::open(std::slice::from_ref(path), context)?;
    let (chart, hints) = chart(path, &opened.bundles)?;
    let archives: Vec<ImageArchive> = match args.images.is_empty() {
        true => images(&opened.bundles),
        false => images(&bundles::open(&args.images, context)?.bundles),
    };
    let images = match args.skip_images {
        true => None,
        false => Some(found(args, chart, &hints, &archives)?),
    };
    let metadata = &chart.loaded.chart.metadata;
    let target = args.destination.join(file_name(&metadata.name, &metadata.version));
    if target.exists() && !args.overwrite {
        return Err(Failure::new(format!("{} exists", target.display()))
            .exit(Exit::Conflict)
            .hint("--overwrite replaces it"));
    }
    let bundle = NewBundle {
        hints: &hints,
        chart: &chart.files,
        images: images.as_deref(),
    };
    let bytes = write(&bundle, &target)?;
    context.console.data(&format!("{}\n", target.display()));
    let count = images.as_ref().map_or(0, Vec::len);
    context.console.talk(&format!("{count} images, {}", size(bytes)));
    Ok(())
}

/// The chart, and what names its images.
fn chart<'b>(path: &str, bundles: &'b [Bundle]) -> Result<(&'b BundledChart, Vec<u8>), Failure> {
    let [bundle] = bundles else {
        return Err(Failure::new(format!(
            "{path} holds {} charts; one is wanted",
            bundles.len()
        )));
    };
    let chart = bundle.chart.as_ref();
    let chart = chart.ok_or_else(|| Failure::new(format!("there is no chart in {path}")).exit(Exit::NoBundle))?;
    Ok((chart, bundle.hints.clone().unwrap_or_default()))
}

fn images(bundles: &[Bundle]) -> Vec<ImageArchive> {
    let images = bundles.iter().filter_map(|bundle| bundle.images.as_ref());
    images.map(|images| images.archive.clone()).collect()
}

fn found(args: &Args, chart: &BundledChart, hints: &[u8], archives: &[ImageArchive]) -> Result<Vec<NewImage>, Failure> {
    if hints.is_empty() {
        return Err(
            Failure::new("the chart has no .relok8s-images.yaml, which names its images")
                .hint("write one, or leave the images out with --skip-images"),
        );
    }
    images_for_bundle(chart, hints, archives, &args.platform)
        .map_err(|error| Failure::of(&error).hint("--images names an archive that has it, as docker save writes it"))
}

/// Writes a file beside the target and puts it in its place when it is whole.
fn write(bundle: &NewBundle<'_>, target: &Path) -> Result<u64, Failure> {
    let partial = target.with_extension("tar.partial");
    let failed = |error: std::io::Error| Failure::new(format!("cannot write {}: {error}", target.display()));
    if let Some(directory) = target.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&partial).map_err(failed)?);
    let written = bundle
        .write(&mut out)
        .map_err(|error| Failure::new(format!("cannot write {}: {}", target.display(), full_text(&error))));
    let written = written.and_then(|bytes| out.flush().map(|()| bytes).map_err(failed));
    match written {
        Ok(bytes) => fs::rename(&partial, target).map(|()| bytes).map_err(failed),
        Err(failure) => {
            let _ = fs::remove_file(&partial);
            Err(failure)
        }
    }
}
