//! Bytes by reference: HTTP and OCI registries, credentials, TLS.
