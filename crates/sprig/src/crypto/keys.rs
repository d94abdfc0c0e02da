//! Private keys: making them, their PEM forms as Go writes them, their public halves and signatures.

use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::rand_core::TryRng;
use rsa::sha2::Sha256;

use super::p256::Scalar;
use super::{Random, der, dsa, pem};

const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const CURVE_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// A private key of a kind that charts can make.
pub(crate) enum PrivateKey {
    Rsa(Box<rsa::PrivateKey>),
    P256(Scalar),
    Ed25519([u8; 32]),
    /// Only kept as it is encoded.
    Dsa(Vec<u8>),
}

/// `genPrivateKey`: the PEM text of a fresh key; an unknown kind is a complaint as the value.
pub(crate) fn generate_pem(random: &mut Random, kind: &str) -> String {
    let key = match kind {
        "" | "rsa" => PrivateKey::rsa(random, 4096),
        "dsa" => Ok(PrivateKey::Dsa(dsa::generate(random))),
        "ecdsa" => Ok(PrivateKey::P256(random_scalar(random))),
        "ed25519" => Ok(PrivateKey::Ed25519(random.bytes())),
        _ => return format!("Unknown type {kind}"),
    };
    match key {
        Ok(key) => key.to_pem(),
        Err(error) => format!("failed to generate private key: {error}"),
    }
}

fn random_scalar(random: &Random) -> Scalar {
    loop {
        if let Some(scalar) = Scalar::new(&random.bytes::<32>()) {
            return scalar;
        }
    }
}

impl PrivateKey {
    /// A fresh RSA key.
    pub(crate) fn rsa(random: &mut Random, bits: usize) -> Result<Self, String> {
        let key = rsa::PrivateKey::new(random, bits).map_err(|error| error.to_string())?;
        Ok(Self::Rsa(Box::new(key)))
    }

    /// The key in a PEM text.
    pub(crate) fn from_pem(text: &str) -> Result<Self, String> {
        let block = pem::decode(text).ok_or("no PEM data in input")?;
        let data = &block.data;
        if block.label == "PRIVATE KEY" {
            return Self::from_pkcs8(data).ok_or_else(|| format!("decoding PEM as PKCS#8: {}", complaint(data)));
        }
        let Some(kind) = block.label.strip_suffix(" PRIVATE KEY") else {
            return Err(format!("no private key data in PEM block of type {}", block.label));
        };
        match kind {
            "RSA" => {
                Self::from_pkcs1(data).ok_or_else(|| format!("parsing RSA private key from PEM: {}", complaint(data)))
            }
            "EC" => Self::from_sec1(data, None).ok_or_else(|| {
                let complaint = complaint(data);
                format!("parsing EC private key from PEM: x509: failed to parse EC private key: {complaint}")
            }),
            "DSA" if der::Reader(data).enter().is_some() => Ok(Self::Dsa(block.data)),
            "DSA" => Err(format!("parsing DSA private key from PEM: {}", complaint(data))),
            _ => Err(format!("invalid private key type {}", block.label)),
        }
    }

    fn from_pkcs1(data: &[u8]) -> Option<Self> {
        rsa::PrivateKey::from_pkcs1_der(data)
            .ok()
            .map(|key| Self::Rsa(Box::new(key)))
    }

    /// RFC 5915. The curve may be given by the PKCS #8 wrapping instead.
    fn from_sec1(data: &[u8], curve: Option<&[u8]>) -> Option<Self> {
        let mut fields = der::Reader(data).enter()?;
        fields.expect(der::INTEGER)?;
        let scalar = fields.expect(der::OCTET_STRING)?.content;
        let named = fields.optional(der::context(0));
        let named = named
            .and_then(|named| der::Reader(named.content).expect(der::OID))
            .map(|oid| oid.content);
        if named.or(curve) != Some(CURVE_P256) {
            return None;
        }
        Scalar::new(scalar).map(Self::P256)
    }

    fn from_pkcs8(data: &[u8]) -> Option<Self> {
        let mut fields = der::Reader(data).enter()?;
        fields.expect(der::INTEGER)?;
        let mut algorithm = fields.enter()?;
        let kind = algorithm.expect(der::OID)?.content;
        let key = fields.expect(der::OCTET_STRING)?.content;
        match kind {
            RSA_ENCRYPTION => Self::from_pkcs1(key),
            EC_PUBLIC_KEY => Self::from_sec1(key, algorithm.expect(der::OID).map(|oid| oid.content)),
            ED25519 => {
                let seed = der::Reader(key).expect(der::OCTET_STRING)?.content;
                Some(Self::Ed25519(seed.try_into().ok()?))
            }
            _ => None,
        }
    }

