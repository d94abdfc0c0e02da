//! The programs that keep credentials for docker: `docker-credential-<name> get|store|erase`.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::text::clean;
use crate::{Credentials, Error};

/// The user name that marks the secret as an identity token.
const TOKEN_USER: &str = "<token>";
const NOT_FOUND: &str = "credentials not found in native keychain";
const PATIENCE: Duration = Duration::from_secs(120);
const MAX_OUTPUT: u64 = 1 << 20;

pub(super) struct Helper {
    program: PathBuf,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

impl Helper {
    /// The helper called `name`, which must be a plain word: it becomes part of a program's name.
    pub(super) fn new(name: &str, directory: Option<&Path>) -> Result<Self, Error> {
        let program = format!("docker-credential-{name}");
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || !name.chars().all(word) {
            return Err(Error::CredentialHelper {
                helper: clean(&program),
                action: "get",
                reason: "not the name of a helper".to_owned(),
            });
        }
        let path = directory
            .map(|directory| directory.join(&program))
            .filter(|path| path.is_file());
        Ok(Self {
            program: path.unwrap_or_else(|| program.clone().into()),
            name: program,
        })
    }

    pub(super) async fn get(&self, server: &str) -> Result<Option<Credentials>, Error> {
        let output = self.run("get", server.as_bytes()).await?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            if text.trim() == NOT_FOUND {
                return Ok(None);
            }
            return Err(self.failed("get", text.trim()));
        }
        let answer: Answer =
            serde_json::from_slice(&output.stdout).map_err(|error| self.failed("get", &error.to_string()))?;
        Ok(match answer.username.as_str() {
            "" if answer.secret.is_empty() => None,
            TOKEN_USER => Some(Credentials::IdentityToken(answer.secret)),
            _ => Some(Credentials::basic(answer.username, answer.secret)),
        })
    }

    pub(super) async fn store(&self, server: &str, credentials: &Credentials) -> Result<(), Error> {
        let (username, secret) = match credentials {
            Credentials::Basic { username, password } => (username.as_str(), password),
            Credentials::IdentityToken(token) | Credentials::AccessToken(token) => (TOKEN_USER, token),
        };
        let input = serde_json::json!({ "ServerURL": server, "Username": username, "Secret": secret });
        self.succeed("store", input.to_string().as_bytes()).await
    }

    pub(super) async fn erase(&self, server: &str) -> Result<(), Error> {
        self.succeed("erase", server.as_bytes()).await
    }

    async fn succeed(&self, action: &'static str, input: &[u8]) -> Result<(), Error> {
        let output = self.run(action, input).await?;
        let text = String::from_utf8_lossy(&output.stdout);
        if output.status.success() || text.trim() == NOT_FOUND {
            Ok(())
        } else {
            Err(self.failed(action, text.trim()))
        }
    }

    async fn run(&self, action: &'static str, input: &[u8]) -> Result<Output, Error> {
        let child = Command::new(&self.program)
            .arg(action)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| self.failed(action, &error.to_string()))?;
        match tokio::time::timeout(PATIENCE, converse(child, input)).await {
            Ok(output) => output.map_err(|error| self.failed(action, &error.to_string())),
            Err(_) => Err(self.failed(action, "no answer")),
        }
    }

    fn failed(&self, action: &'static str, reason: &str) -> Error {
        Error::CredentialHelper {
            helper: self.name.clone(),
            action,
            reason: clean(reason),
        }
    }
}

/// Writes the input, reads a bounded output, and waits for the end.
async fn converse(mut child: Child, input: &[u8]) -> std::io::Result<Output> {
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that does not read its input says so in its exit status.
        let _ = stdin.write_all(input).await;
    }
    let mut stdout = Vec::new();
    if let Some(pipe) = child.stdout.take() {
        pipe.take(MAX_OUTPUT).read_to_end(&mut stdout).await?;
    }
    Ok(Output {
        status: child.wait().await?,
        stdout,
        stderr: Vec::new(),
    })
}
