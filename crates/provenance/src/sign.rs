//! Writing a provenance file.

use pgp::composed::{ArmorOptions, CleartextSignedMessage, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::types::{KeyDetails, Password, Timestamp};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::keyring::Keyring;
use crate::verify::{hex, one_line};

/// A secret key and what unlocks it.
pub struct Signer<'k> {
    key: &'k SignedSecretKey,
    passphrase: Password,
}

impl std::fmt::Debug for Signer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

impl<'k> Signer<'k> {
    /// The secret key with a user id that contains `name`.
    ///
    /// # Errors
    /// [`Error`] where none, or more than one, has it. Helm: a user id that is `name` wins over those that contain it.
    pub fn new(keyring: &'k Keyring, name: &str, passphrase: &str) -> Result<Self, Error> {
        let secret = named(keyring.secret.iter(), |key| &key.details, name);
        let key = match secret.as_slice() {
            [key] => *key,
            [] if named(keyring.public.iter(), |key| &key.details, name).is_empty() => return Err(Error::NoKey),
            [] => return Err(Error::PublicKey),
            _ => return Err(Error::AmbiguousKey { name: name.to_owned() }),
        };
        Ok(Self {
            key,
            passphrase: Password::from(passphrase),
        })
    }

    /// The first user id of the key.
    #[must_use]
    pub fn user_id(&self) -> String {
        let first = self.key.details.users.first();
        first.and_then(|user| user.id.as_str()).unwrap_or_default().to_owned()
    }

    /// Is the key locked by a passphrase?
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.key.primary_key.secret_params().is_encrypted()
    }
}

fn named<'k, K>(
    keys: impl Iterator<Item = &'k K>,
    details: impl Fn(&'k K) -> &'k pgp::composed::SignedKeyDetails,
    name: &str,
) -> Vec<&'k K> {
    let mut found = Vec::new();
    for key in keys {
        let ids: Vec<&str> = details(key).users.iter().filter_map(|user| user.id.as_str()).collect();
        if ids.contains(&name) {
            return vec![key];
        }
        if ids.iter().any(|id| id.contains(name)) {
            found.push(key);
        }
    }
    found
}

/// The text of the provenance file for `archive`, which is called `file_name`.
///
/// `metadata` is the chart's `Chart.yaml` as Helm writes it, `signed_at` the time in seconds since 1970.
///
/// # Errors
/// [`Error::Sign`] where the key cannot be unlocked or cannot sign.
pub fn sign(
    signer: &Signer<'_>,
    metadata: &str,
    file_name: &str,
    archive: &[u8],
    signed_at: u32,
) -> Result<String, Error> {
    let digest = hex(&Sha256::digest(archive));
    let files = ironhelm_yaml::encode(&serde_json::json!({ "files": { file_name: format!("sha256:{digest}") } }));
    let text = format!("{metadata}\n...\n{files}");
    let failed = |error: pgp::errors::Error| Error::Sign {
        reason: one_line(&error),
    };
    let key = &signer.key.primary_key;
    let unlocked = key.unlock(&signer.passphrase, |_, _| Ok(()));
    // Go: this is what a wrong passphrase comes to.
    if !matches!(unlocked, Ok(Ok(()))) {
        return Err(Error::Sign {
            reason: "invalid data: private key checksum failure".to_owned(),
        });
    }
    let mut config = SignatureConfig::v4(SignatureType::Text, key.algorithm(), HashAlgorithm::Sha512);
    config.hashed_subpackets = vec![
        Subpacket::regular(SubpacketData::SignatureCreationTime(Timestamp::from_secs(signed_at))).map_err(failed)?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint())).map_err(failed)?,
    ];
    config.unhashed_subpackets =
        vec![Subpacket::regular(SubpacketData::IssuerKeyId(key.legacy_key_id())).map_err(failed)?];
    let message = CleartextSignedMessage::new(&text, config, key, &signer.passphrase).map_err(failed)?;
    message.to_armored_string(ArmorOptions::default()).map_err(failed)
}
