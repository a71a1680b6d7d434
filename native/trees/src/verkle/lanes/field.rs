//! Eight elements of the field of coordinates, a vector register for each limb.
//!
//! An element `a` is kept as `a·2²⁶⁰ mod p` in five limbs of 52 bits, which is what the processor
//! multiplies. It need not be below `p`: factors below `α·p` and `β·p` have a product below
//! `(αβ/35 + 1)·p`, so that sums and differences of a few elements can be multiplied as they are.
//! What is said here to be below `2p` and the like is so in this sense; 2²⁶⁰ is just above `35p`.

use std::arch::x86_64::{
    __m512i, __mmask8, _mm512_add_epi64, _mm512_and_si512, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_mask_sub_epi64, _mm512_set1_epi64, _mm512_setzero_si512,
    _mm512_srai_epi64, _mm512_srli_epi64, _mm512_sub_epi64,
};

use crate::verkle::field::limbs::Limbs;
use crate::verkle::field::{BasePrime, Fp, ODD_POWERS, Prime, Step, power_of_two, steps};

/// Bits of a limb.
const BITS: u32 = 52;
/// Limbs of an element.
const LIMBS: usize = 5;
/// The bits that a limb has.
pub(super) const MASK: u64 = (1 << BITS) - 1;

/// 256 bits in limbs of 52.
const fn split(value: &Limbs) -> [u64; LIMBS] {
    let [v0, v1, v2, v3] = *value;
    [
        v0 & MASK,
        (v0 >> 52 | v1 << 12) & MASK,
        (v1 >> 40 | v2 << 24) & MASK,
        (v2 >> 28 | v3 << 36) & MASK,
        v3 >> 16,
    ]
}

/// A multiple of `p`, limb by limb; limbs may have more than 52 bits.
const fn multiple(factor: u64) -> [u64; LIMBS] {
    let [p0, p1, p2, p3, p4] = split(&BasePrime::MODULUS);
    [factor * p0, factor * p1, factor * p2, factor * p3, factor * p4]
}

const P: [u64; LIMBS] = multiple(1);
/// `-1 / p` modulo 2⁵².
const NEGATED_INVERSE: u64 = Fp::CONSTANTS.1 & MASK;

/// Eight elements. Limbs have 52 bits unless it is said that they are loose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fp8(pub(super) [__m512i; LIMBS]);

#[target_feature(enable = "avx512f")]
#[inline]
fn broadcast(limbs: [u64; LIMBS]) -> Fp8 {
    Fp8(limbs.map(|limb| _mm512_set1_epi64(limb.cast_signed())))
}

