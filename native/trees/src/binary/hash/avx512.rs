//! Sixteen messages at once, on x86-64 with AVX-512: there is a rotation, and one instruction
//! computes any function of three bits.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_loadu_si512, _mm512_ror_epi32, _mm512_set_epi8,
    _mm512_set1_epi32, _mm512_shuffle_epi8, _mm512_shuffle_i32x4, _mm512_srli_epi32,
    _mm512_storeu_si512, _mm512_ternarylogic_epi32, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi32, _mm512_unpacklo_epi64, _mm512_xor_si512,
};

use super::lanes::{Kernel, States};
use super::messages::{BLOCK, Block};
use super::portable::{START, flags};
use super::rounds::SHA256;

/// The kernel; a value exists only where the processor has AVX-512.
pub(super) struct Avx512(());

impl Avx512 {
    /// The kernel, if this processor can run it.
    pub(super) fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        found.then_some(Self(()))
    }
}

impl Kernel<16> for Avx512 {
    fn blake3(
        &self,
        states: &mut States<16>,
        blocks: &[&Block; 16],
        bytes: &[u32; 16],
        flags: u32,
    ) {
        // SAFETY: `self` exists, hence `detect` has found AVX-512.
        unsafe { blake3(states, blocks, bytes, flags) }
    }

    fn blake3_pair(&self, states: &mut States<16>, words: &[[u32; 16]; 16]) {
        // SAFETY: `self` exists, hence `detect` has found AVX-512.
        unsafe { blake3_pair(states, words) }
    }

    fn sha256(&self, states: &mut States<16>, blocks: &[&Block; 16]) {
        // SAFETY: `self` exists, hence `detect` has found AVX-512.
        unsafe { sha256(states, blocks) }
    }

    fn words(&self, states: &States<16>) -> [[u32; 8]; 16] {
        // SAFETY: `self` exists, hence `detect` has found AVX-512.
        unsafe { words(states) }
    }

