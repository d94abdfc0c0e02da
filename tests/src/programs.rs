//! Programs: ours, and the real ones that it is compared with.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The workspace's folder.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// A program with the environment that it runs in.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    environment: Vec<(String, String)>,
    folder: Option<PathBuf>,
}

/// How a program ended and what it printed.
#[derive(Debug, Clone)]
pub struct Output {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Program {
    /// A program at this path.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            environment: Vec::new(),
            folder: None,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same program with one more environment variable.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((key.to_owned(), value.as_ref().to_string_lossy().into_owned()));
        self
    }

    /// The same program in this working folder.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_path_buf());
        self
    }

    /// The command that runs it; nothing of the caller's Helm or Kubernetes settings reaches it.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let foreign = std::env::vars()
            .map(|(key, _)| key)
            .filter(|key| key.starts_with("HELM_") || key.starts_with("KUBE"));
        let mut command = Command::new(&self.path);
        for key in foreign {
            command.env_remove(key);
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
            .args(arguments)
            .envs(self.environment.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs it; nothing of the caller's Helm or Kubernetes settings reaches it.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self
            .command(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.path.display()));
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs it and expects success.
    ///
    /// # Panics
    /// When it fails; the message has the arguments and what it said.
    #[must_use]
    pub fn succeed(&self, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert!(
            output.code == 0,
            "{} {arguments:?} failed:\n{}",
            self.path.display(),
            output.stderr
        );
        output
    }
}

impl Program {
    /// The most memory in kilobytes that it has while it does this; `None` without `/usr/bin/time`.
    #[must_use]
    pub fn peak_memory(&self, arguments: &[&str]) -> Option<u64> {
        let output = Command::new("/usr/bin/time")
            .args(["-f", "%M"])
            .arg(&self.path)
            .args(arguments)
            .envs(self.environment.iter().map(|(key, value)| (key, value)))
            .output()
            .ok()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        said.lines().next_back()?.trim().parse().ok()
    }
}

/// The program under test: `IRONHELM_BIN`, else the one that this workspace builds.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn ironhelm() -> Program {
    build(&[])
}

/// The program under test, optimised: what is timed.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn ironhelm_release() -> Program {
    build(&["--release"])
}

fn build(profile: &[&str]) -> Program {
    if let Some(path) = std::env::var_os("IRONHELM_BIN") {
        return Program::new(path);
    }
    // The selection of the tests: with another one, cargo would build the dependencies again with other features.
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = Command::new(cargo)
        .args([
            "build",
            "-q",
            "--workspace",
            "--bin",
            "ironhelm",
            "--message-format=json-render-diagnostics",
        ])
        .args(profile)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        built.status.success(),
        "ironhelm does not build:\n{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let messages = String::from_utf8_lossy(&built.stdout).into_owned();
    let executable = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
        .expect("cargo names the executable");
    Program::new(executable)
}

/// The real programs.
#[derive(Debug, Clone)]
pub struct Oracles {
    /// The folder with everything that the scripts of `tests/oracles` brought.
    pub folder: PathBuf,
    /// helm 4.2.3.
    pub helm4: Program,
    /// helm 3.17.2.
    pub helm3: Program,
    /// kubectl 1.36.
    pub kubectl: Program,
}

impl Oracles {
    /// Finds them: `HELM4`, `HELM3`, `KUBECTL`, else in `IRONHELM_ORACLES` or the cache folder.
    ///
    /// # Errors
    /// What is missing, and the script that brings it.
    pub fn find() -> Result<Self, String> {
        let folder = oracle_folder();
        let program = |variable: &str, name: &str| {
            let path = std::env::var_os(variable).map_or_else(|| folder.join(name), PathBuf::from);
            if path.exists() {
                Ok(Program::new(path))
            } else {
                Err(format!(
                    "{} is not there: run tests/oracles/helm-oracles, or set {variable}",
                    path.display()
                ))
            }
        };
        Ok(Self {
            helm4: program("HELM4", "helm4")?,
            helm3: program("HELM3", "helm3")?,
            kubectl: program("KUBECTL", "kubectl")?,
            folder,
        })
    }
}

fn oracle_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("IRONHELM_ORACLES") {
        return PathBuf::from(folder);
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    cache.unwrap_or_else(home).join("ironhelm-oracles")
}
