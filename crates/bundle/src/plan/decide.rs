//! From what the targets have to what is done.

use std::collections::BTreeMap;

use ironhelm_image::Digest;

use super::{ALREADY_THERE, Action, ImagePlan, Problem, SyncPlan};
use crate::config::{Options, Overwrite};

/// Something that the plan needs to know of a target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// What this image name leads to.
    Tag {
        /// The name at the target.
        target: String,
    },
    /// Whether this project is there, and how much it may still take.
    Project {
        /// The registry.
        registry: String,
        /// The project.
        name: String,
    },
    /// Whether this chart version is there.
    Chart {
        /// The chart.
        name: String,
        /// Its version.
        version: String,
    },
}

/// What an image name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagState {
    /// Nothing.
    Absent,
    /// A manifest.
    Present {
        /// Its digest.
        digest: Digest,
    },
    /// The registry does not tell.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// A project of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectState {
    /// It is not there.
    Missing,
    /// It is there.
    Present {
        /// How many bytes it may still take, if that is limited.
        left: Option<u64>,
    },
    /// The registry does not tell, or knows no projects.
    Unknown,
}

/// A chart version in a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChartState {
    /// It is not there.
    Absent,
    /// It is there.
    Present {
        /// The digest of its archive, if the repository tells.
        digest: Option<Digest>,
    },
    /// The repository does not tell.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// What the targets have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observations {
    /// Images by their names at the target.
    pub tags: BTreeMap<String, TagState>,
    /// Projects by registry and name.
    pub projects: BTreeMap<(String, String), ProjectState>,
    /// Charts by name and version.
    pub charts: BTreeMap<(String, String), ChartState>,
}

impl SyncPlan {
    /// What the targets have to be asked.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        let tags = self.images.iter().map(|image| Question::Tag {
            target: image.target.clone(),
        });
        let projects = self.projects.iter().map(|project| Question::Project {
            registry: project.registry.clone(),
            name: project.name.clone(),
        });
        let charts = self.charts.iter().map(|chart| Question::Chart {
            name: chart.name.clone(),
            version: chart.version.clone(),
        });
        tags.chain(projects).chain(charts).collect()
    }

    /// Settles the actions by what the targets have; asked again, it starts anew.
    pub fn decide(&mut self, seen: &Observations, options: &Options) {
        self.problems.retain(|problem| !problem.observed);
        let before = self.problems.len();
        self.decide_projects(seen, options);
        self.decide_images(seen, options);
        self.decide_charts(seen, options);
        for problem in &mut self.problems[before..] {
            problem.observed = true;
        }
        self.spread_conflicts();
    }

    /// What cannot be sent takes along what needs it: a project its images, an image the charts that name it.
    pub(super) fn spread_conflicts(&mut self) {
        let blocked = |image: &ImagePlan| {
            let project = image.repository.split('/').next().unwrap_or_default();
            let mut projects = self.projects.iter();
            projects.any(|known| {
                known.action == Action::Conflict && known.registry == image.registry && known.name == project
            })
        };
        for image in &mut self.images {
            if blocked(image) {
                image.action = Action::Conflict;
            }
        }
        let images = &self.images;
        for chart in &mut self.charts {
            let mut conflicts = images.iter().filter(|image| image.action == Action::Conflict);
            if conflicts.any(|image| chart.images.contains(&image.target)) {
                chart.action = Action::Conflict;
            }
        }
    }

    fn decide_projects(&mut self, seen: &Observations, options: &Options) {
        for project in &mut self.projects {
            let key = (project.registry.clone(), project.name.clone());
            let about = format!("{}/{}", project.registry, project.name);
            let there = |reason: &str| Action::Skip {
                reason: reason.to_owned(),
            };
            project.action = match seen.projects.get(&key) {
                None | Some(ProjectState::Unknown) => there("not known"),
                Some(ProjectState::Missing) if options.auto_create_repository => Action::Create,
                Some(ProjectState::Missing) => {
                    let text = format!(
                        "the registry has no project \"{}\": create it, or let --auto-create-repository do so",
                        project.name
                    );
                    self.problems.push(Problem::error(about, text));
                    Action::Conflict
                }
                Some(ProjectState::Present { left: Some(left) }) if *left < project.size => {
                    let text = format!(
                        "up to {} bytes go to the project, but its quota leaves {left}: raise the quota",
                        project.size
                    );
                    self.problems.push(Problem::warning(about, text));
                    there("present")
                }
                Some(ProjectState::Present { .. }) => there("present"),
            };
        }
    }

    fn decide_images(&mut self, seen: &Observations, options: &Options) {
        for image in self.images.iter_mut().filter(|image| !image.collides) {
            let state = seen.tags.get(&image.target);
            image.action = match (state, options.overwrite) {
                (Some(TagState::Present { digest }), Overwrite::IfDifferent | Overwrite::Never)
                    if *digest == image.digest =>
                {
                    Action::Skip {
                        reason: ALREADY_THERE.to_owned(),
                    }
                }
                (Some(TagState::Present { digest }), Overwrite::Never) => {
                    let text = format!(
                        "the tag leads to {digest}, the bundle has {}; it is left as it is (overwrite = never)",
                        image.digest
                    );
                    self.problems.push(Problem::warning(&image.target, text));
                    Action::Skip {
                        reason: "another image is there".to_owned(),
                    }
                }
                (Some(TagState::Present { digest }), _) => Action::Replace {
                    found: Some(digest.clone()),
                },
                (Some(TagState::Unknown { reason }), _) => {
                    self.problems.push(Problem::warning(
                        &image.target,
                        format!("not known whether it is there: {reason}"),
                    ));
                    Action::Push
                }
                (Some(TagState::Absent) | None, _) => Action::Push,
            };
        }
    }

    fn decide_charts(&mut self, seen: &Observations, options: &Options) {
        for chart in &mut self.charts {
            let about = format!("{} {}", chart.name, chart.version);
            let state = seen.charts.get(&(chart.name.clone(), chart.version.clone()));
            chart.action = match (state, options.overwrite) {
                (Some(ChartState::Present { digest }), Overwrite::IfDifferent | Overwrite::Never)
                    if digest.is_some() && *digest == chart.digest =>
                {
                    Action::Skip {
                        reason: ALREADY_THERE.to_owned(),
                    }
                }
                (Some(ChartState::Present { .. }), Overwrite::Never) => {
                    let text = "the repository has this version with other content; it is left as it is \
                                (overwrite = never)";
                    self.problems.push(Problem::warning(about, text));
                    Action::Skip {
                        reason: "another chart is there".to_owned(),
                    }
                }
                (Some(ChartState::Present { digest }), _) => Action::Replace { found: digest.clone() },
                (Some(ChartState::Unknown { reason }), _) => {
                    self.problems.push(Problem::warning(
                        about,
                        format!("not known whether it is there: {reason}"),
                    ));
                    Action::Push
                }
                (Some(ChartState::Absent) | None, _) => Action::Push,
            };
        }
    }
}
