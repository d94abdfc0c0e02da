//! From bundles to a plan.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use ironhelm_image::{Content, Digest, ImageArchive, Platform, Reference, ReferenceError};

use super::{Action, BlobPlan, ChartPlan, ImagePlan, Problem, ProjectPlan, SyncPlan};
use crate::hints::{self, Hint};
use crate::merged::OpenChart;
use crate::package::Package;
use crate::relocate::Rules;
use crate::rewrite::{ImageMove, location, relocation, rewrite};
use crate::source::Bundle;

/// A bundle, opened.
pub struct BundleInput<'b> {
    /// What it is called in messages: the path of the file.
    pub label: String,
    /// The name and version that its file name tells.
    pub named: Option<(String, String)>,
    /// The chart's files.
    pub package: Package,
    /// `hints.yaml`.
    pub hints: &'b [u8],
    /// The images; none if the bundle has none.
    pub images: Option<&'b ImageArchive>,
    /// Whether the images stay where they are.
    pub skip_images: bool,
}

impl<'b> BundleInput<'b> {
    /// The bundle as it was opened; none if it holds no chart.
    #[must_use]
    pub fn of(bundle: &'b Bundle, skip_images: bool) -> Option<Self> {
        let chart = bundle.chart.as_ref()?;
        let files = chart
            .files
            .iter()
            .map(|file| (file.name.clone(), Arc::clone(&file.data)));
        Some(Self {
            label: bundle.place.clone(),
            named: bundle.named(),
            package: Package::new(files),
            hints: bundle.hints.as_deref().unwrap_or_default(),
            images: bundle.images.as_ref().map(|images| &images.archive),
            skip_images,
        })
    }
}

/// A chart as it is sent.
#[derive(Debug, Clone)]
pub struct PlannedChart {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The archive.
    pub archive: Arc<[u8]>,
}

/// The bytes that a plan speaks of.
#[derive(Debug, Default)]
pub struct Contents {
    /// The images by the digest of their manifest.
    pub images: BTreeMap<String, Content>,
    /// The charts, in the order of the plan.
    pub charts: Vec<PlannedChart>,
}

/// Plans to send what `bundles` hold, by `rules`; with `platform`, only the images that run on it.
#[must_use]
pub fn build(bundles: Vec<BundleInput<'_>>, rules: &Rules, platform: Option<&Platform>) -> (SyncPlan, Contents) {
    let mut draft = Draft::new(rules, platform);
    for bundle in bundles {
        let about = bundle.label.clone();
        if let Err(problem) = draft.bundle(bundle) {
            draft.plan.problems.push(Problem::error(about, problem));
        }
    }
    draft.finish()
}

pub(super) struct Draft<'r> {
    rules: &'r Rules,
    platform: Option<&'r Platform>,
    pub(super) plan: SyncPlan,
    contents: Contents,
}

/// An image of a chart on its way, if its images are sent.
struct Parcel {
    image: ImageMove,
    content: Option<Content>,
}

impl<'r> Draft<'r> {
    pub(super) fn new(rules: &'r Rules, platform: Option<&'r Platform>) -> Self {
        Self {
            rules,
            platform,
            plan: SyncPlan::default(),
            contents: Contents::default(),
        }
    }

    pub(super) fn finish(mut self) -> (SyncPlan, Contents) {
        self.collect_blobs();
        self.plan.spread_conflicts();
        (self.plan, self.contents)
    }

    fn bundle(&mut self, bundle: BundleInput<'_>) -> Result<(), String> {
        let hints = hints::parse(bundle.hints).map_err(|error| chain(&error))?;
        if self.rules.is_empty() && !bundle.skip_images && !hints.is_empty() {
            return Err("at least one rewrite rule is required: set target.containerRegistry, \
                        target.containerRepository, target.containerPrefixRegistry or target.containerPrefixRepository"
                .to_owned());
        }
        let chart = OpenChart::open(bundle.package.clone()).map_err(|error| chain(&error))?;
        self.note_oddities(&bundle, &chart, &hints);
        let mut parcels = Vec::with_capacity(hints.len());
        for hint in &hints {
            parcels.push(self.parcel(&bundle, &chart, hint)?);
        }
        self.chart(&bundle, &chart, parcels)
    }

