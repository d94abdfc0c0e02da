//! Requests and answers: the little that we need of HTTP.

use std::time::Duration;

use http::{Method, Request};
use ironhelm_action::{ClusterError, full_text};
use kube::Client;
use serde_json::Value;

/// How long one answer may take. Longer waits are made of many requests.
const PATIENCE: Duration = Duration::from_secs(120);

/// One request, before it is sent.
pub(crate) struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    accept: &'static str,
    body: Option<(&'static str, Vec<u8>)>,
    patience: Duration,
}

impl Call {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            accept: "application/json",
            body: None,
            patience: PATIENCE,
        }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn query(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    pub(crate) fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub(crate) fn body(mut self, content_type: &'static str, body: &Value) -> Self {
        self.body = Some((content_type, body.to_string().into_bytes()));
        self
    }

    /// Sends the request; the answer as text.
    pub(crate) async fn text(self, client: &Client) -> Result<String, ClusterError> {
        let patience = self.patience;
        let request = self.request()?;
        let uri = request.uri().to_string();
        match tokio::time::timeout(patience, client.request_text(request)).await {
            Ok(answer) => answer.map_err(|error| cluster_error(&error)),
            Err(_) => Err(ClusterError::Unreachable {
                reason: format!("no answer to {uri} within {patience:?}"),
            }),
        }
    }

    /// The request as it goes out.
    pub(crate) fn request(self) -> Result<Request<Vec<u8>>, ClusterError> {
        let uri = self.uri();
        tracing::trace!(method = %self.method, %uri, "request");
        let (content_type, body) = self.body.unwrap_or_default();
        let mut request = Request::builder()
            .method(self.method)
            .uri(&uri)
            .header(http::header::ACCEPT, self.accept)
            .header(
                http::header::USER_AGENT,
                concat!("ironhelm/", env!("CARGO_PKG_VERSION")),
            );
        if !content_type.is_empty() {
            request = request.header(http::header::CONTENT_TYPE, content_type);
        }
        request.body(body).map_err(|error| ClusterError::Unreachable {
            reason: full_text(&error),
        })
    }

    /// Sends the request; the answer as JSON.
    pub(crate) async fn json(self, client: &Client) -> Result<Value, ClusterError> {
        let path = self.path.clone();
        let text = self.text(client).await?;
        serde_json::from_str(&text).map_err(|error| ClusterError::Unreachable {
            reason: format!("the answer to {path} is not JSON: {error}"),
        })
    }

    fn uri(&self) -> String {
        let mut uri = encode(&self.path, b"/:");
        for (index, (key, value)) in self.query.iter().enumerate() {
            uri.push(if index == 0 { '?' } else { '&' });
            uri.push_str(key);
            uri.push('=');
            uri.push_str(&encode(value, b""));
        }
        uri
    }
}

/// Percent-encodes what may not stand in a path or a query as it is.
fn encode(text: &str, also_plain: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also_plain.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

pub(crate) fn cluster_error(error: &kube::Error) -> ClusterError {
    match error {
        kube::Error::Api(status) => ClusterError::Api {
            code: status.code,
            reason: status.reason.clone(),
            message: if status.message.is_empty() {
                status.reason.clone()
            } else {
                status.message.clone()
            },
        },
        other => ClusterError::Unreachable {
            reason: full_text(other),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_colons_keeps_them_in_the_path_and_not_in_the_query() {
        let call =
            Call::get("/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node").query("labelSelector", "a=b");
        assert_eq!(
            call.uri(),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node?labelSelector=a%3Db"
        );
    }
}
