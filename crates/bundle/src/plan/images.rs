//! A plan for images alone: all that archives hold, under the names that rules give them.

use ironhelm_image::{ImageArchive, Platform, Reference};

use super::build::{Draft, relocated};
use super::{Contents, Problem, SyncPlan};
use crate::relocate::Rules;

/// Plans to send all images of these archives; what messages call each archive comes with it.
#[must_use]
pub fn build_images(
    archives: &[(String, &ImageArchive)],
    rules: &Rules,
    platform: Option<&Platform>,
) -> (SyncPlan, Contents) {
    let mut draft = Draft::new(rules, platform);
    for (label, archive) in archives {
        for entry in archive.entries() {
            if entry.names().is_empty() {
                let digest = &entry.content().descriptor().digest;
                let text = format!("image {digest} has no name and is left out");
                draft.plan.problems.push(Problem::warning(label, text));
            }
            for name in entry.names() {
                let planned = name
                    .parse::<Reference>()
                    .map_err(|error| error.to_string())
                    .and_then(|name| {
                        let content = draft.narrowed(&name, entry.content())?;
                        Ok((relocated(&name, rules, &content)?, content))
                    });
                match planned {
                    Ok((planned, content)) => draft.image(planned, content),
                    Err(text) => draft.plan.problems.push(Problem::error(label, text)),
                }
            }
        }
    }
    draft.finish()
}