    fn note_oddities(&mut self, bundle: &BundleInput<'_>, chart: &OpenChart, hints: &[Hint]) {
        let about = format!("{} {}", chart.name(), chart.version());
        if let Some((name, version)) = &bundle.named
            && (name.as_str(), version.as_str()) != (chart.name(), chart.version())
        {
            let text = format!("{} is named for {name} {version}, but holds {about}", bundle.label);
            self.plan.problems.push(Problem::warning(&about, text));
        }
        if hints.is_empty() && !bundle.skip_images {
            let text = "the bundle has no hints: the chart is sent as it is, without images";
            self.plan.problems.push(Problem::warning(&about, text));
        }
        for notice in hints.iter().flat_map(|hint| chart.number_notices(hint)) {
            self.plan.problems.push(Problem::warning(&about, notice.to_string()));
        }
    }

    fn parcel(&mut self, bundle: &BundleInput<'_>, chart: &OpenChart, hint: &Hint) -> Result<Parcel, String> {
        let from = chart.image(hint).map_err(|error| chain(&error))?;
        let found = bundle.images.and_then(|images| images.find(&from));
        if found.is_none() && !bundle.skip_images {
            return Err(match bundle.images {
                Some(_) => format!("image {from}, named by hint \"{}\", is not in images.tar", hint.text()),
                None => format!("the bundle has no images.tar, but its hints name {from}"),
            });
        }
        let content = found.map(|found| self.narrowed(&from, found.content())).transpose()?;
        let digest = content.as_ref().map(|content| &content.descriptor().digest);
        let image = relocation(chart, hint, self.rules, digest).map_err(|error| chain(&error))?;
        let content = content.filter(|_| !bundle.skip_images);
        Ok(Parcel { image, content })
    }

    /// The content for the platform that is asked for; an incomplete list becomes the one image that is there.
    pub(super) fn narrowed(&mut self, from: &Reference, content: &Content) -> Result<Content, String> {
        if let Some(platform) = self.platform {
            let image = content.image_for(platform);
            return image.map(Content::Image).ok_or_else(|| {
                let has: Vec<String> = content
                    .images()
                    .iter()
                    .map(|image| image.platform.to_string())
                    .collect();
                format!("image {from} is there for {}, not for {platform}", has.join(", "))
            });
        }
        if content.is_complete() {
            return Ok(content.clone());
        }
        match &content.images()[..] {
            [image] => {
                let text = format!(
                    "the bundle has only the image for {} of the list that it names",
                    image.platform
                );
                self.plan.problems.push(Problem::warning(from.as_written(), text));
                Ok(Content::Image(Arc::clone(image)))
            }
            images => Err(format!(
                "image {from} is a list of images that the bundle holds only in part ({} of them); choose one with \
                 --platform",
                images.len()
            )),
        }
    }

    fn chart(&mut self, bundle: &BundleInput<'_>, chart: &OpenChart, parcels: Vec<Parcel>) -> Result<(), String> {
        let moves: Vec<ImageMove> = parcels.iter().map(|parcel| parcel.image.clone()).collect();
        let rewritten = rewrite(chart, &moves).map_err(|error| chain(&error))?;
        let archive = rewritten.package.archive(chart.name());
        let archive: Arc<[u8]> = archive
            .map_err(|error| format!("the chart cannot be packed: {error}"))?
            .into();
        let mut images = Vec::new();
        for parcel in parcels {
            let Some(content) = parcel.content else { continue };
            let planned = image_plan(&parcel.image, &content);
            if !images.contains(&planned.target) {
                images.push(planned.target.clone());
            }
            self.image(planned, content);
        }
        self.plan.charts.push(ChartPlan {
            name: chart.name().to_owned(),
            version: chart.version().to_owned(),
            bundle: bundle.label.clone(),
            digest: Some(Digest::sha256(&archive)),
            size: archive.len() as u64,
            values: rewritten.values,
            images,
            action: Action::Push,
        });
        let (name, version) = (chart.name().to_owned(), chart.version().to_owned());
        self.contents.charts.push(PlannedChart { name, version, archive });
        Ok(())
    }