impl Fp8 {
    /// The same element eight times.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn splat(element: Fp) -> Self {
        broadcast(split(&to_2_260(element)))
    }

    /// The factor that takes the form of this module to that of [`Fp`], `a·2²⁵⁶`.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn to_fp() -> Self {
        broadcast(const { split(Fp::ONE.montgomery()) })
    }

    /// The factor that takes the form of [`Fp`] to that of this module.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn from_fp() -> Self {
        broadcast(const { split(&power_of_two(264)) })
    }

    /// The factor that takes the form of this module to integers.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn to_integer() -> Self {
        broadcast([1, 0, 0, 0, 0])
    }

    /// The factor that takes integers to the form of this module.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn from_integer() -> Self {
        broadcast(const { split(&power_of_two(520)) })
    }

    /// The sum, with loose limbs.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn plus(self, other: Self) -> Self {
        let Self([a0, a1, a2, a3, a4]) = self;
        let Self([b0, b1, b2, b3, b4]) = other;
        Self([
            _mm512_add_epi64(a0, b0),
            _mm512_add_epi64(a1, b1),
            _mm512_add_epi64(a2, b2),
            _mm512_add_epi64(a3, b3),
            _mm512_add_epi64(a4, b4),
        ])
    }

    /// The difference, with loose limbs, of which some may be negative.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn minus(self, other: Self) -> Self {
        let Self([a0, a1, a2, a3, a4]) = self;
        let Self([b0, b1, b2, b3, b4]) = other;
        Self([
            _mm512_sub_epi64(a0, b0),
            _mm512_sub_epi64(a1, b1),
            _mm512_sub_epi64(a2, b2),
            _mm512_sub_epi64(a3, b3),
            _mm512_sub_epi64(a4, b4),
        ])
    }

    /// `FACTOR·p`, with loose limbs: what keeps a difference from being negative.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn modulus<const FACTOR: u64>() -> Self {
        broadcast(const { multiple(FACTOR) })
    }

    /// `FACTOR·p` minus the element where the mask says so, with loose limbs.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn negated_where<const FACTOR: u64>(self, mask: __mmask8) -> Self {
        let Self([a0, a1, a2, a3, a4]) = self;
        let Self([p0, p1, p2, p3, p4]) = Self::modulus::<FACTOR>();
        Self([
            _mm512_mask_sub_epi64(a0, mask, p0, a0),
            _mm512_mask_sub_epi64(a1, mask, p1, a1),
            _mm512_mask_sub_epi64(a2, mask, p2, a2),
            _mm512_mask_sub_epi64(a3, mask, p3, a3),
            _mm512_mask_sub_epi64(a4, mask, p4, a4),
        ])
    }

    /// The same with 52 bits a limb. The value must not be negative, nor be 2²⁶⁰ or more.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn tight(self) -> Self {
        let mask = _mm512_set1_epi64(MASK.cast_signed());
        let Self([a0, a1, a2, a3, a4]) = self;
        let a1 = _mm512_add_epi64(a1, _mm512_srai_epi64::<BITS>(a0));
        let a2 = _mm512_add_epi64(a2, _mm512_srai_epi64::<BITS>(a1));
        let a3 = _mm512_add_epi64(a3, _mm512_srai_epi64::<BITS>(a2));
        let a4 = _mm512_add_epi64(a4, _mm512_srai_epi64::<BITS>(a3));
        Self([
            _mm512_and_si512(a0, mask),
            _mm512_and_si512(a1, mask),
            _mm512_and_si512(a2, mask),
            _mm512_and_si512(a3, mask),
            a4,
        ])
    }

    /// Five times the element, with loose limbs.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn times_five(self) -> Self {
        let twice = self.plus(self);
        twice.plus(twice).plus(self)
    }

    /// The product, with loose limbs.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn times_loose(self, other: Self) -> Self {
        let Self(a) = self;
        let Self(b) = other;
        let zero = _mm512_setzero_si512();
        let mut t = [zero; 2 * LIMBS];
        for (i, a) in a.into_iter().enumerate() {
            let Some([t0, t1, t2, t3, t4, t5]) = t.get_mut(i..).and_then(<[_]>::first_chunk_mut)
            else {
                continue;
            };
            let [b0, b1, b2, b3, b4] = b;
            *t0 = _mm512_madd52lo_epu64(*t0, a, b0);
            *t1 = _mm512_madd52lo_epu64(*t1, a, b1);
            *t2 = _mm512_madd52lo_epu64(*t2, a, b2);
            *t3 = _mm512_madd52lo_epu64(*t3, a, b3);
            *t4 = _mm512_madd52lo_epu64(*t4, a, b4);
            *t1 = _mm512_madd52hi_epu64(*t1, a, b0);
            *t2 = _mm512_madd52hi_epu64(*t2, a, b1);
            *t3 = _mm512_madd52hi_epu64(*t3, a, b2);
            *t4 = _mm512_madd52hi_epu64(*t4, a, b3);
            *t5 = _mm512_madd52hi_epu64(*t5, a, b4);
        }
        reduce(t)
    }

    /// The product.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn times(self, other: Self) -> Self {
        self.times_loose(other).tight()
    }

    /// The element times itself.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn square(self) -> Self {
        let Self([a0, a1, a2, a3, a4]) = self;
        let zero = _mm512_setzero_si512();
        let lo = |sum, a, b| _mm512_madd52lo_epu64(sum, a, b);
        let hi = |sum, a, b| _mm512_madd52hi_epu64(sum, a, b);
        let twice = |sum| _mm512_add_epi64(sum, sum);
        // Products of two different limbs occur twice.
        let t1 = lo(zero, a0, a1);
        let t2 = lo(hi(zero, a0, a1), a0, a2);
        let t3 = lo(hi(lo(zero, a0, a3), a0, a2), a1, a2);
        let t4 = hi(lo(hi(lo(zero, a0, a4), a0, a3), a1, a3), a1, a2);
        let t5 = lo(hi(lo(hi(zero, a0, a4), a1, a4), a1, a3), a2, a3);
        let t6 = hi(lo(hi(zero, a1, a4), a2, a4), a2, a3);
        let t7 = lo(hi(zero, a2, a4), a3, a4);
        let t8 = hi(zero, a3, a4);
        reduce([
            lo(zero, a0, a0),
            hi(twice(t1), a0, a0),
            lo(twice(t2), a1, a1),
            hi(twice(t3), a1, a1),
            lo(twice(t4), a2, a2),
            hi(twice(t5), a2, a2),
            lo(twice(t6), a3, a3),
            hi(twice(t7), a3, a3),
            lo(twice(t8), a4, a4),
            hi(zero, a4, a4),
        ])
        .tight()
    }
}

