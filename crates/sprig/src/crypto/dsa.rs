//! DSA keys with the sizes L2048N256. Go cannot sign certificates with them, so neither can we.

use super::modular::{Modulus, remainder};
use super::{Random, der};

const P_BYTES: usize = 256;
const Q_BYTES: usize = 32;

/// Bases of the primality test.
const BASES: [u8; 20] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71,
];

/// A fresh key in the traditional encoding: version, p, q, g, y, x.
pub(crate) fn generate(random: &Random) -> Vec<u8> {
    let (p, q) = parameters(random);
    let field = Modulus::new(&p);
    let cofactor = divide(&minus_one(&p), &q);
    let generator = (2..=u8::MAX)
        .map(|base| field.power(&field.small(base), &cofactor))
        .find(|power| *power != field.small(1))
        .unwrap_or_else(|| field.small(1));
    let private = loop {
        let candidate: [u8; Q_BYTES] = random.bytes();
        if candidate < q && candidate != [0; Q_BYTES] {
            break candidate;
        }
    };
    let public = field.power(&generator, &private);
    let numbers = [
        &[0],
        p.as_slice(),
        &q,
        &generator.to_be_bytes(),
        &public.to_be_bytes(),
        &private,
    ];
    der::element(der::SEQUENCE, &numbers.map(der::unsigned).concat())
}

/// Primes p and q where q divides p - 1.
fn parameters(random: &Random) -> ([u8; P_BYTES], [u8; Q_BYTES]) {
    loop {
        let mut q: [u8; Q_BYTES] = random.bytes();
        q[0] |= 0x80;
        q[Q_BYTES - 1] |= 1;
        if !is_prime(&q) {
            continue;
        }
        for _ in 0..4 * 8 * P_BYTES {
            let mut p: [u8; P_BYTES] = random.bytes();
            p[0] |= 0x80;
            p[P_BYTES - 1] |= 1;
            if make_congruent(&mut p, &q) && is_prime(&p) {
                return (p, q);
            }
        }
    }
}

/// Lowers `p` to the next number that is 1 modulo 2q; false when it loses its top bit.
fn make_congruent(p: &mut [u8; P_BYTES], q: &[u8; Q_BYTES]) -> bool {
    let mut double = [0; Q_BYTES + 1];
    for index in 0..Q_BYTES {
        double[index] |= q[index] >> 7;
        double[index + 1] = q[index] << 1;
    }
    let mut excess = long_division(&minus_one(p), &double).1;
    let mut borrow = 0i16;
    excess.splice(0..0, std::iter::repeat_n(0, P_BYTES - excess.len()));
    for (byte, taken) in p.iter_mut().zip(&excess).rev() {
        let difference = i16::from(*byte) - i16::from(*taken) - borrow;
        borrow = i16::from(difference < 0);
        *byte = difference as u8;
    }
    p[0] & 0x80 != 0
}

fn is_prime(number: &[u8]) -> bool {
    let has_small_factor = (3u64..2000).step_by(2).any(|factor| remainder(number, factor) == 0);
    !has_small_factor && Modulus::new(number).is_prime(&BASES)
}

/// An odd number minus one.
fn minus_one(number: &[u8; P_BYTES]) -> [u8; P_BYTES] {
    let mut out = *number;
    out[P_BYTES - 1] &= 0xfe;
    out
}

fn divide(number: &[u8], divisor: &[u8]) -> Vec<u8> {
    long_division(number, divisor).0
}

/// Quotient and remainder of big-endian numbers, bit by bit.
fn long_division(number: &[u8], divisor: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut quotient = vec![0; number.len()];
    let mut rest = vec![0u8; divisor.len() + 1];
    let divisor = [&[0], divisor].concat();
    for (index, bit) in super::modular::bits(number).enumerate() {
        let mut carry = u8::from(bit);
        for byte in rest.iter_mut().rev() {
            let top = *byte >> 7;
            *byte = *byte << 1 | carry;
            carry = top;
        }
        if rest >= divisor {
            let mut borrow = 0i16;
            for (byte, taken) in rest.iter_mut().zip(&divisor).rev() {
                let difference = i16::from(*byte) - i16::from(*taken) - borrow;
                borrow = i16::from(difference < 0);
                *byte = difference as u8;
            }
            quotient[index / 8] |= 0x80 >> (index % 8);
        }
    }
    (quotient, rest)
}
