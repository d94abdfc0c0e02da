//! `images load`: images of bundles into the container runtime of this node.

use std::path::PathBuf;

use clap::ValueEnum;
use ironhelm::image::Platform as ImagePlatform;
use ironhelm::runtime::{
    ImageOutcome, LoadOptions, LoadOutcome, LoadPlan, LoadResult, NameAction, NamePlan, Progress, Surroundings, Wanted,
    node_platform,
};
use ironhelm::{NodeLoadRequest, prepare_node_load};
use serde_json::json;

use crate::bundles;
use crate::commands::Usage;
use crate::context::Context;
use crate::failure::Failure;
use crate::flags::{Format, OutputArgs};
use crate::output::Console;
use crate::release_output;
use crate::relocation::RelocationArgs;
use crate::table::Table;
use crate::transfer::{Transfer, size};

const USAGE: Usage = Usage {
    command: "images load",
    arguments: "BUNDLE [...]",
};

/// Flags of `images load`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm images load BUNDLE [...] [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// docker, containerd, or auto for the one that the kubelet uses
    #[arg(long, default_value = "auto", value_parser = parse_kind, value_name = "RUNTIME")]
    runtime: Kind,
    /// Socket of the runtime; without it those of DOCKER_HOST, CONTAINERD_ADDRESS and the usual ones are tried
    #[arg(long, value_name = "PATH")]
    socket: Option<String>,
    /// Platform of the images, as os/architecture; that of this node unless given
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<ImagePlatform>,
    /// Unpack the layers now, so that the first start is quick (containerd)
    #[arg(long)]
    unpack: bool,
    /// Snapshotter to unpack with (containerd)
    #[arg(long, value_name = "NAME")]
    snapshotter: Option<String>,
    /// Keep the kubelet from removing the images when the disk fills up (containerd)
    #[arg(long)]
    pin: bool,
    /// Tell what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    relocation: RelocationArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Which runtime.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Auto,
    Docker,
    Containerd,
}

fn parse_kind(text: &str) -> Result<Kind, &'static str> {
    Kind::from_str(text, false).map_err(|_| "must be auto, docker or containerd")
}

/// Loads them, and prints each name and what became of it.
pub(crate) async fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let paths = USAGE.some(&args.arguments)?;
    let opened = bundles::open(paths, context)?;
    // Nothing is sent if anything of it cannot be.
    bundles::none_broken(&opened)?;
    let load = prepare_node_load(&opened.bundles, &request(args, context))
        .await
        .map_err(|error| Failure::node_load(&error))?;
    for skipped in load.skipped() {
        context
            .console
            .warn(&format!("{} is left out: {}", skipped.image, skipped.reason));
    }
    let outcome = if args.dry_run {
        load.plan().outcome()
    } else {
        let watch = Watch::new(&context.console);
        let loaded = load.run(&watch).await;
        watch.end();
        loaded.map_err(|error| Failure::node_load(&error))?
    };
    context.console.data(&text(&outcome, load.plan(), args.output.output));
    context.console.talk(&summary(load.plan(), args.dry_run));
    Ok(())
}

fn request<P>(args: &Args, context: &Context<P>) -> NodeLoadRequest {
    let node = &context.settings.node;
    let defaults = LoadOptions::default();
    let namespace = node.namespace.clone().unwrap_or(defaults.namespace);
    NodeLoadRequest {
        rules: args.relocation.rules(),
        platform: args.platform.clone().unwrap_or_else(node_platform),
        surroundings: Surroundings {
            wanted: match args.runtime {
                Kind::Auto => Wanted::Auto,
                Kind::Docker => Wanted::Docker,
                Kind::Containerd => Wanted::Containerd,
            },
            socket: args.socket.clone(),
            containerd_address: node.containerd_address.clone(),
            docker_host: node.docker_host.clone(),
            runtime_dir: node.runtime_dir.as_ref().map(PathBuf::from),
            namespace: namespace.clone(),
            ..Surroundings::default()
        },
        options: LoadOptions {
            namespace,
            pin: args.pin,
            unpack: args.unpack || args.snapshotter.is_some(),
            snapshotter: args.snapshotter.clone(),
            ..LoadOptions::default()
        },
    }
}

/// Tells on standard error how far it has come.
struct Watch {
    console: Console,
    checked: Transfer,
    sent: Transfer,
}

impl Watch {
    fn new(console: &Console) -> Self {
        Self {
            console: console.clone(),
            checked: Transfer::new(console.clone(), "verified"),
            sent: Transfer::new(console.clone(), "loaded"),
        }
    }

    fn end(&self) {
        self.sent.end();
    }
}

impl Progress for Watch {
    fn checked(&self, done: u64, total: u64) {
        self.checked.at(done, total);
    }

    fn bytes(&self, done: u64, total: u64) {
        self.sent.at(done, total);
    }

    fn retrying(&self, what: &str, attempt: u32, reason: &str) {
        self.console.talk(&format!("{what}: attempt {attempt}: {reason}"));
    }

    fn image(&self, outcome: &ImageOutcome) {
        if outcome.result != LoadResult::Present {
            self.console.talk(&format!("{} is complete", outcome.image));
        }
    }
}

fn text(outcome: &LoadOutcome, plan: &LoadPlan, format: Format) -> String {
    if format != Format::Table {
        let tree = json!({"runtime": plan.runtime, "bytes": plan.bytes(), "images": outcome.images});
        return release_output::tree(&tree, format);
    }
    let mut table = Table::new(&["IMAGE", "RESULT", "SENT", "DIGEST"]);
    for image in &outcome.images {
        let names = image.names.iter().filter(|name| is_for_people(name));
        for (at, name) in names.enumerate() {
            let bytes = if at == 0 { image.bytes } else { 0 };
            table.row(vec![
                name.name.clone(),
                result(name, image.result),
                size(bytes),
                image.digest.clone(),
            ]);
        }
    }
    table.text()
}

/// Names by digest are there for the machines.
fn is_for_people(name: &NamePlan) -> bool {
    !name.name.contains('@') && !name.name.starts_with("sha256:")
}

fn result(name: &NamePlan, image: LoadResult) -> String {
    match (&name.action, image) {
        (NameAction::Create, LoadResult::Loaded) => "loaded".to_owned(),
        (NameAction::Create, _) => "named".to_owned(),
        (NameAction::Move { from }, _) => format!("moved from {}", from.get(..19).unwrap_or(from)),
        (NameAction::Label, _) => "labelled".to_owned(),
        (NameAction::Keep, LoadResult::Present) => "present".to_owned(),
        (NameAction::Keep, _) => "completed".to_owned(),
    }
}

fn summary(plan: &LoadPlan, dry_run: bool) -> String {
    let (runtime, count) = (&plan.runtime, plan.images.len());
    let images = if count == 1 { "image" } else { "images" };
    match (plan.is_empty(), dry_run) {
        (true, _) => format!("{count} {images} in {runtime}: all there, nothing sent"),
        (false, true) => format!("{count} {images} for {runtime}: {} would be sent", size(plan.bytes())),
        (false, false) => format!("{count} {images} in {runtime}: {} sent", size(plan.bytes())),
    }
}
