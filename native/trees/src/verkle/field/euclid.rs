//! The binary algorithm of Euclid in blocks of steps, for symbols and inverses.
//!
//! Most steps need only the highest and the lowest bits of the two integers, so a block of them runs
//! on one word each and is then applied to the whole integers at once. Source: Pornin, "Optimized
//! Binary GCD for Modular Inversion", 2020, here in variable time.

use std::hint::select_unpredictable as select;

use super::limbs::{self, Limbs, multiply_add};
use super::prime::{Field, Prime};

/// Low bits of an integer that its approximation holds exactly; the other 33 are its highest.
const EXACT: u32 = 31;
/// Factors of two that a block takes out: the three lowest bits stay exact until its end.
const BLOCK: u32 = EXACT - 3;

/// The Jacobi symbol of `a` over the odd `n`.
pub(super) fn jacobi(a: &Limbs, n: &Limbs) -> i8 {
    let (mut a, mut b) = (*a, *n);
    let mut negative = false;
    while !limbs::is_zero(&a) {
        let block = Block::of(&a, &b);
        let ((next_a, a_negated), (next_b, _)) = block.apply(&a, &b);
        // The sign of `b` does not enter the symbol; that of `a` does.
        negative ^= block.turns ^ (a_negated && next_b[0] & 3 == 3);
        (a, b) = (next_a, next_b);
    }
    match b {
        [1, 0, 0, 0] if negative => -1,
        [1, 0, 0, 0] => 1,
        _ => 0,
    }
}

/// One divided by an element; zero for zero.
pub(super) fn inverse<P: Prime>(element: &Field<P>) -> Field<P> {
    let (mut a, mut b) = (*element.montgomery(), P::MODULUS);
    // Modulo the prime, `a` is always `u` times the element's form divided by 2⁵¹², and `b` is `v`
    // times it. Once `b` is one, `v` is the form of the inverse.
    let (mut u, mut v) = (Field::from_montgomery(Field::<P>::R_SQUARED), Field::ZERO);
    while !limbs::is_zero(&a) {
        let block = Block::of(&a, &b);
        let ((next_a, a_negated), (next_b, b_negated)) = block.apply(&a, &b);
        let next_u = combine_modulo(&u, &v, block.f0, block.g0);
        let next_v = combine_modulo(&u, &v, block.f1, block.g1);
        (a, b) = (next_a, next_b);
        u = if a_negated { -next_u } else { next_u };
        v = if b_negated { -next_v } else { next_v };
    }
    v
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
    /// Whether the Jacobi symbol of `a` over `b` changes its sign.
    turns: bool,
}

impl Block {
    /// Takes 28 twos out of `a`, exchanging `a` and `b` and subtracting `b` whenever `a` is odd.
    ///
    /// The symbol's sign turns by the second supplement when an odd number of twos leaves `a`
    /// while `b` is 3 or 5 modulo 8, and by reciprocity when `a` and `b`, both 3 modulo 4, change
    /// places. Both look at exact bits only.
    #[inline(always)]
    fn of(a: &Limbs, b: &Limbs) -> Self {
        let (mut a, mut b) = approximate(a, b);
        let (mut f0, mut g0, mut f1, mut g1) = (1i64, 0i64, 0i64, 1i64);
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
            // Which is smaller is as good as random: a branch would be mispredicted.
            let exchange = a < b;
            sign ^= select(exchange, a & b, 0);
            (a, b) =
                (select(exchange, b.wrapping_sub(a), a.wrapping_sub(b)), select(exchange, a, b));
            (f0, f1) = (select(exchange, f1 - f0, f0 - f1), select(exchange, f0, f1));
            (g0, g1) = (select(exchange, g1 - g0, g0 - g1), select(exchange, g0, g1));
        }
        Self { f0, g0, f1, g1, turns: sign >> 1 & 1 == 1 }
    }

    /// The absolute values of the integers after the block, and whether each was negative.
    ///
    /// Where the highest bits were too few to compare by, one of them, never both, comes out
    /// negative and small.
    #[inline(always)]
    fn apply(&self, a: &Limbs, b: &Limbs) -> ((Limbs, bool), (Limbs, bool)) {
        (combine(a, b, self.f0, self.g0), combine(a, b, self.f1, self.g1))
    }
}

/// `a·f + b·g` in four words and a signed one.
#[inline(always)]
fn products(a: &Limbs, b: &Limbs, f: i64, g: i64) -> (Limbs, i64) {
    let mut words = [0u64; 4];
    let mut carry = 0i128;
    for ((word, &a), &b) in words.iter_mut().zip(a).zip(b) {
        let sum = i128::from(a) * i128::from(f) + i128::from(b) * i128::from(g) + carry;
        *word = sum as u64;
        carry = sum >> 64;
    }
    (words, carry as i64)
}

/// The words divided by 2²⁸.
#[inline(always)]
fn shift([w0, w1, w2, w3]: Limbs, w4: i64) -> Limbs {
    let shift = |low: u64, high: u64| low >> BLOCK | high << (64 - BLOCK);
    [shift(w0, w1), shift(w1, w2), shift(w2, w3), shift(w3, w4.cast_unsigned())]
}

/// The absolute value of `(a·f + b·g) / 2²⁸`, and whether it was negative.
#[inline(always)]
fn combine(a: &Limbs, b: &Limbs, f: i64, g: i64) -> (Limbs, bool) {
    let (words, high) = products(a, b, f, g);
    let value = shift(words, high);
    if high < 0 { (limbs::subtract(&[0; 4], &value).0, true) } else { (value, false) }
}

/// `(a·f + b·g) / 2²⁸` modulo the prime.
#[inline(always)]
fn combine_modulo<P: Prime>(a: &Field<P>, b: &Field<P>, f: i64, g: i64) -> Field<P> {
    let (p, negated_inverse) = Field::<P>::CONSTANTS;
    let (words, high) = products(a.montgomery(), b.montgomery(), f, g);
    // A multiple of the prime that makes the division exact.
    let multiple = words[0].wrapping_mul(negated_inverse) & ((1 << BLOCK) - 1);
    let mut sum = words;
    let mut carry = 0;
    for (word, p) in sum.iter_mut().zip(p) {
        (*word, carry) = multiply_add(*word, multiple, p, carry);
    }
    let high = high + carry.cast_signed();
    let value = shift(sum, high);
    // It is above -p and below 2p.
    if high < 0 {
        Field::from_montgomery(limbs::add(&value, &p).0)
    } else {
        Field::from_montgomery_unreduced(&value)
    }
}
