//! A real registry, started for one test.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::programs::root;

/// A user, and a password that must be quoted wherever it goes.
pub const USER: (&str, &str) = ("u", "p:w\"<>");

/// Debian's `docker-registry` on a free port of the loopback, with its data in a folder that goes away.
#[derive(Debug)]
pub struct LocalRegistry {
    folder: tempfile::TempDir,
    process: Child,
    /// `127.0.0.1:<port>`
    pub host: String,
}

impl LocalRegistry {
    /// The user of registries that want one.
    pub const USER: &str = "admin";
    /// The password of that user.
    pub const PASSWORD: &str = "Harbor12345";

    /// Starts one in a folder below `above`; with `logins`, only [`USER`](Self::USER) gets in.
    ///
    /// # Errors
    /// Which program is missing.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(above: &Path, logins: bool) -> Result<Self, String> {
        Self::start_for(above, logins.then_some((Self::USER, Self::PASSWORD)), None)
    }

    /// Starts one for a user with a password that must be quoted wherever it goes, [`USER`]; with the name of a certificate
    /// of the test data it speaks TLS.
    ///
    /// # Errors
    /// Which program is missing.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start_guarded(above: &Path, certificate: Option<&str>) -> Result<Self, String> {
        Self::start_for(above, Some(USER), certificate)
    }

    fn start_for(above: &Path, user: Option<(&str, &str)>, certificate: Option<&str>) -> Result<Self, String> {
        let folder = tempfile::tempdir_in(above).map_err(|error| error.to_string())?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let host = format!("127.0.0.1:{}", port.map_err(|error| error.to_string())?.port());
        let auth = user.map_or_else(|| Ok(String::new()), |user| users(folder.path(), user))?;
        let encrypted = certificate.map_or_else(String::new, encryption);
        let data = folder.path().join("data");
        let text = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {}, maxthreads: 100}}, delete: {{enabled: true}}}}\n\
             http: {{addr: \"{host}\"{encrypted}}}\n{auth}log: {{level: error, accesslog: {{disabled: false}}}}\n",
            data.display()
        );
        let configuration = folder.path().join("config.yml");
        fs::write(&configuration, text).map_err(|error| error.to_string())?;
        let log = File::create(folder.path().join("access.log")).map_err(|error| error.to_string())?;
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(&configuration)
            .stdout(log)
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| "docker-registry is not installed".to_owned())?;
        wait_for(&host);
        Ok(Self { folder, process, host })
    }

    /// Where it keeps its data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The lines of its log of requests, such as `PATCH /v2/…`.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default();
        let lines = text.lines().filter_map(|line| line.split('"').nth(1));
        lines.map(str::to_owned).collect()
    }

    /// How many requests of this method it got.
    #[must_use]
    pub fn count(&self, method: &str) -> usize {
        let lines = self.requests();
        lines
            .iter()
            .filter(|line| line.starts_with(&format!("{method} ")))
            .count()
    }
}

impl Drop for LocalRegistry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A file of the test data's certificates.
#[must_use]
pub fn tls(name: &str) -> PathBuf {
    root().join("testdata/registry/tls").join(name)
}

fn encryption(certificate: &str) -> String {
    let file = |extension: &str| tls(&format!("{certificate}.{extension}")).display().to_string();
    format!(", tls: {{certificate: {}, key: {}}}", file("pem"), file("key"))
}

fn users(folder: &Path, (name, password): (&str, &str)) -> Result<String, String> {
    let output = Command::new("htpasswd").args(["-Bbn", name, password]).output();
    let users = output.map_err(|_| "htpasswd is not installed".to_owned())?.stdout;
    let path = folder.join("users");
    fs::write(&path, users).map_err(|error| error.to_string())?;
    Ok(format!("auth: {{htpasswd: {{realm: x, path: {}}}}}\n", path.display()))
}

fn wait_for(host: &str) {
    for _ in 0..200 {
        if TcpStream::connect(host).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the registry does not come up");
}

/// A line to a server that counts what is sent, and cuts every third connection when it has carried so many bytes.
#[derive(Debug)]
pub struct Line {
    /// Where it listens.
    pub host: String,
    passed: Arc<AtomicU64>,
}

impl Line {
    /// A line to `target`; `u64::MAX` cuts nothing.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn to(target: &str, cut_after: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let host = listener.local_addr().expect("an address").to_string();
        let (passed, target) = (Arc::new(AtomicU64::new(0)), target.to_owned());
        let count = passed.clone();
        std::thread::spawn(move || {
            for (number, client) in listener.incoming().flatten().enumerate() {
                let cut_after = if number % 3 == 0 { cut_after } else { u64::MAX };
                let Ok(server) = TcpStream::connect(&target) else {
                    continue;
                };
                let (Ok(back), Ok(front)) = (server.try_clone(), client.try_clone()) else {
                    continue;
                };
                std::thread::spawn(move || answer(back, front));
                let count = count.clone();
                std::thread::spawn(move || carry(client, server, &count, cut_after));
            }
        });
        Self { host, passed }
    }

    /// How many bytes clients have sent over it.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }
}

fn answer(mut server: TcpStream, mut client: TcpStream) {
    let _ = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(std::net::Shutdown::Both);
}

fn carry(mut client: TcpStream, mut server: TcpStream, passed: &AtomicU64, cut_after: u64) {
    let mut buffer = vec![0; 64 * 1024];
    let mut own = 0;
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        passed.fetch_add(count as u64, Ordering::SeqCst);
        own += count as u64;
        if own >= cut_after || server.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(std::net::Shutdown::Both);
    let _ = server.shutdown(std::net::Shutdown::Both);
}
