//! `package`: charts become archives.

use std::path::{Path, PathBuf};

use ironhelm::chart::semver::Version;
use ironhelm::chart::{LoadOptions, PACK_TIME, SourcedChart, chart_yaml, load_sources, pack};
use ironhelm::full_text;
use ironhelm::provenance::{Keyring, Signer, sign};
use ironhelm::repository::Verification;

use crate::context::Context;
use crate::failure::Failure;
use crate::network::ServerArgs;
use crate::output::Console;
use crate::{dependencies, inputs, prompt};

/// Flags of `package`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(override_usage = "ironhelm package [CHART_PATH] [...] [flags]")]
pub(crate) struct Args {
    #[arg(hide = true)]
    paths: Vec<String>,
    /// Set the chart's version
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Set the version of what the chart installs
    #[arg(long, value_name = "VERSION")]
    app_version: Option<String>,
    /// Write the archives into this directory
    #[arg(long, short, default_value = ".", value_name = "DIR")]
    destination: PathBuf,
    /// Bring the charts that the charts need first
    #[arg(long, short = 'u')]
    dependency_update: bool,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    server: ServerArgs,
}

/// Whether and how archives are signed.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct SigningArgs {
    /// Write a provenance file too, signed with a PGP key
    #[arg(long)]
    sign: bool,
    /// The key to sign with: a part of its name
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// Keyring with the secret key
    #[arg(long, value_name = "FILE")]
    keyring: Option<String>,
    /// File whose first line unlocks the key; - for standard input
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<String>,
}

/// Writes an archive for each chart.
pub(crate) async fn run<P>(args: &Args, context: &Context<P>) -> Result<(), Failure> {
    if args.paths.is_empty() {
        return Err(Failure::new("need at least one argument, the path to the chart"));
    }
    let keys = args.signing.keys(context)?;
    let signer = keys.as_ref().map(|keys| keys.signer(&context.console)).transpose()?;
    for path in &args.paths {
        bring_dependencies(path, args, context).await?;
        let mut source = load(path)?;
        change(&mut source, args)?;
        check_dependencies(&source)?;
        let modified = context.settings.source_date_epoch.unwrap_or(PACK_TIME);
        let archive = pack(&source, modified).map_err(|error| Failure::of(&error).prefixed("failed to save: "))?;
        let metadata = &source.chart.metadata;
        let file = format!("{}-{}.tgz", metadata.name, metadata.version);
        let provenance = signer
            .as_ref()
            .map(|signer| provenance(signer, &source, &file, &archive))
            .transpose()?;
        let written = write(&args.destination, &file, &archive)?;
        if let Some(text) = provenance {
            write(&args.destination, &format!("{file}.prov"), text.as_bytes())?;
        }
        let told = format!("Successfully packaged chart and saved it to: {}\n", written.display());
        context.console.data(&told);
    }
    Ok(())
}

/// Helm: what is done about the dependencies is not told.
async fn bring_dependencies<P>(path: &str, args: &Args, context: &Context<P>) -> Result<(), Failure> {
    if !args.dependency_update {
        return Ok(());
    }
    let options = dependencies::Options {
        verification: Verification::None,
        skip_refresh: false,
    };
    dependencies::update(Path::new(path), &options, &args.server, context, &|_| {}).await
}

/// A keyring, and which of its keys is meant.
struct Keys {
    keyring: Keyring,
    name: String,
    passphrase_file: Option<String>,
}

impl SigningArgs {
    fn keys<P>(&self, context: &Context<P>) -> Result<Option<Keys>, Failure> {
        if !self.sign {
            return Ok(None);
        }
        let given = |flag: &Option<String>| flag.clone().filter(|text| !text.is_empty());
        let name = given(&self.key).ok_or_else(|| Failure::new("--key is required for signing a package"))?;
        let path = context.settings.network.keyring(self.keyring.as_ref());
        let bytes = std::fs::read(&path)
            .map_err(|error| Failure::new(format!("open {}: {}", path.display(), inputs::reason(&error))))?;
        Ok(Some(Keys {
            keyring: Keyring::parse(&bytes).map_err(|error| Failure::of(&error))?,
            name,
            passphrase_file: given(&self.passphrase_file),
        }))
    }
}

