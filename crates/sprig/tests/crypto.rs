//! What is random cannot be compared with Helm's: it has to parse, to verify and to decrypt.

#![allow(clippy::unwrap_used, reason = "a broken result is to fail the test")]

use std::rc::Rc;

use base64::prelude::{BASE64_STANDARD, Engine};
use ironhelm_gotmpl::{Templates, Value};
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::sha2::Sha256;

mod world;

fn render(text: &str) -> String {
    let functions = ironhelm_sprig::functions(Rc::new(world::Seeded::default()));
    let mut templates = Templates::new("t", functions);
    templates.parse("t", text.as_bytes()).unwrap();
    String::from_utf8(templates.execute(b"t", Value::Nil).unwrap()).unwrap()
}

fn pem_data(text: &str) -> Vec<u8> {
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    BASE64_STANDARD.decode(lines.collect::<String>()).unwrap()
}

/// The signed part and the signature of a certificate whose lengths take two bytes each.
fn signed_parts(certificate: &[u8]) -> (&[u8], &[u8]) {
    let length = usize::from(certificate[6]) << 8 | usize::from(certificate[7]);
    (&certificate[4..8 + length], &certificate[certificate.len() - 256..])
}

#[test]
fn a_signed_certificate_verifies_with_its_authority() {
    let text = render(
        r#"{{ $ca := genCA "ca" 30 }}{{ $c := genSignedCert "host" (list "10.0.0.1") (list "a.b") 30 $ca }}
           {{- $ca.Key }}@{{ $c.Cert }}"#,
    );
    let (key, certificate) = text.split_once('@').unwrap();
    assert!(key.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    let key = rsa::PrivateKey::from_pkcs1_der(&pem_data(key)).unwrap();
    let certificate = pem_data(certificate);
    let (body, signature) = signed_parts(&certificate);
    key.as_public_key().pkcs1v15_verify::<Sha256>(body, signature).unwrap();
}

#[test]
fn given_keys_are_kept() {
    for kind in ["ecdsa", "ed25519"] {
        let text =
            format!(r#"{{{{ $key := genPrivateKey "{kind}" }}}}{{{{ eq $key (genCAWithKey "ca" 1 $key).Key }}}}"#);
        assert_eq!(render(&text), "true", "{kind}");
    }
}

#[test]
fn what_is_no_key_is_refused() {
    let functions = ironhelm_sprig::functions(Rc::new(world::Seeded::default()));
    let mut templates = Templates::new("t", functions);
    let text = r#"{{ genCAWithKey "ca" 1 "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n" }}"#;
    templates.parse("t", text.as_bytes()).unwrap();
    let error = templates.execute(b"t", Value::Nil).unwrap_err().to_string();
    assert!(
        error.contains("parsing private key: decoding PEM as PKCS#8: asn1: "),
        "{error}"
    );
}

#[test]
fn encrypted_texts_decrypt() {
    for text in ["a", "sixteen bytes ok", "ünïcode and more than one block of text"] {
        let expression = format!(r#"{{{{ encryptAES "key" "{text}" | decryptAES "key" }}}}"#);
        assert_eq!(render(&expression), text);
    }
}

#[test]
fn password_hashes_verify() {
    let line = render(r#"{{ htpasswd "admin" "secret" }}"#);
    let hash = line.strip_prefix("admin:").unwrap();
    assert!(hash.starts_with("$2a$10$"));
    assert!(bcrypt::verify("secret", hash).unwrap());
}

#[test]
fn random_texts_have_their_alphabet_and_length() {
    let text = render(r#"{{ randAlphaNum 200 }} {{ randNumeric 50 }} {{ uuidv4 }}"#);
    let parts: Vec<&str> = text.split(' ').collect();
    assert!(parts[0].len() == 200 && parts[0].bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert!(parts[1].len() == 50 && parts[1].bytes().all(|byte| byte.is_ascii_digit()));
    assert!(parts[2].len() == 36 && parts[2].as_bytes()[14] == b'4');
}

#[test]
fn absurd_sizes_are_errors() {
    for expression in [
        "randAlpha 99999999999",
        "until 99999999999",
        "seq 1 99999999999",
        "repeat 99999999999 \"x\"",
    ] {
        let functions = ironhelm_sprig::functions(Rc::new(world::Seeded::default()));
        let mut templates = Templates::new("t", functions);
        templates
            .parse("t", format!("{{{{ {expression} }}}}").as_bytes())
            .unwrap();
        let error = templates.execute(b"t", Value::Nil).unwrap_err().to_string();
        assert!(error.contains("more than the limit"), "{error}");
    }
}
