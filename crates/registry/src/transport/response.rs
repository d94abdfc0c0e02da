//! An answer, read as it arrives.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url};

use super::failure;
use crate::Error;
use crate::error::StatusLine;
use crate::text::{clean, public};

/// How much of an error page is looked at.
const DETAIL_LIMIT: u64 = 64 * 1024;

/// Status, headers and a body that is read chunk by chunk.
#[derive(Debug)]
pub struct Response {
    inner: reqwest::Response,
    url: Url,
    stall_timeout: Duration,
    received: u64,
    /// A chunk that has been looked at but not handed out.
    peeked: Option<Bytes>,
}

impl Response {
    pub(super) fn new(inner: reqwest::Response, url: Url, stall_timeout: Duration) -> Self {
        Self {
            inner,
            url,
            stall_timeout,
            received: 0,
            peeked: None,
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// Where the answer came from, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// The first header called `name`, if it is text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// The announced length of the body.
    pub fn content_length(&self) -> Option<u64> {
        self.headers()
            .get(reqwest::header::CONTENT_LENGTH)?
            .to_str()
            .ok()?
            .parse()
            .ok()
    }

    /// The next bytes, none at the end.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] and [`Error::Stalled`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if let Some(chunk) = self.peeked.take() {
            return Ok(Some(chunk));
        }
        let Ok(next) = tokio::time::timeout(self.stall_timeout, self.inner.chunk()).await else {
            return Err(Error::Stalled {
                url: public(&self.url),
                seconds: self.stall_timeout.as_secs(),
            });
        };
        let chunk = next.map_err(|error| Error::Truncated {
            url: public(&self.url),
            received: self.received,
            reason: failure::root_cause(&error),
        })?;
        self.received += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        Ok(chunk)
    }

    /// The whole body, if it has at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// Like [`chunk`](Self::chunk), and [`Error::TooLarge`].
    pub async fn bytes(mut self, limit: u64) -> Result<Vec<u8>, Error> {
        let too_large = |url: &Url| Error::TooLarge {
            url: public(url),
            limit,
        };
        if self.content_length().is_some_and(|length| length > limit) {
            return Err(too_large(&self.url));
        }
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if body.len() as u64 + chunk.len() as u64 > limit {
                return Err(too_large(&self.url));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// An error if this is a web page where `expected` was asked for: it says so, and it looks so.
    ///
    /// # Errors
    ///
    /// [`Error::Html`], and those of [`chunk`](Self::chunk).
    pub async fn refuse_html(&mut self, expected: &str) -> Result<(), Error> {
        if !self.says_html() {
            return Ok(());
        }
        let Some(first) = self.chunk().await? else {
            return Ok(());
        };
        let looks_so = first.trim_ascii_start().first() == Some(&b'<');
        self.peeked = Some(first);
        if looks_so {
            return Err(Error::Html {
                url: public(&self.url),
                expected: expected.to_owned(),
            });
        }
        Ok(())
    }

    fn says_html(&self) -> bool {
        self.header(&CONTENT_TYPE).is_some_and(|kind| {
            let kind = kind.trim_start().to_ascii_lowercase();
            kind.starts_with("text/html") || kind.starts_with("application/xhtml")
        })
    }

    /// This answer if it is a success, else what it says as an error.
    ///
    /// # Errors
    ///
    /// [`Error::Status`].
    pub async fn success(self, method: &Method) -> Result<Self, Error> {
        if self.status().is_success() {
            Ok(self)
        } else {
            Err(self.into_error(method).await)
        }
    }

    /// This answer as an error, with what the server says about it.
    pub async fn into_error(self, method: &Method) -> Error {
        let (url, status) = (public(&self.url), StatusLine(self.status().as_u16()));
        let retry_after = self.header(&RETRY_AFTER).and_then(wait);
        let page = self.says_html();
        let detail = match self.bytes(DETAIL_LIMIT).await {
            Ok(body) if !page => explain(&body),
            Ok(_) | Err(_) => String::new(),
        };
        Error::Status {
            method: method.to_string(),
            url,
            status,
            detail,
            retry_after,
        }
    }
}

/// `Retry-After`: seconds, or a date.
fn wait(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()?;
    let left = until.as_second() - jiff::Timestamp::now().as_second();
    Some(Duration::from_secs(u64::try_from(left).unwrap_or(0)))
}

/// The messages of a registry's error document, or short plain text.
fn explain(body: &[u8]) -> String {
    let Ok(document) = serde_json::from_slice::<serde_json::Value>(body) else {
        let text = String::from_utf8_lossy(body);
        return if text.trim_start().starts_with('<') {
            String::new()
        } else {
            clean(&text)
        };
    };
    let text = |value: &serde_json::Value, key: &str| value.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    let messages: Vec<String> = match document.get("errors").and_then(|errors| errors.as_array()) {
        Some(errors) => errors
            .iter()
            .take(3)
            .filter_map(|error| match (text(error, "code"), text(error, "message")) {
                // oras: codes are printed as words
                (Some(code), Some(message)) => Some(format!("{}: {message}", code.to_lowercase().replace('_', " "))),
                (code, message) => message.or(code),
            })
            .collect(),
        None => ["message", "error", "details"]
            .iter()
            .filter_map(|key| text(&document, key))
            .take(1)
            .collect(),
    };
    clean(&messages.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_documents_are_explained() {
        let body = br#"{"errors":[{"code":"NAME_UNKNOWN","message":"repository\u001b[2J unknown","detail":{}}]}"#;
        assert_eq!(explain(body), "name unknown: repository[2J unknown");
        assert_eq!(explain(br#"{"error":"chart already exists"}"#), "chart already exists");
        assert_eq!(explain(b"<html>"), "");
        assert_eq!(explain(b"plain\ntext"), "plain text");
    }

    #[test]
    fn waits_are_seconds_or_dates() {
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
    }
}
