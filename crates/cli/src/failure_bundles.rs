//! How commands on bundles fail.

use std::io;

use ironhelm::NodeLoadError;
use ironhelm::bundle::source::OpenError;
use ironhelm::runtime::Error as RuntimeError;

use crate::failure::{Exit, Failure};

impl Failure {
    /// A bundle that cannot be opened.
    pub(crate) fn bundle(error: &OpenError) -> Self {
        let failure = Self::of(error);
        match error {
            OpenError::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => failure.exit(Exit::NoBundle),
            OpenError::Read { .. } | OpenError::TooMuch { .. } => failure,
            OpenError::Inflate { source, .. } if source.kind() == io::ErrorKind::Unsupported => {
                failure.hint("unpack it, or compress it with gzip or zstd")
            }
            OpenError::NoBundle { .. } => failure.exit(Exit::NoBundle).hint(
                "name a *.bundle.tar, a directory of them, an unpacked bundle (with hints.yaml and original-chart), \
                 or an images.tar",
            ),
            OpenError::Compressed { .. } | OpenError::Scratch { .. } => {
                failure.hint("TMPDIR names a directory with room for an inflated copy")
            }
            _ => failure.exit(Exit::Damaged).hint("fetch the bundle again"),
        }
    }

    /// Images that cannot be loaded into a runtime.
    pub(crate) fn node_load(error: &NodeLoadError) -> Self {
        let failure = Self::of(error);
        match error {
            NodeLoadError::NoImages { .. } => failure.exit(Exit::NoBundle),
            NodeLoadError::NoPlatform { .. } => failure.hint("--platform takes images of another platform"),
            NodeLoadError::NewName { .. } => failure.hint("check --registry, --repository and their like"),
            NodeLoadError::Collision(_) => failure.exit(Exit::Conflict).hint(
                "--prefix-registry and --prefix-repository keep the whole name of an image; --repository only its last part",
            ),
            NodeLoadError::Runtime(cause) => failure.runtime(cause),
        }
    }

    fn runtime(self, error: &RuntimeError) -> Self {
        match error {
            RuntimeError::NoRuntime { .. } | RuntimeError::Connect { .. } => self
                .exit(Exit::Unreachable)
                .hint("--socket names the runtime's socket, --runtime its kind; DOCKER_HOST and CONTAINERD_ADDRESS do as well"),
            RuntimeError::NotLocal { .. } | RuntimeError::DockerVersion { .. } => self.exit(Exit::Unreachable),
            RuntimeError::Read { .. } | RuntimeError::Damaged { .. } => self.exit(Exit::Damaged),
            RuntimeError::Interrupted => self,
            _ => self.exit(Exit::Refused),
        }
    }
}
