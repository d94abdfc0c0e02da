//! Tokens: what for, from whom, and until when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use ironhelm_image::Window;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::challenge::Challenge;
use super::{Inner, realm};
use crate::text::{clean, public};
use crate::transport::Request;
use crate::{Access, Credentials, Error, Origin};

const TOKEN_LIMIT: u64 = 1 << 20;
/// Docker: tokens without a lifetime live for a minute.
const DEFAULT_LIFETIME: u64 = 60;
const CLIENT_ID: &str = "ironhelm";

/// What a request needs: `repository:<name>:pull,push`, one for each repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scopes(BTreeSet<String>);

impl Scopes {
    pub(super) fn none() -> Self {
        Self(BTreeSet::new())
    }

    pub(super) fn pull(repository: &str) -> Self {
        Self([format!("repository:{repository}:pull")].into())
    }

    pub(super) fn push(repository: &str) -> Self {
        Self([format!("repository:{repository}:pull,push")].into())
    }

    /// To mount a blob, its source must be readable with the same token.
    pub(super) fn mount(repository: &str, from: &str) -> Self {
        let mut scopes = Self::push(repository);
        scopes.0.extend(Self::pull(from).0);
        scopes
    }

    fn covers(&self, wanted: &Self) -> bool {
        wanted
            .0
            .iter()
            .all(|scope| self.0.contains(scope) || self.0.contains(&format!("{scope},push")))
    }
}

/// What is known of a registry's wishes, and the tokens that fulfil them.
#[derive(Default)]
pub(super) struct Auth {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    challenge: Option<Challenge>,
    tokens: BTreeMap<Scopes, Token>,
}

#[derive(Clone)]
struct Token {
    value: String,
    until: Instant,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

impl Auth {
    /// Credentials for a request, as far as the registry has said what it wants.
    pub(super) async fn access(&self, registry: &Inner, scopes: &Scopes) -> Result<Access, Error> {
        if let Some(token @ Credentials::AccessToken(_)) = &registry.options.credentials {
            return Ok(Access::new(registry.origin.clone(), token.clone()));
        }
        let mut state = self.state.lock().await;
        match state.challenge.clone() {
            None => Ok(Access::anonymous()),
            Some(challenge) => state.answer(registry, scopes, &challenge).await,
        }
    }

    /// Credentials after the ones `used` were refused; `None` when there are no better ones.
    pub(super) async fn renew(
        &self,
        registry: &Inner,
        scopes: &Scopes,
        challenge: Option<Challenge>,
        used: &Access,
    ) -> Result<Option<Access>, Error> {
        let Some(challenge) = challenge else { return Ok(None) };
        let mut state = self.state.lock().await;
        if challenge == Challenge::Basic && (used.is_granted() || !registry.has_password()) {
            return Ok(None);
        }
        // Somebody else may have got a new token in the meantime.
        if used.is_granted() {
            state.tokens.retain(|_, token| !used.shows(&token.value));
        }
        state.challenge = Some(challenge.clone());
        let access = state.answer(registry, scopes, &challenge).await?;
        Ok(access.is_granted().then_some(access))
    }
}

impl State {
    async fn answer(&mut self, registry: &Inner, scopes: &Scopes, challenge: &Challenge) -> Result<Access, Error> {
        let Challenge::Bearer { realm, service, scope } = challenge else {
            return Ok(registry.basic_access());
        };
        let now = Instant::now();
        self.tokens.retain(|_, token| token.until > now);
        let known = self
            .tokens
            .iter()
            .find(|(held, _)| held.covers(scopes) && (!scopes.0.is_empty() || held.0.is_empty()));
        if let Some((_, token)) = known {
            return Ok(registry.token_access(&token.value));
        }
        let mut wanted = scopes.clone();
        if scopes.0.is_empty() {
            wanted.0.extend(
                scope
                    .iter()
                    .flat_map(|scope| scope.split_whitespace().map(str::to_owned)),
            );
        }
        let token = registry.fetch_token(realm, service.as_deref(), &wanted).await?;
        self.tokens.insert(scopes.clone(), token.clone());
        Ok(registry.token_access(&token.value))
    }
}

impl Inner {
    fn has_password(&self) -> bool {
        matches!(self.options.credentials, Some(Credentials::Basic { .. }))
    }

