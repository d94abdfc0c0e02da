//! One HTTP client for one set of TLS and proxy settings.
//!
//! Redirects are followed here and not by the HTTP library, because credentials are bound to one [`Origin`]: they are
//! attached to a request only when its URL lies there. A body that stands still for too long is an error; there is no
//! limit on the total time.

mod failure;
mod proxy;
mod response;
mod tls;
mod validity;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ironhelm_image::Window;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Client, StatusCode, Url};

pub use proxy::ProxyOptions;
pub use reqwest::Method;
pub use reqwest::header::{self, HeaderName};
pub use response::Response;
pub use tls::{Identity, Pem, TlsOptions};

use crate::body;
use crate::text::public;
use crate::{Error, Origin};

/// How many redirects are followed.
pub const MAX_REDIRECTS: usize = 10;

/// What a [`Transport`] is made of.
#[derive(Debug, Clone)]
pub struct TransportOptions {
    /// Whom to trust, and who we are.
    pub tls: TlsOptions,
    /// The proxies, as the environment gave them.
    pub proxy: ProxyOptions,
    /// How long a connection may take to come up.
    pub connect_timeout: Duration,
    /// How long a transfer may stand still.
    pub stall_timeout: Duration,
    /// What is sent as `User-Agent`.
    pub user_agent: String,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            tls: TlsOptions::default(),
            proxy: ProxyOptions::default(),
            connect_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(120),
            user_agent: concat!("ironhelm/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// What proves who we are.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// User and password.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: String,
    },
    /// An OAuth2 refresh token, good only at a token server.
    IdentityToken(String),
    /// A bearer token, sent as it is.
    AccessToken(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Basic(…)",
            Self::IdentityToken(_) => "IdentityToken(…)",
            Self::AccessToken(_) => "AccessToken(…)",
        })
    }
}

impl Credentials {
    /// User and password.
    pub fn basic(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Basic {
            username: username.into(),
            password: password.into(),
        }
    }

    /// The `Authorization` header, for those that travel in one.
    fn header(&self) -> Option<HeaderValue> {
        let text = match self {
            Self::Basic { username, password } => {
                format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
            }
            Self::AccessToken(token) => format!("Bearer {token}"),
            Self::IdentityToken(_) => return None,
        };
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// Credentials and whom they may be shown to.
#[derive(Debug, Clone, Default)]
pub struct Access {
    grant: Option<(Origin, Credentials)>,
    everywhere: bool,
}

impl Access {
    /// No credentials.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// `credentials` for requests to `origin` and nobody else.
    pub fn new(origin: Origin, credentials: Credentials) -> Self {
        Self {
            grant: Some((origin, credentials)),
            everywhere: false,
        }
    }

    /// Helm: `--pass-credentials` shows them to every server that is asked, except in plain text after https.
    #[must_use]
    pub fn pass_credentials(mut self, everywhere: bool) -> Self {
        self.everywhere = everywhere;
        self
    }

    /// Whether there are credentials at all.
    pub(crate) fn is_granted(&self) -> bool {
        self.grant.is_some()
    }

    /// Whether this is the bearer token `token`.
    pub(crate) fn shows(&self, token: &str) -> bool {
        matches!(&self.grant, Some((_, Credentials::AccessToken(own))) if own == token)
    }

    /// The header for a request to `url`.
    fn header_for(&self, url: &Url) -> Option<HeaderValue> {
        let (origin, credentials) = self.grant.as_ref()?;
        let downgraded = origin.is_https() && url.scheme() != "https";
        if origin.contains(url) || self.everywhere && !downgraded {
            credentials.header()
        } else {
            None
        }
    }
}

/// One request; [`Transport::send`] answers it with whatever status comes back.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers other than `Authorization`.
    pub headers: HeaderMap,
    /// What is sent.
    pub body: Option<Window>,
    /// Credentials.
    pub access: Access,
    /// Whether redirects are followed.
    pub follow: bool,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, public(&self.url))
    }
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: Url, access: Access) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            access,
            follow: true,
        }
    }

    /// With one more header; values that cannot be sent are left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }

    /// A redirect is an answer like any other.
    #[must_use]
    pub fn without_redirects(mut self) -> Self {
        self.follow = false;
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: Window) -> Self {
        self.body = Some(body);
        self
    }
}

