//! ECDSA on the curve P-256: public keys, and signatures with the deterministic nonce of RFC 6979.
//!
//! Written for making certificates in templates, where nobody can time the operations; it is not constant-time.

use rsa::BoxedUint;
use sha2::{Digest, Sha256};

use super::der;
use super::modular::{Modulus, bits};
use super::password::hmac_sha256;

const P: [u8; 32] = constant([
    0xffffffff_00000001,
    0x00000000_00000000,
    0x00000000_ffffffff,
    0xffffffff_ffffffff,
]);
const N: [u8; 32] = constant([
    0xffffffff_00000000,
    0xffffffff_ffffffff,
    0xbce6faad_a7179e84,
    0xf3b9cac2_fc632551,
]);
const GX: [u8; 32] = constant([
    0x6b17d1f2_e12c4247,
    0xf8bce6e5_63a440f2,
    0x77037d81_2deb33a0,
    0xf4a13945_d898c296,
]);
const GY: [u8; 32] = constant([
    0x4fe342e2_fe1a7f9b,
    0x8ee7eb4a_7c0f9e16,
    0x2bce3357_6b315ece,
    0xcbb64068_37bf51f5,
]);

/// A private key: a number in 1..N, big-endian.
#[derive(Clone)]
pub(crate) struct Scalar(pub(crate) [u8; 32]);

impl Scalar {
    /// The key in `bytes`, when they are one.
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        let significant = &bytes[bytes.iter().position(|byte| *byte != 0)?..];
        let mut padded = [0; 32];
        padded
            .get_mut(32usize.checked_sub(significant.len())?..)?
            .copy_from_slice(significant);
        (padded < N).then_some(Self(padded))
    }

    /// The public point, uncompressed.
    pub(crate) fn public_point(&self) -> Vec<u8> {
        let (x, y) = Curve::new().multiply_base(&self.0);
        [&[4], x.as_slice(), &y].concat()
    }

    /// The DER signature of `message` with SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let order = Modulus::new(&N);
        let digest = order.element(&Sha256::digest(message));
        let private = order.element(&self.0);
        let mut nonces = Nonces::new(&self.0, &bytes(&digest));
        loop {
            let Some(nonce) = Self::new(&nonces.next()) else {
                continue;
            };
            let (x, _) = Curve::new().multiply_base(&nonce.0);
            let r = order.element(&x);
            let sum = order.add(&digest, &order.multiply(&r, &private));
            let s = order.multiply(&order.invert(&order.element(&nonce.0)), &sum);
            if r != order.small(0) && s != order.small(0) {
                return der::sequence(&[&der::unsigned(&bytes(&r)), &der::unsigned(&bytes(&s))]);
            }
        }
    }
}

/// The nonce candidates of RFC 6979, section 3.2.
struct Nonces {
    key: [u8; 32],
    value: [u8; 32],
    started: bool,
}

impl Nonces {
    fn new(private: &[u8; 32], digest: &[u8; 32]) -> Self {
        let mut nonces = Self {
            key: [0; 32],
            value: [1; 32],
            started: false,
        };
        for separator in [0, 1] {
            nonces.mix(&[&[separator], private.as_slice(), digest].concat());
        }
        nonces
    }

    fn mix(&mut self, data: &[u8]) {
        self.key = hmac_sha256(&self.key, &[self.value.as_slice(), data].concat());
        self.value = hmac_sha256(&self.key, &self.value);
    }

    fn next(&mut self) -> [u8; 32] {
        if std::mem::replace(&mut self.started, true) {
            self.mix(&[0]);
        }
        self.value = hmac_sha256(&self.key, &self.value);
        self.value
    }
}

/// A point in Jacobian coordinates; `z` is 0 at infinity.
#[derive(Clone)]
struct Point {
    x: BoxedUint,
    y: BoxedUint,
    z: BoxedUint,
}

struct Curve {
    field: Modulus,
}

impl Curve {
    fn new() -> Self {
        Self {
            field: Modulus::new(&P),
        }
    }

