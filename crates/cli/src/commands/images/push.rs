//! `images push`: the images of bundles into a registry.

use ironhelm::bundle::config::{Auth, Options, Overwrite};
use ironhelm::bundle::plan::build_images;
use ironhelm::image::{ImageArchive, Platform as ImagePlatform};

use crate::bundles;
use crate::commands::Usage;
use crate::commands::sync::parse_overwrite;
use crate::context::Context;
use crate::delivery::{Delivery, Reach, ReachArgs, rules_to};
use crate::failure::{Exit, Failure};
use crate::flags::OutputArgs;
use crate::relocation::RelocationArgs;

const USAGE: Usage = Usage {
    command: "images push",
    arguments: "BUNDLE [...]",
};

/// Flags of `images push`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm images push BUNDLE [...] --to REGISTRY[/PATH] [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// Registry, and the path that goes in front of the last part of each image's name: short for --registry and --repository
    #[arg(long, value_name = "REGISTRY[/PATH]")]
    to: Option<String>,
    #[command(flatten)]
    relocation: RelocationArgs,
    /// User name at the registry; a stored login is used without it
    #[arg(long, value_name = "NAME", requires = "password")]
    username: Option<String>,
    /// Password at the registry
    #[arg(long, value_name = "PASSWORD", requires = "username")]
    password: Option<String>,
    /// Print the whole plan, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// What happens to what is there with other content: never, if-different (replace it) or always (send all again)
    #[arg(long, default_value = "if-different", value_parser = parse_overwrite, value_name = "WHEN")]
    overwrite: Overwrite,
    /// Send what is in order although something else is not
    #[arg(long)]
    keep_going: bool,
    /// Create projects of Harbor that are missing
    #[arg(long)]
    auto_create_repository: bool,
    /// Platform of the images, as os/architecture
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<ImagePlatform>,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Sends them, and prints each name and what became of it.
pub(crate) async fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    let paths = USAGE.some(&args.arguments)?;
    let rules = match &args.to {
        Some(to) => rules_to(to)?,
        None => args.relocation.rules(),
    };
    if rules.target_registry().is_empty() {
        return Err(Failure::new("no registry to push to").hint("--to REGISTRY/PROJECT names it"));
    }
    let opened = bundles::open(paths, context)?;
    bundles::none_broken(&opened)?;
    let bundles = opened.bundles.iter();
    let archives = bundles.filter_map(|bundle| Some((bundle.place.clone(), &bundle.images.as_ref()?.archive)));
    let archives: Vec<(String, &ImageArchive)> = archives.collect();
    if archives.is_empty() {
        return Err(Failure::new(format!("there are no images in {}", paths.join(", "))).exit(Exit::NoBundle));
    }
    let (mut plan, contents) = build_images(&archives, &rules, args.platform.as_ref());
    let delivery = Delivery {
        reach: Reach {
            args: &args.reach,
            context,
            credentials: args.credentials(rules.target_registry()),
            plain_hosts: Vec::new(),
        },
        charts: None,
        options: Options {
            auto_create_repository: args.auto_create_repository,
            dry_run: args.dry_run,
            overwrite: args.overwrite,
            ..Options::default()
        },
        keep_going: args.keep_going,
        format: args.output.output,
        state: None,
    };
    delivery.run(&mut plan, &contents).await
}

impl Args {
    fn credentials(&self, registry: &str) -> std::collections::BTreeMap<String, Auth> {
        let host = crate::delivery::host_of(registry).to_owned();
        let both = self.username.clone().zip(self.password.clone());
        let auth = both.map(|(username, password)| Auth {
            username,
            password,
            registry: String::new(),
        });
        auth.map(|auth| (host, auth)).into_iter().collect()
    }
}
