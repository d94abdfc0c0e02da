//! `sync`: the charts and images of offline bundles into a registry and a chart repository.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ironhelm::bundle::config::{Config, Options, Overwrite, Place, Repository};
use ironhelm::bundle::plan::{BundleInput, build};
use ironhelm::bundle::select::{Selection, select};
use ironhelm::image::{Platform as ImagePlatform, Stamp, VerifyOptions, verify};

use crate::bundles;
use crate::commands::Usage;
use crate::context::Context;
use crate::delivery::{Delivery, Reach, ReachArgs, host_of};
use crate::failure::{Exit, Failure};
use crate::flags::OutputArgs;
use crate::inputs;

const USAGE: Usage = Usage {
    command: "sync",
    arguments: "",
};

/// Flags of `sync`: those of charts-syncer, and some more.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm sync --config FILE [flags]")]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Args {
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// Configuration; charts-syncer.yaml in the home or working directory if left out
    #[arg(long, short, value_name = "FILE")]
    config: Option<String>,
    /// Print the whole plan, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Check that the charts are there and that their bundles are whole, and send nothing
    #[arg(long)]
    verify: bool,
    /// Print the images that the charts name, and send nothing
    #[arg(long)]
    print_images: bool,
    /// What happens to what is there with other content: never, if-different (replace it) or always (send all again)
    #[arg(long, default_value = "if-different", value_parser = parse_overwrite, value_name = "WHEN")]
    overwrite: Overwrite,
    /// Send what is in order although something else is not
    #[arg(long)]
    keep_going: bool,
    /// Create projects of Harbor that are missing
    #[arg(long)]
    auto_create_repository: bool,
    /// Send charts only
    #[arg(long)]
    skip_images: bool,
    /// Platform of the images, as os/architecture
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<ImagePlatform>,
    /// Only the highest version of each chart
    #[arg(long)]
    latest_version_only: bool,
    /// Without effect on bundles, which have no date
    #[arg(long, value_name = "YYYY-MM-DD")]
    from_date: Option<String>,
    /// Directory where uploads under way are noted
    #[arg(long, value_name = "DIR")]
    workdir: Option<PathBuf>,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    _idle: IdleArgs,
}

/// Flags of charts-syncer that mean nothing here.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[allow(dead_code, reason = "taken so that command lines for charts-syncer work")]
struct IdleArgs {
    #[arg(long, hide = true)]
    skip_dependencies: bool,
    #[arg(long, short, hide = true)]
    v: Option<String>,
    #[arg(long, hide = true)]
    logtostderr: bool,
    #[arg(long, hide = true)]
    alsologtostderr: bool,
}

pub(crate) fn parse_overwrite(text: &str) -> Result<Overwrite, &'static str> {
    match text {
        "never" => Ok(Overwrite::Never),
        "if-different" => Ok(Overwrite::IfDifferent),
        "always" => Ok(Overwrite::Always),
        _ => Err("must be never, if-different or always"),
    }
}

/// Plans everything, sends it, and prints what became of it.
pub(crate) async fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    USAGE.exactly::<0>(&args.arguments)?;
    let config = args.config(context)?;
    let (source, repository) = ends(&config)?;
    let opened = bundles::open(&[source.to_owned()], context)?;
    if !args.keep_going {
        bundles::none_broken(&opened)?;
    }
    let options = args.options();
    let chosen = select(&opened.bundles, source, &config, &options);
    check(&chosen, source)?;
    if args.verify {
        return verify_all(&chosen, context);
    }
    let inputs = chosen
        .bundles
        .iter()
        .filter_map(|(bundle, stay)| BundleInput::of(bundle, *stay));
    let (mut plan, contents) = build(inputs.collect(), &config.target.rules, args.platform.as_ref());
    if args.print_images {
        plan.images
            .iter()
            .for_each(|image| context.console.data(&format!("{}\n", image.source)));
        return Ok(());
    }
    let delivery = Delivery {
        reach: reach(args, &config, repository, context),
        charts: Some(repository),
        options,
        keep_going: args.keep_going,
        format: args.output.output,
        state: args.workdir.clone(),
    };
    delivery.run(&mut plan, &contents).await?;
    bundles::none_broken(&opened)
}

