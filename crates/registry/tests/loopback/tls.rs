//! CVE-2019-1010275: who is not who they should be is not spoken to.

use std::path::PathBuf;
use std::sync::Arc;

use ironhelm_registry::error::TlsProblem;
use ironhelm_registry::transport::{Identity, Pem, TlsOptions};
use ironhelm_registry::{Access, Credentials, Error, Transport, TransportOptions};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::server::{Reply, Server};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/registry/tls")
        .join(name)
}

fn server_config(name: &str, clients: bool) -> rustls::ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let chain = CertificateDer::pem_file_iter(file(&format!("{name}.pem")))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_file(file(&format!("{name}.key"))).unwrap();
    let builder = if clients {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(file("ca.pem")).unwrap())
            .unwrap();
        let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    builder.with_single_cert(chain, key).unwrap()
}

fn trusting(ca: &str) -> TlsOptions {
    TlsOptions {
        ca: Some(Pem::File(file(ca))),
        ..TlsOptions::default()
    }
}

async fn fetch(server: &Server, tls: TlsOptions) -> Result<Vec<u8>, Error> {
    let transport = Transport::new(&TransportOptions {
        tls,
        ..TransportOptions::default()
    })?;
    transport
        .get_bytes(&server.url("/x"), &Access::anonymous(), 100, "x")
        .await
}

async fn problem(server: &Server, tls: TlsOptions) -> TlsProblem {
    match fetch(server, tls).await.unwrap_err() {
        Error::Tls { problem, .. } => problem,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn wrong_certificates_are_refused() {
    let good = Server::tls(server_config("good", false), |_| Reply::ok("secret"));
    assert_eq!(fetch(&good, trusting("ca.pem")).await.unwrap(), b"secret");
    assert_eq!(
        problem(&good, trusting("other-ca.pem")).await,
        TlsProblem::UnknownAuthority
    );
    assert_eq!(
        problem(&good, TlsOptions::default()).await,
        TlsProblem::UnknownAuthority
    );
    assert_eq!(
        fetch(
            &good,
            TlsOptions {
                insecure_skip_verify: true,
                ..TlsOptions::default()
            }
        )
        .await
        .unwrap(),
        b"secret"
    );
    let expired = Server::tls(server_config("expired", false), |_| Reply::ok(""));
    assert_eq!(problem(&expired, trusting("ca.pem")).await, TlsProblem::Expired);
    // Go: a certificate that is trusted itself must be valid as well.
    assert_eq!(problem(&expired, trusting("expired.pem")).await, TlsProblem::Expired);
    let elsewhere = Server::tls(server_config("wrong-name", false), |_| Reply::ok(""));
    let wrong_name = TlsProblem::WrongName {
        host: "127.0.0.1".to_owned(),
    };
    assert_eq!(problem(&elsewhere, trusting("ca.pem")).await, wrong_name);
    assert_eq!(problem(&elsewhere, trusting("wrong-name.pem")).await, wrong_name);
}

#[tokio::test]
async fn an_authority_may_be_its_own_server_certificate() {
    let server = Server::tls(server_config("self-signed-ca", false), |_| Reply::ok("y"));
    assert_eq!(fetch(&server, trusting("self-signed-ca.pem")).await.unwrap(), b"y");
    assert_eq!(problem(&server, trusting("ca.pem")).await, TlsProblem::UnknownAuthority);
}

#[tokio::test]
async fn clients_can_show_a_certificate() {
    let server = Server::tls(server_config("good", true), |_| Reply::ok("z"));
    let identity = Identity {
        certificate: Pem::File(file("client.pem")),
        key: Pem::File(file("client.key")),
    };
    let tls = TlsOptions {
        identity: Some(identity),
        ..trusting("ca.pem")
    };
    assert_eq!(fetch(&server, tls).await.unwrap(), b"z");
    let error = fetch(&server, trusting("ca.pem")).await.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Tls {
                problem: TlsProblem::ClientCertificate { .. },
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn plain_servers_and_bad_files_are_named() {
    let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = reqwest::Url::parse(&format!("https://{}/", plain.local_addr().unwrap())).unwrap();
    std::thread::spawn(move || {
        for mut stream in plain.incoming().flatten() {
            std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        }
    });
    let transport = Transport::new(&TransportOptions::default()).unwrap();
    let error = transport.get(&url, &Access::anonymous()).await.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Tls {
                problem: TlsProblem::NotTls,
                ..
            }
        ),
        "{error}"
    );
    let missing = Transport::new(&TransportOptions {
        tls: trusting("none.pem"),
        ..TransportOptions::default()
    })
    .unwrap_err();
    assert!(missing.to_string().contains("none.pem"), "{missing}");
    let no_pem = TlsOptions {
        ca: Some(Pem::Text(b"hello".to_vec())),
        ..TlsOptions::default()
    };
    let error = Transport::new(&TransportOptions {
        tls: no_pem,
        ..TransportOptions::default()
    })
    .unwrap_err();
    assert_eq!(error.to_string(), "CA file: holds no certificate in PEM form");
}

/// Even `--pass-credentials` does not show them to those who listen.
#[tokio::test]
async fn credentials_never_leave_https() {
    let plain = Server::start(|_| Reply::ok("x"));
    let target = plain.url("/x").to_string();
    let secure = Server::tls(server_config("good", false), move |_| {
        Reply::new(302).header("Location", target.as_str())
    });
    let transport = Transport::new(&TransportOptions {
        tls: trusting("ca.pem"),
        ..TransportOptions::default()
    })
    .unwrap();
    let access = Access::new(secure.origin(), Credentials::basic("u", "p")).pass_credentials(true);
    transport.get(&secure.url("/"), &access).await.unwrap();
    assert!(secure.seen()[0].authorization().is_some());
    assert_eq!(plain.seen()[0].authorization(), None);
}
