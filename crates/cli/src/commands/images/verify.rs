//! `images verify`: whether the bytes in bundles are what they are called.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use ironhelm::bundle::source::Bundle;
use ironhelm::image::{Blob, Stamp, VerifyError, VerifyOptions, verify};
use serde_json::{Value, json};

use crate::bundles;
use crate::commands::Usage;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::flags::{Format, OutputArgs};
use crate::release_output;
use crate::table::Table;
use crate::transfer::{Transfer, size};

const USAGE: Usage = Usage {
    command: "images verify",
    arguments: "BUNDLE [...]",
};

/// Flags of `images verify`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm images verify BUNDLE [...] [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// Inflate the layers, too, and compare what is in them with what the images say
    #[arg(long)]
    contents: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// What was found in a bundle.
struct Verdict {
    place: String,
    blobs: usize,
    bytes: u64,
    faults: Vec<String>,
}

/// Reads everything once, and tells all that is wrong.
pub(crate) fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let paths = USAGE.some(&args.arguments)?;
    let opened = bundles::open(paths, context)?;
    if opened.broken.is_empty() {
        bundles::some_images(&opened)?;
    }
    let options = VerifyOptions {
        contents: args.contents,
        ..VerifyOptions::default()
    };
    let watch = Watch::new(&opened.bundles, context);
    let verdicts: Vec<Verdict> = opened
        .bundles
        .iter()
        .map(|bundle| verdict(bundle, &options, &watch))
        .collect();
    watch.transfer.end();
    context.console.data(&text(&verdicts, args.output.output));
    bundles::none_broken(&opened)?;
    let damaged: Vec<&Verdict> = verdicts.iter().filter(|verdict| !verdict.faults.is_empty()).collect();
    match damaged.first() {
        None => Ok(()),
        Some(first) => Err(Failure::new(format!("{} is damaged: {}", first.place, first.faults[0]))
            .exit(Exit::Damaged)
            .hint("fetch the bundle again")),
    }
}

/// How many bytes of all bundles have been read.
struct Watch {
    transfer: Transfer,
    done: AtomicU64,
    total: u64,
}

impl Watch {
    fn new<P>(bundles: &[Bundle], context: &Context<P>) -> Self {
        Self {
            transfer: Transfer::new(context.console.clone(), "verified"),
            done: AtomicU64::new(0),
            total: bundles.iter().flat_map(blobs).map(|blob| blob.size()).sum(),
        }
    }

    fn read(&self, bytes: u64) -> ControlFlow<()> {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.transfer.at(done, self.total);
        ControlFlow::Continue(())
    }
}

fn blobs(bundle: &Bundle) -> Vec<Blob> {
    let images = bundle.images.as_ref();
    images.map(|images| images.archive.blobs()).unwrap_or_default()
}

fn verdict(bundle: &Bundle, options: &VerifyOptions, watch: &Watch) -> Verdict {
    let own = blobs(bundle);
    let verified = bundle.images.as_ref().map(|images| {
        let stamp = Stamp::new(0, None);
        verify(&images.archive, stamp, options, &|bytes| watch.read(bytes))
    });
    let faults = match verified {
        Some(Err(VerifyError::Damaged { faults })) => faults.iter().map(ToString::to_string).collect(),
        Some(Err(error)) => vec![error.to_string()],
        Some(Ok(_)) | None => Vec::new(),
    };
    Verdict {
        place: bundle.place.clone(),
        blobs: own.len(),
        bytes: own.iter().map(Blob::size).sum(),
        faults,
    }
}

fn text(verdicts: &[Verdict], format: Format) -> String {
    if format != Format::Table {
        let tree: Vec<Value> = verdicts
            .iter()
            .map(|verdict| {
                json!({
                    "bundle": verdict.place,
                    "blobs": verdict.blobs,
                    "size": verdict.bytes,
                    "ok": verdict.faults.is_empty(),
                    "faults": verdict.faults,
                })
            })
            .collect();
        return release_output::tree(&tree.into(), format);
    }
    let mut table = Table::new(&["BUNDLE", "BLOBS", "SIZE", "RESULT"]);
    for verdict in verdicts {
        let result = match &verdict.faults[..] {
            [] => "ok".to_owned(),
            [fault] => fault.clone(),
            [first, more @ ..] => format!("{first} (and {} more)", more.len()),
        };
        let (blobs, bytes) = (verdict.blobs.to_string(), size(verdict.bytes));
        table.row(vec![verdict.place.clone(), blobs, bytes, result]);
    }
    table.text()
}
