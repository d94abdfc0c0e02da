//! Images of bundles into the container runtime of this node.
//!
//! [`prepare_node_load`] finds out everything before the first byte is sent: names, collisions, the runtime, what it lacks. What comes
//! out can be printed ([`NodeLoad::plan`]) or carried out ([`NodeLoad::run`]).

use ironhelm_bundle::relocate::Rules;
use ironhelm_bundle::rewrite::location;
use ironhelm_bundle::source::Bundle;
use ironhelm_image::{ImageArchive, Platform, Reference, ReferenceError};
use ironhelm_runtime::{
    Collision, LoadOptions, LoadOutcome, LoadPlan, Progress, Runtime, Selection, Skipped, Surroundings, node_platform,
};

/// What is loaded, and where.
#[derive(Debug, Clone)]
pub struct NodeLoadRequest {
    /// The further names that images get.
    pub rules: Rules,
    /// The platform whose images are taken.
    pub platform: Platform,
    /// Where the runtime is looked for.
    pub surroundings: Surroundings,
    /// How the runtime holds the images.
    pub options: LoadOptions,
}

impl Default for NodeLoadRequest {
    fn default() -> Self {
        Self {
            rules: Rules::default(),
            platform: node_platform(),
            surroundings: Surroundings::default(),
            options: LoadOptions::default(),
        }
    }
}

/// Why images cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum NodeLoadError {
    /// The bundles have no images.
    #[error("there are no images in {place}")]
    NoImages {
        /// What was looked through.
        place: String,
    },
    /// None of the images is for this platform.
    #[error("no image of {place} is for {platform}: {reason}")]
    NoPlatform {
        /// What was looked through.
        place: String,
        /// The platform.
        platform: String,
        /// Why the first image was left out.
        reason: String,
    },
    /// A name that the rules make is no name.
    #[error("{image} would become {text}")]
    NewName {
        /// The image.
        image: String,
        /// What it would become.
        text: String,
        /// What is wrong with it.
        source: ReferenceError,
    },
    /// Two images for one name.
    #[error("{} ({}) and {} ({}) would both be called {}", .0.images[0], .0.digests[0], .0.images[1], .0.digests[1], .0.name)]
    Collision(Box<Collision>),
    /// The runtime.
    #[error(transparent)]
    Runtime(#[from] ironhelm_runtime::Error),
}

/// A load that can begin.
pub struct NodeLoad {
    runtime: Runtime,
    selection: Selection,
    plan: LoadPlan,
    options: LoadOptions,
}

/// Finds out what loading the images of these bundles would do. Writes nothing.
///
/// # Errors
/// [`NodeLoadError`].
pub async fn prepare_node_load(bundles: &[Bundle], request: &NodeLoadRequest) -> Result<NodeLoad, NodeLoadError> {
    let selection = select(bundles, request)?;
    if let Some(collision) = selection.collision() {
        return Err(NodeLoadError::Collision(Box::new(collision)));
    }
    let runtime = Runtime::find(&request.surroundings).await?;
    let plan = runtime.plan(&selection.images, &request.options).await?;
    Ok(NodeLoad {
        runtime,
        selection,
        plan,
        options: request.options.clone(),
    })
}

impl NodeLoad {
    /// What it will do.
    #[must_use]
    pub fn plan(&self) -> &LoadPlan {
        &self.plan
    }

    /// Images that are left out.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.selection.skipped
    }

    /// Checks the bytes that the runtime lacks, and sends them.
    ///
    /// # Errors
    /// [`NodeLoadError::Runtime`]; a damaged bundle is found before anything is sent.
    pub async fn run(&self, progress: &dyn Progress) -> Result<LoadOutcome, NodeLoadError> {
        self.selection.verify(&self.plan, progress).await?;
        let source = &self.selection.source;
        Ok(self.runtime.load(&self.plan, source, &self.options, progress).await?)
    }
}

fn select(bundles: &[Bundle], request: &NodeLoadRequest) -> Result<Selection, NodeLoadError> {
    let archives: Vec<ImageArchive> = bundles
        .iter()
        .filter_map(|bundle| Some(bundle.images.as_ref()?.archive.clone()))
        .collect();
    let mut wrong = None;
    let selection = Selection::of(&archives, &request.platform, |name| {
        let renamed = renamed(name, &request.rules);
        renamed
            .map_err(|error| wrong.get_or_insert(error))
            .into_iter()
            .flatten()
            .collect()
    });
    if let Some(error) = wrong {
        return Err(error);
    }
    if !selection.images.is_empty() {
        return Ok(selection);
    }
    let places: Vec<&str> = bundles.iter().map(|bundle| bundle.place.as_str()).collect();
    let place = places.join(", ");
    Err(match selection.skipped.into_iter().next() {
        None => NodeLoadError::NoImages { place },
        Some(first) => NodeLoadError::NoPlatform {
            place,
            platform: request.platform.to_string(),
            reason: format!("{}: {}", first.image, first.reason),
        },
    })
}

/// The name that the rules make of a name; none if there are no rules.
///
/// # Errors
/// [`NodeLoadError::NewName`].
pub fn renamed(name: &Reference, rules: &Rules) -> Result<Option<Reference>, NodeLoadError> {
    if rules.is_empty() {
        return Ok(None);
    }
    let moved = rules.relocate(&location(name));
    let version = match (name.tag_meant(), name.digest()) {
        (Some(tag), _) => format!(":{tag}"),
        (None, Some(digest)) => format!("@{digest}"),
        (None, None) => String::new(),
    };
    let text = format!("{}/{}{version}", moved.registry, moved.repository);
    text.parse().map(Some).map_err(|source| NodeLoadError::NewName {
        image: name.as_written().to_owned(),
        text,
        source,
    })
}
