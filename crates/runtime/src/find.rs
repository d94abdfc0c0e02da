//! Which runtime is on this node: kubelet's if there is one.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::containerd::Containerd;
use crate::docker::Docker;
use crate::error::Error;
use crate::images::{BlobSource, LoadImage};
use crate::plan::{LoadOptions, LoadOutcome, LoadPlan};
use crate::progress::Progress;

/// How long a socket may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A runtime that answers.
#[derive(Debug, Clone)]
pub enum Runtime {
    /// containerd.
    Containerd(Containerd),
    /// docker.
    Docker(Docker),
}

/// Which kind of runtime is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wanted {
    /// The one that kubelet uses, else one that is there.
    #[default]
    Auto,
    /// containerd.
    Containerd,
    /// docker.
    Docker,
}

/// What is known before looking: flags, environment variables, and where the file system begins.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The kind.
    pub wanted: Wanted,
    /// A socket that was named (a path or `unix://…`): no other is tried.
    pub socket: Option<String>,
    /// The value of `CONTAINERD_ADDRESS`.
    pub containerd_address: Option<String>,
    /// The value of `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// The value of `XDG_RUNTIME_DIR`, where a rootless docker listens.
    pub runtime_dir: Option<PathBuf>,
    /// The namespace that kubelet's containerd has.
    pub namespace: String,
    /// `/`, except in tests.
    pub root: PathBuf,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            wanted: Wanted::Auto,
            socket: None,
            containerd_address: None,
            docker_host: None,
            runtime_dir: None,
            namespace: "k8s.io".to_owned(),
            root: PathBuf::from("/"),
        }
    }
}

/// A kind of runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// containerd.
    Containerd,
    /// docker.
    Docker,
}

/// A place where a runtime may listen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// What is expected there.
    pub kind: Kind,
    /// The address: a path, or whatever the environment says.
    pub address: String,
    /// Where it comes from: `--socket`, a variable, kubelet's flags, a distribution.
    pub origin: &'static str,
    /// Whether it counts only if kubelet's namespace is there.
    pub only_for_kubelet: bool,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Containerd => "containerd",
            Kind::Docker => "docker",
        };
        write!(f, "{kind} at {} ({})", self.address, self.origin)
    }
}

/// A candidate that is of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The candidate.
    pub candidate: Candidate,
    /// Why, with the next step where there is one.
    pub why: String,
}

impl Runtime {
    /// Tries the candidates in order; the first that answers.
    ///
    /// # Errors
    /// [`Error::NoRuntime`] with everything that was tried; [`Error::NotLocal`] when the named socket is no socket.
    pub async fn find(surroundings: &Surroundings) -> Result<Self, Error> {
        if let Some(address) = &surroundings.socket {
            socket_path(address).ok_or_else(|| Error::NotLocal {
                address: address.clone(),
            })?;
        }
        let mut tried = Vec::new();
        for candidate in candidates(surroundings) {
            match probe(&candidate, &surroundings.namespace).await {
                Ok(runtime) => return Ok(runtime),
                Err(why) => tried.push(Tried { candidate, why }),
            }
        }
        Err(Error::NoRuntime {
            tried: without_repetitions(tried),
        })
    }

    /// `containerd` or `docker`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Containerd(_) => "containerd",
            Self::Docker(_) => "docker",
        }
    }

    /// Its socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        match self {
            Self::Containerd(containerd) => containerd.socket(),
            Self::Docker(docker) => docker.socket(),
        }
    }

    /// What loading these images would do. Writes nothing.
    ///
    /// # Errors
    /// When the runtime cannot be asked.
    pub async fn plan(&self, images: &[LoadImage], options: &LoadOptions) -> Result<LoadPlan, Error> {
        match self {
            Self::Containerd(containerd) => containerd.plan(images, options).await,
            Self::Docker(docker) => docker.plan(images, options).await,
        }
    }

    /// Carries out a plan; an empty one sends nothing.
    ///
    /// # Errors
    /// The first failure.
    pub async fn load(
        &self,
        plan: &LoadPlan,
        source: &Arc<dyn BlobSource>,
        options: &LoadOptions,
        progress: &dyn Progress,
    ) -> Result<LoadOutcome, Error> {
        match self {
            Self::Containerd(containerd) => containerd.load(plan, source, options, progress).await,
            Self::Docker(docker) => docker.load(plan, source, options, progress).await,
        }
    }
}

