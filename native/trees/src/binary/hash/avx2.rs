//! Eight messages at once, on x86-64 with AVX2.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_and_si256, _mm256_loadu_si256, _mm256_or_si256,
    _mm256_permute2x128_si256, _mm256_set1_epi32, _mm256_setr_epi8, _mm256_shuffle_epi8,
    _mm256_slli_epi32, _mm256_srli_epi32, _mm256_storeu_si256, _mm256_unpackhi_epi32,
    _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64, _mm256_xor_si256,
};

use super::lanes::{Kernel, States};
use super::messages::{BLOCK, Block};
use super::portable::{START, flags};
use super::rounds::SHA256;

/// The kernel; a value exists only where the processor has AVX2.
pub(super) struct Avx2(());

impl Avx2 {
    /// The kernel, if this processor can run it.
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

impl Kernel<8> for Avx2 {
    fn blake3(&self, states: &mut States<8>, blocks: &[&Block; 8], bytes: &[u32; 8], flags: u32) {
        // SAFETY: `self` exists, hence `detect` has found AVX2.
        unsafe { blake3(states, blocks, bytes, flags) }
    }

    fn blake3_pair(&self, states: &mut States<8>, words: &[[u32; 8]; 16]) {
        // SAFETY: `self` exists, hence `detect` has found AVX2.
        unsafe { blake3_pair(states, words) }
    }

    fn sha256(&self, states: &mut States<8>, blocks: &[&Block; 8]) {
        // SAFETY: `self` exists, hence `detect` has found AVX2.
        unsafe { sha256(states, blocks) }
    }

    fn sha256_known(&self, states: &mut States<8>, words: &[u32; 64]) {
        // SAFETY: `self` exists, hence `detect` has found AVX2.
        unsafe { sha256_known(states, words) }
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn add(a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi32(a, b)
}

#[target_feature(enable = "avx2")]
#[inline]
fn xor(a: __m256i, b: __m256i) -> __m256i {
    _mm256_xor_si256(a, b)
}

#[target_feature(enable = "avx2")]
#[inline]
fn xor3(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    xor(xor(a, b), c)
}

#[target_feature(enable = "avx2")]
#[inline]
fn choose(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    xor(c, _mm256_and_si256(a, xor(b, c)))
}

#[target_feature(enable = "avx2")]
#[inline]
fn majority(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_or_si256(a, b)))
}

#[target_feature(enable = "avx2")]
#[inline]
fn rotate<const BITS: i32, const REST: i32>(a: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_srli_epi32::<BITS>(a), _mm256_slli_epi32::<REST>(a))
}

#[target_feature(enable = "avx2")]
#[inline]
fn shift<const BITS: i32>(a: __m256i) -> __m256i {
    _mm256_srli_epi32::<BITS>(a)
}

#[target_feature(enable = "avx2")]
#[inline]
fn all(word: u32) -> __m256i {
    _mm256_set1_epi32(word.cast_signed())
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(words: &[u32; 8]) -> __m256i {
    // SAFETY: `words` has the 32 bytes that are read; no alignment is asked for.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn load_states(states: &States<8>) -> [__m256i; 8] {
    let mut vectors = [all(0); 8];
    vectors.iter_mut().zip(&states.0).for_each(|(vector, words)| *vector = load(words));
    vectors
}

#[target_feature(enable = "avx2")]
#[inline]
fn store_states(states: &mut States<8>, vectors: [__m256i; 8]) {
    for (words, vector) in states.0.iter_mut().zip(vectors) {
        // SAFETY: `words` has the 32 bytes that are written; no alignment is asked for.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), vector) };
    }
}

/// The words of eight blocks, a word of all blocks to a vector.
#[target_feature(enable = "avx2")]
#[inline]
fn transposed(blocks: &[&Block; 8]) -> [__m256i; 16] {
    let mut words = [all(0); 16];
    for (half, words) in words.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let rows = blocks.map(|block| {
            let bytes: &[u8; 32] =
                block.get(32 * half..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; 32]);
            // SAFETY: `bytes` has the 32 bytes that are read; no alignment is asked for.
            unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
        });
        let [a, b, c, d, e, f, g, h] = rows;
        let [ad0, ad1, ad2, ad3] = four(a, b, c, d);
        let [eh0, eh1, eh2, eh3] = four(e, f, g, h);
        *words = [
            _mm256_permute2x128_si256::<0x20>(ad0, eh0),
            _mm256_permute2x128_si256::<0x20>(ad1, eh1),
            _mm256_permute2x128_si256::<0x20>(ad2, eh2),
            _mm256_permute2x128_si256::<0x20>(ad3, eh3),
            _mm256_permute2x128_si256::<0x31>(ad0, eh0),
            _mm256_permute2x128_si256::<0x31>(ad1, eh1),
            _mm256_permute2x128_si256::<0x31>(ad2, eh2),
            _mm256_permute2x128_si256::<0x31>(ad3, eh3),
        ];
    }
    words
}

