//! Container images in archives: references, digests, manifests, and reading docker archives and OCI layouts where they lie.
