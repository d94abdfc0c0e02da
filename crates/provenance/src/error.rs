//! What can be wrong with a signature and its surroundings; the texts are Helm's where Helm has one.

/// Why something cannot be verified or signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The keyring cannot be read.
    #[error("failed to load keyring: {reason}")]
    Keyring {
        /// Why.
        reason: String,
    },
    /// The provenance file cannot be read.
    #[error("could not load provenance file {path}: {reason}")]
    Load {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The chart's archive cannot be read.
    #[error("{reason}")]
    File {
        /// Operation, path and reason.
        reason: String,
    },
    /// A directory in place of an archive.
    #[error("unpacked charts cannot be verified")]
    Unpacked,
    /// A file that is no archive by its name.
    #[error("chart must be a tgz file")]
    NoArchive,
    /// The provenance file has no signed text.
    #[error("signature block not found")]
    NoSignature,
    /// The signature cannot be read.
    #[error("openpgp: {reason}")]
    Malformed {
        /// Why.
        reason: String,
    },
    /// No key of the keyring made the signature.
    #[error("openpgp: signature made by unknown entity")]
    UnknownSigner,
    /// The signature is not one of this text.
    #[error("openpgp: invalid signature: {reason}")]
    BadSignature {
        /// Why.
        reason: String,
    },
    /// The key must not be used any more.
    #[error("openpgp: the key {fingerprint} {reason}")]
    UnusableKey {
        /// The key.
        fingerprint: String,
        /// Why.
        reason: &'static str,
    },
    /// The signed text is not that of a chart.
    #[error("the signed text of the provenance file is not that of a chart: {reason}")]
    Content {
        /// Why.
        reason: String,
    },
    /// The file is not among the signed ones.
    #[error("provenance does not contain a SHA for a file named {name:?}")]
    FileNotSigned {
        /// The file.
        name: String,
    },
    /// The file is not the signed one.
    #[error("sha256 sum does not match for {name}: {expected:?} != {found:?}")]
    DigestMismatch {
        /// The file.
        name: String,
        /// The signed digest.
        expected: String,
        /// That of the file.
        found: String,
    },
    /// No secret key has the name.
    #[error("private key not found")]
    NoKey,
    /// More than one secret key has the name.
    #[error("more than one key contain the id {name:?}")]
    AmbiguousKey {
        /// The name.
        name: String,
    },
    /// The key has no secret part.
    #[error("provided key is not a private key. Try providing a keyring with secret keys")]
    PublicKey,
    /// The key cannot be unlocked, or cannot sign.
    #[error("openpgp: {reason}")]
    Sign {
        /// Why.
        reason: String,
    },
}
