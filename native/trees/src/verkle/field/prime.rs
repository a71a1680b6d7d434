//! Arithmetic modulo a prime of at most 255 bits, in Montgomery form.
//!
//! An element `a` is kept as `a·2²⁵⁶ mod p`, always below `p`. Source: Montgomery 1985; the
//! interleaved form without a carry word, which needs the top bit of `p` to be clear.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use super::euclid;
use super::limbs::{self, Limbs, multiply_add};

/// Which prime a [`Field`] is taken modulo.
pub trait Prime: Copy + Eq + Send + Sync + 'static {
    /// The prime: odd, below 2²⁵⁵.
    const MODULUS: [u64; 4];
    /// What the field's elements are called in debugging output.
    const NAME: &'static str;
}

/// An element of the field of integers modulo `P::MODULUS`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Field<P: Prime> {
    /// The element times 2²⁵⁶, reduced.
    montgomery: Limbs,
    prime: PhantomData<P>,
}

/// `-1 / modulus` modulo 2⁶⁴, by Newton's iteration: each step doubles the right bits.
const fn negated_inverse(modulus: u64) -> u64 {
    let mut inverse = 1u64;
    let mut step = 0;
    while step < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(modulus.wrapping_mul(inverse)));
        step += 1;
    }
    inverse.wrapping_neg()
}

/// `2^exponent` modulo `modulus`, by doubling. For constants only: it is slow.
#[expect(clippy::indexing_slicing, reason = "the index runs over the four limbs")]
pub(super) const fn power_of_two(exponent: u32, modulus: &Limbs) -> Limbs {
    let mut value = [1u64, 0, 0, 0];
    let mut step = 0;
    while step < exponent {
        let mut doubled = [0; 4];
        let mut reduced = [0; 4];
        let mut borrow = false;
        let mut limb = 0;
        while limb < 4 {
            let below = if limb == 0 { 0 } else { value[limb - 1] >> 63 };
            doubled[limb] = value[limb] << 1 | below;
            let (difference, first) = doubled[limb].overflowing_sub(modulus[limb]);
            let (difference, second) = difference.overflowing_sub(borrow as u64);
            reduced[limb] = difference;
            borrow = first || second;
            limb += 1;
        }
        value = if borrow { doubled } else { reduced };
        step += 1;
    }
    value
}

/// `value - modulus` where that is not negative, without a branch that would be mispredicted.
#[inline(always)]
fn reduce_once(value: &Limbs, modulus: &Limbs) -> Limbs {
    use std::hint::select_unpredictable as select;
    let (reduced, below) = limbs::subtract(value, modulus);
    [
        select(below, value[0], reduced[0]),
        select(below, value[1], reduced[1]),
        select(below, value[2], reduced[2]),
        select(below, value[3], reduced[3]),
    ]
}

impl<P: Prime> Field<P> {
    /// The modulus, and `-1 / modulus` modulo 2⁶⁴.
    pub(crate) const CONSTANTS: (Limbs, u64) = (P::MODULUS, negated_inverse(P::MODULUS[0]));
    pub(super) const R_SQUARED: Limbs = power_of_two(512, &P::MODULUS);

    /// Zero.
    pub const ZERO: Self = Self::from_montgomery([0; 4]);
    /// One.
    pub const ONE: Self = Self::from_montgomery(power_of_two(256, &P::MODULUS));

    /// The element whose Montgomery form is given; it must be below the modulus.
    pub(crate) const fn from_montgomery(montgomery: Limbs) -> Self {
        Self { montgomery, prime: PhantomData }
    }

    /// The element times 2²⁵⁶, below the modulus.
    pub(crate) const fn montgomery(&self) -> &Limbs {
        &self.montgomery
    }

