//! A release from a bundle: its images are brought to where the chart, rewritten, will pull them from.

use std::collections::BTreeMap;
use std::sync::Arc;

use ironhelm::bundle::config::Options;
use ironhelm::bundle::plan::{BundleInput, build};
use ironhelm::chart::{Chart, LoadOptions, load_archive};

use super::{Delivery, Reach, ReachArgs, rules_to};
use crate::bundles;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::flags::Format;

/// Where the images of a bundle go before its chart is released.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub(crate) struct SyncToArgs {
    /// Push the images of the bundle to this registry first, and release the chart with their new names; uses the login stored
    /// for the registry
    #[arg(long, value_name = "REGISTRY[/PATH]")]
    pub(crate) sync_to: Option<String>,
}

/// The chart of the bundle at `path` with images at `place`; with `send`, they are there when this returns.
pub(crate) async fn chart_at_target<P>(
    path: &str,
    place: &str,
    send: bool,
    context: &Context<P>,
) -> Result<Arc<Chart>, Failure> {
    let opened = bundles::open(&[path.to_owned()], context)?;
    bundles::none_broken(&opened)?;
    let inputs: Vec<_> = opened
        .bundles
        .iter()
        .filter_map(|bundle| BundleInput::of(bundle, false))
        .collect();
    let (mut plan, contents) = build(inputs, &rules_to(place)?, None);
    let reach = ReachArgs {
        connections: 6,
        ..ReachArgs::default()
    };
    let delivery = Delivery {
        reach: Reach {
            args: &reach,
            context,
            credentials: BTreeMap::new(),
            plain_hosts: Vec::new(),
        },
        charts: None,
        options: Options::default(),
        keep_going: false,
        format: Format::Table,
        state: None,
    };
    delivery.refuse(&plan)?;
    let [chart] = &contents.charts[..] else {
        let text = format!("{path} holds {} charts; a release needs one", contents.charts.len());
        return Err(Failure::new(text).exit(Exit::NoBundle));
    };
    let loaded = load_archive(path, &chart.archive, &LoadOptions::default()).map_err(|error| Failure::of(&error))?;
    if send {
        delivery.deliver(&mut plan, &contents).await?;
    }
    Ok(Arc::new(loaded.chart))
}