/// An HTTP client; cheap to clone, clones share their connections.
#[derive(Debug, Clone)]
pub struct Transport {
    client: Client,
    stall_timeout: Duration,
}

impl Transport {
    /// A client for `options`.
    ///
    /// # Errors
    ///
    /// Certificates or proxies that cannot be used.
    pub fn new(options: &TransportOptions) -> Result<Self, Error> {
        let proxies = proxy::Proxies::new(&options.proxy)?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls::client_config(&options.tls)?)
            .proxy(reqwest::Proxy::custom(move |url| proxies.of(url)))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            // Helm: what is stored is what is fetched; nothing is unpacked on the way.
            .no_gzip()
            .http1_only()
            .connect_timeout(options.connect_timeout)
            .user_agent(&options.user_agent)
            .build()
            .map_err(|error| Error::Settings {
                what: "HTTP client".to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            client,
            stall_timeout: options.stall_timeout,
        })
    }

    /// GET; anything but a success is an error.
    ///
    /// # Errors
    ///
    /// Everything that can happen on the way, see [`Error`].
    pub async fn get(&self, url: &Url, access: &Access) -> Result<Response, Error> {
        let response = self
            .send(Request::new(Method::GET, url.clone(), access.clone()))
            .await?;
        response.success(&Method::GET).await
    }

    /// GET of at most `limit` bytes; a web page in place of `expected` is an error.
    ///
    /// # Errors
    ///
    /// Like [`get`](Self::get), and [`Error::TooLarge`], [`Error::Html`].
    pub async fn get_bytes(&self, url: &Url, access: &Access, limit: u64, expected: &str) -> Result<Vec<u8>, Error> {
        let mut response = self.get(url, access).await?;
        response.refuse_html(expected).await?;
        response.bytes(limit).await
    }

    /// Sends `request`, follows redirects, and returns the answer of any status.
    ///
    /// 301, 302 and 303 are followed for GET and HEAD only, 307 and 308 for every method, with the body sent anew.
    ///
    /// # Errors
    ///
    /// When there is no answer, or a redirect cannot be followed.
    pub async fn send(&self, mut request: Request) -> Result<Response, Error> {
        let first = public(&request.url);
        adopt_userinfo(&mut request);
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send_once(&request).await?;
            if !request.follow || !is_redirect(response.status(), &request.method) {
                return Ok(response);
            }
            let target = redirect_target(&response)?;
            if response.url().scheme() == "https" && target.scheme() != "https" {
                request.access = Access::anonymous();
            }
            request.url = target;
        }
        Err(Error::TooManyRedirects {
            url: first,
            limit: MAX_REDIRECTS,
        })
    }

    async fn send_once(&self, request: &Request) -> Result<Response, Error> {
        let mut built = reqwest::Request::new(request.method.clone(), checked(&request.url)?);
        *built.headers_mut() = request.headers.clone();
        if let Some(authorization) = request.access.header_for(&request.url) {
            built.headers_mut().insert(AUTHORIZATION, authorization);
        }
        let progress = Arc::new(Progress::default());
        if let Some(body) = &request.body {
            built.headers_mut().insert(CONTENT_LENGTH, body.size().into());
            if body.size() > 0 {
                *built.body_mut() = Some(stream(body.clone(), progress.clone()));
            }
        } else if matches!(request.method, Method::POST | Method::PUT | Method::PATCH) {
            built.headers_mut().insert(CONTENT_LENGTH, 0.into());
        }
        let response = self
            .patiently(&request.url, &progress, self.client.execute(built))
            .await?;
        Ok(Response::new(response, request.url.clone(), self.stall_timeout))
    }

    /// Waits for the head of the answer as long as the body moves.
    async fn patiently(
        &self,
        url: &Url,
        progress: &Progress,
        answer: impl Future<Output = Result<reqwest::Response, reqwest::Error>> + Send,
    ) -> Result<reqwest::Response, Error> {
        let mut answer = std::pin::pin!(answer);
        let mut seen = 0;
        loop {
            if let Ok(result) = tokio::time::timeout(self.stall_timeout, &mut answer).await {
                return result.map_err(|error| {
                    progress
                        .source_error(url)
                        .unwrap_or_else(|| failure::of_request(url, &error))
                });
            }
            let sent = progress.sent.load(Ordering::Relaxed);
            if sent == seen {
                return Err(Error::Stalled {
                    url: public(url),
                    seconds: self.stall_timeout.as_secs(),
                });
            }
            seen = sent;
        }
    }
}

