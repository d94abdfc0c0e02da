use ironhelm_registry::{Access, Credentials, Error, Transport};

use crate::server::{Reply, Server, transport};

fn access(server: &Server) -> Access {
    Access::new(server.origin(), Credentials::basic("u", "geheim"))
}

async fn fetch(transport: &Transport, server: &Server, path: &str) -> Result<Vec<u8>, Error> {
    transport
        .get_bytes(&server.url(path), &access(server), 1000, "a file")
        .await
}

/// CVE-2021-32690, GHSA-vh4v-2xq2-g5cg.
#[tokio::test]
async fn credentials_never_leave_their_origin() {
    let other = Server::start(|_| Reply::ok("there"));
    let target = other.url("/x").to_string();
    let first = Server::start(move |request| match request.target.as_str() {
        "/away" => Reply::new(302).header("Location", target.as_str()),
        "/home" => Reply::new(301).header("Location", "/file?q=1"),
        _ => Reply::ok("here"),
    });
    assert_eq!(fetch(&transport(), &first, "/home").await.unwrap(), b"here");
    assert!(
        first
            .seen()
            .iter()
            .all(|request| request.authorization() == Some("Basic dTpnZWhlaW0="))
    );
    assert_eq!(fetch(&transport(), &first, "/away").await.unwrap(), b"there");
    assert_eq!(other.seen()[0].authorization(), None);
    transport()
        .get(&first.url("/away"), &access(&first).pass_credentials(true))
        .await
        .unwrap();
    assert_eq!(other.seen()[1].authorization(), Some("Basic dTpnZWhlaW0="));
    // The same port under another name is another origin.
    transport().get(&first.alias("/file"), &access(&first)).await.unwrap();
    assert_eq!(first.seen().last().unwrap().authorization(), None);
}

#[tokio::test]
async fn credentials_in_a_redirect_are_nobodys() {
    let first = Server::start(|request| match request.target.as_str() {
        "/a" => Reply::new(302).header("Location", format!("http://evil:pw@{}/b", request.headers["host"])),
        _ => Reply::ok("x"),
    });
    transport().get(&first.url("/a"), &Access::anonymous()).await.unwrap();
    assert_eq!(first.seen()[1].authorization(), None);
    let mut url = first.url("/b");
    url.set_username("u").unwrap();
    url.set_password(Some("p%20w")).unwrap();
    transport().get(&url, &Access::anonymous()).await.unwrap();
    assert_eq!(first.seen()[2].authorization(), Some("Basic dTpwIHc="));
}

#[tokio::test]
async fn redirects_end() {
    let server = Server::start(|_| Reply::new(302).header("Location", "/again"));
    let error = fetch(&transport(), &server, "/start").await.unwrap_err();
    assert!(matches!(error, Error::TooManyRedirects { limit: 10, .. }), "{error}");
    assert_eq!(server.seen().len(), 11);
    for location in ["file:///etc/passwd", "gopher://x", "http://", ""] {
        let server = Server::start(move |_| Reply::new(302).header("Location", location));
        let error = fetch(&transport(), &server, "/").await.unwrap_err();
        assert!(matches!(error, Error::BadRedirect { .. }), "{location}: {error}");
    }
}

/// CVE-2021-21303: what a server says cannot drive the terminal; and URLs show no secrets.
#[tokio::test]
async fn errors_are_one_clean_line() {
    let server = Server::start(|_| Reply::new(403).body("no\u{1b}[2J\nway\u{202e}"));
    let mut url = server.url("/c.tgz?token=geheim");
    url.set_username("u").unwrap();
    let error = transport().get(&url, &Access::anonymous()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("GET http://{}/c.tgz: 403 Forbidden: no[2J way", server.address)
    );
    assert!(error.hint().is_some());
    for (status, text) in [
        (401, "401 Unauthorized"),
        (404, "404 Not Found"),
        (502, "502 Bad Gateway"),
        (599, "status 599"),
    ] {
        let server = Server::start(move |_| Reply::new(status).header("Content-Type", "text/html").body("<html>x"));
        let error = fetch(&transport(), &server, "/f").await.unwrap_err();
        assert_eq!(error.to_string(), format!("GET http://{}/f: {text}", server.address));
    }
}

#[tokio::test]
async fn broken_and_wrong_answers_are_told_apart() {
    let server = Server::start(|request| match request.target.as_str() {
        "/cut" => Reply::ok(vec![b'x'; 900]).cut(400),
        "/html" => Reply::ok("\n <!DOCTYPE html>").header("Content-Type", "text/html; charset=utf-8"),
        "/mislabelled" => Reply::ok("apiVersion: v1").header("Content-Type", "text/html"),
        "/large" => Reply::ok(vec![b'x'; 1001]),
        "/liar" => Reply::ok(vec![b'x'; 1001])
            .header("Transfer-Encoding", "chunked")
            .body("800\r\n".to_owned() + &"x".repeat(0x800) + "\r\n0\r\n\r\n")
            .header("Content-Length", "")
            .cut(2058),
        _ => Reply::ok("late").pause(3000),
    });
    let error = |path: &'static str| {
        let server = &server;
        async move { fetch(&transport(), server, path).await.unwrap_err() }
    };
    assert!(matches!(error("/cut").await, Error::Truncated { received: 400, .. }));
    assert!(matches!(error("/html").await, Error::Html { .. }));
    assert!(matches!(error("/large").await, Error::TooLarge { limit: 1000, .. }));
    assert!(matches!(error("/slow").await, Error::Stalled { .. }));
    assert_eq!(
        fetch(&transport(), &server, "/mislabelled").await.unwrap(),
        b"apiVersion: v1"
    );
}

#[tokio::test]
async fn unreachable_servers_are_named() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = reqwest::Url::parse(&format!("http://{closed}/x")).unwrap();
    let error = transport().get(&url, &Access::anonymous()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("cannot reach http://{closed}/x: connection refused")),
        "{error}"
    );
    let url = reqwest::Url::parse("http://no-such-host.invalid/x").unwrap();
    let error = transport().get(&url, &Access::anonymous()).await.unwrap_err();
    assert!(
        matches!(&error, Error::UnknownHost { host, .. } if host == "no-such-host.invalid"),
        "{error}"
    );
    let url = reqwest::Url::parse("ftp://h/x").unwrap();
    assert!(matches!(
        transport().get(&url, &Access::anonymous()).await.unwrap_err(),
        Error::BadUrl { .. }
    ));
}

#[tokio::test]
async fn proxies_are_used_as_given() {
    let proxy = Server::start(|_| Reply::ok("by proxy"));
    let mut options = ironhelm_registry::TransportOptions::default();
    options.proxy.http = Some(format!("http://pu:pp@{}", proxy.host()));
    options.proxy.no_proxy = Some("direct.invalid".to_owned());
    let transport = Transport::new(&options).unwrap();
    let url = |text: &str| reqwest::Url::parse(text).unwrap();
    let body = transport
        .get_bytes(&url("http://somewhere.invalid/f"), &Access::anonymous(), 100, "x")
        .await
        .unwrap();
    assert_eq!(body, b"by proxy");
    assert_eq!(proxy.lines(), ["GET http://somewhere.invalid/f"]);
    assert_eq!(proxy.seen()[0].header("proxy-authorization"), Some("Basic cHU6cHA="));
    assert_eq!(
        proxy.seen()[0].header("user-agent"),
        Some(concat!("ironhelm/", env!("CARGO_PKG_VERSION")))
    );
    let error = transport
        .get(&url("http://direct.invalid/f"), &Access::anonymous())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::UnknownHost { .. }), "{error}");
}
