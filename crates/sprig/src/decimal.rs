//! Exact decimal numbers, as `shopspring/decimal` computes them for `addf` and its kin.
//!
//! Every operand comes from a float64, so it has at most 17 digits and a power of ten; only running results grow. A
//! number is its digits in base 10⁹, least significant first, times a power of ten.

use std::cmp::Ordering;

const BASE: u64 = 1_000_000_000;
const BASE_DIGITS: u32 = 9;

/// Digits after the point that a quotient is rounded to.
const DIVISION_PRECISION: i32 = 16;

/// An exact decimal number.
#[derive(Clone, Debug)]
pub(crate) struct Decimal {
    negative: bool,
    digits: Vec<u32>,
    exponent: i32,
}

/// A float64 as sign, digits and power of ten.
#[derive(Clone, Copy)]
pub(crate) struct Operand {
    negative: bool,
    digits: u64,
    exponent: i32,
}

impl Operand {
    /// The shortest decimal that reads back as `number`; infinities and NaN have none.
    pub(crate) fn new(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        let text = ironhelm_golang::strconv::format_float(number.abs(), b'e', -1, 64);
        let (mantissa, exponent) = text.split_once('e')?;
        let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        Some(Self {
            negative: number < 0.0,
            digits: mantissa.replace('.', "").parse().ok()?,
            exponent: exponent.parse::<i32>().ok()? - fraction as i32,
        })
    }
}

impl From<Operand> for Decimal {
    fn from(operand: Operand) -> Self {
        let mut digits = vec![1];
        multiply(&mut digits, operand.digits);
        Self {
            negative: operand.negative,
            digits,
            exponent: operand.exponent,
        }
    }
}

impl Decimal {
    pub(crate) fn add(self, operand: Operand) -> Self {
        let (mut a, mut b) = (self, Self::from(operand));
        let exponent = a.exponent.min(b.exponent);
        a.rescale(exponent);
        b.rescale(exponent);
        if a.negative == b.negative {
            add(&mut a.digits, &b.digits);
            return a;
        }
        if compare(&a.digits, &b.digits) == Ordering::Less {
            std::mem::swap(&mut a, &mut b);
        }
        subtract(&mut a.digits, &b.digits);
        a
    }

    pub(crate) fn subtract(self, operand: Operand) -> Self {
        let negative = !operand.negative;
        self.add(Operand { negative, ..operand })
    }

    pub(crate) fn multiply(mut self, operand: Operand) -> Self {
        multiply(&mut self.digits, operand.digits);
        self.negative ^= operand.negative;
        self.exponent += operand.exponent;
        self
    }

    /// The quotient, rounded half away from zero at the division precision; nothing when `operand` is 0.
    pub(crate) fn divide(mut self, operand: Operand) -> Option<Self> {
        if operand.digits == 0 {
            return None;
        }
        let shift = self.exponent - operand.exponent + DIVISION_PRECISION;
        // Twice the quotient, so that its last bit tells whether to round up.
        multiply(&mut self.digits, 2);
        shift_decimal(&mut self.digits, shift);
        divide(&mut self.digits, operand.digits);
        add(&mut self.digits, &[1]);
        divide(&mut self.digits, 2);
        self.negative ^= operand.negative;
        self.exponent = -DIVISION_PRECISION;
        Some(self)
    }

    /// The nearest float64.
    pub(crate) fn to_f64(&self) -> f64 {
        let mut text = String::with_capacity(self.digits.len() * BASE_DIGITS as usize + 8);
        if self.negative && self.digits.iter().any(|digit| *digit != 0) {
            text.push('-');
        }
        for digit in self.digits.iter().rev() {
            text.push_str(&format!("{digit:09}"));
        }
        text.push_str(&format!("0e{}", self.exponent - 1));
        text.parse().unwrap_or_default()
    }

    fn rescale(&mut self, exponent: i32) {
        shift_decimal(&mut self.digits, self.exponent - exponent);
        self.exponent = exponent;
    }
}

/// Multiplies by a power of ten, or divides and drops the remainder when it is negative.
fn shift_decimal(digits: &mut Vec<u32>, power: i32) {
    let (whole, part) = (power.unsigned_abs() / BASE_DIGITS, power.unsigned_abs() % BASE_DIGITS);
    if power >= 0 {
        digits.splice(0..0, std::iter::repeat_n(0, whole as usize));
        multiply(digits, 10u64.pow(part));
    } else {
        digits.drain(..digits.len().min(whole as usize));
        divide(digits, 10u64.pow(part));
    }
}

fn multiply(digits: &mut Vec<u32>, factor: u64) {
    let mut carry = 0u128;
    for digit in digits.iter_mut() {
        carry += u128::from(*digit) * u128::from(factor);
        *digit = (carry % u128::from(BASE)) as u32;
        carry /= u128::from(BASE);
    }
    while carry > 0 {
        digits.push((carry % u128::from(BASE)) as u32);
        carry /= u128::from(BASE);
    }
    trim(digits);
}

fn divide(digits: &mut Vec<u32>, divisor: u64) {
    let mut remainder = 0u128;
    for digit in digits.iter_mut().rev() {
        remainder = remainder * u128::from(BASE) + u128::from(*digit);
        *digit = (remainder / u128::from(divisor)) as u32;
        remainder %= u128::from(divisor);
    }
    trim(digits);
}

fn add(digits: &mut Vec<u32>, other: &[u32]) {
    let mut carry = 0u64;
    digits.resize(digits.len().max(other.len()) + 1, 0);
    for (index, digit) in digits.iter_mut().enumerate() {
        carry += u64::from(*digit) + u64::from(other.get(index).copied().unwrap_or(0));
        *digit = (carry % BASE) as u32;
        carry /= BASE;
    }
    trim(digits);
}

/// Takes away `other`, which is not greater.
fn subtract(digits: &mut Vec<u32>, other: &[u32]) {
    let mut borrow = 0i64;
    for (index, digit) in digits.iter_mut().enumerate() {
        let difference = i64::from(*digit) - i64::from(other.get(index).copied().unwrap_or(0)) - borrow;
        borrow = i64::from(difference < 0);
        *digit = (difference + borrow * BASE as i64) as u32;
    }
    trim(digits);
}

fn compare(a: &[u32], b: &[u32]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

fn trim(digits: &mut Vec<u32>) {
    let used = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    digits.truncate(used);
}
