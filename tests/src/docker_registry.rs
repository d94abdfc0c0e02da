//! Debian's `docker-registry` on loopback, ended when it is dropped.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::programs::root;

/// The user of the registry, and a password that must be quoted wherever it goes.
pub const USER: (&str, &str) = ("u", "p:w\"<>");

/// A registry that knows one user.
#[derive(Debug)]
pub struct DockerRegistry {
    /// `host:port`
    pub host: String,
    process: Child,
}

impl DockerRegistry {
    /// Starts one that keeps its data in `folder`; with the name of a certificate of the test data it speaks TLS.
    ///
    /// # Errors
    /// What is not installed.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(folder: &Path, certificate: Option<&str>) -> Result<Self, String> {
        let users = Command::new("htpasswd").args(["-Bbn", USER.0, USER.1]).output();
        let users = users.map_err(|_| "htpasswd is not installed".to_owned())?.stdout;
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let host = listener.local_addr().expect("an address").to_string();
        drop(listener);
        let folder = folder.join(host.replace(':', "-"));
        std::fs::create_dir_all(&folder).expect("a writable folder");
        std::fs::write(folder.join("users"), users).expect("a writable folder");
        let configuration = folder.join("config.yml");
        std::fs::write(&configuration, text(&folder, &host, certificate)).expect("a writable folder");
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(&configuration)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| "docker-registry is not installed".to_owned())?;
        let registry = Self { host, process };
        registry.wait();
        Ok(registry)
    }

    fn wait(&self) {
        for _ in 0..100 {
            if TcpStream::connect(&self.host).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the registry does not come up");
    }
}

impl Drop for DockerRegistry {
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

fn text(folder: &Path, host: &str, certificate: Option<&str>) -> String {
    let encrypted = certificate.map_or_else(String::new, |name| {
        let file = |extension: &str| tls(&format!("{name}.{extension}")).display().to_string();
        format!(", tls: {{certificate: {}, key: {}}}", file("pem"), file("key"))
    });
    let (data, users) = (folder.join("data"), folder.join("users"));
    format!(
        "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"{host}\"{encrypted}}}\n\
         auth: {{htpasswd: {{realm: x, path: {}}}}}\nlog: {{level: error, accesslog: {{disabled: true}}}}\n",
        data.display(),
        users.display()
    )
}