/// A candidate that is tried for kubelet and again for anybody is told once.
fn without_repetitions(tried: Vec<Tried>) -> Vec<Tried> {
    let mut told: Vec<Tried> = Vec::with_capacity(tried.len());
    for one in tried {
        let same = |earlier: &Tried| earlier.candidate.address == one.candidate.address && earlier.why == one.why;
        if !told.iter().any(same) {
            told.push(one);
        }
    }
    told
}

/// Where runtimes of distributions with a kubelet of their own listen.
const DISTRIBUTIONS: [(&str, &str); 3] = [
    ("run/k3s/containerd/containerd.sock", "k3s or RKE2"),
    ("run/k0s/containerd.sock", "k0s"),
    ("var/snap/microk8s/common/run/containerd.sock", "MicroK8s"),
];
const CONTAINERD: &str = "run/containerd/containerd.sock";
const DOCKER: &str = "run/docker.sock";

/// The places to try, in order. What somebody named comes first and, when the kind is named too, alone; then what kubelet uses.
pub fn candidates(surroundings: &Surroundings) -> Vec<Candidate> {
    let mut found = match (&surroundings.socket, surroundings.wanted) {
        (Some(socket), _) => named_socket(socket),
        (None, Wanted::Auto) => automatic(surroundings),
        (None, Wanted::Containerd) => any_containerd(surroundings),
        (None, Wanted::Docker) => any_docker(surroundings),
    };
    match surroundings.wanted {
        Wanted::Auto => {}
        Wanted::Containerd => found.retain(|candidate| candidate.kind == Kind::Containerd),
        Wanted::Docker => found.retain(|candidate| candidate.kind == Kind::Docker),
    }
    found
}

fn candidate(kind: Kind, address: impl Into<String>, origin: &'static str) -> Candidate {
    Candidate {
        kind,
        address: address.into(),
        origin,
        only_for_kubelet: false,
    }
}

/// A named socket may be either; its name tells which is likelier.
fn named_socket(socket: &str) -> Vec<Candidate> {
    let mut kinds = [Kind::Containerd, Kind::Docker];
    if socket.contains("docker") && !socket.contains("containerd") {
        kinds.reverse();
    }
    kinds.map(|kind| candidate(kind, socket, "--socket")).into()
}

fn automatic(surroundings: &Surroundings) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    found.extend(containerd_address(surroundings));
    found.extend(kubelets_own(surroundings));
    found.extend(distributions(surroundings));
    found.push(Candidate {
        only_for_kubelet: true,
        ..default_containerd(surroundings)
    });
    found.extend(docker_host(surroundings));
    found.extend(default_dockers(surroundings));
    found.push(default_containerd(surroundings));
    found
}

fn any_containerd(surroundings: &Surroundings) -> Vec<Candidate> {
    if let Some(named) = containerd_address(surroundings) {
        return vec![named];
    }
    let mut found: Vec<Candidate> = kubelets_own(surroundings).into_iter().collect();
    found.extend(distributions(surroundings));
    found.push(default_containerd(surroundings));
    found
}

fn any_docker(surroundings: &Surroundings) -> Vec<Candidate> {
    docker_host(surroundings).map_or_else(|| default_dockers(surroundings), |named| vec![named])
}

fn containerd_address(surroundings: &Surroundings) -> Option<Candidate> {
    let address = surroundings
        .containerd_address
        .as_ref()
        .filter(|address| !address.is_empty())?;
    Some(candidate(Kind::Containerd, address, "CONTAINERD_ADDRESS"))
}

fn docker_host(surroundings: &Surroundings) -> Option<Candidate> {
    let address = surroundings
        .docker_host
        .as_ref()
        .filter(|address| !address.is_empty())?;
    Some(candidate(Kind::Docker, address, "DOCKER_HOST"))
}

fn distributions(surroundings: &Surroundings) -> impl Iterator<Item = Candidate> {
    DISTRIBUTIONS
        .map(|(path, origin)| candidate(Kind::Containerd, under(surroundings, path), origin))
        .into_iter()
}

fn default_containerd(surroundings: &Surroundings) -> Candidate {
    candidate(Kind::Containerd, under(surroundings, CONTAINERD), "its default")
}

fn default_dockers(surroundings: &Surroundings) -> Vec<Candidate> {
    let mut found = vec![candidate(Kind::Docker, under(surroundings, DOCKER), "its default")];
    if let Some(folder) = &surroundings.runtime_dir {
        let path = folder.join("docker.sock").display().to_string();
        found.push(candidate(Kind::Docker, path, "rootless"));
    }
    found
}

