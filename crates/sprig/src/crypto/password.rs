//! Password hashes and the Master Password algorithm behind `derivePassword`.

use hmac::{Hmac, KeyInit, Mac};
use ironhelm_gotmpl::FuncError;
use sha2::Sha256;

use crate::SprigWorld;

const SEED: &[u8] = b"com.lyndir.masterpassword";

/// The patterns of each kind of password; each letter names a class of characters.
const PATTERNS: [(&str, &[&[u8]]); 6] = [
    ("maximum", &[b"anoxxxxxxxxxxxxxxxxx", b"axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            b"CvcvnoCvcvCvcv",
            b"CvcvCvcvnoCvcv",
            b"CvcvCvcvCvcvno",
            b"CvccnoCvcvCvcv",
            b"CvccCvcvnoCvcv",
            b"CvccCvcvCvcvno",
            b"CvcvnoCvccCvcv",
            b"CvcvCvccnoCvcv",
            b"CvcvCvccCvcvno",
            b"CvcvnoCvcvCvcc",
            b"CvcvCvcvnoCvcc",
            b"CvcvCvcvCvccno",
            b"CvccnoCvccCvcv",
            b"CvccCvccnoCvcv",
            b"CvccCvccCvcvno",
            b"CvcvnoCvccCvcc",
            b"CvcvCvccnoCvcc",
            b"CvcvCvccCvccno",
            b"CvccnoCvcvCvcc",
            b"CvccCvcvnoCvcc",
            b"CvccCvcvCvccno",
        ],
    ),
    ("medium", &[b"CvcnoCvc", b"CvcCvcno"]),
    ("short", &[b"Cvcn"]),
    ("basic", &[b"aaanaaan", b"aannaaan", b"aaannaaa"]),
    ("pin", &[b"nnnn"]),
];

fn class(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The password of `kind` for a site. An unknown kind gives a complaint as the value.
pub(crate) fn derive(counter: u32, kind: &str, password: &[u8], user: &[u8], site: &[u8]) -> Result<String, FuncError> {
    let Some((_, patterns)) = PATTERNS.iter().find(|(name, _)| *name == kind) else {
        return Ok(format!("cannot find password template {kind}"));
    };
    let salt = [SEED, &(user.len() as u32).to_be_bytes(), user].concat();
    let failed = |error: &dyn std::fmt::Display| FuncError::from(format!("failed to derive password: {error}"));
    let params = scrypt::Params::new(15, 8, 2).map_err(|error| failed(&error))?;
    let mut key = [0; 64];
    scrypt::scrypt(password, &salt, &params, &mut key).map_err(|error| failed(&error))?;
    let message = [SEED, &(site.len() as u32).to_be_bytes(), site, &counter.to_be_bytes()].concat();
    let seed = hmac_sha256(&key, &message);
    let pattern = patterns[usize::from(seed[0]) % patterns.len()];
    let characters = pattern.iter().zip(&seed[1..]).map(|(letter, byte)| {
        let class = class(*letter);
        char::from(class[usize::from(*byte) % class.len()])
    });
    Ok(characters.collect())
}

/// HMAC-SHA-256.
pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length, so there is always a code.
    Hmac::<Sha256>::new_from_slice(key).map_or([0; 32], |mut mac| {
        mac.update(message);
        mac.finalize().into_bytes().into()
    })
}

/// A bcrypt hash of cost 10; what bcrypt refuses is a complaint as the value.
pub(crate) fn bcrypt(world: &dyn SprigWorld, password: &[u8]) -> String {
    if password.len() > 72 {
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".to_owned();
    }
    let mut salt = [0; 16];
    world.random(&mut salt);
    match bcrypt::hash_with_salt(password, 10, salt) {
        Ok(parts) => parts.format_for_version(bcrypt::Version::TwoA),
        Err(error) => format!("failed to encrypt string with bcrypt: {error}"),
    }
}

/// `user:hash` as a line of an htpasswd file.
pub(crate) fn htpasswd(world: &dyn SprigWorld, user: &[u8], password: &[u8]) -> Vec<u8> {
    if user.contains(&b':') {
        return format!("invalid username: {}", String::from_utf8_lossy(user)).into_bytes();
    }
    [user, b":", bcrypt(world, password).as_bytes()].concat()
}