    /// Takes an image on; two different ones under one name are a conflict.
    pub(super) fn image(&mut self, planned: ImagePlan, content: Content) {
        let digest = planned.digest.to_string();
        if let Some(known) = self.plan.images.iter_mut().find(|known| known.target == planned.target) {
            if known.digest != planned.digest {
                (known.action, known.collides) = (Action::Conflict, true);
                let text = format!(
                    "{} ({}) and {} ({}) would both become {}; use containerPrefixRegistry or \
                     containerPrefixRepository, which keep the whole name",
                    known.source, known.digest, planned.source, planned.digest, planned.target
                );
                self.plan.problems.push(Problem::error(planned.target, text));
            }
            return;
        }
        self.contents.images.insert(digest, content);
        self.plan.images.push(planned);
    }

    fn collect_blobs(&mut self) {
        let mut blobs: BTreeMap<String, BlobPlan> = BTreeMap::new();
        let mut projects: BTreeMap<(String, String), (u64, Vec<String>)> = BTreeMap::new();
        for image in &self.plan.images {
            let Some(content) = self.contents.images.get(image.digest.as_str()) else {
                continue;
            };
            let place = format!("{}/{}", image.registry, image.repository);
            let project = image.repository.split('/').next().unwrap_or_default().to_owned();
            let (bytes, counted) = projects.entry((image.registry.clone(), project)).or_default();
            for blob in content.images().iter().flat_map(|image| image.blobs()) {
                let digest = blob.digest().to_string();
                if !counted.contains(&digest) {
                    *bytes += blob.size();
                    counted.push(digest.clone());
                }
                let planned = blobs.entry(digest).or_insert_with(|| BlobPlan {
                    digest: blob.digest().clone(),
                    size: blob.size(),
                    repositories: Vec::new(),
                });
                if !planned.repositories.contains(&place) {
                    planned.repositories.push(place.clone());
                }
            }
        }
        self.plan.blobs = blobs.into_values().collect();
        let projects = projects.into_iter().map(|((registry, name), (size, _))| ProjectPlan {
            registry,
            name,
            size,
            action: Action::Skip {
                reason: "not asked".to_owned(),
            },
        });
        self.plan.projects = projects.collect();
    }
}

fn image_plan(image: &ImageMove, content: &Content) -> ImagePlan {
    let to = (image.to.registry().to_owned(), image.to.repository().to_owned());
    planned(&image.from, to, content)
}

/// The plan for an image that no chart asks for.
pub(super) fn relocated(from: &Reference, rules: &Rules, content: &Content) -> Result<ImagePlan, String> {
    let moved = rules.relocate(&location(from));
    let text = format!("{}/{}", moved.registry, moved.repository);
    // The new registry may have a path; the name as a whole tells where it ends.
    let to: Reference = text.parse().map_err(|error: ReferenceError| error.to_string())?;
    let to = (to.registry().to_owned(), to.repository().to_owned());
    Ok(planned(from, to, content))
}

fn planned(from: &Reference, (registry, repository): (String, String), content: &Content) -> ImagePlan {
    let images = content.images();
    let mut blobs: Vec<(Digest, u64)> = Vec::new();
    for blob in images.iter().flat_map(|image| image.blobs()) {
        if !blobs.iter().any(|known| known.0 == *blob.digest()) {
            blobs.push((blob.digest().clone(), blob.size()));
        }
    }
    // Even if the chart will name the image by its digest, it keeps the tag that it had, so that it can be found.
    let tag = from.tag_meant().map(str::to_owned);
    let suffix = tag
        .as_ref()
        .map_or_else(|| format!("@{}", content.descriptor().digest), |tag| format!(":{tag}"));
    ImagePlan {
        source: from.as_written().to_owned(),
        target: format!("{registry}/{repository}{suffix}"),
        registry,
        repository,
        tag,
        digest: content.descriptor().digest.clone(),
        size: content.descriptor().size + blobs.iter().map(|blob| blob.1).sum::<u64>(),
        platforms: images.iter().map(|image| image.platform.to_string()).collect(),
        blobs: blobs.into_iter().map(|blob| blob.0).collect(),
        action: Action::Push,
        collides: false,
    }
}

/// An error with its causes on one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
