//! The keys of a keyring.

use pgp::composed::{PublicOrSecret, SignedPublicKey, SignedSecretKey};

use crate::error::Error;

/// The most keys that a keyring may have.
const MAX_KEYS: usize = 10_000;

/// Public and secret keys, as `gpg --export` and `gpg --export-secret-keys` write them.
pub struct Keyring {
    pub(crate) public: Vec<SignedPublicKey>,
    pub(crate) secret: Vec<SignedSecretKey>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({} public, {} secret)", self.public.len(), self.secret.len())
    }
}

impl Keyring {
    /// Reads a keyring: binary, as Helm wants it, or armored. No bytes are a keyring without keys.
    ///
    /// # Errors
    /// [`Error::Keyring`] where the bytes are something else.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut keyring = Self {
            public: Vec::new(),
            secret: Vec::new(),
        };
        if bytes.is_empty() {
            return Ok(keyring);
        }
        let malformed = |reason: &dyn std::fmt::Display| Error::Keyring {
            reason: format!("openpgp: invalid data: {reason}"),
        };
        // Every packet begins with a byte whose highest bit is set.
        if bytes[0] & 0x80 != 0 {
            let keys = PublicOrSecret::from_bytes_many(bytes).map_err(|error| malformed(&error))?;
            keyring.take(keys)?;
        } else if bytes.trim_ascii_start().starts_with(b"-----BEGIN PGP") {
            let (keys, _) = PublicOrSecret::from_armor_many(bytes).map_err(|error| malformed(&error))?;
            keyring.take(keys)?;
        } else {
            return Err(malformed(&"tag byte does not have MSB set"));
        }
        Ok(keyring)
    }

    /// A key that cannot be read (of a kind not known here) is skipped; nothing is verified with it.
    fn take(&mut self, keys: impl Iterator<Item = Result<PublicOrSecret, pgp::errors::Error>>) -> Result<(), Error> {
        for (count, key) in keys.enumerate() {
            if count == MAX_KEYS {
                return Err(Error::Keyring {
                    reason: format!("more than {MAX_KEYS} keys"),
                });
            }
            match key {
                Ok(PublicOrSecret::Public(key)) => self.public.push(key),
                Ok(PublicOrSecret::Secret(key)) => {
                    self.public.push(key.to_public_key());
                    self.secret.push(key);
                }
                Err(_) => {}
            }
        }
        Ok(())
    }
}
