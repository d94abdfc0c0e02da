//! Which chart a command is about: its name, its version, where it is, and what its provenance must be.

use std::sync::Arc;

use clap::Args;
use ironhelm::chart::Chart;
use ironhelm::repository::{ChartReference, Verification};
use ironhelm::{FoundChart, load_chart};

use crate::context::Context;
use crate::dependencies;
use crate::failure::Failure;
use crate::inputs;
use crate::network::ServerArgs;

/// Helm's flags for a chart that may be anywhere.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(crate) struct ChartArgs {
    /// Version of the chart: a version, or a range such as ^2.0.0; the newest if left out
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Versions under development too: --version '>0.0.0-0'; has no effect with --version
    #[arg(long)]
    devel: bool,
    /// URL of the repository that has the chart
    #[arg(long, value_name = "URL")]
    repo: Option<String>,
    /// Check the chart against its provenance file
    #[arg(long)]
    verify: bool,
    /// Keyring with the public keys to check with
    #[arg(long, value_name = "FILE")]
    keyring: Option<String>,
    /// Show user and password to every server, not to the repository alone
    #[arg(long)]
    pass_credentials: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

impl ChartArgs {
    /// What `chart` means with these flags.
    pub(crate) fn reference(&self, chart: &str) -> ChartReference {
        let text = |flag: &Option<String>| flag.clone().unwrap_or_default();
        ChartReference {
            chart: chart.to_owned(),
            version: text(&self.version),
            devel: self.devel,
            repo_url: text(&self.repo),
            username: text(&self.server.username),
            password: text(&self.server.password),
            pass_credentials: self.pass_credentials,
            tls: self.server.tls(),
        }
    }

    pub(crate) fn verification<P>(&self, context: &Context<P>) -> Verification {
        if self.verify {
            let keyring = context.settings.network.keyring(self.keyring.as_ref());
            Verification::Required { keyring }
        } else {
            Verification::None
        }
    }

    /// Finds the chart, and brings it to this machine if it is elsewhere.
    pub(crate) async fn find<P>(&self, chart: &str, context: &Context<P>) -> Result<FoundChart, Failure> {
        let is_elsewhere = self.repo.as_ref().is_some_and(|url| !url.is_empty());
        if !is_elsewhere
            && !self.verify
            && let Some(path) = inputs::local(chart)?
        {
            return Ok(FoundChart::local(path));
        }
        let sources = context.settings.network.sources(self.server.plain_http);
        let found = sources.find(&self.reference(chart), &self.verification(context)).await;
        let found = found.map_err(|error| Failure::find(&error, chart))?;
        found.warnings.iter().for_each(|warning| context.console.warn(warning));
        if let Some((reference, digest)) = &found.pulled {
            // Helm: on standard output, where it spoils what is to be read by a program.
            context.console.talk(&format!("Pulled: {reference}\nDigest: {digest}"));
        }
        Ok(found)
    }

    /// Finds the chart and loads it; brings missing dependencies on demand.
    pub(crate) async fn chart<P>(
        &self,
        chart: &str,
        update_dependencies: bool,
        context: &Context<P>,
    ) -> Result<Arc<Chart>, Failure> {
        self.load(chart, update_dependencies, context)
            .await
            .map(|(loaded, _)| loaded)
    }

    /// The same for a release: it is said which chart was chosen.
    pub(crate) async fn chart_for_release<P>(
        &self,
        chart: &str,
        update_dependencies: bool,
        context: &Context<P>,
    ) -> Result<Arc<Chart>, Failure> {
        let (loaded, found) = self.load(chart, update_dependencies, context).await?;
        if let Some(origin) = &found.origin {
            let (name, version) = (loaded.name(), &loaded.metadata.version);
            context
                .console
                .talk(&format!("chart {chart}: {name} {version} from {origin}"));
        }
        Ok(loaded)
    }

    async fn load<P>(
        &self,
        chart: &str,
        update_dependencies: bool,
        context: &Context<P>,
    ) -> Result<(Arc<Chart>, FoundChart), Failure> {
        let found = self.find(chart, context).await?;
        let mut loaded = load_chart(&found.path)?;
        if update_dependencies && ironhelm::chart::check_dependencies(&loaded.chart).is_err() {
            let console = &context.console;
            let tell = |line: String| console.talk(&line);
            let options = dependencies::Options {
                verification: self.verification(context),
                skip_refresh: false,
            };
            dependencies::update(&found.path, &options, &self.server, context, &tell).await?;
            loaded = load_chart(&found.path)?;
        }
        loaded.warnings.iter().for_each(|warning| context.console.warn(warning));
        if loaded.chart.metadata.deprecated {
            context.console.warn("this chart is deprecated");
        }
        Ok((loaded.chart, found))
    }
}
