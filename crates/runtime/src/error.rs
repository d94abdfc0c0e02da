//! What can go wrong between a bundle and a node's runtime, and text from the other side made fit to print.

use std::io;
use std::path::PathBuf;

use crate::find::Tried;

/// Why images could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No candidate answered.
    #[error("no usable container runtime on this node{}", tried_text(.tried))]
    NoRuntime {
        /// What was tried, in order, each with the reason.
        tried: Vec<Tried>,
    },
    /// An address that is not a unix socket.
    #[error("cannot use {address}: only unix sockets on this node are supported; give unix:///path or a path")]
    NotLocal {
        /// The address as it was given.
        address: String,
    },
    /// The socket does not accept connections.
    #[error("cannot connect to {}", .socket.display())]
    Connect {
        /// The socket.
        socket: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// containerd refused a call.
    #[error("containerd: {call} {subject}: {message} ({code})")]
    Containerd {
        /// Service and method.
        call: &'static str,
        /// The blob, image or snapshot that it was about.
        subject: String,
        /// The gRPC code in words.
        code: String,
        /// What containerd said.
        message: String,
    },
    /// docker refused a request.
    #[error("docker: {request}: {message} (HTTP {status})")]
    Docker {
        /// Method and path.
        request: String,
        /// The status code.
        status: u16,
        /// What docker said.
        message: String,
    },
    /// docker took the images and then reported a failure inside its answer.
    #[error("docker could not load the images: {message}")]
    DockerLoad {
        /// What docker said.
        message: String,
    },
    /// The connection broke while talking HTTP.
    #[error("docker: {request}: the connection broke")]
    DockerBroken {
        /// Method and path.
        request: String,
        /// What broke.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// docker speaks no API version that we speak.
    #[error("docker at {} speaks API {version}; at least {} is needed: upgrade docker", .socket.display(), crate::docker::OLDEST_API)]
    DockerVersion {
        /// The socket.
        socket: PathBuf,
        /// The version that it named.
        version: String,
    },
    /// docker said that it loaded an image, and then did not know it under its name.
    #[error("docker does not know {name} after loading it")]
    NotLoaded {
        /// The name.
        name: String,
    },
    /// The bundle could not be read.
    #[error("cannot read blob {digest} from the bundle")]
    Read {
        /// The blob.
        digest: String,
        /// What the system said.
        source: io::Error,
    },
    /// The bytes in the bundle are not those that the digest names.
    #[error("blob {digest} of the bundle is damaged: {message}; fetch the bundle again")]
    Damaged {
        /// The blob.
        digest: String,
        /// What the runtime said.
        message: String,
    },
    /// It was given up before it was done.
    #[error("interrupted")]
    Interrupted,
    /// Another program writes the same blob.
    #[error("blob {digest} is being written by another program; wait for it and run this again")]
    Busy {
        /// The blob.
        digest: String,
    },
    /// An image whose config cannot be unpacked.
    #[error("cannot unpack {image}: {reason}")]
    Unpack {
        /// The image's name or digest.
        image: String,
        /// Why, in one line.
        reason: String,
    },
}

fn tried_text(tried: &[Tried]) -> String {
    tried
        .iter()
        .map(|one| format!("\n  {}: {}", one.candidate, one.why))
        .collect()
}

/// The longest text of a runtime that gets into an error.
const LONGEST_FOREIGN_TEXT: usize = 500;

/// Text of a runtime without control characters and not longer than an error may be.
pub(crate) fn foreign_text(text: &str) -> String {
    let mut clean: String = text
        .trim()
        .chars()
        .map(|c| if is_unprintable(c) { ' ' } else { c })
        .take(LONGEST_FOREIGN_TEXT + 1)
        .collect();
    if clean.chars().count() > LONGEST_FOREIGN_TEXT {
        clean.pop();
        clean.push('…');
    }
    clean
}

fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_one_clean_line() {
        assert_eq!(foreign_text("a\x1b[31mb\nc\u{202e}d\n"), "a [31mb c d");
        assert_eq!(
            foreign_text(&"x".repeat(2000)).chars().count(),
            LONGEST_FOREIGN_TEXT + 1
        );
    }
}
