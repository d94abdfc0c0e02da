//! Who signed an archive, and whether it is still that archive.

use std::collections::BTreeMap;

use pgp::composed::{CleartextSignedMessage, SignedPublicKey};
use pgp::packet::Signature;
use pgp::types::{KeyDetails, VerifyingKey};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::keyring::Keyring;

/// The most bytes of a provenance file.
const MAX_BYTES: usize = 5 << 20;
/// CVE-2023-46737 and its kin: the most signatures that are looked at.
const MAX_SIGNATURES: usize = 16;

/// A provenance file that was read, but not verified.
#[derive(Debug)]
pub struct Provenance {
    message: CleartextSignedMessage,
}

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The user ids of the key. Helm: `Signed by: <id>`, one line each.
    pub signed_by: Vec<String>,
    /// The fingerprint of the key in upper case. Helm: `Using Key With Fingerprint: <fingerprint>`.
    pub fingerprint: String,
    /// `sha256:` and the digest of the archive. Helm: `Chart Hash Verified: <digest>`.
    pub digest: String,
    /// The name of the archive.
    pub file_name: String,
}

impl Verified {
    /// The lines that `helm verify` prints.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.signed_by.iter().map(|id| format!("Signed by: {id}")).collect();
        lines.push(format!("Using Key With Fingerprint: {}", self.fingerprint));
        lines.push(format!("Chart Hash Verified: {}", self.digest));
        lines
    }
}

impl Provenance {
    /// Reads a provenance file.
    ///
    /// # Errors
    /// [`Error::NoSignature`] where there is no clear-signed text, also for an empty file.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(text).map_err(|_| Error::NoSignature)?;
        let start = text
            .find("-----BEGIN PGP SIGNED MESSAGE-----")
            .ok_or(Error::NoSignature)?;
        if text.len() > MAX_BYTES || !text.contains("-----BEGIN PGP SIGNATURE-----") {
            return Err(Error::NoSignature);
        }
        let (message, _) = CleartextSignedMessage::from_string(&text[start..]).map_err(|error| Error::Malformed {
            reason: one_line(&error),
        })?;
        Ok(Self { message })
    }

    /// Verifies the signature with `keyring`, and that `archive` is the signed file called `file_name`.
    ///
    /// # Errors
    /// [`Error`]; anything that is not certain is one.
    pub fn verify(&self, keyring: &Keyring, file_name: &str, archive: &[u8]) -> Result<Verified, Error> {
        let key = self.signer(keyring)?;
        // What is looked at is the text that was signed, not the one in the file.
        let files = signed_files(&self.message.signed_text())?;
        let expected = files.get(file_name).ok_or_else(|| Error::FileNotSigned {
            name: file_name.to_owned(),
        })?;
        let found = format!("sha256:{}", hex(&Sha256::digest(archive)));
        if *expected != found {
            return Err(Error::DigestMismatch {
                name: file_name.to_owned(),
                expected: expected.clone(),
                found,
            });
        }
        Ok(Verified {
            signed_by: user_ids(key),
            fingerprint: fingerprint(key),
            digest: found,
            file_name: file_name.to_owned(),
        })
    }

    /// The key that made a signature which is right.
    fn signer<'k>(&self, keyring: &'k Keyring) -> Result<&'k SignedPublicKey, Error> {
        let text = self.message.signed_text();
        let mut failure = Error::UnknownSigner;
        for signature in self.message.signatures().iter().take(MAX_SIGNATURES) {
            for key in &keyring.public {
                match check(key, signature, text.as_bytes()) {
                    Check::Good => return usable(key, signature).map(|()| key),
                    Check::Bad(reason) => failure = Error::BadSignature { reason },
                    Check::NotMine => {}
                }
            }
        }
        Err(failure)
    }
}

enum Check {
    Good,
    Bad(String),
    NotMine,
}