fn under(surroundings: &Surroundings, path: &str) -> String {
    surroundings.root.join(path).display().to_string()
}

/// Files in which kubelet is told its runtime.
const KUBELET_FILES: [&str; 4] = [
    "var/lib/kubelet/kubeadm-flags.env",
    "var/lib/kubelet/config.yaml",
    "etc/default/kubelet",
    "etc/sysconfig/kubelet",
];
/// More than such a file has.
const LARGEST_KUBELET_FILE: u64 = 1 << 20;

fn kubelets_own(surroundings: &Surroundings) -> Option<Candidate> {
    let endpoint = KUBELET_FILES
        .iter()
        .find_map(|path| kubelet_endpoint(&read_small(&surroundings.root.join(path))?))?;
    if endpoint.ends_with("cri-dockerd.sock") || endpoint.ends_with("dockershim.sock") {
        return Some(candidate(
            Kind::Docker,
            under(surroundings, DOCKER),
            "kubelet's cri-dockerd",
        ));
    }
    Some(candidate(Kind::Containerd, endpoint, "kubelet's settings"))
}

fn read_small(path: &Path) -> Option<String> {
    let size = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?.len();
    (size <= LARGEST_KUBELET_FILE).then(|| std::fs::read_to_string(path).ok())?
}

/// The endpoint in kubelet's flags or configuration.
fn kubelet_endpoint(text: &str) -> Option<String> {
    ["--container-runtime-endpoint=", "containerRuntimeEndpoint:"]
        .iter()
        .find_map(|key| {
            let (_, value) = text.split_once(key)?;
            let value = value.trim_start_matches(' ').split_whitespace().next()?;
            let value = value.trim_matches(['"', '\'']);
            (!value.is_empty()).then(|| value.to_owned())
        })
}

/// The path of a unix socket's address.
fn socket_path(address: &str) -> Option<PathBuf> {
    let path = match address.split_once("://") {
        Some(("unix", path)) => path,
        Some(_) => return None,
        None => address.strip_prefix("unix:").unwrap_or(address),
    };
    (!path.is_empty()).then(|| PathBuf::from(path))
}

/// Whether there is what is expected; why not, in a line.
async fn probe(candidate: &Candidate, namespace: &str) -> Result<Runtime, String> {
    if candidate.address.ends_with("crio.sock") {
        return Err("CRI-O takes no images from archives: push them to a registry instead".to_owned());
    }
    let Some(socket) = socket_path(&candidate.address) else {
        return Err("only unix sockets on this node are supported".to_owned());
    };
    let answer = tokio::time::timeout(PATIENCE, connect(candidate, &socket, namespace)).await;
    answer.unwrap_or_else(|_| Err(format!("no answer within {} seconds", PATIENCE.as_secs())))
}

async fn connect(candidate: &Candidate, socket: &Path, namespace: &str) -> Result<Runtime, String> {
    match candidate.kind {
        Kind::Docker => Docker::connect(socket)
            .await
            .map(Runtime::Docker)
            .map_err(|error| why(&error)),
        Kind::Containerd => {
            let containerd = Containerd::connect(socket).await.map_err(|error| why(&error))?;
            let wanted = !candidate.only_for_kubelet
                || containerd.has_namespace(namespace).await.map_err(|error| why(&error))?;
            if wanted {
                Ok(Runtime::Containerd(containerd))
            } else {
                Err(format!("kubelet does not use it: it has no namespace {namespace}"))
            }
        }
    }
}

