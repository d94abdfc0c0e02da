//! Releases that are only rendered: no cluster is asked.

use ironhelm::chart::Chart;
use ironhelm::release::{Namespace, Release, ReleaseName, Revision, Status, StoredChart, Time};
use ironhelm::render::{Capabilities, ReleaseContext};
use ironhelm::values::Values;
use ironhelm::{InstallError, Rendering, Surroundings, full_text, prepare, render_offline};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::failure::Failure;
use crate::output::Console;

/// What is to be rendered.
pub(crate) struct Offline {
    pub(crate) name: ReleaseName,
    pub(crate) namespace: String,
    pub(crate) chart: Arc<Chart>,
    pub(crate) values: Values,
    pub(crate) rendering: Rendering,
    pub(crate) capabilities: Capabilities,
    pub(crate) is_upgrade: bool,
    pub(crate) labels: BTreeMap<String, String>,
    /// The machine that templates run on.
    pub(crate) surroundings: Arc<dyn Surroundings>,
    /// What is said after the failure of a template.
    pub(crate) after_failure: &'static str,
}

impl Offline {
    /// Renders; the release is what an install would store first.
    pub(crate) fn release(self, console: &Console) -> Result<Release, Failure> {
        if self.chart.is_library() {
            return Err(Failure::new("library charts are not installable"));
        }
        let prepared = prepare(&self.chart, self.values, &self.rendering)
            .map_err(|error| Failure::of(&InstallError::from(error)))?;
        prepared.warnings.iter().for_each(|warning| console.warn(warning));
        let context = ReleaseContext {
            name: self.name.to_string(),
            namespace: self.namespace.clone(),
            revision: 1,
            is_install: !self.is_upgrade,
            is_upgrade: self.is_upgrade,
        };
        let rendered = render_offline(
            &prepared,
            &context,
            &self.capabilities,
            &self.rendering,
            &*self.surroundings,
        )
        .map_err(|error| Failure::new(full_text(&error) + self.after_failure))?;
        rendered.warnings.iter().for_each(|warning| console.warn(warning));
        let stored = StoredChart::from_chart(&prepared.chart);
        let mut release = Release::new(self.name, Namespace::from(self.namespace), Revision::FIRST, stored);
        let now = Time::from(jiff::Timestamp::now());
        release.manifest = rendered.manifest_text();
        release.hooks = rendered.hooks;
        release.info.notes = rendered.notes;
        release.info.first_deployed = Some(now.clone());
        release.info.last_deployed = Some(now);
        release.config = (!prepared.config.is_empty()).then_some(prepared.config);
        release.labels = self.labels;
        release.apply_method = Some(ironhelm::release::ApplyMethod::ServerSide);
        release.set_status(Status::PendingInstall, "Dry run complete");
        Ok(release)
    }
}
