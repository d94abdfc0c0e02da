//! A chart and its images into a bundle.

use ironhelm_bundle::create::NewImage;
use ironhelm_bundle::hints::{self, HintError};
use ironhelm_bundle::merged::{ImageError, OpenChart, OpenError};
use ironhelm_bundle::package::Package;
use ironhelm_bundle::source::BundledChart;
use ironhelm_image::{ImageArchive, Platform};

/// Why a chart's images cannot be put into a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundlingError {
    /// The file of hints.
    #[error("the hints of the chart cannot be used")]
    Hints(#[from] HintError),
    /// The chart.
    #[error(transparent)]
    Chart(#[from] OpenError),
    /// A hint that leads to no image.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// An image that nobody has given.
    #[error("image {image}, named by hint \"{hint}\", is in none of the archives")]
    Missing {
        /// The image.
        image: String,
        /// The hint.
        hint: String,
    },
    /// An image that is there for other platforms.
    #[error("image {image} is not there for {platform}")]
    NoPlatform {
        /// The image.
        image: String,
        /// The platform.
        platform: String,
    },
}

/// The images that the hints of a chart lead to, each once, in the order of the hints.
///
/// # Errors
/// [`BundlingError`] for the first that cannot be had.
pub fn images_for_bundle(
    chart: &BundledChart,
    hints: &[u8],
    archives: &[ImageArchive],
    platform: &Platform,
) -> Result<Vec<NewImage>, BundlingError> {
    let files = chart.files.iter().map(|file| (file.name.clone(), file.data.clone()));
    let open = OpenChart::open(Package::new(files))?;
    let mut images: Vec<NewImage> = Vec::new();
    for hint in hints::parse(hints)? {
        let name = open.image(&hint)?;
        if images.iter().any(|image| image.name.as_written() == name.as_written()) {
            continue;
        }
        let found = archives.iter().find_map(|archive| archive.find(&name));
        let found = found.ok_or_else(|| BundlingError::Missing {
            image: name.as_written().to_owned(),
            hint: hint.text().to_owned(),
        })?;
        let image = found.content().image_for(platform);
        let image = image.ok_or_else(|| BundlingError::NoPlatform {
            image: name.as_written().to_owned(),
            platform: platform.to_string(),
        })?;
        images.push(NewImage { name, image });
    }
    Ok(images)
}