    /// The PEM text as Go writes it: traditional forms, PKCS #8 for Ed25519.
    pub(crate) fn to_pem(&self) -> String {
        match self {
            Self::Rsa(key) => {
                let encoded = key.to_pkcs1_der().map(|document| document.as_bytes().to_vec());
                pem::encode("RSA PRIVATE KEY", &encoded.unwrap_or_default())
            }
            Self::P256(scalar) => pem::encode("EC PRIVATE KEY", &sec1(scalar)),
            Self::Ed25519(seed) => pem::encode("PRIVATE KEY", &ed25519_pkcs8(seed)),
            Self::Dsa(encoded) => pem::encode("DSA PRIVATE KEY", encoded),
        }
    }

    /// The SubjectPublicKeyInfo and the bare public key inside it.
    pub(crate) fn public(&self) -> Result<Public, String> {
        let (algorithm, key) = match self {
            Self::Rsa(key) => {
                let encoded = key.as_public_key().to_pkcs1_der().map_err(|error| error.to_string())?;
                (
                    der::sequence(&[&oid(RSA_ENCRYPTION), der::NULL]),
                    encoded.as_bytes().to_vec(),
                )
            }
            Self::P256(scalar) => (
                der::sequence(&[&oid(EC_PUBLIC_KEY), &oid(CURVE_P256)]),
                scalar.public_point(),
            ),
            Self::Ed25519(seed) => (
                der::sequence(&[&oid(ED25519)]),
                ed25519(seed)?.public_key_raw().to_vec(),
            ),
            Self::Dsa(_) => return Err("x509: unsupported public key type: *dsa.PublicKey".to_owned()),
        };
        let info = der::sequence(&[&algorithm, &der::bits(&key)]);
        Ok(Public { info, key })
    }

    /// The AlgorithmIdentifier of this key's signatures.
    pub(crate) fn signature_algorithm(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Rsa(_) => Ok(der::sequence(&[&oid(SHA256_WITH_RSA), der::NULL])),
            Self::P256(_) => Ok(der::sequence(&[&oid(ECDSA_WITH_SHA256)])),
            Self::Ed25519(_) => Ok(der::sequence(&[&oid(ED25519)])),
            Self::Dsa(_) => Err("x509: certificate private key does not implement crypto.Signer".to_owned()),
        }
    }

    /// The signature of `message`.
    pub(crate) fn sign(&self, random: &mut Random, message: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Self::Rsa(key) => key
                .pkcs1v15_sign_with_rng::<Sha256, _>(random, message)
                .map_err(|error| error.to_string()),
            Self::P256(scalar) => Ok(scalar.sign(message)),
            Self::Ed25519(seed) => {
                let key = ed25519(seed)?;
                rcgen::SigningKey::sign(&key, message).map_err(|error| error.to_string())
            }
            Self::Dsa(_) => self.signature_algorithm(),
        }
    }
}

/// A public key.
pub(crate) struct Public {
    /// Its SubjectPublicKeyInfo.
    pub(crate) info: Vec<u8>,
    /// The content of the bit string in there.
    pub(crate) key: Vec<u8>,
}

fn oid(content: &[u8]) -> Vec<u8> {
    der::element(der::OID, content)
}

fn sec1(scalar: &Scalar) -> Vec<u8> {
    let curve = der::element(der::context(0), &oid(CURVE_P256));
    let public = der::element(der::context(1), &der::bits(&scalar.public_point()));
    der::sequence(&[
        &der::unsigned(&[1]),
        &der::element(der::OCTET_STRING, &scalar.0),
        &curve,
        &public,
    ])
}

fn ed25519_pkcs8(seed: &[u8; 32]) -> Vec<u8> {
    let key = der::element(der::OCTET_STRING, &der::element(der::OCTET_STRING, seed));
    der::sequence(&[&der::unsigned(&[0]), &der::sequence(&[&oid(ED25519)]), &key])
}

fn ed25519(seed: &[u8; 32]) -> Result<rcgen::KeyPair, String> {
    rcgen::KeyPair::try_from(ed25519_pkcs8(seed)).map_err(|error| error.to_string())
}

/// What Go's `encoding/asn1` says of data that is no key.
fn complaint(data: &[u8]) -> &'static str {
    if der::Reader(data).next().is_none() {
        "asn1: syntax error: truncated tag or length"
    } else {
        "asn1: structure error: tags don't match"
    }
}

impl Random {
    /// A serial number of up to 128 bits.
    pub(crate) fn serial(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        match self.try_fill_bytes(&mut bytes) {
            Ok(()) => bytes,
        }
    }
}
