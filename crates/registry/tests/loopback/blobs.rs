use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ironhelm_image::{Descriptor, Digest, MediaType, Window};
use ironhelm_registry::oci::{Mount, PushedBlob};
use ironhelm_registry::reference::{OciReference, Target};
use ironhelm_registry::{Credentials, Error, Registry, RegistryOptions};

use crate::fake::shared;
use crate::server::{Reply, Seen, Server, options, transport};

fn registry(server: &Server) -> Registry {
    Registry::new(&server.host(), transport(), options()).unwrap()
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect()
}

fn blob(bytes: &[u8]) -> Descriptor {
    Descriptor::new(MediaType::OCI_LAYER, Digest::sha256(bytes), bytes.len() as u64)
}

fn latest() -> Target {
    "h/r:latest".parse::<OciReference>().unwrap().target().unwrap()
}

#[tokio::test]
async fn small_blobs_are_put_large_ones_are_streamed() {
    let fake = shared();
    let store = fake.clone();
    let server = Server::start(move |request| store.lock().unwrap().answer(request));
    for len in [0, 5, 3_000_000] {
        let bytes = bytes(len);
        let body = Window::from_bytes(bytes.clone());
        let client = registry(&server);
        assert_eq!(
            client.push_blob("r", &blob(&bytes), &body, None).await.unwrap(),
            PushedBlob::Uploaded
        );
        assert_eq!(
            client.push_blob("r", &blob(&bytes), &body, None).await.unwrap(),
            PushedBlob::Existed
        );
        assert_eq!(client.blob_bytes("r", &blob(&bytes), 4_000_000).await.unwrap(), bytes);
        assert!(client.blob_exists("r", &Digest::sha256(&bytes)).await.unwrap());
    }
    let methods: Vec<String> = server
        .seen()
        .into_iter()
        .map(|request| request.method)
        .filter(|method| method != "HEAD" && method != "GET")
        .collect();
    assert_eq!(methods, ["POST", "PUT", "POST", "PUT", "POST", "PATCH", "PUT"]);
}

#[tokio::test]
async fn uploads_go_on_where_they_broke_off() {
    let fake = shared();
    let store = fake.clone();
    let breaks = Arc::new(AtomicUsize::new(0));
    let count = breaks.clone();
    let server = Server::breaking(
        move |request| (request.method == "PATCH" && count.fetch_add(1, Ordering::SeqCst) < 2).then_some(700_000),
        move |request| store.lock().unwrap().answer(request),
    );
    let bytes = bytes(3_000_000);
    let done = registry(&server)
        .push_blob("r", &blob(&bytes), &Window::from_bytes(bytes.clone()), None)
        .await
        .unwrap();
    assert_eq!(done, PushedBlob::Uploaded);
    assert_eq!(fake.lock().unwrap().blobs[blob(&bytes).digest.as_str()], bytes);
    let patches: Vec<Seen> = server
        .seen()
        .into_iter()
        .filter(|request| request.method == "PATCH")
        .collect();
    let ranges: Vec<_> = patches
        .iter()
        .map(|patch| patch.header("content-range").unwrap_or("all").to_owned())
        .collect();
    assert_eq!(ranges, ["all", "700000-2999999", "1400000-2999999"]);
    assert_eq!(patches.iter().map(|patch| patch.body.len()).sum::<usize>(), bytes.len());
}

#[tokio::test]
async fn forgotten_uploads_start_anew() {
    let fake = shared();
    let store = fake.clone();
    let first = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let mut store = store.lock().unwrap();
        if request.method == "PATCH" && first.fetch_add(1, Ordering::SeqCst) == 0 {
            store.uploads.clear();
            return Reply::new(503);
        }
        store.answer(request)
    });
    let bytes = bytes(2_000_000);
    registry(&server)
        .push_blob("r", &blob(&bytes), &Window::from_bytes(bytes.clone()), None)
        .await
        .unwrap();
    assert_eq!(fake.lock().unwrap().blobs.len(), 1);
}

#[tokio::test]
async fn chunks_have_the_size_asked_for() {
    let fake = shared();
    let store = fake.clone();
    let server = Server::start(move |request| store.lock().unwrap().answer(request));
    let client = Registry::new(
        &server.host(),
        transport(),
        RegistryOptions {
            chunk_size: Some(1000),
            ..options()
        },
    )
    .unwrap();
    let bytes = bytes(2500);
    client
        .push_blob("r", &blob(&bytes), &Window::from_bytes(bytes.clone()), None)
        .await
        .unwrap();
    let sizes: Vec<usize> = server
        .seen()
        .iter()
        .filter(|request| request.method == "PATCH")
        .map(|patch| patch.body.len())
        .collect();
    assert_eq!(sizes, [1000, 1000, 500]);
}

