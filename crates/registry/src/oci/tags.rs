//! The tags of a repository, page by page.

use reqwest::header::LINK;
use reqwest::{Method, Url};
use serde::Deserialize;

use super::{Registry, Scopes};
use crate::Error;
use crate::reference::Tag;
use crate::text::public;
use crate::transport::Response;

const PAGE: usize = 1000;
const MAX_PAGES: usize = 1000;
const MAX_TAGS: usize = 1_000_000;
const PAGE_LIMIT: u64 = 16 << 20;

#[derive(Deserialize)]
struct Page {
    tags: Option<Vec<String>>,
}

impl Registry {
    /// All tags, in the order of the registry; those that are no tags are left out.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way; [`Error::Status`] with 404 if there is no such repository.
    pub async fn tags(&self, repository: &str) -> Result<Vec<Tag>, Error> {
        let mut url = self.url(repository, "tags/list")?;
        url.query_pairs_mut().append_pair("n", &PAGE.to_string());
        let mut tags: Vec<Tag> = Vec::new();
        for _ in 0..MAX_PAGES {
            let response = self
                .call(self.request(Method::GET, url.clone()), &Scopes::pull(repository))
                .await?;
            let mut response = response.success(&Method::GET).await?;
            response.refuse_html("a list of tags").await?;
            let next = self.next_page(&response)?;
            let body = response.bytes(PAGE_LIMIT).await?;
            let page: Page = serde_json::from_slice(&body).map_err(|error| Error::Protocol {
                url: public(&url),
                reason: format!("not a list of tags: {error}"),
            })?;
            let count = tags.len();
            tags.extend(page.tags.unwrap_or_default().iter().filter_map(|tag| tag.parse().ok()));
            match next {
                Some(next) if next != url && tags.len() > count && tags.len() < MAX_TAGS => url = next,
                _ => return Ok(tags),
            }
        }
        Err(Error::Protocol {
            url: public(&url),
            reason: format!("more than {MAX_PAGES} pages of tags"),
        })
    }

    /// The target of `Link: <…>; rel="next"`, which must lie on the registry itself.
    fn next_page(&self, response: &Response) -> Result<Option<Url>, Error> {
        let Some(link) = response.header(&LINK).and_then(next_link) else {
            return Ok(None);
        };
        let refused = |reason: &str| Error::BadRedirect {
            url: public(response.url()),
            location: crate::text::clean(link),
            reason: reason.to_owned(),
        };
        let target = response.url().join(link).map_err(|error| refused(&error.to_string()))?;
        let target = self.on_this_registry(target);
        if self.inner.origin.contains(&target) {
            Ok(Some(target))
        } else {
            Err(refused("the next page is on another server"))
        }
    }
}

fn next_link(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters
            .split(';')
            .any(|parameter| matches!(parameter.trim(), r#"rel="next""# | "rel=next"));
        is_next.then_some(target)
    })
}
