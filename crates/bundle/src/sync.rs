//! A synchronisation from one end to the other: what the targets have, and carrying out a plan.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::plan::{Action, ChartPlan, Contents, Observations, PlannedChart, ProjectState, SyncPlan, TagState};
use crate::push::{ImageResult, Progress, PushError, PushOptions, Registries, observe_images, push_images};
use crate::upload::projects::Projects;
use crate::upload::{ChartTarget, UploadError};

/// Where images and charts go.
#[derive(Debug, Default)]
pub struct Targets {
    /// The registries of the images, by their names in the plan.
    pub registries: Registries,
    /// Their projects, for those that have any.
    pub projects: BTreeMap<String, Projects>,
    /// Where the charts go; nowhere if there is none.
    pub charts: Option<ChartTarget>,
}

/// What became of everything.
#[derive(Debug, Default)]
pub struct Report {
    /// The images, in the order of the plan.
    pub images: Vec<ImageResult>,
    /// The charts, in the order of the plan.
    pub charts: Vec<ChartResult>,
}

/// What became of a chart.
#[derive(Debug)]
pub struct ChartResult {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether it was sent; false if it was left out.
    pub outcome: Result<bool, ChartError>,
}

/// Why a chart is not where it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChartError {
    /// Its images are not there.
    #[error("the chart was held back because image {image} is not at its target")]
    HeldBack {
        /// The first of them.
        image: String,
    },
    /// It could not be sent.
    #[error("the chart could not be sent to {place}")]
    Upload {
        /// Where to.
        place: String,
        /// Why.
        source: Box<UploadError>,
    },
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// A project could not be created.
    #[error("project \"{project}\" of {registry} could not be created")]
    Project {
        /// The registry.
        registry: String,
        /// The project.
        project: String,
        /// Why.
        source: UploadError,
    },
    /// A bundle is damaged.
    #[error(transparent)]
    Damaged(#[from] PushError),
}

/// How often a chart is sent at most.
const ATTEMPTS: u32 = 3;

impl Targets {
    /// Asks the targets what they have of what the plan speaks of.
    pub async fn observe(&self, plan: &SyncPlan, connections: usize) -> Observations {
        let mut seen = observe_images(plan, &self.registries, connections).await;
        for project in &plan.projects {
            if let Some(projects) = self.projects.get(&project.registry) {
                let key = (project.registry.clone(), project.name.clone());
                seen.projects.insert(key, projects.state(&project.name).await);
            }
        }
        for image in &plan.images {
            let project = image.repository.split('/').next().unwrap_or_default().to_owned();
            // Harbor: what is asked of a project that is not there is refused.
            if seen.projects.get(&(image.registry.clone(), project)) == Some(&ProjectState::Missing) {
                seen.tags.insert(image.target.clone(), TagState::Absent);
            }
        }
        if let Some(charts) = &self.charts {
            charts.observe(plan, &mut seen).await;
        }
        seen
    }

    /// Does what the plan says: projects, images, and then the charts whose images are there.
    ///
    /// # Errors
    /// [`SyncError`] if nothing was sent at all; what fails on its own is told in the [`Report`].
    pub async fn carry_out(
        &self,
        plan: &SyncPlan,
        contents: &Contents,
        options: &PushOptions,
        progress: &dyn Progress,
    ) -> Result<Report, SyncError> {
        self.create_projects(plan).await?;
        let images = push_images(plan, contents, &self.registries, options, progress).await?;
        let mut charts = Vec::with_capacity(plan.charts.len());
        for (chart, content) in plan.charts.iter().zip(&contents.charts) {
            charts.push(ChartResult {
                name: chart.name.clone(),
                version: chart.version.clone(),
                outcome: self.send_chart(chart, content, &images).await,
            });
        }
        Ok(Report { images, charts })
    }

    async fn create_projects(&self, plan: &SyncPlan) -> Result<(), SyncError> {
        for project in plan.projects.iter().filter(|project| project.action == Action::Create) {
            let Some(projects) = self.projects.get(&project.registry) else {
                continue;
            };
            projects
                .create(&project.name)
                .await
                .map_err(|source| SyncError::Project {
                    registry: project.registry.clone(),
                    project: project.name.clone(),
                    source,
                })?;
        }
        Ok(())
    }

    async fn send_chart(
        &self,
        chart: &ChartPlan,
        content: &PlannedChart,
        images: &[ImageResult],
    ) -> Result<bool, ChartError> {
        let replace = match &chart.action {
            Action::Push | Action::Create => false,
            Action::Replace { .. } => true,
            Action::Skip { .. } => return Ok(false),
            Action::Conflict => return Err(held_back(chart.images.first())),
        };
        let failed = |image: &&ImageResult| image.outcome.is_err() && chart.images.contains(&image.target);
        if let Some(image) = images.iter().find(failed) {
            return Err(held_back(Some(&image.target)));
        }
        let Some(target) = &self.charts else { return Ok(false) };
        let mut attempt = 1;
        loop {
            match target.upload(content, replace).await {
                Ok(()) => return Ok(true),
                Err(error) if error.is_transient() && attempt < ATTEMPTS => {
                    tokio::time::sleep(Duration::from_millis(300 << attempt)).await;
                }
                Err(source) => {
                    return Err(ChartError::Upload {
                        place: target.place(),
                        source: Box::new(source),
                    });
                }
            }
            attempt += 1;
        }
    }
}

fn held_back(image: Option<&String>) -> ChartError {
    ChartError::HeldBack {
        image: image.cloned().unwrap_or_default(),
    }
}
