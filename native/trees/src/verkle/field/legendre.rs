//! Whether an element of the field of coordinates is a square, without computing a root.
//!
//! The Jacobi symbol is found by the binary algorithm of Euclid. Most of its steps need only the
//! highest and the lowest bits of the two integers, so blocks of steps run on one word each and
//! are then applied to the whole integers at once. Source: Pornin, "Optimized Binary GCD for
//! Modular Inversion", 2020, here in variable time.

use std::hint::select_unpredictable as select;

use super::limbs::{self, Limbs};
use super::{BasePrime, Fp, Prime};

/// Low bits of an integer that its approximation holds exactly; the other 33 are its highest.
const EXACT: u32 = 31;
/// Factors of two that a block takes out: the three lowest bits stay exact until its end.
const BLOCK: u32 = EXACT - 3;

impl Fp {
    /// 1 for a square, -1 for a non-square, 0 for zero.
    pub(crate) fn legendre(self) -> i8 {
        // The Montgomery factor 2²⁵⁶ is a square: the symbol of the form is that of the element.
        legendre_of(self.montgomery())
    }
}

/// The symbol of an integer, which need not be reduced.
pub(crate) fn legendre_of(integer: &Limbs) -> i8 {
    jacobi(integer, &BasePrime::MODULUS)
}

/// The Jacobi symbol of `a` over the odd `n`.
fn jacobi(a: &Limbs, n: &Limbs) -> i8 {
    let (mut a, mut b) = (*a, *n);
    let mut negative = false;
    while !limbs::is_zero(&a) {
        let (low, high) = approximate(&a, &b);
        let block = Block::run(low, high, &mut negative);
        (a, b) = block.apply(&a, &b, &mut negative);
    }
    match b {
        [1, 0, 0, 0] if negative => -1,
        [1, 0, 0, 0] => 1,
        _ => 0,
    }
}

/// One word for each of two integers: exact if both fit into one, else their highest bits, at
/// the same place in both, above their lowest.
#[inline(always)]
fn approximate(a: &Limbs, b: &Limbs) -> (u64, u64) {
    let (high_a, high_b, highest) = match [a[3] | b[3], a[2] | b[2], a[1] | b[1]] {
        [0, 0, 0] => return (a[0], b[0]),
        [0, 0, highest] => ([a[1], a[0]], [b[1], b[0]], highest),
        [0, highest, _] => ([a[2], a[1]], [b[2], b[1]], highest),
        [highest, _, _] => ([a[3], a[2]], [b[3], b[2]], highest),
    };
    let shift = highest.leading_zeros();
    let join = |[high, next]: [u64; 2], low: u64| {
        let top = ((u128::from(high) << 64 | u128::from(next)) << shift >> 64) as u64;
        top >> EXACT << EXACT | low & ((1 << EXACT) - 1)
    };
    (join(high_a, a[0]), join(high_b, b[0]))
}

/// What a block of steps amounts to: `a` becomes `(a·f0 + b·g0) / 2²⁸`, and `b` becomes
/// `(a·f1 + b·g1) / 2²⁸`.
struct Block {
    f0: i64,
    g0: i64,
    f1: i64,
    g1: i64,
}

impl Block {
    /// Takes 28 twos out of `a`, exchanging `a` and `b` and subtracting `b` whenever `a` is odd.
    ///
    /// The symbol's sign turns by the second supplement when an odd number of twos leaves `a`
    /// while `b` is 3 or 5 modulo 8, and by reciprocity when `a` and `b`, both 3 modulo 4, change
    /// places. Both look at exact bits only.
    #[inline(always)]
    fn run(mut a: u64, mut b: u64, negative: &mut bool) -> Self {
        let Self { mut f0, mut g0, mut f1, mut g1 } = Self { f0: 1, g0: 0, f1: 0, g1: 1 };
        let mut left = BLOCK;
        // The sign is its bit 1.
        let mut sign = 0;
        loop {
            let twos = (a | 1 << left).trailing_zeros();
            a >>= twos;
            f1 <<= twos;
            g1 <<= twos;
            left -= twos;
            sign ^= u64::from(twos) << 1 & (b ^ b >> 1);
            if left == 0 {
                break;
            }
            let exchange = a < b;
            sign ^= select(exchange, a & b, 0);
            (a, b) =
                (select(exchange, b.wrapping_sub(a), a.wrapping_sub(b)), select(exchange, a, b));
            (f0, f1) = (select(exchange, f1 - f0, f0 - f1), select(exchange, f0, f1));
            (g0, g1) = (select(exchange, g1 - g0, g0 - g1), select(exchange, g0, g1));
        }
        *negative ^= sign >> 1 & 1 == 1;
        Self { f0, g0, f1, g1 }
    }

    /// The integers after the block.
    ///
    /// Where the highest bits were too few to compare by, one of them, never both, comes out
    /// negative and small. The sign of `b` does not enter the symbol; that of `a` does.
    #[inline(always)]
    fn apply(&self, a: &Limbs, b: &Limbs, negative: &mut bool) -> (Limbs, Limbs) {
        let (next_b, _) = combine(a, b, self.f1, self.g1);
        let (next_a, negated) = combine(a, b, self.f0, self.g0);
        *negative ^= negated && next_b[0] & 3 == 3;
        (next_a, next_b)
    }
}

/// The absolute value of `(a·f + b·g) / 2²⁸`, and whether it was negative.
#[inline(always)]
fn combine(a: &Limbs, b: &Limbs, f: i64, g: i64) -> (Limbs, bool) {
    let mut words = [0u64; 4];
    let mut carry = 0i128;
    for ((word, &a), &b) in words.iter_mut().zip(a).zip(b) {
        let sum = i128::from(a) * i128::from(f) + i128::from(b) * i128::from(g) + carry;
        *word = sum as u64;
        carry = sum >> 64;
    }
    let [w0, w1, w2, w3] = words;
    let shift = |low: u64, high: u64| low >> BLOCK | high << (64 - BLOCK);
    let value = [shift(w0, w1), shift(w1, w2), shift(w2, w3), shift(w3, carry as u64)];
    if carry < 0 { (limbs::subtract(&[0; 4], &value).0, true) } else { (value, false) }
}