impl Keys {
    fn signer(&self, console: &Console) -> Result<Signer<'_>, Failure> {
        let signer =
            |passphrase: &str| Signer::new(&self.keyring, &self.name, passphrase).map_err(|error| Failure::of(&error));
        let without = signer("")?;
        match &self.passphrase_file {
            Some(path) => signer(&first_line(path)?),
            None if without.is_locked() => {
                let question = format!("Password for key {:?} >  ", without.user_id());
                signer(&prompt::secret(&question, console)?)
            }
            None => Ok(without),
        }
    }
}

fn first_line(path: &str) -> Result<String, Failure> {
    if path == "-" {
        return prompt::password_from_stdin().map(|text| text.lines().next().unwrap_or_default().to_owned());
    }
    let read = std::fs::read_to_string(path);
    let text = read.map_err(|error| Failure::new(format!("open {path}: {}", inputs::reason(&error))))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn provenance(signer: &Signer<'_>, source: &SourcedChart, file: &str, archive: &[u8]) -> Result<String, Failure> {
    let now = u32::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
    let metadata = chart_yaml(&source.chart.metadata);
    sign(signer, &metadata, file, archive, now).map_err(|error| Failure::of(&error))
}

fn load(path: &str) -> Result<SourcedChart, Failure> {
    let whole = Path::new(path);
    if let Err(error) = std::fs::metadata(whole) {
        return Err(Failure::new(format!("stat {path}: {}", inputs::reason(&error))));
    }
    let whole = std::path::absolute(whole).unwrap_or_default();
    if !whole.is_dir() {
        let chart_yaml = whole.join("Chart.yaml");
        let chart_yaml = chart_yaml.display();
        return Err(Failure::new(format!(
            "unable to detect chart at {chart_yaml}: open {chart_yaml}: not a directory"
        )));
    }
    let options = LoadOptions::default();
    // Helm: the API version must be one that can be installed.
    let sources = ironhelm::chart::load_with(&whole, &options).and_then(|_| load_sources(&whole, &options));
    sources.map_err(|error| Failure::new(full_text(&error)))
}

fn change(source: &mut SourcedChart, args: &Args) -> Result<(), Failure> {
    let metadata = &mut source.chart.metadata;
    if let Some(version) = args.version.as_ref().filter(|version| !version.is_empty()) {
        metadata.version.clone_from(version);
    }
    if let Some(version) = args.app_version.as_ref().filter(|version| !version.is_empty()) {
        metadata.app_version.clone_from(version);
    }
    Version::parse(&metadata.version)
        .map(drop)
        .map_err(|error| Failure::of(&error))
}

fn check_dependencies(source: &SourcedChart) -> Result<(), Failure> {
    ironhelm::chart::check_dependencies(&source.chart).map_err(|missing| {
        Failure::new(format!(
            "found in Chart.yaml, but missing in charts/ directory: {}",
            missing.names.join(", ")
        ))
        .hint("put the missing charts into the chart's charts/ directory")
    })
}

fn write(directory: &Path, file: &str, archive: &[u8]) -> Result<PathBuf, Failure> {
    let directory = if directory == Path::new(".") {
        std::env::current_dir().unwrap_or_default()
    } else {
        directory.to_owned()
    };
    let path = directory.join(file);
    std::fs::create_dir_all(&directory)
        .and_then(|()| std::fs::write(&path, archive))
        .map_err(|error| {
            Failure::new(format!(
                "failed to save: open {}: {}",
                path.display(),
                inputs::reason(&error)
            ))
        })?;
    Ok(path)
}