    fn sha256_known(&self, states: &mut States<16>, words: &[u32; 64]) {
        // SAFETY: `self` exists, hence `detect` has found AVX-512.
        unsafe { sha256_known(states, words) }
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn add(a: __m512i, b: __m512i) -> __m512i {
    _mm512_add_epi32(a, b)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn xor(a: __m512i, b: __m512i) -> __m512i {
    _mm512_xor_si512(a, b)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn xor3(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0x96>(a, b, c)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn choose(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xca>(a, b, c)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn majority(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xe8>(a, b, c)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn rotate<const BITS: i32, const REST: i32>(a: __m512i) -> __m512i {
    _mm512_ror_epi32::<BITS>(a)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn shift<const BITS: u32>(a: __m512i) -> __m512i {
    _mm512_srli_epi32::<BITS>(a)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn all(word: u32) -> __m512i {
    _mm512_set1_epi32(word.cast_signed())
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load(words: &[u32; 16]) -> __m512i {
    // SAFETY: `words` has the 64 bytes that are read; no alignment is asked for.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load_states(states: &States<16>) -> [__m512i; 8] {
    let mut vectors = [all(0); 8];
    vectors.iter_mut().zip(&states.0).for_each(|(vector, words)| *vector = load(words));
    vectors
}

#[target_feature(enable = "avx512f")]
#[inline]
fn store_states(states: &mut States<16>, vectors: [__m512i; 8]) {
    for (words, vector) in states.0.iter_mut().zip(vectors) {
        // SAFETY: `words` has the 64 bytes that are written; no alignment is asked for.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), vector) };
    }
}

/// The words of sixteen blocks, a word of all blocks to a vector.
#[target_feature(enable = "avx512f")]
#[inline]
fn transposed(blocks: &[&Block; 16]) -> [__m512i; 16] {
    let mut rows = [all(0); 16];
    for (row, block) in rows.iter_mut().zip(blocks) {
        // SAFETY: `block` has the 64 bytes that are read; no alignment is asked for.
        *row = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
    }
    transpose(rows)
}

/// Rows of words to columns.
#[target_feature(enable = "avx512f")]
#[inline]
#[expect(clippy::indexing_slicing, reason = "places are constants below sixteen")]
fn transpose(rows: [__m512i; 16]) -> [__m512i; 16] {
    // Words of two blocks side by side, then of four, in each quarter of a vector.
    let mut pairs = rows;
    for (pair, row) in pairs.as_chunks_mut::<4>().0.iter_mut().zip(rows.as_chunks::<4>().0) {
        let [a, b, c, d] = *row;
        let (ab_low, ab_high) = (_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
        let (cd_low, cd_high) = (_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
        *pair = [
            _mm512_unpacklo_epi64(ab_low, cd_low),
            _mm512_unpackhi_epi64(ab_low, cd_low),
            _mm512_unpacklo_epi64(ab_high, cd_high),
            _mm512_unpackhi_epi64(ab_high, cd_high),
        ];
    }
    // Then the quarters change places.
    let mut words = rows;
    for column in 0..4 {
        let [a, b, c, d] = [0, 4, 8, 12].map(|row| pairs[row + column]);
        let (ab_even, ab_odd) = (
            _mm512_shuffle_i32x4::<0b10_00_10_00>(a, b),
            _mm512_shuffle_i32x4::<0b11_01_11_01>(a, b),
        );
        let (cd_even, cd_odd) = (
            _mm512_shuffle_i32x4::<0b10_00_10_00>(c, d),
            _mm512_shuffle_i32x4::<0b11_01_11_01>(c, d),
        );
        words[column] = _mm512_shuffle_i32x4::<0b10_00_10_00>(ab_even, cd_even);
        words[8 + column] = _mm512_shuffle_i32x4::<0b11_01_11_01>(ab_even, cd_even);
        words[4 + column] = _mm512_shuffle_i32x4::<0b10_00_10_00>(ab_odd, cd_odd);
        words[12 + column] = _mm512_shuffle_i32x4::<0b11_01_11_01>(ab_odd, cd_odd);
    }
    words
}

#[target_feature(enable = "avx512f")]
fn blake3(states: &mut States<16>, blocks: &[&Block; 16], bytes: &[u32; 16], flags: u32) {
    blake3_of(states, transposed(blocks), load(bytes), flags);
}

#[target_feature(enable = "avx512f")]
fn blake3_pair(states: &mut States<16>, words: &[[u32; 16]; 16]) {
    let mut columns = [all(0); 16];
    columns.iter_mut().zip(words).for_each(|(column, words)| *column = load(words));
    blake3_of(states, columns, all(BLOCK as u32), flags(0, 1));
}

/// Adds a block whose words stand side by side.
#[target_feature(enable = "avx512f")]
#[inline]
fn blake3_of(states: &mut States<16>, words: [__m512i; 16], bytes: __m512i, flags: u32) {
    let [a, b, c, d, e, f, g, h] = load_states(states);
    let [i, j, k, l, ..] = START;
    let [i, j, k, l, zero, flags] = [all(i), all(j), all(k), all(l), all(0), all(flags)];
    let v = [a, b, c, d, e, f, g, h, i, j, k, l, zero, zero, bytes, flags];
    store_states(states, blake3_rounds!(v, words));
}

#[target_feature(enable = "avx512f,avx512bw")]
#[expect(clippy::indexing_slicing, reason = "places are constants below the length")]
fn sha256(states: &mut States<16>, blocks: &[&Block; 16]) {
    // Bytes of a word in reverse order.
    let order = _mm512_set_epi8(
        12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11, 4, 5,
        6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8,
        9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3,
    );
    let mut words = transposed(blocks);
    for word in &mut words {
        *word = _mm512_shuffle_epi8(*word, order);
    }
    let before = load_states(states);
    let mut after = sha256_compress!(before, words);
    after.iter_mut().zip(before).for_each(|(after, before)| *after = add(*after, before));
    store_states(states, after);
}

#[target_feature(enable = "avx512f")]
#[expect(clippy::indexing_slicing, reason = "places are constants below the length")]
fn sha256_known(states: &mut States<16>, words: &[u32; 64]) {
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

#[target_feature(enable = "avx512f")]
fn words(states: &States<16>) -> [[u32; 8]; 16] {
    let mut rows = [all(0); 16];
    rows.iter_mut().zip(load_states(states)).for_each(|(row, words)| *row = words);
    transpose(rows).map(|lane| {
        let mut words = [0; 16];
        // SAFETY: `words` has the 64 bytes that are written; no alignment is asked for.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), lane) };
        let [a, b, c, d, e, f, g, h, ..] = words;
        [a, b, c, d, e, f, g, h]
    })
}