    fn basic_access(&self) -> Access {
        match &self.options.credentials {
            Some(basic @ Credentials::Basic { .. }) => Access::new(self.origin.clone(), basic.clone()),
            _ => Access::anonymous(),
        }
    }

    fn token_access(&self, token: &str) -> Access {
        Access::new(self.origin.clone(), Credentials::AccessToken(token.to_owned()))
    }

    async fn fetch_token(&self, realm: &str, service: Option<&str>, scopes: &Scopes) -> Result<Token, Error> {
        let url = self.realm_url(realm)?;
        let request = match &self.options.credentials {
            Some(Credentials::IdentityToken(token)) => refresh_request(url, service, scopes, token),
            _ => token_request(url, service, scopes, self.options.credentials.as_ref()),
        };
        let method = request.method.clone();
        let mut response = self.transport.send(request).await?;
        if response.status() != StatusCode::OK {
            return Err(response.into_error(&method).await);
        }
        response.refuse_html("a token").await?;
        let url = public(response.url());
        let body = response.bytes(TOKEN_LIMIT).await?;
        Token::read(&body).ok_or_else(|| Error::Protocol {
            url,
            reason: "the answer holds no token".to_owned(),
        })
    }

    /// The token server, if it may have what we would send it.
    fn realm_url(&self, realm: &str) -> Result<Url, Error> {
        let reason = |reason: &str| Error::Protocol {
            url: public(&self.base),
            reason: format!("it names {:?} as its token server, {reason}", clean(realm)),
        };
        let url = Url::parse(realm).map_err(|_| reason("which is not a URL"))?;
        if Origin::of(&url).is_none() {
            return Err(reason("which is neither http nor https"));
        }
        if self.options.credentials.is_some() && !realm::is_trusted(&self.origin, &url, &self.options.trusted_realms) {
            let server = url.host_str().unwrap_or_default();
            return Err(Error::UntrustedRealm {
                registry: public(&self.base),
                realm: clean(server),
            });
        }
        Ok(url)
    }
}

impl Token {
    fn read(body: &[u8]) -> Option<Self> {
        let answer: TokenAnswer = serde_json::from_slice(body).ok()?;
        let value = [answer.token, answer.access_token]
            .into_iter()
            .flatten()
            .find(|token| !token.is_empty())?;
        let lifetime = answer
            .expires_in
            .filter(|seconds| *seconds > 0)
            .unwrap_or(DEFAULT_LIFETIME)
            .min(86_400);
        // A token is renewed a little before it ends.
        let until = Instant::now() + Duration::from_secs(lifetime - lifetime.min(60) / 6);
        Some(Self { value, until })
    }
}

fn token_request(mut url: Url, service: Option<&str>, scopes: &Scopes, credentials: Option<&Credentials>) -> Request {
    {
        let mut query = url.query_pairs_mut();
        query.extend_pairs(service.map(|service| ("service", service)));
        query.extend_pairs(scopes.0.iter().map(|scope| ("scope", scope)));
        if let Some(Credentials::Basic { username, .. }) = credentials {
            query.append_pair("account", username);
        }
    }
    let access = match (Origin::of(&url), credentials) {
        (Some(origin), Some(credentials)) => Access::new(origin, credentials.clone()),
        _ => Access::anonymous(),
    };
    Request::new(Method::GET, url, access).header(ACCEPT, "application/json")
}

/// OAuth2 (RFC 6749 §6): the secret travels in the body, and the body never follows a redirect.
fn refresh_request(url: Url, service: Option<&str>, scopes: &Scopes, token: &str) -> Request {
    let scope = scopes.0.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "refresh_token")
        .append_pair("service", service.unwrap_or_default())
        .append_pair("client_id", CLIENT_ID)
        .append_pair("scope", &scope)
        .append_pair("refresh_token", token)
        .finish();
    Request::new(Method::POST, url, Access::anonymous())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Window::from_bytes(Bytes::from(form).to_vec()))
        .without_redirects()
}
