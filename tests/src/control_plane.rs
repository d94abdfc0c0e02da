//! A real Kubernetes control plane on loopback, ended when it is dropped.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::programs::{Oracles, Program, root};

/// A control plane, started by us or given in the environment.
#[derive(Debug)]
pub struct ControlPlane {
    kubeconfig: PathBuf,
    started_in: Option<PathBuf>,
    kubectl: Program,
}

impl ControlPlane {
    /// The cluster of `variable` if that names a kubeconfig, else a new one.
    ///
    /// # Errors
    /// Why there is none, in words that say what to do.
    pub fn get(variable: &str, oracles: &Oracles) -> Result<Self, String> {
        if let Some(kubeconfig) = std::env::var_os(variable) {
            return Ok(Self::new(PathBuf::from(kubeconfig), None, oracles));
        }
        if !oracles.folder.join("controlplane").exists() {
            return Err(format!(
                "no control plane: run tests/oracles/controlplane/build.sh (needs Go), or set {variable} to a kubeconfig"
            ));
        }
        let folder = std::env::temp_dir().join(format!("ironhelm-{}-{}", std::process::id(), variable.to_lowercase()));
        let script = root().join("tests/oracles/controlplane/cluster.sh");
        let started = Command::new("bash")
            .arg(&script)
            .arg("up")
            .arg(&folder)
            .env("IRONHELM_ORACLES", &oracles.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .map_err(|error| format!("{} does not run: {error}", script.display()))?;
        let plane = Self::new(folder.join("kubeconfig"), Some(folder), oracles);
        if started.success() {
            Ok(plane)
        } else {
            Err("the control plane does not start".to_owned())
        }
    }

    fn new(kubeconfig: PathBuf, started_in: Option<PathBuf>, oracles: &Oracles) -> Self {
        let kubectl = oracles.kubectl.clone().with("KUBECONFIG", &kubeconfig);
        Self {
            kubeconfig,
            started_in,
            kubectl,
        }
    }

    /// Whether we started it: then everything in it is ours to delete.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.started_in.is_some()
    }

    /// Its kubeconfig.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// `program` on this cluster.
    #[must_use]
    pub fn with(&self, program: &Program) -> Program {
        program.clone().with("KUBECONFIG", &self.kubeconfig)
    }

    /// kubectl on this cluster.
    #[must_use]
    pub fn kubectl(&self) -> &Program {
        &self.kubectl
    }

    /// Every listable kind, as kubectl names it, but those that controllers write by themselves.
    #[must_use]
    pub fn kinds(&self) -> Vec<String> {
        const CONTROLLERS_OWN: &[&str] = &[
            "events",
            "leases",
            "endpoints",
            "endpointslices",
            "pods",
            "replicasets",
            "controllerrevisions",
            "nodes",
            "componentstatuses",
            "apiservices",
            "csinodes",
            "flowschemas",
            "prioritylevelconfigurations",
            "priorityclasses",
            "runtimeclasses",
            "volumeattachments",
            "ipaddresses",
            "servicecidrs",
            "certificatesigningrequests",
            "deviceclasses",
        ];
        let listed = self
            .kubectl
            .succeed(&["api-resources", "--verbs=list", "-o", "name", "--cached=false"])
            .stdout;
        let own = |name: &str| CONTROLLERS_OWN.contains(&name.split('.').next().unwrap_or_default());
        listed.lines().filter(|name| !own(name)).map(str::to_owned).collect()
    }

    /// Every object of these kinds, with its managed fields.
    #[must_use]
    pub fn objects(&self, kinds: &[String]) -> Vec<Value> {
        let names = kinds.join(",");
        let listed = self
            .kubectl
            .succeed(&["get", &names, "-A", "-o", "json", "--show-managed-fields"])
            .stdout;
        let list: Value = serde_json::from_str(&listed).unwrap_or_default();
        list["items"].as_array().cloned().unwrap_or_default()
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        let Some(folder) = &self.started_in else { return };
        let script = root().join("tests/oracles/controlplane/cluster.sh");
        let _ = Command::new("bash").arg(script).arg("down").arg(folder).status();
        let _ = std::fs::remove_dir_all(folder);
    }
}
