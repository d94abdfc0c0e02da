//! Which of the bundles that are there are meant.

use ironhelm_chart::semver::Version;

use crate::config::{Config, Options};
use crate::source::Bundle;

/// The bundles that are meant, and whether the images of each stay where they are.
#[derive(Debug, Default)]
pub struct Selection<'b> {
    /// The bundles.
    pub bundles: Vec<(&'b Bundle, bool)>,
    /// What the configuration names and is not there, in a sentence each.
    pub missing: Vec<String>,
}

/// Chooses among the bundles that were found at `place`.
///
/// charts-syncer passes over charts and versions that are named and not there; here they are told.
#[must_use]
pub fn select<'b>(bundles: &'b [Bundle], place: &str, config: &Config, options: &Options) -> Selection<'b> {
    let mut chosen = Selection::default();
    for bundle in bundles {
        let (Some(name), Some(version)) = (bundle.name(), bundle.version()) else {
            continue;
        };
        let filter = config.charts.iter().find(|chart| chart.name == name);
        let versions = filter.map(|chart| &chart.versions[..]).unwrap_or_default();
        let is_meant = if config.charts.is_empty() {
            !config.skip_charts.iter().any(|skipped| skipped == name)
        } else {
            filter.is_some() && (versions.is_empty() || versions.iter().any(|wanted| wanted == version))
        };
        if is_meant {
            let stay = options.skip_images || filter.is_some_and(|chart| chart.skip_images);
            chosen.bundles.push((bundle, stay));
        }
    }
    chosen.missing = missing(bundles, place, config);
    if options.latest_version_only {
        keep_latest(&mut chosen.bundles);
    }
    chosen
}

fn missing(bundles: &[Bundle], place: &str, config: &Config) -> Vec<String> {
    let mut texts = Vec::new();
    for chart in &config.charts {
        let here = || bundles.iter().filter(|bundle| bundle.name() == Some(&chart.name));
        if here().next().is_none() {
            texts.push(format!("chart {} in {place} does not exist", chart.name));
            continue;
        }
        let absent = |version: &&String| !here().any(|bundle| bundle.version() == Some(version));
        let absent: Vec<&str> = chart.versions.iter().filter(absent).map(String::as_str).collect();
        match &absent[..] {
            [] => {}
            [version] => texts.push(format!(
                "version {version} of chart {} in {place} does not exist",
                chart.name
            )),
            versions => texts.push(format!(
                "versions {} of chart {} in {place} do not exist",
                versions.join(","),
                chart.name
            )),
        }
    }
    texts
}

/// Of each chart the highest version; one that is no version is lower than all.
fn keep_latest(bundles: &mut Vec<(&Bundle, bool)>) {
    let version = |bundle: &Bundle| bundle.version().and_then(|version| Version::parse(version).ok());
    let all = bundles.clone();
    bundles.retain(|(bundle, _)| {
        let mut others = all.iter().filter(|(other, _)| other.name() == bundle.name());
        others.all(|(other, _)| version(other) <= version(bundle))
    });
}
