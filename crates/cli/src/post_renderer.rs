//! Post-renderers: programs of the user that rewrite what templates wrote.
//!
//! The name is that of a plugin of the type `postrenderer/v1` in one of the directories of `HELM_PLUGINS`, or else a
//! program: a path, or a name in `PATH`.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ironhelm::{Surroundings, System};
use serde::Deserialize;

use crate::failure::Failure;
use crate::inputs;
use crate::settings::Settings;

/// A program, and the machine otherwise.
#[derive(Debug)]
pub(crate) struct PostRenderer {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(&'static str, OsString)>,
}

impl PostRenderer {
    /// Finds the plugin or the program called `name`.
    pub(crate) fn find(name: &str, arguments: &[String], settings: &Settings) -> Result<Self, Failure> {
        if let Some((directory, plugin)) = find_plugin(name, &settings.homes.plugins) {
            return Self::of_plugin(name, &directory, &plugin, arguments)
                .ok_or_else(|| Failure::new(format!("plugin {name:?} has no command for this system")));
        }
        let program = find_program(name).ok_or_else(|| {
            let shown = format!("plugin: {{Name:{name} Type:postrenderer/v1}} not found");
            Failure::new(format!(
                "invalid argument {name:?} for \"--post-renderer\" flag: {shown}"
            ))
            .hint("it is the name of a plugin below HELM_PLUGINS, the path of a program, or a program in PATH")
        })?;
        Ok(Self {
            name: name.to_owned(),
            program,
            arguments: arguments.to_vec(),
            environment: Vec::new(),
        })
    }

    fn of_plugin(name: &str, directory: &Path, plugin: &Plugin, arguments: &[String]) -> Option<Self> {
        let command = plugin
            .runtime_config
            .platform_command
            .iter()
            .find(|command| command.fits())?;
        let shown = directory.display().to_string();
        let filled = |text: &str| {
            text.replace("${HELM_PLUGIN_DIR}", &shown)
                .replace("$HELM_PLUGIN_DIR", &shown)
        };
        let mut words = command.command.split_whitespace().map(filled);
        let program = PathBuf::from(words.next()?);
        let own = words.chain(command.args.iter().map(|argument| filled(argument)));
        Some(Self {
            name: name.to_owned(),
            program,
            arguments: own.chain(arguments.iter().cloned()).collect(),
            environment: vec![("HELM_PLUGIN_DIR", directory.into()), ("HELM_PLUGIN_NAME", name.into())],
        })
    }

    fn run(&self, documents: &str) -> Result<String, String> {
        let failed = |error: std::io::Error| format!("{}: {}", self.program.display(), inputs::reason(&error));
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let input = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // A program that does not read all of its input may still have something to say.
            scope.spawn(move || input.map(|mut input| input.write_all(documents.as_bytes())));
            child.wait_with_output()
        });
        let output = output.map_err(failed)?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "error while running command {}. error output:\n{told}: {}",
                self.program.display(),
                output.status
            ));
        }
        let text = String::from_utf8(output.stdout).map_err(|error| error.to_string())?;
        if text.trim().is_empty() {
            return Err(format!("post-renderer {:?} produced empty output", self.name));
        }
        Ok(text)
    }
}

impl Surroundings for PostRenderer {
    fn now(&self) -> jiff::Timestamp {
        System.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        System.random(bytes);
    }

    fn resolve_host(&self, name: &str) -> Option<String> {
        System.resolve_host(name)
    }

    fn post_renders(&self) -> bool {
        true
    }

    fn post_render(&self, documents: &str) -> Result<String, String> {
        self.run(documents)
    }
}

/// `plugin.yaml`, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Plugin {
    name: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    runtime_config: RuntimeConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuntimeConfig {
    #[serde(default)]
    platform_command: Vec<PlatformCommand>,
}

#[derive(Debug, Deserialize)]
struct PlatformCommand {
    #[serde(default)]
    os: String,
    #[serde(default)]
    arch: String,
    command: String,
    #[serde(default)]
    args: Vec<String>,
}

impl PlatformCommand {
    fn fits(&self) -> bool {
        let arch = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        (self.os.is_empty() || self.os == os) && (self.arch.is_empty() || self.arch == arch)
    }
}

fn find_plugin(name: &str, directories: &Path) -> Option<(PathBuf, Plugin)> {
    let installed = std::env::split_paths(directories)
        .filter_map(|directory| std::fs::read_dir(directory).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()));
    let mut found: Vec<(PathBuf, Plugin)> = installed
        .filter_map(|directory| {
            let text = std::fs::read(directory.join("plugin.yaml")).ok()?;
            let plugin: Plugin = serde_json::from_value(ironhelm_yaml::decode(&text).ok()?).ok()?;
            (plugin.name == name && plugin.kind == "postrenderer/v1").then_some((directory, plugin))
        })
        .collect();
    found.sort_by(|left, right| left.0.cmp(&right.0));
    found.into_iter().next()
}

fn find_program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return std::path::absolute(name).ok().filter(|path| path.is_file());
    }
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths)
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
}
