//! AES-256 in CBC mode with the password itself, cut or filled with zeros, as the key.

use aes::Aes256;
use base64::prelude::{BASE64_STANDARD, Engine};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use ironhelm_gotmpl::FuncError;

use crate::SprigWorld;
use crate::encoding::base64_decode;

const BLOCK: usize = 16;

/// Base64 of a random initialisation vector and the ciphertext.
pub(crate) fn encrypt(world: &dyn SprigWorld, password: &[u8], text: &[u8]) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut vector = [0; BLOCK];
    world.random(&mut vector);
    let padding = BLOCK - text.len() % BLOCK;
    let mut content = text.to_vec();
    content.resize(text.len() + padding, padding as u8);
    let mut cipher = cbc::Encryptor::<Aes256>::new(&key(password).into(), &vector.into());
    for block in content.as_chunks_mut::<BLOCK>().0 {
        cipher.encrypt_block(block.into());
    }
    BASE64_STANDARD.encode([vector.as_slice(), &content].concat())
}

/// The text behind [`encrypt`].
///
/// # Errors
/// Go's texts for bad base64, and those of its panics for what is no whole ciphertext.
pub(crate) fn decrypt(password: &[u8], encoded: &[u8]) -> Result<Vec<u8>, FuncError> {
    if encoded.is_empty() {
        return Ok(Vec::new());
    }
    let mut data = base64_decode(encoded)?;
    let Some((vector, content)) = data.split_first_chunk_mut::<BLOCK>() else {
        let capacity = encoded.len() / 4 * 3;
        return Err(format!("runtime error: slice bounds out of range [:16] with capacity {capacity}").into());
    };
    let (blocks, []) = content.as_chunks_mut::<BLOCK>() else {
        return Err("crypto/cipher: input not full blocks".into());
    };
    let mut cipher = cbc::Decryptor::<Aes256>::new(&key(password).into(), &(*vector).into());
    for block in blocks {
        cipher.decrypt_block(block.into());
    }
    let Some(&padding) = content.last() else {
        return Err("runtime error: index out of range [-1]".into());
    };
    match content.len().checked_sub(usize::from(padding)) {
        Some(length) => Ok(content[..length].to_vec()),
        None => {
            let end = content.len() as i64 - i64::from(padding);
            Err(format!("runtime error: slice bounds out of range [:{end}]").into())
        }
    }
}

fn key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let length = password.len().min(key.len());
    key[..length].copy_from_slice(&password[..length]);
    key
}
