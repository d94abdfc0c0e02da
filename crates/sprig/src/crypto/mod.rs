//! Passwords, keys, certificates and ciphers.

mod aes;
mod certificate;
mod der;
mod dsa;
mod keys;
mod modular;
mod p256;
mod password;
mod pem;
mod x509;

use std::convert::Infallible;
use std::rc::Rc;

use base64::prelude::{BASE64_STANDARD, Engine};
use ironhelm_gotmpl::{FuncError, Value};

use crate::SprigWorld;
use crate::encoding::hex;
use crate::table::{INT, STRING, Table};

pub(crate) fn register(table: &mut Table) {
    register_passwords(table);
    register_ciphers(table);
    register_random(table);
    certificate::register(table);
    let keys = ["genPrivateKey", "genCA", "genSelfSignedCert", "genSignedCert"];
    table.cost(KEY_STEPS, &keys);
    table.cost(KEY_STEPS / 10, &["bcrypt", "htpasswd", "derivePassword"]);
}

/// An RSA key takes a second now and then: a chart may make a few hundred.
const KEY_STEPS: u64 = 500_000;

fn register_passwords(t: &mut Table) {
    t.row("derivePassword", &[UINT32, STRING, STRING, STRING, STRING], |a| {
        let counter = match a.any(0) {
            Value::Uint(counter, _) => *counter as u32,
            _ => 0,
        };
        password::derive(counter, &a.text(1), a.bytes(2), a.bytes(3), a.bytes(4))
    });
    let world = t.world();
    t.row("bcrypt", &[STRING], move |a| password::bcrypt(&*world, a.bytes(0)));
    let world = t.world();
    t.row("htpasswd", &[STRING, STRING], move |a| {
        password::htpasswd(&*world, a.bytes(0), a.bytes(1))
    });
}

const UINT32: ironhelm_gotmpl::Type = ironhelm_gotmpl::Type::Uint(ironhelm_gotmpl::UintKind::Uint32);

fn register_ciphers(t: &mut Table) {
    let world = t.world();
    t.row("encryptAES", &[STRING, STRING], move |a| {
        aes::encrypt(&*world, a.bytes(0), a.bytes(1))
    });
    t.row("decryptAES", &[STRING, STRING], |a| {
        aes::decrypt(a.bytes(0), a.bytes(1))
    });
    let world = t.world();
    t.row("genPrivateKey", &[STRING], move |a| {
        keys::generate_pem(&mut Random(Rc::clone(&world)), &a.text(0))
    });
}

fn register_random(t: &mut Table) {
    let world = t.world();
    t.row("randBytes", &[INT], move |a| match usize::try_from(a.int(0)) {
        Err(_) => Err(FuncError::from("runtime error: makeslice: len out of range")),
        Ok(count) if count > crate::table::SIZE_LIMIT => Err(crate::strings::too_large("randBytes", count)),
        Ok(count) => {
            let mut bytes = vec![0; count];
            world.random(&mut bytes);
            Ok(BASE64_STANDARD.encode(bytes))
        }
    });
    let world = t.world();
    t.row("uuidv4", &[], move |_| uuid(&*world));
}

fn uuid(world: &dyn SprigWorld) -> String {
    let mut bytes = [0; 16];
    world.random(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes);
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

/// The world's randomness for key generation.
pub(crate) struct Random(Rc<dyn SprigWorld>);

impl Random {
    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.random(&mut bytes);
        bytes
    }
}

impl rand_core::TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.random(bytes);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Random {}
