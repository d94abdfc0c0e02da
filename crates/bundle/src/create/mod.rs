//! Writing bundles, byte for byte as charts-syncer does.
//!
//! A bundle is written in one go: sizes are known from the start, so that nothing is kept but the headers. The same chart and the same
//! images in the same order make the same bytes. Layers are checked on their way: a damaged one ends the writing.

mod error;
mod images;
mod members;

use std::io::Write;

pub use error::CreateError;
pub use images::NewImage;
use ironhelm_chart::File;

use self::members::{Content, Member};
use crate::source::kept;

/// What a bundle is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewBundle<'b> {
    /// `hints.yaml`.
    pub hints: &'b [u8],
    /// The files of the chart by their paths below its root; those that its `.helmignore` excludes are left out.
    pub chart: &'b [File],
    /// The images in the order in which they are written; `None` to leave them out.
    pub images: Option<&'b [NewImage]>,
}

impl NewBundle<'_> {
    /// Writes the bundle; how many bytes it has.
    ///
    /// # Errors
    /// When writing fails, or a layer cannot be read or is damaged: what is written is no bundle then.
    pub fn write(&self, out: &mut impl Write) -> Result<u64, CreateError> {
        let mut parts = vec![Member::new("hints.yaml", Content::Bytes(self.hints.into()))];
        parts.extend(kept(self.chart.to_vec()).into_iter().map(|file| {
            let name = format!("original-chart/{}", file.name);
            Member::new(&name, Content::Bytes(file.data))
        }));
        if let Some(images) = self.images {
            let members = images::members(images)?;
            parts.push(Member::new("images.tar", Content::Archive(members)));
        }
        members::write(&parts, out)?;
        Ok(members::size(&parts))
    }
}

/// Writes an `images.tar` alone; how many bytes it has.
///
/// # Errors
/// As [`NewBundle::write`].
pub fn write_images(images: &[NewImage], out: &mut impl Write) -> Result<u64, CreateError> {
    let members = images::members(images)?;
    members::write(&members, out)?;
    Ok(members::size(&members))
}

/// What charts-syncer calls the bundle of a chart.
#[must_use]
pub fn file_name(name: &str, version: &str) -> String {
    format!("{name}_{version}.bundle.tar")
}
