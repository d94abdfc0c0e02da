//! A real registry with TLS and passwords, real helm and ironhelm: the same charts, digests and files
//! (`cargo test --workspace --test registries`).
//!
//! Needs the programs `docker-registry`, `htpasswd` and helm 4; everything they keep is in a folder of its own.

#![allow(clippy::print_stdout, reason = "what is skipped is said")]

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use ironhelm_image::{Descriptor, Digest, MediaType, Window};
use ironhelm_registry::chart::{self, ChartUpload};
use ironhelm_registry::login::{login, logout};
use ironhelm_registry::transport::{Pem, TlsOptions};
use ironhelm_registry::{
    CredentialStore, Credentials, OciReference, Registry, RegistryOptions, Transport, TransportOptions,
};
use ironhelm_tests::{LocalRegistry, Oracles, Program, USER, tls};
use tempfile::TempDir;

const PASSWORD: &str = USER.1;
/// After how many bytes a line is cut.
const CUT_AFTER: u64 = 20 << 20;

#[tokio::test]
async fn helm_and_ironhelm_push_the_same_chart() {
    let Some(site) = Site::start(Some("good")) else { return };
    site.helm_login();
    let registry = site.registry(Some(Credentials::basic("u", PASSWORD)));
    for (name, signed) in [("plain", false), ("rich", true)] {
        let archive = site.package(name, signed);
        let by_helm = site.helm.succeed(&[
            "push",
            archive.to_str().unwrap(),
            &site.oci("helm"),
            "--ca-file",
            &site.ca(),
        ]);
        let parent: OciReference = site.oci("ironhelm").parse().unwrap();
        let pushed = chart::push(&registry, &parent, &upload(&archive)).await.unwrap();
        let digest = format!("Digest: {}", pushed.digest);
        assert!(
            by_helm.stderr.contains(&digest) || by_helm.stdout.contains(&digest),
            "{name}: {digest}\n{}{}",
            by_helm.stdout,
            by_helm.stderr
        );

        // Helm pulls what ironhelm pushed.
        let folder = site.folder.path().join(format!("pulled-{name}"));
        fs::create_dir(&folder).unwrap();
        let reference = format!("{}/{name}", site.oci("ironhelm"));
        let pull = [
            "pull",
            &reference,
            "--version",
            "1.2.3+b.5",
            "--ca-file",
            &site.ca(),
            "-d",
            folder.to_str().unwrap(),
        ];
        let said = site.helm.succeed(&pull);
        assert!(said.stdout.contains(&digest), "{}", said.stdout);
        assert_eq!(
            fs::read(folder.join(archive.file_name().unwrap())).unwrap(),
            fs::read(&archive).unwrap()
        );

        // Ironhelm pulls what helm pushed.
        let reference: OciReference = format!("{}/{name}:1.2.3+b.5", site.oci("helm")).parse().unwrap();
        let pulled = chart::pull(&registry, &reference).await.unwrap();
        assert_eq!(pulled.archive, fs::read(&archive).unwrap());
        assert_eq!((pulled.digest, pulled.provenance.is_some()), (pushed.digest, signed));
        assert_eq!(
            registry.tags(reference.repository()).await.unwrap()[0].as_str(),
            "1.2.3_b.5"
        );
    }
}

#[tokio::test]
async fn logins_are_stored_as_helm_stores_them() {
    let Some(site) = Site::start(Some("good")) else { return };
    let store = CredentialStore {
        path: site.folder.path().join("own/config.json"),
        ..CredentialStore::default()
    };
    let helms = site.folder.path().join("helm/registry/config.json");
    site.helm_login();
    login(
        &store,
        &site.host,
        Credentials::basic("u", PASSWORD),
        site.transport(),
        RegistryOptions::default(),
    )
    .await
    .unwrap();
    assert_eq!(fs::read(&store.path).unwrap(), fs::read(&helms).unwrap());
    let as_helm = CredentialStore {
        path: helms.clone(),
        ..CredentialStore::default()
    };
    assert_eq!(
        as_helm.find(&site.host).await.unwrap(),
        Some(Credentials::basic("u", PASSWORD))
    );
    logout(&store, &site.host).await.unwrap();
    let _ = site.helm.succeed(&["registry", "logout", &site.host]);
    assert_eq!(fs::read(&store.path).unwrap(), fs::read(&helms).unwrap());
    let wrong = login(
        &store,
        &site.host,
        Credentials::basic("u", "x"),
        site.transport(),
        RegistryOptions::default(),
    )
    .await;
    assert_eq!(wrong.unwrap_err().status(), Some(401));
}

#[tokio::test]
async fn an_upload_through_a_cut_connection_comes_to_its_end() {
    let Some(site) = Site::start(None) else { return };
    let line = CutLine::start(&site.host, CUT_AFTER);
    let options = RegistryOptions {
        plain_http: true,
        credentials: Some(Credentials::basic("u", PASSWORD)),
        ..RegistryOptions::default()
    };
    let registry = Registry::new(
        &line.host,
        Transport::new(&TransportOptions::default()).unwrap(),
        options,
    )
    .unwrap();
    let bytes: Vec<u8> = (0_u32..12 << 20).flat_map(u32::to_le_bytes).collect();
    let blob = Descriptor::new(MediaType::OCI_LAYER, Digest::sha256(&bytes), bytes.len() as u64);
    registry
        .push_blob("big", &blob, &Window::from_bytes(bytes.clone()), None)
        .await
        .unwrap();
    assert!(registry.blob_exists("big", &blob.digest).await.unwrap());
    let passed = line.passed.load(Ordering::SeqCst);
    println!(
        "registries: a blob of {} bytes took {passed} bytes over a line that was cut once",
        bytes.len()
    );
    // Distribution 2.8 forgets an upload whose request was cut: what had passed till then passes again, once.
    assert!(
        passed < bytes.len() as u64 + CUT_AFTER + (8 << 20),
        "{passed}: an upload that was cut once is sent again once"
    );
    let from = registry.mount_blob("other", &blob.digest, "big").await.unwrap();
    assert!(matches!(from, ironhelm_registry::oci::Mount::Mounted));
    assert_eq!(registry.blob_bytes("other", &blob, 64 << 20).await.unwrap(), bytes);
}