/// Transposes four vectors within their halves.
#[target_feature(enable = "avx2")]
#[inline]
fn four(a: __m256i, b: __m256i, c: __m256i, d: __m256i) -> [__m256i; 4] {
    let (ab_low, ab_high) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    let (cd_low, cd_high) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(ab_low, cd_low),
        _mm256_unpackhi_epi64(ab_low, cd_low),
        _mm256_unpacklo_epi64(ab_high, cd_high),
        _mm256_unpackhi_epi64(ab_high, cd_high),
    ]
}

#[target_feature(enable = "avx2")]
fn blake3(states: &mut States<8>, blocks: &[&Block; 8], bytes: &[u32; 8], flags: u32) {
    blake3_of(states, transposed(blocks), load(bytes), flags);
}

#[target_feature(enable = "avx2")]
fn blake3_pair(states: &mut States<8>, words: &[[u32; 8]; 16]) {
    let mut columns = [all(0); 16];
    columns.iter_mut().zip(words).for_each(|(column, words)| *column = load(words));
    blake3_of(states, columns, all(BLOCK as u32), flags(0, 1));
}

/// Adds a block whose words stand side by side.
#[target_feature(enable = "avx2")]
#[inline]
fn blake3_of(states: &mut States<8>, words: [__m256i; 16], bytes: __m256i, flags: u32) {
    let [a, b, c, d, e, f, g, h] = load_states(states);
    let [i, j, k, l, ..] = START;
    let [i, j, k, l, zero, flags] = [all(i), all(j), all(k), all(l), all(0), all(flags)];
    let v = [a, b, c, d, e, f, g, h, i, j, k, l, zero, zero, bytes, flags];
    store_states(states, blake3_rounds!(v, words));
}

#[target_feature(enable = "avx2")]
#[expect(clippy::indexing_slicing, reason = "places are constants below the length")]
fn sha256(states: &mut States<8>, blocks: &[&Block; 8]) {
    // Bytes of a word in reverse order.
    let order = _mm256_setr_epi8(
        3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8,
        15, 14, 13, 12,
    );
    let mut words = transposed(blocks);
    for word in &mut words {
        *word = _mm256_shuffle_epi8(*word, order);
    }
    let before = load_states(states);
    let mut after = sha256_compress!(before, words);
    after.iter_mut().zip(before).for_each(|(after, before)| *after = add(*after, before));
    store_states(states, after);
}

#[target_feature(enable = "avx2")]
#[expect(clippy::indexing_slicing, reason = "places are constants below the length")]
fn sha256_known(states: &mut States<8>, words: &[u32; 64]) {
    let before = load_states(states);
    macro_rules! word {
        ($t:ident, $i:literal) => {
            all(words[$t + $i])
        };
    }
    let mut after = sha256_rounds!(before, word);
    after.iter_mut().zip(before).for_each(|(after, before)| *after = add(*after, before));
    store_states(states, after);
}