/// Several times eight elements, each to the same power: together they keep the processor busy.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn power<const N: usize>(bases: [Fp8; N], exponent: &Limbs) -> [Fp8; N] {
    let mut odd = [bases; ODD_POWERS];
    let squares = bases.map(|base| base.square());
    let mut power = bases;
    for entry in odd.iter_mut().skip(1) {
        for (power, square) in power.iter_mut().zip(squares) {
            *power = power.times(square);
        }
        *entry = power;
    }
    let mut result = [Fp8::splat(Fp::ONE); N];
    let mut started = false;
    for step in steps(exponent) {
        match step {
            Step::Square if !started => {}
            Step::Square => result.iter_mut().for_each(|result| *result = result.square()),
            Step::Multiply(index) => {
                started = true;
                let factors = odd.get(index).unwrap_or(&bases);
                for (result, factor) in result.iter_mut().zip(factors) {
                    *result = result.times(*factor);
                }
            }
        }
    }
    result
}

/// Montgomery's reduction of a product in ten limbs to one in five, both loose: divides by 2²⁶⁰.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn reduce(mut t: [__m512i; 2 * LIMBS]) -> Fp8 {
    let Fp8([p0, p1, p2, p3, p4]) = broadcast(P);
    let zero = _mm512_setzero_si512();
    let inverse = _mm512_set1_epi64(NEGATED_INVERSE.cast_signed());
    for i in 0..LIMBS {
        let Some([t0, t1, t2, t3, t4, t5]) = t.get_mut(i..).and_then(<[_]>::first_chunk_mut) else {
            continue;
        };
        let m = _mm512_madd52lo_epu64(zero, *t0, inverse);
        *t0 = _mm512_madd52lo_epu64(*t0, m, p0);
        *t1 = _mm512_madd52lo_epu64(*t1, m, p1);
        *t2 = _mm512_madd52lo_epu64(*t2, m, p2);
        *t3 = _mm512_madd52lo_epu64(*t3, m, p3);
        *t4 = _mm512_madd52lo_epu64(*t4, m, p4);
        *t1 = _mm512_madd52hi_epu64(*t1, m, p0);
        *t2 = _mm512_madd52hi_epu64(*t2, m, p1);
        *t3 = _mm512_madd52hi_epu64(*t3, m, p2);
        *t4 = _mm512_madd52hi_epu64(*t4, m, p3);
        *t5 = _mm512_madd52hi_epu64(*t5, m, p4);
        *t1 = _mm512_add_epi64(*t1, _mm512_srli_epi64::<BITS>(*t0));
    }
    let [_, _, _, _, _, t5, t6, t7, t8, t9] = t;
    Fp8([t5, t6, t7, t8, t9])
}

/// The form of this module: `element · 2²⁶⁰`, below `p`.
#[inline]
pub(super) fn to_2_260(element: Fp) -> Limbs {
    *element.double().double().double().double().montgomery()
}
