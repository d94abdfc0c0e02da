//! `push`: a chart archive into a registry.

use std::path::{Path, PathBuf};

use ironhelm::chart::{LoadOptions, load_archive};
use ironhelm::registry::OciReference;
use ironhelm::registry::chart::{self, ChartUpload};
use ironhelm::registry::reference::underscore_note;

use crate::commands::Usage;
use crate::context::Context;
use crate::failure::Failure;
use crate::inputs::reason;
use crate::network::ServerArgs;

/// The largest archive that is pushed.
const MAX_ARCHIVE: u64 = 128 << 20;

/// Flags of `push`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm push [chart] [remote] [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    #[command(flatten)]
    server: ServerArgs,
}

/// Pushes.
pub(crate) async fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let usage = Usage {
        command: "push",
        arguments: "[chart] [remote]",
    };
    let [archive, target, ..] = &args.arguments[..] else {
        return Err(usage.failure("requires at least 2 arguments"));
    };
    let upload = upload(Path::new(archive))?;
    if !target.contains("://") {
        return Err(Failure::new(format!("invalid chart URL format: {target}"))
            .hint(format!("registries are named as oci://{target}")));
    }
    let parent: OciReference = target.parse().map_err(|error| Failure::registry(&error))?;
    let remote = args
        .server
        .applied_to(context.settings.network.remote(args.server.plain_http));
    let registry = remote.registry(parent.registry(), &args.server.access()).await;
    let registry = registry.map_err(|error| Failure::registry(&error))?;
    let pushed = chart::push(&registry, &parent, &upload).await;
    let pushed = pushed.map_err(|error| Failure::registry(&error))?;
    let reference = pushed.reference.to_string();
    let reference = reference.strip_prefix("oci://").unwrap_or(&reference);
    context
        .console
        .data(&told("Pushed", reference, &pushed.digest.to_string()));
    Ok(())
}

fn upload(path: &Path) -> Result<ChartUpload, Failure> {
    let shown = path.display();
    let failed = |error: std::io::Error| Failure::new(format!("open {shown}: {}", reason(&error)));
    let found = match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::new(format!("{shown}: no such file")));
        }
        found => found.map_err(failed)?,
    };
    if found.is_dir() {
        return Err(Failure::new("cannot push directory, must provide chart archive (.tgz)")
            .hint(format!("`ironhelm package {shown}` makes one")));
    }
    if !found.is_file() || found.len() > MAX_ARCHIVE {
        return Err(Failure::new(format!("{shown} is no chart archive")));
    }
    let archive = std::fs::read(path).map_err(failed)?;
    let loaded = load_archive(&shown.to_string(), &archive, &LoadOptions::default());
    let metadata = loaded.map_err(|error| Failure::of(&error))?.chart.metadata;
    let provenance = PathBuf::from(format!("{shown}.prov"));
    let made = found
        .modified()
        .ok()
        .and_then(|time| jiff::Timestamp::try_from(time).ok());
    Ok(ChartUpload {
        config: metadata.to_json().into_bytes(),
        archive,
        provenance: provenance
            .is_file()
            .then(|| std::fs::read(&provenance))
            .transpose()
            .map_err(failed)?,
        created: made.unwrap_or(jiff::Timestamp::UNIX_EPOCH),
    })
}

/// What Helm prints about a chart that went to a registry or came from one.
pub(super) fn told(done: &str, reference: &str, digest: &str) -> String {
    let note = underscore_note(reference).map(|note| format!("{note}\n"));
    format!("{done}: {reference}\nDigest: {digest}\n{}", note.unwrap_or_default())
}
