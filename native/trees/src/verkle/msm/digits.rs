//! Scalars cut into signed digits.
//!
//! With digits from `-2^(w-1)` to `2^(w-1)` a window of `w` bits needs half the multiples of a
//! point that unsigned digits would need, since negating a point is free.

use std::ops::Range;

use crate::verkle::field::limbs::{self, Limbs};
use crate::verkle::field::{Fr, Prime, ScalarPrime};

/// The absolute value of a scalar, taken between `-r/2` and `r/2`, and whether it is negative.
///
/// It is below 2²⁵², and small where the scalar is a small number or its negative.
#[inline]
pub(super) fn magnitude(scalar: Fr) -> (Limbs, bool) {
    let limbs = scalar.to_limbs();
    let (negated, _) = limbs::subtract(&ScalarPrime::MODULUS, &limbs);
    if limbs::less(&negated, &limbs) { (negated, true) } else { (limbs, false) }
}

/// Calls `each` with the position and the value of every non-zero digit, the lowest first.
///
/// `window` is from 2 to 31 bits wide.
#[inline]
pub(super) fn each_digit(magnitude: &Limbs, window: u32, mut each: impl FnMut(usize, i32)) {
    let [mut w0, mut w1, mut w2, mut w3] = *magnitude;
    let mask = (1u64 << window) - 1;
    let half = 1i32 << (window - 1);
    let mut carry = 0;
    let mut position = 0;
    while w0 | w1 | w2 | w3 != 0 || carry != 0 {
        let mut digit = (w0 & mask) as i32 + carry;
        carry = i32::from(digit > half);
        digit -= carry << window;
        if digit != 0 {
            each(position, digit);
        }
        w0 = w0 >> window | w1 << (64 - window);
        w1 = w1 >> window | w2 << (64 - window);
        w2 = w2 >> window | w3 << (64 - window);
        w3 >>= window;
        position += 1;
    }
}

/// Some of the digits of half scalars: those in a range of positions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digits {
    window: u32,
    count: usize,
    /// Bits below the range.
    skipped: u32,
    /// The largest number that digits below the range can make; a larger one carries.
    largest: u128,
}

impl Digits {
    /// Those of windows that are from 2 to 31 bits wide, and begin below bit 128.
    pub(super) fn new(window: u32, positions: &Range<usize>) -> Self {
        let half = 1u128 << (window - 1);
        let largest = (0..positions.start).fold(0, |largest, _| largest << window | half);
        let (count, skipped) = (positions.len(), positions.start as u32 * window);
        Self { window, count, skipped, largest }
    }

    /// Calls `each` with the place in the range and the value of every digit that is not zero, as
    /// [`each_digit`] finds them.
    #[inline]
    pub(super) fn each(&self, magnitude: u128, mut each: impl FnMut(usize, i32)) {
        let below = magnitude & ((1 << self.skipped) - 1);
        let mut rest = (magnitude >> self.skipped) + u128::from(below > self.largest);
        for place in 0..self.count {
            let mut digit = (rest & ((1 << self.window) - 1)) as i32;
            let carry = digit > 1 << (self.window - 1);
            digit -= i32::from(carry) << self.window;
            rest = (rest >> self.window) + u128::from(carry);
            if digit != 0 {
                each(place, digit);
            }
        }
    }
}
