//! The requests: HTTP/1.1 over the socket, a connection each.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use super::Api;
use crate::error::{Error, foreign_text};
use crate::images::LoadImage;

/// The largest answer that is read whole: an image's description.
const LARGEST_ANSWER: usize = 16 << 20;

/// A socket and the version spoken there.
#[derive(Debug, Clone)]
pub(super) struct Client {
    socket: Arc<PathBuf>,
    api: Api,
}

/// The part of descriptions that is of interest.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    version: String,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

/// Asks whether docker is there; the version of the interface that it offers.
pub(super) async fn ping(socket: &Path) -> Result<String, Error> {
    let answer = send(socket, Method::GET, "/_ping", Empty::new()).await?;
    let version = answer.response.headers().get("Api-Version");
    let version = version
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    accepted(answer, "GET /_ping").await?;
    Ok(version)
}

impl Client {
    pub(super) fn new(socket: &Path, api: Api) -> Self {
        Self {
            socket: Arc::new(socket.to_path_buf()),
            api,
        }
    }

    pub(super) fn socket(&self) -> &PathBuf {
        &self.socket
    }

    pub(super) async fn version(&self) -> Result<String, Error> {
        let answer = self.request(Method::GET, "/version", Empty::new()).await?;
        let body = accepted(answer, "GET /version").await?;
        let version: Option<Version> = serde_json::from_slice(&body).ok();
        Ok(version.map_or_else(
            || "of unknown version".to_owned(),
            |version| foreign_text(&version.version),
        ))
    }

    /// The id of the image that has this name or id.
    pub(super) async fn image_id(&self, name: &str) -> Result<Option<String>, Error> {
        let path = format!("/images/{name}/json");
        let answer = self.request(Method::GET, &path, Empty::new()).await?;
        if answer.response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let request = format!("GET {path}");
        let body = accepted(answer, &request).await?;
        let described: Described =
            serde_json::from_slice(&body).map_err(|source| broken(&request, Box::new(source)))?;
        Ok(Some(foreign_text(&described.id)))
    }

    /// The id under which docker has this image, whatever its names.
    pub(super) async fn present_id(&self, image: &LoadImage) -> Result<Option<String>, Error> {
        for id in [&image.config.digest, &image.manifest.digest] {
            let found = self.image_id(id).await?;
            if found.as_deref().is_some_and(|found| super::is_id_of(found, image)) {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Gives the image of this id a name.
    pub(super) async fn tag(&self, id: &str, name: &str) -> Result<(), Error> {
        let repository = crate::images::repository(name);
        let tag = name[repository.len()..].trim_start_matches(':');
        let path = format!("/images/{id}/tag?repo={repository}&tag={tag}");
        let answer = self.request(Method::POST, &path, Empty::new()).await?;
        accepted(answer, &format!("POST {path}")).await.map(|_| ())
    }

    /// Uploads an archive; the answer is still to be read.
    pub(super) async fn upload<B>(&self, archive: B) -> Result<Answering, Error>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let answer = self.request(Method::POST, "/images/load?quiet=1", archive).await?;
        if answer.response.status().is_success() {
            return Ok(answer);
        }
        accepted(answer, "POST /images/load").await.and(Err(Error::DockerLoad {
            message: "an answer without a reason".to_owned(),
        }))
    }

    async fn request<B>(&self, method: Method, path: &str, body: B) -> Result<Answering, Error>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        send(&self.socket, method, &format!("/v{}{path}", self.api), body).await
    }
}

/// A response, and the connection that it comes over; dropping it closes the connection.
pub(super) struct Answering {
    pub(super) response: Response<Incoming>,
    _connection: Connection,
}

struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn send<B>(socket: &Path, method: Method, path: &str, body: B) -> Result<Answering, Error>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let told = format!("{method} {path}");
    let stream = UnixStream::connect(socket).await.map_err(|source| Error::Connect {
        socket: socket.to_path_buf(),
        source,
    })?;
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "docker")
        .header(header::CONTENT_TYPE, "application/x-tar")
        .body(body)
        .map_err(|source| broken(&told, Box::new(source)))?;
    // Boxed: the futures of all requests are of one small size.
    let (mut sender, connection) = Box::pin(http1::handshake(TokioIo::new(stream)))
        .await
        .map_err(|source| broken(&told, Box::new(source)))?;
    let connection = Connection(tokio::spawn(async move {
        let _ = connection.await;
    }));
    let response = Box::pin(sender.send_request(request))
        .await
        .map_err(|source| broken(&told, Box::new(source)))?;
    Ok(Answering {
        response,
        _connection: connection,
    })
}

/// The body of a successful answer; the refusal of any other.
async fn accepted(answer: Answering, request: &str) -> Result<Bytes, Error> {
    let status = answer.response.status();
    let Answering {
        response,
        _connection: connection,
    } = answer;
    let body = Limited::new(response.into_body(), LARGEST_ANSWER).collect().await;
    drop(connection);
    let body = body.map_err(|source| broken(request, source))?.to_bytes();
    if status.is_success() {
        return Ok(body);
    }
    let refusal: Option<Refusal> = serde_json::from_slice(&body).ok();
    let message = refusal.map_or_else(
        || String::from_utf8_lossy(&body).into_owned(),
        |refusal| refusal.message,
    );
    Err(Error::Docker {
        request: request.to_owned(),
        status: status.as_u16(),
        message: foreign_text(&message),
    })
}

pub(super) fn broken(request: &str, source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::DockerBroken {
        request: request.to_owned(),
        source,
    }
}