fn upload(archive: &Path) -> ChartUpload {
    let bytes = fs::read(archive).unwrap();
    let chart = ironhelm_chart::load(archive).unwrap().chart;
    let provenance = fs::read(format!("{}.prov", archive.display())).ok();
    let made = fs::metadata(archive).unwrap().modified().unwrap();
    ChartUpload {
        config: chart.metadata.to_json().into_bytes(),
        archive: bytes,
        provenance,
        created: made.try_into().unwrap(),
    }
}

/// A registry and a helm that knows nothing else.
struct Site {
    folder: TempDir,
    host: String,
    helm: Program,
    _registry: LocalRegistry,
}

impl Site {
    fn start(certificate: Option<&str>) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let parts = Oracles::find()
            .and_then(|oracles| Ok((oracles, LocalRegistry::start_guarded(folder.path(), certificate)?)));
        let (oracles, registry) = match parts {
            Ok(parts) => parts,
            Err(reason) => {
                println!("skipped: {reason}");
                return None;
            }
        };
        let helm = oracles
            .helm4
            .with("HELM_CONFIG_HOME", folder.path().join("helm"))
            .with("DOCKER_CONFIG", folder.path().join("docker"));
        Some(Self {
            host: registry.host.clone(),
            _registry: registry,
            folder,
            helm,
        })
    }

    fn ca(&self) -> String {
        tls("ca.pem").display().to_string()
    }

    fn oci(&self, path: &str) -> String {
        format!("oci://{}/{path}", self.host)
    }

    fn helm_login(&self) {
        let _ = self.helm.succeed(&[
            "registry",
            "login",
            &self.host,
            "-u",
            "u",
            "-p",
            PASSWORD,
            "--ca-file",
            &self.ca(),
        ]);
    }

    fn transport(&self) -> Transport {
        let tls = TlsOptions {
            ca: Some(Pem::File(tls("ca.pem"))),
            ..TlsOptions::default()
        };
        Transport::new(&TransportOptions {
            tls,
            ..TransportOptions::default()
        })
        .unwrap()
    }

    fn registry(&self, credentials: Option<Credentials>) -> Registry {
        Registry::new(
            &self.host,
            self.transport(),
            RegistryOptions {
                credentials,
                ..RegistryOptions::default()
            },
        )
        .unwrap()
    }

    /// An archive of an age that is not now.
    fn package(&self, name: &str, signed: bool) -> PathBuf {
        let source = self.folder.path().join(name);
        fs::create_dir(&source).unwrap();
        fs::write(source.join("Chart.yaml"), metadata(name)).unwrap();
        let folder = self.folder.path().to_str().unwrap();
        let _ = self.helm.succeed(&["package", source.to_str().unwrap(), "-d", folder]);
        let archive = self.folder.path().join(format!("{name}-1.2.3+b.5.tgz"));
        let made = SystemTime::UNIX_EPOCH + Duration::from_secs(1_577_934_245);
        fs::File::options()
            .write(true)
            .open(&archive)
            .unwrap()
            .set_modified(made)
            .unwrap();
        if signed {
            fs::write(format!("{}.prov", archive.display()), "signed").unwrap();
        }
        archive
    }
}

fn metadata(name: &str) -> String {
    let rich = "description: A <chart> & more\nhome: https://h.example\nsources: [https://s.example, b]\nmaintainers:\n- {name: Ann, email: ann@e.example, url: https://a.example}\n- {name: Bob}\nannotations: {zeta: \"1\", alpha: \"<é>\", org.opencontainers.image.title: mine, org.opencontainers.image.url: \"\"}\nkubeVersion: \">=1.20\"\nkeywords: [a]\nappVersion: \"9\"\ndeprecated: true\n";
    format!(
        "apiVersion: v2\nname: {name}\nversion: 1.2.3+b.5\n{}",
        if name == "rich" { rich } else { "" }
    )
}

/// A line to the registry whose first connection that has carried so many bytes is cut, once.
struct CutLine {
    host: String,
    passed: Arc<AtomicU64>,
}

impl CutLine {
    fn start(target: &str, cut_after: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (passed, target) = (Arc::new(AtomicU64::new(0)), target.to_owned());
        let count = passed.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&target).unwrap();
                let (mut back, mut front) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || std::io::copy(&mut back, &mut front));
                let count = count.clone();
                std::thread::spawn(move || carry(client, server, &count, cut_after));
            }
        });
        Self { host, passed }
    }
}

fn carry(mut client: TcpStream, mut server: TcpStream, passed: &AtomicU64, cut_after: u64) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        let before = passed.fetch_add(count as u64, Ordering::SeqCst);
        if before < cut_after && before + count as u64 >= cut_after || server.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(std::net::Shutdown::Both);
    let _ = server.shutdown(std::net::Shutdown::Both);
}
