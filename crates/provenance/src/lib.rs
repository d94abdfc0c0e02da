//! Provenance files: what `helm package --sign` writes and `helm verify` checks.
