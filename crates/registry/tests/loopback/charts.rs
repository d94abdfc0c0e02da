use ironhelm_image::Digest;
use ironhelm_registry::chart::{self, ChartUpload};
use ironhelm_registry::{OciReference, Registry};

use crate::fake::{Shared, shared};
use crate::server::{Server, options, transport};

const CONFIG: &str = r#"{"name":"web","version":"1.0.0+b1","apiVersion":"v2"}"#;

fn start() -> (Shared, Server, Registry) {
    let fake = shared();
    let store = fake.clone();
    let server = Server::start(move |request| store.lock().unwrap().answer(request));
    let registry = Registry::new(&server.host(), transport(), options()).unwrap();
    (fake, server, registry)
}

fn upload() -> ChartUpload {
    ChartUpload {
        config: CONFIG.into(),
        archive: b"archive".to_vec(),
        provenance: Some(b"signed".to_vec()),
        created: jiff::Timestamp::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn charts_come_back_as_they_were_pushed() {
    let (fake, server, registry) = start();
    let parent: OciReference = format!("oci://{}/charts", server.host()).parse().unwrap();
    let pushed = chart::push(&registry, &parent, &upload()).await.unwrap();
    assert_eq!(
        pushed.reference.to_string(),
        format!("{}/charts/web:1.0.0_b1", server.host())
    );
    let pulled = chart::pull(&registry, &pushed.reference).await.unwrap();
    assert_eq!(
        (pulled.digest.clone(), pulled.config.as_slice()),
        (pushed.digest.clone(), CONFIG.as_bytes())
    );
    assert_eq!(
        (pulled.archive.as_slice(), pulled.provenance.as_deref()),
        (&b"archive"[..], Some(&b"signed"[..]))
    );
    // The same chart inside an index.
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{}","size":1}}]}}"#,
        pushed.digest
    );
    let kind = "application/vnd.oci.image.index.v1+json".to_owned();
    fake.lock()
        .unwrap()
        .manifests
        .insert("charts/web/all".to_owned(), (kind, index.into_bytes()));
    let all: OciReference = format!("oci://{}/charts/web:all", server.host()).parse().unwrap();
    assert_eq!(chart::pull(&registry, &all).await.unwrap().digest, pushed.digest);
}

#[tokio::test]
async fn artefacts_that_are_no_charts_are_named() {
    let (fake, server, registry) = start();
    let empty = Digest::sha256(b"");
    let manifest = |config: &str| {
        format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"{config}","digest":"{empty}","size":0}},"layers":[]}}"#
        )
    };
    for (tag, config) in [
        ("image", "application/vnd.oci.image.config.v1+json"),
        ("hollow", chart::CONFIG),
    ] {
        let kind = "application/vnd.oci.image.manifest.v1+json".to_owned();
        fake.lock()
            .unwrap()
            .manifests
            .insert(format!("r/{tag}"), (kind, manifest(config).into_bytes()));
    }
    let pull = |tag: &str| {
        let reference: OciReference = format!("oci://{}/r:{tag}", server.host()).parse().unwrap();
        let registry = registry.clone();
        async move { chart::pull(&registry, &reference).await.unwrap_err().to_string() }
    };
    assert!(
        pull("image")
            .await
            .ends_with("could not load config with mediatype application/vnd.cncf.helm.config.v1+json")
    );
    assert!(pull("hollow").await.ends_with(
        "manifest does not contain a layer with mediatype application/vnd.cncf.helm.chart.content.v1.tar+gzip"
    ));
    assert!(
        pull("none")
            .await
            .ends_with("404 Not Found: manifest unknown: manifest unknown")
    );
}

/// CVE-2024-25620, CVE-2026-35206: a chart's name is one part of a repository, or nothing.
#[tokio::test]
async fn names_from_charts_do_not_leave_their_repository() {
    let (_, server, registry) = start();
    let parent: OciReference = format!("oci://{}/charts", server.host()).parse().unwrap();
    for name in ["..", ".", "a/../../b", "a?x", "A B", ""] {
        let config = format!(r#"{{"name":"{name}","version":"1.0.0"}}"#);
        let upload = ChartUpload {
            config: config.into_bytes(),
            ..upload()
        };
        assert!(chart::push(&registry, &parent, &upload).await.is_err(), "{name}");
    }
    assert!(server.seen().is_empty());
}