    /// The constants, as operands in memory.
    ///
    /// Left to itself the compiler spells them out in every instruction that uses them, ten bytes
    /// each, and multiplication takes a tenth longer, addition twice as long.
    #[inline(always)]
    fn constants() -> &'static (Limbs, u64) {
        std::hint::black_box(&Self::CONSTANTS)
    }

    /// The element whose Montgomery form, below twice the modulus, is given.
    #[inline]
    pub(crate) fn from_montgomery_unreduced(montgomery: &Limbs) -> Self {
        Self::from_montgomery(reduce_once(montgomery, &P::MODULUS))
    }

    /// `a * b / 2²⁵⁶`. `a` must be below the modulus; `b` may be any 256 bits.
    #[inline(always)]
    fn montgomery_product(a: &Limbs, b: &Limbs) -> Limbs {
        let (p, negated_inverse) = Self::constants();
        let mut t = [0u64; 4];
        for &digit in b {
            let (low, carry) = multiply_add(t[0], a[0], digit, 0);
            let factor = low.wrapping_mul(*negated_inverse);
            let (_, shifted) = multiply_add(low, factor, p[0], 0);
            let (word, carry) = multiply_add(t[1], a[1], digit, carry);
            let (t0, shifted) = multiply_add(word, factor, p[1], shifted);
            let (word, carry) = multiply_add(t[2], a[2], digit, carry);
            let (t1, shifted) = multiply_add(word, factor, p[2], shifted);
            let (word, carry) = multiply_add(t[3], a[3], digit, carry);
            let (t2, shifted) = multiply_add(word, factor, p[3], shifted);
            // Before the last reduction the value is below `a + p`, hence below 2²⁵⁶.
            t = [t0, t1, t2, shifted + carry];
        }
        reduce_once(&t, p)
    }

    /// The element that an integer of 256 bits is congruent to.
    pub(crate) fn from_limbs_reduced(integer: &Limbs) -> Self {
        Self::from_montgomery(Self::montgomery_product(&Self::R_SQUARED, integer))
    }

    /// The element that is this integer; `None` if it is not below the modulus.
    pub(crate) fn from_limbs(integer: &Limbs) -> Option<Self> {
        limbs::less(integer, &P::MODULUS).then(|| Self::from_limbs_reduced(integer))
    }

    /// The integer below the modulus that this element is.
    #[inline]
    pub(crate) fn to_limbs(self) -> Limbs {
        Self::montgomery_product(&[1, 0, 0, 0], &self.montgomery)
    }

    /// Reads 32 bytes, least significant first; `None` if they are not below the modulus.
    pub fn from_le_bytes(bytes: &[u8; 32]) -> Option<Self> {
        Self::from_limbs(&limbs::from_le_bytes(bytes))
    }

    /// Reads 32 bytes, most significant first; `None` if they are not below the modulus.
    pub fn from_be_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let mut reversed = *bytes;
        reversed.reverse();
        Self::from_le_bytes(&reversed)
    }

    /// Reads 32 bytes, least significant first, and reduces them.
    pub fn from_le_bytes_reduced(bytes: &[u8; 32]) -> Self {
        Self::from_limbs_reduced(&limbs::from_le_bytes(bytes))
    }

    /// The 32 bytes of the element, least significant first.
    pub fn to_le_bytes(self) -> [u8; 32] {
        limbs::to_le_bytes(&self.to_limbs())
    }

    /// The 32 bytes of the element, most significant first.
    pub fn to_be_bytes(self) -> [u8; 32] {
        let mut bytes = self.to_le_bytes();
        bytes.reverse();
        bytes
    }

    /// Whether the element is zero.
    #[inline]
    pub const fn is_zero(&self) -> bool {
        limbs::is_zero(&self.montgomery)
    }

    /// The element times itself.
    #[inline]
    #[must_use]
    pub fn square(self) -> Self {
        self * self
    }

    /// The element plus itself.
    #[inline]
    #[must_use]
    pub fn double(self) -> Self {
        self + self
    }

    /// The element to the power of an integer.
    #[must_use]
    pub(crate) fn power(self, exponent: &Limbs) -> Self {
        let powers = OddPowers::new(self);
        powers.raise(exponent)
    }

    /// One divided by the element; zero for zero.
    #[must_use]
    pub fn invert(self) -> Self {
        euclid::inverse(&self)
    }
}