/// CVE-2026-50151: the host of an upload `Location` gets the bytes, never the credentials.
#[tokio::test]
async fn an_upload_elsewhere_gets_no_credentials() {
    for (len, method) in [(10, "PUT"), (2_000_000, "PATCH")] {
        let elsewhere = Server::start(|_| Reply::new(201));
        let location = elsewhere.url("/up?x=1").to_string();
        let server = Server::start(
            move |request| match (request.authorization(), request.method.as_str()) {
                (None, _) => Reply::new(401).header("WWW-Authenticate", "Basic"),
                (_, "POST") => Reply::new(202).header("Location", location.as_str()),
                _ => Reply::new(404),
            },
        );
        let options = RegistryOptions {
            credentials: Some(Credentials::basic("u", "geheim")),
            ..options()
        };
        let client = Registry::new(&server.host(), transport(), options).unwrap();
        let bytes = bytes(len);
        client
            .push_blob("r", &blob(&bytes), &Window::from_bytes(bytes.clone()), None)
            .await
            .unwrap();
        assert_eq!(elsewhere.seen()[0].method, method);
        assert!(elsewhere.seen().iter().all(|request| request.authorization().is_none()));
        assert!(server.seen().iter().any(|request| request.authorization().is_some()));
    }
}

#[tokio::test]
async fn blobs_are_mounted_or_their_upload_is_used() {
    let server = Server::start(
        |request| match (request.method.as_str(), request.target.contains("from=a%2Fb")) {
            ("POST", true) => Reply::new(201),
            ("POST", false) => Reply::new(202).header("Location", "/v2/r/blobs/uploads/u"),
            ("PUT", _) => Reply::new(201),
            _ => Reply::new(404),
        },
    );
    let client = registry(&server);
    let bytes = bytes(9);
    let body = Window::from_bytes(bytes.clone());
    assert_eq!(
        client.push_blob("r", &blob(&bytes), &body, Some("a/b")).await.unwrap(),
        PushedBlob::Mounted
    );
    assert!(matches!(
        client.mount_blob("r", &blob(&bytes).digest, "c").await.unwrap(),
        Mount::Begun(_)
    ));
    assert_eq!(
        client.push_blob("r", &blob(&bytes), &body, Some("c")).await.unwrap(),
        PushedBlob::Uploaded
    );
    let posts = server.lines().iter().filter(|line| line.starts_with("POST")).count();
    assert_eq!(posts, 3, "the upload that the registry began is used");
    assert!(client.mount_blob("r", &blob(&bytes).digest, "../x").await.is_err());
}

