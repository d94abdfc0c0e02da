//! Signatures that helm 4.2.3 made, with keys that GnuPG made for this test alone.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::path::Path;

use ironhelm_provenance::{Error, Keyring, Provenance, Signer, Verified, sign};

/// An RSA key without a passphrase, one with the passphrase `pw`, and an Ed25519 key.
const SIGNED: [(&str, &str, &str); 3] = [
    (
        "demo-0.1.0.tgz",
        "Helm Test <t@example.com>",
        "035DE4ED94A5B8A1005EF31DC70D5224C41E0E26",
    ),
    (
        "other-0.1.0.tgz",
        "Pass Test <p@example.com>",
        "D24B2F558AD5019C8831473C7064C88CE9E56AED",
    ),
    (
        "dev-1.0.0-rc.1.tgz",
        "Ed Test <e@example.com>",
        "18414A0712B7FF70DDAF2EC7C4FB570BDA312EE5",
    ),
];

fn data(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/provenance");
    fs::read(root.join(name)).unwrap()
}

fn keyring(name: &str) -> Keyring {
    Keyring::parse(&data(name)).unwrap()
}

fn verify(text: &[u8], keyring: &Keyring, name: &str, archive: &[u8]) -> Result<Verified, Error> {
    Provenance::parse(text)?.verify(keyring, name, archive)
}

#[test]
fn what_helm_signed_is_verified() {
    for keys in ["pubring.gpg", "pubring.asc", "secring.gpg"] {
        let keyring = keyring(keys);
        for (name, id, fingerprint) in SIGNED {
            let text = data(&format!("{name}.prov"));
            let verified = verify(&text, &keyring, name, &data(name)).unwrap();
            assert_eq!(verified.signed_by, [id]);
            assert_eq!(verified.fingerprint, fingerprint);
            assert_eq!(verified.lines()[0], format!("Signed by: {id}"));
            assert_eq!(verified.lines().len(), 3);
        }
    }
}

/// CVE-2026-35205: what is missing, empty or unreadable is not verified.
#[test]
fn provenance_that_is_none_is_refused() {
    let keyring = keyring("pubring.gpg");
    let good = data("demo-0.1.0.tgz.prov");
    let archive = data("demo-0.1.0.tgz");
    for text in [b"".as_slice(), b"hello\n", b"\xff\xfe", &good[..good.len() / 3]] {
        assert_eq!(
            verify(text, &keyring, "demo-0.1.0.tgz", &archive),
            Err(Error::NoSignature)
        );
    }
    for length in (0..good.len() - 40).step_by(7) {
        assert!(
            verify(&good[..length], &keyring, "demo-0.1.0.tgz", &archive).is_err(),
            "{length}"
        );
    }
}

/// Verification with the wrong text, archive, name or key fails, in the words of helm.
#[test]
fn what_was_changed_is_refused() {
    let keyring = keyring("pubring.gpg");
    let (name, archive) = ("demo-0.1.0.tgz", data("demo-0.1.0.tgz"));
    let good = data("demo-0.1.0.tgz.prov");
    let changed = String::from_utf8(good.clone())
        .unwrap()
        .replace("name: demo", "name: dem0");
    assert!(matches!(
        verify(changed.as_bytes(), &keyring, name, &archive),
        Err(Error::BadSignature { .. })
    ));
    let longer = [archive.as_slice(), b"x"].concat();
    let error = verify(&good, &keyring, name, &longer).unwrap_err().to_string();
    assert!(
        error.starts_with("sha256 sum does not match for demo-0.1.0.tgz: \"sha256:f226c208"),
        "{error}"
    );
    assert_eq!(
        verify(&good, &keyring, "foo-1.tgz", &archive).unwrap_err().to_string(),
        "provenance does not contain a SHA for a file named \"foo-1.tgz\""
    );
    let nobody = Keyring::parse(b"").unwrap();
    assert_eq!(
        verify(&good, &nobody, name, &archive).unwrap_err().to_string(),
        "openpgp: signature made by unknown entity"
    );
    // The signature of one text does not carry another one in front of it.
    let mut two = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nfiles: {}\n".to_vec();
    two.extend_from_slice(&good);
    assert!(verify(&two, &keyring, name, &archive).is_err());
}

#[test]
fn keyrings_that_are_none_are_refused_in_the_words_of_helm() {
    assert_eq!(
        Keyring::parse(b"junk\n").unwrap_err().to_string(),
        "failed to load keyring: openpgp: invalid data: tag byte does not have MSB set"
    );
}

#[test]
fn what_we_sign_is_verified() {
    let secret = keyring("secring.gpg");
    let public = keyring("pubring.gpg");
    let archive = data("demo-0.1.0.tgz");
    for (name, passphrase) in [("Helm Test", ""), ("Pass Test", "pw"), ("Ed Test", "")] {
        let signer = Signer::new(&secret, name, passphrase).unwrap();
        assert_eq!(signer.is_locked(), !passphrase.is_empty());
        let text = sign(
            &signer,
            "apiVersion: v2\nname: demo\n",
            "demo-0.1.0.tgz",
            &archive,
            1_795_000_000,
        )
        .unwrap();
        let verified = verify(text.as_bytes(), &public, "demo-0.1.0.tgz", &archive).unwrap();
        assert!(verified.signed_by[0].starts_with(name));
    }
}

#[test]
fn keys_are_found_as_helm_finds_them() {
    let secret = keyring("secring.gpg");
    let error = |keyring: &Keyring, name: &str| Signer::new(keyring, name, "").unwrap_err().to_string();
    assert_eq!(error(&secret, "Nobody"), "private key not found");
    assert_eq!(error(&secret, "Test"), "more than one key contain the id \"Test\"");
    assert_eq!(
        error(&keyring("pubring.gpg"), "Pass Test"),
        "provided key is not a private key. Try providing a keyring with secret keys"
    );
    let wrong = Signer::new(&secret, "Pass Test", "no").unwrap();
    assert!(sign(&wrong, "a: b\n", "x.tgz", b"x", 1).is_err());
}
