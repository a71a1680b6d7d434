//! Between memory, where the words of an element stand side by side, and registers, which hold one
//! limb of eight elements each.

use std::arch::x86_64::{
    __m256i, __m512i, _mm256_loadu_si256, _mm512_castsi256_si512, _mm512_inserti64x4,
    _mm512_loadu_si512, _mm512_or_si512, _mm512_set1_epi64, _mm512_shuffle_i64x2,
    _mm512_slli_epi64, _mm512_srli_epi64, _mm512_storeu_si512, _mm512_ternarylogic_epi64,
    _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

use super::field::{Fp8, MASK};
use crate::verkle::field::limbs::Limbs;

/// Eight vectors of eight words, transposed.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn transpose(rows: [__m512i; 8]) -> [__m512i; 8] {
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    let [c0, c2, c4, c6] = join_pairs([
        _mm512_unpacklo_epi64(r0, r1),
        _mm512_unpacklo_epi64(r2, r3),
        _mm512_unpacklo_epi64(r4, r5),
        _mm512_unpacklo_epi64(r6, r7),
    ]);
    let [c1, c3, c5, c7] = join_pairs([
        _mm512_unpackhi_epi64(r0, r1),
        _mm512_unpackhi_epi64(r2, r3),
        _mm512_unpackhi_epi64(r4, r5),
        _mm512_unpackhi_epi64(r6, r7),
    ]);
    [c0, c1, c2, c3, c4, c5, c6, c7]
}

/// Four vectors of four pairs of words, transposed by pairs.
#[target_feature(enable = "avx512f")]
#[inline]
fn join_pairs([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    let (ab_even, cd_even) =
        (_mm512_shuffle_i64x2::<0x88>(a, b), _mm512_shuffle_i64x2::<0x88>(c, d));
    let (ab_odd, cd_odd) = (_mm512_shuffle_i64x2::<0xdd>(a, b), _mm512_shuffle_i64x2::<0xdd>(c, d));
    [
        _mm512_shuffle_i64x2::<0x88>(ab_even, cd_even),
        _mm512_shuffle_i64x2::<0x88>(ab_odd, cd_odd),
        _mm512_shuffle_i64x2::<0xdd>(ab_even, cd_even),
        _mm512_shuffle_i64x2::<0xdd>(ab_odd, cd_odd),
    ]
}

/// Two times four words.
#[target_feature(enable = "avx512f")]
#[inline]
fn load_two(first: &Limbs, second: &Limbs) -> __m512i {
    // SAFETY: both have the 32 bytes that are read; no alignment is asked for.
    let [first, second] = [first, second]
        .map(|limbs| unsafe { _mm256_loadu_si256(limbs.as_ptr().cast::<__m256i>()) });
    _mm512_inserti64x4::<1>(_mm512_castsi256_si512(first), second)
}

/// Eight pairs of elements.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn load_pairs(pairs: [&[Limbs; 2]; 8]) -> [Fp8; 2] {
    // SAFETY: each has the 64 bytes that are read; no alignment is asked for.
    let rows = pairs.map(|pair| unsafe { _mm512_loadu_si512(pair.as_ptr().cast()) });
    let [x0, x1, x2, x3, y0, y1, y2, y3] = transpose(rows);
    [split([x0, x1, x2, x3]), split([y0, y1, y2, y3])]
}

/// Eight elements.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn load(elements: [&Limbs; 8]) -> Fp8 {
    let [e0, e1, e2, e3, e4, e5, e6, e7] = elements;
    let (m0, m1) = (load_two(e0, e2), load_two(e1, e3));
    let (m2, m3) = (load_two(e4, e6), load_two(e5, e7));
    let (low_a, low_b) = (_mm512_unpacklo_epi64(m0, m1), _mm512_unpacklo_epi64(m2, m3));
    let (high_a, high_b) = (_mm512_unpackhi_epi64(m0, m1), _mm512_unpackhi_epi64(m2, m3));
    split([
        _mm512_shuffle_i64x2::<0x88>(low_a, low_b),
        _mm512_shuffle_i64x2::<0x88>(high_a, high_b),
        _mm512_shuffle_i64x2::<0xdd>(low_a, low_b),
        _mm512_shuffle_i64x2::<0xdd>(high_a, high_b),
    ])
}

/// Writes eight pairs of elements, which must be below 2²⁵⁶.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn store_pairs(first: Fp8, second: Fp8) -> [[Limbs; 2]; 8] {
    let ([x0, x1, x2, x3], [y0, y1, y2, y3]) = (join(first), join(second));
    transpose([x0, x1, x2, x3, y0, y1, y2, y3]).map(|row| {
        let mut pair = [[0; 4]; 2];
        // SAFETY: `pair` has the 64 bytes that are written; no alignment is asked for.
        unsafe { _mm512_storeu_si512(pair.as_mut_ptr().cast(), row) };
        pair
    })
}

/// From words of 64 bits to limbs of 52.
#[target_feature(enable = "avx512f")]
#[inline]
fn split([w0, w1, w2, w3]: [__m512i; 4]) -> Fp8 {
    let mask = _mm512_set1_epi64(MASK.cast_signed());
    // The bit 4a + 2b + c of the constant is (a | b) & c.
    let either = |low, high| _mm512_ternarylogic_epi64::<0xa8>(low, high, mask);
    Fp8([
        either(w0, w0),
        either(_mm512_srli_epi64::<52>(w0), _mm512_slli_epi64::<12>(w1)),
        either(_mm512_srli_epi64::<40>(w1), _mm512_slli_epi64::<24>(w2)),
        either(_mm512_srli_epi64::<28>(w2), _mm512_slli_epi64::<36>(w3)),
        _mm512_srli_epi64::<16>(w3),
    ])
}

/// From limbs of 52 bits to words of 64.
#[target_feature(enable = "avx512f")]
#[inline]
fn join(Fp8([l0, l1, l2, l3, l4]): Fp8) -> [__m512i; 4] {
    [
        _mm512_or_si512(l0, _mm512_slli_epi64::<52>(l1)),
        _mm512_or_si512(_mm512_srli_epi64::<12>(l1), _mm512_slli_epi64::<40>(l2)),
        _mm512_or_si512(_mm512_srli_epi64::<24>(l2), _mm512_slli_epi64::<28>(l3)),
        _mm512_or_si512(_mm512_srli_epi64::<36>(l3), _mm512_slli_epi64::<16>(l4)),
    ]
}

/// Writes eight elements, which must be below 2²⁵⁶.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn store(element: Fp8) -> [Limbs; 8] {
    store_pairs(element, element).map(|[element, _]| element)
}
