use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ironhelm_registry::reference::{OciReference, Target};
use ironhelm_registry::{Credentials, Error, Registry, RegistryOptions};

use crate::server::{Reply, Seen, Server, options, transport};

const MANIFEST: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0},"layers":[]}"#;

fn as_user() -> RegistryOptions {
    RegistryOptions {
        credentials: Some(Credentials::basic("u", "geheim")),
        ..options()
    }
}

fn registry(server: &Server, options: RegistryOptions) -> Registry {
    Registry::new(&server.host(), transport(), options).unwrap()
}

fn latest() -> Target {
    "h/r:latest".parse::<OciReference>().unwrap().target().unwrap()
}

/// A registry that wants a token from `realm`, any that starts with `t`.
fn wants_token(request: &Seen, realm: &str) -> Reply {
    if request
        .authorization()
        .is_some_and(|value| value.starts_with("Bearer t"))
    {
        return Reply::ok(MANIFEST).header("Content-Type", "application/vnd.oci.image.manifest.v1+json");
    }
    Reply::new(401).header(
        "WWW-Authenticate",
        format!(r#"Bearer realm="{realm}",service="svc",scope="repository:r:pull""#),
    )
}

/// A registry that is its own token server.
fn with_own_tokens() -> Server {
    Server::start(|request| match request.target.starts_with("/token") {
        true => Reply::ok(r#"{"token":"t1","expires_in":300}"#),
        false => wants_token(request, &format!("http://{}/token", request.headers["host"])),
    })
}

#[tokio::test]
async fn passwords_are_shown_when_asked_for() {
    let server = Server::start(|request| match request.authorization() {
        Some("Basic dTpnZWhlaW0=") => Reply::ok("{}"),
        _ => Reply::new(401).header("WWW-Authenticate", r#"Basic realm="x""#),
    });
    let client = registry(&server, as_user());
    client.ping().await.unwrap();
    client.ping().await.unwrap();
    let shown: Vec<bool> = server
        .seen()
        .iter()
        .map(|request| request.authorization().is_some())
        .collect();
    assert_eq!(shown, [false, true, true]);
    let wrong = RegistryOptions {
        credentials: Some(Credentials::basic("u", "x")),
        ..options()
    };
    let error = registry(&server, wrong).ping().await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(server.seen().len(), 5, "one retry after a refusal");
    let error = registry(&server, options()).ping().await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn tokens_are_fetched_once() {
    let server = with_own_tokens();
    let client = registry(&server, as_user());
    client.manifest("r", &latest()).await.unwrap();
    client.manifest("r", &latest()).await.unwrap();
    let lines = server.lines();
    let token = "GET /token?service=svc&scope=repository%3Ar%3Apull&account=u";
    assert_eq!(
        lines,
        [
            "GET /v2/r/manifests/latest",
            token,
            "GET /v2/r/manifests/latest",
            "GET /v2/r/manifests/latest"
        ]
    );
    assert_eq!(server.seen()[1].authorization(), Some("Basic dTpnZWhlaW0="));
    assert_eq!(server.seen()[3].authorization(), Some("Bearer t1"));
}

#[tokio::test]
async fn many_requests_at_once_share_a_token() {
    let server = with_own_tokens();
    let client = registry(&server, as_user());
    futures::future::join_all((0..8).map(|_| client.manifest("r", latest_static())))
        .await
        .into_iter()
        .for_each(|result| {
            result.unwrap();
        });
    let tokens = server
        .lines()
        .iter()
        .filter(|line| line.starts_with("GET /token"))
        .count();
    assert_eq!(tokens, 1);
}

fn latest_static() -> &'static Target {
    static TARGET: std::sync::LazyLock<Target> = std::sync::LazyLock::new(latest);
    &TARGET
}

#[tokio::test]
async fn refused_tokens_are_renewed_once() {
    let count = Arc::new(AtomicUsize::new(0));
    let issued = count.clone();
    let server = Server::start(move |request| {
        if request.target.starts_with("/token") {
            return Reply::ok(format!(
                r#"{{"access_token":"t{}"}}"#,
                issued.fetch_add(1, Ordering::SeqCst)
            ));
        }
        match request.authorization() {
            Some("Bearer t0") if issued.load(Ordering::SeqCst) == 1 && request.target.ends_with("one") => {
                Reply::ok("{}")
            }
            Some("Bearer t1") => Reply::new(404),
            _ => wants_token(&Seen::default(), &format!("http://{}/token", request.headers["host"])),
        }
    });
    let client = registry(&server, as_user());
    let one = "h/r:one".parse::<OciReference>().unwrap().target().unwrap();
    assert!(matches!(
        client.manifest("r", &one).await.unwrap_err(),
        Error::Protocol { .. }
    ));
    assert_eq!(client.resolve("r", &latest()).await.unwrap(), None);
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn identity_tokens_are_posted() {
    let server = with_own_tokens();
    let identity = RegistryOptions {
        credentials: Some(Credentials::IdentityToken("re&fresh".to_owned())),
        ..options()
    };
    registry(&server, identity).manifest("r", &latest()).await.unwrap();
    let post = &server.seen()[1];
    assert_eq!(post.line(), "POST /token");
    assert_eq!(post.authorization(), None);
    let form =
        "grant_type=refresh_token&service=svc&client_id=ironhelm&scope=repository%3Ar%3Apull&refresh_token=re%26fresh";
    assert_eq!(String::from_utf8_lossy(&post.body), form);
}

/// CVE-2026-48978: a hostile `WWW-Authenticate` cannot make us send credentials to its realm.
#[tokio::test]
async fn a_hostile_realm_gets_no_credentials() {
    let thief = Server::start(|_| Reply::ok(r#"{"token":"t1"}"#));
    let realm = thief.alias("/steal").to_string();
    let server = Server::start(move |request| wants_token(request, &realm));
    for credentials in [
        Credentials::basic("u", "geheim"),
        Credentials::IdentityToken("r".to_owned()),
    ] {
        let options = RegistryOptions {
            credentials: Some(credentials),
            ..options()
        };
        let error = registry(&server, options).manifest("r", &latest()).await.unwrap_err();
        let text = format!(
            "http://{}/v2/ wants its credentials sent to localhost, which is not trusted with them",
            server.host()
        );
        assert_eq!(error.to_string(), text);
    }
    assert!(thief.seen().is_empty());
    // Without credentials there is nothing to steal; with permission it is no theft.
    registry(&server, options()).manifest("r", &latest()).await.unwrap();
    assert_eq!(thief.seen()[0].authorization(), None);
    let trusted = RegistryOptions {
        trusted_realms: vec!["localhost".to_owned()],
        ..as_user()
    };
    registry(&server, trusted).manifest("r", &latest()).await.unwrap();
    assert!(thief.seen()[1].authorization().is_some());
}

#[tokio::test]
async fn a_realm_that_redirects_shares_nothing() {
    let thief = Server::start(|_| Reply::ok(r#"{"token":"t1"}"#));
    let target = thief.url("/steal").to_string();
    let server = Server::start(move |request| match request.target.starts_with("/token") {
        true => Reply::new(307).header("Location", target.as_str()),
        false => wants_token(request, &format!("http://{}/token", request.headers["host"])),
    });
    registry(&server, as_user()).manifest("r", &latest()).await.unwrap();
    assert_eq!(thief.seen()[0].authorization(), None);
    let identity = RegistryOptions {
        credentials: Some(Credentials::IdentityToken("r".to_owned())),
        ..options()
    };
    registry(&server, identity).manifest("r", &latest()).await.unwrap_err();
    assert_eq!(thief.seen().len(), 1, "a body with a secret is not sent on");
}

#[tokio::test]
async fn nonsense_challenges_end_in_an_error() {
    for challenge in [
        "Bearer realm=\"file:///etc/passwd\"",
        "Bearer realm=\"::\"",
        "Negotiate",
        "Bearer realm=\"http://\"",
    ] {
        let server = Server::start(move |_| Reply::new(401).header("WWW-Authenticate", challenge));
        let error = registry(&server, as_user()).ping().await.unwrap_err();
        assert!(
            matches!(error, Error::Protocol { .. } | Error::Status { .. }),
            "{challenge}: {error}"
        );
    }
}