/// A step of raising an element to a power. Squarings before the first factor do nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Square,
    /// Multiply by the element to the power of twice this plus one.
    Multiply(usize),
}

/// Odd powers of an element that [`Step`]s use.
pub(crate) const ODD_POWERS: usize = 16;

/// The steps that raise to a power, in windows of five bits.
pub(crate) fn steps(exponent: &Limbs) -> impl Iterator<Item = Step> {
    let bits = *exponent;
    let bit = move |place: usize| bits.get(place / 64).is_some_and(|b| b >> (place % 64) & 1 == 1);
    let mut place = 256usize;
    let mut digit: Option<usize> = None;
    // Where the window in hand ends.
    let mut end = 0;
    std::iter::from_fn(move || {
        if place == end
            && let Some(digit) = digit.take()
        {
            return Some(Step::Multiply(digit >> 1));
        }
        place = place.checked_sub(1)?;
        digit = match digit {
            Some(digit) => Some(digit << 1 | usize::from(bit(place))),
            None if bit(place) => {
                // The widest window that starts here and ends in a one.
                end = (place.saturating_sub(4)..=place).find(|&end| bit(end)).unwrap_or(place);
                Some(1)
            }
            None => None,
        };
        Some(Step::Square)
    })
}

/// The first sixteen odd powers of an element.
struct OddPowers<P: Prime>([Field<P>; ODD_POWERS]);

impl<P: Prime> OddPowers<P> {
    fn new(base: Field<P>) -> Self {
        let square = base.square();
        let mut power = base;
        Self(std::array::from_fn(|index| {
            if index > 0 {
                power *= square;
            }
            power
        }))
    }

    fn raise(&self, exponent: &Limbs) -> Field<P> {
        let mut result = None;
        for step in steps(exponent) {
            result = match (step, result) {
                (Step::Square, result) => result.map(Field::square),
                (Step::Multiply(odd), None) => Some(self.odd(odd)),
                (Step::Multiply(odd), Some(result)) => Some(result * self.odd(odd)),
            };
        }
        result.unwrap_or(Field::ONE)
    }

    fn odd(&self, index: usize) -> Field<P> {
        self.0.get(index).copied().unwrap_or(Field::ONE)
    }
}

impl<P: Prime> Default for Field<P> {
    fn default() -> Self {
        Self::ZERO
    }
}

impl<P: Prime> From<u64> for Field<P> {
    fn from(integer: u64) -> Self {
        Self::from_limbs_reduced(&[integer, 0, 0, 0])
    }
}

impl<P: Prime> From<u128> for Field<P> {
    fn from(integer: u128) -> Self {
        Self::from_limbs_reduced(&[integer as u64, (integer >> 64) as u64, 0, 0])
    }
}

impl<P: Prime> Add for Field<P> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // Both are below 2²⁵⁵, so the sum does not wrap.
        let (sum, _) = limbs::add(&self.montgomery, &other.montgomery);
        Self::from_montgomery(reduce_once(&sum, &Self::constants().0))
    }
}

impl<P: Prime> Sub for Field<P> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let (difference, below) = limbs::subtract(&self.montgomery, &other.montgomery);
        let mask = 0u64.wrapping_sub(u64::from(below));
        let (p, _) = Self::constants();
        let correction = [p[0] & mask, p[1] & mask, p[2] & mask, p[3] & mask];
        Self::from_montgomery(limbs::add(&difference, &correction).0)
    }
}

impl<P: Prime> Neg for Field<P> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl<P: Prime> Mul for Field<P> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::from_montgomery(Self::montgomery_product(&self.montgomery, &other.montgomery))
    }
}

impl<P: Prime> AddAssign for Field<P> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<P: Prime> SubAssign for Field<P> {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl<P: Prime> MulAssign for Field<P> {
    #[inline(always)]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl<P: Prime> fmt::Debug for Field<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(0x", P::NAME)?;
        for byte in self.to_be_bytes() {
            write!(f, "{byte:02x}")?;
        }
        write!(f, ")")
    }
}