#[tokio::test]
async fn mounting_asks_for_both_repositories() {
    let server = Server::start(
        |request| match (request.target.starts_with("/token"), request.authorization()) {
            (true, _) => Reply::ok(r#"{"token":"t"}"#),
            (_, None) => Reply::new(401).header(
                "WWW-Authenticate",
                format!("Bearer realm=\"http://{}/token\"", request.headers["host"]),
            ),
            _ => Reply::new(201),
        },
    );
    registry(&server)
        .mount_blob("r", &Digest::sha256(b""), "src")
        .await
        .unwrap();
    assert_eq!(
        server.lines()[1],
        "GET /token?scope=repository%3Ar%3Apull%2Cpush&scope=repository%3Asrc%3Apull"
    );
}

#[tokio::test]
async fn downloads_go_on_where_they_broke_off() {
    let content = bytes(5000);
    let data = content.clone();
    let server = Server::start(move |request| match request.header("range") {
        None => Reply::ok(data.clone()).cut(2000),
        Some("bytes=2000-") => Reply::new(206).body(&data[2000..]).cut(1000),
        Some(_) => Reply::ok(data.clone()),
    });
    assert_eq!(
        registry(&server).blob_bytes("r", &blob(&content), 9999).await.unwrap(),
        content
    );
    assert_eq!(server.seen()[2].header("range"), Some("bytes=3000-"));
}

#[tokio::test]
async fn wrong_bytes_are_refused() {
    let content = bytes(100);
    let expected = blob(&content);
    let server = Server::start(|request| match request.target.split('/').nth(2) {
        Some("other") => Reply::ok(vec![1; 100]),
        Some("long") => Reply::ok(vec![1; 101]),
        _ => Reply::ok("<html>").header("Content-Type", "text/html"),
    });
    let client = registry(&server);
    let fetch = |repository: &'static str| client.blob_bytes(repository, &expected, 1000);
    assert!(matches!(fetch("other").await.unwrap_err(), Error::Digest { .. }));
    assert!(matches!(
        fetch("long").await.unwrap_err(),
        Error::TooLarge { limit: 100, .. }
    ));
    assert!(matches!(fetch("page").await.unwrap_err(), Error::Html { .. }));
    assert!(matches!(
        client.blob_bytes("r", &expected, 99).await.unwrap_err(),
        Error::TooLarge { .. }
    ));
}

/// CVE-2020-15157: foreign URLs of layers are never fetched.
#[tokio::test]
async fn foreign_urls_are_ignored() {
    let elsewhere = Server::start(|_| Reply::ok("x"));
    let server = Server::start(|_| Reply::new(404));
    let mut layer = blob(b"x");
    layer.urls = vec![elsewhere.url("/x").to_string()];
    assert_eq!(
        registry(&server).blob_bytes("r", &layer, 9).await.unwrap_err().status(),
        Some(404)
    );
    assert!(elsewhere.seen().is_empty());
}

/// GHSA-5j5w-g665-5m35 and GHSA-qq97-vm5h-rrhg; CVE-2023-25153.
#[tokio::test]
async fn ambiguous_and_endless_manifests_are_refused() {
    let server = Server::start(|request| {
        match request.target.split('/').nth(2) {
        Some("mixed") => Reply::ok(r#"{"schemaVersion":2,"config":{"mediaType":"a/b","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0},"layers":[],"manifests":[]}"#)
            .header("Content-Type", "application/vnd.oci.image.manifest.v1+json"),
        Some("endless") => Reply::ok(vec![b' '; 5 << 20]),
        Some("lie") => Reply::ok("{}").header("Docker-Content-Digest", Digest::sha256(b"other").to_string()),
        _ => Reply::ok("<html>").header("Content-Type", "text/html"),
    }
    });
    let client = registry(&server);
    let tag = latest();
    let fetch = |repository: &'static str| client.manifest(repository, &tag);
    assert!(fetch("mixed").await.unwrap_err().to_string().contains("ambiguous"));
    assert!(matches!(fetch("endless").await.unwrap_err(), Error::TooLarge { .. }));
    assert!(matches!(fetch("lie").await.unwrap_err(), Error::Digest { .. }));
    assert!(matches!(fetch("page").await.unwrap_err(), Error::Html { .. }));
    let digest = Target::Digest(Digest::sha256(b"asked"));
    assert!(matches!(
        client.manifest("lie", &digest).await.unwrap_err(),
        Error::Digest { .. }
    ));
}

#[tokio::test]
async fn busy_registries_are_asked_again() {
    let count = Arc::new(AtomicUsize::new(0));
    let asked = count.clone();
    let server = Server::start(move |request| match request.target.as_str() {
        "/v2/busy/tags/list?n=1000" if asked.fetch_add(1, Ordering::SeqCst) < 2 => {
            Reply::new(429).header("Retry-After", "0")
        }
        "/v2/busy/tags/list?n=1000" => Reply::ok(r#"{"tags":["a"]}"#),
        "/v2/long/tags/list?n=1000" => Reply::new(503).header("Retry-After", "86400"),
        _ => Reply::new(503),
    });
    let client = registry(&server);
    assert_eq!(client.tags("busy").await.unwrap().len(), 1);
    assert_eq!(count.load(Ordering::SeqCst), 3);
    client.tags("long").await.unwrap_err();
    assert_eq!(server.seen().len(), 4, "nobody waits for a day");
    assert_eq!(client.tags("down").await.unwrap_err().status(), Some(503));
    assert_eq!(server.seen().len(), 8, "four attempts");
}

#[tokio::test]
async fn tags_come_page_by_page() {
    let server = Server::start(|request| match request.target.as_str() {
        "/v2/r/tags/list?n=1000" => {
            Reply::ok(r#"{"tags":["a","../b"]}"#).header("Link", r#"</v2/r/tags/list?n=1000&last=b>; rel="next""#)
        }
        "/v2/r/tags/list?n=1000&last=b" => Reply::ok(r#"{"name":"r","tags":["c"]}"#),
        "/v2/null/tags/list?n=1000" => Reply::ok(r#"{"tags":null}"#),
        "/v2/loop/tags/list?n=1000" => {
            Reply::ok(r#"{"tags":["a"]}"#).header("Link", r#"</v2/loop/tags/list?n=1000>; rel="next""#)
        }
        "/v2/away/tags/list?n=1000" => {
            Reply::ok(r#"{"tags":["a"]}"#).header("Link", r#"<http://evil.example/v2>; rel="next""#)
        }
        _ => Reply::new(404)
            .body(r#"{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry"}]}"#),
    });
    let client = registry(&server);
    let names = |tags: Vec<ironhelm_registry::reference::Tag>| {
        tags.iter().map(|tag| tag.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(client.tags("r").await.unwrap()), ["a", "c"]);
    assert!(client.tags("null").await.unwrap().is_empty());
    assert_eq!(client.tags("loop").await.unwrap().len(), 1);
    assert!(matches!(
        client.tags("away").await.unwrap_err(),
        Error::BadRedirect { .. }
    ));
    let unknown = client.tags("none").await.unwrap_err().to_string();
    assert!(
        unknown.ends_with("404 Not Found: name unknown: repository name not known to registry"),
        "{unknown}"
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_named() {
    struct Gone;
    impl ironhelm_image::ReadAt for Gone {
        fn read_at(&self, _: &mut [u8], _: u64) -> std::io::Result<usize> {
            Err(std::io::Error::other("disk on fire"))
        }
        fn size(&self) -> u64 {
            2_000_000
        }
    }
    let fake = shared();
    let server = Server::start(move |request| fake.lock().unwrap().answer(request));
    let descriptor = Descriptor::new(MediaType::OCI_LAYER, Digest::sha256(b"gone"), 2_000_000);
    let error = registry(&server)
        .push_blob("r", &descriptor, &Window::new(Gone), None)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("disk on fire"), "{error}");
}