/// How far a body has been handed over, and why it broke off.
#[derive(Default)]
struct Progress {
    sent: AtomicU64,
    error: std::sync::Mutex<Option<std::io::Error>>,
}

impl Progress {
    fn source_error(&self, url: &Url) -> Option<Error> {
        let source = self.error.lock().ok()?.take()?;
        Some(Error::Source {
            url: public(url),
            source,
        })
    }
}

fn stream(body: Window, progress: Arc<Progress>) -> reqwest::Body {
    let mut chunks = body::chunks(body);
    reqwest::Body::wrap_stream(futures::stream::poll_fn(move |context| {
        chunks.poll_recv(context).map(|chunk| {
            Some(chunk?.map_err(|error| {
                let kind = error.kind();
                if let Ok(mut slot) = progress.error.lock() {
                    *slot = Some(error);
                }
                std::io::Error::from(kind)
            }))
            .inspect(|chunk| {
                progress
                    .sent
                    .fetch_add(chunk.as_ref().map_or(0, |chunk| chunk.len() as u64), Ordering::Relaxed);
            })
        })
    }))
}

/// Go: user and password in a URL are sent, if there are no others.
fn adopt_userinfo(request: &mut Request) {
    let url = &mut request.url;
    if url.username().is_empty() && url.password().is_none() {
        return;
    }
    let credentials = Credentials::basic(decoded(url.username()), decoded(url.password().unwrap_or_default()));
    strip_userinfo(url);
    if let (None, Some(origin)) = (&request.access.grant, Origin::of(url)) {
        request.access.grant = Some((origin, credentials));
    }
}

fn strip_userinfo(url: &mut Url) {
    // These fail only for URLs that cannot have credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

fn decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn checked(url: &Url) -> Result<Url, Error> {
    if Origin::of(url).is_none() {
        return Err(Error::BadUrl {
            url: public(url),
            reason: "only http and https with a host are fetched".to_owned(),
        });
    }
    Ok(url.clone())
}

fn is_redirect(status: StatusCode, method: &Method) -> bool {
    match status.as_u16() {
        301..=303 => matches!(*method, Method::GET | Method::HEAD),
        307 | 308 => true,
        _ => false,
    }
}

fn redirect_target(response: &Response) -> Result<Url, Error> {
    let location = response.header(&LOCATION).unwrap_or_default();
    let refused = |reason: &str| Error::BadRedirect {
        url: public(response.url()),
        location: crate::text::clean(location.split('?').next().unwrap_or_default()),
        reason: reason.to_owned(),
    };
    if location.is_empty() {
        return Err(refused("a redirect without a Location"));
    }
    let mut target = response
        .url()
        .join(location)
        .map_err(|error| refused(&error.to_string()))?;
    strip_userinfo(&mut target);
    if Origin::of(&target).is_none() {
        return Err(refused("only http and https with a host are fetched"));
    }
    Ok(target)
}