impl Args {
    fn options(&self) -> Options {
        Options {
            auto_create_repository: self.auto_create_repository,
            skip_images: self.skip_images,
            platform: None,
            latest_version_only: self.latest_version_only,
            from_date: self.from_date.clone(),
            dry_run: self.dry_run,
            verify: self.verify,
            overwrite: self.overwrite,
        }
    }

    fn config<P>(&self, context: &Context<P>) -> Result<Config, Failure> {
        let path = match &self.config {
            Some(path) => PathBuf::from(path),
            None => usual_config(context)?,
        };
        let text = std::fs::read(&path)
            .map_err(|error| Failure::new(format!("open {}: {}", path.display(), inputs::reason(&error))))?;
        let loaded = Config::load(&text, &context.settings.delivery.credentials);
        let loaded = loaded.map_err(|error| Failure::config(&error).prefixed(&format!("{}: ", path.display())))?;
        for notice in &loaded.notices {
            context.console.warn(&format!("{}: {notice}", path.display()));
        }
        if self.from_date.is_some() {
            context
                .console
                .warn("bundles have no date of publication: --from-date has no effect");
        }
        Ok(loaded.config)
    }
}

/// The configuration in the user's home or the working directory.
fn usual_config<P>(context: &Context<P>) -> Result<PathBuf, Failure> {
    let home = context.settings.delivery.home.clone();
    let folders = home.iter().map(PathBuf::as_path).chain([Path::new(".")]);
    let names = [
        "charts-syncer.yaml",
        "charts-syncer.yaml.yaml",
        "charts-syncer.yaml.yml",
        "charts-syncer.yaml.json",
    ];
    let mut places = folders.flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    places.find(|path| path.is_file()).ok_or_else(|| {
        Failure::new("there is no charts-syncer.yaml in the home or working directory")
            .hint("--config names the configuration, for example load-image.yaml")
    })
}

/// Where bundles come from, and where charts go.
fn ends(config: &Config) -> Result<(&str, &Repository), Failure> {
    let Some(Place::Bundles(source)) = &config.source.place else {
        let failure = Failure::new("charts are synchronised from bundles only, not from a repository");
        return Err(failure.hint("set source.intermediateBundlesPath"));
    };
    match &config.target.place {
        Some(Place::Repository(repository)) => Ok((source, repository)),
        _ => Err(
            Failure::new("bundles are synchronised into a chart repository, not into other bundles")
                .hint("set target.repo"),
        ),
    }
}

fn check(chosen: &Selection<'_>, source: &str) -> Result<(), Failure> {
    if let Some(first) = chosen.missing.first() {
        let more = chosen.missing.len() - 1;
        let more = if more > 0 {
            format!(" (and {more} more)")
        } else {
            String::new()
        };
        return Err(Failure::new(format!("{first}{more}")).exit(Exit::NoBundle));
    }
    if chosen.bundles.is_empty() {
        return Err(Failure::new(format!("not found charts in {source} to sync"))
            .exit(Exit::NoBundle)
            .hint("look at charts and skipCharts of the configuration"));
    }
    Ok(())
}

fn reach<'r, P>(args: &'r Args, config: &Config, repository: &Repository, context: &'r Context<P>) -> Reach<'r, P> {
    let host = host_of(config.target.rules.target_registry()).to_owned();
    let auth = config
        .target
        .containers
        .as_ref()
        .and_then(|containers| containers.auth.clone());
    let plain = repository
        .url
        .starts_with("http://")
        .then(|| host_of(&repository.url).to_owned());
    Reach {
        args: &args.reach,
        context,
        credentials: auth.map(|auth| (host, auth)).into_iter().collect(),
        plain_hosts: plain.into_iter().collect(),
    }
}

/// Reads all bytes of the bundles.
fn verify_all<P>(chosen: &Selection<'_>, context: &Context<P>) -> Result<(), Failure> {
    for (bundle, _) in &chosen.bundles {
        let Some(images) = &bundle.images else { continue };
        let verified = verify(&images.archive, Stamp::new(0, None), &VerifyOptions::default(), &|_| {
            ControlFlow::Continue(())
        });
        verified.map_err(|error| {
            Failure::new(format!("{}: {error}", bundle.place))
                .exit(Exit::Damaged)
                .hint("fetch the bundle again")
        })?;
    }
    context.console.data("verify success!\n");
    Ok(())
}
