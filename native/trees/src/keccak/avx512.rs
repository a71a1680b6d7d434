//! Eight states at once, on x86-64 with AVX-512.
//!
//! 32 registers hold the 25 words; there is a rotation, and one instruction computes any function
//! of three bits.

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_load_si512, _mm512_loadu_si512, _mm512_rol_epi64,
    _mm512_set1_epi64, _mm512_setr_epi64, _mm512_shuffle_i64x2, _mm512_store_si512,
    _mm512_ternarylogic_epi64, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64, _mm512_xor_si512,
};

use super::lanes::{Kernel, RATE, States};
use super::round::ROUND_CONSTANTS;

/// The kernel; a value exists only where the processor has AVX-512.
pub(super) struct Avx512(());

impl Avx512 {
    /// The kernel, if this processor can run it.
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx512f").then_some(Self(()))
    }
}

impl Kernel<8> for Avx512 {
    const TOO_FEW: usize = 1;

    #[inline]
    fn absorb(&self, states: &mut States<8>, keep: &[u64; 8], blocks: &[&[u8; RATE]; 8]) {
        // SAFETY: `self` exists, hence `detect` has found AVX-512.
        unsafe { absorb(states, keep, blocks) }
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn xor(a: __m512i, b: __m512i) -> __m512i {
    _mm512_xor_si512(a, b)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn xor5(a: __m512i, b: __m512i, c: __m512i, d: __m512i, e: __m512i) -> __m512i {
    _mm512_ternarylogic_epi64::<0x96>(_mm512_ternarylogic_epi64::<0x96>(a, b, c), d, e)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn chi(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    // The bit 4a + 2b + c of the constant is a ^ (!b & c).
    _mm512_ternarylogic_epi64::<0xd2>(a, b, c)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn rotate<const BITS: i32, const REST: i32>(a: __m512i) -> __m512i {
    _mm512_rol_epi64::<BITS>(a)
}

/// The eight words that stand at `word` of each block, a word of the block to a vector.
#[target_feature(enable = "avx512f")]
#[inline]
fn eight_words(blocks: &[&[u8; RATE]; 8], word: usize) -> [__m512i; 8] {
    let rows = blocks.map(|block| {
        let bytes: &[u8; 64] =
            block.get(8 * word..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; 64]);
        // SAFETY: `bytes` has the 64 bytes that are read; no alignment is asked for.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    });
    // Named by block (letters) and word (digits).
    let [a, b, c, d, e, f, g, h] = rows;
    let (ab0246, ab1357) = (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    let (cd0246, cd1357) = (_mm512_unpacklo_epi64(c, d), _mm512_unpackhi_epi64(c, d));
    let (ef0246, ef1357) = (_mm512_unpacklo_epi64(e, f), _mm512_unpackhi_epi64(e, f));
    let (gh0246, gh1357) = (_mm512_unpacklo_epi64(g, h), _mm512_unpackhi_epi64(g, h));
    let [w0, w2, w4, w6] = four_pairs(ab0246, cd0246, ef0246, gh0246);
    let [w1, w3, w5, w7] = four_pairs(ab1357, cd1357, ef1357, gh1357);
    [w0, w1, w2, w3, w4, w5, w6, w7]
}

/// Transposes four vectors of four pairs of words.
#[target_feature(enable = "avx512f")]
#[inline]
fn four_pairs(ab: __m512i, cd: __m512i, ef: __m512i, gh: __m512i) -> [__m512i; 4] {
    let abcd02 = _mm512_shuffle_i64x2::<0b10_00_10_00>(ab, cd);
    let abcd13 = _mm512_shuffle_i64x2::<0b11_01_11_01>(ab, cd);
    let efgh02 = _mm512_shuffle_i64x2::<0b10_00_10_00>(ef, gh);
    let efgh13 = _mm512_shuffle_i64x2::<0b11_01_11_01>(ef, gh);
    [
        _mm512_shuffle_i64x2::<0b10_00_10_00>(abcd02, efgh02),
        _mm512_shuffle_i64x2::<0b10_00_10_00>(abcd13, efgh13),
        _mm512_shuffle_i64x2::<0b11_01_11_01>(abcd02, efgh02),
        _mm512_shuffle_i64x2::<0b11_01_11_01>(abcd13, efgh13),
    ]
}

#[target_feature(enable = "avx512f")]
fn absorb(states: &mut States<8>, keep: &[u64; 8], blocks: &[&[u8; RATE]; 8]) {
    // SAFETY: `keep` has the 64 bytes that are read; no alignment is asked for.
    let keep = unsafe { _mm512_loadu_si512(keep.as_ptr().cast()) };
    let mut a = [_mm512_set1_epi64(0); 25];
    for (vector, words) in a.iter_mut().zip(&states.0) {
        // SAFETY: `words` has the 64 bytes that are read, and `States` is aligned to 64.
        let words = unsafe { _mm512_load_si512(words.as_ptr().cast()) };
        *vector = _mm512_and_si512(words, keep);
    }
    for word in [0, 8] {
        for (vector, words) in a.iter_mut().skip(word).zip(eight_words(blocks, word)) {
            *vector = xor(*vector, words);
        }
    }
    let [w0, w1, w2, w3, w4, w5, w6, w7] =
        blocks.map(|block| i64::from_le_bytes(block.last_chunk().copied().unwrap_or_default()));
    a[16] = xor(a[16], _mm512_setr_epi64(w0, w1, w2, w3, w4, w5, w6, w7));

    for constant in ROUND_CONSTANTS {
        a = keccak_round!(a, _mm512_set1_epi64(constant.cast_signed()));
    }

    for (vector, words) in a.iter().zip(&mut states.0) {
        // SAFETY: as for the load above.
        unsafe { _mm512_store_si512(words.as_mut_ptr().cast(), *vector) };
    }
}
