//! Square roots in the field of coordinates.
//!
//! With `p - 1 = 2³²·m`, the candidate `a^((m+1)/2)` is a root of `a` up to a factor whose square
//! is `a^m`, and `a^m` lies in the group of order 2³². Its logarithm there is read off eight bits
//! at a time from tables; half of it is what the candidate must be divided by. Source: Sarkar,
//! "Computing square roots faster than the Tonelli-Shanks/Bernstein algorithm", 2020.

use std::sync::LazyLock;

use super::Fp;
use super::limbs::Limbs;

/// Places in the table from a power to its logarithm.
const PLACES: usize = 1024;

/// Tables of powers of a generator `g` of the group of order 2³².
#[derive(Debug)]
pub(crate) struct SquareRoots {
    /// `g^(-digit·2^(8·window))` at `[window][digit]`.
    powers: [[Fp; Self::DIGITS]; Self::WINDOWS],
    /// Digits `d` found by `g^(d·2²⁴)`; more places than digits, and linear search from a hash.
    digits: [Option<(Fp, u8)>; PLACES],
}

static TABLES: LazyLock<Box<SquareRoots>> = LazyLock::new(SquareRoots::build);

impl SquareRoots {
    /// `(m - 1) / 2`.
    pub(crate) const EXPONENT: Limbs = [
        0x7fff_2dff_7fff_ffff,
        0x04d0_ec02_a9de_d201,
        0x94ce_bea4_199c_ec04,
        0x0000_0000_39f6_d3a9,
    ];
    /// Bits of the logarithm that one table lookup gives, and the values that they have.
    pub(crate) const WINDOW: usize = 8;
    pub(crate) const DIGITS: usize = 1 << Self::WINDOW;
    /// Windows in a logarithm.
    pub(crate) const WINDOWS: usize = 4;

    /// The tables, which are made when they are first wanted; they take 96 kB.
    pub(crate) fn get() -> &'static Self {
        &TABLES
    }

    fn build() -> Box<Self> {
        // 5 is not a square, so its m-th power has order 2³².
        let five = Fp::from(5u64);
        let generator = five * five.power(&Self::EXPONENT).square();
        let mut tables = Box::new(Self {
            powers: [[Fp::ONE; Self::DIGITS]; Self::WINDOWS],
            digits: [None; PLACES],
        });
        let mut step = generator.invert();
        for window in &mut tables.powers {
            let mut power = Fp::ONE;
            for entry in window.iter_mut() {
                *entry = power;
                power *= step;
            }
            step = power;
        }
        // After four windows `step` is g^(-2³²) = 1; the root of order 256 is three windows up.
        let root =
            (0..Self::WINDOW * (Self::WINDOWS - 1)).fold(generator, |power, _| power.square());
        let mut power = Fp::ONE;
        for digit in 0..=u8::MAX {
            let mut place = Self::place(&power);
            while let Some(Some(_)) = tables.digits.get(place) {
                place = (place + 1) % PLACES;
            }
            if let Some(entry) = tables.digits.get_mut(place) {
                *entry = Some((power, digit));
            }
            power *= root;
        }
        tables
    }

    /// Where the search for a power begins.
    #[inline]
    fn place(power: &Fp) -> usize {
        power.montgomery()[1] as usize % PLACES
    }

    /// The digit `d` with `g^(d·2²⁴)` equal to `power`, which has an order that divides 256.
    #[inline]
    pub(crate) fn digit(&self, power: &Fp) -> usize {
        let mut place = Self::place(power);
        while let Some(Some((found, digit))) = self.digits.get(place) {
            if found == power {
                return usize::from(*digit);
            }
            place = (place + 1) % PLACES;
        }
        0
    }

    /// The powers of the generator by window and digit.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn powers(&self) -> &[[Fp; Self::DIGITS]; Self::WINDOWS] {
        &self.powers
    }

    #[inline]
    fn power(&self, window: usize, digit: usize) -> Fp {
        self.powers.get(window).and_then(|window| window.get(digit)).copied().unwrap_or(Fp::ONE)
    }

    /// A square root, or `None` for a non-square; which of the two roots is not specified.
    pub(crate) fn root(&self, square: Fp) -> Option<Fp> {
        let base = square.power(&Self::EXPONENT);
        self.root_from_power(square, base)
    }

    /// As [`root`](Self::root), given `base`, the `(m - 1) / 2`-th power of `square`.
    pub(crate) fn root_from_power(&self, square: Fp, base: Fp) -> Option<Fp> {
        let candidate = square * base;
        let rest = candidate * base;
        let raise = |power: Fp| (0..Self::WINDOW).fold(power, |power, _| power.square());
        let raised2 = raise(rest);
        let raised1 = raise(raised2);
        let raised0 = raise(raised1);
        // Of rest^(2^(24 - 8·w)) the digits above the w-th have vanished, and those below it are
        // taken away by the tables.
        let digit0 = self.digit(&raised0);
        let digit1 = self.digit(&(raised1 * self.power(2, digit0)));
        let digit2 = self.digit(&(raised2 * self.power(1, digit0) * self.power(2, digit1)));
        let known = self.power(0, digit0) * self.power(1, digit1) * self.power(2, digit2);
        let digit3 = self.digit(&(rest * known));
        if rest.is_zero() {
            return Some(Fp::ZERO);
        }
        let digits = [digit0, digit1, digit2, digit3];
        let logarithm =
            digits.iter().rev().fold(0u32, |sum, &digit| sum << Self::WINDOW | digit as u32);
        if logarithm & 1 == 1 {
            return None;
        }
        let half = (logarithm / 2).to_le_bytes();
        let root = half.iter().enumerate().fold(candidate, |root, (window, &digit)| {
            if digit == 0 { root } else { root * self.power(window, usize::from(digit)) }
        });
        Some(root)
    }
}
