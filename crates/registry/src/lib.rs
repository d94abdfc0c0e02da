//! Bytes by reference: HTTP and OCI registries, credentials, TLS.
//!
//! - [`transport`]: one HTTP client for one set of TLS and proxy settings; credentials are bound to an [`Origin`].
//! - [`reference`]: `oci://host/path/name:tag@digest` as helm reads it.
//! - [`credentials`]: docker's `config.json` and the `docker-credential-*` helpers.
//! - [`oci`]: the distribution protocol: manifests, blobs, tags, resumable uploads.
//! - [`chart`]: helm charts as OCI artefacts.
//! - [`login`]: the two operations that change stored credentials.
//!
//! Nothing here reads environment variables, starts a runtime or prints: proxies, paths of configuration files and the
//! list of trusted token servers come in as plain data.

mod body;
pub mod chart;
pub mod credentials;
pub mod error;
pub mod login;
pub mod oci;
pub mod origin;
pub mod reference;
pub mod text;
pub mod transport;

pub use credentials::CredentialStore;
pub use error::{Error, TlsProblem};
pub use oci::{Registry, RegistryOptions};
pub use origin::Origin;
pub use reference::OciReference;
pub use transport::{Access, Credentials, Transport, TransportOptions};