/// Tries the primary key and the subkeys that may sign for it.
fn check(key: &SignedPublicKey, signature: &Signature, text: &[u8]) -> Check {
    let primary = &key.primary_key;
    if issued_by(signature, primary) {
        return verdict(signature, primary, text);
    }
    let mut subkeys = key.public_subkeys.iter();
    let Some(subkey) = subkeys.find(|subkey| issued_by(signature, &subkey.key)) else {
        return Check::NotMine;
    };
    let may_sign = subkey.signatures.iter().any(|binding| binding.key_flags().sign());
    if !may_sign || subkey.verify_bindings(primary).is_err() {
        return Check::Bad("the subkey is not bound to its key for signing".to_owned());
    }
    verdict(signature, &subkey.key, text)
}

fn issued_by(signature: &Signature, key: &impl KeyDetails) -> bool {
    let fingerprints = signature.issuer_fingerprint();
    if !fingerprints.is_empty() {
        return fingerprints.contains(&&key.fingerprint());
    }
    signature.issuer_key_id().contains(&&key.legacy_key_id())
}

fn verdict(signature: &Signature, key: &impl VerifyingKey, text: &[u8]) -> Check {
    match signature.verify(key, text) {
        Ok(()) => Check::Good,
        Err(error) => Check::Bad(one_line(&error)),
    }
}

/// Was the key still to be used when it signed?
fn usable(key: &SignedPublicKey, signature: &Signature) -> Result<(), Error> {
    let refused = |reason| Error::UnusableKey {
        fingerprint: fingerprint(key),
        reason,
    };
    let revoked = key
        .details
        .revocation_signatures
        .iter()
        .any(|revocation| revocation.verify_key(&key.primary_key).is_ok());
    if revoked {
        return Err(refused("was revoked"));
    }
    let is_bound = key
        .details
        .users
        .iter()
        .any(|user| user.verify_bindings(&key.primary_key).is_ok());
    if !is_bound {
        return Err(refused("has no user id that it signed itself"));
    }
    let signed = signature.created().map(|time| u64::from(time.as_secs()));
    let expiry = key
        .details
        .users
        .iter()
        .flat_map(|user| &user.signatures)
        .filter_map(Signature::key_expiration_time)
        .map(|age| u64::from(age.as_secs()))
        .filter(|age| *age > 0)
        .max();
    match (signed, expiry) {
        (None, _) => Err(refused("made a signature without a time")),
        (Some(signed), Some(age)) if signed > u64::from(key.primary_key.created_at().as_secs()) + age => {
            Err(refused("had expired when it signed"))
        }
        _ => Ok(()),
    }
}

/// The digests of the signed text: the map `files` behind the line `...`.
fn signed_files(text: &str) -> Result<BTreeMap<String, String>, Error> {
    let content = |reason: &str| Error::Content {
        reason: reason.to_owned(),
    };
    let text = text.replace("\r\n", "\n");
    let (_, sums) = text
        .split_once("\n...\n")
        .ok_or_else(|| content("there is no line `...` before its digests"))?;
    let tree = ironhelm_yaml::decode_strict(sums.as_bytes()).map_err(|error| content(&error.to_string()))?;
    let files = tree.get("files").and_then(Value::as_object);
    let files = files.ok_or_else(|| content("there is no map `files`"))?;
    let sum = |(name, digest): (&String, &Value)| digest.as_str().map(|digest| (name.clone(), digest.to_owned()));
    Ok(files.iter().filter_map(sum).collect())
}

fn user_ids(key: &SignedPublicKey) -> Vec<String> {
    let ids = key.details.users.iter().filter_map(|user| user.id.as_str());
    ids.map(|id| id.chars().filter(|letter| !letter.is_control()).collect())
        .collect()
}

fn fingerprint(key: &SignedPublicKey) -> String {
    hex(key.primary_key.fingerprint().as_bytes()).to_uppercase()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn one_line(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}
