//! Arithmetic modulo a number, for the key kinds that have no library here.
//!
//! Used to make keys and certificates in templates, where nobody can time the operations; it is not constant-time.

use rsa::BoxedUint;

/// A modulus; its elements are kept below it and in its precision.
pub(crate) struct Modulus(BoxedUint);

impl Modulus {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(BoxedUint::from_be_slice_vartime(bytes))
    }

    /// The number in `bytes` (at most as long as the modulus), reduced.
    pub(crate) fn element(&self, bytes: &[u8]) -> BoxedUint {
        let number = BoxedUint::from_be_slice_truncated(bytes, self.0.bits_precision());
        self.0
            .as_nz_vartime()
            .map_or_else(BoxedUint::zero, |modulus| number.rem(modulus))
    }

    pub(crate) fn small(&self, number: u8) -> BoxedUint {
        self.element(&[number])
    }

    pub(crate) fn add(&self, a: &BoxedUint, b: &BoxedUint) -> BoxedUint {
        self.0
            .as_nz_vartime()
            .map_or_else(BoxedUint::zero, |modulus| a.add_mod(b, modulus))
    }

    pub(crate) fn subtract(&self, a: &BoxedUint, b: &BoxedUint) -> BoxedUint {
        self.0
            .as_nz_vartime()
            .map_or_else(BoxedUint::zero, |modulus| a.sub_mod(b, modulus))
    }

    pub(crate) fn multiply(&self, a: &BoxedUint, b: &BoxedUint) -> BoxedUint {
        self.0
            .as_nz_vartime()
            .map_or_else(BoxedUint::zero, |modulus| a.mul_mod(b, modulus))
    }

    /// `a` to the power of a big-endian number.
    pub(crate) fn power(&self, a: &BoxedUint, exponent: &[u8]) -> BoxedUint {
        let mut result = self.small(1);
        for bit in bits(exponent) {
            result = self.multiply(&result, &result);
            if bit {
                result = self.multiply(&result, a);
            }
        }
        result
    }

    /// The inverse of `a` when the modulus is prime (Fermat).
    pub(crate) fn invert(&self, a: &BoxedUint) -> BoxedUint {
        let two = BoxedUint::from_be_slice_truncated(&[2], self.0.bits_precision());
        self.power(a, &self.0.wrapping_sub(&two).to_be_bytes())
    }

    /// Whether the modulus is prime, by Miller and Rabin's test with the given bases.
    pub(crate) fn is_prime(&self, bases: &[u8]) -> bool {
        let one = self.small(1);
        let minus_one = self.subtract(&self.small(0), &one);
        let mut odd_part = minus_one.to_be_bytes().to_vec();
        let mut twos = 0;
        while odd_part.last().is_some_and(|byte| byte & 1 == 0) {
            halve(&mut odd_part);
            twos += 1;
        }
        bases.iter().all(|base| {
            let mut power = self.power(&self.small(*base), &odd_part);
            if power == one || power == minus_one {
                return true;
            }
            (1..twos).any(|_| {
                power = self.multiply(&power, &power);
                power == minus_one
            })
        })
    }
}

/// The bits of a big-endian number, most significant first.
pub(crate) fn bits(bytes: &[u8]) -> impl Iterator<Item = bool> {
    bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
}

/// Half of a big-endian number.
pub(crate) fn halve(bytes: &mut [u8]) {
    let mut carry = 0;
    for byte in bytes {
        let low = *byte & 1;
        *byte = *byte >> 1 | carry << 7;
        carry = low;
    }
}

/// The remainder of a big-endian number.
pub(crate) fn remainder(bytes: &[u8], divisor: u64) -> u64 {
    bytes
        .iter()
        .fold(0, |rest, byte| (rest << 8 | u64::from(*byte)) % divisor)
}