    /// The affine coordinates of the base point times a number.
    fn multiply_base(&self, scalar: &[u8; 32]) -> ([u8; 32], [u8; 32]) {
        let f = &self.field;
        let base = Point {
            x: f.element(&GX),
            y: f.element(&GY),
            z: f.small(1),
        };
        let mut sum: Option<Point> = None;
        for bit in bits(scalar) {
            sum = sum.map(|point| self.double(&point));
            if bit {
                sum = Some(sum.map_or_else(|| base.clone(), |point| self.add(&point, &base)));
            }
        }
        let point = sum.unwrap_or(base);
        let inverse = f.invert(&point.z);
        let square = f.multiply(&inverse, &inverse);
        let x = f.multiply(&point.x, &square);
        let y = f.multiply(&point.y, &f.multiply(&square, &inverse));
        (bytes(&x), bytes(&y))
    }

    fn double(&self, p: &Point) -> Point {
        let f = &self.field;
        let delta = f.multiply(&p.z, &p.z);
        let gamma = f.multiply(&p.y, &p.y);
        let beta = f.multiply(&p.x, &gamma);
        let product = f.multiply(&f.subtract(&p.x, &delta), &f.add(&p.x, &delta));
        let alpha = f.multiply(&product, &f.small(3));
        let beta4 = f.multiply(&beta, &f.small(4));
        let x = f.subtract(&f.multiply(&alpha, &alpha), &f.add(&beta4, &beta4));
        let sum = f.add(&p.y, &p.z);
        let z = f.subtract(&f.subtract(&f.multiply(&sum, &sum), &gamma), &delta);
        let gamma8 = f.multiply(&f.multiply(&gamma, &gamma), &f.small(8));
        let y = f.subtract(&f.multiply(&alpha, &f.subtract(&beta4, &x)), &gamma8);
        Point { x, y, z }
    }

    /// The sum with the base point, which is affine and never equal to `p` on the way of `multiply_base`.
    fn add(&self, p: &Point, base: &Point) -> Point {
        let f = &self.field;
        let z2 = f.multiply(&p.z, &p.z);
        let u2 = f.multiply(&base.x, &z2);
        let s2 = f.multiply(&base.y, &f.multiply(&z2, &p.z));
        let h = f.subtract(&u2, &p.x);
        let r = f.subtract(&s2, &p.y);
        let h2 = f.multiply(&h, &h);
        let h3 = f.multiply(&h2, &h);
        let v = f.multiply(&p.x, &h2);
        let x = f.subtract(&f.subtract(&f.multiply(&r, &r), &h3), &f.add(&v, &v));
        let y = f.subtract(&f.multiply(&r, &f.subtract(&v, &x)), &f.multiply(&p.y, &h3));
        Point {
            x,
            y,
            z: f.multiply(&p.z, &h),
        }
    }
}

fn bytes(number: &BoxedUint) -> [u8; 32] {
    let mut out = [0; 32];
    let all = number.to_be_bytes();
    let length = all.len().min(32);
    out[32 - length..].copy_from_slice(&all[all.len() - length..]);
    out
}

/// A constant of the curve from its hexadecimal words.
const fn constant(words: [u64; 4]) -> [u8; 32] {
    let mut out = [0; 32];
    let mut index = 0;
    while index < 32 {
        out[index] = (words[index / 8] >> (56 - 8 * (index % 8))) as u8;
        index += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        let digits: Vec<_> = text.chars().map(|c| c.to_digit(16).unwrap() as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    /// RFC 6979, appendix A.2.5.
    #[test]
    fn signatures_are_those_of_rfc_6979() {
        let key = unhex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
        let key = Scalar::new(&key).unwrap();
        let x = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
        let y = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
        assert_eq!(key.public_point(), unhex(&format!("04{x}{y}")));
        let r = unhex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
        let s = unhex("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
        let expected = der::sequence(&[&der::unsigned(&r), &der::unsigned(&s)]);
        assert_eq!(key.sign(b"sample"), expected);
    }
}
