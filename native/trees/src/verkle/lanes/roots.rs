//! Square roots of eight elements at a time.
//!
//! The method is that of the portable code; only the lookups are made one by one.

use std::sync::LazyLock;

use super::field::{Fp8, power, to_2_260};
use super::rows::{load, store};
use crate::verkle::field::limbs::Limbs;
use crate::verkle::field::{Fp, SquareRoots};

/// The tables' powers in the form of this module.
static POWERS: LazyLock<Box<[[Limbs; SquareRoots::DIGITS]; SquareRoots::WINDOWS]>> =
    LazyLock::new(|| {
        let powers = SquareRoots::get().powers();
        Box::new(powers.each_ref().map(|window| window.map(to_2_260)))
    });

/// Digits of eight logarithms in one window.
type Digits = [usize; 8];

/// Square roots, and a bit for each element that has none: what stands there then is no root.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn roots<const N: usize>(squares: [Fp8; N]) -> [(Fp8, u8); N] {
    let bases = power(squares, &SquareRoots::EXPONENT);
    let mut roots = squares.map(|square| (square, 0));
    for (root, base) in roots.iter_mut().zip(bases) {
        let candidate = root.0.times(base);
        *root = finish(candidate, candidate.times(base));
    }
    roots
}

/// Corrects candidates by half of the logarithms of what is left of them.
#[target_feature(enable = "avx512f,avx512ifma")]
fn finish(candidate: Fp8, rest: Fp8) -> (Fp8, u8) {
    let raised2 = raise(rest);
    let raised1 = raise(raised2);
    let raised0 = raise(raised1);
    let digit0 = digits(raised0);
    let digit1 = digits(raised1.times(powers(2, digit0)));
    let digit2 = digits(raised2.times(powers(1, digit0)).times(powers(2, digit1)));
    let known = powers(0, digit0).times(powers(1, digit1)).times(powers(2, digit2));
    let digit3 = digits(rest.times(known));
    let mut odd = 0;
    for (lane, digit) in digit0.iter().enumerate() {
        odd |= ((digit & 1) << lane) as u8;
    }
    // Half of each logarithm, digit by digit.
    let half = |low: Digits, high: Digits| -> Digits {
        let mut half = low;
        for (low, high) in half.iter_mut().zip(high) {
            *low = *low >> 1 | (high & 1) << (SquareRoots::WINDOW - 1);
        }
        half
    };
    let root = candidate
        .times(powers(0, half(digit0, digit1)))
        .times(powers(1, half(digit1, digit2)))
        .times(powers(2, half(digit2, digit3)))
        .times(powers(3, half(digit3, [0; 8])));
    (root, odd)
}

/// To the power of two to the length of a window.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn raise(power: Fp8) -> Fp8 {
    let mut power = power;
    for _ in 0..SquareRoots::WINDOW {
        power = power.square();
    }
    power
}

/// The last digits of the logarithms of powers of orders that divide 256.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn digits(powers: Fp8) -> Digits {
    let tables = SquareRoots::get();
    store(powers.times(Fp8::to_fp()))
        .map(|power| tables.digit(&Fp::from_montgomery_unreduced(&power)))
}

/// The tables' powers for the digits of one window.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn powers(window: usize, digits: Digits) -> Fp8 {
    const ZERO: Limbs = [0; 4];
    let table = POWERS.get(window);
    load(digits.map(|digit| table.and_then(|table| table.get(digit)).unwrap_or(&ZERO)))
}