fn why(error: &Error) -> String {
    let Error::Connect { source, .. } = error else {
        return format!("no answer: {error}");
    };
    match source.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied: run as root".to_owned(),
        io::ErrorKind::ConnectionRefused => "nobody listens there: the service is stopped".to_owned(),
        _ => source.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(surroundings: &Surroundings) -> Vec<String> {
        candidates(surroundings)
            .into_iter()
            .map(|candidate| candidate.to_string())
            .collect()
    }

    fn in_folder(name: &str) -> Surroundings {
        let root = std::env::temp_dir().join(format!("ironhelm-find-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(root.join("var/lib/kubelet")).unwrap();
        std::fs::create_dir_all(root.join("run")).unwrap();
        Surroundings {
            root,
            ..Surroundings::default()
        }
    }

    #[test]
    fn kubelets_runtime_comes_before_docker() {
        let surroundings = Surroundings {
            root: PathBuf::from("/nowhere"),
            docker_host: Some("tcp://other:2375".to_owned()),
            runtime_dir: Some(PathBuf::from("/run/user/7")),
            ..Surroundings::default()
        };
        assert_eq!(
            addresses(&surroundings),
            [
                "containerd at /nowhere/run/k3s/containerd/containerd.sock (k3s or RKE2)",
                "containerd at /nowhere/run/k0s/containerd.sock (k0s)",
                "containerd at /nowhere/var/snap/microk8s/common/run/containerd.sock (MicroK8s)",
                "containerd at /nowhere/run/containerd/containerd.sock (its default)",
                "docker at tcp://other:2375 (DOCKER_HOST)",
                "docker at /nowhere/run/docker.sock (its default)",
                "docker at /run/user/7/docker.sock (rootless)",
                "containerd at /nowhere/run/containerd/containerd.sock (its default)",
            ]
        );
    }

    #[test]
    fn a_named_socket_is_the_only_one() {
        let mut surroundings = Surroundings {
            socket: Some("/run/docker.sock".to_owned()),
            ..Surroundings::default()
        };
        assert_eq!(
            addresses(&surroundings),
            [
                "docker at /run/docker.sock (--socket)",
                "containerd at /run/docker.sock (--socket)"
            ]
        );
        surroundings.wanted = Wanted::Containerd;
        assert_eq!(addresses(&surroundings), ["containerd at /run/docker.sock (--socket)"]);
    }

    #[test]
    fn kubelets_flags_tell_its_runtime() {
        let flags = "KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=unix:///run/c.sock --pod-infra=x\"\n";
        assert_eq!(kubelet_endpoint(flags).as_deref(), Some("unix:///run/c.sock"));
        let config = "kind: KubeletConfiguration\ncontainerRuntimeEndpoint: \"unix:///run/d.sock\"\n";
        assert_eq!(kubelet_endpoint(config).as_deref(), Some("unix:///run/d.sock"));
        assert_eq!(kubelet_endpoint("containerRuntimeEndpoint: \"\"\n"), None);

        let surroundings = in_folder("flags");
        let file = surroundings.root.join(KUBELET_FILES[0]);
        std::fs::write(
            file,
            "X=\"--container-runtime-endpoint=unix:///var/run/cri-dockerd.sock\"",
        )
        .unwrap();
        assert!(addresses(&surroundings)[0].ends_with("run/docker.sock (kubelet's cri-dockerd)"));
    }

    #[tokio::test]
    async fn the_error_lists_what_was_tried_and_why() {
        let mut surroundings = in_folder("error");
        surroundings.docker_host = Some("tcp://10.0.0.1:2375".to_owned());
        let root = surroundings.root.display().to_string();
        drop(std::os::unix::net::UnixListener::bind(surroundings.root.join(DOCKER)).unwrap());
        let error = Runtime::find(&surroundings).await.unwrap_err();
        assert_eq!(
            error.to_string().replace(&root, ""),
            "no usable container runtime on this node\n  \
             containerd at /run/k3s/containerd/containerd.sock (k3s or RKE2): no such file\n  \
             containerd at /run/k0s/containerd.sock (k0s): no such file\n  \
             containerd at /var/snap/microk8s/common/run/containerd.sock (MicroK8s): no such file\n  \
             containerd at /run/containerd/containerd.sock (its default): no such file\n  \
             docker at tcp://10.0.0.1:2375 (DOCKER_HOST): only unix sockets on this node are supported\n  \
             docker at /run/docker.sock (its default): nobody listens there: the service is stopped"
        );
    }

    #[tokio::test]
    async fn a_named_address_that_is_no_socket_is_refused() {
        let surroundings = Surroundings {
            socket: Some("tcp://10.0.0.1:2375".to_owned()),
            ..Surroundings::default()
        };
        let error = Runtime::find(&surroundings).await.unwrap_err();
        assert!(matches!(error, Error::NotLocal { address } if address == "tcp://10.0.0.1:2375"));
    }

    #[test]
    fn denied_access_says_what_to_do() {
        let error = Error::Connect {
            socket: PathBuf::from("/run/docker.sock"),
            source: io::ErrorKind::PermissionDenied.into(),
        };
        assert_eq!(why(&error), "permission denied: run as root");
    }
}
