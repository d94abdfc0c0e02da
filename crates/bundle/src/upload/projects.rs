//! Projects of Harbor: whether they are there, how much they may take, and making them.

use ironhelm_image::Window;
use ironhelm_registry::transport::{Method, Request, header};
use ironhelm_registry::{Access, Error, Transport};
use serde_json::{Value, json};
use url::Url;

use super::{MAX_ANSWER, UploadError};
use crate::plan::ProjectState;

/// The projects of one Harbor.
#[derive(Debug, Clone)]
pub struct Projects {
    base: Url,
    transport: Transport,
    access: Access,
}

impl Projects {
    /// The projects of the Harbor at `address`, a URL whose path does not matter.
    ///
    /// # Errors
    /// An address that is none.
    pub fn new(address: &str, transport: Transport, access: Access) -> Result<Self, UploadError> {
        let bad = |error: url::ParseError| UploadError::Address {
            url: address.to_owned(),
            reason: error.to_string(),
        };
        let base = Url::parse(address)
            .and_then(|url| url.join("/api/v2.0/"))
            .map_err(bad)?;
        Ok(Self {
            base,
            transport,
            access,
        })
    }

    /// Whether the project is there, and how many bytes its quota leaves; servers that are no Harbor do not tell.
    pub async fn state(&self, name: &str) -> ProjectState {
        match self.exists(name).await {
            Ok(true) => ProjectState::Present {
                left: self.left(name).await,
            },
            Ok(false) => ProjectState::Missing,
            Err(_) => ProjectState::Unknown,
        }
    }

    async fn exists(&self, name: &str) -> Result<bool, Error> {
        let url = self.url("projects", Some(name));
        let response = self.transport.send(self.request(Method::HEAD, url)).await?;
        match response.status().as_u16() {
            200 if self.is_harbor().await => Ok(true),
            404 if self.is_harbor().await => Ok(false),
            _ => Err(response.into_error(&Method::HEAD).await),
        }
    }

    /// Anything else may answer any path.
    async fn is_harbor(&self) -> bool {
        let url = self.url("ping", None);
        let answer = self
            .transport
            .get_bytes(&url, &self.access, MAX_ANSWER, "Harbor's answer")
            .await;
        answer.is_ok_and(|answer| answer.trim_ascii() == b"Pong")
    }

    /// The bytes that the quota leaves; none without a quota, or for those who may not know.
    async fn left(&self, name: &str) -> Option<u64> {
        let mut url = self.url("projects", None);
        url.path_segments_mut().ok()?.push(name).push("summary");
        let answer = self
            .transport
            .get_bytes(&url, &self.access, MAX_ANSWER, "a summary")
            .await
            .ok()?;
        let quota = serde_json::from_slice::<Value>(&answer).ok()?;
        let bytes = |kind: &str| quota["quota"][kind]["storage"].as_u64();
        Some(bytes("hard")?.saturating_sub(bytes("used").unwrap_or_default()))
    }

    /// Makes a public project; one that is there already is as good.
    ///
    /// # Errors
    /// What the server says.
    pub async fn create(&self, name: &str) -> Result<(), UploadError> {
        let failed = |source| UploadError::Registry {
            what: format!("the order to create project \"{name}\""),
            source,
        };
        let body = json!({"project_name": name, "public": true, "metadata": {"public": "true"}});
        let request = self
            .request(Method::POST, self.url("projects", None))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Window::from_bytes(ironhelm_golang::json::encode(&body).into_bytes()));
        let response = self.transport.send(request).await.map_err(failed)?;
        if response.status().as_u16() == 409 {
            return Ok(());
        }
        response.success(&Method::POST).await.map(drop).map_err(failed)
    }

    fn request(&self, method: Method, url: Url) -> Request {
        Request::new(method, url, self.access.clone())
    }

    fn url(&self, path: &str, project: Option<&str>) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(path);
        }
        if let Some(project) = project {
            url.query_pairs_mut().append_pair("project_name", project);
        }
        url
    }
}
