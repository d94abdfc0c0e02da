//! `images list`: which images bundles hold.

use ironhelm::bundle::relocate::Rules;
use ironhelm::bundle::source::Bundle;
use ironhelm::image::{ArchivedImage, Content};
use ironhelm::renamed;
use serde_json::{Value, json};

use crate::bundles;
use crate::commands::Usage;
use crate::context::Context;
use crate::failure::Failure;
use crate::flags::{Format, OutputArgs};
use crate::release_output;
use crate::relocation::RelocationArgs;
use crate::table::Table;
use crate::transfer::size;

const USAGE: Usage = Usage {
    command: "images list",
    arguments: "BUNDLE [...]",
};

/// Flags of `images list`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm images list BUNDLE [...] [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    #[command(flatten)]
    relocation: RelocationArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the images; bundles that cannot be used are told, and make the command fail at the end.
pub(crate) fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let paths = USAGE.some(&args.arguments)?;
    let opened = bundles::open(paths, context)?;
    if opened.broken.is_empty() {
        bundles::some_images(&opened)?;
    }
    let rules = args.relocation.rules();
    let mut images = Vec::new();
    for bundle in &opened.bundles {
        images.extend(rows(bundle, &rules)?);
    }
    context.console.data(&text(&images, &rules, args.output.output));
    bundles::none_broken(&opened)
}

/// Each name of each image of a bundle.
fn rows(bundle: &Bundle, rules: &Rules) -> Result<Vec<Value>, Failure> {
    let mut rows = Vec::new();
    let entries = bundle.images.iter().flat_map(|images| images.archive.entries());
    for entry in entries {
        let mut names: Vec<Option<(String, Option<String>)>> = Vec::new();
        for name in entry.references() {
            let target = renamed(&name, rules).map_err(|error| Failure::node_load(&error))?;
            names.push(Some((name.normalised(), target.map(|target| target.normalised()))));
        }
        if names.is_empty() {
            names.push(None);
        }
        rows.extend(names.into_iter().map(|name| row(bundle, entry, name)));
    }
    Ok(rows)
}

fn row(bundle: &Bundle, entry: &ArchivedImage, name: Option<(String, Option<String>)>) -> Value {
    let images = entry.content().images();
    let platforms: Vec<String> = images.iter().map(|image| image.platform.to_string()).collect();
    let (name, target) = name.unzip();
    let mut row = json!({
        "bundle": bundle.place,
        "name": name,
        "digest": entry.content().descriptor().digest.to_string(),
        "platforms": platforms,
        "layers": images.iter().map(|image| image.layers.len()).max().unwrap_or(0),
        "size": total(entry.content()),
    });
    for (key, value) in [
        ("chart", bundle.name().map(str::to_owned)),
        ("version", bundle.version().map(str::to_owned)),
        ("relocated", target.flatten()),
    ] {
        if let Some(value) = value {
            row[key] = value.into();
        }
    }
    row
}

/// The bytes of all configurations and layers, shared ones once.
fn total(content: &Content) -> u64 {
    let images = content.images();
    let blobs = images.iter().flat_map(|image| image.blobs());
    let sizes: std::collections::BTreeMap<_, _> = blobs.map(|blob| (blob.digest(), blob.size())).collect();
    sizes.values().sum()
}

fn text(images: &[Value], rules: &Rules, format: Format) -> String {
    if format != Format::Table {
        return release_output::tree(&images.into(), format);
    }
    let mut headers = vec!["IMAGE", "PLATFORM", "LAYERS", "SIZE", "DIGEST"];
    if !rules.is_empty() {
        headers.insert(1, "RELOCATED");
    }
    let mut table = Table::new(&headers);
    let word = |value: &Value| value.as_str().unwrap_or("<none>").to_owned();
    for image in images {
        let platforms: Vec<String> = image["platforms"].as_array().into_iter().flatten().map(word).collect();
        let mut cells = vec![
            word(&image["name"]),
            platforms.join(","),
            image["layers"].to_string(),
            size(image["size"].as_u64().unwrap_or(0)),
            word(&image["digest"]),
        ];
        if !rules.is_empty() {
            cells.insert(1, word(&image["relocated"]));
        }
        table.row(cells);
    }
    table.text()
}
