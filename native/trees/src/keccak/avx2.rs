//! Four states at once, on x86-64 with AVX2.
//!
//! AVX2 has neither a rotation nor a three-operand logic instruction, and 16 registers for 25
//! words: the compiler keeps the planes in memory and reads them as operands.

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_andnot_si256, _mm256_load_si256, _mm256_loadu_si256,
    _mm256_or_si256, _mm256_permute2x128_si256, _mm256_set_epi64x, _mm256_set1_epi64x,
    _mm256_setr_epi8, _mm256_shuffle_epi8, _mm256_slli_epi64, _mm256_srli_epi64,
    _mm256_store_si256, _mm256_unpackhi_epi64, _mm256_unpacklo_epi64, _mm256_xor_si256,
};

use super::lanes::{Kernel, RATE, States};
use super::round::ROUND_CONSTANTS;

/// The kernel; a value exists only where the processor has AVX2.
pub(super) struct Avx2(());

impl Avx2 {
    /// The kernel, if this processor can run it.
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

impl Kernel<4> for Avx2 {
    const TOO_FEW: usize = 1;

    #[inline]
    fn absorb(&self, states: &mut States<4>, keep: &[u64; 4], blocks: &[&[u8; RATE]; 4]) {
        // SAFETY: `self` exists, hence `detect` has found AVX2.
        unsafe { absorb(states, keep, blocks) }
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn xor(a: __m256i, b: __m256i) -> __m256i {
    _mm256_xor_si256(a, b)
}

#[target_feature(enable = "avx2")]
#[inline]
fn xor5(a: __m256i, b: __m256i, c: __m256i, d: __m256i, e: __m256i) -> __m256i {
    xor(xor(xor(a, b), xor(c, d)), e)
}

#[target_feature(enable = "avx2")]
#[inline]
fn chi(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    _mm256_xor_si256(a, _mm256_andnot_si256(b, c))
}

/// Rotates each word to the left; by whole bytes with one shuffle instead of three instructions.
#[target_feature(enable = "avx2")]
#[inline]
fn rotate<const BITS: i32, const REST: i32>(a: __m256i) -> __m256i {
    match BITS {
        8 => _mm256_shuffle_epi8(
            a,
            _mm256_setr_epi8(
                7, 0, 1, 2, 3, 4, 5, 6, 15, 8, 9, 10, 11, 12, 13, 14, 7, 0, 1, 2, 3, 4, 5, 6, 15,
                8, 9, 10, 11, 12, 13, 14,
            ),
        ),
        56 => _mm256_shuffle_epi8(
            a,
            _mm256_setr_epi8(
                1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8, 1, 2, 3, 4, 5, 6, 7, 0, 9,
                10, 11, 12, 13, 14, 15, 8,
            ),
        ),
        _ => _mm256_or_si256(_mm256_slli_epi64::<BITS>(a), _mm256_srli_epi64::<REST>(a)),
    }
}

/// The four words that stand at `word` of each block, a word of the block to a vector.
#[target_feature(enable = "avx2")]
#[inline]
fn four_words(blocks: &[&[u8; RATE]; 4], word: usize) -> [__m256i; 4] {
    let [a, b, c, d] = blocks.map(|block| {
        let bytes: &[u8; 32] =
            block.get(8 * word..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; 32]);
        // SAFETY: `bytes` has the 32 bytes that are read; no alignment is asked for.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    });
    let (ab02, ab13) = (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    let (cd02, cd13) = (_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));
    [
        _mm256_permute2x128_si256::<0x20>(ab02, cd02),
        _mm256_permute2x128_si256::<0x20>(ab13, cd13),
        _mm256_permute2x128_si256::<0x31>(ab02, cd02),
        _mm256_permute2x128_si256::<0x31>(ab13, cd13),
    ]
}

#[target_feature(enable = "avx2")]
fn absorb(states: &mut States<4>, keep: &[u64; 4], blocks: &[&[u8; RATE]; 4]) {
    // SAFETY: `keep` has the 32 bytes that are read; no alignment is asked for.
    let keep = unsafe { _mm256_loadu_si256(keep.as_ptr().cast()) };
    let mut a = [_mm256_set1_epi64x(0); 25];
    for (vector, words) in a.iter_mut().zip(&states.0) {
        // SAFETY: `words` has the 32 bytes that are read, and its alignment is that of a vector:
        // `States` is aligned to 64 and each of its rows is 32 bytes long.
        let words = unsafe { _mm256_load_si256(words.as_ptr().cast()) };
        *vector = _mm256_and_si256(words, keep);
    }
    for word in [0, 4, 8, 12] {
        for (vector, words) in a.iter_mut().skip(word).zip(four_words(blocks, word)) {
            *vector = xor(*vector, words);
        }
    }
    let [w0, w1, w2, w3] =
        blocks.map(|block| i64::from_le_bytes(block.last_chunk().copied().unwrap_or_default()));
    a[16] = xor(a[16], _mm256_set_epi64x(w3, w2, w1, w0));

    for constant in ROUND_CONSTANTS {
        a = keccak_round!(a, _mm256_set1_epi64x(constant.cast_signed()));
    }

    for (vector, words) in a.iter().zip(&mut states.0) {
        // SAFETY: as for the load above.
        unsafe { _mm256_store_si256(words.as_mut_ptr().cast(), *vector) };
    }
}
